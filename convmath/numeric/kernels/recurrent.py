"""Recurrent layers, step by step, and back through time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .activation import FUNCTIONS, floating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...core.shape import Shape
    from ...layers.recurrent import Recurrent
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run

    States = tuple[Array, ...]


def prepare(layer: Recurrent, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        y, states, _ = _forward(layer, xs, weights)
        made = (_placed(layer, y, xs[0]), *states)
        return tuple(one.reshape(shape) for one, shape in zip(made, outputs, strict=True))

    return run


def cancelling(layer: Recurrent, xs: tuple[Array, ...]) -> float:
    """Gates are ½ + ½·tanh, and so are states where a gate lets everything through."""
    return 0.5


def room(ask: Ask) -> int:
    layer, x = ask.layer, ask.inputs[0]
    steps: int = x.elements // x[-1]
    each: int = layer.directions * layer.num_layers * (3 * layer.gates + 8) * layer.hidden_size
    made: int = steps * (each + 4 * layer.directions * layer.hidden_size)
    return ask.item * made + 4 * ask.x


def backward(layer: Recurrent, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """Back through time: what each step kept is gone through in the opposite order."""
    floating(layer, dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        _, states, kept = _forward(layer, xs, weights)
        dy = _by_steps(layer, dys[0])
        dlast = [given.reshape(state.shape) for given, state in zip(dys[1:], states, strict=True)]
        dfirst = [np.zeros_like(state) for state in states]
        dweights: Weights = {}
        for number in reversed(range(layer.num_layers)):
            parts = np.split(dy, layer.directions, -1)
            below: list[Array] = []
            for place, suffix in _directions(layer, number):
                index = number * layer.directions + place
                dx, dstates, dw = _one_back(
                    layer, kept[index], parts[place], tuple(d[index] for d in dlast), weights, suffix
                )
                below.append(dx)
                for found, dstate in zip(dfirst, dstates, strict=True):
                    found[index] = dstate
                dweights |= dw
            dy = sum(below[1:], below[0])
        given = (d.reshape(shape) for d, shape in zip(dfirst, inputs[1:], strict=False))
        return (_placed(layer, dy, xs[0]).reshape(inputs[0]), *given), dweights

    return back


def reads(layer: Recurrent, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """A step may read all before it; in both directions, or in the last state, all there are."""
    last = None if len(inputs[0]) == 2 else 0 if layer.batch_first else 1

    def read(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        y, *states = marked
        steps = _by_steps(layer, y).any(-1)
        behind: Array = np.asarray(np.logical_or.accumulate(steps[::-1]))[::-1]
        ends = np.logical_or.reduce([_stacked(state, len(inputs[0])).any((0, -1)) for state in states])
        several = layer.directions > 1
        found: Array = np.broadcast_to(steps.any(0) | ends, steps.shape) if several else behind | ends
        whole = np.broadcast_to(found[..., None], (*found.shape, inputs[0][-1]))
        begun = found.any(0)
        before = (np.broadcast_to(begun[None, :, None], (shape[0], begun.size, shape[-1])) for shape in inputs[1:])
        back = (one.reshape(shape) for one, shape in zip(before, inputs[1:], strict=True))
        return (_unplaced(whole, last, inputs[0]), *back)

    return read


def _unplaced(x: Array, batch: int | None, shape: Shape) -> Array:
    return (x.swapaxes(0, 1) if batch == 0 else x).reshape(shape)


def _stacked(state: Array, axes: int) -> Array:
    return state if axes == 3 else state[:, None]


def _by_steps(layer: Recurrent, x: Array) -> Array:
    """The sequence as (steps, batch, numbers)."""
    if x.ndim == 2:
        return x[:, None]
    return x.swapaxes(0, 1) if layer.batch_first else x


def _placed(layer: Recurrent, y: Array, x: Array) -> Array:
    """A sequence by steps in the order of axes that the input has."""
    if x.ndim == 2:
        return y[:, 0]
    return y.swapaxes(0, 1) if layer.batch_first else y


def _directions(layer: Recurrent, number: int) -> Iterator[tuple[int, str]]:
    for place in range(layer.directions):
        yield place, f"_l{number}{'_reverse' if place else ''}"


def _forward(layer: Recurrent, xs: tuple[Array, ...], weights: Weights) -> tuple[Array, list[Array], list[Any]]:
    """The sequence by steps, the last states of every layer and direction, and what each step keeps."""
    y = _by_steps(layer, xs[0])
    count = layer.num_layers * layer.directions
    first = [_stacked(state, xs[0].ndim) for state in xs[1:]]
    if not first:
        first = [np.zeros((count, y.shape[1], size), y.dtype) for size in layer.state_sizes]
    elif len(first) < layer.states:
        first.append(np.zeros((count, y.shape[1], layer.hidden_size), y.dtype))
    last = [np.empty_like(state) for state in first]
    kept: list[Any] = []
    for number in range(layer.num_layers):
        made = []
        for place, suffix in _directions(layer, number):
            index = len(kept)
            seen = y[::-1] if place else y
            sequence, states, steps = _one(layer, seen, tuple(state[index] for state in first), weights, suffix)
            made.append(sequence[::-1] if place else sequence)
            for found, state in zip(last, states, strict=True):
                found[index] = state
            kept.append((seen, steps, place))
        y = np.concatenate(made, -1)
    return y, last, kept


def _one(layer: Recurrent, x: Array, states: States, weights: Weights, suffix: str) -> tuple[Array, States, list[Any]]:
    """One layer in one direction."""
    cell = CELLS[layer.op](layer)(layer, weights, suffix)
    read = np.matmul(x, weights[f"weight_ih{suffix}"].T) + weights.get(f"bias_ih{suffix}", 0)
    recurrent, bias = weights[f"weight_hh{suffix}"].T, weights.get(f"bias_hh{suffix}", 0)
    y = np.empty((*x.shape[:2], layer.width), x.dtype)
    steps = []
    for step, gates in enumerate(read):
        before = states
        states, keep = cell.step(gates, np.matmul(states[0], recurrent) + bias, states)
        steps.append((before[0], keep))
        y[step] = states[0]
    return y, states, steps


def _one_back(
    layer: Recurrent, kept: Any, dy: Array, dstates: States, weights: Weights, suffix: str
) -> tuple[Array, States, Weights]:
    """The gradients of one layer in one direction: of what it read, of its first states, of its weights."""
    x, steps, place = kept
    cell = CELLS[layer.op](layer)(layer, weights, suffix)
    dy = dy[::-1] if place else dy
    read, recurrent = weights[f"weight_ih{suffix}"], weights[f"weight_hh{suffix}"]
    dread = np.empty((*x.shape[:2], read.shape[0]), x.dtype)
    dweights = {name: np.zeros_like(weights[name]) for name in weights if name.endswith(suffix)}
    for step in reversed(range(len(steps))):
        h, keep = steps[step]
        dh = dstates[0] + dy[step]
        dread[step], dgates, dstates = cell.back((dh, *dstates[1:]), keep, dweights)
        dstates = (dstates[0] + np.matmul(dgates, recurrent), *dstates[1:])
        dweights[f"weight_hh{suffix}"] += np.matmul(dgates.T, h)
        if layer.bias:
            dweights[f"bias_hh{suffix}"] += dgates.sum(0)
    rows = dread.reshape(-1, dread.shape[-1])
    dweights[f"weight_ih{suffix}"] += np.matmul(rows.T, x.reshape(len(rows), -1))
    if layer.bias:
        dweights[f"bias_ih{suffix}"] += rows.sum(0)
    dx = np.matmul(dread, read)
    return dx[::-1] if place else dx, dstates, dweights


def _sigmoid(x: Array) -> Array:
    return FUNCTIONS["Sigmoid"](x, None)


class _Plain:
    """h = tanh(x + u), or relu, where x comes of the input and u of the state."""

    def __init__(self, layer: Any, weights: Weights, suffix: str) -> None:
        self.relu = layer.nonlinearity == "relu"

    def step(self, x: Array, u: Array, states: States) -> tuple[States, Any]:
        h = np.maximum(x + u, 0) if self.relu else np.tanh(x + u)
        return (h,), h

    def back(self, dstates: States, h: Array, dweights: Weights) -> tuple[Array, Array, States]:
        inner = dstates[0] * ((h > 0) if self.relu else 1 - h * h)
        return inner, inner, (np.zeros_like(h),)


class _Gated:
    """r, z = σ(x + u), n = tanh(x + r·u), h = (1 − z)·n + z·h; u is what the matrix makes of the state."""

    def __init__(self, layer: Any, weights: Weights, suffix: str) -> None:
        pass

    def step(self, x: Array, u: Array, states: States) -> tuple[States, Any]:
        (xr, xz, xn), (ur, uz, un) = np.split(x, 3, -1), np.split(u, 3, -1)
        r, z = _sigmoid(xr + ur), _sigmoid(xz + uz)
        n = np.tanh(xn + r * un)
        return ((1 - z) * n + z * states[0],), (r, z, n, un, states[0])

    def back(self, dstates: States, keep: Any, dweights: Weights) -> tuple[Array, Array, States]:
        r, z, n, un, h = keep
        dn = dstates[0] * (1 - z) * (1 - n * n)
        dz = dstates[0] * (h - n) * z * (1 - z)
        dr = dn * un * r * (1 - r)
        return np.concatenate((dr, dz, dn), -1), np.concatenate((dr, dz, dn * r), -1), (dstates[0] * z,)


class _ResetBefore:
    """The same, but n = tanh(x + v), where v is what the matrix makes of r·h."""

    def __init__(self, layer: Any, weights: Weights, suffix: str) -> None:
        self.names = (f"weight_hh{suffix}", f"bias_hh{suffix}")
        self.rows = slice(2 * layer.hidden_size, None)
        self.matrix = weights[self.names[0]][self.rows]
        self.bias = weights[self.names[1]][self.rows] if layer.bias else 0

    def step(self, x: Array, u: Array, states: States) -> tuple[States, Any]:
        (xr, xz, xn), (ur, uz, _) = np.split(x, 3, -1), np.split(u, 3, -1)
        r, z = _sigmoid(xr + ur), _sigmoid(xz + uz)
        n = np.tanh(xn + np.matmul(r * states[0], self.matrix.T) + self.bias)
        return ((1 - z) * n + z * states[0],), (r, z, n, states[0])

    def back(self, dstates: States, keep: Any, dweights: Weights) -> tuple[Array, Array, States]:
        r, z, n, h = keep
        dn = dstates[0] * (1 - z) * (1 - n * n)
        dz = dstates[0] * (h - n) * z * (1 - z)
        dreset = np.matmul(dn, self.matrix)
        dr = dreset * h * r * (1 - r)
        dweights[self.names[0]][self.rows] += np.matmul(dn.T, r * h)
        if self.names[1] in dweights:
            dweights[self.names[1]][self.rows] += dn.sum(0)
        before = np.concatenate((dr, dz, np.zeros_like(dn)), -1)
        return np.concatenate((dr, dz, dn), -1), before, (dstates[0] * z + dreset * r,)


class _Remembering:
    """i, f, o = σ(x + u), g = tanh(x + u), c = f·c + i·g, h = o·tanh c, projected if the layer does that."""

    def __init__(self, layer: Any, weights: Weights, suffix: str) -> None:
        self.name = f"weight_hr{suffix}"
        self.projection = weights.get(self.name)

    def step(self, x: Array, u: Array, states: States) -> tuple[States, Any]:
        i, f, g, o = np.split(x + u, 4, -1)
        i, f, g, o = _sigmoid(i), _sigmoid(f), np.tanh(g), _sigmoid(o)
        c = f * states[1] + i * g
        h = o * np.tanh(c)
        made = h if self.projection is None else np.matmul(h, self.projection.T)
        return (made, c), (i, f, g, o, c, states[1], h)

    def back(self, dstates: States, keep: Any, dweights: Weights) -> tuple[Array, Array, States]:
        i, f, g, o, c, before, h = keep
        dh = dstates[0]
        if self.projection is not None:
            dweights[self.name] += np.matmul(dh.T, h)
            dh = np.matmul(dh, self.projection)
        t = np.tanh(c)
        dc = dstates[1] + dh * o * (1 - t * t)
        inner = np.concatenate(
            (dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g * g), dh * t * o * (1 - o)), -1
        )
        return inner, inner, (np.zeros_like(dstates[0]), dc * f)


CELLS: dict[str, Callable[[Any], Any]] = {
    "RNN": lambda layer: _Plain,
    "GRU": lambda layer: _Gated if layer.reset_after else _ResetBefore,
    "LSTM": lambda layer: _Remembering,
}
"""What happens in one step of a layer, and how its gradients come back."""
