"""A layer type's formulas as the sheet tells them: shorter, where general laws or names shorten them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..formulas.example import example
from ..formulas.formula import formulas
from ..symbolic.derivation import normal
from ..symbolic.ratio import Ratio
from ..symbolic.written import Operation, Written, symbol
from .counts import as_series, with_counts
from .document import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.conditions import Condition
    from ..formulas.statement import Formula
    from ..layers.base import Layer
    from ..symbolic.written import Operand

TITLES = {
    "output": "output size", "padded": "padded input", "receptive_field": "receptive field", "jump": "jump",
    "start": "first position", "keeping_padding": "size-keeping padding", "channels": "output channels",
    "params": "parameters", "params_without_bias": "without bias", "macs": "MACs",
    "macs_touching": "MACs on real input", "flops": "FLOPs", "activations": "numbers written",
    "im2col": "im2col copy", "winograd": "Winograd, stride 1", "fft": "FFT, stride 1",
}  # fmt: skip
"""The quantities that every section tells, in its order; all others follow from them by general laws."""

AT_STRIDE_ONE = {"winograd", "fft"}
"""Quantities that are told for stride and dilation 1 only."""

AXES = {"L": "i", "D": "i", "H": "i", "W": "i", "L_o": "o", "D_o": "o", "H_o": "o", "W_o": "o"}


class Line(NamedTuple):
    """One quantity: its name, its formula, and the number it is for the sheet's example."""

    quantity: str
    expression: Operand
    result: str | int


class Told(NamedTuple):
    """What the sheet tells of a layer type."""

    kind: type[Layer]
    lines: tuple[Line, ...]
    where: tuple[tuple[str, Operand], ...]
    conditions: tuple[Condition, ...]
    names: tuple[str, ...]
    """The symbols of all formulas, and those that make the sizes in them."""
    source: str


def told(kind: type[Layer]) -> Told:
    """What the sheet tells of a layer type.

    >>> from convmath.layers.conv import Conv2d
    >>> [(line.quantity, str(line.expression)) for line in told(Conv2d).lines][10:12]
    [('macs_touching', 'N·C_out·(C_in/g)·T_h·T_w'), ('flops', '2·MACs + N·C_out·H_o·W_o')]
    """
    stated = {f.quantity: f for f in formulas(kind) if f.quantity in TITLES}
    general = [f for name, f in stated.items() if name not in AT_STRIDE_ONE]
    # What holds in general goes before what holds for stride 1.
    where = dict(pair for f in reversed(stated.values()) for pair in f.where)
    lines = []
    for name in TITLES:
        if name in stated and not _says_nothing(stated[name], stated.get("output")):
            expression = with_counts(_over_macs(stated[name], stated.get("macs")), where)
            lines.append(Line(name, _as_number(expression), _result(stated[name])))
    conditions = tuple(_needed([condition for f in general for condition in f.conditions]))
    uses = [name for line in lines if isinstance(line.expression, Written) for name in line.expression.names]
    where = {name: where[name] for name in dict.fromkeys([*uses, *where]) if name in where}
    once = tuple(_axes_once(where, stated.get("output")))
    parts = (*(line.expression for line in lines), *(meant for _, meant in once))
    names = [name for part in parts if isinstance(part, Written) for name in part.names]
    names += [name for f in stated.values() for name in f.names]
    return Told(kind, tuple(lines), once, conditions, tuple(dict.fromkeys(names)), _source(stated))


def _says_nothing(f: Formula, output: Formula | None) -> bool:
    """Whether it is a parameter by itself, or a padded input that is the whole input or the whole output."""
    if f.quantity != "padded":
        return str(f.expression) == f.symbol
    names = f.expression.names if isinstance(f.expression, Written) else {}
    return names.keys().isdisjoint({"k", "p"}) or (output is not None and f.expression == output.expression)


def _as_number(expression: Operand) -> Operand:
    """⌈r/r⌉ is 1."""
    if not isinstance(expression, Written) or not expression.names.keys() <= {"r"}:
        return expression
    simple = normal(expression)
    return simple if type(simple) is int else expression


def _source(stated: dict[str, Formula]) -> str:
    return next((f.source for f in stated.values()), "")


def _result(f: Formula) -> str | int:
    result = example(f).result
    return number(result) if type(result) is int else str(result) if isinstance(result, Ratio) else f"{result}"


def _over_macs(f: Formula, macs: Formula | None) -> Operand:
    """FLOPs as 2·MACs and all else."""
    if f.quantity != "flops" or macs is None:
        return f.expression
    return 2 * symbol("MACs") + (f.expression - 2 * macs.expression)


def _axes_once(where: dict[str, Operand], output: Formula | None) -> Iterator[tuple[str, Operand]]:
    """What names stand for, once for all axes that go alike; what is the output size is told already."""
    along = {name: _one_axis(meant) for name, meant in where.items()}
    told_already: set[Operand] = {output.expression} if output else set()
    for name, meant in where.items():
        stem = _stem(name)
        alike = {along[other] for other in where if _stem(other) == stem}
        if _along(name) == "o":
            if len(alike) > 1 or along[name] not in told_already:
                yield name, meant
        elif len(alike) > 1:
            yield name, as_series(meant)
        elif along[name] not in told_already:
            told_already.add(along[name])
            yield stem, as_series(along[name])


def _stem(name: str) -> str:
    return re.sub(r"_[dhw]$", "", name)


def _one_axis(operand: Operand) -> Operand:
    """The same along an axis with no name."""
    if not isinstance(operand, Written):
        return operand
    names = operand.names.items()
    return operand.replaced({symbol(name, least): symbol(_along(name), least) for name, least in names})


def _along(name: str) -> str:
    return AXES.get(name, _stem(name))


def _needed(conditions: list[Condition]) -> Iterator[Condition]:
    """Every condition once: not for each axis again, not where another says the same."""
    found: set[object] = set()
    for condition in conditions:
        left, right = _one_axis(condition.left), _one_axis(condition.right)
        key = _core(left, condition.relation, right)
        # A crop of more than there is leaves no output either, and that is told.
        crops = "min(" in f"{right}"
        if condition.relation != "=" and not crops and key not in found:
            found.add(key)
            yield condition._replace(left=left, right=right)


def _core(left: Operand, relation: str, right: Operand) -> object:
    """The same for conditions that say the same: ⌊a/s⌋ + 1 ≥ 1 is a ≥ 0."""
    if relation == "≥" and isinstance(left, Written) and len(left.terms) == 1 and left.constant == right:
        coefficient, factors = left.terms[0]
        if coefficient == 1 and len(factors) == 1 and isinstance(factors[0], Operation) and factors[0].word == "⌊⌋":
            return factors[0].operands[0]
    return left - right if relation == "≥" else (left, relation, right)
