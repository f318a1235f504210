"""Symbols that a text may use without declaring them, and shapes in which they stand: 1x3xHxW."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..core.errors import ParseError, show
from ..core.shape import Shape, as_shape, parse_shape
from .polynomial import Polynomial, symbols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.size import Size

SHORT = re.compile(r"[A-Za-z][0-9]{0,3}(_[A-Za-z0-9]{1,12})?")
"""What a name looks like that is taken for a symbol without having been declared; words have other meanings."""


class Symbols(dict[str, Any]):
    """Every name that may be a symbol by itself, made when it is asked for: a letter, maybe with an index.

    >>> Symbols()["H"], "C_in" in Symbols(), "same" in Symbols()
    (Polynomial('H'), True, False)
    """

    def __contains__(self, name: object) -> bool:
        return type(name) is str and bool(SHORT.fullmatch(name))

    def __missing__(self, name: str) -> Any:
        return symbols(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())


def parse_symbolic_shape(text: str) -> Shape:
    """A shape whose sizes may be formulas: 1x3xHxW, Nx3x(2*h)x224; numbers alone are read as everywhere.

    >>> parse_symbolic_shape("Nx3xHx224")
    (Polynomial('N'), 3, Polynomial('H'), 224)
    """
    if not isinstance(text, str):
        raise ParseError(f"{show(text)} is no shape (write for example '1x3xHxW')")
    if not re.search(r"[A-WYZa-wyz_]", text):
        return parse_shape(text)
    parts = re.split(r"[x×,]", text)
    sizes = []
    column = 1
    for part in parts:
        try:
            size = _size(part)
        except ParseError as error:
            raise ParseError(
                f"{show(part)} in the shape {show(text)} is not a size (write numbers, letters and what they make"
                " with + - * //, joined by x: 1x3xHxW)",
                column + error.column - 1,
            ) from None
        if type(size) is Polynomial and (size >= 1) is False:
            raise ParseError(f"{show(part)} in the shape {show(text)} is never a size of at least 1", column)
        sizes.append(size)
        column += len(part) + 1
    return as_shape(tuple(sizes))


LONGEST_NUMBER = 20
"""Digits that no size has; the parser says so."""


def _size(part: str) -> Size:
    """The size that a part of a shape states; the usual ones need no parser."""
    word = part.strip(" ()[]")
    if word.isascii() and word.isdigit() and len(word) < LONGEST_NUMBER:
        return int(word)
    if SHORT.fullmatch(word):
        return symbols(word)
    from .parse import parse_formula

    return parse_formula(part)
