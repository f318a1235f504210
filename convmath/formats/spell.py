"""Formulas as a specification states them: + - * // and brackets, read back as the same formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ConvmathError, GraphError
from ..layers.parse import parse_value
from ..layers.values import replaced
from ..symbolic.polynomial import Polynomial, symbols
from ..symbolic.printing import Piece
from ..symbolic.python import OPEN, Python
from ..symbolic.write import written

if TYPE_CHECKING:
    from ..core.size import Size
    from ..layers.base import Layer


class _Products(Python):
    """Python's expressions without powers, which the calls of layers do not know."""

    def power(self, base: Piece, exponent: int) -> Piece:
        return Piece("*".join([self.within(base, OPEN).text] * exponent), "product")


class _Text:
    """A formula's text in the formula's place, so that a layer writes it into its call."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def spell_size(size: Size) -> str:
    """The text of a size; GraphError for a formula that no file can state.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H = symbols("H")
    >>> spell_size(-(-H // 2)), spell_size(H * H * 2 - 1), spell_size(7)
    ('-(-H//2)', '2*H*H - 1', '7')
    """
    if type(size) is int:
        return str(size)
    if type(size) is Polynomial:
        text = _Products.render(written(size))
        try:
            same = parse_value(text, {name: symbols(name) for name in size.names}) == size
        except ConvmathError:
            same = False
        if same:
            return text
    raise GraphError(f"the formula {size} cannot be written (give its symbols numbers)")


def with_text(layer: Layer) -> Layer:
    """The layer as it is to be written: with the text of every formula in the formula's place."""
    values = {name: replaced(layer.__dict__[name], lambda size: _Text(spell_size(size))) for name in layer.fields}
    if all(value is layer.__dict__[name] for name, value in values.items()):
        return layer
    shown: Layer = object.__new__(type(layer))
    shown.__dict__.update(layer.__dict__ | values)
    return shown
