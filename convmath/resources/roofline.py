"""The roofline: for each layer the time below which no machine of a profile can finish it.

A layer of F FLOPs that moves B bytes takes at least max(F / peak, B / bandwidth). It is bound by memory where its
arithmetic intensity F / B lies below peak / bandwidth, the ridge. B is every input, weight and output once, so it
assumes that layers run one after the other through memory, and F that convolutions are done by their definition:
what fuses layers moves less, and what transforms them (Winograd, FFT) multiplies less. For any fusion the bound is that
of the whole network: all FLOPs, and its inputs, weights and outputs alone.

Source: Williams, Waterman and Patterson, "Roofline: an insightful visual performance model" (2009).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.cost import bytes_per
from ..core.errors import ParameterError
from ..core.size import are_numbers

if TYPE_CHECKING:
    from ..report.analysis import Report, Row
    from .hardware import Profile


class Bound(NamedTuple):
    """One layer, or a block, on a machine."""

    row: Row
    bytes: int
    seconds: float
    """The least that it can take, one layer after the other."""
    arithmetic: float
    """The seconds that its FLOPs alone take."""
    by: str
    """What sets the bound: arithmetic or memory, or nothing for a view; of a block what sets most of it."""

    @property
    def intensity(self) -> float:
        """FLOPs per byte moved; 0 where nothing is."""
        return self.row.cost.flops / self.bytes if self.bytes else 0.0

    @property
    def utilisation(self) -> float:
        """The largest share of the peak that the layer can reach; 0 where it does nothing."""
        return self.arithmetic / self.seconds if self.seconds else 0.0


class Roofline(NamedTuple):
    """Every layer's bound, and the network's."""

    report: Report
    profile: Profile
    dtype: str
    bounds: tuple[Bound, ...]
    seconds: float
    """The sum over all layers, one after the other."""
    fused: float
    """The least for any fusion of layers: all FLOPs; inputs, weights and outputs of the network alone."""
    utilisation: float
    """The largest share of the peak that the network can reach, one layer after the other."""


def roofline(report: Report, profile: Profile, dtype: str = "float32") -> Roofline:
    """The bound of every row of an analysed network on a machine, in a dtype; rows may be folded.

    ParameterError for symbols and for a dtype that the profile does not state.

    >>> from convmath.resources.hardware import PROFILES
    >>> from convmath.zoo.resnet import resnet50
    >>> found = roofline(resnet50().analyze(), PROFILES["v100"])
    >>> found.bounds[0].by, found.bounds[1].by  # a convolution and a batch norm
    ('arithmetic', 'memory')
    >>> f"{1000 * found.fused:.3f} ms of {1000 * found.seconds:.3f} ms"
    '0.523 ms of 0.793 ms'
    """
    peak = profile.peak(dtype)
    width = bytes_per(dtype)
    whole = {row.name: _of_layer(row, peak, profile.bandwidth, width) for row in report.whole.rows}
    bounds = tuple(whole[row.name] if row.name in whole else _of_block(row, whole) for row in report.rows)
    seconds = sum(bound.seconds for bound in whole.values())
    arithmetic = report.totals.flops / peak
    least = report.totals.params + report.totals.buffers + _at_the_ends(report)
    return Roofline(
        report, profile, dtype, bounds, seconds, max(arithmetic, width * least / profile.bandwidth),
        arithmetic / seconds if seconds else 0.0,
    )  # fmt: skip


def _of_layer(row: Row, peak: int, bandwidth: int, width: int) -> Bound:
    if not are_numbers(row.cost.flops, row.cost.moved):
        raise ParameterError(f"{row.name}: only numbers have a time, and its sizes have symbols (give them values)")
    moved = width * row.cost.moved
    arithmetic, memory = row.cost.flops / peak, moved / bandwidth
    by = "memory" if memory > arithmetic else "arithmetic" if arithmetic else "nothing"
    return Bound(row, moved, max(arithmetic, memory), arithmetic, by)


def _of_block(row: Row, whole: dict[str, Bound]) -> Bound:
    """A folded row: its layers one after the other."""
    inside = [bound for name, bound in whole.items() if name.startswith(f"{row.name}.")]
    total = sum(bound.seconds for bound in inside)
    by_memory = sum(bound.seconds for bound in inside if bound.by == "memory")
    by = "memory" if 2 * by_memory > total else "arithmetic" if total else "nothing"
    return Bound(row, sum(bound.bytes for bound in inside), total, sum(bound.arithmetic for bound in inside), by)


def _at_the_ends(report: Report) -> int:
    """The numbers in what the network is given and what it hands out."""
    made = {(row.name, place): shape for row in report.whole.rows for place, shape in enumerate(row.outputs)}
    made |= {(name, 0): shape for name, shape in report.inputs.items()}
    given = sum(shape.elements for shape in report.inputs.values())
    return given + sum(made[one].elements for one in dict.fromkeys(report.outputs))  # type: ignore[no-any-return]
