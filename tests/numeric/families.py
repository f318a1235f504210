"""A small layer of every kernel family, with every dimension different, and arrays for it."""

from __future__ import annotations

import numpy as np

import convmath as cm
from convmath import numeric

FAMILIES = {
    "conv": (cm.Conv2d(4, 6, (3, 2), (2, 1), ((1, 2), (0, 1)), groups=2), (2, 4, 6, 7)),
    "conv, each channel": (cm.Conv2d(4, 4, 3, padding=1, groups=4), (2, 4, 6, 7)),
    "conv, pointwise": (cm.Conv1d(4, 6, 1), (2, 4, 7)),
    "conv, reflect": (cm.Conv1d(4, 6, 3, padding=2, padding_mode="reflect"), (2, 4, 7)),
    "conv, large": (cm.Conv2d(3, 3, 15, padding=7, groups=3), (2, 3, 17, 16)),
    "chain": (cm.DepthwiseSeparableConv2d(3, 5, 3, padding=1), (2, 3, 6, 7)),
    "transposed": (cm.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2), (2, 4, 3, 5)),
    "locally_connected": (cm.LocallyConnected2d(2, 3, 3, (5, 6)), (2, 2, 5, 6)),
    "deformable": (cm.DeformConv2d(2, 3, 3, padding=1, mask=True), (2, 2, 5, 6)),
    "offset_conv": (cm.OffsetConv2d(2, 3, (1, 2)), [(2, 2, 5, 6), (2, 4, 5, 5), (2, 2, 5, 5)]),
    "scatter": (cm.Scatter(), [(2, 3, 5, 6), (2, 2, 3, 4)]),
    "grid_sample": (cm.GridSample(padding_mode="border"), [(2, 3, 5, 6), (2, 3, 4, 2)]),
    "grid_sample, nearest": (cm.GridSample("nearest", "reflection"), [(2, 3, 5, 6), (2, 3, 4, 2)]),
    "top_k": (cm.TopK(1, 2), (2, 3, 5, 6)),
    "cumsum": (cm.CumSum(2, exclusive=True, reverse=True), (2, 3, 5, 6)),
    "max_pool": (cm.MaxPool2d((3, 2), 2, 1), (2, 3, 6, 7)),
    "max_pool, indices": (cm.MaxPool2d(3, 2, 1, return_indices=True), (2, 3, 6, 7)),
    "avg_pool": (cm.AvgPool2d(3, 2, 1, ceil_mode=True), (2, 3, 6, 7)),
    "lp_pool": (cm.LPPool2d(2, 2, ceil_mode=True), (2, 3, 5, 6)),
    "adaptive_pool": (cm.AdaptiveAvgPool2d((2, 3)), (2, 3, 5, 7)),
    "adaptive_pool, largest": (cm.AdaptiveMaxPool2d((2, 3), return_indices=True), (2, 3, 5, 7)),
    "adaptive_pool, global": (cm.GlobalMaxPool(), (2, 3, 5, 7)),
    "unpool": (cm.MaxUnpool2d(2), (2, 3, 3, 4)),
    "upsample": (cm.Upsample(size=(5, 9), mode="bilinear"), (2, 3, 4, 6)),
    "upsample, nearest": (cm.Upsample(scale_factor=2), (2, 3, 4, 5)),
    "upsample, area": (cm.Upsample(size=(2, 3), mode="area"), (2, 3, 4, 5)),
    "upsample, cubic": (cm.Upsample(size=(2, 3), mode="bicubic"), (2, 3, 4, 5)),
    "shuffle": (cm.PixelShuffle(2), (2, 12, 3, 4)),
    "shuffle, back": (cm.PixelUnshuffle(1), (2, 3, 4, 6)),
    "shuffle, channels": (cm.ChannelShuffle(1), (2, 6, 3, 4)),
    "unfold": (cm.Unfold((3, 2), padding=1), (2, 3, 5, 6)),
    "pad": (cm.ConstantPad2d((1, 0, -1, 2), 3.0), (2, 3, 5, 6)),
    "pad, nothing": (cm.ZeroPad2d(0), (2, 3, 5, 6)),
    "pad, copies": (cm.ReplicationPad2d((0, 1, 2, 0)), (2, 3, 5, 6)),
    "linear": (cm.Linear(6, 4), (2, 3, 6)),
    "reshape": (cm.Flatten(), (2, 3, 5, 6)),
    "reshape, nothing": (cm.Identity(), (2, 3, 5, 6)),
    "norm": (cm.BatchNorm2d(3), (2, 3, 5, 6)),
    "norm, moments": (cm.GroupNorm(3, 6), (2, 6, 5, 4)),
    "norm, neighbours": (cm.LocalResponseNorm(3), (2, 5, 3, 4)),
    "activation": (cm.Softmax(1), (2, 3, 5, 6)),
    "activation, slopes": (cm.PReLU(3), (2, 3, 5, 6)),
    "elementwise": (cm.Multiply(), [(2, 3, 5, 6), (2, 3, 5, 6)]),
    "attention": (cm.ScaledDotProductAttention(), [(2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 7)]),
    "einsum": (cm.Einsum("nchw,ncw->nwh"), [(2, 3, 5, 6), (2, 3, 6)]),
    "fold": (cm.Fold((5, 6), (3, 2), padding=1), (2, 18, 35)),
    "function": (cm.Exp(), (2, 3, 5)),
    "function, of whole numbers": (cm.Sign(), (2, 3, 5)),
    "glu": (cm.GLU(1), (2, 6, 5)),
    "matmul": (cm.MatMul(), [(2, 3, 5, 4), (2, 3, 4, 7)]),
    "moves": (cm.Permute((0, 3, 1, 2)), (2, 3, 5, 6)),
    "moves, a part": (cm.Slice(2, start=1, step=2), (2, 3, 5, 6)),
    "moves, repeated": (cm.Repeat((1, 2, 3)), (2, 3, 5)),
    "moves, rolled": (cm.Roll(2, 2), (2, 3, 5)),
    "recurrent": (cm.LSTM(4, 3, batch_first=True), (2, 5, 4)),
    "reduction": (cm.Sum(dim=(1, 3)), (2, 3, 5, 6)),
    "reduction, largest": (cm.Amax(dim=2, keepdim=True), (2, 3, 5, 6)),
    "rms_norm": (cm.RMSNorm(6), (2, 3, 6)),
    "pieces": (cm.Chunk(3), (2, 7, 5, 6)),
    "pieces, joined": (cm.Concat(), [(2, 3, 5, 6), (2, 4, 5, 6)]),
}
"""A layer and the shape of its input, or of its inputs, for everything that a file of kernels does in its own way."""


