"""What a formula sheet is made of, whatever it is written in: sections of paragraphs, equations and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..symbolic.written import Operand


class Equation(NamedTuple):
    """left = right; a formula by itself where `left` is None."""

    left: Operand | None
    right: Operand


Cell = "str | int | Equation"
"""What a table or a paragraph holds: words, a number, mathematics."""


class Paragraph(NamedTuple):
    """Words and mathematics in one run."""

    parts: tuple[str | Equation, ...]


class Display(NamedTuple):
    """Equations, each on a line of its own."""

    equations: tuple[Equation, ...]


class Rows(NamedTuple):
    """A table; `title` stands above it."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str | int | Equation, ...], ...]


Block = Paragraph | Display | Rows


class Section(NamedTuple):
    """A titled part; `anchor` is its name in links: letters, digits and hyphens."""

    title: str
    anchor: str
    blocks: tuple[Block, ...]
    parts: tuple[Section, ...] = ()


class Sheet(NamedTuple):
    """A whole document."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
