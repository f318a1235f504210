"""What a training step multiplies: forward, and back for the gradients of weights and of inputs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..layers.composite import Composite
from ..layers.deformable import DeformConv
from .once import once

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.shape import Shape
    from ..core.size import Size
    from ..layers.base import Layer
    from .analysis import Report, Row


class Step(NamedTuple):
    """The MACs of one training step; steps add.

    >>> (Step(10, 10, 0) + Step(5, 5, 5)).total
    35
    """

    forward: Size = 0
    weight_gradient: Size = 0
    input_gradient: Size = 0

    @property
    def total(self) -> Size:
        """Forward and backward together."""
        return self.forward + self.weight_gradient + self.input_gradient

    def __add__(self, other: Step) -> Step:  # type: ignore[override]
        return Step(*(a + b for a, b in zip(self, other, strict=True)))


class Training(NamedTuple):
    """The step of every layer of a report."""

    steps: dict[str, Step]

    @property
    def total(self) -> Step:
        """The step of the whole network."""
        return sum(self.steps.values(), Step())

    def of(self, row: Row) -> Step:
        """The step of a row of the report, be it a folded block."""
        if row.layer is not None:
            return self.steps[row.name]
        inside = f"{row.name}."
        return sum((step for name, step in self.steps.items() if name == row.name or name.startswith(inside)), Step())


def step_of(layer: Layer, inputs: tuple[Shape, ...], wanted: bool = True) -> Step:
    """The MACs of a layer in a training step; `wanted` says whether anything before it is trained.

    Each product w·x of the forward pass is met twice on the way back: its output's gradient times x adds to the
    gradient of w, and times w to that of x. So each gradient takes as many MACs as the forward pass, groups, strides
    and transposition notwithstanding. A layer before which nothing is trained needs no gradient of its input.
    Products of two inputs have two gradients of inputs. Updates of weights, and the gradients of everything that is no
    product (norms, activations, pooling, sampling), are no MACs.

    >>> from convmath.layers.conv import Conv2d
    >>> step_of(Conv2d(4, 8, 3, groups=2), ((1, 4, 9, 7),))
    Step(forward=5040, weight_gradient=5040, input_gradient=5040)

    Source: Rumelhart, Hinton and Williams (1986).
    """
    facts = layer.facts(*inputs)
    macs = facts.cost.macs
    weights = macs if facts.layer.weights() else 0
    spared = 0 if wanted else _spared(facts.layer, inputs, facts.outputs)
    return Step(macs, weights, 2 * macs - weights - spared)


def training(report: Report) -> Training:
    """The training step of every layer of a report, with the order of a network's layers in mind.

    >>> from convmath.zoo.resnet import resnet50
    >>> step = resnet50().analyze().training.total
    >>> step.forward, step.weight_gradient - step.forward, step.forward - step.input_gradient
    (4089184256, 0, 118013952)
    """
    trained: set[str] = set()
    known: dict[object, Step] = {}
    steps: dict[str, Step] = {}
    for row in report.whole.rows:
        layer, x = row.layer, row.inputs
        assert layer is not None
        wanted = any(name in trained for name in row.reads)
        if wanted or layer.weights():
            trained.add(row.name)
        steps[row.name] = once(known, (layer, x, wanted), partial(step_of, layer, x, wanted))
    return Training(steps)


def _spared(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
    """MACs of the input's gradient, where nobody asks for it."""
    rule = next((rule for family, rule in SPARED.items() if isinstance(layer, family)), None)
    return rule(layer, inputs, outputs) if rule else layer.count_macs(inputs, outputs)


def _of_a_chain(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
    """Only up to the first part that is trained: what follows passes the gradient on to it."""
    spared: Size = 0
    for _, part, x, y in layer.steps(inputs):
        spared += _spared(part, x, y)
        if part.weights():
            break
    return spared


def _of_samples(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
    """Only the offset branch's: the samples' gradient says how to move the offsets, which are trained."""
    return layer.offset.count_macs(inputs, layer.offset.infer(*inputs))


SPARED: dict[type[Layer], Callable[[Any, tuple[Shape, ...], tuple[Shape, ...]], Size]] = {
    Composite: _of_a_chain,
    DeformConv: _of_samples,
}
"""Layers in which a gradient flows back to weights although nobody asks for the input's."""
