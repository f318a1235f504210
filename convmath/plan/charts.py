"""What there is to see of a sweep: the designs that no other one beats, over all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ParameterError
from ..render.chart import Chart, Series
from ..render.table import show_cell

if TYPE_CHECKING:
    from .gathering import Front, Kept, Summary


def front_chart(title: str, front: Front, others: Kept, summary: Summary) -> Chart:
    """The designs that no other one beats, over a sample of all, by the first two goals."""
    if len(front.goals) < 2:
        raise ParameterError("a front of one goal is one design (name two goals: --front macs:min,params:max)")
    across, up = (goal.column for goal in front.goals[:2])
    of_all, of_front = (_points(kept, across, up) for kept in (others, front))
    series = (
        Series(f"{show_cell(summary.found)} designs", *of_all, kind="points", faint=True),
        Series(f"{len(front)} that no other beats", *of_front, kind="points"),
    )
    return Chart(title, _in_millions(across), _in_millions(up), series)


LARGE = {"macs", "flops", "params", "activations", "macs_touching", "peak_activation"}
"""What is told in millions."""


def _in_millions(name: str) -> str:
    return f"{name}, millions" if name.partition("@")[0] in LARGE else name


def _points(kept: Kept, across: str, up: str) -> tuple[list[float], list[float]]:
    if not len(kept):
        return [], []
    unit = {name: 10**6 if name.partition("@")[0] in LARGE else 1 for name in (across, up)}
    xs, ys = ([value / unit[name] for value in kept.columns[name].tolist()] for name in (across, up))
    return xs, ys
