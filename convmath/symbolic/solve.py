"""Questions about all sizes at once, with exact answers or none.

A formula in one symbol H whose divisors are numbers repeats: with H = P·h + r it is an ordinary polynomial in h for
each r = 0 … P − 1, where P is a multiple of the products of nested divisors. So every question about it is P
questions about polynomials, and those are decided.
"""

from __future__ import annotations

from itertools import islice, product
from math import lcm
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import FormulaError
from .atoms import ATOMS, Floor, Name, inside
from .polynomial import Polynomial, symbols, terms_of
from .proposition import Proposition
from .sets import Sizes
from .signs import is_nonnegative

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..core.size import Size
    from .sets import Intervals
    from .terms import Terms

LONGEST_PERIOD = 10**7
"""A question over more residues than this is refused."""


class Verdict(NamedTuple):
    """'proven', 'refuted' with values for which it fails, or 'not proved'; and how that was found.

    >>> H = symbols("H")
    >>> at_least(2 * ((H + 1) // 2), H).state, at_least(2 * (H // 2), H).counterexample
    ('proven', {'H': 1})
    """

    state: str
    counterexample: Mapping[str, int] | None = None
    by: str = ""

    def __str__(self) -> str:
        if self.counterexample:
            values = ", ".join(f"{name} = {value}" for name, value in self.counterexample.items())
            return f"{self.state}: it fails for {values}"
        return f"{self.state} ({self.by})" if self.by else self.state


def equal(a: Size, b: Size) -> Verdict:
    """Whether a = b for all values of their symbols.

    >>> H = symbols("H")
    >>> str(equal(H // 2 + (H + 1) // 2, H))
    'proven (for each residue mod 2)'
    """
    return _decided(a - b, _is_zero)


def at_least(a: Size, b: Size) -> Verdict:
    """Whether a ≥ b for all values of their symbols."""
    return _decided(a - b, _is_never_negative)


def solutions(*propositions: Proposition | bool) -> Sizes:
    """All values of their only symbol for which the propositions hold together.

    Raises FormulaError where there are several symbols, where one is divided by another, or for too long a period.

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


# Verdicts about all values


def _is_zero(value: int) -> bool:
    return value == 0


def _is_never_negative(value: int) -> bool:
    return value >= 0


def _decided(difference: Size, holds: Any) -> Verdict:
    if type(difference) is int:
        return Verdict("proven", by="normal form") if holds(difference) else Verdict("refuted", {}, "normal form")
    if holds is _is_never_negative and is_nonnegative(difference.terms):
        return Verdict("proven", by="bounds")
    names = difference.names
    failure = _failure(difference, names, holds)
    if failure:
        return Verdict("refuted", failure, "evaluation")
    try:
        if len(names) == 1:
            relation = "≥" if holds is _is_never_negative else "="
            found = solutions(Proposition(difference, relation, 0))
            return _from_solutions(found, next(iter(names)), period_of(difference))
        return _by_residues(difference, names, holds)
    except FormulaError as error:
        return Verdict("not proved", by=str(error))


def _from_solutions(found: Sizes, name: str, period: int) -> Verdict:
    if found.is_all:
        return Verdict("proven", by=f"for each residue mod {period}" if period > 1 else "as a polynomial")
    size = next(size for size in range(found.least, found.threshold + found.period + 1) if size not in found)
    return Verdict("refuted", {name: size}, "residues")


def _by_residues(difference: Polynomial, names: Mapping[str, int], holds: Any) -> Verdict:
    """In several symbols: every residue of each makes an ordinary polynomial; its coefficients may decide."""
    periods = dict.fromkeys(names, period_of(difference))
    if period_of(difference) ** len(names) > MOST_RESIDUES:
        return Verdict("not proved", by=f"more than {MOST_RESIDUES} residues")
    steps = {name: symbols(f"{name}_", least=0) for name in names}
    for remainders in product(*(range(least, least + periods[name]) for name, least in names.items())):
        given = dict(zip(names, remainders, strict=True))
        value = difference.rebuilt(lambda atom: periods[atom.name] * steps[atom.name] + given[atom.name])  # noqa: B023
        terms = terms_of(value) or {}
        if holds is _is_zero and terms:
            return Verdict("not proved", by=f"{value} remains")
        if holds is _is_never_negative and any(c < 0 for c in terms.values()):
            return Verdict("not proved", by=f"the coefficients of {value} do not decide it")
    return Verdict("proven", by=f"for each residue mod {next(iter(periods.values()))}")


MOST_RESIDUES = 4096


def _failure(difference: Polynomial, names: Mapping[str, int], holds: Any) -> dict[str, int] | None:
    for values in islice(_points(names), MOST_POINTS):
        try:
            value = difference.at(values)
        except FormulaError:
            continue  # what the formula assumes, such as a division without remainder, does not hold here
        if not holds(value):
            return values
    return None


MOST_POINTS = 600


def _points(names: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Small values first, then some that are large or unlike."""
    span = {1: 200, 2: 12, 3: 6}.get(len(names), 3)
    for values in product(*(range(least, least + span) for least in names.values())):
        yield dict(zip(names, values, strict=True))
    for n in range(1, 200):
        yield {name: least + (n * step) % 997 for step, (name, least) in zip(STEPS * 8, names.items(), strict=False)}


STEPS = (7919, 104729, 1299709, 15485863)
