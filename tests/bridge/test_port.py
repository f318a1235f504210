"""The convention bridge: what it writes is executed by the definitions in frameworks.py, which know nothing of it."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

import numpy as np
import pytest

import convmath as cm
from convmath.core.errors import ParameterError
from tests.bridge.frameworks import run
from tests.bridge.own_layers import FRAMEWORKS, OWN

IMPULSE = [0, 0, 0, 1, 0, 0, 0]

X, W2, W3, W4 = [1, 2, 3], [1, 10], [1, 10, 100], [1, 10, 100, 1000]


def line(values):
    return np.array([[values]])


def flat(y):
    return [int(value) if value == int(value) else float(value) for value in np.asarray(y).ravel()]


def onnx(kind, more):
    return f"{kind}(x, weight, kernel_shape=[3], strides=[2], {more})"


def lax(stride, name, kernel="[..., ::-1]"):
    """A transposed convolution, its kernel flipped."""
    order = '("NCH", "OIH", "NCH")'
    return f'lax.conv_transpose(x, weight{kernel}, strides=({stride},), padding="{name}", dimension_numbers={order})'


def one(framework, row, x, w=None):
    """What one row makes of a line of numbers, in any framework."""
    last = framework == "keras"
    weights = []
    if w is not None:
        w = np.array(w)
        weights = [(w.reshape(-1, 1, 1) if last else w.reshape(1, 1, -1), None)]
    values = np.array(x, dtype=float if "Max" in row else int).reshape((1, -1, 1) if last else (1, 1, -1))
    return flat(run(framework, [row], values, weights))


# The definitions themselves, against what was observed


@pytest.mark.parametrize(
    ("framework", "row", "w", "x", "wanted"),
    [
        # T1: SAME with stride 2 on an even size.
        ("keras", 'Conv1D(1, 3, strides=2, padding="same")', [1, 0, 0], range(6), [0, 2, 4]),
        ("jax", 'lax.conv_general_dilated(x, weight, window_strides=(2,), padding="SAME")',
         [1, 0, 0], range(6), [0, 2, 4]),
        ("onnx", onnx("Conv", 'auto_pad="SAME_UPPER"'), [1, 0, 0], range(6), [0, 2, 4]),
        ("onnx", onnx("Conv", 'auto_pad="SAME_LOWER"'), [1, 0, 0], range(6), [0, 1, 3]),
        ("pytorch", "nn.Conv1d(1, 1, 3, stride=2, padding=1, bias=False)", [1, 0, 0], range(6), [0, 1, 3]),
        # T3: SAME of an even kernel, an impulse at 3.
        ("pytorch", 'nn.Conv1d(1, 1, 4, padding="same", bias=False)', [1, 2, 3, 4], IMPULSE, [0, 4, 3, 2, 1, 0, 0]),
        ("keras", 'Conv1D(1, 4, padding="same")', [1, 2, 3, 4], IMPULSE, [0, 4, 3, 2, 1, 0, 0]),
        ("onnx", 'Conv(x, weight, kernel_shape=[4], auto_pad="SAME_LOWER")',
         [1, 2, 3, 4], IMPULSE, [0, 0, 4, 3, 2, 1, 0]),
        # T4 and T5: to double the size.
        ("keras", 'Conv1DTranspose(1, 3, strides=2, padding="same")', W3, X, [1, 10, 102, 20, 203, 30]),
        ("keras", 'Conv1DTranspose(1, 3, strides=2, padding="same", output_padding=1)',
         W3, X, [1, 10, 102, 20, 203, 30]),
        ("pytorch", "nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=1, bias=False)",
         W3, X, [10, 102, 20, 203, 30, 300]),
        ("onnx", onnx("ConvTranspose", 'auto_pad="SAME_UPPER"'), W3, X, [1, 10, 102, 20, 203, 30]),
        ("onnx", onnx("ConvTranspose", 'auto_pad="SAME_LOWER"'), W3, X, [10, 102, 20, 203, 30, 300]),
        ("jax", lax(2, "SAME"), W3, X, [1, 10, 102, 20, 203, 30]),
        # T6: with a kernel of 4 all agree.
        ("keras", 'Conv1DTranspose(1, 4, strides=2, padding="same")', W4, X, [10, 102, 1020, 203, 2030, 300]),
        ("onnx", 'ConvTranspose(x, weight, kernel_shape=[4], strides=[2], auto_pad="SAME_UPPER")',
         W4, X, [10, 102, 1020, 203, 2030, 300]),
        ("pytorch", "nn.ConvTranspose1d(1, 1, 4, stride=2, padding=1, bias=False)",
         W4, X, [10, 102, 1020, 203, 2030, 300]),
        # T7 and T8: a kernel below the stride.
        ("pytorch", "nn.ConvTranspose1d(1, 1, 2, stride=3, bias=False)", W2, X, [1, 10, 0, 2, 20, 0, 3, 30]),
        ("keras", "Conv1DTranspose(1, 2, strides=3)", W2, X, [1, 10, 0, 2, 20, 0, 3, 30, 0]),
        ("jax", lax(3, "VALID"), W2, X, [1, 10, 0, 2, 20, 0, 3, 30, 0]),
        ("jax", lax(3, "SAME"), W2, X, [1, 10, 0, 2, 20, 0, 3, 30, 0]),
        # T10: an even kernel with output_padding 0.
        ("keras", 'Conv1DTranspose(1, 4, strides=2, padding="same", output_padding=0)', W4, X, [102, 1020, 203, 2030]),
        # T13: which frameworks flip the kernel of a transposed convolution.
        ("jax", lax(1, "SAME", ""), [1, 2, 3], [0, 0, 1, 0, 0], [0, 3, 2, 1, 0]),
        ("pytorch", "nn.ConvTranspose1d(1, 1, 3, padding=1, bias=False)", [1, 2, 3], [0, 0, 1, 0, 0], [0, 1, 2, 3, 0]),
        # T14 and T15: rounding up.
        ("pytorch", "nn.MaxPool1d(1, stride=2, ceil_mode=True)", None, [5, 6], [5]),
        ("pytorch", "nn.MaxPool1d(2, stride=3, padding=1, ceil_mode=True)", None, [5, 6], [5]),
        # T19 and T20: what an average divides by.
        ("pytorch", "nn.AvgPool1d(3, stride=1, padding=1)", None, [1, 1, 1], [2 / 3, 1, 2 / 3]),
        ("keras", 'AveragePooling1D(3, strides=1, padding="same")', None, [1, 1, 1], [1, 1, 1]),
        ("onnx", "AveragePool(x, kernel_shape=[3], pads=[1, 1])", None, [1, 1, 1], [1, 1, 1]),
        ("pytorch", "nn.AvgPool1d(3, stride=2, padding=1, ceil_mode=True)", None, [1] * 6, [2 / 3, 1, 1, 0.5]),
    ],
)  # fmt: skip
def test_the_definitions_do_what_was_observed(framework, row, w, x, wanted):
    row = row if framework != "keras" or "Pool" in row else row.replace(")", ", use_bias=False)")
    assert one(framework, row, x, w) == wanted


def test_the_definition_of_a_shuffle():
    x = np.arange(8).reshape(1, 8, 1, 1)
    assert flat(run("pytorch", ["nn.PixelShuffle(2)"], x)) == [0, 1, 2, 3, 4, 5, 6, 7]
    last = run("keras", ["tf.nn.depth_to_space(x, 2)"], np.moveaxis(x, 1, -1))
    assert np.moveaxis(last, -1, 1).tolist() == [[[[0, 2], [4, 6]], [[1, 3], [5, 7]]]]


TYPES = {"conv": cm.Conv1d, "transposed": cm.ConvTranspose1d, "max": cm.MaxPool1d, "average": cm.AvgPool1d}

AVERAGED = 60

KERNEL = np.array([1, 7, 53, 411, 3001])
"""Weights of which no two sums agree by chance."""


def sample(kind, framework, size):
    """An input for each position: 1 there and 0 elsewhere, so that nothing agrees by chance; negative for maxima."""
    x = np.eye(size, dtype=int)[:, None, :]
    if kind == "max":
        x = x.astype(float) - 2.0
    elif kind == "average":
        x = x * AVERAGED
    return np.moveaxis(x, 1, -1) if framework == "keras" else x


@lru_cache(maxsize=4096)
def values(framework, rows, kind, size, k, how="weight"):
    """The outputs, channels first; None where the framework refuses. `how` makes the weights of PyTorch's."""
    weight = KERNEL[:k].reshape(1, 1, -1)
    weights = [(eval(how, {"weight": weight}), None)] if kind in {"conv", "transposed"} else []
    try:
        y = run(framework, rows, sample(kind, framework, size), weights)
    except ValueError:
        return None
    y = np.moveaxis(y, -1, 1) if framework == "keras" else y
    # Averages of multiples of 60 over up to 5 numbers are whole; a quotient of averages may miss that by an ulp.
    return np.rint(y) if kind == "average" else y


