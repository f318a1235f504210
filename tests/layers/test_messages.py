"""What a layer says when it refuses: every message of every type, word for word."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import convmath as cm
from convmath import layers as registry
from convmath.core.errors import NameHint, ParameterError, ParseError, ShapeError
from convmath.layers.parse import parse_layer

KERNEL = "(use a larger input, more padding, or a smaller kernel or dilation)"
CROP = "(use less padding or a larger kernel)"

REFUSED_ARGUMENTS = [
    (lambda: cm.Roll((1, 2), 3), "Roll: shifts=(1, 2) and dims=(3,) are 2 and 1 numbers (give as many of both)"),
    (
        lambda: cm.Einsum("ab,bc"),
        "Einsum: equation='ab,bc' is not understood (a letter for each axis: 'bqd,bkd->bqk')",
    ),
    (lambda: cm.GRU(3, 4, cm.symbols("n")), "GRU: num_layers=n is no number (state one)"),
    (lambda: cm.RNN(3, 4, 2000), "RNN: num_layers=2000 is more than 1024 (use fewer layers)"),
    (lambda: cm.LSTM(3, 4, proj_size=cm.symbols("n")), "LSTM: proj_size=n is no number (state one)"),
    (lambda: cm.LSTM(3, 4, proj_size=4), "LSTM: proj_size=4 is not below hidden_size (use at most 3, or 0)"),
    (
        lambda: cm.Upsample(scale_factor=2, recompute_scale_factor=True),
        (
            "Upsample: recompute_scale_factor is not supported "
            "(where it is true, PyTorch resizes as it does to a size: write size=(…) instead)"
        ),
    ),
    (lambda: cm.Chunk(cm.symbols("w")), "Chunk: chunks=w is no number of outputs (state one)"),
    (
        lambda: cm.Conv2d(64, 6, 3, groups=3),
        "Conv2d: groups=3 must divide in_channels=64 (use 1, 2, 4, 8, 16, 32 or 64)",
    ),
    (lambda: cm.Conv2d(6, 7, 3, groups=3), "Conv2d: groups=3 must divide out_channels=7 (use 1 or 7)"),
    (
        lambda: cm.Conv1d(96, 96, 3, groups=5),
        "Conv1d: groups=5 must divide in_channels=96 (use a divisor of 96: 1, 2, 3, 4, 6, 8, 12, …)",
    ),
    (
        lambda: cm.Conv2d(6, 6, 3, padding=(1, (0, -2))),
        "Conv2d: axis 1: padding=-2 is negative (crop with a layer of its own, or use convention='jax')",
    ),
    (
        lambda: cm.Conv2d(6, 6, 3, stride=(1, 2), padding="same"),
        (
            "Conv2d: axis 1: pytorch takes padding='same' only with stride 1, not 2 "
            "(write the padding in numbers, or convention='tensorflow')"
        ),
    ),
    (
        lambda: cm.Conv2d(6, 6, 3, stride=2, dilation=(1, 3), convention="keras"),
        (
            "Conv2d: tensorflow takes no stride above 1 together with a dilation above 1, "
            "here stride=2 with dilation=(1, 3) (set one of the two to 1)"
        ),
    ),
    (
        lambda: cm.DepthwiseConv2d(6, 3, padding=-1),
        (
            "DepthwiseConv2d: Conv2d: axis 0: padding=-1 is negative "
            "(crop with a layer of its own, or use convention='jax')"
        ),
    ),
    (
        lambda: cm.GroupedConv3d(6, 4, 3, groups=4),
        ("GroupedConv3d: Conv3d: groups=4 must divide in_channels=6 (use 1, 2, 3 or 6)"),
    ),
    (lambda: cm.DeformConv2d(6, 6, 3, groups=4), "DeformConv2d: groups=4 must divide in_channels=6 (use 1, 2, 3 or 6)"),
    (
        lambda: cm.DeformConv2d(8, 6, 3, groups=4),
        "DeformConv2d: groups=4 must divide out_channels=6 (use 1, 2, 3 or 6)",
    ),
    (
        lambda: cm.DeformConv2d(6, 6, 3, offset_groups=4),
        "DeformConv2d: offset_groups=4 must divide in_channels=6 (use 1, 2, 3 or 6)",
    ),
    (
        lambda: cm.LocallyConnected2d(3, 8, 3, input_size=9, padding=(0, (1, -1))),
        "LocallyConnected2d: axis 1: padding=-1 is negative (crop with a layer of its own)",
    ),
    (
        lambda: cm.Unfold(3, padding=-1),
        "Unfold: axis 0: padding=-1 is negative (crop with a layer of its own)",
    ),
    (
        lambda: cm.LocallyConnected2d(3, 8, (3, 9), input_size=(10, 7), padding=(0, 0)),
        f"LocallyConnected2d: axis 1 of size 7: the kernel spans 9 positions, the padded input has 7 {KERNEL}",
    ),
    (
        lambda: cm.ConvTranspose2d(6, 6, 3, groups=4),
        "ConvTranspose2d: groups=4 must divide in_channels=6 (use 1, 2, 3 or 6)",
    ),
    (
        lambda: cm.ConvTranspose2d(8, 6, 3, groups=4),
        "ConvTranspose2d: groups=4 must divide out_channels=6 (use 1, 2, 3 or 6)",
    ),
    (
        lambda: cm.ConvTranspose2d(6, 6, 3, padding=("valid", "same")),
        (
            "ConvTranspose2d: axis 1: padding='same' has no meaning for pytorch's transposed convolution "
            "(write the padding in numbers, or use convention='tensorflow')"
        ),
    ),
    (
        lambda: cm.ConvTranspose2d(6, 6, 3, stride=(1, 2), dilation=(3, 1), output_padding=(2, 2)),
        "ConvTranspose2d: axis 1: output_padding=2 is more than 1 (keep output_padding below stride or dilation)",
    ),
    (
        lambda: cm.MaxPool2d((3, 2), padding=(1, 2), dilation=4),
        (
            "MaxPool2d: axis 1: padding=2 is more than half the kernel, 1 "
            "(pad by at most 1, or put a padding layer before)"
        ),
    ),
    (
        lambda: cm.AvgPool1d(3, padding=-1),
        "AvgPool1d: axis 0: padding=-1 is negative (crop with a layer of its own, or use convention='jax')",
    ),
    (lambda: cm.GroupNorm(5, 12), "GroupNorm: num_groups=5 must divide num_channels=12 (use 1, 2, 3, 4, 6 or 12)"),
    (lambda: cm.Chunk(10**9), "Chunk: chunks=1000000000 is more than 65536 (use fewer chunks)"),
    (cm.Upsample, "Upsample: give either size or scale_factor (for example scale_factor=2)"),
    (lambda: cm.Upsample(3, 2), "Upsample: give either size or scale_factor (for example scale_factor=2)"),
    (
        lambda: cm.UpsamplingBilinear2d(3, 2),
        "UpsamplingBilinear2d: Upsample: give either size or scale_factor (for example scale_factor=2)",
    ),
    (
        lambda: cm.Upsample(3, align_corners=False),
        "Upsample: align_corners has no meaning for mode='nearest' (leave it out, or use a linear mode)",
    ),
    (
        lambda: cm.LazyConv2d(6, 3).params,
        "LazyConv2d: the weights depend on the input (give its shape: --input, or resolve(shape) in Python)",
    ),
    (
        lambda: cm.LazyConv2d(6, 3, groups=2).output_shape((1, 3, 9, 9)),
        "Conv2d: groups=2 must divide in_channels=3 (use 1 or 3)",
    ),
    (
        lambda: cm.Conv2d(6, 6),
        (
            "Conv2d: kernel_size is missing; write Conv2d(in_channels, out_channels, kernel_size, stride=1, padding=0, "
            "dilation=1, groups=1, bias=True, padding_mode='zeros', convention='pytorch')"
        ),
    ),
    (
        lambda: cm.ReLU(True, False),
        "ReLU: 2 arguments given, at most 1 taken; write ReLU(inplace=False)",
    ),
    (lambda: cm.Conv2d(6, 6, 3, strid=2), "Conv2d: no argument is called 'strid'; did you mean stride?"),
    (lambda: cm.Conv2d(6, 6, 3, in_channels=3), "Conv2d: in_channels is given twice"),
    (
        lambda: cm.Conv2d(3, 8, (3, 3, 3)),
        ("Conv2d: kernel_size must be an integer from 1 to 10^18, or a tuple of 2, one for each axis, not (3, 3, 3)"),
    ),
    (
        lambda: cm.ConvTranspose1d(3, 8, 3, padding="full"),
        (
            "ConvTranspose1d: padding must be an integer, a tuple of 1 "
            "integers or (low, high) pairs, or 'valid', 'same' or 'same_lower', not 'full'"
        ),
    ),
    (
        lambda: cm.DeformConv1d(3, 8, 3, padding="same"),
        ("DeformConv1d: padding must be an integer, or a tuple of 1 integers or (low, high) pairs, not 'same'"),
    ),
    (
        lambda: cm.Upsample(2, mode="cubic"),
        (
            "Upsample: mode must be one of 'nearest', 'nearest-exact', 'linear', "
            "'bilinear', 'bicubic', 'trilinear', 'area', not 'cubic'"
        ),
    ),
    (lambda: cm.Dropout(1.5), "Dropout: p must be a number from 0 to 1, not 1.5"),
    (lambda: cm.BatchNorm2d(4, -0.1), "BatchNorm2d: eps must be a number of at least 0, not -0.1"),
    (lambda: cm.LeakyReLU("a"), "LeakyReLU: negative_slope must be a finite number, not 'a'"),
    (
        lambda: cm.Conv2d(3, 8, 3, convention="caffe"),
        ("Conv2d: convention must be one of 'pytorch', 'torch', 'tensorflow', 'keras', 'onnx', 'jax', not 'caffe'"),
    ),
]

REFUSED_INPUTS = [
    (
        lambda: cm.Fold((4, 2), (2, 3)).output_shape((2, 6, 1)),
        (
            "Fold: axis 1: the window spans 3 positions, the padded plane has 2"
            " (use a larger plane, more padding, or a smaller kernel or dilation)"
        ),
    ),
    (
        lambda: cm.Multiply().output_shape((1, 6, 4), (5, 1, 6, 3)),
        "Multiply: 1x6x4 and 5x1x6x3 differ on axis 3: 4 and 3 (make the two sizes equal, or one of them 1)",
    ),
    (
        lambda: cm.MatMul().output_shape((2, 3, 4), (2, 5, 6)),
        "MatMul: the rows of 2x3x4 have 4 numbers, the columns of 2x5x6 have 5 (make the two equal)",
    ),
    (
        lambda: cm.MatMul().output_shape((2, 3), cm.Shape((3,))),
        "MatMul: 2x3 and 3: both need two axes at least (put Unsqueeze before)",
    ),
    (
        lambda: cm.MatMul().output_shape((2, 3, 4), (3, 4, 6)),
        "MatMul: 2x3x4 and 3x4x6 differ on axis 0: 2 and 3 (make the two sizes equal, or one of them 1)",
    ),
    (
        lambda: cm.Einsum("abc,bd->ad").output_shape((2, 3), (3, 4)),
        "Einsum: 'abc,bd->ad' does not name the axes of 2x3 and 3x4 (one letter for each)",
    ),
    (lambda: cm.Einsum("ab,bc->ac").output_shape((2, 3), (4, 5)), "Einsum: b is 3 and 4 long (make the two equal)"),
    (
        lambda: cm.ScaledDotProductAttention().output_shape((2, 3, 4), cm.Shape((4,)), (2, 5, 6)),
        "ScaledDotProductAttention: 2x3x4, 4 and 2x5x6: all need two axes at least (put Unsqueeze before)",
    ),
    (
        lambda: cm.ScaledDotProductAttention().output_shape((2, 3, 4), (2, 5, 6), (2, 5, 7)),
        "ScaledDotProductAttention: queries have 4 numbers, keys have 6 (make the two equal)",
    ),
    (
        lambda: cm.ScaledDotProductAttention().output_shape((1, 3, 4), (1, 5, 4), (1, 5, 7), (2, 3, 5)),
        "ScaledDotProductAttention: axis 0 of the mask 2x3x5 is 2 long, of the weights 1 (make it 1 long)",
    ),
    (
        lambda: cm.ScaledDotProductAttention().output_shape((3, 4), (5, 4), (5, 7), (1, 3, 5)),
        "ScaledDotProductAttention: the mask 1x3x5 has more axes than the weights 3x5 (leave some out)",
    ),
    (
        lambda: cm.ScaledDotProductAttention().output_shape((2, 3, 4), (2, 5, 4), (2, 6, 7)),
        "ScaledDotProductAttention: there are 5 keys and 6 values (give a value for each key)",
    ),
    (
        lambda: cm.Permute((0, 2)).output_shape((2, 3, 4)),
        "Permute: dims=(0, 2) names 2 of the 3 axes of 2x3x4 (name all)",
    ),
    (
        lambda: cm.Permute((0, 2, 3)).output_shape((2, 3, 4)),
        "Permute: 3 is no axis of the input 2x3x4, which has 3 (count from 0, or from the end with -1)",
    ),
    (
        lambda: cm.Permute((0, 1, -1)).output_shape((2, 3)),
        "Permute: dim=(0, 1, -1) names an axis of 2x3 twice (name each once)",
    ),
    (
        lambda: cm.Squeeze((1, -2)).output_shape((2, 1, 3)),
        "Squeeze: dim=(1, -2) names an axis of 2x1x3 twice (name each once)",
    ),
    (
        lambda: cm.Squeeze(1).output_shape((2, 3, 4)),
        "Squeeze: axis 1 of 2x3x4 is 3 long (only axes of size 1 can be taken away)",
    ),
    (
        lambda: cm.Unsqueeze(4).output_shape((2, 3, 4)),
        "Unsqueeze: 4 is no axis of the output for 2x3x4, which has 4 (count from 0, or from the end with -1)",
    ),
    (
        lambda: cm.Reshape((5, -1)).output_shape((2, 3, 4)),
        "Reshape: 5 of shape=(5, -1) does not divide the 24 numbers of 2x3x4 (choose sizes that divide 24)",
    ),
    (
        lambda: cm.Reshape((5, 5)).output_shape((2, 3, 4)),
        "Reshape: 2x3x4 has 24 numbers, shape=(5, 5) has 25 (choose sizes that multiply to 24)",
    ),
    (
        lambda: cm.Slice(2, 4).output_shape((2, 3, 4)),
        "Slice: nothing is left of axis 2 of 2x3x4 (start=4, stop=None) (keep at least one position)",
    ),
    (
        lambda: cm.Select(1, -4).output_shape((2, 3, 4)),
        "Select: index=-4 is no position of axis 1 of 2x3x4 (count from 0, or with -1 from the end)",
    ),
    (
        lambda: cm.Expand((3, 4)).output_shape((2, 3, 4)),
        "Expand: shape=(3, 4) does not fit the 3 axes of 2x3x4 (state one for each; -1 keeps what is there)",
    ),
    (
        lambda: cm.Expand((-1, 2, 3, 4)).output_shape((2, 3, 4)),
        "Expand: shape=(-1, 2, 3, 4) does not fit the 3 axes of 2x3x4 (state one for each; -1 keeps what is there)",
    ),
    (
        lambda: cm.Expand((2, 3, 5)).output_shape((2, 3, 4)),
        "Expand: axis 2 of 2x3x4 is 4 long, not 1, and cannot become 5 (state 4, or -1)",
    ),
    (
        lambda: cm.Expand((2, 3, 1)).output_shape((2, 3, 4)),
        "Expand: axis 2 of 2x3x4 is 4 long and cannot become 1 (state 4, or -1)",
    ),
    (
        lambda: cm.Repeat((2, 2)).output_shape((2, 3, 4)),
        "Repeat: repeats=(2, 2) has 2 numbers, the input 2x3x4 has 3 axes (give one for each)",
    ),
    (
        lambda: cm.Mean(3).output_shape((2, 3, 4)),
        "Mean: 3 is no axis of the input 2x3x4, which has 3 (count from 0, or from the end with -1)",
    ),
    (lambda: cm.GLU(1).output_shape((2, 3, 4)), "GLU: axis 1 is 3 long, which is odd (use an even size)"),
    (
        lambda: cm.Fold((4, 5), (2, 3)).output_shape((2, 7, 9)),
        "Fold: a window has 6 numbers, which must divide 7 rows (use 1 or 7)",
    ),
    (
        lambda: cm.Fold((4, 5), (2, 3)).output_shape((2, 6, 8)),
        "Fold: there are 8 columns, the window has 9 placements (give 9)",
    ),
    (
        lambda: cm.LSTM(3, 4).output_shape((2, 3, 4, 3)),
        "LSTM: takes (L, N, I), (N, L, I) or (L, I), got 2x3x4x3 (flatten or permute before)",
    ),
    (
        lambda: cm.LSTM(3, 4).output_shape((5, 2, 6)),
        "LSTM: the vectors of 5x2x6 have 6 numbers, input_size is 3 (use input_size=6)",
    ),
    (
        lambda: cm.LSTM(3, 4).output_shape((5, 2, 3), (1, 4)),
        "LSTM: a state of 1x4 is given, 1x2x4 is wanted (give it as many axes)",
    ),
    (
        lambda: cm.GRU(3, 4).output_shape((5, 2, 3), (1, 2, 5)),
        "GRU: axis 2 of a state is 5 long, 4 is wanted (make the two equal)",
    ),
    (
        lambda: cm.BatchNorm2d(3).output_shape(cm.Shape((3,))),
        "BatchNorm2d: takes 2 axes or more, got (3,) (reshape before)",
    ),
    (
        lambda: cm.Conv2d(3, 8, 3).output_shape((1, 4, 9, 9)),
        "Conv2d: the input has 4 channels, in_channels is 3 (use in_channels=4, or an input of 3 channels)",
    ),
    (
        lambda: cm.Conv2d(3, 8, 3, dilation=(1, 4), padding=1).output_shape((1, 3, 1, 6)),
        f"Conv2d: axis 1 of size 6: the kernel spans 9 positions, the padded input has 8 {KERNEL}",
    ),
    (
        lambda: cm.Conv1d(3, 8, 3, padding=4, padding_mode="reflect").output_shape((1, 3, 4)),
        (
            "Conv1d: axis 0: reflect padding copies 4 positions, the input offers 3 "
            "(use less padding or padding_mode='zeros')"
        ),
    ),
    (
        lambda: cm.Conv1d(3, 8, 3, padding=5, padding_mode="circular").output_shape((1, 3, 4)),
        (
            "Conv1d: axis 0: circular padding copies 5 positions, the input offers 4 "
            "(use less padding or padding_mode='zeros')"
        ),
    ),
    (
        lambda: cm.DepthwiseSeparableConv2d(3, 8, 3).output_shape((1, 3, 9, 2)),
        (
            "DepthwiseSeparableConv2d: depthwise: axis 1 of size 2: the kernel spans 3 positions, "
            f"the padded input has 2 {KERNEL}"
        ),
    ),
    (
        lambda: cm.DilatedConv1d(3, 8, 3, 2).output_shape((1, 3, 4)),
        f"DilatedConv1d: axis 0 of size 4: the kernel spans 5 positions, the padded input has 4 {KERNEL}",
    ),
    (
        lambda: cm.LocallyConnected1d(3, 8, 3, input_size=9).output_shape((1, 3, 8)),
        "LocallyConnected1d: axis 0: the input has 8 positions, input_size is 9 (use input_size=8, or an input of 9)",
    ),
    (
        lambda: cm.ConvTranspose1d(3, 8, 3, padding=4).output_shape((1, 3, 2)),
        f"ConvTranspose1d: axis 0 of size 2: cropping leaves -4 positions {CROP}",
    ),
    (
        lambda: cm.MaxUnpool1d(2, padding=1).output_shape((1, 3, 1)),
        f"MaxUnpool1d: axis 0 of size 1: cropping leaves 0 positions {CROP}",
    ),
    (
        lambda: cm.OffsetConv2d(4, 6, 3, stride=2).output_shape((2, 4, 9, 11), (2, 18, 4, 4)),
        "OffsetConv2d: offset has 4 positions along axis 1, 5 are wanted (give it 2x18x4x5)",
    ),
    (
        lambda: cm.OffsetConv1d(4, 6, 3).output_shape((2, 4, 9), (1, 3, 7)),
        "OffsetConv1d: offset has 1 samples, 2 are wanted (give it 2x3x7)",
    ),
    (
        lambda: cm.OffsetConv1d(4, 6, 3).output_shape((2, 4, 9), (2, 3, 7), (2, 3)),
        "OffsetConv1d: mask has 2 axes, 2x3, 3 are wanted: 2x3x7",
    ),
    (
        lambda: cm.MaxUnpool2d(2, output_size=(6, 9)).output_shape((1, 3, 3, 4), (1, 3, 3, 5)),
        "MaxUnpool2d: axis 3 of the indices 1x3x3x5 is 5 long, the input's 4 (give one place for each number)",
    ),
    (
        lambda: cm.MaxUnpool2d(2).output_shape((1, 3, 3, 4), (1, 3, 12)),
        "MaxUnpool2d: the indices have 3 axes, 1x3x12, the input 4: 1x3x3x4",
    ),
    (
        lambda: cm.MaxUnpool2d(2, output_size=(6, 10)).output_shape((1, 3, 3, 4)),
        "MaxUnpool2d: axis 1: output_size=10 is a stride of 2 or more away from 8 (state a nearer size)",
    ),
    (
        lambda: cm.ScatterElements(1).output_shape((3, 5), (4, 2), (4, 2)),
        "ScatterElements: axis 0 of the indices 4x2 is 4 long, the first input's 3 (use at most 3 there)",
    ),
    (
        lambda: cm.ScatterElements(1).output_shape((3, 5), (3, 2), (3, 1)),
        "ScatterElements: axis 1 of the values 3x1 is 1 long, 2 are wanted (give them as 3x2)",
    ),
    (
        lambda: cm.ScatterElements(1).output_shape((3, 5), (3, 2), (3, 2, 1)),
        "ScatterElements: values have 3 axes, 3x2x1, the first input 2: 3x5",
    ),
    (
        lambda: cm.GatherElements(1).output_shape((3, 5), (4, 2)),
        "GatherElements: axis 0 of the indices 4x2 is 4 long, the first input's 3 (use at most 3 there)",
    ),
    (
        lambda: cm.GatherElements(1).output_shape((3, 5), (3, 2, 1)),
        "GatherElements: the indices have 3 axes, 3x2x1, the first input 2: 3x5",
    ),
    (
        lambda: cm.TopK(6).output_shape((3, 5)),
        "TopK: k=6 is more than the 5 positions of axis 1 of 3x5 (choose at most 5)",
    ),
    (
        lambda: cm.GridSample().output_shape((1, 3, 5, 6), (1, 8, 2)),
        "GridSample: the grid has 3 axes, 1x8x2, the first input 4: 1x3x5x6 (give it as many)",
    ),
    (
        lambda: cm.GridSample().output_shape((2, 3, 5, 6), (1, 8, 9, 2)),
        "GridSample: the grid 1x8x9x2 is for 1 samples, the first input has 2 (give one for each)",
    ),
    (
        lambda: cm.GridSample().output_shape((2, 3, 5, 6), (2, 8, 9, 3)),
        "GridSample: a place of the grid 2x8x9x3 has 3 numbers, the first input 2 spatial axes (give one for each)",
    ),
    (
        lambda: cm.ScatterND().output_shape((4, 5), (3, 3), cm.Shape((3,))),
        "ScatterND: the indices 3x3 name 3 axes of 4x5, which has 2 (name some)",
    ),
    (
        lambda: cm.ScatterND().output_shape((4, 5), (3, 1), cm.Shape((3,))),
        "ScatterND: the values have 1 axes, 3, 2 are wanted: 3x5",
    ),
    (
        lambda: cm.MaxPool3d(2).output_shape((1, 3, 4, 5, 1)),
        f"MaxPool3d: axis 2 of size 1: the kernel spans 2 positions, the padded input has 1 {KERNEL}",
    ),
    (
        lambda: cm.PReLU(3).output_shape((1, 1, 9)),
        "PReLU: the input has 1 channels, num_parameters is 3 (use num_parameters=1 or 1)",
    ),
    (
        lambda: cm.Softmax(3).output_shape((1, 8, 9)),
        "Softmax: dim=3 is no axis of the input 1x8x9, which has 3",
    ),
    (
        lambda: cm.LogSoftmax(-4).output_shape((1, 8, 9)),
        "LogSoftmax: dim=-4 is no axis of the input 1x8x9, which has 3",
    ),
    (
        lambda: cm.BatchNorm2d(8).output_shape((1, 9, 4, 4)),
        "BatchNorm2d: the input has 9 channels, num_features is 8 (use num_features=9)",
    ),
    (
        lambda: cm.BatchNorm1d(8).output_shape((1, 8, 4, 4)),
        "BatchNorm1d: takes (N, C) or (N, C, L), got 1x8x4x4 (use BatchNorm2d or BatchNorm3d)",
    ),
    (
        lambda: cm.GroupNorm(2, 8).output_shape((1, 9, 4, 4)),
        "GroupNorm: the input has 9 channels, num_channels is 8 (use num_channels=9)",
    ),
    (
        lambda: cm.LayerNorm((8, 4)).output_shape((1, 8, 5)),
        "LayerNorm: axis 2 of the input 1x8x5 is 5, normalized_shape says 4 (use the input's last sizes)",
    ),
    (
        lambda: cm.LayerNorm((1, 8, 4)).output_shape((1, 8, 4)),
        "LayerNorm: normalized_shape has 3 sizes, the input 1x8x4 has 2 beside the batch",
    ),
    (
        lambda: cm.Linear(8, 4).output_shape((1, 3, 9)),
        "Linear: the last axis of 1x3x9 is 9 long, in_features is 8 (use in_features=9, or flatten before)",
    ),
    (
        lambda: cm.ZeroPad1d((-3, -6)).output_shape((1, 3, 9)),
        "ZeroPad1d: axis 0 of size 9: cropping by 3 and 6 leaves 0 positions (crop less)",
    ),
    (
        lambda: cm.Cropping2d((1, 2, 3, 4)).output_shape((1, 3, 6, 9)),
        "Cropping2d: axis 0: cropping by 3 and 4 takes 7 positions of 6 (crop less)",
    ),
    (
        lambda: cm.ConstantPad1d((-4, 9), 0).output_shape((1, 3, 3)),
        "ConstantPad1d: axis 0: cropping by 4 and 0 takes 4 positions of 3 (crop less)",
    ),
    (
        lambda: cm.ReflectionPad2d((1, 4, 0, 0)).output_shape((1, 3, 1, 4)),
        "ReflectionPad2d: axis 1 of size 4: the padding copies 4 positions, the input offers 3 (pad by at most 3)",
    ),
    (
        lambda: cm.CircularPad1d((5, 0)).output_shape((1, 3, 4)),
        "CircularPad1d: axis 0 of size 4: the padding copies 5 positions, the input offers 4 (pad by at most 4)",
    ),
    (
        lambda: cm.PixelShuffle(2).output_shape((1, 6, 4, 4)),
        "PixelShuffle: upscale_factor=2 takes channels divisible by 4, not 6 (give it a multiple of 4 channels)",
    ),
    (
        lambda: cm.PixelUnshuffle(2).output_shape((1, 6, 4, 9)),
        "PixelUnshuffle: axis 1: downscale_factor=2 must divide the size 9 (use 1, 3 or 9, or pad)",
    ),
    (
        lambda: cm.ChannelShuffle(4).output_shape((1, 6, 4, 4)),
        "ChannelShuffle: groups=4 must divide the input's 6 channels (use 1, 2, 3 or 6)",
    ),
    (
        lambda: cm.Unfold((2, 3), dilation=(1, 2)).output_shape((1, 6, 4, 4)),
        (
            "Unfold: axis 1 of size 4: the kernel spans 5 positions, the padded input has 4"
            " (use a larger input, more padding, or a smaller kernel or dilation)"
        ),
    ),
    (
        lambda: cm.Flatten(3).output_shape((1, 6, 4)),
        "Flatten: start_dim=3 is no axis of the input 1x6x4, which has 3 (use 1 or -1)",
    ),
    (
        lambda: cm.Flatten(1, -4).output_shape((1, 6, 4)),
        "Flatten: end_dim=-4 is no axis of the input 1x6x4, which has 3 (use 1 or -1)",
    ),
    (
        lambda: cm.Flatten(-3).output_shape((1, 6, 4)),
        "Flatten: the batch axis cannot be flattened (start_dim=0) (use start_dim=1)",
    ),
    (
        lambda: cm.Flatten(2, 1).output_shape((1, 6, 4)),
        "Flatten: end_dim=1 comes before start_dim=2 (use end_dim=-1)",
    ),
    (
        lambda: cm.Unflatten(1, (2, 4)).output_shape((1, 6, 4)),
        "Unflatten: 2·4 is 8, axis 1 of 1x6x4 is 6 long (choose sizes that multiply to 6)",
    ),
    (
        lambda: cm.Unflatten(3, (2, 4)).output_shape((1, 6, 4)),
        "Unflatten: dim=3 cannot be split in the input 1x6x4 (use 1 … 2)",
    ),
    (
        lambda: cm.Upsample(scale_factor=2, mode="bilinear").output_shape((1, 6, 4)),
        "Upsample: mode='bilinear' takes 2 spatial axes, the input 1x6x4 has 1 (use mode='linear')",
    ),
    (
        lambda: cm.Upsample((3, 4)).output_shape((1, 6, 4)),
        "Upsample: 2 sizes are stated, the input 1x6x4 has 1 spatial axes (state one for each axis)",
    ),
    (
        lambda: cm.Upsample(scale_factor=0.3).output_shape((1, 6, 4, 3)),
        "Upsample: axis 1 of size 3 is scaled to 0 positions (use a larger scale_factor)",
    ),
    (
        lambda: cm.Multiply().output_shape((1, 6, 4), (1, 1, 1), (1, 6, 3)),
        "Multiply: 1x6x4 and 1x6x3 differ on axis 2: 4 and 3 (make the two sizes equal, or one of them 1)",
    ),
    (
        lambda: cm.Add().output_shape((1, 6, 1), (1, 6, 4), (1, 6, 3)),
        "Add: 1x6x4 and 1x6x3 differ on axis 2: 4 and 3 (make the two sizes equal, or one of them 1)",
    ),
    (
        lambda: cm.Concat().output_shape((1, 6, 4), (1, 6, 4, 4)),
        "Concat: 1x6x4 and 1x6x4x4 have 3 and 4 axes (reshape one of them)",
    ),
    (
        lambda: cm.Concat(-1).output_shape((1, 6, 4), (1, 5, 3)),
        "Concat: 1x6x4 and 1x5x3 differ on axis 1: 6 and 5 (make the two sizes equal; only axis 2 may differ)",
    ),
    (
        lambda: cm.Concat(3).output_shape((1, 6, 4)),
        "Concat: dim=3 is no axis of the input 1x6x4, which has 3",
    ),
    (
        lambda: cm.Split((2, 3)).output_shape((1, 6, 4)),
        "Split: the sizes add up to 5, axis 1 of 1x6x4 is 6 long (choose sizes that add up to 6)",
    ),
    (
        lambda: cm.Split(2, 3).output_shape((1, 6, 4)),
        "Split: dim=3 is no axis of the input 1x6x4, which has 3",
    ),
    (
        lambda: cm.Split(2).output_shape((1, 10**12)),
        "Split: axis 1 of 1x1000000000000 makes 500000000000 pieces (use larger pieces)",
    ),
    (
        lambda: cm.Chunk(5).output_shape((1, 7, 4)),
        "Chunk: axis 1 of 1x7x4 cannot be parted into 5 pieces of 2 (use fewer chunks)",
    ),
    (
        lambda: cm.Chunk(5, 3).output_shape((1, 7, 4)),
        "Chunk: dim=3 is no axis of the input 1x7x4, which has 3",
    ),
    (
        lambda: cm.Conv2d(3, 8, 3).output_shape((3, 9, 9)),
        "Conv2d: takes 4 sizes (N, C, H, W), got 3: 3x9x9 (give one for each of N, C, H, W)",
    ),
    (
        lambda: cm.Conv2d(3, 8, 3).output_shape((1, 3, 9, 9), (1, 3, 9, 9)),
        "Conv2d: takes one input, got 2 (give it as many)",
    ),
    (lambda: cm.Add().output_shape((1, 6, 4)), "Add: takes at least 2 inputs, got 1 (give it as many)"),
    (lambda: cm.Concat().output_shape(), "Concat: takes at least 1 input, got 0 (give it as many)"),
    (lambda: cm.ReLU().receptive_field(), "ReLU: takes one input, got 0 (give it as many)"),
]


@pytest.mark.parametrize(("make", "text"), REFUSED_ARGUMENTS, ids=[text[:40] for _, text in REFUSED_ARGUMENTS])
def test_refused_arguments(make, text: str) -> None:
    with pytest.raises(ParameterError, match=f"^{re.escape(text)}$"):
        make()


@pytest.mark.parametrize(("ask", "text"), REFUSED_INPUTS, ids=[text[:40] for _, text in REFUSED_INPUTS])
def test_refused_inputs(ask, text: str) -> None:
    with pytest.raises(ShapeError, match=f"^{re.escape(text)}$"):
        ask()


def test_pieces_of_an_unknown_axis() -> None:
    np = pytest.importorskip("numpy")
    with pytest.raises(
        ShapeError, match=r"^Split: axis 1 of 1x\[6 7\] makes \[3 4\] pieces, which is no number \(state"
    ):
        cm.Split(2).output_shape((1, np.array([6, 7])))


def test_names_of_keras_are_understood_with_a_hint() -> None:
    with pytest.warns(NameHint, match=r"^Conv2d: filters is Keras' name for out_channels$"):
        assert cm.Conv2d(3, kernel_size=3, filters=8) == cm.Conv2d(3, 8, 3)
    with pytest.warns(NameHint, match=r"^MaxPool2d: pool_size is Keras' name for kernel_size$"):
        assert cm.MaxPool2d(pool_size=3) == cm.MaxPool2d(3)
    with (
        pytest.raises(ParameterError, match=r"^Conv2d: stride is given twice$"),
        pytest.warns(NameHint, match=r"^Conv2d: strides is Keras' name for stride$"),
    ):
        cm.Conv2d(3, 8, 3, strides=2, stride=2)


# That no message is missing above


CONDITIONS = {"at_least", "equal", "divides", "broadcastable"}
ERRORS = {"ParameterError", "ShapeError"}
ELSEWHERE = {"field.py", "parse.py"}
"""Domains are tested field by field, the reading of texts where it is."""


def templates() -> list[tuple[str, str]]:
    """(place, pattern) of every message in the layers' source: its words, with anything for its numbers."""
    found = []
    for path in sorted(Path(registry.__file__).parent.glob("*.py")):
        if path.name in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in CONDITIONS:
                parts = [pattern(argument) for argument in node.args[2:4]]
                words = r" \(".join(parts) if len(parts) == 2 else parts[0]
            elif node.func.id in ERRORS and node.args:
                words = pattern(node.args[0])
            else:
                continue
            found.append((f"{path.name}:{node.lineno}", words))
    return found


