"""How a formula's tree is read out, whatever the notation: signs, coefficients, powers and brackets.

A notation is a `Notation`: how it writes numbers, symbols, products and each operation. Nothing else knows the tree.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from .written import Operation, Symbol, Written

if TYPE_CHECKING:
    from .written import Factor, Operand


class Piece(NamedTuple):
    """A factor as it is written, and what it is in a product: a 'number', 'letter', 'word', 'bracket' or 'fenced'."""

    text: str
    kind: str


class Notation:
    """One way of writing formulas; a subtype says how each thing looks, the walk over the tree is here."""

    plus = " + "
    minus = " − "
    sign = "−"

    def number(self, value: int) -> str:
        """A whole number that is not negative."""
        return str(value)

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
        """A sum as a factor."""
        raise NotImplementedError

    def operation(self, word: str, parts: list[str], operands: tuple[Operand, ...]) -> Piece:
        """An operation of its written operands."""
        raise NotImplementedError

    def formula(self, operand: Operand) -> str:
        """A whole formula, or a number."""
        if type(operand) is int:
            return self.number(operand) if operand >= 0 else self.sign + self.number(-operand)
        parts = [(coefficient < 0, self.term(abs(coefficient), factors)) for coefficient, factors in operand.terms]
        if operand.constant:
            parts.append((operand.constant < 0, self.number(abs(operand.constant))))
        (negative, text), *others = parts
        return (self.sign if negative else "") + text + "".join(
            (self.minus if negative else self.plus) + text for negative, text in others
        )  # fmt: skip

    def term(self, coefficient: int, factors: tuple[Factor, ...]) -> str:
        """A coefficient and its factors; equal neighbours become a power."""
        pieces = [Piece(self.number(coefficient), "number" if coefficient < 10 else "word")] if coefficient != 1 else []
        for factor, same in groupby(factors):
            count = len(list(same))
            piece = self.factor(factor)
            pieces.append(piece if count == 1 else self.power(piece, count))
        return pieces[0].text if len(pieces) == 1 and pieces[0].kind != "bracket" else self.product(pieces)

    def factor(self, factor: Factor) -> Piece:
        """One factor."""
        match factor:
            case Symbol(name, _):
                return self.symbol(name)
            case Operation(word, operands):
                return self.operation(word, [self.formula(operand) for operand in operands], operands)
        return self.bracket(self.formula(factor))


def is_sum(operand: Operand) -> bool:
    """Whether an operand needs brackets beside a multiplication or below a line."""
    return isinstance(operand, Written) and len(operand.terms) + (operand.constant != 0) > 1


def is_product(operand: Operand) -> bool:
    """Whether an operand has more than one factor."""
    return isinstance(operand, Written) and (len(operand.terms[0][1]) > 1 or operand.terms[0][0] != 1)
