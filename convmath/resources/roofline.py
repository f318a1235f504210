"""The roofline: for each layer the time below which no machine of a profile can finish it.

A layer of F FLOPs that moves B bytes takes at least max(F / peak, B / bandwidth). It is bound by memory where its
arithmetic intensity F / B lies below peak / bandwidth, the ridge. B is every input, weight and output once, so it
assumes that layers run one after the other through memory, and F that convolutions are done by their definition:
what fuses layers moves less, and what transforms them (Winograd, FFT) multiplies less. For any fusion the bound is that
of the whole network: all FLOPs, and its inputs, weights and outputs alone. Of an operator that nobody knows nothing is
counted, not even that it reads what it is given: so sums stay lower bounds.

Source: Williams, Waterman and Patterson, "Roofline: an insightful visual performance model" (2009).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.bound import UNKNOWN, is_known, known_part
from ..core.cost import bytes_per
from ..core.errors import ParameterError
from ..core.size import are_numbers

if TYPE_CHECKING:
    from ..core.size import Size
    from ..report.analysis import Report
    from ..report.row import Row
    from .hardware import Profile


class Bound(NamedTuple):
    """One layer, or a block, on a machine."""

    row: Row
    bytes: Size
    """What it moves; unknown, or a part of it, where the cost is."""
    seconds: float
    """The least that it can take, one layer after the other."""
    arithmetic: float
    """The seconds that its FLOPs alone take."""
    by: str
    """What sets the bound: arithmetic or memory, unknown, or nothing for a view; of a block what sets most of it."""

    @property
    def intensity(self) -> float | None:
        """FLOPs per byte moved; 0 where nothing is, None where the cost is unknown."""
        return _ratio(self.row.cost.flops, self.bytes) if is_known(self.bytes) else None

    @property
    def utilisation(self) -> float | None:
        """The largest share of the peak that the layer can reach; 0 where it does nothing, None where it is unknown."""
        return _ratio(self.arithmetic, self.seconds) if is_known(self.bytes) else None


class Roofline(NamedTuple):
    """Every layer's bound, and the network's."""

    report: Report
    profile: Profile
    dtype: str
    bounds: tuple[Bound, ...]
    bytes: Size
    """What all layers move, one after the other."""
    seconds: float
    """The sum over all layers, one after the other."""
    fused: float
    """The least for any fusion of layers: all FLOPs; inputs, weights and outputs of the network alone."""
    utilisation: float | None
    """The largest share of the peak that the network can reach, one layer after the other; None if it is unknown."""

    @property
    def intensity(self) -> float | None:
        """FLOPs per byte of the whole network; None where a cost is unknown."""
        return _ratio(self.report.totals.flops, self.bytes) if is_known(self.bytes) else None


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else 0.0


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
    moved = sum(bound.bytes for bound in whole.values())
    arithmetic = sum(bound.arithmetic for bound in whole.values())
    least = known_part(report.totals.params) + known_part(report.totals.buffers) + _at_the_ends(report)
    return Roofline(
        report, profile, dtype, bounds, moved, seconds, max(arithmetic, width * least / profile.bandwidth),
        _ratio(arithmetic, seconds) if is_known(moved) else None,
    )  # fmt: skip


def _of_layer(row: Row, peak: int, bandwidth: int, width: int) -> Bound:
    flops, numbers = row.cost.flops, row.cost.moved
    if not are_numbers(known_part(flops), known_part(numbers)):
        raise ParameterError(f"{row.name}: only numbers have a time, and its sizes have symbols (give them values)")
    if not (is_known(flops) and is_known(numbers)):
        return Bound(row, UNKNOWN, 0.0, 0.0, "unknown")
    moved = width * numbers
    arithmetic, memory = flops / peak, moved / bandwidth
    by = "memory" if memory > arithmetic else "arithmetic" if arithmetic else "nothing"
    return Bound(row, moved, max(arithmetic, memory), arithmetic, by)


def _of_block(row: Row, whole: dict[str, Bound]) -> Bound:
    """A folded row: its layers one after the other."""
    inside = [bound for name, bound in whole.items() if name.startswith(f"{row.name}.")]
    total = sum(bound.seconds for bound in inside)
    by_memory = sum(bound.seconds for bound in inside if bound.by == "memory")
    moved = sum(bound.bytes for bound in inside)
    nothing = "nothing" if is_known(moved) else "unknown"
    by = "memory" if 2 * by_memory > total else "arithmetic" if total else nothing
    return Bound(row, moved, total, sum(bound.arithmetic for bound in inside), by)


def _at_the_ends(report: Report) -> int:
    """The numbers in what the network is given and what it hands out."""
    made = {(row.name, place): shape for row in report.whole.rows for place, shape in enumerate(row.outputs)}
    made |= {(name, 0): shape for name, shape in report.inputs.items()}
    given = sum(shape.elements for shape in report.inputs.values())
    return given + sum(made[one].elements for one in dict.fromkeys(report.outputs))  # type: ignore[no-any-return]