def same(a, b):
    return (a is None) == (b is None) and (a is None or (a.shape == b.shape and bool((a == b).all())))


def own_row(framework, kind, k, s, d, padding, **more):
    numbers = {"p": padding if framework == "onnx" else repr(padding)}
    listed = (lambda value: [value]) if framework == "onnx" else (lambda value: (value,))
    return OWN[framework, kind].format(
        r=1, c=1, n=1, k=listed(k), s=listed(s), d=listed(d), g=1, b=False, bias=None, taps=k,
        **{"a": listed(0), "ceil": False, "count": True} | numbers | more,
    )  # fmt: skip


def named_row(framework, kind, spelled, layer):
    """The target's layer with one of its own names for the padding."""
    k, s = layer.kernel_size[0], getattr(layer, "steps", None) or layer.stride
    d = getattr(layer, "dilation", (1,)) or (1,)
    word = spelled.partition(", ")[0]
    padding = word if framework == "onnx" else word.partition("=")[2].strip('"')
    extra = re.search(r"output_padding=\[?(\d+)", spelled)
    added = int(extra[1]) if extra else None
    a = added if framework == "keras" else [added or 0]
    if kind != "average":
        return own_row(framework, kind, k, s[0], d[0], padding, a=a)
    # Rounding up without padding, an average is over what the window holds of the input.
    counts = layer.count_include_pad and not (layer.ceil_mode and layer.padding[0].low == 0)
    row = own_row(framework, kind, k, s[0], d[0], padding, count=int(counts))
    if framework == "jax" and not counts:
        total = row.partition(" / ")[0]
        return f"{total} / {total.replace('(x,', '(jnp.ones_like(x),', 1)}"
    return row


