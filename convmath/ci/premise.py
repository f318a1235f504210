"""Premise: the input sizes that a file names, over which what it claims must hold."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import FormulaError
from ..core.size import Symbolic
from ..report.questions import symbols_in
from ..symbolic.polynomial import symbols
from ..symbolic.proposition import Proposition
from ..symbolic.rising import rises
from ..symbolic.sets import Sizes
from ..symbolic.solve import sized
from ..symbolic.solve import solutions as solved_anew
from ..symbolic.verdict import at_least, equal
from .ties import at, names_of, replaced, untied

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..core.size import Size
    from ..report.claim import Range

MOST_TRIED = 1024
"""Combinations of sizes among which a counterexample is sought."""

FEW = 4
"""Of each symbol so many of the first sizes are among them."""

MAGNITUDES = 12
"""Powers of 4 below which a size of each magnitude is among them, too."""

solutions = lru_cache(maxsize=1024)(solved_anew)
"""The sizes for which relations hold: files ask for the same ranges, claim after claim."""


class Answer(NamedTuple):
    """Whether something holds for all sizes of a premise: None where that is not decided, and why."""

    holds: bool | None
    example: dict[str, int]
    """Sizes for which it does not, where it does not."""
    why: str = ""

    @property
    def said(self) -> str:
        """The sizes for which it fails, in words."""
        return ", ".join(f"{name} = {size}" for name, size in self.example.items())


def always(proposition: Any, premise: Range | None) -> Answer:
    """Whether a proposition holds for all sizes that meet the premise; without any, for all sizes.

    What relations ask of each symbol by itself are sets of sizes; over these it is decided. Where relations of several
    symbols keep some of them out, it may hold still: a counterexample is one that meets every relation.

    >>> from convmath.report.claim import Range
    >>> from convmath.symbolic.implicit import Symbols
    >>> from convmath.symbolic.relation import relations
    >>> asked = Range(relations("H % 4 == 0, 8 <= H <= 64", Symbols()), "", "")
    >>> (even,) = relations("H % 2 == 0", Symbols())
    >>> (small,) = relations("H < 60", Symbols())
    >>> always(even, asked).holds, always(small, asked).said
    (True, 'H = 60')
    """
    if isinstance(proposition, bool):
        return Answer(proposition, {})
    asked, tied = untied(premise.propositions if premise else ())
    proposition = replaced(proposition, tied)
    if proposition is True or False in asked:
        return Answer(True, {})
    names = _names(asked, tied) if proposition is False else proposition.names
    linked = _linked(asked, names)
    try:
        sizes = _sizes(linked, names)
        found = _over(proposition, sizes)
        found = found if found.holds else _met(proposition, linked, sizes, found)
    except FormulaError as error:
        return Answer(proved(proposition) or None, {}, str(error))
    return found._replace(example=_whole(found.example, tied))


def stated(a: Size, relation: str, b: Size) -> Proposition | bool:
    """What a relation (=, ≤, ≥, < or >) of two sizes says.

    >>> from convmath.symbolic.polynomial import symbols
    >>> stated(3, "<", 3), stated(symbols("H"), "<", 5)
    (False, Proposition('5 ≥ H + 1'))
    """
    if relation in {"≤", "<"}:
        a, b = b, a
    if relation in {"<", ">"}:
        b = b + 1
    if not isinstance(a, Symbolic) and not isinstance(b, Symbolic):
        return bool(a == b if relation == "=" else a >= b)
    return Proposition(a, "=" if relation == "=" else "≥", b)


def impossible(premise: Range) -> bool:
    """Whether no size of some symbol meets a premise, as far as its relations of one symbol decide."""
    asked, _ = untied(premise.propositions)
    try:
        return False in asked or any(one.is_empty for one in _sizes(asked, {}).values())
    except FormulaError:
        return False


def _names(asked: Iterable[Proposition | bool], tied: Mapping[str, Size]) -> dict[str, int]:
    """Every symbol of a premise that is not tied to others, with its least value."""
    several = [*(one.names for one in asked if isinstance(one, Proposition)), *map(names_of, tied.values())]
    return {name: least for names in several for name, least in names.items()}


def _linked(asked: Iterable[Proposition | bool], names: Iterable[str]) -> list[Proposition]:
    """The relations that say something of these symbols, or of symbols that those name too."""
    rest, found, reached = [one for one in asked if not isinstance(one, bool)], [], set(names)
    while more := [one for one in rest if not reached.isdisjoint(symbols_in(one))]:
        found += more
        rest = [one for one in rest if one not in more]
        reached |= {name for one in more for name in symbols_in(one)}
    return found


def _sizes(asked: Iterable[Proposition | bool], names: Mapping[str, int]) -> dict[str, Sizes]:
    """What relations ask of each symbol by itself; every size of one of which they ask nothing."""
    open_ones = [one for one in asked if isinstance(one, Proposition)]
    least = {**_names(open_ones, {}), **names}
    own = {name: [one for one in open_ones if symbols_in(one) == [name]] for name in least}
    return {name: solutions(*some) if some else every(least[name]) for name, some in own.items()}


def every(least: int) -> Sizes:
    """All sizes from the least on."""
    return Sizes.of(least, 1, lambda r: ((least, None),))


def _over(proposition: Any, sizes: Mapping[str, Sizes]) -> Answer:
    """Whether it holds wherever each symbol has one of its sizes.

    In one symbol that is decided. In several, what never falls is smallest where all sizes are, and what never rises
    where none is larger; of the rest it is proven where each symbol, written as steps from its first size, makes the
    floors whole.
    """
    if any(one.is_empty for one in sizes.values()):
        return Answer(True, {})
    if proposition is False:
        return Answer(False, {})
    names = symbols_in(proposition)
    if len(names) == 1:
        outside = sizes[names[0]].first_outside(solutions(proposition))
        return Answer(True, {}) if outside is None else Answer(False, {names[0]: outside})
    corner = _corner(proposition, {name: sizes[name] for name in names})
    if corner:
        holds = proposition.at(corner) is True
        return Answer(holds, {} if holds else corner)
    return Answer(proved(replaced(proposition, _steps(sizes))) or None, {}, "in several symbols at once")


def _steps(sizes: Mapping[str, Sizes]) -> dict[str, Size]:
    """Every symbol as its first size and so many steps from there, which reach all of its sizes."""
    return {
        name: one.first(1)[0] + (one.spacing * symbols(f"{name}_", least=0) if one.spacing else 0)
        for name, one in sizes.items()
    }


def _corner(proposition: Proposition, sizes: Mapping[str, Sizes]) -> dict[str, int]:
    """The sizes at which left − right is smallest, where they are known; else nothing."""
    if proposition.relation != "≥":
        return {}
    difference: Any = sized(proposition.left - proposition.right)
    least = {name: one.first(1)[0] for name, one in sizes.items()}
    if rises(difference, least):
        return least
    most = {name: one.last for name, one in sizes.items() if one.last is not None}
    return most if len(most) == len(sizes) and rises(-difference, least) else {}


def proved(proposition: Any) -> bool:
    """Whether it is proven for all sizes that its symbols may have at all."""
    if isinstance(proposition, bool):
        return proposition
    a, relation, b = proposition
    if relation == "≥":
        return at_least(a, b).state == "proven"
    ways = [(a, b)] if relation == "=" else [(a, b), (a, 1), (b, 1)]
    return any(equal(*way).state == "proven" for way in ways)


def _met(proposition: Any, asked: list[Proposition], sizes: Mapping[str, Sizes], found: Answer) -> Answer:
    """What was found, if it tells sizes that meet every relation; else such sizes, sought among some of each symbol."""
    jointly = [one for one in asked if len(symbols_in(one)) > 1]
    if found.example and not jointly:
        return found
    names = sorted(sizes)
    most = int(MOST_TRIED ** (1 / max(len(names), 1)))
    of_each = [_some(sizes[name], found.example.get(name), most) for name in names]
    for one in sorted(product(*of_each), key=lambda point: (max(point, default=0), point)):
        point = dict(zip(names, one, strict=True))
        if _fails(proposition, point) and not any(_fails(other, point) for other in jointly):
            return Answer(False, point)
    if all(sizes[name].first(most + 1) == some for name, some in zip(names, of_each, strict=True)):  # those are all
        return Answer(True, {})
    return Answer(None, {}, "sizes are asked for by relations of several symbols" if jointly else found.why)


def _some(sizes: Sizes, also: int | None, most: int) -> list[int]:
    """All of a symbol's sizes, if they are few; else the first, one of each magnitude, the last."""
    first = sizes.first(most + 1)
    if len(first) <= most:
        return first
    ends = [size for size in (also, sizes.last) if size is not None]
    large = (sizes.following(4**power) for power in range(2, MAGNITUDES))
    some = sorted({*first[:FEW], *ends, *(size for size in large if size is not None)})
    return some[:: -(-len(some) // most)]


def _fails(proposition: Any, point: Mapping[str, int]) -> bool:
    if isinstance(proposition, bool):
        return not proposition
    try:
        return proposition.at({name: point[name] for name in symbols_in(proposition)}) is False
    except FormulaError:  # what the formula assumes, such as a division without remainder, does not hold there
        return False


def _whole(example: dict[str, int], tied: Mapping[str, Size]) -> dict[str, int]:
    """An example with the symbols that were tied to its own."""
    known = {name: size for name, size in tied.items() if names_of(size).keys() <= example.keys()}
    return {**{name: int(at(size, example)) for name, size in known.items()}, **example} if example else example
