"""Quantities that no layer tells by itself, against counts made from their definitions, tap by tap."""

from __future__ import annotations

import cmath
from fractions import Fraction
from itertools import product
from math import prod
from random import Random

import pytest

import convmath as cm
from convmath.core.errors import FormulaError
from convmath.formulas.formula import formula, formulas
from convmath.layers import layer_type
from tests.formulas.numbers import AXES, draw, made, rank_of
from tests.formulas.test_every_type import TYPES, accepted, at

LINEAR = ("Conv", "PointwiseConv", "GroupedConv", "DepthwiseConv", "DilatedConv", "LocallyConnected", "CausalConv")

LINEAR_TYPES = [name for name in TYPES if name[:-2] in (*LINEAR, "ConvTranspose")]

MATRIX = ("matrix_rows", "matrix_columns", "nonzeros", "im2col")

every_linear_type = pytest.mark.parametrize("name", LINEAR_TYPES)


def numbers(layer, field, rank, usual):
    """A hyper-parameter along every axis, or what it is where the type has none."""
    value = layer.__dict__.get(field)
    value = usual if value is None else value
    return tuple(value) if isinstance(value, tuple) else (value,) * rank


def reads(layer, sizes, outputs, low):
    """Every pair of an output's place and an input's place that are joined by a tap, along all axes."""
    rank = len(sizes)
    k, s, d = (numbers(layer, field, rank, 1) for field in ("kernel_size", "stride", "dilation"))
    for place in product(*map(range, outputs)):
        for tap in product(*map(range, k)):
            read = tuple(o * step - p + t * apart for o, step, p, t, apart in zip(place, s, low, tap, d, strict=True))
            if all(0 <= r < size for r, size in zip(read, sizes, strict=True)):
                yield place, read


