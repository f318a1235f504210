"""What comes in and is no array of numbers, or of other ones: where NaN goes, what is refused, how integers wrap."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ConvmathError, ParameterError, ShapeError
from convmath.numeric import reference
from convmath.numeric.kernels import KERNELS, kernel
from convmath.numeric.kernels.deformable import Deformed
from tests.numeric.families import FAMILIES, arrays, made_of, ready, values

OTHER_INPUTS = {"gather_elements", "lookup", "source"}
"""Kernels that read indices, or nothing; their values are held against PyTorch, tests/torch."""

every_family = pytest.mark.parametrize("name", FAMILIES)


def test_every_file_of_kernels_is_here():
    tested = {kernel(layer).__name__.rpartition(".")[2] for layer, _ in FAMILIES.values()}
    assert tested | OTHER_INPUTS == set(KERNELS.values())
    assert not tested & OTHER_INPUTS


# Numbers that are none


FLAT = ("upsample", "attention", "function, of whole numbers", "recurrent")
"""Families of which some inputs are read with a share of 0, or where the function is flat."""

SOLID = [name for name in FAMILIES if FAMILIES[name][0].op not in {"DeformConv2d", "OffsetConv2d"}]


@pytest.mark.parametrize("name", SOLID)
def test_nan_goes_wherever_its_position_is_read_and_nowhere_else(name):
    """Where a number's change is seen; a resize reads some with a share of 0, and 0·NaN is NaN, as in PyTorch."""
    plan, (xs, weights) = ready(name), arrays(name)
    before = numbers_of(made_of(plan, xs, weights))
    for place in [(0,) * xs[0].ndim, tuple(size // 2 for size in xs[0].shape), tuple(size - 1 for size in xs[0].shape)]:
        changed, without = xs[0].copy(), xs[0].copy()
        changed[place] += 1000
        without[place] = np.nan
        read = numbers_of(made_of(plan, [changed, *xs[1:]], weights)) != before
        spoilt = np.isnan(numbers_of(made_of(plan, [without, *xs[1:]], weights)))
        assert not (read & ~spoilt).any()
        assert name.startswith(FLAT) or not (spoilt & ~read).any()


def numbers_of(made):
    """All that comes out but indices, in one row."""
    return np.concatenate([array.ravel() for array in made if array.dtype.kind == "f"])


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.filterwarnings("ignore:invalid value encountered")  # in the reference's loops
def test_convolutions_of_what_is_not_finite(number, dtype):
    for name in ("conv", "conv, each channel", "conv, pointwise", "conv, large"):
        layer, (xs, weights) = FAMILIES[name][0], arrays(name, dtype)
        xs[0][0, 1, ..., 2] = number
        expected = reference.convolution(
            xs[0], weights["weight"], weights["bias"], layer.stride, layer.padding, layer.dilation, layer.groups
        )
        assert np.array_equal(ready(name, dtype)(xs[0], weights), expected, equal_nan=True)
    layer, (xs, weights) = FAMILIES["transposed"][0], arrays("transposed", dtype)
    xs[0][0, 1, 1, 2] = number
    crops = tuple((pads.low, pads.high - extra) for pads, extra in zip(layer.padding, layer.extra, strict=True))
    expected = reference.transposed(xs[0], weights["weight"], weights["bias"], layer.stride, crops, groups=layer.groups)
    assert np.array_equal(ready("transposed", dtype)(xs[0], weights), expected, equal_nan=True)


def test_an_offset_that_is_none_is_refused():
    layer, shape = FAMILIES["deformable"]
    xs, weights = arrays("deformable")
    xs[0][1, 1, 3, 3] = np.nan
    with pytest.raises(ParameterError, match=r"^DeformConv2d: an offset is not finite"):
        ready("deformable")(xs[0], weights)
    given = Deformed(layer, cm.Shape(shape), layer.output_shape(shape), np.dtype(float))
    for number in (np.nan, np.inf):
        offset = np.zeros((2, 18, 5, 6))
        offset[1, 3, 2, 2] = number
        with pytest.raises(ParameterError, match=r"^DeformConv2d: an offset is not finite"):
            given(values(shape, float), offset, None, weights)
    for offset, mask, said in (
        (np.zeros((2, 9, 5, 6)), None, "the offset is 2x9x5x6, 2x18x5x6 is asked for"),
        (np.zeros((2, 18, 5, 6)), np.zeros((2, 9, 6, 5)), "the mask is 2x9x6x5, 2x9x5x6 is asked for"),
    ):
        with pytest.raises(ShapeError, match=f"^DeformConv2d: {said}$"):
            given(values(shape, float), offset, mask, weights)
    far = given(values(shape, float), np.full((2, 18, 5, 6), 1e300), None, weights)
    assert np.array_equal(far, np.broadcast_to(weights["bias"].reshape(3, 1, 1), far.shape))


# What is refused


@every_family
def test_another_shape(name):
    plan, (xs, weights) = ready(name), arrays(name)
    who, several = plan.layer.op, len(xs) > 1
    for place, x in enumerate(xs):
        called = f"input {place}" if several else "the input"
        for other in (x[..., :-1], x[:1], x[None], x[0], np.float64(3)):
            given = [other if at == place else each for at, each in enumerate(xs)]
            asked = "x".join(map(str, x.shape))
            is_now = "x".join(map(str, other.shape)) or "a number"
            with pytest.raises(ShapeError, match=f"^{who}: {called} is {is_now}, {asked} is asked for$"):
                made_of(plan, given, weights)
    for own, array in weights.items():
        for other in (array[..., :-1], array[None], np.float64(3)):
            asked = "x".join(map(str, array.shape))
            is_now = "x".join(map(str, other.shape)) or "a number"
            with pytest.raises(ShapeError, match=f"^{who}: {re.escape(own)} is {is_now}, {asked} is asked for$"):
                made_of(plan, xs, weights | {own: other})


NO_NUMBERS = {
    "bool": lambda x: x.astype(bool),
    "object": lambda x: x.astype(object),
    "decimals": lambda x: np.full(x.shape, Decimal(1)),
    "str": lambda x: x.astype(str),
    "bytes": lambda x: x.astype("S"),
    "datetime64": lambda x: x.astype("M8[s]"),
    "timedelta64": lambda x: x.astype("m8[s]"),
    "void": lambda x: np.zeros(x.shape, "f8,f8"),
    "a text": lambda x: "numbers",
    "None": lambda x: None,
    "a set": lambda x: {1, 2},
    "a ragged list": lambda x: [[1], [1, 2]],
    "masked": lambda x: np.ma.masked_equal(x, x.flat[0]),
    "raising": lambda x: Raising(),
    "a layer": lambda x: cm.ReLU(),
}  # fmt: skip


class Raising:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("a tensor\nthat is elsewhere")


TOO_WIDE = {
    "longdouble": lambda x: x.astype(np.longdouble),
    "complex": lambda x: x.astype(complex),
    "a complex list": lambda x: (x * 1j).tolist(),
}  # fmt: skip


@every_family
@pytest.mark.parametrize("kind", [*NO_NUMBERS, *TOO_WIDE])
def test_another_kind(name, kind):
    plan, (xs, weights) = ready(name), arrays(name)
    who, other = plan.layer.op, {**NO_NUMBERS, **TOO_WIDE}[kind]
    called = "input 0" if len(xs) > 1 else "the input"
    with pytest.raises(ParameterError, match=f"^{who}: {called} (is|cannot be made) [^\n]+$"):
        made_of(plan, [other(xs[0]), *xs[1:]], weights)
    for own, array in weights.items():
        with pytest.raises(ParameterError, match=f"^{who}: {re.escape(own)} (is|cannot be made) [^\n]+$"):
            made_of(plan, xs, weights | {own: other(array)})


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_what_fits_is_converted():
    plan = numeric.plan(cm.Linear(3, 2, bias=False), (1, 3), "float32")
    weight = [[0.5, 1, 2], [1, 0, 0]]
    for x in (
        [[1.0, 2.0, 3.0]],
        np.array([[1, 2, 3]], "float16"),
        np.array([[1, 2, 3]], "int8"),
        np.matrix("1 2 3", "f4"),
    ):
        assert plan(x, {"weight": weight}).tolist() == [[8.5, 1]]
    for x, said in (
        (np.array([[1.0, 2, 3]]), "float64"),
        ([[1, 2, 3j]], "complex128"),
        (np.array([[1, 2, 3]]), "int64"),
    ):
        with pytest.raises(ParameterError, match=f"^Linear: the input is {said}, which does not fit into float32"):
            plan(x, {"weight": weight})
    whole = numeric.plan(cm.ReLU(), (1, 3), "int64")
    with pytest.raises(ParameterError, match="the input is float64, which does not fit into int64"):
        whole([[1.5, 2, 3]])


@pytest.mark.parametrize(
    "dtype",
    ["float16", "longdouble", "object", "bool", "U3", "S", "M8[s]", "m8[s]", "V8", "f4,f4", "banana", None, 3, []],
)
def test_dtypes_that_nothing_runs_in(dtype):
    with pytest.raises(ParameterError, match=r"^dtype [^\n]+ is none that layers run in \(use float32, float64, int64"):
        numeric.plan(cm.ReLU(), (1, 2, 3), dtype)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: numeric.plan("Conv2d", (1, 2, 3)), "'Conv2d' is no layer"),
        (lambda: numeric.plan(cm.ReLU(), np.ones((1, 2, 3))), "a shape is a tuple of sizes"),
        (lambda: numeric.plan(cm.ReLU(), (0,)), "batch and channels at least"),
        (lambda: numeric.plan(cm.ReLU(), (-1, 2, 3)), "is not an integer from 1"),
        (lambda: numeric.plan(cm.Add(), (1, 2, 3)), "Add: takes at least 2 inputs, got 1"),
        (lambda: ready("elementwise")(np.ones((2, 3, 5, 6))), "Multiply: the plan takes 2 inputs, got 1"),
        (lambda: ready("linear")(np.ones((2, 3, 6)), [1, 2]), r"Linear: weights are arrays by name, not \[1, 2\]"),
        (lambda: ready("linear")(np.ones((2, 3, 6)), {3: 1}), "Linear: 3 is no name of a weight"),
        (
            lambda: ready("reshape")(np.ones((2, 3, 5, 6)), {"weight": 1}),
            "weight is given, but the layer has no weights",
        ),
        (
            lambda: numeric.plan(cm.MaxPool2d(2), (1, 1, 4, 4), complex),
            "MaxPool2d: compares numbers, and complex128 has no",
        ),
        (lambda: numeric.plan(cm.AdaptiveMaxPool1d(2), (1, 1, 4), complex), "AdaptiveMaxPool1d: compares numbers"),
        (lambda: numeric.plan(cm.ReLU(), (1, 1, 4), complex), "ReLU: compares numbers"),
        (lambda: numeric.plan(cm.GELU(), (1, 1, 4), complex), "GELU: takes float32 or float64, not complex128"),
        (lambda: numeric.plan(cm.ConstantPad1d(1, 0.5), (1, 1, 4), int), r"ConstantPad1d: value=0\.5 is no int64"),
        (lambda: numeric.plan(cm.ConstantPad1d(1, -1), (1, 1, 4), "uint8"), "ConstantPad1d: value=-1 is no uint8"),
        (
            lambda: numeric.plan(cm.Hardtanh(), (1, 4), "uint8")(np.ones((1, 4), "uint8")),
            r"Hardtanh: min_val=-1\.0 is no uint8",
        ),
        (lambda: numeric.run(cm.Sequential(cm.ReLU()), "numbers"), "the input 'input' is str"),
        (lambda: numeric.run(cm.Sequential(cm.ReLU()), np.ones((1, 0, 3))), "is not an integer from 1"),
        (
            lambda: numeric.run(cm.Sequential(cm.ReLU()), np.ones((1, 2), "float16")),
            "dtype .* is none that layers run in",
        ),
    ],
)
def test_other_slips(ask, said):
    with pytest.raises(ConvmathError, match=said) as caught:
        ask()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("indices", [[[[0, 4]]], [[[-1, 0]]]])
