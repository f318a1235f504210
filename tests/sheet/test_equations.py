"""The defining equations, executed literally, against loops that do what the layer's documentation says."""

from itertools import product
from math import ceil, erf, exp, floor, inf, log, sqrt, tanh
from random import Random

import pytest

from convmath.layers import FILES, layer_type
from convmath.sheet.equations import BIN, EQUATIONS, equations, remark
from convmath.symbolic.written import Written
from tests.sheet.evaluate import value_of

SIZES = [(7, 3, 1, 0, 1), (8, 3, 2, 1, 1), (9, 2, 3, 1, 2), (6, 3, 1, 2, 2), (5, 1, 2, 0, 1), (10, 4, 3, 2, 1)]
"""Input size, kernel, stride, padding, dilation."""


def numbers(seed, *sizes):
    random = Random(seed)
    return {place: random.randint(-9, 9) for place in product(*map(range, sizes))}


def looked_up(table, outside=0):
    """An array as a function of a place; a place between or beyond its positions holds nothing."""
    return lambda *place: table.get(place, outside)


def outputs(i, k, s, p, d):
    return range((i + 2 * p - d * (k - 1) - 1) // s + 1)


def check(name, place, expected, values, arrays, ranges, which=-1):
    """The equation says, at this place, what the loop made."""
    equation = EQUATIONS[name][which]
    found = value_of(equation.right, {**values, **place}, arrays, ranges)
    assert found == expected, (name, place)


def padded(row, p, outside=0):
    return [outside] * p + row + [outside] * p


@pytest.mark.parametrize("name", ["Conv", "GroupedConv", "DilatedConv"])
@pytest.mark.parametrize(("i", "k", "s", "p", "d"), SIZES)
@pytest.mark.parametrize("groups", [1, 2])
def test_convolution(name, i, k, s, p, d, groups):
    c_in, c_out = 4, 6
    share = c_in // groups
    x, w, b = numbers(1, c_in, i), numbers(2, c_out, share, k), numbers(3, c_out)
    rows = [padded([x[c, n] for n in range(i)], p) for c in range(c_in)]
    for c in range(c_out):
        group = rows[c // (c_out // groups) * share :][:share]
        arrays = {
            "x": lambda q, at, first=c // (c_out // groups) * share: x.get((first + q, at), 0),
            "w": looked_up(w), "b": looked_up(b),
        }  # fmt: skip
        for o in outputs(i, k, s, p, d):
            expected = b[(c,)]
            for row, kernel in zip(group, range(share), strict=True):
                for tap, number in enumerate(row[o * s : o * s + d * (k - 1) + 1 : d]):
                    expected += w[c, kernel, tap] * number
            check(name, {"c": c, "o": o}, expected, {"s": s, "p": p, "d": d}, arrays,
                  {"q": range(share), "t": range(k)})  # fmt: skip


@pytest.mark.parametrize("s", [1, 2, 3])
def test_pointwise(s):
    x, w, b = numbers(1, 3, 7), numbers(2, 2, 3), numbers(3, 2)
    arrays = {"x": looked_up(x), "w": looked_up(w), "b": looked_up(b)}
    for c, o in product(range(2), range((7 - 1) // s + 1)):
        expected = b[(c,)] + w[c, 0] * x[0, o * s] + w[c, 1] * x[1, o * s] + w[c, 2] * x[2, o * s]
        check("PointwiseConv", {"c": c, "o": o}, expected, {"s": s}, arrays, {"q": range(3)})


def depthwise(x, w, channel, kernel, sizes):
    i, k, s, p, d = sizes
    row = padded([x[channel, n] for n in range(i)], p)
    return [sum(w[kernel, t] * row[o * s + t * d] for t in range(k)) for o in outputs(*sizes)]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("m", [1, 2])
def test_depthwise_and_separable(sizes, m):
    i, k, s, p, d = sizes
    x, w, b, v = numbers(1, 3, i), numbers(2, 3 * m, k), numbers(3, 3 * m), numbers(4, 2, 3 * m)
    arrays = {"x": looked_up(x), "w": looked_up(w), "b": looked_up(b), "v": looked_up(v)}
    values, ranges = {"s": s, "p": p, "d": d, "m": m}, {"t": range(k), "q": range(3 * m)}
    made = {c: depthwise(x, w, c // m, c, sizes) for c in range(3 * m)}
    arrays["z"] = lambda q, o: made[q][o]
    for o in outputs(*sizes):
        for c in range(3 * m):
            check("DepthwiseConv", {"c": c, "o": o}, made[c][o] + b[(c,)], values, arrays, ranges)
            check("DepthwiseSeparableConv", {"q": c, "o": o}, made[c][o], values, arrays, ranges, 0)
        for c in range(2):
            expected = sum(v[c, q] * made[q][o] for q in made) + b[(c,)]
            check("DepthwiseSeparableConv", {"c": c, "o": o}, expected, values, arrays, ranges)


@pytest.mark.parametrize("sizes", SIZES[:4])
def test_spatially_separable(sizes):
    """A kernel that is a column times a row makes the same sums in one pass over two axes."""
    i, k, s, p, d = sizes
    x, u, v, b = numbers(1, 2, i, i), numbers(2, 3, 2, k), numbers(3, 2, 3, k), numbers(4, 2)
    values, ranges = {"s": s, "p": p, "d": d}, {"q": range(2), "t": range(k), "r": range(3)}
    arrays = {"x": looked_up(x), "u": looked_up(u), "v": looked_up(v), "b": looked_up(b)}
    first, second = EQUATIONS["SpatiallySeparableConv"]
    arrays["z"] = lambda r, o, n: value_of(first.right, {**values, "r": r, "o": o, "i": n}, arrays, ranges)
    for c, o, n in product(range(2), outputs(*sizes), outputs(*sizes)):
        expected = b[(c,)]
        for r, q, down, across in product(range(3), range(2), range(k), range(k)):
            at = (q, o * s - p + down * d, n * s - p + across * d)
            expected += v[c, r, across] * u[r, q, down] * x.get(at, 0)
        assert value_of(second.right, {**values, "c": c, "o": o, "n": n}, arrays, ranges) == expected


@pytest.mark.parametrize(("i", "k", "s", "_p", "d"), SIZES)
def test_causal(i, k, s, _p, d):
    x, w, b = numbers(1, 2, i), numbers(2, 2, 2, k), numbers(3, 2)
    arrays = {"x": looked_up(x), "w": looked_up(w), "b": looked_up(b)}
    rows = [[0] * (d * (k - 1)) + [x[q, n] for n in range(i)] for q in range(2)]
    for c, o in product(range(2), range((i - 1) // s + 1)):
        expected = b[(c,)] + sum(w[c, q, t] * rows[q][o * s + t * d] for q in range(2) for t in range(k))
        check("CausalConv1d", {"c": c, "o": o}, expected, {"s": s, "k": k, "d": d}, arrays,
              {"q": range(2), "t": range(k)})  # fmt: skip


@pytest.mark.parametrize(("i", "k", "s", "p", "d"), SIZES)
@pytest.mark.parametrize("a", [0, 1])
def test_transposed(i, k, s, p, d, a):
    """Every input adds its filter into the output, which is then cropped."""
    x, w, b = numbers(1, 2, i), numbers(2, 2, 3, k), numbers(3, 3)
    arrays = {"x": looked_up(x), "w": looked_up(w), "b": looked_up(b)}
    full = {(c, n): 0 for c in range(3) for n in range((i - 1) * s + d * (k - 1) + 1 + a)}
    for q, c, n, t in product(range(2), range(3), range(i), range(k)):
        full[c, n * s + t * d] += w[q, c, t] * x[q, n]
    for c, o in product(range(3), range((i - 1) * s + d * (k - 1) + 1 + a - 2 * p)):
        check("ConvTranspose", {"c": c, "o": o}, full[c, o + p] + b[(c,)], {"s": s, "p": p, "d": d}, arrays,
              {"q": range(2), "t": range(k)})  # fmt: skip


@pytest.mark.parametrize(("i", "k", "s", "p", "d"), SIZES)
def test_deformable(i, k, s, p, d):
    """Whole offsets read whole positions."""
    x, w, b = numbers(1, 2, i), numbers(2, 2, 2, k), numbers(3, 2)
    moved, scaled = numbers(4, k, 20), numbers(5, k, 20)
    arrays = {"x": looked_up(x), "w": looked_up(w), "b": looked_up(b), "Delta": looked_up(moved),
              "m": looked_up(scaled)}  # fmt: skip
    for c, o in product(range(2), outputs(i, k, s, p, d)):
        expected = b[(c,)]
        for tap in range(k):
            at = o * s - p + tap * d + moved[tap, o]
            if 0 <= at < i:
                expected += scaled[tap, o] * (w[c, 0, tap] * x[0, at] + w[c, 1, tap] * x[1, at])
        for kind in ("DeformConv", "OffsetConv"):
            check(kind, {"c": c, "o": o}, expected, {"s": s, "p": p, "d": d}, arrays,
                  {"q": range(2), "t": range(k)})  # fmt: skip


@pytest.mark.parametrize(("i", "k", "s", "p", "_d"), SIZES)
def test_locally_connected(i, k, s, p, _d):
    count = (i + 2 * p - k) // s + 1
    x, w, b = numbers(1, 2, i), numbers(2, 3, 2, count, k), numbers(3, 3, count)
    arrays = {"x": looked_up(x), "w": looked_up(w), "b": looked_up(b)}
    rows = [padded([x[q, n] for n in range(i)], p) for q in range(2)]
    for c, o in product(range(3), range(count)):
        expected = b[c, o] + sum(w[c, q, o, t] * rows[q][o * s + t] for q in range(2) for t in range(k))
        check("LocallyConnected", {"c": c, "o": o}, expected, {"s": s, "p": p}, arrays,
              {"q": range(2), "t": range(k)})  # fmt: skip


@pytest.mark.parametrize(("i", "k", "s", "p", "d"), SIZES)
def test_pools(i, k, s, p, d):
    x = numbers(1, 2, i)
    values, ranges = {"s": s, "p": p, "d": d, "k": k}, {"t": range(k)}
    for c in range(2):
        row = [x[c, n] for n in range(i)]
        for o in outputs(i, k, s, p, d):
            window = padded(row, p, -inf)[o * s : o * s + d * (k - 1) + 1 : d]
            check("MaxPool", {"c": c, "o": o}, max(window), values, {"x": looked_up(x, -inf)}, ranges)
            window = padded(row, p)[o * s : o * s + d * (k - 1) + 1 : d]
            mean = value_of(EQUATIONS["AvgPool"][0].right, {**values, "c": c, "o": o}, {"x": looked_up(x)}, ranges)
            assert mean * k == sum(window)
        for o in outputs(i, k, s, 0, d):
            squares = sum(number * number for number in row[o * s : o * s + d * (k - 1) + 1 : d])
            check("LPPool", {"c": c, "o": o}, squares, values, {"x": looked_up(x)}, ranges)


def test_lp_pool_is_of_the_square():
    left = EQUATIONS["LPPool"][0].left
    assert value_of(left, {"c": 0, "o": 0}, {"y": lambda c, o: 3}, {}) == 9


@pytest.mark.parametrize(("i", "n"), [(7, 3), (8, 4), (5, 5), (3, 7), (10, 1)])
def test_adaptive_pools(i, n):
    x = numbers(1, 2, i)
    first, last = (part.right for part in (BIN[2], BIN[4]))
    for c, o in product(range(2), range(n)):
        inside = range(floor(o * i / n), ceil((o + 1) * i / n))
        place = {"o": o, "i": i, "n": n, "c": c}
        assert value_of(first, place, {}, {}) == inside[0]
        assert value_of(last, place, {}, {}) == inside[-1]
        row, ranges = [x[c, at] for at in inside], {"t": inside}
        check("AdaptiveMaxPool", place, max(row), {}, {"x": looked_up(x)}, ranges)
        mean = value_of(EQUATIONS["AdaptiveAvgPool"][0].right, place, {"x": looked_up(x)}, ranges)
        assert mean * len(row) == sum(row)
    everything = [x[1, at] for at in range(i)]
    check("GlobalMaxPool", {"c": 1}, max(everything), {}, {"x": looked_up(x)}, {"t": range(i)})
    mean = value_of(EQUATIONS["GlobalAvgPool"][0].right, {"c": 1}, {"x": looked_up(x)}, {"t": range(i)})
    assert mean * i == sum(everything)


@pytest.mark.parametrize(("k", "s"), [(2, 2), (3, 3), (2, 3)])
def test_unpool_puts_maxima_back(k, s):
    x = numbers(1, 1, 12)
    (equation,) = EQUATIONS["MaxUnpool"]
    for i in range((12 - k) // s + 1):
        window = [x[0, i * s + t] for t in range(k)]
        t = window.index(max(window))
        place = equation.left.terms[0][1][0].operands[2]
        at = value_of(place, {"i": i, "s": s, "p": 0, "t": t}, {}, {})
        assert x[0, at] == max(window)


@pytest.mark.parametrize("r", [1, 2, 3])
def test_resizing_and_shuffles(r):
    x = numbers(1, 6, 6)
    arrays = {"x": looked_up(x)}
    for c, o in product(range(6), range(6 * r)):
        stretched = [x[c, n] for n in range(6) for _ in range(r)]
        check("Upsample", {"c": c, "o": o}, stretched[o], {"r": r}, arrays, {})
        check("UpsamplingNearest2d", {"c": c, "o": o}, stretched[o], {"r": r}, arrays, {})
    if 6 % r == 0:
        for c in range(6 // r):
            zipped = [x[c * r + part, n] for n in range(6) for part in range(r)]
            for o in range(6 * r):
                check("PixelShuffle", {"c": c, "o": o}, zipped[o], {"r": r}, arrays, {})
        for c in range(6):
            for part in range(r):
                row = [x[c, n] for n in range(6)][part::r]
                for o, number in enumerate(row):
                    check("PixelUnshuffle", {"c": c * r + part, "o": o}, number, {"r": r}, arrays, {})
        groups = [[(q, n) for q in range(g * (6 // r), (g + 1) * (6 // r)) for n in [2]] for g in range(r)]
        mixed = [place for together in zip(*groups, strict=True) for place in together]
        for c, place in enumerate(mixed):
            check("ChannelShuffle", {"c": c, "o": 2}, x[place], {"g": r, "C": 6}, arrays, {})


@pytest.mark.parametrize(("i", "k", "s", "p", "d"), SIZES)
def test_columns_of_windows(i, k, s, p, d):
    (equation,) = EQUATIONS["Unfold"]
    place = equation.left.terms[0][1][0].operands[1]
    x = numbers(1, 3, i)
    rows = iter(range(3 * k))
    for c, t in product(range(3), range(k)):
        assert value_of(place, {"c": c, "t": t, "k": k}, {}, {}) == next(rows)
        row = padded([x[c, n] for n in range(i)], p)[t * d :: s]
        for o in outputs(i, k, s, p, d):
            check("Unfold", {"c": c, "t": t, "o": o}, row[o], {"s": s, "p": p, "d": d}, {"x": looked_up(x)}, {})


@pytest.mark.parametrize("p", [0, 1, 2, 3])
def test_pads(p):
    row = [5, -2, 7, 1]
    arrays = {"x": lambda at: row[at] if 0 <= at < 4 else 0}
    made = {
        "ZeroPad": padded(row, p),
        "ConstantPad": padded(row, p),
        "ReflectionPad": row[p:0:-1] + row + row[-2 : -2 - p : -1],
        "CircularPad": row[4 - p :] + row + row[:p],
        "ReplicationPad": row[:1] * p + row + row[-1:] * p,
    }
    for name, expected in made.items():
        for o, number in enumerate(expected):
            check(name, {"o": o}, number, {"p": p, "i": 4}, arrays, {})
    for o, number in enumerate(row[p : 4 - p]):
        check("Cropping", {"o": o}, number, {"p": p}, arrays, {})


def test_linear_and_merging():
    x, w, b = numbers(1, 5), numbers(2, 3, 5), numbers(3, 3)
    arrays = {"x": looked_up(x), "w": looked_up(w), "b": looked_up(b)}
    for o in range(3):
        expected = sum(w[o, n] * x[(n,)] for n in range(5)) + b[(o,)]
        check("Linear", {"o": o}, expected, {}, arrays, {"i": range(5)})
    arrays = {"x": lambda o: 7, "x_1": lambda o: 3, "x_2": lambda o: 4}
    for name, expected in {"Add": 7, "Subtract": -1, "Multiply": 12, "Identity": 7}.items():
        check(name, {"o": 0}, expected, {}, arrays, {})
    (flat,) = EQUATIONS["Flatten"]
    order = [(c, h, n) for c in range(2) for h in range(3) for n in range(4)]
    place = flat.left.terms[0][1][0].operands[1]
    for at, (c, h, n) in enumerate(order):
        assert value_of(place, {"c": c, "i": h, "t": n, "H": 3, "W": 4}, {}, {}) == at


ACTIVATIONS = {
    "ReLU": lambda x: max(x, 0),
    "ReLU6": lambda x: min(max(x, 0), 6),
    "LeakyReLU": lambda x: x if x > 0 else 0.3 * x,
    "PReLU": lambda x: x if x > 0 else 0.3 * x,
    "ELU": lambda x: x if x > 0 else 0.3 * (exp(x) - 1),
    "CELU": lambda x: x if x > 0 else 0.3 * (exp(x / 0.3) - 1),
    "SELU": lambda x: 1.0507 * (x if x > 0 else 1.6733 * (exp(x) - 1)),
    "GELU": lambda x: x * (1 + erf(x / sqrt(2))) / 2,
    "Sigmoid": lambda x: 1 / (1 + exp(-x)),
    "LogSigmoid": lambda x: log(1 / (1 + exp(-x))),
    "SiLU": lambda x: x / (1 + exp(-x)),
    "Mish": lambda x: x * tanh(log(1 + exp(x))),
    "Tanh": tanh,
    "Softplus": lambda x: log(1 + exp(2 * x)) / 2,
    "Softsign": lambda x: x / (1 + abs(x)),
    "Hardsigmoid": lambda x: 0 if x <= -3 else 1 if x >= 3 else x / 6 + 1 / 2,
    "Hardswish": lambda x: 0 if x <= -3 else x if x >= 3 else x * (x + 3) / 6,
    "Hardtanh": lambda x: -2 if x < -2 else min(x, 1.5),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    (equation,) = equations(layer_type(name))
    values = {"a": 0.3, "b": 1.5, "beta": 2}
    values |= {"Hardtanh": {"a": -2}, "SELU": {"a": 1.6733, "b": 1.0507}}.get(name, {})
    for x in (-7.5, -3, -2.5, -1, -0.2, 0, 0.4, 1, 2.5, 3, 6.5):
        assert value_of(equation.right, {**values, "x": x}, {}, {}) == pytest.approx(ACTIVATIONS[name](x))


def test_softmax():
    row = [0.5, -1.0, 2.0]
    powers = [exp(number) for number in row]
    for o in range(3):
        place = {"o": o}, {"x": lambda at: row[at]}, {"t": range(3)}
        assert value_of(EQUATIONS["Softmax"][0].right, *place) == pytest.approx(powers[o] / sum(powers))
        assert value_of(EQUATIONS["LogSoftmax"][0].right, *place) == pytest.approx(log(powers[o] / sum(powers)))


def test_every_activation_has_an_equation_that_is_tested():
    assert {*FILES["activation"]} == {*ACTIVATIONS, "Softmax", "LogSoftmax"}


@pytest.mark.parametrize("name", ["BatchNorm2d", "InstanceNorm2d", "GroupNorm", "LayerNorm"])
def test_normalisations(name):
    row = [3.0, -1.0, 4.0, 6.0]
    mean = sum(row) / 4
    variance = sum((number - mean) ** 2 for number in row) / 4
    arrays = {"x": lambda c, o: row[o], "mu": lambda c: mean, "sigma": lambda c: sqrt(variance),
              "gamma": lambda c: 2.0, "beta": lambda c: 0.5}  # fmt: skip
    (equation,) = equations(layer_type(name))
    for o, number in enumerate(row):
        expected = (number - mean) / sqrt(variance + 1e-5) * 2 + 0.5
        found = value_of(equation.right, {"c": 0, "o": o, "epsilon": 1e-5}, arrays, {})
        assert found == pytest.approx(expected)


def test_local_response():
    (equation,) = EQUATIONS["LocalResponseNorm"]
    row = [1.0, 2.0, -3.0]
    found = value_of(equation.right, {"c": 1, "o": 0, "alpha": 0.5, "n": 3, "k": 2.0}, {"x": lambda q, o: row[q]},
                     {"q": range(3)})  # fmt: skip
    assert found == pytest.approx(2 + 0.5 / 3 * (1 + 4 + 9))


TESTED = {
    "Conv", "GroupedConv", "DilatedConv", "PointwiseConv", "DepthwiseConv", "DepthwiseSeparableConv",
    "SpatiallySeparableConv", "CausalConv1d", "ConvTranspose", "DeformConv", "OffsetConv", "LocallyConnected",
    "MaxPool", "AvgPool",
    "LPPool", "AdaptiveAvgPool", "AdaptiveMaxPool", "GlobalAvgPool", "GlobalMaxPool", "MaxUnpool", "Upsample",
    "UpsamplingNearest2d", "PixelShuffle", "PixelUnshuffle", "ChannelShuffle", "Unfold", "ZeroPad", "ConstantPad",
    "ReflectionPad", "CircularPad", "ReplicationPad", "Cropping", "Linear", "Identity", "Flatten", "Add", "Subtract",
    "Multiply", "Softmax", "LogSoftmax", "BatchNorm", "InstanceNorm", "GroupNorm", "LayerNorm", "LocalResponseNorm",
    *ACTIVATIONS,
}  # fmt: skip


def test_every_equation_is_tested():
    assert set(EQUATIONS) == TESTED


def test_remarks_are_about_types_and_their_symbols_are_formulas():
    for files in FILES.values():
        for name in files:
            for part in remark(layer_type(name)):
                assert isinstance(part, str) or isinstance(part.right, Written)
