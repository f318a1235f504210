"""The words that conventions are written in: rules that several tools share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.padding import NamedPads
from ...core.size import exact_div, product
from .convention import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...core.cost import Cost
    from ...core.shape import Shape
    from ...core.size import Size

    Shapes = tuple[Shape, ...]
    Count = Callable[[Any, Shapes, Shapes, Cost], Size]

TWICE = Rule("a MAC counts as 2", lambda layer, x, y, cost: cost.macs)

TOUCHING = Rule(
    "products with padding, and those cropped, are left out",
    lambda layer, x, y, cost: 2 * (cost.macs_touching - cost.macs),
)
"""For a tool that counts a MAC as 2."""

BIAS = Rule("a bias is 1 for each output", lambda layer, x, y, cost: y[0].elements if layer.bias else 0)


def _at_every_output(layer: Any, x: Shapes, y: Shapes, cost: Cost) -> Size:
    return y[0].elements * exact_div(layer.in_channels, layer.groups) * product(layer.kernel_size) - cost.macs


AT_EVERY_OUTPUT = Rule("transposed convolutions are charged at every output, not at every input", _at_every_output)

NAMED_PADDING = Rule(
    "convolutions whose padding is a word are not seen",
    lambda layer, x, y, cost: -cost.macs if any(isinstance(pads, NamedPads) for pads in layer.padding) else 0,
)

SAMPLED = Rule(
    "deformed convolutions are not seen, only their offset branches",
    lambda layer, x, y, cost: -layer.convolution.count_macs(x, y),
)


def for_each_input(what: str, times: int = 1) -> Rule:
    """So many for every number that comes in.

    >>> for_each_input("pooling").says
    'pooling: 1 for each input'
    """
    return Rule(f"{what}: {times} for each input", lambda layer, x, y, cost: times * product(x[0]))


def for_each_output(what: str, times: int = 1) -> Rule:
    """So many for every number that goes out."""
    return Rule(f"{what}: {times} for each output", lambda layer, x, y, cost: times * product(y[0]))


def norm(what: str, affine: int, plain: int) -> Rule:
    """So many for every number of a normalisation with a scale and a shift of its own, and of one without."""
    told = f"{affine} for each number, {plain} without parameters" if plain != affine else f"{affine} for each number"
    return Rule(
        f"{what}: {told}", lambda layer, x, y, cost: (affine if layer.weights() else plain) * product(x[0])
    )  # fmt: skip


def norm_by_statistics(what: str, running: tuple[int, int], own: tuple[int, int]) -> Rule:
    """So many for every number, (with, without) parameters, by running statistics and by moments of its own."""

    def amount(layer: Any, x: Shapes, y: Shapes, cost: Cost) -> Size:
        affine, plain = running if layer.track_running_stats else own
        return (affine if layer.weights() else plain) * product(x[0])

    return Rule(f"{what}: {running[0]} for each number, {running[1]} without parameters", amount)


def by_mode(what: str, times: dict[tuple[str, int], int]) -> Rule:
    """So many for each output of an interpolation, by its mode and the number of spatial axes; 0 where none is told."""
    return Rule(
        f"{what}: so many for each output, by the mode",
        lambda layer, x, y, cost: times.get((layer.mode, x[0].rank), 0) * product(y[0]),
    )


def parameters_for_each_sample(what: str) -> Rule:
    """Every parameter once for each sample, whatever it is used for."""
    return Rule(
        f"{what}: 1 for each parameter and sample", lambda layer, x, y, cost: cost.params * x[0].batch - cost.macs
    )


def seen_twice(what: str) -> Rule:
    """1 for each input of a module, shared out over the batch, and 1 for each of the function in it, which is not."""
    return Rule(
        f"{what}: 1 for each input as a module, and 1 as the function that it calls",
        lambda layer, x, y, cost: (x[0].batch + 1) * product(x[0]),
    )


def as_function(what: str) -> Rule:
    """1 for each input of the function in a module that is not known itself; it is not shared out over the batch."""
    return Rule(
        f"{what}: 1 for each input, as the function that it calls",
        lambda layer, x, y, cost: x[0].batch * product(x[0]),
    )


def _neighbours(layer: Any, x: Shapes, y: Shapes, cost: Cost) -> Size:
    """The squares, the padded channels that are averaged, the scaling and the shift."""
    return 3 * product(x[0]) + x[0].batch * (x[0].channels + layer.size - 1) * product(x[0].spatial)


NEIGHBOURS = Rule("local response norms: the functions that they call", _neighbours)

POWERS = Rule(
    "pooling by powers: 1 for each input and 2 for each output, as the functions that it calls",
    lambda layer, x, y, cost: product(x[0]) + 2 * product(y[0]),
)


def for_whole_batch(rule: Rule) -> Rule:
    """A rule whose amount is not shared out over the batch by a tool that tells of one sample."""
    return Rule(rule.says, lambda layer, x, y, cost: x[0].batch * rule.amount(layer, x, y, cost))


OPERATIONS = Rule("other arithmetic, as it is counted here", lambda layer, x, y, cost: cost.operations)


def parameters_for_each_step(what: str) -> Rule:
    """Every parameter once for each step of each sequence."""
    return Rule(
        f"{what}: 1 for each parameter and step", lambda layer, x, y, cost: cost.params * product(y[0][:2]) - cost.macs
    )


def _cells(layer: Any, width: Size) -> tuple[Size, Size, Size]:
    """Of one step of a recurrent layer whose states are so wide: products, rows of its matrices, numbers of states."""
    cells = layer.directions * layer.num_layers
    reads = layer.directions * (layer.input_size + (layer.num_layers - 1) * layer.directions * width)
    rows = layer.gates * layer.hidden_size
    return rows * (reads + cells * width), cells * rows, cells * layer.hidden_size


def recurrent(says: str, of_step: Callable[[Any, Size, Size, Size], Size], width: str = "width") -> Rule:
    """What a tool counts in each step of a recurrent layer, from its products, rows and numbers of states."""

    def amount(layer: Any, x: Shapes, y: Shapes, cost: Cost) -> Size:
        return product(x[0][:2]) * of_step(layer, *_cells(layer, getattr(layer, width))) - cost.macs

    return Rule(says, amount)


GATES = {"RNN": 1, "GRU": 7, "LSTM": 10}
"""What ptflops and calflops count for each number of a state, beside products and biases."""

BIAS_OF_GATES = Rule(
    "a bias is 1 for each gate and step",
    lambda layer, x, y, cost: 2 * product(x[0][:2]) * _cells(layer, layer.width)[1] if layer.bias else 0,
)


FUSED = Rule(
    "an LSTM without projection is one operator, which is not seen",
    lambda layer, x, y, cost: 0 if layer.proj_size else -cost.macs,
)


def unless_fused(rule: Rule) -> Rule:
    """A rule of LSTMs that are taken apart, as those with a projection are on a CPU."""
    return Rule(rule.says, lambda layer, x, y, cost: rule.amount(layer, x, y, cost) if layer.proj_size else 0)


def by_path(times: int) -> Rule:
    """What NumPy's einsum_path tells, which adds 1 and rounds to four digits; over 2 where a tool counts MACs."""

    def amount(layer: Any, x: Shapes, y: Shapes, cost: Cost) -> Size:
        summed = set("".join(layer.operands)) != set(layer.result)
        told: Size = (2 if summed else 1) * cost.macs + 1
        if type(told) is int:
            told = int(float(f"{told:.3e}"))
        return (told if times == 2 else told // 2) - cost.macs

    return Rule("einsum: as NumPy tells it, in four digits", amount)
