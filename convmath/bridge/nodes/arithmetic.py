"""What is reckoned number by number, over axes, or as products of matrices, as ONNX nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.size import product
from ..unequal import NoEqualError

if TYPE_CHECKING:
    from .node import Node, Rule

FLOAT, BOOL = 1, 9
"""Element types by ONNX's numbers: every value is a float; what is true is 1, what is not 0."""


def _joined(op: str) -> Rule:
    def join(node: Node) -> Any:
        y = node.x
        for other in node.reads[1:]:
            y = node.add(op, y, other)
        return y

    return join


def _at_once(op: str) -> Rule:
    return lambda node: node.add(op, *node.reads)


def _compared(op: str) -> Rule:
    return lambda node: node.add("Cast", node.add(op, *node.reads), to=FLOAT)


def _true(node: Node, x: str) -> Any:
    return node.add("Cast", x, to=BOOL)


def _of_truths(op: str) -> Rule:
    return lambda node: node.add("Cast", node.add(op, *(_true(node, x) for x in node.reads)), to=FLOAT)


def _unequal(node: Node) -> Any:
    return node.add("Cast", node.add("Not", node.add("Equal", *node.reads)), to=FLOAT)


def _over_axes(op: str) -> Rule:
    def reduce(node: Node) -> Any:
        dims = () if node.layer.dim is None else node.layer.dim
        axes = [axis % len(node.inputs[0]) for axis in dims] or list(range(len(node.inputs[0])))
        return node.add(op, node.x, node.integers(axes), keepdims=int(node.layer.keepdim))

    return reduce


def _variance(node: Node) -> Any:
    """The mean square of what is left without the mean."""
    axes = len(node.inputs[0])
    over = node.integers([axis % axes for axis in node.layer.dim or range(axes)])
    apart = node.add("Sub", node.x, node.add("ReduceMean", node.x, over, keepdims=1))
    return node.add("ReduceMean", node.add("Mul", apart, apart), over, keepdims=int(node.layer.keepdim))


def _place_of(op: str) -> Rule:
    def find(node: Node) -> Any:
        layer, x = node.layer, node.x
        if layer.dim is not None and len(layer.dim) > 1:
            raise NoEqualError("finds places along one axis only")
        if layer.dim is None:
            if layer.keepdim:
                raise NoEqualError("keeps no axes of a place among all numbers")
            x = node.reshaped(x, (product(node.inputs[0]),))
        axis = 0 if layer.dim is None else layer.dim[0]
        return node.add("Cast", node.add(op, x, axis=axis, keepdims=int(layer.keepdim)), to=FLOAT)

    return find


def _multiplied(node: Node) -> Any:
    a, b = node.inputs
    if len(a) < 2 or len(b) < 2:
        raise NoEqualError("of vectors makes another number of axes")
    return node.add("MatMul", *node.reads)


def _attended(node: Node) -> Any:
    """softmax(q·kᵀ·scale)·v, and what is added to the products before."""
    layer, (q, k, *_) = node.layer, node.inputs
    if layer.is_causal:
        raise NoEqualError("has no attention to earlier positions alone")
    axes = len(k)
    turned = node.add("Transpose", node.reads[1], perm=[*range(axes - 2), axes - 1, axes - 2])
    scale = q[-1] ** -0.5 if layer.scale is None else layer.scale
    products = node.add("MatMul", node.add("Mul", node.x, node.constant(scale)), turned)
    if len(node.reads) > 3:
        products = node.add("Add", products, node.reads[3])
    return node.add("MatMul", node.add("Softmax", products, axis=-1), node.reads[2])


def _gated(node: Node) -> Any:
    axis = node.layer.dim % len(node.inputs[0])
    half = node.inputs[0][axis] // 2
    kept, gate = node.add("Split", node.x, node.integers([half, half]), outputs=2, axis=axis)
    return node.add("Mul", kept, node.add("Sigmoid", gate))


def _of_each(*ops: str) -> Rule:
    def apply(node: Node) -> Any:
        y = node.x
        for op in ops:
            y = node.add(op, y)
        return y

    return apply


def _with(op: str, field: str) -> Rule:
    return lambda node: node.add(op, node.x, node.constant(getattr(node.layer, field)))


def _clipped(node: Node) -> Any:
    bounds = [node.layer.min, node.layer.max]
    return node.add("Clip", node.x, *("" if bound is None else node.constant(bound) for bound in bounds))


ARITHMETIC: dict[str, Rule] = {
    "Add": lambda node: node.add("Add" if len(node.reads) == 2 else "Sum", *node.reads),
    "Subtract": _joined("Sub"),
    "Multiply": _joined("Mul"),
    "Divide": _joined("Div"),
    "Power": _joined("Pow"),
    "Maximum": _at_once("Max"),
    "Minimum": _at_once("Min"),
    "Where": lambda node: node.add("Where", _true(node, node.x), *node.reads[1:]),
    "Equal": _compared("Equal"),
    "NotEqual": _unequal,
    "Greater": _compared("Greater"),
    "GreaterEqual": _compared("GreaterOrEqual"),
    "Less": _compared("Less"),
    "LessEqual": _compared("LessOrEqual"),
    "And": _of_truths("And"),
    "Or": _of_truths("Or"),
    "Not": _of_truths("Not"),
    "Mean": _over_axes("ReduceMean"),
    "Var": _variance,
    "Sum": _over_axes("ReduceSum"),
    "Prod": _over_axes("ReduceProd"),
    "Amax": _over_axes("ReduceMax"),
    "Amin": _over_axes("ReduceMin"),
    "VectorNorm": _over_axes("ReduceL2"),
    "Argmax": _place_of("ArgMax"),
    "Argmin": _place_of("ArgMin"),
    "MatMul": _multiplied,
    "Einsum": lambda node: node.add("Einsum", *node.reads, equation=node.layer.equation),
    "ScaledDotProductAttention": _attended,
    **{name: _of_each(name) for name in (
        "Abs", "Neg", "Sign", "Sqrt", "Reciprocal", "Exp", "Log", "Erf", "Sin", "Cos", "Floor", "Ceil", "Round",
    )},
    "Rsqrt": _of_each("Sqrt", "Reciprocal"),
    "Square": lambda node: node.add("Pow", node.x, node.constant(2)),
    "Scale": _with("Mul", "factor"),
    "Shift": _with("Add", "addend"),
    "Pow": _with("Pow", "exponent"),
    "Clip": _clipped,
    "GLU": _gated,
    "Parameter": lambda node: node.stored["weight"],
    "Constant": lambda node: node.stored["value"],
}  # fmt: skip
"""Families by the nodes that do the same."""
