"""From a formula as it is written to its normal form, one named law at a time.

A law rewrites one floor, the innermost that is not in normal form yet. Every step is checked by evaluation over one
period of all floors and one value more: both sides grow alike from period to period, so that no law has to be believed.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import FormulaError
from .atoms import ATOMS, Floor
from .floor import lone, multiples, reduced, split
from .polynomial import Polynomial, size_of, symbols, terms_of
from .terms import ONE, plus, times
from .write import written
from .written import Operation, Written, operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .written import Factor, Operand

LONGEST = 500
"""No derivation takes more steps."""

LONGEST_PERIOD = 10_000
"""Steps are checked over at most so many values of a symbol."""


class Step(NamedTuple):
    """One law, the part it was applied to, what that became, and the whole formula after it."""

    law: str
    before: Operand
    after: Operand
    whole: Operand
    checked: str
    """Over which values before and after were compared."""


CEILING = "⌈a/m⌉ = ⌊(a + m − 1)/m⌋"
EXPAND = "multiplied out and collected"
MULTIPLES = "⌊(a + c·m)/m⌋ = ⌊a/m⌋ + c"
COMMON = "⌊(g·a + e)/(g·m)⌋ = ⌊(a + ⌊e/g⌋)/m⌋"
NESTED = "⌊(⌊a/m⌋ + b)/n⌋ = ⌊(a + b·m)/(m·n)⌋"


def derivation(formula: Operand) -> list[Step]:
    """The steps from a written formula to its normal form; FormulaError if one is not confirmed by evaluation.

    >>> from convmath.symbolic.written import symbol
    >>> H = symbol("H")
    >>> [step.law for step in derivation(((H // 2) + 1) // 2)]
    ['⌊(⌊a/m⌋ + b)/n⌋ = ⌊(a + b·m)/(m·n)⌋']
    """
    steps: list[Step] = []
    whole = formula
    while isinstance(whole, Written) and len(steps) < LONGEST:
        found = next(_redexes(whole), None)
        if found is None:
            break
        factor, law, after = found
        before = Written(((1, (factor,)),))
        whole = whole.replaced({before: after})
        steps.append(Step(law, before, after, whole, _checked(before, after, law)))
    found = normal(formula)
    last = operation("÷", found.numerator, found.denominator) if isinstance(found, Fraction) else written(found)
    if last != whole:
        steps.append(Step(EXPAND, whole, last, last, _checked(whole, last, EXPAND)))
    return steps


def normal(operand: Operand) -> Any:
    """A written formula in normal form.

    >>> from convmath.symbolic.written import symbol
    >>> normal((symbol("i") - 1) // 2 + 1)
    Polynomial('⌈i/2⌉')
    """
    if type(operand) is int:
        return operand
    return operand.worked_out({name: symbols(name, least) for name, least in operand.names.items()})


def _redexes(formula: Written) -> Iterator[tuple[Factor, str, Operand]]:
    """Floors that a law rewrites, the innermost first."""
    for _, factors in formula.terms:
        for factor in factors:
            if isinstance(factor, Written):
                yield from _redexes(factor)
            elif isinstance(factor, Operation):
                for operand in factor.operands:
                    if isinstance(operand, Written):
                        yield from _redexes(operand)
                law = _law(factor)
                if law:
                    yield factor, *law


def _law(factor: Operation) -> tuple[str, Operand] | None:
    """The first law that applies to a floor or ceiling, and what it makes of it."""
    if factor.word not in {"⌊⌋", "⌈⌉"} or _is_settled(factor):
        return None
    above, below = factor.operands
    if factor.word == "⌈⌉":
        return CEILING, (above + below - 1) // below
    if not _is_flat(above) or not _is_flat(below):
        return EXPAND, operation("⌊⌋", written(normal(above)), written(normal(below)))
    numerator, divisor = normal(above), normal(below)
    if type(numerator) is int:
        return None
    for law, apply in LAWS.items():
        after = apply(numerator, divisor)
        if after is not None:
            return law, after
    return None


def _is_settled(factor: Operation) -> bool:
    return bool(written(normal(Written(((1, (factor,)),)))) == Written(((1, (factor,)),)))


def _is_flat(operand: Operand) -> bool:
    """Whether nothing is left to multiply out."""
    return type(operand) is int or not any(isinstance(f, Written) for _, factors in operand.terms for f in factors)


def _leave(numerator: Polynomial, divisor: Any) -> Operand | None:
    if type(divisor) is int:
        out, rest, _ = split(numerator.terms, divisor)
    else:
        out, rest = multiples(numerator.terms, divisor.terms)
    if not out:
        return None
    inside: Operand = _floor(rest, divisor) if rest and not (len(rest) == 1 and ONE in rest) else 0
    return inside + written(size_of(out))


def _divide(numerator: Polynomial, divisor: Any) -> Operand | None:
    if type(divisor) is int:
        _, rest, common = split(numerator.terms, divisor)
        if common == 1 or rest != numerator.terms:
            return None
        less = {monomial: c // common for monomial, c in rest.items() if monomial or c >= common}
        return _floor(less, divisor // common)
    less, below = reduced(numerator.terms, divisor.terms)
    return None if below == divisor.terms else _floor(less, size_of(below))


def _nest(numerator: Polynomial, divisor: Any) -> Operand | None:
    inner = lone(numerator.terms, Floor)
    if not inner:
        return None
    x, a = ATOMS[inner[0]].parts
    b = plus(numerator.terms, {inner: -1})
    return _floor(plus(x, times(a, b)), size_of(times(a, terms_of(divisor) or {})))


LAWS: dict[str, Callable[[Polynomial, Any], Operand | None]] = {MULTIPLES: _leave, COMMON: _divide, NESTED: _nest}
"""The laws of floor.py by what they say."""


def _floor(numerator: Any, divisor: Any) -> Operand:
    above = written(size_of(numerator))
    return above if divisor == 1 else operation("⌊⌋", above, written(divisor))


def _checked(before: Operand, after: Operand, law: str) -> str:
    """Evaluates both sides over one period and one value more, which proves them equal, or over a few values."""
    names = before.names if isinstance(before, Written) else {}
    if not names:
        return "as numbers"
    periods = lcm(*(_period(side) for side in (before, after)))
    span = periods + 1 if len(names) == 1 and periods <= LONGEST_PERIOD else SAMPLE[min(len(names), len(SAMPLE) - 1)]
    ranges = [range(least, least + span) for least in names.values()]
    for values in product(*ranges):
        given = dict(zip(names, values, strict=True))
        a, b = (side.worked_out(given) if isinstance(side, Written) else side for side in (before, after))
        if a != b:
            raise FormulaError(f"{law} makes {after} of {before}, which differ at {given}: {a} and {b}")
    return ", ".join(f"{name} = {least} … {least + span - 1}" for name, least in names.items())


SAMPLE = (1, 24, 12, 6, 4, 3, 2, 2, 2, 1)
"""How many values of each symbol are tried where there are so many symbols."""


def _period(operand: Operand) -> int:
    """After how many steps of its symbols all floors of numbers begin anew."""
    if type(operand) is int:
        return 1
    period = 1
    for _, factors in operand.terms:
        for factor in factors:
            if isinstance(factor, Written):
                period = lcm(period, _period(factor))
            elif isinstance(factor, Operation):
                inner = lcm(*(_period(part) for part in factor.operands))
                divides = factor.word in {"⌊⌋", "⌈⌉", "mod"} and type(factor.operands[1]) is int
                period = lcm(period, inner * factor.operands[1] if divides else inner)
    return period