def shapes_of(name):
    shapes = FAMILIES[name][1]
    return shapes if isinstance(shapes, list) else [shapes]


def ready(name, dtype="float64"):
    """The layer's plan."""
    layer, shape = FAMILIES[name]
    return numeric.plan(layer, shape, dtype)


def values(shape, dtype, seed=0):
    """Small positive whole numbers, of which no two are alike along an axis by rule."""
    return np.random.default_rng(seed).integers(1, 50, shape).astype(dtype)


def arrays(name, dtype="float64"):
    """Inputs and weights for the layer's plan."""
    xs = [values(shape, dtype, seed) for seed, shape in enumerate(shapes_of(name))]
    weights = {}
    for seed, (own, (shape, kind)) in enumerate(ready(name, dtype).weights.items(), 7):
        if own == "indices":
            # Each number goes to a place of its own.
            size = np.prod(shape[2:])
            weights[own] = np.broadcast_to(np.arange(size).reshape(shape[2:]) * 3, shape).astype(kind)
        else:
            weights[own] = values(shape, kind, seed) / (64 if own.startswith("offset") else 1)
            weights[own] = weights[own].astype(kind)
    return xs, weights


def made_of(plan, xs, weights):
    """What the plan makes, as a tuple."""
    made = plan(xs[0] if len(xs) == 1 else tuple(xs), weights)
    return made if isinstance(made, tuple) else (made,)