def problems(kind):
    """(arguments, k) of every layer of PyTorch along one axis."""
    for k, s, p, d in itertools.product(range(1, 6), range(1, 5), range(4), range(1, 4)):
        if kind == "conv":
            yield {"stride": s, "padding": p, "dilation": d, "bias": False}, k
        elif kind == "transposed":
            for a in range(min(max(s, d), 3)):
                yield {"stride": s, "padding": p, "dilation": d, "output_padding": a, "bias": False}, k
        elif p <= k // 2 and (kind == "max" or d == 1):
            for ceil in (False, True):
                pooling = {"stride": s, "padding": p, "ceil_mode": ceil}
                if kind == "max":
                    yield pooling | {"dilation": d}, k
                else:
                    for count in (False, True):
                        yield pooling | {"count_include_pad": count}, k


def make(kind, arguments, k, **more):
    channels = (1, 1) if kind in {"conv", "transposed"} else ()
    return TYPES[kind](*channels, k, **arguments, **more)


def pytorch_row(kind, arguments, k):
    return own_row(
        "pytorch", kind, k, arguments["stride"], arguments.get("dilation", 1), arguments["padding"],
        a=arguments.get("output_padding", 0), ceil=arguments.get("ceil_mode"),
        count=arguments.get("count_include_pad", True),
    )  # fmt: skip


