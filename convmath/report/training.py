"""What a training step multiplies: forward, and back for the gradients of weights and of inputs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.bound import is_known
from ..core.size import product
from ..layers.attention import ScaledDotProductAttention
from ..layers.composite import Composite
from ..layers.deformable import DeformConv
from ..layers.einsum import Einsum
from ..layers.matmul import MatMul
from ..layers.recurrent import Recurrent
from .frozen import is_trained, still
from .once import once

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.shape import Shape
    from ..core.size import Size
    from ..layers.base import Layer
    from .analysis import Report
    from .row import Row


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


def step_of(
    layer: Layer,
    inputs: tuple[Shape, ...],
    wanted: tuple[bool, ...] | None = None,
    frozen: frozenset[str] = frozenset(),
) -> Step:
    """The MACs of a layer in a training step; `wanted` says of each input whether anything before it is trained.

    `frozen` names arrays of the layer that are not: a layer of which no matrix is trained has no gradient of weights.

    Each product w·x of the forward pass is met twice on the way back: its output's gradient times x adds to the
    gradient of w, and times w to that of x. So each gradient takes as many MACs as the forward pass, groups, strides
    and transposition notwithstanding. An input before which nothing is trained needs no gradient, nor does the state
    that a recurrent layer begins with unless it is given; all are wanted if None. Products of two inputs have two
    gradients of inputs. Updates of weights, and the gradients of everything that is no product (norms, activations,
    pooling, sampling), are no MACs. Of an operator that nobody knows, nothing is known.

    >>> from convmath.layers.conv import Conv2d
    >>> step_of(Conv2d(4, 8, 3, groups=2), ((1, 4, 9, 7),))
    Step(forward=5040, weight_gradient=5040, input_gradient=5040)
    >>> from convmath.layers.matmul import MatMul
    >>> step_of(MatMul(), ((1, 4, 5), (1, 5, 6)), wanted=(True, False))
    Step(forward=120, weight_gradient=0, input_gradient=120)

    Source: Rumelhart, Hinton and Williams (1986).
    """
    facts = layer.facts(*inputs)
    macs = facts.cost.macs
    if not is_known(macs):
        return Step(macs, macs, macs)
    arrays = facts.layer.weights()
    asked = (True,) * len(inputs) if wanted is None else wanted
    if arrays and not any(asked) and frozen.issuperset(arrays):
        return Step(macs)
    weights = macs if arrays else 0
    back = 2 * macs - weights - _spared(facts.layer, inputs, facts.outputs, asked)
    matrices = {name for name, sizes in arrays.items() if len(sizes) > 1}
    return Step(macs, 0 if arrays and frozen.issuperset(matrices) else weights, back)


def training(report: Report) -> Training:
    """The training step of every layer of a report, with the order of a network's layers in mind.

    >>> from convmath.zoo.resnet import resnet50
    >>> step = resnet50().analyze().training.total
    >>> step.forward, step.weight_gradient - step.forward, step.forward - step.input_gradient
    (4089184256, 0, 118013952)
    """
    rows = report.whole.rows
    with_gradient = trained(report)
    known: dict[object, Step] = {}
    steps: dict[str, Step] = {}
    for row in rows:
        layer, x = row.layer, row.inputs
        assert layer is not None
        wanted = tuple(name in with_gradient for name in row.reads)
        frozen = still(report, row)
        steps[row.name] = once(known, (layer, x, wanted, frozen), partial(step_of, layer, x, wanted, frozen))
    return Training(steps)


def trained(report: Report) -> set[str]:
    """The layers of which what they make has a gradient: those that are trained, and what depends on one; no input has.

    >>> from convmath.zoo.resnet import resnet18
    >>> report = resnet18().analyze()
    >>> trained(report) == {row.name for row in report.rows}
    True
    """
    found: set[str] = set()
    for row in report.whole.rows:
        if is_trained(report, row) or not found.isdisjoint(row.reads):
            found.add(row.name)
    return found


def _spared(layer: Layer, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], wanted: tuple[bool, ...]) -> Size:
    """MACs of the inputs' gradients, where nobody asks for them."""
    rule = next((rule for family, rule in SPARED.items() if isinstance(layer, family)), _of_weights)
    return rule(layer, inputs, outputs, wanted)


def _of_weights(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], wanted: tuple[bool, ...]) -> Size:
    return 0 if any(wanted) else layer.count_macs(inputs, outputs)


def _of_a_chain(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], wanted: tuple[bool, ...]) -> Size:
    """Only up to the first part that is trained: what follows passes the gradient on to it."""
    spared: Size = 0
    for _, part, x, y in layer.steps(inputs):
        spared += _spared(part, x, y, wanted)
        wanted = (any(wanted) or bool(part.weights()),)
    return spared


def _of_samples(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], wanted: tuple[bool, ...]) -> Size:
    """Only the offset branch's: the samples' gradient says how to move the offsets, which are trained."""
    return 0 if any(wanted) else layer.offset.count_macs(inputs, layer.offset.infer(*inputs))


def _of_factors(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], wanted: tuple[bool, ...]) -> Size:
    """Each factor's gradient takes a product of its own."""
    return wanted.count(False) * layer.count_macs(inputs, outputs)


def _of_attention(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], wanted: tuple[bool, ...]) -> Size:
    """That of queries and of keys takes the products' gradient, which takes as many MACs as that of the values."""
    q, k, v, *mask = wanted
    weights = product(outputs[0][:-1]) * inputs[1][-2]
    of_keys, of_values = weights * inputs[1][-1], weights * inputs[2][-1]
    return ((not q) + (not k)) * of_keys + ((not v) + (not any((q, k, *mask)))) * of_values


def _of_a_sequence(layer: Any, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], wanted: tuple[bool, ...]) -> Size:
    """The first layer's of its input, and every layer's of the state that it begins with."""
    x, begun = wanted[0], any(wanted[1:2])
    return (0 if x else layer.input_macs(inputs[0])) + (0 if begun else layer.first_state_macs(inputs[0]))


SPARED: dict[type[Layer], Callable[[Any, tuple[Shape, ...], tuple[Shape, ...], tuple[bool, ...]], Size]] = {
    Composite: _of_a_chain,
    DeformConv: _of_samples,
    MatMul: _of_factors,
    Einsum: _of_factors,
    ScaledDotProductAttention: _of_attention,
    Recurrent: _of_a_sequence,
}
"""Layers of which a gradient flows back although nobody asks for that of every input, or that have several."""
