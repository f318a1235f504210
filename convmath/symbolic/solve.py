"""Questions about all sizes at once, with exact answers or none.

A formula in one symbol H whose divisors are numbers repeats: with H = P·h + r it is an ordinary polynomial in h for
each r = 0 … P − 1, where P is a multiple of the products of nested divisors. So every question about it is P
questions about polynomials, and those are decided.
"""

from __future__ import annotations

from functools import partial
from math import comb, lcm
from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError, show
from .atoms import ATOMS, Floor, Name, inside
from .polynomial import Polynomial, symbols, terms_of
from .sets import Sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..core.size import Size
    from .proposition import Proposition
    from .sets import Intervals
    from .terms import Terms

LONGEST_PERIOD = 10**6
"""A question over more residues than this is refused."""


def solutions(*propositions: Proposition | bool) -> Sizes:
    """All values of their only symbol for which the propositions hold together.

    Raises FormulaError where there are several symbols, where one is divided by another, or for too long a period.

    >>> from convmath.symbolic.proposition import Proposition
    >>> H = symbols("H")
    >>> str(solutions(Proposition((H + 31) // 32, "=", 7))), str(solutions(Proposition(H % 16, "=", 0)))
    ('193 ≤ H ≤ 224', 'H ≡ 0 (mod 16), H ≥ 16')
    """
    for p in propositions:
        if not isinstance(p, bool) and not hasattr(p, "relation"):
            raise FormulaError(f"{show(p)} is no proposition (compare two sizes: H >= 32, H.equals(32))")
    open_ones = [p for p in propositions if not isinstance(p, bool)]
    claims = [claim for claim in map(_alternatives, open_ones) if claim is not None]
    if False in propositions or not all(claims) or not claims:
        holds = False not in propositions and all(claims)
        least = max((low for p in open_ones for low in p.names.values()), default=1)
        return Sizes.of(least, 1, lambda r: ((least, None),) if holds else ())
    formulas = [alternative for claim in claims for alternative in claim]
    if len(formulas) == len(claims) and all(_is_rising(d.terms) for d, _ in formulas):
        return _between(formulas)
    least = _only(formulas)
    period = lcm(*(period_of(d) for d, _ in formulas))
    if period > LONGEST_PERIOD:
        raise FormulaError(f"the sizes repeat after {period} at the earliest known; at most 10^6 are decided")
    first = least // period

    def steps(r: int) -> Intervals:
        kept: Intervals = ((first, None),)
        for claim in claims:
            places = (_where(difference, relation, period, r, first) for difference, relation in claim)
            kept = _overlap(kept, _union(places))
        return kept

    return Sizes.of(least, period, steps)


def _alternatives(p: Proposition) -> list[tuple[Polynomial, str]] | None:
    """The ways in which a proposition may hold: a difference that is ≥ 0 or = 0; None if it holds without more ado."""
    left, right = sized(p.left), sized(p.right)
    relation = "≥" if p.relation == "≥" else "="
    differences = [left - right, left - 1, right - 1] if p.relation == "broadcasts with" else [left - right]
    if any(type(d) is int and (d >= 0 if relation == "≥" else d == 0) for d in differences):
        return None
    return [(d, relation) for d in differences if type(d) is not int]


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
    least = _only(formulas)
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


def _where(formula: Polynomial, relation: str, period: int, r: int, first: int) -> Intervals:
    """The h ≥ first for which formula ≥ 0 or = 0 at period·h + r."""
    begin, coefficients = residue(formula, period, r, first)
    if begin * period > MOST_EARLY:
        raise FormulaError(f"{_shown(formula)} repeats only after more than {MOST_EARLY} sizes: not decided")
    read = _where_never_negative if relation == "≥" else _where_zero
    start = first + begin
    later = tuple((b + start, None if e is None else e + start) for b, e in read(coefficients))
    values = ((h, formula.rebuilt(lambda atom: period * h + r)) for h in range(first, start))  # noqa: B023
    early = tuple((h, h) for h, value in values if (value >= 0 if relation == "≥" else value == 0))
    return (*early, *later)


def residue(formula: Polynomial, period: int, r: int, first: int = 0) -> tuple[int, dict[int, int]]:
    """From which h − first ≥ 0 on the formula is one polynomial at period·h + r, and its coefficients from there on.

    They are those of the powers of steps from where it begins. The period must be one of the formula's. FormulaError
    where no such polynomial is found.

    >>> residue(symbols("H") // 2, 2, 1), residue((symbols("H") - 5).larger(0), 1, 0)
    ((0, {1: 1}), (8, {1: 1, 0: 3}))
    """
    begin = 0
    while begin <= LATEST:
        h = symbols("h", least=0) + (first + begin)
        terms = terms_of(formula.rebuilt(lambda atom: period * h + r)) or {}  # noqa: B023
        if all(number > 0 and type(ATOMS[number]) is Name for monomial in terms for number in monomial):
            coefficients: dict[int, int] = {}
            for monomial, coefficient in terms.items():
                coefficients[len(monomial)] = coefficients.get(len(monomial), 0) + coefficient
            return begin, coefficients
        begin = 2 * begin or 1
    raise FormulaError(f"{_shown(formula)} does not become a polynomial for sizes ≡ {r} (mod {period}): not decided")


