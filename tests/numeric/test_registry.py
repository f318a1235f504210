"""Every layer type runs: what comes out has the shapes that are claimed, and is made of numbers."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convmath import numeric
from convmath.core.errors import ConvmathError
from convmath.layers import layer_type
from convmath.numeric.kernels import KERNELS
from tests.numeric.drawn import with_indices
from tests.strategies import TYPES, WITHOUT_INPUTS, layers_with_inputs

MOST = 20_000
"""Larger tensors than this, and kernels of more taps, are left out."""

UNDEFINED = {
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "Sqrt",
    "Rsqrt",
    "Log",
    "Power",
    "Pow",
    "CELU",
    "LocalResponseNorm",
    "Softplus",
} | {f"{family}Pool{rank}d" for family in ("Max", "Avg") for rank in (1, 2, 3)}
"""Powers of negative numbers, divisions by a parameter that may be 0, the largest or the mean of padding alone."""

example = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def values_for(ready, generator):
    """Arrays for everything that goes with a layer, of its dtypes; indices are those of the output's map."""
    made = {}
    for name, (sizes, dtype) in ready.weights.items():
        if dtype.kind == "i":
            made[name] = generator.integers(0, prod(ready.outputs[0].spatial), sizes)
        else:
            made[name] = generator.uniform(0.5, 1.5, sizes).astype(dtype)
    return made


@pytest.mark.parametrize("name", TYPES)
@example
@given(data=st.data())
def test_a_type_runs_and_makes_what_is_claimed(name, data):
    layer, several = data.draw(layers_with_inputs(name))
    inputs = several[0]
    facts = layer.facts(*inputs)
    shapes = (*inputs, *facts.outputs, *facts.layer.weights().values())
    assume(all(prod(shape) <= MOST for shape in shapes) and facts.cost.macs <= 10**6)
    try:
        ready = numeric.plan(layer, list(inputs), "float64")
    except ConvmathError as error:
        raise AssertionError(f"{layer!r} on {inputs}: {error}") from error
    generator = np.random.default_rng(0)
    xs = with_indices(layer, inputs, tuple(generator.standard_normal(shape) for shape in inputs))
    with np.errstate(all="ignore"):
        made = ready(xs if len(xs) > 1 else xs[0], values_for(ready, generator))
    made = made if isinstance(made, tuple) else (made,)
    claimed = facts.outputs if len(made) == len(facts.outputs) else facts.outputs * len(made)
    assert [y.shape for y in made] == list(map(tuple, claimed))
    assert made[0].dtype == np.float64
    assert all(np.isfinite(y).all() for y in made) or name in UNDEFINED or layer.__dict__.get("eps") == 0


def test_every_kernel_is_used():
    families = (cls.__name__ for name in (*TYPES, *WITHOUT_INPUTS) for cls in layer_type(name).__mro__)
    assert {KERNELS[family] for family in families if family in KERNELS} == set(KERNELS.values())
