"""What training leaves as it is: arrays that are stored, but have no gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..core.size import Size
    from .analysis import Report
    from .row import Row


class Frozen(NamedTuple):
    """A layer's arrays that training leaves as they are, by the names of `Layer.weights`; None for all of them."""

    arrays: tuple[str, ...] | None = None
    params: Size | None = None
    """Their numbers, of those that the layer adds to the totals; None for all that it adds."""


def still(report: Report, row: Row) -> frozenset[str]:
    """The names of a layer's arrays that training leaves as they are."""
    found = report.whole.frozen.get(row.name)
    if found is None or row.layer is None:
        return frozenset()
    return frozenset(row.layer.weights() if found.arrays is None else found.arrays)


def is_trained(report: Report, row: Row) -> bool:
    """Whether any of a layer's arrays has a gradient.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(Conv2d(3, 8, 3), Conv2d(8, 2, 1), shape=(1, 3, 9, 9))
    >>> net.frozen["0"] = Frozen()
    >>> report = net.analyze()
    >>> [is_trained(report, row) for row in report.rows], trained_params(report)
    ([False, True], 18)
    """
    return row.layer is not None and not still(report, row).issuperset(row.layer.weights())


def trained_params(report: Report) -> Size:
    """How many of a report's parameters have a gradient."""
    if not report.whole.frozen:
        return report.totals.params
    return sum((_trained(report.whole.frozen.get(row.name), row) for row in report.whole.rows), 0)


def _trained(found: Frozen | None, row: Row) -> Size:
    """How many of the parameters that a layer adds to the totals have a gradient."""
    if found is None:
        return row.cost.params
    return 0 if found.params is None else row.cost.params - found.params
