"""Questions about all sizes at once, with exact answers or none.

A formula in one symbol H whose divisors are numbers repeats: with H = P·h + r it is an ordinary polynomial in h for
each r = 0 … P − 1, where P is a multiple of the products of nested divisors. So every question about it is P
questions about polynomials, and those are decided.
"""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING

from ..core.errors import FormulaError
from .atoms import ATOMS, Floor, Name, inside
from .polynomial import Polynomial, symbols, terms_of
from .sets import Sizes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size
    from .proposition import Proposition
    from .sets import Intervals
    from .terms import Terms

LONGEST_PERIOD = 10**7
"""A question over more residues than this is refused."""


def solutions(*propositions: Proposition | bool) -> Sizes:
    """All values of their only symbol for which the propositions hold together.

    Raises FormulaError where there are several symbols, where one is divided by another, or for too long a period.

    >>> from convmath.symbolic.proposition import Proposition
    >>> H = symbols("H")
    >>> str(solutions(Proposition((H + 31) // 32, "=", 7))), str(solutions(Proposition(H % 16, "=", 0)))
    ('193 ≤ H ≤ 224', 'H ≡ 0 (mod 16), H ≥ 16')
    """
    open_ones = [p for p in propositions if not isinstance(p, bool)]
    differences = [(p.left - p.right, p.relation) for p in open_ones]
    numbers = [(d, relation) for d, relation in differences if type(d) is int]
    if False in propositions or any(d < 0 or (d and relation == "=") for d, relation in numbers):
        return Sizes.of(1, 1, lambda r: ())
    formulas = [(d, relation) for d, relation in differences if type(d) is not int]
    if not formulas:
        return Sizes.of(1, 1, lambda r: ((0, None),))
    if all(_is_rising(d.terms) for d, _ in formulas):
        return _between(formulas)
    names = {name: least for d, _ in formulas for name, least in d.names.items()}
    least = _only(names, formulas[0][0])
    period = lcm(*(period_of(d) for d, _ in formulas))
    if period > LONGEST_PERIOD:
        raise FormulaError(f"the sizes repeat after {period} at the earliest known; at most 10^7 are decided")

    def steps(r: int) -> Intervals:
        kept: Intervals = ((0, None),)
        for difference, relation in formulas:
            kept = _overlap(kept, _where(difference, relation, period, r))
        return kept

    return Sizes.of(least, period, steps)


def is_line(formula: Polynomial) -> bool:
    """Whether a formula in one symbol is a line over the sizes of each residue: a sum of nested floors, no product.

    >>> H = symbols("H")
    >>> is_line(H // 2 - 3), is_line(H * H)
    (True, False)
    """
    parts = [formula.terms, *(atom.parts[0] for atom in inside([formula.terms]) if atom.parts)]
    atoms = inside([formula.terms])
    return all(type(atom) is Name or (type(atom) is Floor and atom.steps is not None) for atom in atoms) and all(
        len(monomial) <= 1 for part in parts for monomial in part
    )


def _is_rising(terms: Terms) -> bool:
    """Whether the terms provably never fall while a symbol rises, and reach any size: a question then has two ends."""
    return any(monomial for monomial in terms) and all(
        not monomial or (coefficient > 0 and len(monomial) == 1 and monomial[0] > 0 and _is_rising_atom(monomial[0]))
        for monomial, coefficient in terms.items()
    )


def _is_rising_atom(number: int) -> bool:
    atom = ATOMS[number]
    if type(atom) is Name:
        return True
    return type(atom) is Floor and atom.steps is not None and _is_rising(atom.parts[0])


def _between(formulas: list[tuple[Polynomial, str]]) -> Sizes:
    """Where rising formulas are ≥ 0 or = 0, by bisection."""
    least = _only({name: low for d, _ in formulas for name, low in d.names.items()}, formulas[0][0])
    begin, end = least, None
    for difference, relation in formulas:
        begin = max(begin, _first_at_least(difference, 0, least))
        if relation == "=":
            last = _first_at_least(difference, 1, least) - 1
            end = last if end is None else min(end, last)
    runs: Intervals = () if end is not None and end < begin else ((begin, end),)
    return Sizes.of(least, 1, lambda r: runs)


def _first_at_least(formula: Polynomial, value: int, least: int) -> int:
    """The first size of at least `least` at which a rising formula is at least `value`."""
    (name,) = formula.names
    step = 1
    while formula.at({name: least + step}) < value:
        step *= 2
    low, high = least, least + step
    while low < high:
        middle = (low + high) // 2
        if formula.at({name: middle}) >= value:
            high = middle
        else:
            low = middle + 1
    return low


def _where(formula: Polynomial, relation: str, period: int, r: int) -> Intervals:
    """The h ≥ 0 for which formula ≥ 0 or = 0 at period·h + r."""
    begin, coefficients = residue(formula, period, r)
    read = _where_never_negative if relation == "≥" else _where_zero
    later = tuple((b + begin, None if e is None else e + begin) for b, e in read(coefficients))
    values = ((h, formula.rebuilt(lambda atom: period * h + r)) for h in range(begin))  # noqa: B023
    early = tuple((h, h) for h, value in values if (value >= 0 if relation == "≥" else value == 0))
    return (*early, *later)


