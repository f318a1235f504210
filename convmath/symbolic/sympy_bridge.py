"""Formulas as SymPy expressions and back; SymPy is loaded by the first call.

A symbol is integer, and positive if it is at least 1, or nonnegative if at least 0. Nothing is read from text: what
comes back is a walk over the tree, through a list of what sizes are made of.
"""

from __future__ import annotations

from functools import cache, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import FormulaError, show
from ..core.size import ceil_div, common_divisor, larger, smaller
from .names import checked_name
from .polynomial import Polynomial, symbols
from .printing import column
from .ratio import Ratio, ratio
from .write import written
from .written import Operation, Symbol, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..core.size import Size
    from .written import Factor, Operand

MOST_POWER = 16


def to_sympy(value: Any) -> Any:
    """The SymPy expression for an int, a Polynomial, a Ratio or a Written.

    >>> from convmath.symbolic.written import symbol
    >>> i, k, s = symbol("i"), symbol("k"), symbol("s")
    >>> to_sympy((i - k) // s + 1)
    floor((i - k)/s) + 1
    """
    return _expression(written(value) if isinstance(value, Polynomial | Ratio) else value)


def from_sympy(expression: Any) -> Size:
    """The size that a SymPy expression is: integer symbols, + - *, powers, floor, ceiling, Max, Min, Mod and gcd.

    Fractions may stand inside floor and ceiling; elsewhere only symbols divide, and are taken to leave no remainder.
    Raises FormulaError naming what does not fit.

    >>> import sympy
    >>> H = sympy.Symbol("H", integer=True, positive=True)
    >>> from_sympy(sympy.floor(H / 2 + sympy.Rational(3, 4)))
    Polynomial('⌈H/2⌉')
    """
    import sympy

    if not isinstance(expression, sympy.Expr):
        raise FormulaError(f"{show(expression)} is no expression of SymPy")
    values: dict[Any, Fraction] = {}
    for node in _inside(expression):
        values[node] = _value(node, [values[part] for part in node.args])
    return _whole(values[expression], expression)


# There


def _expression(operand: Operand) -> Any:
    import sympy

    if type(operand) is int:
        return sympy.Integer(operand)
    terms = [
        sympy.Mul(sympy.Integer(coefficient), *map(_factor, factors), evaluate=True)
        for coefficient, factors in operand.terms
    ]
    return sympy.Add(*terms, sympy.Integer(operand.constant))


def _factor(factor: Factor) -> Any:
    match factor:
        case Symbol(name, least):
            return _symbol(name, least)
        case Operation("#", operands):
            return _sum(operands)
        case Operation(word, operands):
            if word not in _words():
                raise FormulaError("an equation about arrays has no expression in SymPy (write it as text or LaTeX)")
            return _words()[word](*map(_expression, operands))
    return _expression(factor)


def _symbol(name: str, least: int) -> Any:
    import sympy

    if least >= 1:
        return sympy.Symbol(name, integer=True, positive=True)
    return sympy.Symbol(name, integer=True, **({"nonnegative": True} if least == 0 else {}))


def _sum(operands: tuple[Operand, ...]) -> Any:
    import sympy

    index = sympy.Dummy("t", integer=True, nonnegative=True)
    tap = Written(((1, (Symbol(UNNAMED, 0),)),))
    each = _expression(column(tap, operands)).subs(_symbol(UNNAMED, 0), index)
    return sympy.Sum(each, (index, 0, _expression(operands[3]) - 1))


UNNAMED = "what counts"
"""No symbol is called so."""


@cache
def _words() -> dict[str, Callable[..., Any]]:
    import sympy

    return {
        "⌊⌋": lambda a, b: sympy.floor(a / b),
        "⌈⌉": lambda a, b: sympy.ceiling(a / b),
        "/": lambda a, b: a / b,
        "÷": lambda a, b: a / b,
        "mod": sympy.Mod,
        "max": sympy.Max,
        "min": sympy.Min,
        "gcd": _gcd(),
        "log₂": lambda x: sympy.ceiling(sympy.log(x, 2)),
        "2^": lambda x: sympy.Integer(2) ** x,
    }


