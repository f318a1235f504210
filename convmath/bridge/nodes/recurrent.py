"""Recurrent layers as ONNX nodes: one for each layer of the stack, with the gates in ONNX's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...layers.recurrent import GRU, LSTM, RNN
from ..unequal import NoEqualError

if TYPE_CHECKING:
    from .node import Names, Node

GATES = {RNN: (0,), GRU: (1, 0, 2), LSTM: (0, 3, 1, 2)}
"""Which gate of the layer stands at each place of the operator's arrays."""


def sequence(node: Node) -> Any:
    """RNN, GRU or LSTM: (L, N, I) in, (L, D, N, H) out, whatever axes the layer has."""
    layer = node.layer
    if layer.__dict__.get("proj_size"):
        raise NoEqualError("has no projection of the state")
    batched = len(node.inputs[0]) == 3
    turned = batched and layer.batch_first
    y = node.add("Transpose", node.x, perm=[1, 0, 2]) if turned else node.x
    y = y if batched else node.add("Unsqueeze", y, node.integers([1]))
    begin = tuple(one if batched else node.add("Unsqueeze", one, node.integers([1])) for one in node.reads[1:])
    last: list[Names] = []
    for number in range(layer.num_layers):
        y, *states = _one(node, number, y, _part(node, begin, number))
        last.append(tuple(states))
    after = tuple(_joined(node, states) for states in zip(*last, strict=True))
    if not batched:
        y, *after_each = (node.add("Squeeze", one, node.integers([1])) for one in (y, *after))
        return (y, *after_each)
    return (node.add("Transpose", y, perm=[1, 0, 2]) if turned else y, *after)


def _one(node: Node, number: int, x: str, begin: Names) -> Names:
    """One layer of the stack: the sequence with its directions side by side, and the states it ends with."""
    layer, both = node.layer, node.layer.directions
    kind = next(cls for cls in GATES if isinstance(layer, cls))
    suffixes = (f"_l{number}", f"_l{number}_reverse")[:both]
    arrays = [_of_both(node, name, suffixes, GATES[kind]) for name in ("weight_ih", "weight_hh")]
    if layer.bias:
        biases = [_of_both(node, name, suffixes, GATES[kind]) for name in ("bias_ih", "bias_hh")]
        arrays.append(node.add("Concat", *biases, axis=1))
    how: dict[str, Any] = {"hidden_size": layer.hidden_size, "direction": "bidirectional" if both == 2 else "forward"}
    if kind is GRU:
        how["linear_before_reset"] = int(layer.reset_after)
    if kind is RNN:
        how["activations"] = [layer.nonlinearity.capitalize()] * both
    rest = () if not begin else ("",) * (4 - len(arrays)) + begin
    y, *states = node.add(kind.__name__, x, *arrays, *rest, outputs=1 + layer.states, **how)
    # (L, D, N, H) as (L, N, D·H), by sizes that are copied, so that they may be left open.
    side_by_side = node.add("Transpose", y, perm=[0, 2, 1, 3]) if both == 2 else y
    wanted = [0, 0, both * layer.hidden_size]
    flat = node.add("Reshape", side_by_side, node.integers(wanted)) if both == 2 else node.add(
        "Squeeze", y, node.integers([1])
    )  # fmt: skip
    return (flat, *states)


def _of_both(node: Node, name: str, suffixes: tuple[str, ...], gates: tuple[int, ...]) -> str:
    """(D, G·H, …): an array of each direction, its gates in the operator's order."""
    made = []
    for suffix in suffixes:
        array = node.stored[name + suffix]
        if len(gates) > 1:
            pieces = node.add("Split", array, outputs=len(gates), num_outputs=len(gates), axis=0)
            array = node.add("Concat", *(pieces[gate] for gate in gates), axis=0)
        made.append(node.add("Unsqueeze", array, node.integers([0])))
    return made[0] if len(made) == 1 else str(node.add("Concat", *made, axis=0))


def _part(node: Node, begin: Names, number: int) -> Names:
    """The states that a layer of the stack begins with."""
    both, count = node.layer.directions, node.layer.num_layers
    if count == 1:
        return begin
    places = (node.integers([number * both]), node.integers([(number + 1) * both]), node.integers([0]))
    return tuple(node.add("Slice", state, *places) for state in begin)


def _joined(node: Node, states: Names) -> str:
    return states[0] if len(states) == 1 else str(node.add("Concat", *states, axis=0))
