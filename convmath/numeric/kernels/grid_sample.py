"""Sampling at places that are data: one sparse matrix for each sample of the batch."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...core.errors import ParameterError
from ..sampling import nearest_matrix, sampling_matrix, slope_matrix
from .activation import floating

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.grid_sample import GridSample
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def prepare(layer: GridSample, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    floating(layer, dtype)
    sizes = inputs[0].spatial
    matrix_of = nearest_matrix if layer.mode == "nearest" else sampling_matrix

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        y = np.empty(outputs[0], dtype)
        for n, (x, grid) in enumerate(zip(*xs, strict=True)):
            matrix = matrix_of(_found(layer, grid, sizes).places, sizes)
            y[n] = (matrix @ _pixels(x)).T.reshape(y[n].shape)
        return (y,)

    return run


def room(ask: Ask) -> int:
    """Of one member of the batch: its matrix and what leads there along each axis; or that, and what is read by it."""
    x, places = ask.inputs[0], prod(ask.outputs[0].spatial)
    corners = 1 if ask.layer.mode == "nearest" else 2**x.rank
    matrix, pixels = places * corners * (ask.item + 8), ask.item * prod(x[1:])
    making = places * x.rank * (5 * ask.item + 40)
    reading = ask.item * places * (2 * x.rank + x.channels) + pixels
    return int(matrix + max(making, reading))


def backward(layer: GridSample, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    floating(layer, dtype)
    sizes = inputs[0].spatial

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        dx, dgrid = np.empty(inputs[0], dtype), np.zeros(inputs[1], dtype)
        for n, (x, grid, dy) in enumerate(zip(*xs, dys[0], strict=True)):
            found, through = _found(layer, grid, sizes), _pixels(dy)
            if layer.mode == "nearest":
                dx[n] = (nearest_matrix(found.places, sizes).T @ through).T.reshape(x.shape)
                continue
            dx[n] = (sampling_matrix(found.places, sizes).T @ through).T.reshape(x.shape)
            for axis, speed in enumerate(found.speeds):
                slope = slope_matrix(found.places, sizes, axis) @ _pixels(x)
                dgrid[n, ..., -1 - axis] = ((slope * through).sum(1) * speed).reshape(grid.shape[:-1])
        return (dx, dgrid), {}

    return back


def reads(layer: GridSample, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """Any position of a channel may be read, and a whole place for every output."""
    x, grid = inputs
    axes = tuple(range(2, len(x)))
    return lambda marked: (
        np.broadcast_to(marked[0].any(axes, keepdims=True), x),
        np.broadcast_to(marked[0].any(1)[..., None], grid),
    )


class _Found(NamedTuple):
    """Along each axis the places among the positions, and how fast these move with the grid's numbers."""

    places: tuple[Array, ...]
    speeds: tuple[Array, ...]


def _found(layer: GridSample, grid: Array, sizes: tuple[int, ...]) -> _Found:
    if not np.isfinite(grid).all():
        raise ParameterError(f"{layer.op}: a place is not finite (NaN or infinite places sample nowhere)")
    told = grid.reshape(-1, len(sizes)).T[::-1]
    pairs = [_along(layer, axis, size) for axis, size in zip(told, sizes, strict=True)]
    return _Found(*zip(*pairs, strict=True))


def _along(layer: GridSample, told: Array, size: int) -> tuple[Array, Array]:
    """−1 … 1 among the positions of an axis, and how fast a place moves there."""
    steps = size - 1 if layer.align_corners else size
    place = ((told + 1) * steps - (0 if layer.align_corners else 1)) / 2
    speed = np.full_like(place, steps / 2)
    if layer.padding_mode == "zeros":
        return place, speed
    if layer.padding_mode == "reflection":
        place, sign = _mirrored(place, 0 if layer.align_corners else -0.5, steps)
        speed *= sign
    inside = (place > 0) & (place < size - 1)
    return place.clip(0, size - 1), speed * inside


def _mirrored(place: Array, low: float, span: int) -> tuple[Array, Array]:
    """Places mirrored at low and low + span as often as they lie beyond, and whether they run backwards there."""
    if span == 0:
        return np.zeros_like(place), np.zeros_like(place)
    beyond = place - low
    turns = np.floor(abs(beyond) / span)
    rest = np.fmod(abs(beyond), span)
    odd = turns % 2 == 1
    sign = np.where(beyond < 0, -1, 1) * np.where(odd, -1, 1)
    return (np.where(odd, span - rest, rest) + low).astype(place.dtype), sign.astype(place.dtype)


def _pixels(x: Array) -> Array:
    """(C, *i) as (∏i, C)."""
    return np.ascontiguousarray(x.reshape(len(x), -1).T)
