"""NaN and infinity come out where PyTorch has them come out."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric

torch = pytest.importorskip("torch")

from tests.torch.test_numeric import EXACT, ROUNDED  # noqa: E402

MOMENTS = ("BatchNorm", "InstanceNorm", "GroupNorm", "LayerNorm")
"""One number that is none spoils a whole sample of these, so that fewer are put in."""


ROUNDS = "Upsample(scale_factor=(2, 3), mode='bicubic')"
"""PyTorch rounds a place between positions that falls on one, and then reads others beside it with a share of 1e-17."""


@pytest.mark.parametrize("special", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("call", "shape"), [case for case in [*EXACT, *ROUNDED] if case[0] != ROUNDS])
def test_what_is_not_finite(call, shape, special):
    generator = np.random.default_rng(len(call))
    layer = eval(f"cm.{call}", {"cm": cm})
    theirs = eval(f"torch.nn.{call}", {"torch": torch}).double().eval()
    weights = {
        name: generator.integers(1, 10, sizes).astype(float)
        for name, sizes in {**layer.weights(), **layer.buffers()}.items()
    }
    theirs.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()}, strict=False)
    x = generator.integers(-9, 10, shape).astype(float)
    x[generator.random(shape) < (0.01 if call.startswith(MOMENTS) else 0.05)] = special
    x.flat[5] = special
    with torch.no_grad():
        expected = theirs(torch.from_numpy(x))
    made = numeric.plan(layer, shape, float)(x, weights)
    for a, b in zip(*(one if isinstance(one, tuple) else (one,) for one in (made, expected)), strict=True):
        other = b.numpy()
        finite = np.isfinite(other)
        assert np.array_equal(np.isfinite(a), finite)
        assert np.array_equal(a[~finite], other[~finite], equal_nan=True)
        if finite.any() and a.dtype.kind == "f":
            assert abs(a[finite] - other[finite]).max() <= 16 * np.finfo(float).eps * max(1, abs(other[finite]).max())
        elif a.dtype.kind == "i":
            assert np.array_equal(a, other)


@pytest.mark.parametrize("p", [3, 2.5, -1])
def test_a_power_average_of_negative_sums(p):
    x = np.array([[[-1.0, -2, 3, 1, 0, -2]]])
    made = numeric.plan(cm.LPPool1d(p, 2), x.shape, float)(x)
    expected = torch.nn.functional.lp_pool1d(torch.from_numpy(x), p, 2).numpy()
    assert np.array_equal(np.isnan(made), np.isnan(expected))
    assert np.nanmax(abs(made - expected)) < 1e-15


def test_a_tensor_is_taken_as_the_array_that_it_is():
    layer = cm.Conv2d(3, 4, 3)
    draw = np.random.default_rng(0)
    weights = {name: draw.integers(-9, 10, sizes).astype("float32") for name, sizes in layer.weights().items()}
    x = draw.integers(-9, 10, (2, 3, 5, 7)).astype("float32")
    plan = numeric.plan(layer, x.shape)
    tensors = {name: torch.from_numpy(array) for name, array in weights.items()}
    last = torch.from_numpy(x).to(memory_format=torch.channels_last)
    assert np.array_equal(plan(last, tensors), plan(x, weights))
    with pytest.raises(cm.ParameterError, match=r"^Conv2d: the input cannot be made an array: .*requires grad"):
        plan(torch.from_numpy(x).requires_grad_(), tensors)
