"""How frameworks lay out weights, and what turns one layout into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.size import product

if TYPE_CHECKING:
    from .sliding import Sliding

SPACE = ("x", "y", "z")

LAYOUTS = {
    ("pytorch", "conv"): ("go", "i", "*"),
    ("pytorch", "transposed"): ("gi", "o", "*"),
    ("onnx", "conv"): ("go", "i", "*"),
    ("onnx", "transposed"): ("gi", "o", "*"),
    ("jax", "conv"): ("go", "i", "*"),
    ("jax", "transposed"): ("go", "i", "*"),
    ("tensorflow", "conv"): ("*", "i", "go"),
    ("tensorflow", "transposed"): ("*", "go", "gi"),
    ("tensorflow", "depthwise"): ("*", "gi", "o"),
}
"""The axes of a weight: groups g, inputs i and outputs o of each group, kernel *; 'go' runs through o first."""

FLIPPED = {("jax", "transposed")}
"""JAX's transposed convolution correlates the stretched input with the kernel as it is, the others' is flipped."""


class Carried(NamedTuple):
    """An array, its sizes in the source and in the target, and the NumPy expression that turns one into the other."""

    name: str
    before: tuple[int | str, ...]
    after: tuple[int | str, ...]
    how: str


def is_depthwise(layer: Sliding) -> bool:
    """Whether Keras would write the layer as DepthwiseConv1D or DepthwiseConv2D.

    >>> from convmath.layers.conv import Conv2d
    >>> from .sliding import sliding
    >>> is_depthwise(sliding(Conv2d(8, 16, 3, groups=8)))
    True
    """
    conv = layer.layer
    return layer.kind == "conv" and layer.rank < 3 and 1 < conv.groups == conv.in_channels


def weights(layer: Sliding, source: str, target: str) -> tuple[Carried, ...]:
    """The weights of a convolution or its transpose, carried from one framework to another.

    >>> from convmath.layers.conv import Conv2d
    >>> from .sliding import sliding
    >>> weights(sliding(Conv2d(3, 8, 3, bias=False)), "pytorch", "tensorflow")
    (Carried(name='weight', before=(8, 3, 3, 3), after=(3, 3, 3, 8), how='weight.transpose(2, 3, 1, 0)'),)
    """
    if layer.kind not in {"conv", "transposed"}:
        return ()
    conv = layer.layer
    sizes = {
        "g": conv.groups, "i": conv.in_channels // conv.groups, "o": conv.out_channels // conv.groups,
        **dict(zip(SPACE, layer.kernel, strict=False)),
    }  # fmt: skip
    before, after = (_axes(layer, framework) for framework in (source, target))
    name = layer.array("weight")
    flip = ((source, layer.kind) in FLIPPED) != ((target, layer.kind) in FLIPPED)
    how = name + _moved(before, after, sizes) + (_flipped(after) if flip and product(layer.kernel) > 1 else "")
    told = (Carried(name, _shape(before, sizes), _shape(after, sizes), how),)
    if not conv.bias:
        return told
    bias = layer.array("bias")
    return (*told, Carried(bias, (conv.out_channels,), (conv.out_channels,), bias))


def channels_moved(rank: int, source: str, target: str, shape: tuple[int, ...] | None) -> tuple[Carried, ...]:
    """The input and the output, where one framework has the channels last and the other does not.

    >>> channels_moved(1, "pytorch", "tensorflow", None)[0]
    Carried(name='x', before=('N', 'C', 'L'), after=('N', 'L', 'C'), how='x.transpose(0, 2, 1)')
    """
    if (source == "tensorflow") == (target == "tensorflow"):
        return ()
    letters = ("N", "C", *{1: "L", 2: "HW", 3: "DHW"}[rank])
    first = shape or letters
    last = (first[0], *first[2:], first[1])
    to_last, to_first = (0, *range(2, rank + 2), 1), (0, rank + 1, *range(1, rank + 1))
    if target == "tensorflow":
        return (Carried("x", first, last, f"x.transpose{to_last}"),)
    return (Carried("x", last, first, f"x.transpose{to_first}"),)


def _axes(layer: Sliding, framework: str) -> tuple[str, ...]:
    kind = "depthwise" if framework == "tensorflow" and is_depthwise(layer) else layer.kind
    axes: list[str] = []
    for axis in LAYOUTS[framework, kind]:
        axes += SPACE[: layer.rank] if axis == "*" else [axis if layer.layer.groups > 1 else axis[-1]]
    return tuple(axes)


def _moved(before: tuple[str, ...], after: tuple[str, ...], sizes: dict[str, int]) -> str:
    if before == after:
        return ""
    if sorted(before) == sorted(after):
        return _transposed(before, after)
    # Groups stand with other channels than before: every factor becomes an axis of its own for a moment.
    parts, wanted = tuple("".join(before)), tuple("".join(after))
    moved = "" if parts == wanted else _transposed(parts, wanted)
    return f".reshape{_shape(parts, sizes)}{moved}.reshape{_shape(after, sizes)}"


def _transposed(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    return f".transpose({', '.join(str(before.index(axis)) for axis in after)})"


def _shape(axes: tuple[str, ...], sizes: dict[str, int]) -> tuple[int, ...]:
    return tuple(product(sizes[letter] for letter in axis) for axis in axes)


def _flipped(axes: tuple[str, ...]) -> str:
    """The kernel turned round along every spatial axis."""
    turned = ["::-1" if axis in SPACE else ":" for axis in axes]
    while turned[-1] == ":":
        turned.pop()
    return f"[{', '.join(turned)}]"
