"""The gradients of a whole network, node by node in reverse order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import ShapeError
from ..network.network import Ref
from .arrays import checked
from .networks import steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..network.network import Network
    from .arrays import Array, Weights
    from .networks import Step


def gradients(
    net: Network, x: object, dy: Any = None, weights: Mapping[str, Array] | None = None, seed: int = 0
) -> tuple[Any, Weights]:
    """(dx, dweights): the gradients of Σ dy·y, where y is the network's output, by its input and by its weights.

    dx has the input's shape; with several inputs it is a dict by their names. dweights has every weight's name, such as
    layer1.0.conv1.weight; what the output does not depend on has the gradient 0. dy has the output's shape (a tuple for
    several outputs) and is 1 everywhere unless given. Weights and errors as in `run`, and ParameterError for layers
    that have no gradient.

    >>> from convmath.layers.activation import ReLU
    >>> from convmath.layers.conv import Conv1d
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Conv1d(1, 1, 2, bias=False), ReLU())
    >>> dx, dweights = gradients(net, np.array([[[1, 2, 0]]]), weights={"0.weight": np.array([[[3, -1]]])})
    >>> dx.tolist(), dweights["0.weight"].tolist()  # the outputs before the ReLU are 1 and 6
    ([[[3, 2, -1]]], [[[3, 2]]])

    Source: Rumelhart, Hinton and Williams (1986).
    """
    read = {ref for node in net.nodes for ref in node.inputs}
    values: dict[Ref, Array] = {}
    handed_out: dict[Ref, Array] = {}
    inputs: dict[Ref, Array] = {}
    taken: list[Step] = []
    for step in steps(net, x, weights, seed, values):
        values |= {ref: array for ref, array in step.made.items() if ref in read}
        handed_out |= {ref: array for ref, array in step.made.items() if ref in net.outputs}
        inputs |= {ref: np.zeros_like(array) for ref, array in step.made.items() if step.plan is None}
        taken.append(step._replace(made={}))
    found = _given(net, dy, handed_out)
    made: Weights = {}
    while taken:
        made = _back(net, taken.pop(), values, found) | made
    dx = {net.nodes[ref.node].name: found.get(ref, nothing) for ref, nothing in inputs.items()}
    return dx if len(dx) > 1 else next(iter(dx.values())), made


def _given(net: Network, dy: Any, outputs: Mapping[Ref, Array]) -> dict[Ref, Array]:
    """The gradients of what the network hands out."""
    several = len(net.outputs) > 1
    given = tuple(np.ones_like(outputs[ref]) for ref in net.outputs) if dy is None else dy if several else (dy,)
    if not isinstance(given, tuple | list) or len(given) != len(net.outputs):
        count = len(given) if isinstance(given, tuple | list) else 1
        raise ShapeError(f"{net.name}: {count} gradients are given for {len(net.outputs)} outputs (give a tuple)")
    found: dict[Ref, Array] = {}
    for place, (ref, array) in enumerate(zip(net.outputs, given, strict=True)):
        name = f"{net.name}: gradient {place}" if several else f"{net.name}: the gradient"
        _add(found, ref, checked(name, array, outputs[ref].shape, outputs[ref].dtype))
    return found


def _back(net: Network, step: Step, values: dict[Ref, Array], found: dict[Ref, Array]) -> Weights:
    """Takes one node's gradients from what is found for its outputs, and adds them to what is found for its inputs."""
    if step.plan is None:
        return {}
    name, _, refs, _ = net.nodes[step.node]
    plan, outputs = step.plan, [Ref(step.node, output) for output in range(len(step.plan.outputs))]
    dys = [found.pop(ref, None) for ref in outputs]
    for ref in outputs:
        values.pop(ref, None)
    if all(dy is None for dy in dys):
        weights = {own: np.zeros(sizes, plan.dtype) for own, sizes in plan.layer.weights().items()}
    else:
        whole = (np.zeros(shape, plan.dtype) if dy is None else dy for dy, shape in zip(dys, plan.outputs, strict=True))
        dxs, weights = plan.gradients(tuple(values[ref] for ref in refs), step.weights, tuple(whole))
        for ref, dx in zip(refs, dxs, strict=True):
            _add(found, ref, dx)
    return {f"{name}.{own}": array for own, array in weights.items()}


def _add(found: dict[Ref, Array], ref: Ref, array: Array) -> None:
    found[ref] = found[ref] + array if ref in found else array
