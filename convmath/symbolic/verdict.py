"""Whether two formulas are equal, or one never below the other, for all values of their symbols."""

from __future__ import annotations

from itertools import islice, product
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import FormulaError
from .atoms import ATOMS, Name
from .polynomial import names_in, symbols, terms_of
from .proposition import Proposition
from .signs import is_nonnegative
from .solve import period_of, sized, solutions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..core.size import Size
    from .polynomial import Polynomial
    from .sets import Sizes


class Verdict(NamedTuple):
    """'proven', 'refuted' with values for which it fails, or 'not proved'; and how that was found.

    True if it is proven and False if it is refuted; what is not proved is neither, and `if` raises FormulaError.

    >>> H = symbols("H")
    >>> at_least(2 * ((H + 1) // 2), H).state, at_least(2 * (H // 2), H).counterexample
    ('proven', {'H': 1})
    """

    state: str
    counterexample: Mapping[str, int] | None = None
    by: str = ""

    def __bool__(self) -> bool:
        if self.state in {"proven", "refuted"}:
            return self.state == "proven"
        raise FormulaError(f"{self} is neither true nor false (ask for its .state, or give symbols numbers)")

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
    return _decided(sized(a) - sized(b), _is_zero)


def at_least(a: Size, b: Size) -> Verdict:
    """Whether a ≥ b for all values of their symbols."""
    return _decided(sized(a) - sized(b), _is_never_negative)


def _is_zero(value: int) -> bool:
    return value == 0


def _is_never_negative(value: int) -> bool:
    return value >= 0


def _decided(difference: Size, holds: Any) -> Verdict:
    if type(difference) is int:
        return Verdict("proven", by="normal form") if holds(difference) else Verdict("refuted", {}, "normal form")
    if holds is _is_never_negative and is_nonnegative(difference.terms):
        return Verdict("proven", by="bounds")
    names = names_in(difference)
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
    size = found.first_missing()
    if size is None:
        return Verdict("proven", by=f"for each residue mod {period}" if period > 1 else "as a polynomial")
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
        certain = all(number > 0 and type(ATOMS[number]) is Name for monomial in terms for number in monomial)
        if holds is _is_never_negative and (not certain or any(c < 0 for c in terms.values())):
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
