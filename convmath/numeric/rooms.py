"""How much memory gradients take, and what is reached: bounds, told before anything is allocated."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .demands import FOR_EACH, overhead
from .indices import widened
from .workspaces import workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.shape import Shape
    from ..network.network import Network
    from ..report.analysis import Report
    from ..report.row import Row

BACK = 4
"""How many times a layer's numbers, and what it takes forwards, its gradient takes at the most."""


def room_for_gradients(net: Network, given: Mapping[str, Shape], dtype: np.dtype[Any]) -> int:
    """Bytes: every value is kept until its gradient is there; every weight and its gradient; and one layer at work.

    >>> from convmath.layers.linear import Linear
    >>> from convmath.numeric.subjects import alone
    >>> from convmath.core.shape import Shape
    >>> layer, x = Linear(1000, 500), Shape((64, 1000))
    >>> room_for_gradients(alone(layer, (x,)), {"input": x}, np.dtype("float32")) // (4 * layer.params)
    7
    """
    report = net.analyze(**given)
    inputs = sum(map(prod, report.inputs.values()))
    values = inputs + sum(_written(row) + _stored(row) for row in report.rows)
    kept, at_work = _work(report, dtype)
    return 2 * (dtype.itemsize * values + widened(net, report, dtype)) + kept + at_work


def room_for_reaching(report: Report) -> int:
    """Bytes: booleans for every value, and one layer's gradient at work in float32."""
    values = sum(map(prod, report.inputs.values())) + sum(map(_written, report.rows))
    kept, at_work = _work(report, np.dtype(np.float32))
    return values + kept + at_work


def _work(report: Report, dtype: np.dtype[Any]) -> tuple[int, int]:
    """What the plans of all distinct layers keep, and the most that one layer's gradient takes."""
    kept: dict[Any, int] = {}
    most = 0
    for row in report.rows:
        assert row.layer is not None
        layer = row.layer.facts(*row.inputs).layer
        space = workspace(layer, row.inputs, row.outputs, dtype)
        kept[id(row.layer), row.inputs] = 2 * space.kept
        numbers = sum(map(prod, row.inputs)) + _written(row) + _stored(row)
        most = max(most, BACK * (space.at_once + dtype.itemsize * numbers))
    return sum(kept.values()), most + overhead(dtype) + FOR_EACH * len(report.rows)


def _written(row: Row) -> int:
    return sum(map(prod, row.outputs))


def _stored(row: Row) -> int:
    assert row.layer is not None
    return sum(map(prod, (*row.layer.weights().values(), *row.layer.buffers().values())))
