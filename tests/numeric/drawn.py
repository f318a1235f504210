"""Random convolutions, and arrays of integers for them."""

from __future__ import annotations

from random import Random

import numpy as np

import convmath as cm
from convmath.numeric.indices import some_indices
from convmath.numeric.kernels import indices

DTYPES = ("float32", "float64", "int64", "complex128")

CONV = {1: cm.Conv1d, 2: cm.Conv2d, 3: cm.Conv3d}
TRANSPOSED = {1: cm.ConvTranspose1d, 2: cm.ConvTranspose2d, 3: cm.ConvTranspose3d}


def integers(seed, shape, dtype="int64"):
    values = np.random.default_rng(seed).integers(-9, 10, shape)
    if np.dtype(dtype).kind == "c":
        values = values + 1j * np.random.default_rng(seed + 1).integers(-9, 10, shape)
    return values.astype(dtype)


def with_indices(layer, shapes, xs, seed=0):
    """Arrays for a layer's inputs, with indices in the stead of numbers where it reads those."""
    generator = np.random.default_rng(seed)
    bounds = indices(layer, tuple(shapes))
    drawn = (bound is not None and some_indices(layer, tuple(shapes), generator) for bound in bounds)
    return tuple(x if there is False else there for x, there in zip(xs, drawn, strict=True))


def configuration(seed):
    """A random convolution's numbers: rank, channels, filters, groups, and of each axis (k, s, d, low, high, size)."""
    dice = Random(f"convolution {seed}")
    rank, groups = dice.choice((1, 1, 2, 2, 3)), dice.choice((1, 1, 2, 3))
    channels, filters = groups * dice.randint(1, 3), groups * dice.randint(1, 3)
    axes = []
    for _ in range(rank):
        k, s, d = dice.randint(1, 4 - rank // 2), dice.randint(1, 3), dice.randint(1, 3)
        low, high = dice.randint(0, 3), dice.randint(0, 3)
        size = max(dice.randint(1, 6), d * (k - 1) + 1 - low - high)
        axes.append((k, s, d, low, high, size))
    return rank, channels, filters, groups, axes


def crops_within(seed, axes):
    """Random crops of the transposed convolution's output that leave something of it."""
    dice = Random(f"transposed {seed}")
    crops = []
    for k, s, d, _, _, size in axes:
        whole = (size - 1) * s + d * (k - 1) + 1
        before = dice.randint(0, (whole - 1) // 2)
        crops.append((before, dice.randint(0, whole - 1 - before)))
    return crops