def residue(formula: Polynomial, period: int, r: int) -> tuple[int, dict[int, int]]:
    """From which h on the formula is one polynomial at period·h + r, and its coefficients by the power of h − that h.

    The period must be one of the formula's. FormulaError where no such polynomial is found.

    >>> residue(symbols("H") // 2, 2, 1), residue((symbols("H") - 5).larger(0), 1, 0)
    ((0, {1: 1}), (8, {1: 1, 0: 3}))
    """
    begin = 0
    while begin <= LATEST:
        h = symbols("h", least=0) + begin
        terms = terms_of(formula.rebuilt(lambda atom: period * h + r)) or {}  # noqa: B023
        if all(number > 0 and type(ATOMS[number]) is Name for monomial in terms for number in monomial):
            coefficients: dict[int, int] = {}
            for monomial, coefficient in terms.items():
                coefficients[len(monomial)] = coefficients.get(len(monomial), 0) + coefficient
            return begin, coefficients
        begin = 2 * begin or 1
    raise FormulaError(f"{formula} does not become a polynomial for sizes ≡ {r} (mod {period}): not decided")


LATEST = 1 << 20
"""Up to this step a maximum may still change its side."""


def _overlap(a: Intervals, b: Intervals) -> Intervals:
    """What lies in both."""
    result = []
    for begin, end in a:
        for first, last in b:
            low = max(begin, first)
            high = last if end is None else end if last is None else min(end, last)
            if high is None or low <= high:
                result.append((low, high))
    return tuple(sorted(result))


def _only(names: Mapping[str, int], formula: Polynomial) -> int:
    """The least value of the only symbol."""
    if len(names) != 1:
        raise FormulaError(
            f"{formula} and what goes with it depend on {', '.join(names)}: only questions in one symbol are decided"
            " (give the others values)"
        )
    return next(iter(names.values()))


def period_of(formula: Size) -> int:
    """A number of steps after which all floors of the formula have moved by whole numbers.

    >>> period_of((symbols("H") // 2 * 3 + 1) // 4), period_of(7)
    (8, 1)
    """
    if type(formula) is int:
        return 1
    periods: dict[int, int] = {}
    for atom in inside([formula.terms]):
        inner = lcm(*(periods[n] for part in atom.parts for monomial in part for n in monomial if n in periods))
        if type(atom) is Floor:
            if atom.steps is None:
                raise FormulaError(f"{formula} divides by a symbol, so its sizes do not repeat: not decided")
            inner *= atom.steps
        periods[atom.number] = inner
        if inner > LONGEST_PERIOD:
            raise FormulaError(f"{formula} repeats after {inner} sizes at the earliest known; at most 10^7 are decided")
    return lcm(*periods.values())


# Polynomials in h ≥ 0, by the coefficients of their powers


def _value(coefficients: Mapping[int, int], h: int) -> int:
    return sum(c * h**power for power, c in coefficients.items())


def _settled(coefficients: Mapping[int, int]) -> int:
    """From here on the leading term alone decides the sign (Cauchy's bound)."""
    degree = max(coefficients, default=0)
    lead = abs(coefficients.get(degree, 0))
    rest = max((abs(c) for power, c in coefficients.items() if power != degree), default=0)
    return 0 if degree == 0 or not lead else rest // lead + 2


def _where_zero(coefficients: Mapping[int, int]) -> Intervals:
    live = {power: c for power, c in coefficients.items() if c}
    if not live:
        return ((0, None),)
    return tuple((h, h) for h in _roots(live))


def _where_never_negative(coefficients: Mapping[int, int]) -> Intervals:
    live = {power: c for power, c in coefficients.items() if c}
    if not live:
        return ((0, None),)
    bound = _settled(live)
    degree = max(live)
    if degree == 0:
        return ((0, None),) if live[0] >= 0 else ()
    if degree == 1:
        a, c = live[1], live.get(0, 0)
        if a > 0:
            return ((max(0, -(c // a)), None),)
        return ((0, c // -a),) if c >= 0 else ()
    if bound > LONGEST_PERIOD:
        raise FormulaError("the polynomial's roots lie too far out to be looked for: not decided")
    result: list[tuple[int, int | None]] = []
    for h in range(bound + 1):
        if _value(live, h) >= 0:
            if result and result[-1][1] == h - 1:
                result[-1] = result[-1][0], h
            else:
                result.append((h, h))
    if live[degree] > 0:
        begin = result.pop()[0] if result and result[-1][1] == bound else bound + 1
        result.append((begin, None))
    return tuple(result)


def _roots(live: Mapping[int, int]) -> list[int]:
    degree = max(live)
    if degree == 0:
        return []
    if degree == 1:
        a, c = live[1], live.get(0, 0)
        return [-c // a] if c % a == 0 and -c // a >= 0 else []
    bound = _settled(live)
    if bound > LONGEST_PERIOD:
        raise FormulaError("the polynomial's roots lie too far out to be looked for: not decided")
    return [h for h in range(bound + 1) if _value(live, h) == 0]
