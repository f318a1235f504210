"""Gradients of scattered numbers beside PyTorch's scatter_reduce, zeros and equal numbers among them."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric

torch = pytest.importorskip("torch")

CALLED = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}


@pytest.mark.parametrize("reduction", CALLED)
@pytest.mark.parametrize("seed", range(8))
def test_gradients(reduction, seed):
    generator = np.random.default_rng(seed)
    x = generator.integers(-2, 3, (3, 7)).astype(float)
    values, places = generator.integers(-2, 3, (3, 5)).astype(float), generator.integers(0, 7, (3, 5))
    dy = generator.standard_normal((3, 7))
    ready = numeric.plan(cm.ScatterElements(1, reduction), [(3, 7), (3, 5), (3, 5)], "float64")
    (dx, _, dvalues), _ = ready.backward([x, places, values], dy)
    a, b = (torch.tensor(array, requires_grad=True) for array in (x, values))
    y = torch.scatter_reduce(a, 1, torch.tensor(places), b, CALLED[reduction])
    y.backward(torch.tensor(dy))
    assert np.array_equal(ready([x, places, values]), y.detach().numpy())
    assert np.allclose(dx, a.grad.numpy(), rtol=1e-14, atol=0)
    assert np.allclose(dvalues, b.grad.numpy(), rtol=1e-14, atol=0)
