"""The formulas of a layer type, or of a layer, stated by its own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError, show
from ..layers.base import Layer
from ..symbolic.written import Written
from .general import AXES, SUFFIXES, General, general, resolved
from .parts import as_fraction, names_of, refuse_ambiguous, shortened, source_of
from .quantities import QUANTITIES, quantity
from .statement import Formula, is_open

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..core.conditions import Condition
    from ..symbolic.written import Operand


def formula(kind: Any, name: str = "output", axis: int | None = None) -> Formula:
    """The formula of a quantity of a layer type (a class or its name), or of a layer, whose input alone is symbolic.

    What is told along one axis is told of any; `axis` says of which, 0 being the first spatial one: then a type's
    symbols are those of that axis. A layer whose axes differ must be asked for one. Raises UnknownNameError for a
    type or quantity nobody knows, FormulaError where the type has no such quantity or axis.

    >>> from convmath.layers.conv import Conv2d
    >>> print(formula(Conv2d, "macs"))
    MACs = N·C_out·H_o·W_o·(C_in/g)·k_h·k_w
    >>> print(formula(Conv2d(3, 64, 7, stride=2, padding=3), "output"))
    o = ⌊(i − 1)/2⌋ + 1
    >>> print(formula(Conv2d(3, 64, (7, 5)), "output", axis=1))
    o_w = i_w − 4
    >>> print(formula(Conv2d, "jump", axis=1))
    j_w = s_w
    """
    who = resolved(kind)
    found = stated_formulas(who, name, axis)
    if not found:
        raise FormulaError(
            f"{who.op if isinstance(who, Layer) else who.__name__} has no {name} ({quantity(name).meaning});"
            f" it has {', '.join(dict.fromkeys(f.quantity for f in formulas(who)))}"
        )
    if axis is not None and not quantity(name).alike:
        raise FormulaError(f"{_called(who)}: {name} is told of all axes together (leave out the axis)")
    if len(found) > 1:
        told = ", ".join(map(str, found))
        raise FormulaError(f"{_called(who)}: its axes differ in {name}: {told} (state the axis, 0 … {len(found) - 1})")
    return found[0]


def formulas(kind: Any, axis: int | None = None) -> Iterator[Formula]:
    """Every formula that a layer type, or a layer, has; where a layer's axes differ, one for each, or for `axis` alone.

    >>> [f.quantity for f in formulas("ReLU")]
    ['output', 'channels', 'flops', 'activations', 'memory', 'receptive_field', 'jump', 'start']
    """
    who = resolved(kind)
    for name in QUANTITIES:
        yield from stated_formulas(who, name, axis)


def stated_formulas(who: type[Layer] | Layer, name: str, axis: int | None = None) -> tuple[Formula, ...]:
    """The formula of a quantity, or one for each axis where these differ; none where there is no such quantity.

    With `axis` what is told along one axis is told of that one. FormulaError if there is no such axis.
    """
    asked = quantity(name)
    if not asked.fits(who):
        return ()
    only = {} if isinstance(who, Layer) else asked.only
    g = general(who, alike=asked.alike, **only)
    found = _stated(g, who, name)
    rank = g.inputs[0].rank
    if axis is not None and (type(axis) is not int or axis not in range(rank)):
        mend = f"use 0 … {rank - 1}" if rank > 1 else "use 0" if rank else "it has none"
        raise FormulaError(f"{_called(who)}: {show(axis)} is none of its axes ({mend})")
    if found is None or not asked.alike or rank < 2 or (axis is None and not isinstance(who, Layer)):
        return () if found is None else (found,)
    apart = general(who, alike=isinstance(who, Layer), axes=AXES[rank], **only)
    told = [_stated(apart._replace(axis=place), who, name) or found for place in range(rank)]
    if isinstance(who, Layer) and len({_of_one_axis(f, i) for f, i in zip(told, AXES[rank], strict=True)}) == 1:
        return (found,)
    named = tuple(
        f._replace(symbol=f.symbol + suffix, meaning=f.meaning + WORDS[suffix])
        for f, suffix in zip(told, SUFFIXES[rank], strict=True)
    )
    return named if axis is None else (named[axis],)


def _called(who: type[Layer] | Layer) -> str:
    return repr(who) if isinstance(who, Layer) else who.__name__


def _of_one_axis(f: Formula, size: str) -> tuple[str, ...]:
    """The formula and its conditions, by which axes are told apart, for the input's size i."""
    return str(f).replace(size, "i"), *(condition.claim.replace(size, "i") for condition in f.conditions)


WORDS = {"_d": ", here depth", "_h": ", here height", "_w": ", here width"}


def _stated(g: General, who: type[Layer] | Layer, name: str) -> Formula | None:
    asked = quantity(name)
    stated = asked.state(g)
    stated, meant = stated if isinstance(stated, tuple) else (as_fraction(stated), {})
    if stated is None or (type(stated) is int and stated == 0 and not asked.may_be_0):
        return None
    where: dict[str, Operand] = meant
    if not asked.alike and isinstance(stated, Written):
        stated, names = shortened(stated, g)
        where = names | meant
    if isinstance(who, Layer):
        refuse_ambiguous(who, g, {*where, *asked.names})
    return Formula(
        _called(who),
        name,
        asked.symbol,
        stated,
        tuple(where.items()),
        {**g.defaults, "b": 4},
        _conditions(g, stated, where),
        asked.meaning,
        asked.unit,
        asked.source or source_of(who),
    )


def _conditions(g: General, stated: Operand, where: Mapping[str, Operand]) -> tuple[Condition, ...]:
    """What must hold among the symbols of a formula, each condition once, without what always holds.

    Of the input only what the formula's own symbols can break: parameters do not depend on whether a kernel fits.
    """
    mentioned = {name for part in (stated, *where.values()) for name in names_of(part)}
    found: dict[str, Condition] = {}
    for condition in g.layer.open_constraints:
        if {*names_of(condition.left), *names_of(condition.right)} & mentioned and is_open(condition):
            found.setdefault(condition.claim, condition)
    for condition in g.layer.conditions(*g.inputs):
        if {*names_of(condition.left), *names_of(condition.right)} <= mentioned and is_open(condition):
            found.setdefault(condition.claim, condition)
    return tuple(found.values())