MOST_EARLY = 300_000
"""So many sizes are tried one by one before a formula begins to repeat."""

LATEST = 1 << 20
"""Up to this step a maximum may still change its side."""


def _union(several: Iterable[Intervals]) -> Intervals:
    """What lies in any of them."""
    result: list[tuple[int, int | None]] = []
    for begin, end in sorted((run for runs in several for run in runs), key=lambda run: run[0]):
        last = result[-1][1] if result else -1
        if result and (last is None or begin <= last + 1):
            result[-1] = result[-1][0], None if last is None or end is None else max(last, end)
        else:
            result.append((begin, end))
    return tuple(result)


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


def names_in(*formulas: Polynomial) -> dict[str, int]:
    """Every symbol, each with the largest of the least values that it is given."""
    names: dict[str, int] = {}
    for atom in inside([formula.terms for formula in formulas]):
        if type(atom) is Name:
            low = atom.low or 0
            names[atom.name] = max(names.get(atom.name, low), low)
    return names


def sized(value: Any) -> Size:
    """A size as a number or in normal form; FormulaError for what is none.

    >>> from convmath.symbolic.written import symbol
    >>> sized(symbol("H") // 2)
    Polynomial('⌊H/2⌋')
    """
    if terms_of(value) is not None:
        return value
    from .written import Written

    if isinstance(value, Written):
        return value.worked_out({name: symbols(name, least) for name, least in value.names.items()})
    raise FormulaError(f"{show(value)} is no size (use an integer or a formula)")


def _shown(formula: Polynomial) -> str:
    """A formula in a message, if it is short."""
    return str(formula) if len(inside([formula.terms])) <= MOST_SHOWN else "the formula"


MOST_SHOWN = 20


def _only(formulas: list[tuple[Polynomial, str]]) -> int:
    """The least value of the only symbol."""
    names = names_in(*(formula for formula, _ in formulas))
    if len(names) != 1:
        raise FormulaError(
            f"{_shown(formulas[0][0])} and what goes with it depend on {', '.join(names)}: only questions in one symbol"
            " are decided (give the others values)"
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
                raise FormulaError(f"{_shown(formula)} divides by a symbol, so its sizes do not repeat: not decided")
            inner *= atom.steps
        periods[atom.number] = inner
        if inner > LONGEST_PERIOD:
            raise FormulaError(
                f"{_shown(formula)} repeats after {inner} sizes at the earliest known; at most 10^6 are decided"
            )
    return lcm(*periods.values())


# Polynomials in h ≥ 0, by the coefficients of their powers


def _value(coefficients: Mapping[int, int], h: int) -> int:
    return sum(c * h**power for power, c in coefficients.items())


def _where_zero(coefficients: Mapping[int, int]) -> Intervals:
    opposite = {power: -c for power, c in coefficients.items()}
    return _overlap(_where_never_negative(coefficients), _where_never_negative(opposite))


def _where_never_negative(coefficients: Mapping[int, int]) -> Intervals:
    """Between the places where its difference changes sign a polynomial rises or falls: there its end is bisected."""
    live = {power: c for power, c in coefficients.items() if c}
    degree = max(live, default=0)
    if degree == 0:
        return ((0, None),) if live.get(0, 0) >= 0 else ()
    rises = _where_never_negative(_difference(live))
    found: list[tuple[int, int | None]] = []
    place = 0
    for begin, end in (*rises, (None, None)):
        if begin is None or place < begin:
            found += _while(live, place, begin, rising=False)
        if begin is not None:
            found += _while(live, begin, None if end is None else end + 1, rising=True)
            if end is None:
                break
            place = end + 1
    return _joined(found)


def _difference(coefficients: Mapping[int, int]) -> dict[int, int]:
    """p(h + 1) − p(h)."""
    result: dict[int, int] = {}
    for power, c in coefficients.items():
        for lower in range(power):
            result[lower] = result.get(lower, 0) + c * comb(power, lower)
    return result


def _while(p: Mapping[int, int], begin: int, end: int | None, *, rising: bool) -> Intervals:
    """Where p ≥ 0 from begin to end, between which it only rises, or only falls; None is no end."""
    changed = partial(_has_changed, p, rising)
    last = begin + 1 if end is None else end
    while end is None and not changed(last):
        last = 2 * last
    low, high = begin, last + 1
    while low < high:
        middle = (low + high) // 2
        if changed(middle):
            high = middle
        else:
            low = middle + 1
    if rising:
        return ((low, end),) if end is None or low <= end else ()
    return ((begin, low - 1),) if begin < low else ()


def _has_changed(p: Mapping[int, int], rising: bool, h: int) -> bool:
    return (_value(p, h) >= 0) is rising


def _joined(intervals: list[tuple[int, int | None]]) -> Intervals:
    result: list[tuple[int, int | None]] = []
    for begin, end in sorted(intervals, key=lambda interval: interval[0]):
        before = result[-1][1] if result else -2
        if before is None:
            break
        if begin <= before + 1:
            result[-1] = result[-1][0], None if end is None else max(end, before)
        else:
            result.append((begin, end))
    return tuple(result)
