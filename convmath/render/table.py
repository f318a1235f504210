"""Table: what every renderer takes."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..core.bound import AtLeast

LONGEST_NUMBER = 10_000
"""Bits of a number that is still written out."""


class Heading(NamedTuple):
    """A column's label and on which side its values stand."""

    label: str
    right: bool = False
    apart: bool = False
    """Whether it may stand on a line of its own where there is not room for all columns."""


class Table(NamedTuple):
    """A titled table of plain values (numbers, text, None), with a line of totals and notes below."""

    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Any, ...], ...]
    totals: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()


def show_cell(value: object) -> str:
    """A value as a reader sees it: numbers in groups of three, nothing for None.

    >>> show_cell(4089184256), show_cell(None), show_cell("conv1"), show_cell(AtLeast(5000))
    ('4,089,184,256', '', 'conv1', 'at least 5,000')
    """
    if value is None:
        return ""
    if type(value) is int:
        return f"{value:,}" if value.bit_length() < LONGEST_NUMBER else f"about 2^{value.bit_length() - 1}"
    return printable(value.said(show_cell) if isinstance(value, AtLeast) else str(value))


def shortened(text: str, longest: int) -> str:
    """The text, its middle left out where it is too long; both ends tell apart what is named alike.

    >>> shortened("features.denseblock4.denselayer16", 16)
    'features.…ayer16'
    """
    if len(text) <= longest:
        return text
    head = (longest * 3) // 5
    return f"{text[:head]}…{text[len(text) - (longest - head - 1) :]}"


def printable(text: str) -> str:
    """Text without control characters, so that no name from a file can steer a terminal or break a line.

    >>> printable("a" + chr(27) + "[31m")
    'a\\\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)
