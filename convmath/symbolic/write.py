"""A polynomial in normal form as a formula that a person would write."""

from __future__ import annotations

from functools import cache
from typing import Any

from .atoms import ATOMS, Common, Floor, Name, Pairs, Positive, inside
from .polynomial import size_of, terms_of
from .ratio import Ratio, ratio
from .shift import shortened
from .terms import ONE, Monomial, Terms, plus, scaled
from .unroll import unrolled
from .written import Operand, operation, symbol, total


def written(value: Any) -> Operand:
    """The formula for a size or a ratio: high degrees first, ⌈ ⌉ where the normal form holds ⌊(x + m − 1)/m⌋.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H, W = symbols("H W")
    >>> str(written((H + 3) // 4 * W + H - 3))
    'W·⌈H/4⌉ + H − 3'
    """
    if isinstance(value, Ratio):
        return _fraction(value)
    if type(value) is int:
        return value
    terms = unrolled(value.terms)
    for atom in inside([terms]):
        # Parts first: however deeply floors are nested, none of these calls goes deeper than one.
        _place(atom.number)
        _atom(atom.number)
    return _of(shortened(terms, _place))


def _fraction(value: Ratio) -> Operand:
    """Over a single term, a fraction for each term above it."""
    above, below = (terms_of(part) or {} for part in (value.numerator, value.denominator))
    if len(below) > 1 or len(above) > LONGEST_FRACTION:
        return operation("÷", _of(above), _of(below))
    total: Operand = 0
    for monomial, coefficient in sorted(above.items(), key=lambda term: _order(term[0])):
        part = ratio(size_of({monomial: coefficient}), value.denominator)
        if isinstance(part, Ratio):
            total = total + operation("÷", written(part.numerator), written(part.denominator))
        else:
            whole = type(part) is not int and not hasattr(part, "terms")
            total = total + (operation("÷", part.numerator, part.denominator) if whole else written(part))
    return total


LONGEST_FRACTION = 6


def _of(terms: Terms) -> Operand:
    extreme = _extreme(terms)
    if extreme is not None:
        return extreme
    constant = terms.get(ONE, 0)
    varying = [(monomial, c) for monomial, c in terms.items() if monomial]
    if len(varying) == 1 and constant:
        folded = _folded(*varying[0], constant)
        if folded is not None:
            return folded
    ordered = sorted(varying, key=lambda term: _order(term[0]))
    if ordered and ordered[0][1] < 0 and any(c > 0 for _, c in ordered):
        ordered.sort(key=lambda term: term[1] < 0)
    return total([*(_term(monomial, coefficient) for monomial, coefficient in ordered), constant])


def _term(monomial: Monomial, coefficient: int) -> Operand:
    """A term; −⌊(p − H)/m⌋ is ⌈(H − p)/m⌉."""
    atom = ATOMS[monomial[0]] if len(monomial) == 1 and monomial[0] > 0 else None
    if coefficient < 0 and type(atom) is Floor:
        numerator, divisor = atom.parts
        if sum(1 if c > 0 else -1 for m, c in numerator.items() if m) <= 0:
            return -coefficient * operation("⌈⌉", _part(scaled(numerator, -1)), _of(divisor))
    return _monomial(monomial, coefficient) if coefficient > 0 else -_monomial(monomial, -coefficient)


def _folded(monomial: Monomial, coefficient: int, constant: int) -> Operand | None:
    """⌊(x + e)/m⌋ + c as one floor or ceiling, where that is shorter."""
    atom = ATOMS[monomial[0]] if len(monomial) == 1 and monomial[0] > 0 else None
    if type(atom) is not Floor:
        return None
    numerator, divisor = atom.parts
    inside = numerator.get(ONE, 0)
    if atom.steps is None:
        if inside == -1 and constant == coefficient:
            return coefficient * operation("⌈⌉", _part(plus(numerator, {ONE: 1})), _of(divisor))
        return None
    if coefficient != 1 or inside in {0, atom.steps - 1}:
        return None
    return operation("⌊⌋", _part(plus(numerator, {ONE: constant * atom.steps})), atom.steps)


def _extreme(terms: Terms) -> Operand | None:
    """x + max(y, 0) as max(x + y, x), and x − max(y, 0) as min(x − y, x), in short formulas."""
    alone = [m for m in terms if len(m) == 1 and m[0] > 0 and type(ATOMS[m[0]]) is Positive]
    if len(alone) != 1 or abs(terms[alone[0]]) != 1 or len(terms) > LONGEST_EXTREME:
        return None
    sign = terms[alone[0]]
    rest = plus(terms, {alone[0]: -sign})
    (x,) = ATOMS[alone[0][0]].parts
    return operation("max" if sign > 0 else "min", _of(plus(rest, scaled(x, sign))), _of(rest))


LONGEST_EXTREME = 4


def _monomial(monomial: Monomial, coefficient: int) -> Operand:
    """A term; only as a whole does it leave no remainder, so the coefficient stands above the line."""
    above: Operand = 1
    below: Operand = 1
    for number in sorted(monomial, key=lambda number: _place(abs(number))):
        if number > 0:
            above = above * _atom(number)
        else:
            below = below * _atom(-number)
    above = coefficient * above
    return above if below == 1 else operation("/", above, below)


@cache
def _atom(number: int) -> Operand:
    match ATOMS[number]:
        case Name(name=name, low=least):
            return symbol(name, least or 0)
        case Floor() as floor:
            return _floor(floor)
        case Positive(parts=(x,)):
            return operation("max", _of(x), 0)
        case Common(parts=parts):
            return operation("gcd", *map(_of, parts))
        case Pairs(parts=parts):
            return operation("#", *map(_of, parts))
    raise AssertionError(ATOMS[number])


def _floor(floor: Floor) -> Operand:
    numerator, divisor = floor.parts
    constant = numerator.get(ONE, 0)
    if floor.steps == 1:
        return _of(numerator)
    if floor.steps is not None and constant == floor.steps - 1:
        return operation("⌈⌉", _part(plus(numerator, {ONE: -constant})), floor.steps)
    return operation("⌊⌋", _part(numerator), _of(divisor))


def _part(terms: Terms) -> Operand:
    """What stands inside a floor, with as few terms as the whole."""
    return _of(shortened(terms, _place))


def _order(monomial: Monomial) -> tuple[object, ...]:
    return -len([n for n in monomial if n > 0]), sorted(_place(abs(number)) for number in monomial)


@cache
def _place(number: int) -> tuple[int, int, str, int]:
    """Where an atom stands among others, whichever was made first: names, then floors, small divisors first."""
    atom = ATOMS[number]
    if type(atom) is Name:
        return 0, 0, atom.name, 0
    level = _level(number)
    # What is nested deeply takes long to read out, and is made in the order of its levels.
    text = str(_atom(number)) if level <= DEEPEST_READ else ""
    return level, (atom.steps or 0) if type(atom) is Floor else 0, text, number


DEEPEST_READ = 4


@cache
def _level(number: int) -> int:
    """How many floors are inside one another."""
    return 1 + max((_level(abs(n)) for part in ATOMS[number].parts for m in part for n in m), default=-1)
