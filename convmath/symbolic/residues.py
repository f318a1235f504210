"""A formula in one symbol over the residues of its period: in each it is one polynomial in h, H = period·h + r.

Along h a name and a floor are polynomials with integer coefficients from the first h on, because the period holds
every divisor; a maximum is one from where its sides no longer change places. So the values at one h more than the
degree tell all others.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import FormulaError
from .atoms import Common, Name, Pairs, Positive, inside
from .polynomial import Polynomial, shown
from .turns import differences, intervals, keeps_sign, marks
from .values import exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.size import Size
    from .sets import Intervals
    from .terms import Terms
    from .turns import Marks

FEW = 5000
"""Up to so many residues are worked out one by one: loading NumPy takes as long."""

CHUNK = 1 << 17
"""So many residues are worked out at once."""

MOST_EARLY = 300_000
"""About so many sizes are tried one by one before a formula begins to repeat."""

MOST_EARLY_PERIODS = 64
"""So many periods are, however long."""

MOST_DEGREE = 64

MOST_ROWS = 100_000
"""Residues may differ in so many ways."""


class Course(NamedTuple):
    """A formula, its degree in h, and the parts on which it depends whether it is a polynomial yet."""

    formula: Polynomial
    degree: int
    changing: tuple[tuple[Polynomial, int], ...]
    """What maxima are taken of: it must not change its sign any more."""
    constant: tuple[tuple[Polynomial, int], ...]
    """What common divisors and pairs are counted of: it must not change at all."""

    @staticmethod
    def of(formula: Polynomial) -> Course:
        """FormulaError for a formula that is divided by a symbol, or of a high degree."""
        degrees: dict[int, int] = {}
        changing, constant = [], []

        def degree_of(terms: Terms) -> int:
            if any(number < 0 for monomial in terms for number in monomial):
                raise FormulaError(f"{shown(formula)} divides by a symbol, so its sizes do not repeat: not decided")
            return max((sum(degrees[number] for number in monomial) for monomial in terms), default=0)

        for atom in inside([formula.terms]):
            parts = [(Polynomial(part), degree_of(part)) for part in atom.parts]
            degrees[atom.number] = 1 if type(atom) is Name else parts[0][1]
            if type(atom) is Positive:
                changing += parts
            elif type(atom) is Pairs or (type(atom) is Common and atom.divisor is None):
                constant += [(part, degree) for part, degree in parts if degree]
            if type(atom) is Common or type(atom) is Pairs:
                degrees[atom.number] = 0
        degree = degree_of(formula.terms)
        if max(degree, *degrees.values()) > MOST_DEGREE:
            raise FormulaError(f"{shown(formula)} is of a higher degree than {MOST_DEGREE}: not decided")
        return Course(formula, degree, tuple(changing), tuple(constant))

    def steps(self, period: int, r: Size, first: int) -> tuple[int, list[Size]]:
        """From which h − first ≥ 0 on the formula is one polynomial at period·h + r, and its differences there."""
        begin = 0
        while begin <= max(MOST_EARLY // period, MOST_EARLY_PERIODS):
            place = period * (first + begin) + r
            if all(keeps_sign(_differences(*part, place, period)) for part in self.changing) and all(
                len(_differences(*part, place, period)) == 1 for part in self.constant
            ):
                return begin, _differences(self.formula, self.degree, place, period)
            begin = 2 * begin or 1
        raise FormulaError(f"{shown(self.formula)} does not repeat soon enough, if ever: not decided")

    def marks(self, relation: str, period: int, r: Size, first: int) -> Marks:
        """The h ≥ first between which the formula stays ≥ 0 or = 0 at period·h + r, or does not."""
        begin, d = self.steps(period, r, first)
        values = [(h, _at(self.formula, period * h + r)) for h in range(first, first + begin)]
        early = [(h, value >= 0 if relation == "≥" else value == 0) for h, value in values]
        return [*early, *((first + begin + place, holds) for place, holds in marks(d, relation))]


def where(formula: Polynomial, relation: str, period: int, first: int) -> tuple[list[Intervals], Sequence[int]]:
    """The h ≥ first for which formula ≥ 0 or = 0 at period·h + r: the different answers, and which is that of each r.

    >>> from convmath.symbolic.polynomial import symbols
    >>> where(symbols("H") % 3 - 2, "=", 3, 0)
    ([(), ((0, None),)], [0, 0, 1])
    """
    course = Course.of(formula)
    numbers: dict[Intervals, int] = {}
    if period <= FEW:
        rows = (intervals(course.marks(relation, period, r, first)) for r in range(period))
        owners: Sequence[int] = [numbers.setdefault(row, len(numbers)) for row in rows]
    else:
        import numpy as np

        owners = array("I")
        for begin in range(0, period, CHUNK):
            r = np.arange(begin, min(begin + CHUNK, period))
            several, kinds = _sorted_out(course.marks(relation, period, r, first), len(r), first)
            own = [numbers.setdefault(row, len(numbers)) for row in several]
            if len(numbers) > MOST_ROWS:
                raise FormulaError(f"the residues differ in more than {MOST_ROWS} ways: not told")
            owners.frombytes(np.array(own, np.uint32)[kinds].tobytes())
    return list(numbers), owners


def _sorted_out(marked: Marks, count: int, first: int) -> tuple[list[Intervals], Any]:
    """The different answers among so many residues, and which is that of each."""
    import numpy as np

    kinds, before = np.zeros(count, np.int64), False
    for place, holds in marked:
        change = np.where(holds != before, place, first - 1)
        before = holds
        if (change != change[0]).any():
            _, own = np.unique(change, return_inverse=True)
            _, kinds = np.unique(kinds * (own.max() + 1) + own, return_inverse=True)
    _, some = np.unique(kinds, return_index=True)
    return [
        intervals((_item(place, n), bool(_item(holds, n))) for place, holds in marked) for n in some.tolist()
    ], kinds


def _item(size: Size, n: int) -> int:
    return int(size[n]) if hasattr(size, "dtype") else size


def _differences(formula: Polynomial, degree: int, place: Size, period: int) -> list[Size]:
    return differences([_at(formula, place + period * n) for n in range(degree + 1)])


def _at(formula: Polynomial, place: Size) -> Any:
    if type(place) is int:
        return formula.rebuilt(lambda atom: place)
    wide = exact(formula, dict.fromkeys(formula.names, place))
    return formula.rebuilt(lambda atom: wide[atom.name])
