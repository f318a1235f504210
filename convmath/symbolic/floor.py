"""Floor division in normal form: nested floors collapse into one as they are made.

    out    ⌊(x + c·m) / m⌋ = ⌊x / m⌋ + c
    T1     ⌊(⌊x / a⌋ + b) / c⌋ = ⌊(x + a·b) / (a·c)⌋
    T5     ⌊(g·x + e) / (g·m)⌋ = ⌊(x + ⌊e / g⌋) / m⌋
    max    ⌊max(x, y) / m⌋ = max(⌊x / m⌋, ⌊y / m⌋)

for integers x, y, b, c, e and divisors a, c, g, m of at least 1.
"""

from __future__ import annotations

from functools import reduce
from math import gcd

from .atoms import ATOMS, Floor, Positive, high, low, number_of, place
from .signs import is_nonnegative
from .terms import ONE, Monomial, Terms, divides, inverse, joined, plus, scaled, times


def floor(numerator: Terms, divisor: Terms) -> Terms:
    """⌊numerator / divisor⌋; the divisor is at least 1."""
    if len(divisor) == 1 and ONE in divisor:
        return _by_number(numerator, divisor[ONE])
    return _by_terms(numerator, divisor)


def _by_number(numerator: Terms, m: int) -> Terms:
    whole: Terms = {}
    while True:
        if _leans_back({monomial: c for monomial, c in numerator.items() if c % m}):
            return plus(whole, _opposite(numerator, {ONE: m}))
        out, rest, common = split(numerator, m)
        whole = plus(whole, out)
        if not rest or (len(rest) == 1 and ONE in rest):
            return whole
        if common > 1:
            rest = {monomial: c // common for monomial, c in rest.items() if monomial or c >= common}
            m //= common
        if m == 1:
            return plus(whole, rest)
        inner = lone(rest, Floor, 1)
        if not inner:
            return plus(whole, _atom(rest, {ONE: m}))
        x, a = ATOMS[inner[0]].parts
        rest = plus(rest, {inner: -1})
        if len(a) > 1 or ONE not in a:
            return plus(whole, _by_terms(plus(x, times(a, rest)), scaled(a, m)))
        numerator, m = plus(x, scaled(rest, a[ONE])), m * a[ONE]


def split(numerator: Terms, m: int) -> tuple[Terms, Terms, int]:
    """Whole multiples of m, the rest, and the divisor that m has in common with all that varies in the rest."""
    out: Terms = {}
    rest: Terms = {}
    common = m
    for monomial, coefficient in numerator.items():
        # What varies keeps its sign; the constant becomes 0 … m − 1.
        quotient = -(-coefficient // m) if coefficient < 0 and monomial else coefficient // m
        if monomial and monomial[0] < 0:
            quotient, common = 0, 1  # 12/g is whole where its half need not be
        remainder = coefficient - quotient * m
        if quotient:
            out[monomial] = quotient
        if remainder:
            rest[monomial] = remainder
            if monomial:
                common = gcd(common, remainder)
    return out, rest, common


def _by_terms(numerator: Terms, divisor: Terms) -> Terms:
    whole: Terms = {}
    while True:
        out, numerator = multiples(numerator, divisor)
        whole = plus(whole, out)
        if not numerator:
            return whole
        numerator, divisor = reduced(numerator, divisor)
        if len(divisor) == 1 and ONE in divisor:
            return plus(whole, _by_number(numerator, divisor[ONE]))
        if _leans_back(numerator):
            return plus(whole, _opposite(numerator, divisor))
        inner = lone(numerator, Floor, 1)
        if not inner:
            break
        x, a = ATOMS[inner[0]].parts
        numerator, divisor = plus(x, times(a, plus(numerator, {inner: -1}))), times(a, divisor)
    least, most = low(numerator), high(numerator)
    if least is not None and least >= 0 and is_nonnegative(plus(divisor, plus(scaled(numerator, -1), {ONE: -1}))):
        return whole
    if most is not None and most < 0 and is_nonnegative(plus(divisor, numerator)):
        return plus(whole, {ONE: -1})
    return plus(whole, _atom(numerator, divisor))


def _leans_back(terms: Terms) -> bool:
    """Whether −x is the one to keep of x and −x: what is linear is mostly subtracted."""
    linear, falls = 0, False
    for monomial, coefficient in terms.items():
        if len(monomial) == 1:
            linear += coefficient
        falls = falls or coefficient < 0
    if linear or not falls:
        return linear < 0
    lead = min(terms, key=lambda monomial: (-len(monomial), place(monomial)))
    return bool(lead) and terms[lead] < 0


def _opposite(numerator: Terms, divisor: Terms) -> Terms:
    """⌊x / m⌋ = −⌊(−x − 1) / m⌋ − 1."""
    return plus(scaled(floor(plus(scaled(numerator, -1), {ONE: -1}), divisor), -1), {ONE: -1})


def _atom(numerator: Terms, divisor: Terms) -> Terms:
    if extreme := lone(numerator, Positive, 1, -1):
        sign = numerator[extreme]
        (x,) = ATOMS[extreme[0]].parts
        rest = plus(numerator, {extreme: -sign})
        without = floor(rest, divisor)
        difference = plus(floor(plus(rest, scaled(x, sign)), divisor), scaled(without, -1))
        return plus(without, scaled(positive(scaled(difference, sign)), sign))
    return {(number_of(Floor, numerator, divisor),): 1}


def positive(terms: Terms) -> Terms:
    """max(terms, 0), decided where bounds decide it.

    >>> from convmath.symbolic.atoms import Name
    >>> h = number_of(Name, "H", 1)
    >>> positive({(h,): 1}) == {(h,): 1}, positive({(h,): -1})
    (True, {})
    """
    if is_nonnegative(terms):
        return terms
    opposite = scaled(terms, -1)
    if is_nonnegative(opposite):
        return {}
    if inner := lone(terms, Positive, 1, -1):
        # max(max(x, 0) − r, 0) = max(x − r, 0) where r ≥ 0.
        sign = terms[inner]
        rest = plus(scaled(terms, -sign), {inner: 1})
        if is_nonnegative(rest):
            within = positive(plus(ATOMS[inner[0]].parts[0], scaled(rest, -1)))
            return within if sign > 0 else plus(terms, within)
    if _leans_back(terms):
        # max(−x, 0) = max(x, 0) − x: of x and −x only one is kept.
        return plus(terms, {(number_of(Positive, opposite),): 1})
    return {(number_of(Positive, terms),): 1}


def lone(terms: Terms, kind: type[Floor | Positive], *coefficients: int) -> Monomial:
    """The only atom of the kind that stands by itself, if it does so with one of the coefficients."""
    found = ONE
    for monomial in terms:
        if len(monomial) == 1 and monomial[0] > 0 and type(ATOMS[monomial[0]]) is kind:
            if found:
                return ONE
            found = monomial
    return found if found and terms[found] in coefficients else ONE


def multiples(numerator: Terms, divisor: Terms) -> tuple[Terms, Terms]:
    """What is left of the numerator without whole multiples of the divisor, and how many there were."""
    if len(divisor) > 1:
        # A sum of terms leaves as a whole, found by its leading term.
        lead = max(divisor, key=place)
        count = numerator.get(lead, 0) // divisor[lead]
        rest = plus(numerator, scaled(divisor, -count)) if count else numerator
        return ({ONE: count}, rest) if count and len(rest) < len(numerator) else ({}, numerator)
    ((unit, size),) = divisor.items()
    out: Terms = {}
    rest = {}
    for monomial, coefficient in numerator.items():
        quotient, remainder = divmod(coefficient, size) if divides(unit, monomial) else (0, coefficient)
        ratio = joined(monomial, inverse(unit)) if quotient else ONE
        if ratio and ratio[0] < 0:
            remainder = coefficient
        elif quotient:
            out[ratio] = quotient
        if remainder:
            rest[monomial] = remainder
    return out, rest


def reduced(numerator: Terms, divisor: Terms) -> tuple[Terms, Terms]:
    """Numerator and divisor without the factor that they have in common (T5)."""
    constant = numerator.get(ONE, 0)
    varying = [monomial for monomial in numerator if monomial]
    if any(monomial and monomial[0] < 0 for monomial in [*varying, *divisor]):
        return numerator, divisor
    number = reduce(gcd, (numerator[m] for m in varying), reduce(gcd, divisor.values()))
    shared = _shared([*varying, *divisor])
    if number == 1 and not shared:
        return numerator, divisor
    # ⌊constant / factor⌋ must be known: it is for a number, for 0 and −1, and below the factor's least value.
    least = low({shared: number})
    if not shared:
        constant //= number
    elif constant and not -1 <= constant < (least or 0):
        return numerator, divisor
    else:
        constant = -1 if constant < 0 else 0
    down = inverse(shared)
    numerator = {joined(m, down): numerator[m] // number for m in varying}
    divisor = {joined(m, down): c // number for m, c in divisor.items()}
    return plus(numerator, {ONE: constant}) if constant else numerator, divisor


def _shared(monomials: list[Monomial]) -> Monomial:
    """The largest monomial that divides all of them."""
    first, *others = monomials
    common = [atom for atom in first if atom > 0]
    for monomial in others:
        left = list(monomial)
        kept = []
        for atom in common:
            if atom in left:
                left.remove(atom)
                kept.append(atom)
        common = kept
        if not common:
            return ONE
    return tuple(common)
