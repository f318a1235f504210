"""Which of two sizes is the smaller one, and from which value of their symbols on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import FormulaError
from ..symbolic.growth import growth
from ..symbolic.polynomial import Polynomial, names_in, symbols
from ..symbolic.proposition import Proposition
from ..symbolic.solve import sized, solutions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..core.size import Size
    from ..symbolic.sets import Sizes

MOST_RANGES = 3
"""Ranges of sizes that are told one by one."""


def crossing(a: Size, b: Size, assumed: Sequence[Proposition] = ()) -> str:
    """For which sizes B has less than A, and for which more, in words; several symbols are taken to be equal.

    Only sizes for which everything holds that is assumed are told of.

    >>> H = symbols("H")
    >>> crossing(H * H, 10 * H), crossing(H * H, 10 * H, [H >= 16])
    ('B has less for H ≥ 11, the same for H = 10, more for 1 ≤ H ≤ 9', 'B has less for every H ≥ 16')
    """
    difference = sized(b) - sized(a)
    if not isinstance(difference, Polynomial):
        less = "less" if difference < 0 else "more"
        return f"B has {abs(difference):,} {less} for every size" if difference else "the same for every size"
    names = names_in(difference)
    first, *others = names
    if others:
        one = symbols(first, least=max(names.values()))
        left, right = (_with_one(side, names, one) for side in (a, b))
        told = crossing(left, right, [_claim_of_one(p, names, one) for p in assumed])
        return f"where {' = '.join(names)}, {told}"
    holding = [p for p in assumed if list(p.names) == [first]]
    try:
        found = {
            "less": solutions(Proposition(-difference, "≥", 1), *holding),
            "the same": solutions(Proposition(difference, "=", 0), *holding),
            "more": solutions(Proposition(difference, "≥", 1), *holding),
        }
    except FormulaError as error:
        return f"not decided for which sizes B has less ({error}); B − A grows {growth(difference, first)}"
    return _say({word: sizes for word, sizes in found.items() if sizes.first(1)}, first)


def _say(said: Mapping[str, Sizes], name: str) -> str:
    """Which sizes are which, where any are; of many ranges from where on it stays so, and how it began and ended."""
    if not said:
        return "no size fits both networks"
    if len(said) == 1:
        ((word, sizes),) = said.items()
        return f"B has {word} for every {sizes.say(name).removeprefix('every ')}"
    ranges = sorted((run.begin, word, run) for word, sizes in said.items() for run in sizes.below)
    lasting = {word: sizes._replace(below=()) for word, sizes in said.items() if sizes.residues}
    if len(ranges) <= MOST_RANGES or not lasting:
        return f"B has {', '.join(f'{word} for {sizes.say(name)}' for word, sizes in said.items())}"
    (_, word, first), (_, other, last) = ranges[0], ranges[-1]
    return (
        f"B has {', '.join(f'{word} for {sizes.say(name)}' for word, sizes in lasting.items())}; below that"
        f" they take turns over {len(ranges)} ranges, first {word} for {first.say(name)}, last {other}"
        f" for {last.say(name)}"
    )


def _with_one(side: Size, names: Mapping[str, int], one: Polynomial) -> Size:
    """A size with one symbol in place of several."""
    own = {name: one for name in names_in(side) if name in names} if isinstance(side, Polynomial) else {}
    return side.at(own) if own else side


def _claim_of_one(claim: Proposition, names: Mapping[str, int], one: Polynomial) -> Proposition:
    return Proposition(_with_one(claim.left, names, one), claim.relation, _with_one(claim.right, names, one))
