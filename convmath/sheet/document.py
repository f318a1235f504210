"""What a formula sheet is made of, whatever it is written in: sections of paragraphs, equations and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..symbolic.written import Operand


class Equation(NamedTuple):
    """left = right, or another relation; a formula by itself where `left` is None."""

    left: Operand | None
    right: Operand
    relation: str = "="


class Code(NamedTuple):
    """A name as a program spells it."""

    text: str


class Link(NamedTuple):
    """Words that lead to a section of the same sheet."""

    text: str
    anchor: str


Part = str | int | Equation | Code | Link
"""What runs in a line: words, a number, mathematics, a name, a link."""

Run = tuple[Part, ...]

Cell = Part | Run
"""What stands in a table."""


def run(cell: Cell) -> Run:
    """A cell as a run.

    >>> run(7), run(("a", 7))
    ((7,), ('a', 7))
    """
    is_run = isinstance(cell, tuple) and not isinstance(cell, Equation | Code | Link)
    return cell if is_run else (cell,)  # type: ignore[return-value]


class Paragraph(NamedTuple):
    """Words and mathematics in one run."""

    parts: Run


class Display(NamedTuple):
    """Equations, each on a line of its own."""

    equations: tuple[Equation, ...]


class Rows(NamedTuple):
    """A table; `title` stands above it.

    >>> Rows("", ("layer", "MACs"), (("conv", 51840), ("pool", 0))).numeric
    (False, True)
    """

    title: Cell
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column holds nothing but numbers."""
        return tuple(all(map(_is_number, column)) for column in zip(*self.rows, strict=True))


def _is_number(cell: Cell) -> bool:
    return type(cell) is int or (type(cell) is str and not set(cell) - set("0123456789.,−/"))


Block = Paragraph | Display | Rows


class Section(NamedTuple):
    """A titled part.

    >>> Section("Words and symbols", ()).anchor
    'words-and-symbols'
    """

    title: str
    blocks: tuple[Block, ...]
    parts: tuple[Section, ...] = ()

    @property
    def anchor(self) -> str:
        """Its name in links, the one that GitHub gives the heading."""
        return anchor(self.title)


def anchor(title: str) -> str:
    """The name in links of the section with this title."""
    return title.lower().replace(" ", "-")


class Sheet(NamedTuple):
    """A whole document, to be written as Markdown, LaTeX, HTML, Typst, PDF or JSON."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]

    @property
    def all_sections(self) -> Iterator[Section]:
        """Every section and part of one, in reading order."""
        for section in self.sections:
            yield section
            yield from section.parts

    def render(self, form: str) -> str | bytes:
        """The document as markdown, latex, html, typst, json or pdf; only pdf is bytes.

        Raises UnknownNameError for any other form, ConvmathError if pdf lacks what compiles it.
        """
        from .write import render

        return render(self, form)

    def write(self, path: str) -> None:
        """Writes the document to a file, in the form that its suffix says.

        Raises ParseError for a suffix that says none, FileError if the file cannot be written.
        """
        from .write import form_of, write

        write(self, form_of(path), path)


def number(value: int) -> str:
    """A number as a table shows it: digits in threes, a minus sign.

    >>> number(-1849688064)
    '−1,849,688,064'
    """
    return f"{value:,}".replace("-", "−")