def test_indices_outside_the_output(indices):
    plan = numeric.plan(cm.MaxUnpool1d(2), (1, 1, 2))
    with pytest.raises(ParameterError, match=r"^MaxUnpool1d: indices go from (0 to 4|-1 to 0), the output has 4"):
        plan(np.ones((1, 1, 2), "float32"), {"indices": np.array(indices)})
    for wrong in (np.array([[[0.0, 1.0]]]), np.array([[[0, 1]]], "uint64")):
        with pytest.raises(
            ParameterError, match=r"^MaxUnpool1d: indices is (float64|uint64), which does not fit into int64"
        ):
            plan(np.ones((1, 1, 2), "float32"), {"indices": wrong})


# Integers


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_integers_wrap_as_theirs_do(dtype):
    """Sums beyond the dtype, by way of floats or not, are what is left of them in its bits."""
    most, draw = np.iinfo(dtype).max, np.random.default_rng(3)
    for scale in (most, max(most // 2**8, 4)):
        x = draw.integers(scale // 2, scale, (2, 4, 6, 7), dtype)
        layer = FAMILIES["conv"][0]
        weights = {name: draw.integers(scale // 2, scale, shape, dtype) for name, shape in layer.weights().items()}
        with np.errstate(over="ignore"):
            expected = reference.convolution(
                x, weights["weight"], weights["bias"], layer.stride, layer.padding, groups=layer.groups
            )
        assert np.array_equal(ready("conv", dtype)(x, weights), expected)


def test_inputs_by_name_in_another_order():
    a, b = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    assert np.array_equal(numeric.run(cm.MatMul(), {"input_1": b, "input": a}), a @ b)
    assert numeric.demand(cm.MatMul(), {"input_1": b.shape, "input": a.shape}) == numeric.demand(
        cm.MatMul(), [a.shape, b.shape]
    )
