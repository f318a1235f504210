"""Charts: series of points and bars as plain data, and Matplotlib, which draws them as SVG or PNG."""

from __future__ import annotations

import io
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ConvmathError, FileError, show

if TYPE_CHECKING:
    from collections.abc import Sequence

INK, FAINT, GRID = "#1f2933", "#7b8794", "#e4e7eb"

COLOURS = ("#1b4a7c", "#c2571a", "#3f7d4e", "#8d4f9e", "#6fa0cb")

SUFFIXES = (".svg", ".png")

MOST_LABELS = 40
"""Bars that each get a label; of more only every so-manieth."""


class Series(NamedTuple):
    """Numbers that belong together: `kind` is points, line, steps, area, or bars, which go across."""

    label: str
    xs: Sequence[Any]
    ys: Sequence[float]
    kind: str = "line"
    faint: bool = False
    """Whether it is the ground on which others stand."""


class Mark(NamedTuple):
    """A few words at a point."""

    x: float
    y: float
    text: str


class Chart(NamedTuple):
    """Series with the words around them."""

    title: str
    across: str
    """What runs from left to right, with its unit."""
    up: str
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    scales: tuple[str, str] = ("linear", "linear")
    """linear or log, across and up."""
    note: str = ""


def check_chart_name(path: str) -> None:
    """FileError for a name that no chart can have, ConvmathError where Matplotlib is missing.

    >>> check_chart_name("cost.gif")
    Traceback (most recent call last):
    convmath.core.errors.FileError: 'cost.gif' is no name of a chart (end it in .svg, .png)
    """
    if PurePath(path).suffix.lower() not in SUFFIXES:
        raise FileError(f"{show(path)} is no name of a chart (end it in {', '.join(SUFFIXES)})")
    _matplotlib()


def write_chart(chart: Chart, path: str) -> None:
    """Draws a chart into a file, as its name says; whole or not at all."""
    from ..core.files import write_bytes

    check_chart_name(path)
    write_bytes(path, drawn(chart, PurePath(path).suffix.lower()[1:]))


def drawn(chart: Chart, form: str) -> bytes:
    """The chart as SVG or PNG; the same chart gives the same bytes."""
    matplotlib = _matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    settings = {
        "svg.hashsalt": "convmath", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9.5,
        "text.color": INK, "axes.edgecolor": FAINT, "axes.labelcolor": INK, "xtick.color": FAINT, "ytick.color": FAINT,
        "xtick.labelcolor": INK, "ytick.labelcolor": INK, "text.parse_math": False,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=_size(chart), layout="constrained")
        FigureCanvasAgg(figure)
        _draw(figure.add_subplot(), chart)
        data = io.BytesIO()
        figure.savefig(data, format=form, dpi=160, metadata={"Date": None} if form == "svg" else {"Software": None})
    return data.getvalue()


def _size(chart: Chart) -> tuple[float, float]:
    """Bars want a line each."""
    bars = max((len(series.xs) for series in chart.series if series.kind == "bars"), default=0)
    return (7.2, max(4.4, min(1.2 + 0.21 * bars, 24))) if bars else (7.2, 4.4)


def _draw(axes: Any, chart: Chart) -> None:
    axes.set_title(chart.title, loc="left", fontweight="bold", fontsize=11)
    axes.set_xscale(chart.scales[0])
    axes.set_yscale(chart.scales[1])
    for axis, scale in zip((axes.xaxis, axes.yaxis), chart.scales, strict=True):
        axis.set_major_formatter(lambda number, _: f"{number:,.12g}")
        if scale == "log":
            axis.set_minor_formatter(lambda number, _: "")
    axes.spines[["top", "right"]].set_visible(False)
    bars = any(series.kind == "bars" for series in chart.series)
    axes.grid(axis="x" if bars else "both", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    told = iter(COLOURS)
    for series in chart.series:
        DRAWING[series.kind](axes, series, GRID if series.faint else next(told, INK))
    for mark in chart.marks:
        axes.annotate(
            mark.text, (mark.x, mark.y), xytext=(5, 5), textcoords="offset points", fontsize=8, color=INK, clip_on=False
        )
    axes.set_xlabel(chart.across)
    axes.set_ylabel(chart.up)
    if bars:
        axes.invert_yaxis()
        axes.margins(y=0.01)
    elif chart.scales[1] == "linear":
        axes.set_ylim(bottom=0)
    labelled = [series for series in chart.series if series.label]
    if len(labelled) > 1:
        axes.legend(frameon=False, fontsize=8.5)
    if chart.note:
        axes.figure.text(0.99, 0.005, chart.note, ha="right", va="bottom", fontsize=7.5, color=FAINT)


def _points(axes: Any, series: Series, colour: str) -> None:
    size, edge = (9, "none") if series.faint else (28, "white")
    axes.scatter(
        series.xs, series.ys, s=size, color=FAINT if series.faint else colour, alpha=0.35 if series.faint else 1,
        edgecolors=edge, linewidths=0.6, label=series.label or None, zorder=1 if series.faint else 3,
    )  # fmt: skip


def _line(axes: Any, series: Series, colour: str) -> None:
    axes.plot(series.xs, series.ys, color=FAINT if series.faint else colour, linewidth=1.6, label=series.label or None)


def _steps(axes: Any, series: Series, colour: str) -> None:
    axes.step(series.xs, series.ys, where="mid", color=colour, linewidth=1.6, label=series.label or None)


def _area(axes: Any, series: Series, colour: str) -> None:
    axes.fill_between(series.xs, series.ys, step="mid", color=colour, alpha=0.25, linewidth=0)
    axes.step(series.xs, series.ys, where="mid", color=colour, linewidth=1.4, label=series.label or None)


def _bars(axes: Any, series: Series, colour: str) -> None:
    places = list(range(len(series.xs)))
    axes.barh(places, series.ys, color=colour, height=0.72, label=series.label or None)
    every = -(-len(places) // MOST_LABELS) if len(places) > 2 * MOST_LABELS else 1
    axes.set_yticks(places[::every], [str(label) for label in series.xs[::every]], fontsize=8)
    axes.tick_params(axis="y", length=0)


DRAWING = {"points": _points, "line": _line, "steps": _steps, "area": _area, "bars": _bars}


def _matplotlib() -> Any:
    try:
        import matplotlib as mpl
    except ImportError:
        raise ConvmathError("charts want Matplotlib (pip install 'convmath[plot]')") from None
    return mpl
