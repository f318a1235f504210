"""Multiplications counted by running: where every weight and every input is 1, a product adds 1 to what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.shape import Shape
from ..layers.attention import ScaledDotProductAttention
from ..layers.composite import Composite
from ..layers.conv import Conv
from ..layers.deformable import DeformConv, OffsetConv
from ..layers.einsum import Einsum
from ..layers.linear import Linear
from ..layers.locally_connected import LocallyConnected
from ..layers.matmul import MatMul
from ..layers.recurrent import Recurrent
from ..layers.transposed import ConvTranspose
from ..numeric.plans import Plan
from .values import ones

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..layers.base import Layer
    from ..numeric.arrays import Weights

COUNTED_IN = np.dtype(np.float64)
"""Sums of ones are exact in it below 2⁵³."""

CERTAIN = 40.0
"""A logit whose sigmoid is 1 in float64."""


class Counted(NamedTuple):
    """What running a layer shows: multiplications with padding and on real input only, and numbers written."""

    dense: int
    touching: int
    written: int

    def __add__(self, other: Counted) -> Counted:  # type: ignore[override]
        return Counted(*(a + b for a, b in zip(self, other, strict=True)))


def counted(layer: Layer, *inputs: Shape) -> Counted:
    """The multiplications of weights by inputs that a layer's kernel does, and the numbers that it writes.

    The layer runs on an input of ones with weights of ones and no bias: each product counts 1, and what comes out adds
    up to their number. On real input only, padding is 0 as ever. For the dense count it holds ones too: the same
    kernel runs on the padded input, without padding of its own. What a transposed convolution crops is multiplied
    first, so it runs uncropped. A chain is counted layer by layer. Layers without such products count 0.

    >>> from convmath.layers.conv import Conv1d
    >>> counted(Conv1d(2, 3, 3, padding=1), Shape((1, 2, 5)))
    Counted(dense=90, touching=78, written=15)
    """
    if isinstance(layer, Composite):
        nothing = Counted(0, 0, 0)
        return sum((counted(part, *x) for _, part, x, _ in layer.steps(inputs)), nothing)
    claimed = layer.facts(*inputs).outputs
    for family, products in PRODUCTS.items():
        if isinstance(layer, family):
            _, written = _of_ones(layer, inputs, len(claimed))
            done = [_of_ones(part, x, 1)[0] for part, x in products(layer, inputs)]
            return Counted(sum(done), sum(done), written)
    touching, written = _of_ones(layer, inputs, len(claimed))
    filled, shape = padded_like(layer, inputs[0])
    if filled is layer:
        dense = touching
    elif 0 in claimed[0]:  # what comes to nothing multiplies nothing, and may have no padded input to speak of
        dense = 0
    else:
        dense, _ = _of_ones(filled, (shape,), 1)
    if isinstance(layer, DeformConv):
        # Where samples fall is up to the data, so none of them counts as padding.
        branch = counted(layer.offset, *inputs)
        return Counted(dense + branch.dense, dense + branch.touching, written)
    return Counted(dense, touching, written)


def padded_like(layer: Layer, x: Shape) -> tuple[Layer, Shape]:
    """The layer that the dense count of a leaf runs, and its input; the layer itself where it has no padding to fill.

    >>> from convmath.layers.conv import Conv1d
    >>> padded_like(Conv1d(2, 3, 3, padding=1), Shape((1, 2, 5)))
    (Conv1d(2, 3, 3), (1, 2, 7))
    """
    rule = next((rule for family, rule in DENSE.items() if isinstance(layer, family)), None)
    return rule(layer, x) if rule else (layer, x)


def _of_ones(layer: Layer, inputs: tuple[Shape, ...], outputs: int) -> tuple[int, int]:
    """The products that add up to the output of ones by weights of ones, and the numbers in all outputs."""
    ready = Plan(layer, inputs, COUNTED_IN)
    xs = ones(ready)
    with np.errstate(all="ignore"):
        ys = ready(xs if len(xs) > 1 else xs[0], _weights_of_ones(layer, ready))
    ys = ys[:outputs] if type(ys) is tuple else (ys,)
    # A kernel may round on its way, but counts are whole numbers.
    products = int(np.rint(ys[0]).sum()) if isinstance(layer, MULTIPLYING) else 0
    return products, sum(y.size for y in ys)


def _weights_of_ones(layer: Layer, ready: Plan) -> Weights:
    stored = {name: (np.ones if name == "weight" else np.zeros)(*asked) for name, asked in ready.weights.items()}
    if isinstance(layer, DeformConv) and layer.mask:
        axes = len(layer.kernel_size)
        bias = stored["offset.bias"]
        bias[len(bias) * axes // (axes + 1) :] = CERTAIN  # behind the offsets stand the masks
    return stored


def _convolution(layer: Any, x: Shape) -> tuple[Layer, Shape]:
    if _unpadded(layer, x):
        return layer, x
    return _again(layer, padding=0, padding_mode="zeros"), _around(layer, x)


def _own_filters(layer: Any, x: Shape) -> tuple[Layer, Shape]:
    inside = _around(layer, x)
    return (layer, x) if _unpadded(layer, x) else (_again(layer, padding=0, input_size=inside.spatial), inside)


def _uncropped(layer: Any, x: Shape) -> tuple[Layer, Shape]:
    return _again(layer, padding=0, output_padding=0, convention="pytorch"), x


def _unpadded(layer: Any, x: Shape) -> bool:
    return all(window.low == window.high == 0 for window in layer.windows(x))


def _around(layer: Any, x: Shape) -> Shape:
    """The shape of the padded input."""
    sizes = zip(layer.windows(x), x.spatial, strict=True)
    return Shape((x.batch, x.channels, *(window.padded_size(size) for window, size in sizes)))


def _again(layer: Any, **changed: Any) -> Layer:
    """The layer with some hyper-parameters changed, where it has them."""
    own = {name: layer.__dict__[name] for name in layer.fields}
    return type(layer)(**own | {name: value for name, value in changed.items() if name in own})  # type: ignore[no-any-return]


DENSE: dict[type[Layer], Callable[[Any, Shape], tuple[Layer, Shape]]] = {
    Conv: _convolution,
    DeformConv: _convolution,
    LocallyConnected: _own_filters,
    ConvTranspose: _uncropped,
}
"""What to run so that padding is multiplied as well."""

MULTIPLYING = (*DENSE, Linear, MatMul, Einsum)
"""The families that multiply inputs by weights, or by one another."""

Parts = list[tuple["Layer", tuple[Shape, ...]]]


def _of_attention(layer: Any, inputs: tuple[Shape, ...]) -> Parts:
    q, k, v = inputs[:3]
    weights = MatMul().output_shape(q, Shape((*k[:-2], k[-1], k[-2])))
    return [(MatMul(), (q, Shape((*k[:-2], k[-1], k[-2])))), (MatMul(), (weights, v))]


def _of_steps(layer: Any, inputs: tuple[Shape, ...]) -> Parts:
    steps = inputs[0][:-1] if len(inputs[0]) > 2 else (1, *inputs[0][:-1])
    matrices = (sizes for sizes in layer.weights().values() if len(sizes) == 2)
    return [(Linear(columns, rows, bias=False), (Shape((*steps, columns)),)) for rows, columns in matrices]


def _dense(layer: Any, x: Shape) -> tuple[Layer, tuple[Shape, ...]]:
    """Wherever the offsets lead, every tap of every output is multiplied."""
    filled, shape = padded_like(layer.convolution, x)
    return filled, (shape,)


PRODUCTS: dict[type[Layer], Callable[[Any, tuple[Shape, ...]], Parts]] = {
    ScaledDotProductAttention: _of_attention,
    Recurrent: _of_steps,
    Einsum: lambda layer, inputs: [(layer, inputs)] if len(inputs) > 1 else [],
    OffsetConv: lambda layer, inputs: [_dense(layer, inputs[0])],
}
"""The products that a layer does, where ones do not come through it: a softmax, a gate or offsets lie between."""
