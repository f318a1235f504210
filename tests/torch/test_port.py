"""The convention bridge against PyTorch itself: its layers carried elsewhere, and what is carried to it."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

import convmath as cm
from convmath.core.errors import ParameterError
from tests.bridge.frameworks import run
from tests.bridge.own_layers import FRAMEWORKS, drawn
from tests.bridge.test_port_everywhere import KINDS, in_framework, ported_weights

torch = pytest.importorskip("torch")


def in_torch(rows, x, weights):
    """What modules of torch.nn make of x, in double precision."""
    arrays = iter(weights)
    y = torch.from_numpy(np.array(x, dtype=float))
    for row in rows:
        module = eval(row, {"nn": torch.nn, "torch": torch, "x": y, "float": float})
        if not callable(module):
            y = module
            continue
        if getattr(module, "weight", None) is not None:
            w, b = next(arrays)
            module = module.double()
            with torch.no_grad():
                module.weight.copy_(torch.from_numpy(np.array(w, dtype=float)))
                if module.bias is not None:
                    module.bias.copy_(torch.from_numpy(np.array(b, dtype=float)))
        y = module(y)
    return y.detach().numpy()


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source", FRAMEWORKS)
def test_what_is_carried_to_pytorch(source, kind):
    rng = random.Random(f"torch {source} {kind}")
    for _ in range(100):
        layer, rows, weights, x = drawn(rng, source, kind)
        ported = cm.port(layer, to="pytorch", shape=x.shape)
        y = in_torch(ported.code, x, ported_weights(ported, weights))
        wanted = in_framework(source, rows, x, weights)
        assert y.shape == wanted.shape, (layer, ported.code)
        assert np.allclose(y, wanted, atol=1e-9), (layer, ported.code)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_carried_from_pytorch(kind):
    """The definitions that the other tests rely on do what PyTorch does, and so does what is written for others."""
    rng = random.Random(f"from torch {kind}")
    refused = set()
    for _ in range(100):
        layer, rows, weights, x = drawn(rng, "pytorch", kind)
        wanted = in_torch(rows, x, weights)
        assert np.allclose(run("pytorch", rows, x, weights), wanted, atol=1e-9)
        for target in FRAMEWORKS:
            try:
                ported = cm.port(layer, to=target)
            except ParameterError as error:
                refused.add(re.search("Keras", str(error))[0])
                continue
            y = in_framework(target, ported.code, x, ported_weights(ported, weights))
            assert np.allclose(y, wanted, atol=1e-9), (layer, ported.code)
    assert refused <= {"Keras"}


def test_a_shuffle_of_pixels():
    x = np.arange(2 * 18 * 2 * 5).reshape(2, 18, 2, 5)
    assert (in_torch(["nn.PixelShuffle(3)"], x, []) == run("pytorch", ["nn.PixelShuffle(3)"], x)).all()