def targets_of(kind, arguments, k):
    """What the bridge writes for each framework, or None where it refuses."""
    layer, ports = make(kind, arguments, k), {}
    for target in FRAMEWORKS:
        try:
            ports[target] = cm.port(layer, to=target)
        except ParameterError:
            d = arguments.get("dilation", 1)
            assert target == "keras"
            assert d > 1
            assert kind == "max" or (kind == "transposed" and arguments["stride"] > 1)
    return layer, ports


def carrying(ported):
    """What makes the target's weights of the source's."""
    return next((array.how for array in ported.arrays if array.name == "weight"), "weight")


SIZES = (*range(1, 15), 24, 31, 40)


@pytest.mark.parametrize("kind", TYPES)
def test_ports_of_pytorch_give_its_values_and_names_do_what_is_said(kind):
    """Every k, s, p, d along one axis at every size: the code's values, and the verdict on every name."""
    found = set()
    for arguments, k in problems(kind):
        layer, ports = targets_of(kind, arguments, k)
        own = (pytorch_row(kind, arguments, k),)
        for size in SIZES if kind != "transposed" else (*range(1, 9), 40):
            wanted = values("pytorch", own, kind, size, k)
            if wanted is None:
                continue
            for target, ported in ports.items():
                case, how = (target, layer, size, ported.code), carrying(ported)
                assert same(values(target, ported.code, kind, size, k, how), wanted), case
                for _, verdict in ported.names:
                    found.add(judged(verdict, target, kind, size, layer, how, wanted))
    assert found >= {"agrees", "shifted", "sizes"} | ({"divided"} if kind == "average" else set())


def judged(verdict, target, kind, size, layer, how, wanted):
    """The kind of outcome told of a name at a size, which is asserted to be the real one."""
    (axis,) = verdict.axes
    outcome = next(case.outcome for case in axis.cases if size % axis.modulus in case.residues)
    if outcome.kind == "refused" or size < axis.least:
        return outcome.kind
    row = named_row(target, kind, verdict.spelled, layer)
    there = values(target, (row,), kind, size, layer.kernel_size[0], how)
    case = (target, layer, size, verdict.spelled, outcome, axis.least)
    outputs = 0 if there is None else there.shape[-1]
    if outputs != wanted.shape[-1]:
        assert outcome.kind == "sizes", case
        assert outputs == max(wanted.shape[-1] + outcome.by, 0), case
    elif same(there, wanted):
        assert outcome.kind == "agrees", case
    else:
        assert outcome.kind in {"shifted", "divided"}, case
        if kind in {"conv", "transposed"}:
            assert same(there, moved_on(layer, outcome.by, size, outputs)), case
    return outcome.kind


def moved_on(layer, by, size, outputs):
    """The layer's values if every window stood `by` positions later."""
    k, d, s, p = layer.kernel_size[0], layer.dilation[0], layer.stride[0], layer.padding[0].low
    transposed = isinstance(layer, cm.ConvTranspose1d)
    low = (d * (k - 1) - p if transposed else p) - by
    window, stretch, weight = ((1,), (s,), "weight[..., ::-1]") if transposed else ((s,), (1,), "weight")
    row = (
        f"lax.conv_general_dilated(x, {weight}, window_strides={window}, padding=(({low}, 99),),"
        f" lhs_dilation={stretch}, rhs_dilation=({d},))"
    )
    return values("jax", (row,), "conv", size, k)[..., :outputs]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_sizes_beyond_counting(framework):
    """Nothing is looped over that a layer may have a billion of."""
    huge = 10**9
    cm.port(cm.Conv1d(1, 1, huge, stride=3, padding=huge // 2, dilation=1), to=framework)
    for layer in (cm.MaxPool1d(huge, 1000, huge // 2), cm.AvgPool1d(huge, 7, huge // 2, ceil_mode=True)):
        cm.port(layer, to=framework)
        cm.port(layer, to=framework, shape=(1, 1, 10))
        cm.port(layer, to=framework, shape=(1, 1, 10**12))
    cm.port(cm.ConvTranspose1d(1, 1, huge, stride=huge, padding=3), to=framework, shape=(1, 1, huge))
