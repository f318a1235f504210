"""The roofline of a network as a table and as data, and the table of machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.bound import AtLeast
from ..render.table import Heading, Table
from ..report.data import plain
from ..report.describe import show_bytes
from .hardware import ANY, GIGA, PROFILES, TERA

if TYPE_CHECKING:
    from .roofline import Bound, Roofline

HEADINGS = (
    Heading("layer"), Heading("type"), Heading("output"), Heading("FLOPs", right=True), Heading("moved", right=True),
    Heading("FLOP/byte", right=True), Heading("bound by"), Heading("takes at least", right=True),
    Heading("of the time", right=True), Heading("of the peak, at most", right=True),
)  # fmt: skip


def roofline_table(found: Roofline) -> Table:
    """Every layer's bound, with what sets it; times are lower bounds and no forecasts."""
    report, profile = found.report, found.profile
    given = ", ".join(f"{name} {shape}" for name, shape in report.inputs.items())
    layers = len(report.whole.rows)
    shown = sum(bound.row.layers for bound in found.bounds)
    totals = (
        "total" if shown == layers else f"total of all {layers} layers", None, None, report.totals.flops,
        _bytes(found.bytes), _decimal(found.intensity), None, show_time(found.seconds), None,
        _percent(found.utilisation),
    )  # fmt: skip
    peak, ridge = _decimal(profile.peak(found.dtype) / TERA), _decimal(profile.ridge(found.dtype))
    machine = f"{profile.name}: {peak} TFLOP/s in {found.dtype}, {_decimal(profile.bandwidth / GIGA)} GB/s"
    unknown = f"{report.say_unknown()}; what that takes is not counted." if report.unknown else ""
    notes = (
        *report.remarks,
        *([unknown] if unknown else []),
        f"{machine}; memory is the bound below {ridge} FLOPs a byte ({profile.source}).",
        "A lower bound, not a forecast: layers one by one, by their definition, each number moved once.",
        f"However layers are fused, all of them together take at least {show_time(found.fused)}.",
    )
    rows = tuple(_row(bound, found.seconds) for bound in found.bounds)
    return Table(f"{report.title} ({given}) on {profile.name}, {found.dtype}", HEADINGS, rows, totals, notes)


def _row(bound: Bound, whole: float) -> tuple[Any, ...]:
    row, nothing = bound.row, bound.by == "nothing"
    share = bound.seconds / whole if whole else 0.0
    return (
        row.name, row.op, ", ".join(map(str, row.outputs)), row.cost.flops, _bytes(bound.bytes),
        _decimal(bound.intensity), "" if nothing else bound.by, "?" if bound.by == "unknown" else
        show_time(bound.seconds), "?" if bound.by == "unknown" else _percent(share),
        "" if nothing else _percent(bound.utilisation),
    )  # fmt: skip


def _bytes(count: Any) -> str:
    return count.said(show_bytes) if isinstance(count, AtLeast) else show_bytes(count)


def roofline_data(found: Roofline) -> dict[str, Any]:
    """The same for a program, in seconds, bytes and FLOPs; what unknown operators leave open is a text or null."""
    profile = found.profile
    return {
        "schema": 1,
        "network": found.report.title,
        "inputs": {name: list(shape) for name, shape in found.report.inputs.items()},
        "profile": {
            "name": profile.name, "peak": profile.peak(found.dtype), "bandwidth": profile.bandwidth,
            "source": profile.source,
        },
        "dtype": found.dtype,
        "seconds_at_least": found.seconds,
        "seconds_at_least_fused": found.fused,
        "utilisation_at_most": found.utilisation,
        "layers": [
            {
                "name": bound.row.name, "flops": plain(bound.row.cost.flops), "bytes": plain(bound.bytes),
                "intensity": bound.intensity, "bound_by": bound.by, "seconds_at_least": bound.seconds,
                "utilisation_at_most": bound.utilisation,
            }
            for bound in found.bounds
        ],
    }  # fmt: skip


def profiles_table() -> Table:
    """The machines that are known, with their peaks and sources."""
    dtypes = tuple(dict.fromkeys(dtype for profile in PROFILES.values() for dtype in profile.peaks))
    rows = tuple(
        (name, profile.name, *(_decimal(profile.peaks[d] / TERA) if d in profile.peaks else "" for d in dtypes),
         _decimal(profile.bandwidth / GIGA), profile.source)
        for name, profile in PROFILES.items()
    )  # fmt: skip
    return Table(
        "Hardware profiles: TFLOP/s by dtype, dense, and GB/s",
        (Heading("profile"), Heading("machine"), *(Heading(dtype, right=True) for dtype in dtypes),
         Heading("GB/s", right=True), Heading("source")),
        rows, notes=("One of your own: --profile peak=19.5T,bandwidth=900G, or a file board.yaml.",),
    )  # fmt: skip


def profiles_data() -> dict[str, Any]:
    """The same for a program."""
    return {
        "schema": 1,
        "profiles": [
            {"name": name, "machine": found.name, "peak": {d: p for d, p in found.peaks.items() if d != ANY},
             "bandwidth": found.bandwidth, "source": found.source}
            for name, found in PROFILES.items()
        ],
    }  # fmt: skip


def show_time(seconds: float) -> str:
    """Seconds in the unit that suits them, to three digits.

    >>> show_time(0.00123456), show_time(0), show_time(75)
    ('1.23 ms', '0', '75.0 s')
    """
    if not seconds:
        return "0"
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1:
            return f"{_decimal(seconds * scale)} {unit}"
    return f"{_decimal(seconds * 1e9)} ns"


def _decimal(value: float | None) -> str:
    """Three digits, or all that stand before the point.

    >>> _decimal(0.1234), _decimal(17.44), _decimal(1234.5), _decimal(None)
    ('0.123', '17.4', '1,234', '?')
    """
    if value is None:
        return "?"
    digits = next((digits for digits, limit in ((3, 0.9995), (2, 9.995), (1, 99.95)) if value < limit), 0)
    return f"{value:,.{digits}f}"


def _percent(share: float | None) -> str:
    return "?" if share is None else f"{_decimal(100 * share)} %"
