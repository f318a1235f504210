"""The memory that training a network takes: what is there all the time, and what one pass there and back adds.

All the time: the weights, the gradients and the optimiser's state of those that are trained, the buffers. On the way
forward what gradients need is kept; on the way back each layer's share is let go when its gradients are taken, while
gradients of values come and go. With `recompute` a block keeps only what it reads, and runs a second time just before
its gradients are taken.

Source: Chen, Xu, Zhang and Guestrin, "Training deep nets with sublinear memory cost" (2016); of the optimisers' state
Rajbhandari et al., "ZeRO" (2020), section 3.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.bound import UNKNOWN
from ..core.cost import Cost
from ..core.errors import ParameterError, show, unknown_name
from ..core.size import are_numbers
from ..report.frozen import trained_params
from .backward import Blocks, Saving, blocks_of, savings
from .flow import flow
from .layout import layouts
from .precision import Precision
from .saving import backend, is_known
from .timeline import Instant, instants, saved_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size
    from ..report.analysis import Report

STATES = {"none": 0, "sgd": 0, "momentum": 1, "adam": 2}
"""Numbers that each optimiser keeps for each parameter: nothing, a momentum, or the first and second moment."""


class Training(NamedTuple):
    """Bytes that training takes; `largest` is the worst instant of a pass, None where sizes are symbols."""

    optimizer_name: str
    precision: Precision
    trained: Size
    """The parameters that have a gradient."""
    weights: Size
    buffers: Size
    gradients: Size
    optimizer: Size
    master: Size
    saved: Size
    """Kept for the way back when the way forward is done."""
    largest: Instant | None
    again: Cost
    """What runs a second time."""
    recompute: int | None
    """Below how many names blocks run again."""
    blocks: Blocks
    savings: tuple[Saving, ...]
    assumed: tuple[str, ...]
    """Layers of which no rule tells what they keep, so that everything is assumed."""
    backends: tuple[tuple[str, str], ...]
    """Layers that other kernels than those that the rule tells of may run: (name, which kernels it tells of)."""
    untold: Mapping[str, str]
    """Of whom more is kept than is told, and why."""

    @property
    def standing(self) -> Size:
        """What is there all the time."""
        return self.weights + self.buffers + self.gradients + self.optimizer + self.master

    @property
    def peak(self) -> Size | None:
        """Bytes at the worst instant of a pass; None where sizes are symbols."""
        return None if self.largest is None else self.largest.bytes + 0 * self.saved  # as well known as what is kept

    @property
    def total(self) -> Size:
        """What is there all the time, and the worst instant of a pass; of symbols, what is kept at the turn."""
        return self.standing + (self.saved if self.peak is None else self.peak)


def training(
    report: Report, optimizer: str = "adam", precision: Precision | None = None, recompute: int | None = None
) -> Training:
    """What training an analysed network takes with this optimiser: none, sgd, momentum or adam.

    `recompute` is the number of names below which blocks run a second time instead of keeping what they make.
    UnknownNameError for another optimiser, ParameterError for another depth.

    >>> from convmath.zoo.resnet import resnet50
    >>> found = training(resnet50().analyze())
    >>> (found.weights + found.gradients + found.optimizer) // 25557032, found.saved
    (16, 86121984)
    """
    if optimizer not in STATES:
        raise unknown_name("optimiser", optimizer, list(STATES))
    if recompute is not None and (type(recompute) is not int or recompute < 1):
        raise ParameterError(f"recompute must be an integer of at least 1, not {show(recompute)}")
    kinds = precision or Precision()
    graph = flow(report)
    blocks = blocks_of(graph, recompute)
    width = kinds.bytes_of("activations")
    lain = layouts(graph)
    keeps = savings(graph, lain, width)
    params, buffers, trained = report.totals.params, report.totals.buffers, trained_params(report)
    numbers = are_numbers(*(size for shape in graph.shapes.values() for size in shape))
    pass_through = instants(graph, lain.roots, keeps, blocks, width) if numbers else None
    assumed = tuple(row.name for row in report.whole.rows if row.layer and not is_known(row.layer))
    more = UNKNOWN if assumed or report.whole.untold else 0
    return Training(
        optimizer, kinds, trained, kinds.bytes_of("weights") * params, kinds.bytes_of("buffers") * buffers,
        kinds.bytes_of("gradients") * trained, STATES[optimizer] * kinds.bytes_of("optimizer") * trained,
        kinds.bytes_of("master") * trained, saved_bytes(graph, lain.roots, keeps, blocks, width) + more,
        max(pass_through, key=lambda one: one.bytes, default=None) if pass_through is not None else None,
        Cost.total([graph.tasks[place].row.cost for block in blocks.again for place in block]),
        recompute, blocks, keeps, assumed,
        tuple((row.name, backend(row.layer)) for row in report.whole.rows if row.layer and backend(row.layer)),
        report.whole.untold,
    )  # fmt: skip
