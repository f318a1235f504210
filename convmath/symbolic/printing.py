"""How a formula's tree is read out, whatever the notation: signs, coefficients, powers and brackets.

A notation is a `Notation`: how it writes numbers, symbols, products and each operation. Nothing else knows the tree.
Formulas nested too deeply for a reader are broken up by naming.py before they are read out.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from ..core.size import clip
from .naming import named
from .written import Operation, Symbol, symbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from .written import Factor, Operand, Written


class Piece(NamedTuple):
    """A part of a formula as it is written, and what it is to those that stand beside it.

    A 'number', 'letter', 'word', 'call', 'value', 'bracket' or 'fenced' part stands by itself; a 'product' and a
    'fraction' beside + and −; a 'quotient' too, if no sign leads; a 'series' reaches to the next + or −; 'loose',
    'negative' and 'sum' want brackets.
    """

    text: str
    kind: str


class Notation:
    """One way of writing formulas; a subtype says how each thing looks, the walk over the tree is here."""

    plus: ClassVar[str] = " + "
    minus: ClassVar[str] = " − "
    sign: ClassVar[str] = "−"

    def __init__(self, index: str) -> None:
        self.index = index
        """A name that the formula does not have."""
        self.tap = symbol(index, 0)

    # What a notation says

    def number(self, value: int) -> Piece:
        """A whole number that is not negative."""
        return Piece(str(value), "number")

    def symbol(self, name: str) -> Piece:
        """A symbol."""
        raise NotImplementedError

    def product(self, pieces: list[Piece]) -> str:
        """Factors side by side."""
        raise NotImplementedError

    def power(self, base: Piece, exponent: int) -> Piece:
        """A factor to a power of at least 2."""
        raise NotImplementedError

    def bracket(self, inside: str) -> Piece:
        """What stands by itself only in brackets."""
        raise NotImplementedError

    def floor(self, above: Piece, below: Piece) -> Piece:
        """⌊above / below⌋."""
        raise NotImplementedError

    def ceiling(self, above: Piece, below: Piece) -> Piece:
        """⌈above / below⌉."""
        raise NotImplementedError

    def quotient(self, above: Piece, below: Piece) -> Piece:
        """above / below, which leaves no remainder."""
        raise NotImplementedError

    def fraction(self, above: Piece, below: Piece) -> Piece:
        """above / below, which may be no whole number."""
        raise NotImplementedError

    def remainder(self, a: Piece, b: Piece) -> Piece:
        """a mod b."""
        raise NotImplementedError

    def logarithm(self, x: Piece) -> Piece:
        """⌈log₂ x⌉."""
        raise NotImplementedError

    def power_of_two(self, x: Piece) -> Piece:
        """2ˣ."""
        raise NotImplementedError

    def call(self, word: str, parts: list[Piece]) -> Piece:
        """max, min or gcd."""
        raise NotImplementedError

    def root(self, x: Piece) -> Piece:
        """√x."""
        raise NotImplementedError

    def pairs(self, operands: tuple[Operand, ...]) -> Piece:
        """The count that `pairs_below` of core/size.py makes."""
        raise NotImplementedError

    def applied(self, name: Piece, places: list[Piece]) -> Piece:
        """name(places): an array at a place, a function of its arguments."""
        raise NotImplementedError

    def series(self, word: str, index: Piece, body: Piece) -> Piece:
        """The sum ('Σ'), the largest ('max') or the mean ('mean') over all values of an index."""
        raise NotImplementedError

    def whole(self, formula: str, where: list[tuple[str, str]]) -> str:
        """A formula, and the names of parts with what they stand for, if it has any."""
        raise NotImplementedError

    # The walk

    @classmethod
    def render(cls, operand: Operand) -> str:
        """A whole formula, or a number."""
        formula, parts, letter = named(operand)
        notation = cls(letter)
        where = [(notation.symbol(name).text, notation.operand(part).text) for name, part in parts]
        return notation.whole(notation.operand(formula).text, where)

    def operand(self, operand: Operand) -> Piece:
        """A formula, or a number."""
        if type(operand) is int:
            return self.number(operand) if operand >= 0 else Piece(self.sign + self.number(-operand).text, "negative")
        (negative, first), *others = self.terms(operand)
        if not others:
            return self.negated(first) if negative else first
        text = (self.negated(first) if negative else self.within(first, {"loose"})).text
        return Piece(text + "".join(self.added(*term) for term in others), "sum")

    def terms(self, operand: Written) -> list[tuple[bool, Piece]]:
        """The terms of a sum, each with whether it is subtracted."""
        terms = [(coefficient < 0, self.term(abs(coefficient), factors)) for coefficient, factors in operand.terms]
        if operand.constant or not terms:
            terms.append((operand.constant < 0, self.number(abs(operand.constant))))
        return terms

    def added(self, negative: bool, piece: Piece) -> str:
        """A term of a sum that is not its first, with its sign; a sign follows no sign."""
        signed = negative and piece.text.startswith(self.sign)
        inside = self.bracket(piece.text) if signed else self.within(piece, {"loose"})
        return (self.minus if negative else self.plus) + inside.text

    def negated(self, piece: Piece) -> Piece:
        """A term that a formula begins by subtracting."""
        return Piece(self.sign + self.within(piece, {"quotient", "loose"}).text, "negative")

    def term(self, coefficient: int, factors: tuple[Factor, ...]) -> Piece:
        """A coefficient and its factors; equal neighbours become a power."""
        pieces = [self.number(coefficient)] if coefficient != 1 or not factors else []
        for factor, same in groupby(factors):
            count = len(list(same))
            piece = self.factor(factor)
            pieces.append(piece if count == 1 else self.power(piece, count))
        if len(pieces) == 1:
            return pieces[0]
        *before, last = (self.within(piece, {"quotient", "loose"}) for piece in pieces)
        return Piece(self.product([*(self.within(piece, {"series"}) for piece in before), last]), "product")

    def factor(self, factor: Factor) -> Piece:
        """One factor."""
        match factor:
            case Symbol(name, _):
                return self.symbol(name)
            case Operation("#", operands):
                return self.pairs(operands)
            case Operation("()", (name, *places)):
                return self.applied(self.operand(name), [self.operand(place) for place in places])
            case Operation("Σ" | "max over" | "mean over" as word, (index, body)):
                inside = self.within(self.operand(body), {"sum", "negative", "loose"})
                return self.series(word.partition(" ")[0], self.operand(index), inside)
            case Operation(word, operands):
                parts = [self.operand(operand) for operand in operands]
                return RULES[word](self, *parts) if word in RULES else self.call(word, parts)
        return self.bracket(self.operand(factor).text)

    def within(self, piece: Piece, kinds: set[str]) -> Piece:
        """A part, in brackets if it is of one of these kinds."""
        return self.bracket(piece.text) if piece.kind in kinds else piece


RULES: dict[str, Callable[..., Piece]] = {
    "⌊⌋": lambda notation, a, b: notation.floor(a, b),
    "⌈⌉": lambda notation, a, b: notation.ceiling(a, b),
    "/": lambda notation, a, b: notation.quotient(a, b),
    "÷": lambda notation, a, b: notation.fraction(a, b),
    "mod": lambda notation, a, b: notation.remainder(a, b),
    "log₂": lambda notation, x: notation.logarithm(x),
    "2^": lambda notation, x: notation.power_of_two(x),
    "√": lambda notation, x: notation.root(x),
}

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "Delta": "Δ", "epsilon": "ε", "mu": "μ", "sigma": "σ",
}  # fmt: skip
"""The letters of defining equations that have no key, by their names."""


def column(tap: Operand, operands: tuple[Operand, ...]) -> Operand:
    """How many of the pairs that `pairs_below` counts have this tap.

    >>> s, n, t = symbol("s"), symbol("n"), symbol("t")
    >>> str(column(t, (7, n, s, 3, 2)))
    'min(max(⌊(−2t + 7)/s⌋ + 1, 0), n)'
    """
    limit, steps, stride, _, dilation = operands
    count: Operand = (limit - tap * dilation) // stride + 1
    return clip(count, 0, steps)


class Name(NamedTuple):
    """A symbol's name as a textbook sets it: C_in is C with the index in, k2 is k with the index 2."""

    stem: str
    indices: tuple[str, ...]


def as_name(text: str) -> Name:
    """A name split into its stem and indices; what has no such form is all stem.

    >>> as_name("C_in"), as_name("k2_h"), as_name("_x")
    (Name(stem='C', indices=('in',)), Name(stem='k', indices=('2', 'h')), Name(stem='_x', indices=()))
    """
    found = re.fullmatch(r"([A-Za-z]+)([0-9]*)((?:_[A-Za-z0-9]+)*)", text)
    if not found:
        return Name(text, ())
    stem, digits, indices = found.groups()
    return Name(stem, tuple(index for index in (digits, *indices.split("_")) if index))