@cache
def _gcd() -> Any:
    """gcd of integers, which waits for numbers: SymPy's own is of polynomials, and gives 1 for any two symbols."""
    import sympy

    class gcd(sympy.Function):  # type: ignore[misc]  # noqa: N801  SymPy prints the class's name
        nargs = 2
        is_integer = True
        is_positive = True

        @classmethod
        def eval(cls, a: Any, b: Any) -> Any:
            return sympy.Integer(sympy.igcd(a, b)) if a.is_Integer and b.is_Integer else None

    return gcd


# Back


class Fraction(NamedTuple):
    """above / below, both sizes."""

    above: Size
    below: Size


def _inside(expression: Any) -> Iterator[Any]:
    """Every part of an expression once, parts first; an expression of any depth."""
    done: set[Any] = set()
    waiting = [expression]
    while waiting:
        node = waiting[-1]
        parts = [] if node in done else [part for part in node.args if part not in done]
        if parts:
            waiting.extend(parts)
            continue
        waiting.pop()
        if node not in done:
            done.add(node)
            yield node


def _value(node: Any, parts: list[Fraction]) -> Fraction:
    import sympy

    match node:
        case sympy.Symbol() if type(node) is sympy.Symbol:
            return Fraction(_size(node), 1)
        case sympy.Rational():
            return Fraction(int(node.p), int(node.q))
        case sympy.Pow():
            return _power(parts[0], node)
    if node.func in _of_fractions():
        return _of_fractions()[node.func](*parts)
    if node.func in _of_sizes():
        sizes = (_whole(part, argument) for part, argument in zip(parts, node.args, strict=True))
        return Fraction(reduce(_of_sizes()[node.func], sizes), 1)
    raise FormulaError(
        f"{show(node)} has no place in a size (use integer symbols, + - *, powers, floor, ceiling, Max, Min, Mod)"
    )


@cache
def _of_fractions() -> dict[Any, Callable[..., Fraction]]:
    import sympy

    return {
        sympy.Add: lambda *parts: reduce(_added, parts),
        sympy.Mul: lambda *parts: reduce(_multiplied, parts),
        sympy.floor: lambda x: Fraction(x.above // x.below, 1),
        sympy.ceiling: lambda x: Fraction(ceil_div(x.above, x.below), 1),
    }


@cache
def _of_sizes() -> dict[Any, Callable[[Size, Size], Size]]:
    import sympy

    return {sympy.Max: larger, sympy.Min: smaller, sympy.Mod: lambda a, b: a % b, _gcd(): common_divisor}


def _size(node: Any) -> Size:
    name = checked_name(node.name)
    if not node.is_integer or not node.is_nonnegative:
        raise FormulaError(
            f"the symbol {name} may be no size (make it Symbol({name!r}, integer=True, positive=True), or nonnegative)"
        )
    return symbols(name, 1 if node.is_positive else 0)


def _added(a: Fraction, b: Fraction) -> Fraction:
    if a.below == b.below:
        return Fraction(a.above + b.above, a.below)
    return Fraction(a.above * b.below + b.above * a.below, a.below * b.below)


def _multiplied(a: Fraction, b: Fraction) -> Fraction:
    return Fraction(a.above * b.above, a.below * b.below)


def _power(base: Fraction, node: Any) -> Fraction:
    exponent = node.exp
    if not exponent.is_Integer or abs(exponent) > MOST_POWER:
        raise FormulaError(f"{show(node)} has no place in a size: an exponent is an integer up to {MOST_POWER}")
    above, below = base if exponent > 0 else (base.below, base.above)
    return Fraction(above ** abs(int(exponent)), below ** abs(int(exponent)))


def _whole(value: Fraction, node: Any) -> Size:
    """The size that a fraction is; FormulaError where it may be none."""
    lowest = ratio(value.above, value.below)
    if isinstance(lowest, Ratio):
        below = lowest.denominator
        if type(below) is Polynomial and len(below.terms) == 1 and 1 in below.terms.values():
            return below.exactly_into(lowest.numerator)
    elif type(lowest) in {int, Polynomial}:
        return lowest
    elif lowest.denominator == 1:
        return int(lowest)
    raise FormulaError(f"{show(node)} may be no integer (put it into floor or ceiling)")
