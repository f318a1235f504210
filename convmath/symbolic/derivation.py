"""From a formula as it is written to its normal form, one named law at a time.

A law rewrites one floor, the innermost that is not in normal form yet. Every step is checked by evaluation, in one
symbol over as many values as prove it, so that no law has to be believed.
"""

from __future__ import annotations

from fractions import Fraction
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

LONGEST_SPAN = 20_000
"""Beyond so many values of a symbol a sample is checked."""


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
    inside: Operand = 0
    if rest and not (type(divisor) is int and len(rest) == 1 and ONE in rest):
        # A constant that is left over a number is less than it; over a symbol ⌊−1/s⌋ is −1.
        inside = _floor(rest, divisor)
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
    inner = lone(numerator.terms, Floor, 1)
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
    """Evaluates both sides; over one symbol so often that they are equal everywhere if they are equal there.

    Over the sizes of one residue of the period both sides are polynomials, and polynomials of degree n that agree at
    n + 1 places are one. That takes floors of numbers alone: over several symbols, or where a floor is over a symbol
    or a maximum is in it, a sample is tried, small values and large ones.
    """
    names = before.names if isinstance(before, Written) else {}
    if not names:
        return "as numbers"
    period = lcm(_period(before), _period(after))
    span = period * (max(_degree(before), _degree(after)) + 1)
    proves = len(names) == 1 and span <= LONGEST_SPAN and _has_a_period(before) and _has_a_period(after)
    points: Any = _sample(list(names.values()))
    if proves:
        ((name, least),) = names.items()
        points = ((least + n,) for n in range(span))
    compared = 0
    for values in points:
        given = dict(zip(names, values, strict=True))
        try:
            a, b = (side.worked_out(given) if isinstance(side, Written) else side for side in (before, after))
        except FormulaError:
            continue  # a division leaves a remainder that the formula rules out
        if a != b:
            raise FormulaError(f"{law} makes {after} of {before}, which differ at {given}: {a} and {b}")
        compared += 1
    return f"{name} = {least} … {least + span - 1}: all sizes" if proves else f"a sample of {compared} sizes"


SAMPLES = 400
"""How many values are drawn where they are a sample."""


def _sample(least: list[int]) -> Iterator[tuple[int, ...]]:
    """Values that are drawn alike every time, each once: half of them small."""
    state, small = 1, 8 if len(least) > 1 else SAMPLES
    drawn: set[tuple[int, ...]] = set()
    for n in range(SAMPLES):
        values = []
        for low in least:
            state = state * 6364136223846793005 % 2**64 + 1442695040888963407
            values.append(low + (state >> 33) % (small if n % 2 else 1000))
        if tuple(values) not in drawn:
            drawn.add(tuple(values))
            yield tuple(values)


def _has_a_period(operand: Operand) -> bool:
    """Whether it is a polynomial at the sizes of each residue: of +, −, ×, floors, ceilings and mod by numbers."""
    return type(operand) is int or all(_is_periodic(factor) for _, factors in operand.terms for factor in factors)


def _is_periodic(factor: Factor) -> bool:
    if not isinstance(factor, Operation):
        return not isinstance(factor, Written) or _has_a_period(factor)
    if factor.word not in ROUNDINGS or type(factor.operands[1]) is not int:
        return False
    return _has_a_period(factor.operands[0])


ROUNDINGS = {"⌊⌋", "⌈⌉", "mod"}


def _degree(operand: Operand) -> int:
    """The most symbols that are multiplied with one another; a floor has the degree of what it holds."""
    if type(operand) is int:
        return 0
    return max((sum(map(_degree_of, factors)) for _, factors in operand.terms), default=0)


def _degree_of(factor: Factor) -> int:
    if isinstance(factor, Operation):
        return max(map(_degree, factor.operands))
    return _degree(factor) if isinstance(factor, Written) else 1


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
                divides = factor.word in ROUNDINGS and type(factor.operands[1]) is int
                period = lcm(period, inner * factor.operands[1] if divides else inner)
    return period
