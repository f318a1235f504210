"""Questions about all sizes at once, with exact answers or none.

A formula in one symbol H whose divisors are numbers repeats: with H = P·h + r it is an ordinary polynomial in h for
each r = 0 … P − 1, where P is a multiple of the products of nested divisors. So every question about it is P
questions about polynomials, and those are decided.
"""

from __future__ import annotations

from array import array
from math import lcm
from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError, show
from ..core.foreign import is_foreign, read
from .atoms import ATOMS, Common, Floor, Name, inside
from .polynomial import Polynomial, names_in, shown, symbols, terms_of
from .sets import Sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..core.size import Size
    from .proposition import Proposition
    from .sets import Intervals
    from .terms import Terms

LONGEST_PERIOD = 10**7
"""A question over more residues than this is refused."""

MOST_DECIDED = f"at most 10^{len(str(LONGEST_PERIOD)) - 1} are decided"


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
    if not open_ones and False in propositions:
        raise FormulaError(
            "False holds for no size of any symbol (== asks whether two formulas are the same; write H.equals(3) for"
            " the sizes at which they are equal)"
        )
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
        raise FormulaError(f"the sizes repeat after {period} at the earliest known; {MOST_DECIDED}")
    return Sizes.grouped(least, period, *_together(claims, period, least // period))


def _together(
    claims: list[list[tuple[Polynomial, str]]], period: int, first: int
) -> tuple[list[Intervals], Sequence[int]]:
    """The h ≥ first for which every claim holds at period·h + r in one of its ways, as `where` tells them."""
    from .residues import where

    answers = [[where(formula, relation, period, first) for formula, relation in claim] for claim in claims]
    flat = [answer for ways in answers for answer in ways]
    if len(flat) == 1:
        return flat[0]
    numbers: dict[tuple[int, ...], int] = {}
    owners = array("I", (numbers.setdefault(key, len(numbers)) for key in zip(*(own for _, own in flat), strict=True)))
    rows = []
    for key in numbers:
        places = iter(key)
        kept: Intervals = ((first, None),)
        for ways in answers:
            kept = _overlap(kept, _union(several[next(places)] for several, _ in ways))
        rows.append(kept)
    return rows, owners


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
        not monomial or (coefficient > 0 and len(monomial) == 1 and monomial[0] > 0 and is_rising_atom(monomial[0]))
        for monomial, coefficient in terms.items()
    )


def is_rising_atom(number: int) -> bool:
    """Whether an atom never falls while its symbol rises."""
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


def residue(formula: Polynomial, period: int, r: int, first: int = 0) -> tuple[int, dict[int, int]]:
    """From which h − first ≥ 0 on the formula is one polynomial Σ d_j·C(h, j) at period·h + r, and every d_j but 0.

    Its h counts from where it begins. The period must be one of the formula's. FormulaError where no such polynomial
    is found.

    >>> residue(symbols("H") // 2, 2, 1), residue((symbols("H") - 5).larger(0), 1, 0)
    ((0, {1: 1}), (8, {0: 3, 1: 1}))
    """
    from .residues import Course

    begin, steps = Course.of(formula).steps(period, r, first)
    return begin, {j: step for j, step in enumerate(steps) if step}


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


def sized(value: Any) -> Size:
    """A size as a number or in normal form; FormulaError for what is none.

    >>> from convmath.symbolic.written import symbol
    >>> sized(symbol("H") // 2)
    Polynomial('⌊H/2⌋')
    """
    value = read(value) if is_foreign(value) else value
    if terms_of(value) is not None:
        return value
    from .written import Written

    if isinstance(value, Written):
        return value.worked_out({name: symbols(name, least) for name, least in value.names.items()})
    raise FormulaError(f"{show(value)} is no size (use an integer or a formula)")


def _only(formulas: list[tuple[Polynomial, str]]) -> int:
    """The least value of the only symbol."""
    names = names_in(*(formula for formula, _ in formulas))
    if len(names) != 1:
        raise FormulaError(
            f"{shown(formulas[0][0])} and what goes with it depend on {', '.join(names)}: only questions in one symbol"
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
                raise FormulaError(f"{shown(formula)} divides by a symbol, so its sizes do not repeat: not decided")
            inner *= atom.steps
        elif type(atom) is Common:
            inner *= abs(atom.divisor or 1)
        periods[atom.number] = inner
        if inner > LONGEST_PERIOD:
            raise FormulaError(f"{shown(formula)} repeats after {inner} sizes at the earliest known; {MOST_DECIDED}")
    return lcm(*periods.values())