def entries(name, layer, x, y):
    """The places of the layer's matrix that are not zero: (channel and position out, channel and position in)."""
    rank = len(x) - 2
    low = (
        tuple(pads[0] for pads in numbers(layer, "padding", rank, (0, 0))) if "padding" in layer.fields else (0,) * rank
    )
    if name.startswith("Causal"):
        low = tuple(d * (k - 1) for k, d in zip(layer.kernel_size, layer.dilation, strict=True))
    if name.startswith("ConvTranspose"):
        joined = {(o, i) for i, o in reads(layer, y[2:], x[2:], low)}
    else:
        joined = set(reads(layer, x[2:], y[2:], low))
    groups = x[1] if name.startswith("Depthwise") else layer.__dict__.get("groups", 1)
    of_one = {(m, n) for m in range(y[1]) for n in range(x[1]) if m * groups // y[1] == n * groups // x[1]}
    return {(m, o, n, i) for m, n in of_one for o, i in joined}


@every_linear_type
def test_the_matrix_of_a_layer(name):
    dice = Random(f"matrix {name}")
    for _ in range(4):
        drawn, layer, shape, y = tiny(dice, name)
        found = entries(name, layer, shape, y)
        assert at(formula(name, "matrix_rows"), drawn.values) == prod(y[1:])
        assert at(formula(name, "matrix_columns"), drawn.values) == prod(shape[1:])
        assert at(formula(name, "nonzeros"), drawn.values) == len(found)
        assert {(m, *o) for m, o, _, _ in found} <= set(product(*map(range, y[1:])))


def tiny(dice, name):
    """A drawn layer whose maps are cut down, so that its matrix can be written down."""
    while True:
        drawn = draw(dice, name)
        values = {**drawn.values}
        for size in ("L", "D", "H", "W", *(f"i{axis}" for axis in AXES[rank_of(name)])):
            if size in values:
                values[size] = dice.randint(2, 9 if rank_of(name) < 3 else 4)
        for channels in ("C_in", "C_out"):
            values[channels] = values["g"] * dice.randint(1, 3)
        sizes = [values[s] for s in {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}[rank_of(name)]]
        arguments = {
            key: values[symbol]
            for key, symbol in (("in_channels", "C_in"), ("out_channels", "C_out"))
            if key in layer_type(name).fields
        }
        if "input_size" in layer_type(name).fields:
            arguments["input_size"] = tuple(values[f"i{axis}"] for axis in AXES[rank_of(name)])
            sizes = arguments["input_size"]
        try:
            layer = made(name, drawn, **arguments)
            shape = (1, values["C_in"], *sizes)
            y = layer.output_shape(shape)
        except (cm.ShapeError, cm.ParameterError):
            continue
        if prod(y[1:]) * prod(shape[1:]) < 400_000:
            return drawn._replace(values=values), layer, shape, y


@every_linear_type
def test_im2col_copies_every_tap_of_every_placement(name):
    dice = Random(f"im2col {name}")
    transposed = name.startswith("ConvTranspose")
    for _ in range(4):
        drawn, layer, x, y = tiny(dice, name)
        placements, channels = (x[2:], y[1]) if transposed else (y[2:], x[1])
        kernel = numbers(layer, "kernel_size", len(x) - 2, 1)
        columns = [
            [tap for _ in range(channels) for tap in product(*map(range, kernel))]
            for _ in product(*map(range, placements))
        ]
        assert at(formula(name, "im2col"), drawn.values) == sum(map(len, columns))


def test_only_layers_of_one_matrix_have_one():
    assert {name for name in TYPES if any(f.quantity == "nonzeros" for f in formulas(name))} == set(LINEAR_TYPES)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_no_nonzeros_where_several_taps_read_one_input(mode):
    layer = cm.Conv1d(1, 1, 3, padding=1, padding_mode=mode)
    assert formula(layer, "matrix_rows").at(L=9) == 9
    with pytest.raises(FormulaError, match=r"^Conv1d has no nonzeros \("):
        formula(layer, "nonzeros")


WINDOWED = [name for name in TYPES if any(f.quantity == "padded" for f in formulas(name))]


def stretched(size, stride):
    row = []
    for _ in range(size):
        row += ["x", *["0"] * (stride - 1)]
    return row[: len(row) - stride + 1]


@pytest.mark.parametrize("name", WINDOWED)
def test_the_padded_input_is_as_long_as_it_is_built(name):
    for drawn, layer in accepted(Random(f"padded {name}"), name, 8):
        for axis, (suffix, size) in enumerate(zip(AXES[rank_of(name)], drawn.shapes[0][2:], strict=True)):
            v = {**drawn.of_axis(suffix, next(iter(drawn.values))), "i": size}
            p = v["p"] if "padding" in layer.fields else 0
            d = v["d"] if "dilation" in layer.fields else 1
            if name.startswith(("ConvTranspose", "MaxUnpool")):
                around = d * (v["k"] - 1) - v["p"]  # of relationship 13: p' = k' − p − 1, and a at the end
                row = stretched(size, v["s"])
                row = ["0"] * around + row + ["0"] * around if around >= 0 else row[-around:around]
                assert at(formula(name, "padded"), v) == len(row) + (v["a"] if name.startswith("Conv") else 0)
                continue
            if name.startswith("Causal"):
                row = ["0"] * (d * (v["k"] - 1)) + ["x"] * size
            elif name.startswith("Cropping"):
                row = ["x"] * size
                row = row[v["p"] : len(row) - v["p"]]
            else:
                row = ["0"] * p + ["x"] * size + ["0"] * p
            assert at(formula(name, "padded"), v) == len(row), (layer, axis)


KEEPING = [name for name in TYPES if any(f.quantity == "keeping_padding" for f in formulas(name))]


@pytest.mark.parametrize("name", KEEPING)
def test_the_least_padding_that_keeps_the_size(name):
    for drawn, _ in accepted(Random(f"keeping {name}"), name, 8):
        for suffix, size in zip(AXES[rank_of(name)], drawn.shapes[0][2:], strict=True):
            v = {**drawn.of_axis(suffix, next(iter(drawn.values))), "i": size}
            span = [t * v.get("d", 1) for t in range(v.get("k", 1))]
            padding = 0
            while len(range(0, size + padding - span[-1], v["s"])) < size:
                padding += 1
            assert at(formula(name, "keeping_padding"), v) == padding


def test_there_are_types_whose_padding_can_keep_the_size():
    assert {"Conv1d", "Conv2d", "Conv3d"} <= set(KEEPING)


# Winograd


@pytest.mark.parametrize(
    ("tile", "size", "saving"),
    [
        (2, 14, "2.25"), (4, 14, "3.06"), (6, 14, "3.06"), (2, 7, "1.72"), (4, 7, "3.06"), (6, 7, "1.72"),
        (2, 28, "2.25"), (4, 28, "4"), (6, 28, "4.41"),
    ],
)  # fmt: skip
def test_winograd_saves_less_where_tiles_do_not_fit(tile, size, saving):
    sizes = {"H": size, "W": size, "p_h": 1, "p_w": 1, "k_h": 3, "k_w": 3, "C_in": 8, "C_out": 6}
    macs, products = formula("Conv2d", "macs").at(**sizes), formula("Conv2d", "winograd").at(**sizes, m=tile)
    assert round(Fraction(macs, products), 2) == Fraction(saving)


@pytest.mark.parametrize("name", ["Conv1d", "Conv2d", "Conv3d"])
def test_winograd_counts_every_tile(name):
    dice = Random(f"winograd {name}")
    f = formula(name, "winograd")
    for drawn, layer in accepted(dice, name, 40):
        if {*layer.stride, *layer.dilation} != {1}:
            continue
        (shape,) = drawn.shapes
        m = drawn.values["m"]
        count = 0
        for corner in product(*(range(0, o, m) for o in layer.output_shape(shape).spatial)):
            assert len(corner) == len(layer.kernel_size)
            count += prod(m + k - 1 for k in layer.kernel_size)
        assert at(f, drawn.values) == shape[0] * layer.out_channels * (layer.in_channels // layer.groups) * count


@pytest.mark.parametrize("quantity", ["winograd", "fft"])
@pytest.mark.parametrize("other", [{"stride": 2}, {"dilation": (1, 2)}, {"stride": (1, 2)}])
def test_fast_algorithms_are_for_stride_and_dilation_1(quantity, other):
    assert not {"s_h", "d_h"} & set(formula("Conv2d", quantity).names)
    assert formula(cm.Conv2d(3, 4, 3), quantity).at(H=9, W=7, **({"m": 2} if quantity == "winograd" else {})) > 0
    with pytest.raises(FormulaError, match=rf"^Conv2d has no {quantity} \(.*for stride and dilation 1\)"):
        formula(cm.Conv2d(3, 4, 3, **other), quantity)


# Fourier


class Counter:
    """Radix-2 transforms that count their complex multiplications."""

    def __init__(self):
        self.count = 0

    def times(self, a, b):
        self.count += 1
        return a * b

    def transform(self, row, sign=-1):
        if len(row) == 1:
            return row
        even, odd = self.transform(row[::2], sign), self.transform(row[1::2], sign)
        turned = [self.times(cmath.exp(sign * 2j * cmath.pi * n / len(row)), z) for n, z in enumerate(odd)]
        return [a + b for a, b in zip(even, turned, strict=True)] + [a - b for a, b in zip(even, turned, strict=True)]

    def transform_2d(self, rows, sign=-1):
        rows = [self.transform(row, sign) for row in rows]
        columns = [self.transform(list(column), sign) for column in zip(*rows, strict=True)]
        return [list(row) for row in zip(*columns, strict=True)]


def padded_to(rows, height, width):
    wide = [[*row, *[0] * (width - len(row))] for row in rows]
    return wide + [[0] * width for _ in range(height - len(rows))]


@pytest.mark.parametrize(
    ("n", "c_in", "c_out", "g", "h", "w", "k_h", "k_w"),
    [(2, 2, 3, 1, 5, 3, 3, 2), (1, 4, 2, 2, 4, 6, 1, 3), (1, 1, 1, 1, 1, 1, 1, 1), (1, 3, 1, 1, 1, 7, 1, 2)],
)
def test_fft_against_transforms_that_count(n, c_in, c_out, g, h, w, k_h, k_w):
    dice = Random(1)
    height = next(2**e for e in range(9) if 2**e >= h + k_h - 1)
    width = next(2**e for e in range(9) if 2**e >= w + k_w - 1)
    maps = [[[[dice.randint(-3, 3) for _ in range(w)] for _ in range(h)] for _ in range(c_in)] for _ in range(n)]
    share = c_in // g
    kernels = [
        [[[dice.randint(-3, 3) for _ in range(k_w)] for _ in range(k_h)] for _ in range(share)] for _ in range(c_out)
    ]
    work = Counter()
    seen = [[work.transform_2d(padded_to(x, height, width)) for x in sample] for sample in maps]
    turned = [[[row[::-1] for row in kernel[::-1]] for kernel in kernel_stack] for kernel_stack in kernels]
    known = [[work.transform_2d(padded_to(kernel, height, width)) for kernel in stack] for stack in turned]
    for sample, spectra in zip(maps, seen, strict=True):
        for m, stack in enumerate(known):
            total = [[0] * width for _ in range(height)]
            first = m * g // c_out * share
            for c, kernel in enumerate(stack):
                for a, b in product(range(height), range(width)):
                    total[a][b] += work.times(spectra[first + c][a][b], kernel[a][b])
            out = work.transform_2d(total, 1)
            for a, b in product(range(h - k_h + 1), range(w - k_w + 1)):
                direct = sum(
                    sample[first + c][a + u][b + v] * kernels[m][c][u][v]
                    for c in range(share) for u in range(k_h) for v in range(k_w)
                )  # fmt: skip
                assert round((out[a + k_h - 1][b + k_w - 1] / (height * width)).real) == direct
    stated = formula("Conv2d", "fft").at(N=n, C_in=c_in, C_out=c_out, g=g, H=h, W=w, k_h=k_h, k_w=k_w)
    assert stated == work.count
