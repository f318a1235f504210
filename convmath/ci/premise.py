"""Premise: the input sizes that a file names, over which what it claims must hold."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice, product
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import FormulaError
from ..core.size import Symbolic
from ..report.questions import symbols_in
from ..symbolic.proposition import Proposition
from ..symbolic.rising import rises
from ..symbolic.solve import sized
from ..symbolic.solve import solutions as solved_anew
from ..symbolic.verdict import at_least, equal

if TYPE_CHECKING:
    from ..core.size import Size
    from ..report.claim import Range
    from ..symbolic.sets import Sizes
    from ..symbolic.verdict import Verdict

FEW = 4
"""Sizes of each symbol among which a counterexample is sought."""

MOST_TRIED = 256
"""Combinations of them that are tried."""


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
    names = symbols_in(proposition)
    own = [one for one in (premise.propositions if premise else ()) if one is False or _is_about(one, names)]
    if not own:
        return _of_verdict(_verdict(proposition))
    try:
        if len(names) != 1:
            return _at_a_corner(proposition, own, names)
        outside = solutions(*own).first_outside(solutions(proposition))
    except FormulaError as error:
        return Answer(None, {}, str(error))
    return Answer(True, {}) if outside is None else Answer(False, {names[0]: outside})


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
    open_ones = [one for one in premise.propositions if isinstance(one, Proposition)]
    names = sorted({name for one in open_ones for name in symbols_in(one)})
    about = [[one for one in open_ones if symbols_in(one) == [name]] for name in names]
    try:
        return False in premise.propositions or any(solutions(*some).is_empty for some in about if some)
    except FormulaError:
        return False


def _at_a_corner(proposition: Proposition, own: list[Any], names: list[str]) -> Answer:
    """In several symbols: what never falls is smallest where all sizes are, and what never rises where none is larger.

    The sizes of each symbol are asked for by itself.
    """
    known = {name: [one for one in own if one is False or symbols_in(one) == [name]] for name in names}
    sizes = {name: solutions(*about) for name, about in known.items() if about}
    if any(one.is_empty for one in sizes.values()):
        return Answer(True, {})
    jointly = any(isinstance(one, Proposition) and len(symbols_in(one)) > 1 for one in own)
    corner, open_to = (None, "") if jointly else _corner(proposition, sizes, names)
    if corner is not None:
        holds = sized(proposition.left - proposition.right).at(corner) >= 0
        return Answer(True, {}) if holds else Answer(False, corner)
    found = _verdict(proposition)
    if found.state == "proven":
        return Answer(True, {})
    if jointly:
        return Answer(None, {}, "sizes are asked for by relations of several symbols")
    if open_to:
        return Answer(None, {}, f"{open_to} has no largest size")
    return _among_the_first(proposition, sizes, names) if found.state == "refuted" else _of_verdict(found)


def _corner(proposition: Proposition, sizes: dict[str, Sizes], names: list[str]) -> tuple[dict[str, int] | None, str]:
    """The sizes at which left − right is smallest, where they are known; else the symbol without a largest size."""
    difference: Any = sized(proposition.left - proposition.right)
    least = {name: sizes[name].first(1)[0] if name in sizes else proposition.names[name] for name in names}
    if proposition.relation != "≥":
        return None, ""
    if rises(difference, least):
        return least, ""
    if not rises(-difference, least):
        return None, ""
    most = {name: one.last for name, one in sizes.items() if one.last is not None}
    return (most, "") if len(most) == len(names) else (None, next(name for name in names if name not in most))


def _among_the_first(proposition: Proposition, sizes: dict[str, Sizes], names: list[str]) -> Answer:
    """A counterexample among the few smallest sizes of every symbol, or no decision."""
    first = [sizes[name].first(FEW) if name in sizes else range(1, FEW + 1) for name in sorted(names)]
    difference: Any = sized(proposition.left - proposition.right)
    for one in islice(product(*first), MOST_TRIED):
        at = dict(zip(sorted(names), one, strict=True))
        value = difference.at(at)
        if value < 0 or (value and proposition.relation == "="):
            return Answer(False, at)
    return Answer(None, {}, "in several symbols at once")


def _is_about(one: Proposition | bool, names: list[str]) -> bool:
    return isinstance(one, Proposition) and bool(symbols_in(one)) and set(symbols_in(one)) <= set(names)


def _verdict(proposition: Proposition) -> Verdict:
    return (equal if proposition.relation == "=" else at_least)(proposition.left, proposition.right)


def _of_verdict(found: Verdict) -> Answer:
    if found.state == "not proved":
        return Answer(None, {}, found.by)
    return Answer(found.state == "proven", dict(found.counterexample or {}))
