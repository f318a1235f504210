"""Every form of a convolution's matrix, against loops by definition: equal on integers, entry by entry."""

from __future__ import annotations

import tracemalloc
from math import prod
from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, ShapeError
from tests.numeric.test_kernels import CONV, DTYPES, TRANSPOSED, configuration, integers

FORMS = (numeric.matrix, numeric.block_matrix, numeric.factored_matrix)

AROUND = {
    "zeros": {"mode": "constant", "constant_values": -1},
    "reflect": {"mode": "reflect"},
    "replicate": {"mode": "edge"},
    "circular": {"mode": "wrap"},
}
"""What NumPy's own padding calls them; -1 stands for no position."""


def by_definition(weight, groups, axes, mode):
    """The dense matrix: for every output and tap, the weight is added where the padded axes say what stands there."""
    filters, share = weight.shape[:2]
    standing = [np.pad(np.arange(size), (low, high), **AROUND[mode]) for _, _, _, low, high, size in axes]
    counts = [len(range(0, len(places) - d * (k - 1), s)) for places, (k, s, d, *_) in zip(standing, axes, strict=True)]
    sizes = [axis[-1] for axis in axes]
    dense = np.zeros((filters, *counts, share * groups, *sizes), weight.dtype)
    for o in np.ndindex(*counts):
        for t in np.ndindex(*weight.shape[2:]):
            read = [places[n * s + i * d] for places, n, i, (_, s, d, *_) in zip(standing, o, t, axes, strict=True)]
            if -1 not in read:
                for m in range(filters):
                    first = m // (filters // groups) * share
                    dense[(m, *o, slice(first, first + share), *read)] += weight[(m, slice(None), *t)]
    return dense.reshape(filters * prod(counts), -1)


def by_pixel(channels, positions):
    """Where the numbers of a sample stand channel by channel, in the order pixel by pixel."""
    return np.arange(channels * positions).reshape(channels, positions).T.reshape(-1)


def bytes_of(explicit):
    return explicit.data.nbytes + explicit.indices.nbytes + explicit.indptr.nbytes


