"""AtLeast: a number of which only a part is known, because an operator that nobody knows adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .size import Size


class AtLeast:
    """`known` or more: what is added to it, or multiplied into it, is known no better than it is.

    >>> UNKNOWN + 5, 2 * (UNKNOWN + 5), sum([1, UNKNOWN, 2])
    (at least 5, at least 10, at least 3)
    >>> UNKNOWN
    ?
    """

    __slots__ = ("known",)
    __array_ufunc__ = None  # an array to the left leaves the arithmetic to this type

    def __init__(self, known: Size) -> None:
        self.known = known

    def __add__(self, other: object) -> AtLeast:
        return AtLeast(self.known + known_part(other))

    def __mul__(self, other: object) -> AtLeast:
        return AtLeast(self.known * known_part(other))

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AtLeast) and bool(self.known == other.known)

    def __hash__(self) -> int:
        return hash((AtLeast, self.known))

    def said(self, number: Callable[[Size], str]) -> str:
        """The number in words, its known part as `number` writes it.

        >>> AtLeast(5000).said("{:,}".format)
        'at least 5,000'
        """
        return "?" if type(self.known) is int and self.known == 0 else f"at least {number(self.known)}"

    def __repr__(self) -> str:
        return self.said(str)


UNKNOWN = AtLeast(0)
"""A number of which nothing is known."""


def known_part(value: Size) -> Size:
    """What is known of a number: all of it, or the least that it is.

    >>> known_part(7), known_part(UNKNOWN + 7)
    (7, 7)
    """
    return value.known if isinstance(value, AtLeast) else value


def is_known(value: object) -> bool:
    """Whether a number is known to the end.

    >>> is_known(0), is_known(UNKNOWN)
    (True, False)
    """
    return not isinstance(value, AtLeast)
