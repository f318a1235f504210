"""Layer types that are a chain of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..workspaces import Ask, Workspace, workspace
from . import gradient, kernel, reading, sums_exactly

if TYPE_CHECKING:
    import numpy as np

    from ...core.shape import Shape
    from ...layers.base import Layer
    from ...layers.composite import Composite
    from ..arrays import Array, Weights
    from . import Back, Gradients, Reads, Run


def exact(layer: Composite) -> bool:
    return all(sums_exactly(part) for _, part in layer.parts)


def prepare(layer: Composite, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    steps = [(name, part, kernel(part).prepare(part, x, y, dtype)) for name, part, x, y in layer.steps(inputs)]

    def run(xs: tuple[Array, ...], weights: Weights) -> tuple[Array, ...]:
        for name, part, step in steps:
            xs = step(xs, _own(name, part, weights))
        return xs

    return run


def room(ask: Ask) -> Workspace:
    kept = at_once = 0
    steps = list(ask.layer.steps(ask.inputs))
    for place, (_, part, x, y) in enumerate(steps):
        own = Ask(part, x, y, ask.dtype)
        inner = workspace(part, x, y, ask.dtype)
        between = (own.x if place else 0) + (own.y if place < len(steps) - 1 else 0)
        kept, at_once = kept + inner.kept, max(at_once, inner.at_once + between)
    return Workspace(kept, at_once)


def backward(layer: Composite, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    steps = [
        (name, part, kernel(part).prepare(part, x, y, dtype), gradient(part, x, y, dtype))
        for name, part, x, y in layer.steps(inputs)
    ]

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        read = [xs]
        for name, part, step, _ in steps[:-1]:
            read.append(step(read[-1], _own(name, part, weights)))
        dw: Weights = {}
        for (name, part, _, step), own in zip(reversed(steps), reversed(read), strict=True):
            dys, made = step(own, _own(name, part, weights), dys)
            dw |= {_named(name, weight): array for weight, array in made.items()}
        return dys, dw

    return back


def reads(layer: Composite, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    steps = [reading(part, x, y) for _, part, x, y in layer.steps(inputs)]

    def through(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        for step in reversed(steps):
            marked = step(marked)
        return marked

    return through


def _own(name: str, part: Layer, weights: Weights) -> Weights:
    """A part's arrays by its own names."""
    return {own: weights[_named(name, own)] for own in (*part.weights(), *part.buffers())}


def _named(name: str, own: str) -> str:
    return f"{name}.{own}" if name else own