def convolution(seed, mode="zeros", dtype=None):
    """A random layer, its input's shape and weights, and the dense matrix that they should have."""
    rank, channels, filters, groups, axes = configuration(seed)
    # Reflection needs one position more than it copies, the circle as many; kernels that then are too wide shrink.
    most = {"reflect": 1, "circular": 0}.get(mode, -99)
    axes = [(k, s, d, min(low, n - most), min(high, n - most), n) for k, s, d, low, high, n in axes]
    axes = [(min(k, (low + high + n - 1) // d + 1), s, d, low, high, n) for k, s, d, low, high, n in axes]
    k, s, d, low, high, sizes = zip(*axes, strict=True)
    pads = tuple(zip(low, high, strict=True))
    layer = CONV[rank](channels, filters, k, s, pads, d, groups, bias=False, padding_mode=mode)
    dtype = dtype or DTYPES[seed % len(DTYPES)]
    weight = integers(seed + 7, layer.weights()["weight"], dtype)
    return layer, (2, channels, *sizes), {"weight": weight}, by_definition(weight, groups, axes, mode)


@pytest.mark.parametrize("seed", range(300))
@pytest.mark.parametrize("mode", AROUND)
def test_all_forms_are_the_definition(seed, mode):
    layer, shape, weights, dense = convolution(seed, mode)
    c = numeric.matrix(layer, shape, weights)
    assert c.dtype == dense.dtype
    assert c.has_canonical_format
    assert np.array_equal(c.toarray(), dense)
    y = layer.output_shape(shape)
    rows, columns = by_pixel(y.channels, prod(y.spatial)), by_pixel(shape[1], prod(shape[2:]))
    blocks = numeric.block_matrix(layer, shape, weights)
    assert blocks.blocksize == (y.channels // layer.groups, shape[1] // layer.groups)
    assert np.array_equal(blocks.toarray(), dense[rows][:, columns])
    factored = numeric.factored_matrix(layer, shape, weights)
    assert factored.shape == dense.shape
    assert np.array_equal(factored.toarray(), dense)
    assert np.array_equal(sum(np.kron(w, s.toarray()) for w, s in factored.factors()), dense)
    applied = numeric.operator(layer, shape, weights)
    x, z = integers(seed, (dense.shape[1], 3), dense.dtype), integers(seed, (dense.shape[0], 2), dense.dtype)
    for form in (factored, applied):
        assert np.array_equal(form @ x, dense @ x)
        assert np.array_equal(form @ x[:, 0], dense @ x[:, 0])
        assert np.array_equal(form.T @ z, dense.T @ z)
    assert np.array_equal(factored.T.toarray(), dense.T)
    assert np.array_equal(z.T @ factored, z.T @ dense)
    assert np.array_equal(x.T @ factored.T, x.T @ dense.T)
    assert np.array_equal(applied.H @ z, dense.conj().T @ z)
    assert np.array_equal(factored.conj().T @ z, dense.conj().T @ z)
    assert np.array_equal(factored.T.conj() @ z[:, 0], dense.conj().T @ z[:, 0])


@pytest.mark.parametrize("seed", range(300))
def test_a_nonzero_for_every_multiplication_that_touches(seed):
    layer, shape, _, _ = convolution(seed, dtype="int64")
    weights = {"weight": 1 + abs(integers(seed, layer.weights()["weight"]))}
    forms = [make(layer, shape, weights) for make in FORMS]
    sizes = numeric.matrix_sizes(layer, shape, "int64")
    assert {form.nnz for form in forms} == {sizes.nonzeros}
    assert 2 * sizes.nonzeros == layer.macs_touching(shape)
    assert sizes.shape == forms[0].shape
    assert (sizes.csr, sizes.bsr, sizes.factored) == (bytes_of(forms[0]), bytes_of(forms[1]), forms[2].nbytes)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("seed", range(60))
def test_taps_on_the_same_position_are_one_nonzero(seed, mode):
    layer, shape, _, _ = convolution(seed, mode)
    positive = {"weight": 1 + abs(integers(seed, layer.weights()["weight"]))}
    windows = zip(layer.windows(cm.Shape(shape)), shape[2:], strict=True)
    axes = [(w.kernel, w.stride, w.dilation, w.low, w.high, size) for w, size in windows]
    entries = np.count_nonzero(by_definition(positive["weight"], layer.groups, axes, mode))
    assert {numeric.matrix(layer, shape, positive).nnz, numeric.block_matrix(layer, shape, positive).nnz} == {entries}
    assert entries <= numeric.matrix_sizes(layer, shape).nonzeros == layer.macs(shape) // 2


@pytest.mark.parametrize("seed", range(300))
def test_a_transposed_layer_has_the_transposes(seed):
    rank, channels, filters, groups, axes = configuration(seed)
    k, s, d, _, _, sizes = zip(*axes, strict=True)
    dice = Random(f"transposed {seed}")
    crops = []
    for kernel, stride, dilation, size in zip(k, s, d, sizes, strict=True):
        whole = (size - 1) * stride + dilation * (kernel - 1) + 1
        before = dice.randint(0, min(whole - 1, dilation * (kernel - 1)))
        crops.append((before, dice.randint(0, min(whole - 1 - before, dilation * (kernel - 1)))))
    layer = TRANSPOSED[rank](channels, filters, k, s, tuple(crops), 0, groups, bias=False, dilation=d)
    shape, dtype = (1, channels, *sizes), DTYPES[seed % len(DTYPES)]
    weights = {"weight": integers(seed, layer.weights()["weight"], dtype)}
    y = layer.output_shape(shape)
    # The convolution with the same numbers takes the output back; its padding is what was cropped.
    windows = [(*axis[:3], *crop, size) for axis, crop, size in zip(axes, crops, y.spatial, strict=True)]
    dense = by_definition(weights["weight"], groups, windows, "zeros")
    c, blocks, factored = (make(layer, shape, weights) for make in FORMS)
    assert np.array_equal(c.toarray(), dense.T)
    assert np.array_equal(factored.toarray(), dense.T)
    assert np.array_equal(
        blocks.toarray(), dense.T[by_pixel(y.channels, prod(y.spatial))][:, by_pixel(channels, prod(sizes))]
    )
    applied, x, z = (
        numeric.operator(layer, shape, weights),
        integers(1, c.shape[1], dtype),
        integers(2, c.shape[0], dtype),
    )
    assert np.array_equal(factored @ x, dense.T @ x)
    assert np.array_equal(applied @ x, dense.T @ x)
    assert np.array_equal(applied.H @ z, dense.conj() @ z)
    sizes = numeric.matrix_sizes(layer, shape, dtype)
    assert (sizes.shape, sizes.csr, sizes.bsr) == (c.shape, bytes_of(c), bytes_of(blocks))
    assert sizes.factored == factored.nbytes
    assert sizes.nonzeros == factored.nnz == c.nnz


def test_what_is_selected_is_cut_into_tiles(monkeypatch):
    layer = cm.Conv2d(4, 6, (3, 2), stride=(1, 2), padding=(2, 1), groups=2, padding_mode="circular", bias=False)
    weights = {"weight": integers(3, layer.weights()["weight"])}
    whole = numeric.factored_matrix(layer, (1, 4, 5, 8), weights)
    monkeypatch.setattr("convmath.numeric.sparse.selections.TILE", 4 * 6 * 8 * 7)  # seven outputs
    cut = numeric.factored_matrix(layer, (1, 4, 5, 8), weights)
    assert (len(whole.tiles), len(cut.tiles)) == (1, 5)
    assert cut.nbytes == numeric.matrix_sizes(layer, (1, 4, 5, 8), "int64").factored
    x, y = integers(4, whole.shape[1]), integers(5, whole.shape[0])
    assert np.array_equal(cut @ x, whole.toarray() @ x)
    assert np.array_equal(cut.T @ y, whole.toarray().T @ y)


def test_columns_beyond_int32_have_wide_indices():
    layer = cm.Conv1d(1, 2, 1, stride=1 << 30, bias=False)
    c = numeric.matrix(layer, (1, 1, (1 << 31) + 1), {"weight": integers(1, (2, 1, 1))})
    assert c.shape == (6, (1 << 31) + 1)
    assert c.indices.dtype == c.indptr.dtype == np.int64
    assert c.indices.tolist() == [0, 1 << 30, 1 << 31] * 2
    narrow = numeric.matrix(layer, (1, 1, (1 << 31) - 1), {"weight": integers(1, (2, 1, 1))})
    assert narrow.indices.dtype == narrow.indptr.dtype == np.int32


@pytest.mark.parametrize("make", [*FORMS, numeric.operator])
def test_matrices_of_nothing(make):
    # Every window lies in the padding; no window fits, which one framework calls an output of size 0.
    beside = cm.Conv1d(1, 2, 1, stride=4, padding=3, bias=False)
    c = make(beside, (1, 1, 1), {"weight": np.ones((2, 1, 1))})
    assert (c.shape, (c @ np.ones(1)).tolist(), (c.T @ np.ones(4)).tolist()) == ((4, 1), [0, 0, 0, 0], [0])
    too_wide = cm.Conv2d(1, 2, (5, 1), bias=False, convention="jax")
    c = make(too_wide, (1, 1, 3, 3), {"weight": np.ones((2, 1, 5, 1))})
    assert (c.shape, (c.T @ np.ones(0)).tolist()) == ((0, 9), [0] * 9)


def test_types_that_are_one_convolution_have_its_matrix():
    weights = {"weight": integers(1, (6, 1, 3, 2))}
    plain = cm.Conv2d(3, 6, (3, 2), dilation=2, groups=3, bias=False)
    depthwise = cm.DepthwiseConv2d(3, (3, 2), 2, dilation=2)
    for make in FORMS:
        expected = make(plain, (1, 3, 7, 8), weights).toarray()
        assert np.array_equal(make(depthwise, (5, 3, 7, 8), {**weights, "bias": np.ones(6)}).toarray(), expected)


LARGE = (1, 64, 56, 56)


@pytest.mark.parametrize("make", [numeric.matrix, numeric.block_matrix])
def test_too_many_nonzeros_are_refused_before_anything_is_made(make):
    layer = cm.Conv2d(64, 64, 3, padding=1, bias=False)
    weights = {"weight": np.zeros(layer.weights()["weight"], "float32")}
    said = (
        r"^Conv2d: the matrix has 112,869,376 nonzeros, 861\.9 MiB as CSR; more than 32,000,000 are not written out"
        r" \(use factored_matrix\(\), which takes 388\.8 KiB\)$"
    )
    with pytest.raises(ParameterError, match=said):
        make(layer, LARGE, weights)
    tracemalloc.start()
    with pytest.raises(ParameterError, match=said):
        make(layer, LARGE, weights)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


def test_the_factored_form_has_no_such_limit():
    layer = cm.Conv2d(64, 64, 3, padding=1, bias=False)
    weights = {"weight": integers(1, layer.weights()["weight"], "float32")}
    factored, x = numeric.factored_matrix(layer, LARGE, weights), integers(2, LARGE, "float32")
    assert factored.nnz == 112_869_376
    expected = numeric.plan(layer, LARGE)(x, weights).reshape(-1)
    assert np.array_equal(factored @ x.reshape(-1), expected)
    assert np.array_equal(numeric.operator(layer, LARGE, weights) @ x.reshape(-1), expected)
    for form in (factored, factored.T):
        with pytest.raises(ParameterError, match=r"112,869,376 nonzeros"):
            form.tocsr()


ONES = {"weight": np.ones((4, 3, 3, 3))}


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda: numeric.matrix(cm.ReLU(), (1, 3, 5, 7), {}), ParameterError, r"ReLU\(\) is no convolution, so it has"),
        (
            lambda: numeric.matrix(cm.SpatiallySeparableConv2d(3, 8, 3), (1, 3, 5, 7), {}), ParameterError,
            r"SpatiallySeparableConv2d: is a chain \(multiply the matrices of its parts: Conv2d\(3, 8, \(3, 1\)",
        ),
        (
            lambda: numeric.matrix_sizes(cm.Conv2d(3, 4, 3), (1, 3, 5, cm.symbols("W"))), ParameterError,
            "Conv2d: only numbers make a matrix, and the sizes have symbols",
        ),
        (lambda: numeric.matrix_sizes(cm.Conv2d(3, 4, 3), (1, 2, 5, 5)), ShapeError, "the input has 2 channels"),
        (lambda: numeric.matrix(cm.Conv2d(3, 4, 3), (1, 3, 5, 7), {}), ParameterError, "the weights lack weight"),
        (lambda: numeric.matrix(cm.Conv2d(3, 4, 5), (1, 3, 5, 7), ONES), ShapeError, "weight is 4x3x3x3, 4x3x5x5 is"),
        (
            lambda: numeric.factored_matrix(cm.Conv2d(3, 4, 3), (1, 3, 5, 7), ONES) @ np.ones(5), ShapeError,
            r"a matrix of 60x105 times 5 \(give a vector of 105 numbers, or such columns\)",
        ),
        (
            lambda: np.ones((2, 3, 60)) @ numeric.factored_matrix(cm.Conv2d(3, 4, 3), (1, 3, 5, 7), ONES), ShapeError,
            "a matrix of 105x60 times 60x3x2",
        ),
    ],
)  # fmt: skip
def test_refusals(ask, error, said):
    with pytest.raises(error, match=said):
        ask()


def test_what_is_printed():
    factored = numeric.factored_matrix(cm.Conv2d(3, 4, 3), (1, 3, 5, 7), ONES)
    assert repr(factored) == "<60x105 factored matrix, float64, 1,620 nonzeros, 2,083 bytes>"
    assert repr(factored.T) == "<105x60 factored matrix, float64, 1,620 nonzeros, 2,083 bytes>"
    assert factored.T.T is factored
