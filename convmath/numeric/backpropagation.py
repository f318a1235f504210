"""The gradients of a whole network, node by node in reverse order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import ShapeError
from ..network.node import Ref
from .arrays import apart, checked
from .indices import common_dtype
from .memory import refuse_above
from .networks import Pass, given_or_initial, shapes_of
from .rooms import room_for_gradients
from .subjects import received, weight_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..layers.base import Layer
    from ..network.network import Network
    from .arrays import Array, Weights
    from .networks import Step


def gradients(
    net: Layer | Network,
    x: object,
    dy: Any = None,
    weights: Mapping[str, Array] | None = None,
    seed: int = 0,
    memory: int | str | None = None,
) -> tuple[Any, Weights]:
    """(dx, dweights): the gradients of Σ dy·y, where y is the network's output, by its input and by its weights.

    dx has the input's shape; with several inputs it is a dict by their names. dweights has every weight's name, such as
    layer1.0.conv1.weight; what the output does not depend on has the gradient 0. dy has the output's shape (a tuple for
    several outputs) and is 1 everywhere unless given. Inputs, weights, memory and errors as in `run`, and
    ParameterError for layers that have no gradient.

    >>> from convmath.layers.activation import ReLU
    >>> from convmath.layers.conv import Conv1d
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Conv1d(1, 1, 2, bias=False), ReLU())
    >>> dx, dweights = gradients(net, np.array([[[1, 2, 0]]]), weights={"0.weight": np.array([[[3, -1]]])})
    >>> dx.tolist(), dweights["0.weight"].tolist()  # the outputs before the ReLU are 1 and 6
    ([[[3, 2, -1]]], [[[3, 2]]])

    Source: Rumelhart, Hinton and Williams (1986).
    """
    network, arrays = received(net, x)
    dtype = common_dtype(network, arrays, weights)
    refuse_above(memory, room_for_gradients(network, shapes_of(arrays), dtype), network.name)
    passing = Pass(network, arrays, given_or_initial(net, network, arrays, weights, seed), dtype)
    xs = dict(arrays)
    taken = [step._replace(outputs=()) for step in passing]
    found = _given(network, dy, dict(zip(network.outputs, passing.outputs, strict=True)))
    others = [*arrays.values(), *found.values()]
    made: Weights = {}
    while taken:
        made = _back(net, network, taken.pop(), found) | made
    dx: dict[str, Array] = {}
    for index, node in enumerate(network.nodes):
        if node.layer is None:
            one = found[Ref(index)] if Ref(index) in found else np.zeros_like(xs[node.name])
            dx[node.name] = apart(one, (*others, *dx.values()))
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


def _back(subject: Layer | Network, net: Network, step: Step, found: dict[Ref, Array]) -> Weights:
    """Takes one node's gradients from what is found for its outputs, and adds them to what is found for its inputs."""
    name, _, refs, _ = net.nodes[step.node]
    plan = step.plan
    dys = [found.pop(Ref(step.node, output), None) for output in range(len(plan.outputs))]
    kinds = {dy.dtype.kind for dy in dys if dy is not None}
    if not kinds or (plan.dtype.kind in "iu" and not kinds <= {"i", "u"}):  # indices have no gradient
        weights = {own: np.zeros(sizes, plan.dtype) for own, sizes in plan.layer.weights().items()}
    else:
        whole = (np.zeros(shape, plan.dtype) if dy is None else dy for dy, shape in zip(dys, plan.outputs, strict=True))
        dxs, weights = plan.gradients(step.inputs, step.weights, tuple(whole))
        for ref, dx in zip(refs, dxs, strict=True):
            _add(found, ref, dx)
    return {weight_name(subject, name, own): array for own, array in weights.items()}


def _add(found: dict[Ref, Array], ref: Ref, array: Array) -> None:
    found[ref] = found[ref] + array if ref in found else array
