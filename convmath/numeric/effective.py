"""The effective receptive field: how much each input position changes the middle of the output, on average."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.errors import ParameterError, show
from ..core.extent import Extent
from ..core.receptive_field import ReceptiveField
from .arrays import as_dtype
from .backpropagation import gradients
from .memory import refuse_above
from .reaching import asked, output_shape, position
from .rooms import room_for_gradients
from .subjects import check_seed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size
    from ..layers.base import Layer
    from ..network.network import Network
    from ..report.analysis import Report
    from .arrays import Array

BEYOND = 1 - 0.9545
"""What a Gaussian has of its mass beyond two standard deviations: the share of the peak that still counts."""


class EffectiveField(NamedTuple):
    """How much an output depends on each input position, and the Gaussian along each axis that has the same moments."""

    field: Array
    """Σ over channels of the mean of |gradient|, at every input position: (*spatial)."""
    profiles: tuple[Array, ...]
    """Along each axis: the sums of the field over all others."""
    sigma: tuple[float, ...]
    """√(second central moment) of every profile, which is what a Gaussian fitted by its moments has."""
    pixels: int
    """How many positions have more than 1 − 95.45 % of what the peak has."""
    theoretical: tuple[Size, ...]
    """The receptive field's sizes; where it is the whole axis, the axis'."""

    @property
    def width(self) -> tuple[float, ...]:
        """2σ along each axis."""
        return tuple(2 * sigma for sigma in self.sigma)


def effective_field(
    net: Layer | Network,
    shape: Any = None,
    samples: int = 5,
    seed: int = 0,
    weights: Mapping[str, Array] | None = None,
    memory: int | str | None = None,
) -> EffectiveField:
    """The effective receptive field of the middle position of the last output, summed over its channels.

    The mean is over so many draws of normal inputs and of initial weights, or with the weights given; over the first
    input, in float32 or the given weights' dtype. σ² is the second moment of a profile p about its mean:
    Σ p(i)·(i − μ)² / Σ p(i), where μ = Σ p(i)·i / Σ p(i). Behind n convolutions of stride 1 with k taps of weight 1
    that is n(k² − 1)/12; random weights add up to the root of what ones do, so that σ is up to √2 times as large.
    Weights and memory as in `run`. Raises ParameterError where samples is not at least 1, and where no gradient
    arrives.

    >>> from convmath.layers.conv import Conv1d
    >>> ones = {"weight": np.ones((1, 1, 3))}
    >>> found = effective_field(Conv1d(1, 1, 3, padding=1, bias=False), (1, 1, 7), weights=ones)
    >>> found.field.tolist(), round(found.sigma[0] ** 2, 9), found.pixels, found.theoretical
    ([0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0], 0.666666667, 3, (3,))

    Source: Luo, Li, Urtasun and Zemel, "Understanding the Effective Receptive Field" (2016).
    """
    if type(samples) is not int or samples < 1:
        raise ParameterError(f"samples must be an integer of at least 1, not {show(samples)}")
    network, report = asked(net, shape)
    y = output_shape(network, report, network.outputs[-1])
    dtype = np.result_type(np.float32, *(np.asarray(array).dtype for array in (weights or {}).values()))
    where = position(network, y, None)
    refuse_above(memory, room_for_gradients(network, report.inputs, as_dtype(dtype)), network.name)
    dy = np.zeros(y, dtype)
    dy[(slice(None), slice(None), *where)] = 1
    others = [np.zeros(output_shape(network, report, ref), dtype) for ref in network.outputs[:-1]]
    generator = np.random.default_rng(check_seed(seed))
    total: Any = 0
    for _ in range(samples):
        xs = {name: generator.standard_normal(one).astype(dtype) for name, one in report.inputs.items()}
        drawn = int(generator.integers(1 << 62))
        dx, _ = gradients(net, xs, (*others, dy) if others else dy, weights, drawn, memory)
        first = next(iter(dx.values())) if isinstance(dx, dict) else dx
        total = total + abs(first).mean(0, dtype=np.float64).sum(0)
    return _measured(total / samples, _theoretical(network, report))


def _measured(field: Array, theoretical: tuple[Size, ...]) -> EffectiveField:
    if not field.any():
        raise ParameterError("the gradient is 0 everywhere, so there is no field (give other weights, or more samples)")
    axes = range(field.ndim)
    profiles = tuple(field.sum(tuple(other for other in axes if other != axis)) for axis in axes)
    sigma = tuple(map(_deviation, profiles))
    return EffectiveField(field, profiles, sigma, int((field > BEYOND * field.max()).sum()), theoretical)


def _deviation(profile: Array) -> float:
    positions = np.arange(len(profile))
    mean = (profile * positions).sum() / profile.sum()
    return sqrt((profile * (positions - mean) ** 2).sum() / profile.sum())


def _theoretical(net: Network, report: Report) -> tuple[Size, ...]:
    last, x = net.nodes[net.outputs[-1].node], next(iter(report.inputs.values()))
    if last.layer is None:
        return (1,) * x.rank
    fields = report[last.name].fields
    return tuple(
        field.size if isinstance(field, ReceptiveField | Extent) else size
        for field, size in zip(fields, x.spatial, strict=True)
    )
