"""How a table is laid into a window: columns side by side as wide as there is room for, or rows of several lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .table import show_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .table import Table

NARROWEST = 12
"""Characters that a column of text is not made narrower than."""


MOST_LINES = 4
"""Lines that a cell of text is folded into."""

LONG = 24
"""Characters from which on text behind the numbers stands below them, where rows take several lines."""

LABEL = 8
"""Characters of a label that stay on one line at any rate."""


class Fit(NamedTuple):
    """Columns side by side: their labels, which may have several lines, and their widths."""

    labels: tuple[str, ...]
    widths: tuple[int, ...]


class Stack(NamedTuple):
    """A row on several lines: what stands in words above, the others in columns line by line, and words below."""

    above: tuple[int, ...]
    lines: tuple[tuple[int, ...], ...]
    below: tuple[int, ...]
    labels: tuple[str, ...]
    widths: tuple[int, ...]
    gap: int

    @property
    def indent(self) -> int:
        """How far the columns stand in."""
        return self.gap if self.above else 0

    @property
    def width(self) -> int:
        """Of the longest line of columns, the gap behind it included."""
        return max(_wide([self.widths[place] for place in line], self.gap) for line in self.lines) + self.gap


def fitted(table: Table, width: int) -> Fit | None:
    """The table's columns where they have room side by side; None where text would have to be cut to pieces.

    Labels above numbers are put on several lines first, then the widest columns of text are folded; numbers never.

    >>> from convmath.render.table import Heading, Table
    >>> tall = Table("t", (Heading("layer"), Heading("number of weights", right=True)), (("features.0.conv", 9408),))
    >>> fitted(tall, 40).widths, fitted(tall, 22).widths, fitted(tall, 10)
    ((15, 17), (13, 7), None)
    """
    plain = _labels(table)
    widths = _widths(table, plain)
    if _wide(widths) <= width or any(heading.apart for heading in table.headings):
        return Fit(plain, tuple(widths)) if _wide(widths) <= width else None
    labels = _broken(table)
    widths = _widths(table, labels)
    room = [
        0 if heading.right else width - _least(cells)
        for heading, width, cells in zip(table.headings, widths, _columns(table), strict=True)
    ]
    while _wide(widths) > width:
        widest = max(range(len(widths)), key=lambda place: (room[place] > 0, widths[place]))
        if room[widest] <= 0:
            return None
        widths[widest] -= 1
        room[widest] -= 1
    return Fit(labels, tuple(widths))


def _least(cells: Iterable[str]) -> int:
    """What a column of text needs, so that no word of it goes on more than two lines, and no cell on many."""
    found = [NARROWEST]
    for cell in cells:
        found += [-(-cells_of(cell) // MOST_LINES), *(-(-cells_of(word) // 2) for word in cell.split())]
    return max(found)


def stacked(table: Table, width: int) -> Stack:
    """Every row on several lines: text that may stand apart, or before and behind the numbers, and all else in columns.

    >>> from convmath.render.table import Heading, Table
    >>> headings = (Heading("layer"), *(Heading(name, right=True) for name in ("params", "MACs", "FLOPs")))
    >>> stacked(Table("t", headings, (("features.0.conv", 9408, 10**9, 10**9),)), 24).lines
    ((1, 2), (3,))
    """
    apart = _apart(table)
    inline = [place for place in range(len(table.headings)) if place not in apart]
    above = tuple(place for place in apart if place < inline[0])
    below = tuple(place for place in apart if place > inline[0])
    made: list[Stack] = []
    for count in range(1, len(inline) + 1):
        each = -(-len(inline) // count)
        lines = tuple(tuple(inline[start : start + each]) for start in range(0, len(inline), each))
        for labels in (_labels(table), _broken(table)):
            made += [Stack(above, lines, below, labels, tuple(_widths(table, labels)), gap) for gap in (2, 1)]
    return next((one for one in made if one.indent + one.width - one.gap <= width), made[-1])


def can_stack(table: Table) -> bool:
    """Whether there are columns that may stand apart, and others."""
    return 0 < len(_apart(table)) < len(table.headings)


def cells_of(text: str) -> int:
    """How many places of a terminal a text takes: letters of Chinese two, marks on letters none.

    >>> cells_of("conv"), cells_of("卷积"), cells_of("e" + chr(0x301))
    (4, 4, 1)
    """
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    marks = sum(category(letter) in {"Mn", "Me", "Cf"} for letter in text)
    return len(text) - marks + sum(east_asian_width(letter) in {"W", "F"} for letter in text)


def padded(text: str, width: int, right: bool) -> str:
    """The text with blanks, behind it or before it, so that it takes so many places."""
    blanks = " " * (width - cells_of(text))
    return blanks + text if right else text + blanks


def _apart(table: Table) -> list[int]:
    """The columns that say that they may stand apart; if none does, text before the numbers, and long text behind."""
    declared = [place for place, heading in enumerate(table.headings) if heading.apart]
    numbers = [place for place, heading in enumerate(table.headings) if heading.right]
    if declared or not numbers:
        return declared
    widths = _widths(table, _labels(table))
    return [
        place for place, width in enumerate(widths)
        if place < numbers[0] or (place > numbers[-1] and width > LONG)
    ]  # fmt: skip


def _labels(table: Table) -> tuple[str, ...]:
    return tuple(heading.label for heading in table.headings)


def _broken(table: Table) -> tuple[str, ...]:
    """The labels, those above numbers on lines no longer than their longest word or the numbers."""
    columns = zip(table.headings, _columns(table), strict=True)
    return tuple(
        _wrapped(heading.label, max(map(cells_of, cells), default=0)) if heading.right else heading.label
        for heading, cells in columns
    )


def _wrapped(label: str, width: int) -> str:
    """The words of a label, as many on a line as have room beside the longest of them.

    >>> _wrapped("of the peak, at most", 6)
    'of the\\npeak, at\\nmost'
    """
    words = label.split(" ")
    room = max(width, LABEL, *map(len, words))
    text = words[0]
    for word in words[1:]:
        line = text.rpartition("\n")[2]
        text += f" {word}" if len(line) + 1 + len(word) <= room else f"\n{word}"
    return text


def _columns(table: Table) -> list[list[str]]:
    """Each column's texts, its total last."""
    feet = [table.totals] if table.totals else []
    return [list(map(show_cell, column)) for column in zip(*table.rows, *feet, strict=True)] or [
        [] for _ in table.headings
    ]


def _widths(table: Table, labels: Sequence[str]) -> list[int]:
    columns = zip(labels, _columns(table), strict=True)
    return [max(cells_of(line) for line in (*label.split("\n"), *cells)) for label, cells in columns]


def _wide(widths: Iterable[int], gap: int = 2) -> int:
    return sum(width + gap for width in widths) - gap
