"""Products of matrices: Gemm, MatMul, Einsum, and those of whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....layers.axes import Permute, Squeeze, Unsqueeze
from ....layers.einsum import Einsum
from ....layers.function import Scale
from ....layers.linear import Linear
from ....layers.matmul import MatMul
from ....layers.merge import Add
from ..step import UnsupportedError
from ..values import Array, Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..step import Step
    from ..values import Value


def _general(step: Step) -> Value:
    """alpha·A·B + beta·C, as a linear layer where B and C are stored."""
    a, b = step.x, step.value(1)
    if step.integer("transA", 0):
        a = step.add(Permute((1, 0)), a, part="transpose")
    turned = bool(step.integer("transB", 0))
    if isinstance(a, Flow) and (isinstance(b, Array) or step.drafts.items[b.draft].layer is None):
        weight = step.weight(1, 2)
        rows, columns = reversed(weight.shape) if turned else weight.shape
        bias = step.value(2) if step.has(2) else None
        holds = isinstance(bias, Array) and bias.shape in {(columns,), (1, columns)}
        weight = weight if turned else step.turned(weight, Permute((1, 0)))
        held: tuple[Array, ...] = (weight,)
        if isinstance(bias, Array) and holds:  # a stored bias and weights take the scale in
            held = (_scaled(step, weight, "alpha"), _scaled(step, bias, "beta"))
        y = step.add(Linear(rows, columns, bias=holds), a, weights=held)
    else:
        y, holds = step.add(MatMul(), a, step.add(Permute((1, 0)), b, part="transpose") if turned else b), False
    alpha = step.real("alpha", 1.0)
    if alpha != 1 and not holds:
        y = step.add(Scale(alpha), y, part="scale")
    if holds or not step.has(2):
        return y
    added, beta = step.value(2), step.real("beta", 1.0)
    if isinstance(added, Array):
        added = _scaled(step, added, "beta")
    elif beta != 1:
        added = step.add(Scale(beta), added, part="scale_bias")
    return step.add(Add(), y, added, part="bias")


def _scaled(step: Step, array: Array, name: str) -> Array:
    """A stored array by the number that an attribute states."""
    factor = step.real(name, 1.0)
    return array if factor == 1 else step.turned(array, Scale(factor))


def product_of(left: int, right: int) -> Callable[[Step], Value]:
    """The rule of a product of these two inputs."""

    def rule(step: Step) -> Value:
        a, b = step.value(left), step.value(right)
        if step.operator.type != "MatMul":
            step.differs("8-bit numbers without their zero points, and nothing rounded to them")
        if isinstance(a, Flow) and isinstance(b, Array) and len(b.shape) in {1, 2}:
            return _by_weights(step, a, b)
        wide, tall = len(a.shape) == 1, len(b.shape) == 1
        a = step.add(Unsqueeze(0), a, part="row") if wide else a
        b = step.add(Unsqueeze(1), b, part="column") if tall else b
        y = step.add(MatMul(), a, b)
        y = step.add(Squeeze(-2), y, part="unrow") if wide else y
        return step.add(Squeeze(-1), y, part="uncolumn") if tall else y

    return rule


def _by_weights(step: Step, a: Flow, b: Array) -> Value:
    x: Value = a if len(a.shape) > 1 else step.add(Unsqueeze(0), a, part="row")
    weight = step.turned(b, Permute((1, 0)) if len(b.shape) > 1 else Unsqueeze(0))
    y = step.add(Linear(b.shape[0], weight.shape[0], bias=False), x, weights=(weight,))
    y = y if len(b.shape) > 1 else step.add(Squeeze(-1), y, part="uncolumn")
    return y if len(a.shape) > 1 else step.add(Squeeze(0), y, part="unrow")


def _summed(step: Step) -> Value:
    equation = step.text("equation", "").replace(" ", "")
    values = step.values()
    if "..." in equation or len(values) > 2:
        raise UnsupportedError("equation with an ellipsis, or of more than two arrays")
    if "->" not in equation:
        letters = equation.replace(",", "")
        equation += "->" + "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
    return step.add(Einsum(equation), *values)


RULES = {
    "Gemm": _general,
    "MatMul": product_of(0, 1),
    "MatMulInteger": product_of(0, 1),
    "QLinearMatMul": product_of(0, 3),
    "Einsum": _summed,
}