def pattern(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return re.sub(QUOTED, ".+", re.escape(node.value))
    assert isinstance(node, ast.JoinedStr)
    words = "".join(re.escape(part.value) if isinstance(part, ast.Constant) else ".*" for part in node.values)
    return re.sub(QUOTED, ".+", words)


QUOTED = r"\\{\w+(\\\[\d\\\])?\\}"
"""What a message quotes, escaped as the words around it are: {left}, {about[0]}."""


def test_every_message_is_tested() -> None:
    texts = [text for _, text in (*REFUSED_ARGUMENTS, *REFUSED_INPUTS)]
    texts += [
        "Split: axis 1 of 1x[6 7] makes [3 4] pieces, which is no number (state every size)",
        "Conv is a family of layers; use one of its types, such as Conv1d",
    ]
    found = templates()
    assert len(found) > 50
    missing = [(place, words) for place, words in found if not any(re.search(words, text) for text in texts)]
    assert missing == []


def test_formulas_stand_in_messages_as_they_are_written():
    H, w = cm.symbols("H w")  # noqa: N806 (sizes)
    with pytest.raises(ParameterError, match=r"not \(H, -1\)$"):
        cm.Conv2d(H, 8, (H, -1))
    with pytest.raises(ParameterError, match=r"^H is no layer"):
        cm.port(H, "keras")
    with pytest.raises(ParseError, match=r"^'0\.5 \* w' mixes a fraction with a formula"):
        parse_layer("Conv2d(3, 0.5*w, 3)", {"w": w})


def test_what_is_cropped_away_before_it_goes_round():
    with pytest.raises(
        ShapeError, match=r"^CircularPad2d: axis 1: cropping by 2 and 0 takes 2 positions of 1 \(crop less\)$"
    ):
        cm.CircularPad2d((-2, 1, -1, -2)).output_shape((1, 1, 4, 1))
