"""What recurrent layers and attention keep for their gradients, which depends on the kernels that run them.

Recurrent layers are told by PyTorch's own kernels, step by step: RNN and GRU on a CPU always, LSTM where oneDNN does
not run it. oneDNN and cuDNN keep work space of a size of their own instead. Attention is told by the fused kernels, of
which flash attention on a CPU is one; what these do not take, and what wants a gradient of its mask, PyTorch multiplies
out.

Source: PyTorch 2.13, aten/src/ATen/native/RNN.cpp and transformers/attention.cpp; Dao et al., FlashAttention (2022).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.size import product, same
from ..layers.recurrent import RNN
from .keeping import Kept, Matrix, like, single
from .products import batch_of_matrices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.shape import Shape
    from ..core.size import Size
    from ..layers.recurrent import Recurrent
    from .keeping import Needs, Own


def recurrent(layer: Recurrent, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """Of every step the state before it, for its matrix, and what its functions made; what each layer reads.

    L·N steps of each layer and direction keep, of LSTM, 4 gates, c before and tanh c after; of GRU, 3 gates, the state
    and two products; of RNN, the state after. A projection keeps what it multiplies besides, and a dropout between
    layers its mask, in the activations' dtype.
    """
    x, *states = inputs
    each = layer.directions * layer.num_layers
    steps, first = product(x[:-1]), layer.infer(x)[1].elements
    recurring, reading = (_is_trained(layer, needs, stem) for stem in ("weight_hh", "weight_ih"))
    own = [like("steps", steps * each * STEPS[layer.op] * layer.hidden_size - sum(c.elements for c in states[1:]))]
    if recurring and isinstance(layer, RNN):
        own += [] if states else [like("first state", first)]  # the states after it are among the steps
    elif recurring:
        own.append(like("states", steps * each * layer.width - (first if states else 0)))
    if _is_trained(layer, needs, "weight_hr"):
        own.append(like("before the projection", steps * each * layer.hidden_size))
    own += _between(layer, steps, reading)
    begun = tuple(range(1 if recurring else 2, len(inputs)))
    if not reading:
        return Kept(begun, own=tuple(own))
    order = (1, 0, 2) if layer.batch_first and len(x) > 2 else tuple(range(len(x)))
    rows = Matrix(0, order, tuple(x[axis] for axis in order), (steps, x[-1]))  # one step after the other
    return Kept(begun, own=tuple(own), matrices=(rows,) * layer.directions)


STEPS = {"LSTM": 6, "GRU": 6, "RNN": 1}
"""Numbers for each of the state's that a step keeps, whatever is trained."""


def _is_trained(layer: Recurrent, needs: Needs, stem: str) -> bool:
    return any(name.startswith(stem) and name not in needs.frozen for name in layer.weights())


def _between(layer: Recurrent, steps: Size, reading: bool) -> list[Own]:
    """What every layer but the first reads, and the masks of the dropout before it."""
    if layer.num_layers == 1:
        return []
    numbers = steps * layer.directions * layer.width * (layer.num_layers - 1)
    found = [like("between layers", numbers)] if reading else []
    return [*found, like("mask", numbers)] if layer.dropout else found


def attention(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], needs: Needs) -> Kept:
    """All that it reads, its output, and the logarithm of each row's sum; multiplied out, the weights instead."""
    q, k, v = inputs[:3]
    rows = product(outputs[0][:-1])
    masked = len(inputs) > 3 and bool(needs.inputs) and needs.of(3)
    if is_fused(inputs, needs.turned) and not masked:
        return Kept(tuple(range(len(inputs))), output=True, own=(single("logarithm of sums", rows),))
    copies = (like("scaled queries", q.elements), like("scaled keys", k.elements))
    own = (*copies, like("weights", rows * k[-2]))
    return Kept(own=own, matrices=(batch_of_matrices(2, v, tuple(outputs[0][:-2])),))


def is_fused(inputs: Sequence[tuple[Size, ...]], turned: Sequence[bool]) -> bool:
    """Whether a fused kernel takes queries, keys, values: of a batch of heads, as long, and each row in one piece."""
    q, k, v = inputs[:3]
    alike = len(q) == 4 and all(same(a, b) for other in (k, v) for a, b in zip(q[:2], other[:2], strict=True))
    return alike and same(q[-1], v[-1]) and not any(turned[:3])
