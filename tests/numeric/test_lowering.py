"""The routes of a convolution: which one is taken, that all of them are met, and how much room they take."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.layers.parse import parse_layer
from convmath.numeric import reference
from convmath.numeric.routes import by_channel, by_column, by_line, by_tap, lowering
from convmath.numeric.windows import spread_out

LAYERS = {
    "Conv2d(3, 5, (7, 5), (2, 3), ((3, 2), (0, 2)))": ((1, 3, 20, 160), by_line),
    "Conv2d(6, 4, (3, 2), (1, 2), groups=2)": ((2, 6, 11, 103), by_line),
    "Conv3d(2, 3, (2, 3, 1), (1, 2, 1), 1)": ((1, 2, 4, 9, 12), by_line),
    "Conv2d(6, 12, 3, groups=6)": ((2, 6, 7, 64), by_line),
    "Conv2d(3, 5, (7, 5), (2, 3), dilation=(2, 1))": ((1, 3, 20, 160), by_column),
    "Conv1d(8, 3, 5, 2, 3, 2)": ((2, 8, 71), by_column),
    "Conv2d(5, 6, 3)": ((2, 5, 9, 8), by_column),
    "Conv2d(6, 4, 1, stride=(2, 3), groups=2)": ((2, 6, 9, 8), by_column),
    "Conv2d(6, 6, 3, padding=1, groups=6)": ((2, 6, 9, 8), by_tap),
    "Conv2d(3, 3, (3, 4), padding=((2, 1), (0, 3)), groups=3)": ((2, 3, 40, 50), by_channel),
    "Conv2d(3, 3, (3, 4), (2, 3), dilation=(3, 2), groups=3)": ((2, 3, 91, 150), by_channel),
    "Conv3d(2, 2, (3, 2, 1), (2, 1, 3), 1, (1, 2, 1), 2)": ((1, 2, 27, 13, 40), by_channel),
    "Conv1d(2, 2, 7, 3, groups=2)": ((2, 2, 4700), by_channel),
}


@pytest.mark.parametrize("call", LAYERS)
@pytest.mark.parametrize("dtype", ["float32", "complex64"])
def test_a_layer_and_its_route(monkeypatch, call, dtype):
    layer, (shape, route) = parse_layer(call), LAYERS[call]
    generator = np.random.default_rng(0)

    def integers(sizes):
        values = generator.integers(-9, 10, (2, *sizes))
        return (values[0] + 1j * values[1] if dtype[0] == "c" else values[0]).astype(dtype)

    taken = []
    for other in lowering.ROUTES:
        monkeypatch.setattr(other, "fill", _told(other, other.fill, taken))
    x, weights = integers(shape), {name: integers(sizes) for name, sizes in layer.weights().items()}
    made = numeric.plan(layer, shape, dtype)(x, weights)
    assert taken == [route]
    windows = layer.windows(cm.Shape(shape))
    expected = reference.convolution(
        x, weights["weight"], weights.get("bias"), layer.stride, [(w.low, w.high) for w in windows], layer.dilation,
        layer.groups,
    )  # fmt: skip
    assert np.array_equal(made, expected)


def _told(route, fill, taken):
    def told(*arguments):
        taken.append(route)
        fill(*arguments)

    return told


def test_every_route_is_met():
    assert {route for _, route in LAYERS.values()} == set(lowering.ROUTES)


WIDE = {
    "Conv2d(64, 64, 3, padding=1)": (1, 64, 56, 56),
    "Conv2d(3, 64, 7, 2, 3)": (1, 3, 224, 224),
    "Conv2d(512, 8, 7)": (1, 512, 20, 300),
    "Conv1d(64, 48, 9)": (1, 64, 16384),
    "Conv1d(2, 300, 3)": (1, 2, 40000),
    "Conv3d(32, 16, 3)": (1, 32, 8, 28, 30),
    "Conv2d(16, 16, 3, groups=4)": (2, 16, 150, 170),
    "Conv2d(8, 16, (3, 41))": (1, 8, 12, 2000),
    "Conv2d(32, 32, 3, groups=32)": (1, 32, 112, 112),
    "Conv2d(256, 64, 1, stride=2)": (8, 256, 112, 112),
    "Conv2d(64, 64, 3, stride=2, groups=64)": (4, 64, 112, 112),
    "Conv2d(512, 512, 3, groups=512)": (16, 512, 30, 30),
}


@pytest.mark.parametrize("call", WIDE)
def test_the_workspace_is_at_most_8_megabytes(call):
    layer, shape = parse_layer(call), WIDE[call]
    windows = layer.windows(cm.Shape(shape))
    x = spread_out(np.ones(shape, np.float32), windows)
    weight = np.ones(layer.weights()["weight"], np.float32)
    run = lowering.Lowering(windows, layer.output_shape(shape).spatial, layer.groups)
    run(x[:, :, ...], weight)
    tracemalloc.start()
    y = run(x, weight)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most - y.nbytes - weight.nbytes < 8_000_000
