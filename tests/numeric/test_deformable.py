"""Deformable convolution against its definition, sample by sample; offsets in quarter steps, so that all is exact."""

from __future__ import annotations

from itertools import product
from math import floor

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError
from convmath.numeric.kernels.deformable import Deformed


def sample(image, y, x):
    """Bilinear, with zeros outside."""
    total = 0.0
    for i, j in product((floor(y), floor(y) + 1), (floor(x), floor(x) + 1)):
        if 0 <= i < image.shape[0] and 0 <= j < image.shape[1]:
            total += image[i, j] * (1 - abs(y - i)) * (1 - abs(x - j))
    return total


def by_definition(layer, x, offset, mask, weight, y_shape):
    (kh, kw), (sh, sw), (dh, dw) = layer.kernel_size, layer.stride, layer.dilation
    (ph, _), (pw, _) = layer.padding
    share, own = layer.in_channels // layer.offset_groups, layer.in_channels // layer.groups
    y = np.zeros(y_shape)
    for n, m, oy, ox in np.ndindex(*y_shape):
        first = m // (layer.out_channels // layer.groups) * own
        for c, (tap, (i, j)) in product(range(own), enumerate(product(range(kh), range(kw)))):
            group = (first + c) // share
            at = 2 * (group * kh * kw + tap)
            place = (oy * sh - ph + i * dh + offset[n, at, oy, ox], ox * sw - pw + j * dw + offset[n, at + 1, oy, ox])
            value = sample(x[n, first + c], *place) * weight[m, c, i, j]
            y[n, m, oy, ox] += value if mask is None else value * mask[n, group * kh * kw + tap, oy, ox]
    return y


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("groups", "offset_groups"), [(1, 1), (2, 1), (1, 2), (2, 2)])
def test_samples(groups, offset_groups, masked):
    layer = cm.DeformConv2d(
        4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=groups, bias=False,
        offset_groups=offset_groups, mask=masked,
    )  # fmt: skip
    draw = np.random.default_rng(groups * 10 + offset_groups)
    x = draw.integers(-9, 10, (2, 4, 6, 7)).astype(float)
    shape = layer.output_shape(x.shape)
    offset = draw.integers(-20, 21, (2, 2 * 6 * offset_groups, *shape.spatial)) / 4
    mask = draw.integers(0, 5, (2, 6 * offset_groups, *shape.spatial)) / 4 if masked else None
    weight = draw.integers(-9, 10, layer.weights()["weight"]).astype(float)
    ready = Deformed(layer, cm.Shape(x.shape), shape, np.dtype(float))
    made = ready(x, offset, mask, {"weight": weight})
    assert np.array_equal(made, by_definition(layer, x, offset, mask, weight, shape))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_without_offsets_it_is_the_convolution(rank):
    deformable = getattr(cm, f"DeformConv{rank}d")(3, 4, 3, padding=1)
    plain = getattr(cm, f"Conv{rank}d")(3, 4, 3, padding=1)
    shape = (2, 3, *(5, 6, 4)[:rank])
    draw = np.random.default_rng(rank)
    x = draw.integers(-9, 10, shape).astype("float32")
    weights = {name: np.zeros(sizes, "float32") for name, sizes in deformable.weights().items()}
    own = {name: draw.integers(-9, 10, sizes).astype("float32") for name, sizes in plain.weights().items()}
    made = numeric.plan(deformable, shape)(x, weights | own)
    assert np.array_equal(made, numeric.plan(plain, shape)(x, own))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_offsets_that_are_not_finite_are_refused(bad):
    layer = cm.DeformConv2d(1, 1, 1)
    weights = {name: np.full(sizes, bad) for name, sizes in layer.weights().items()}
    with pytest.raises(ParameterError, match=r"^DeformConv2d: an offset is not finite"):
        numeric.plan(layer, (1, 1, 3, 4), "float64")(np.ones((1, 1, 3, 4)), weights)


@pytest.mark.parametrize("mask", [False, True])
def test_offsets_that_are_the_same_everywhere_are_the_branch_s_bias(mask):
    layer = cm.DeformConv2d(2, 3, (2, 3), bias=False, mask=mask)
    generator = np.random.default_rng(0)
    x, weight = generator.standard_normal((1, 2, 6, 9)), generator.standard_normal((3, 2, 2, 3))
    shapes = layer.weights()
    bias = np.concatenate([np.tile([1.0, 2.0], 6), np.zeros(6 * mask)])  # one down, two to the right; sigmoid(0) = 1/2
    given = {"weight": weight, "offset.weight": np.zeros(shapes["offset.weight"]), "offset.bias": bias}
    made = numeric.run(layer, x, given)
    plain = numeric.run(cm.Conv2d(2, 3, (2, 3), bias=False), x, {"weight": weight})
    np.testing.assert_allclose(made[..., :-1, :-2], plain[..., 1:, 2:] / (1 + mask), 1e-12)
