"""Numbers put at some indices of an array: by definition, number by number; gradients; what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError

JOIN = {
    "none": lambda old, new: new, "add": lambda old, new: old + new, "mul": lambda old, new: old * new,
    "max": max, "min": min,
}  # fmt: skip


def drawn(seed, shape):
    return np.random.default_rng(seed).integers(-9, 10, shape)


@pytest.mark.parametrize("reduction", JOIN)
@pytest.mark.parametrize("dim", [0, 1, -1])
def test_elements(reduction, dim):
    x, values = drawn(1, (3, 4, 5)), drawn(2, (2, 3, 4))
    indices = np.random.default_rng(3).integers(-3, 3, values.shape)
    expected = x.copy()
    for at in np.ndindex(*values.shape):
        there = list(at)
        there[dim] = indices[at]
        expected[tuple(there)] = JOIN[reduction](expected[tuple(there)], values[at])
    layer = cm.ScatterElements(dim, reduction)
    assert np.array_equal(numeric.run(layer, [x, indices, values]), expected)
    assert layer.flops(x.shape, indices.shape, values.shape) == (0 if reduction == "none" else 24)


@pytest.mark.parametrize("reduction", JOIN)
@pytest.mark.parametrize("named", [1, 2, 3])
def test_blocks(reduction, named):
    x, indices = drawn(1, (3, 4, 5)), np.random.default_rng(3).integers(-3, 3, (2, 3, named))
    values = drawn(2, (2, 3, *x.shape[named:]))
    expected = x.copy()
    for at in np.ndindex(2, 3):
        there = tuple(indices[at])
        joined = np.vectorize(JOIN[reduction])(expected[there], values[at])
        expected[there] = joined
    assert np.array_equal(numeric.run(cm.ScatterND(reduction), [x, indices, values]), expected)


def test_flat_places_go_with_the_weights():
    x, values = drawn(1, (2, 3, 4)), drawn(2, (2, 2))
    made = numeric.run(cm.Scatter(), [x, values], {"indices": [[0, 23], [5, 0]]})
    expected = x.copy()
    expected[0, 0, 0], expected[1, 2, 3], expected[0, 1, 1] = values[1, 1], values[0, 1], values[1, 0]
    assert np.array_equal(made, expected)


CASES = [
    (cm.ScatterElements(0, "mul"), (3, 4), [[0, 1], [1, 1]], (2, 2)),
    (cm.ScatterND("mul"), (3, 4), [[0, 1], [2, 3], [0, 1], [1, 1]], cm.Shape((4,))),
    (cm.ScatterElements(1), (3, 4), [[0, 1], [2, -1], [3, 3]], (3, 2)),
    (cm.ScatterElements(0, "add"), (3, 4), [[0, 1], [1, 1]], (2, 2)),
    (cm.ScatterND(), (3, 4), [[0], [2], [0]], (3, 4)),
    (cm.ScatterND("add"), (3, 4), [[0, 1], [2, 3], [0, 1], [1, 1]], cm.Shape((4,))),
]


@pytest.mark.parametrize(("layer", "shape", "indices", "given"), CASES, ids=repr)
def test_gradients_by_differences(layer, shape, indices, given):
    """Whole numbers, of which a change by 1 changes the sum by the gradient exactly."""
    x, values, indices = drawn(1, shape), drawn(2, given), np.array(indices)
    ready = numeric.plan(layer, [cm.Shape(array.shape) for array in (x, indices, values)], "int64")
    dy = drawn(5, shape)
    (dx, nothing, dvalues), _ = ready.backward([x, indices, values], dy)
    assert not nothing.any()
    for array, gradient in ((x, dx), (values, dvalues)):
        for at in np.ndindex(*array.shape):
            before = (ready([x, indices, values]) * dy).sum()
            array[at] += 1
            assert (ready([x, indices, values]) * dy).sum() - before == gradient[at], at
            array[at] -= 1


def test_the_largest_share_their_gradient():
    """Two of the values and what was there before are 7: a third each; where x alone is the largest, all of it."""
    ready = numeric.plan(cm.ScatterElements(1, "max"), [(1, 3), (1, 4), (1, 4)])
    x, indices, values = np.array([[7.0, 9, 1]], "f"), np.array([[0, 0, 1, 0]]), np.array([[7.0, 2, 3, 7]], "f")
    (dx, _, dvalues), _ = ready.backward([x, indices, values], np.array([[6.0, 5, 4]], "f"))
    assert dx.tolist() == [[2, 5, 4]]
    assert dvalues.tolist() == [[2, 0, 0, 2]]


def test_what_is_refused():
    x = np.zeros((3, 4))
    with pytest.raises(ParameterError, match=r"^ScatterElements: indices go from -4 to 0, those of its axis from -3"):
        numeric.run(cm.ScatterElements(0), [x, np.array([[0, -4]]), np.zeros((1, 2))])
    with pytest.raises(ParameterError, match=r"^Scatter: indices go from -1 to 12, those of its axis from 0 to 11"):
        numeric.run(cm.Scatter(), [x, np.zeros((1, 2))], {"indices": np.array([[12, -1]])})
    with pytest.raises(ParameterError, match=r"^ScatterElements: input 1 is float64, which does not fit into int64"):
        numeric.run(cm.ScatterElements(0), [x, np.array([[0.5, 1]]), np.zeros((1, 2))])


def test_what_is_reached():
    """Of what is scattered into, each output its own position; of numbers and indices all, as where they go is data."""
    net = cm.Network()
    x, indices, values = net.input("x", (1, 2, 5)), net.input("indices", (1, 2, 3)), net.input("values", (1, 2, 3))
    net.output(net.add(cm.ScatterElements(2), x, indices, values, name="put"))
    assert [tuple(at) for at in np.argwhere(numeric.reached(net, at=(3,)))] == [(0, 3), (1, 3)]
    assert numeric.reached(net, at=(3,), input="values").all()
    report = net.analyze()
    assert [field.size for field in report["put"].fields] == [1]
    assert report.receptive_fields("values")["put"].fields == (None,)
