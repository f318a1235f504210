"""Indices among a network's inputs: found, drawn, kept out of the dtype that layers run in."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError
from convmath.numeric.indices import readers_of_indices, some_indices
from convmath.verification.verifying import verify


def text_classifier():
    net = cm.Network("text")
    x = net.input("tokens", (2, 11))
    y = net.add(cm.Permute((0, 2, 1)), net.add(cm.Embedding(19, 6), x, name="embed"))
    net.output(net.add(cm.Conv1d(6, 4, 3, padding=1), y, name="conv"))
    return net


def test_tokens_do_not_decide_the_dtype():
    net, tokens = text_classifier(), np.arange(22).reshape(2, 11) % 19
    assert numeric.run(net, tokens).dtype == np.float32
    weights = {
        "embed.weight": np.ones((19, 6)), "conv.weight": np.ones((4, 6, 3)), "conv.bias": np.zeros(4),
    }  # fmt: skip
    made = numeric.run(net, tokens, weights)
    assert made.dtype == np.float64
    assert made[0, 0].tolist() == [12, *[18] * 9, 12]
    assert np.array_equal(numeric.run(net, tokens.astype("float32"), weights), made)


def test_indices_beside_numbers_do_not_widen_them():
    x, indices = np.ones((4, 5), "float32"), np.array([[3, 0], [1, 1]])
    assert numeric.run(cm.Gather(0), [x, indices]).dtype == np.float32
    assert numeric.run(cm.Gather(0), [x.astype(int), indices]).dtype == np.int64


def test_an_input_that_is_also_added_is_one_of_numbers():
    net = cm.Network()
    x, indices = net.input("x", (4, 5)), net.input("indices", (2, 5))
    looked = net.add(cm.Gather(0), x, net.add(cm.Select(0, 0), indices))
    net.output(net.add(cm.Add(), looked, looked), net.add(cm.ReLU(), indices))
    assert readers_of_indices(net, net.analyze()) == {}
    both = cm.Network()
    x, indices = both.input("x", (4, 5)), both.input("indices", (2, 5))
    both.output(both.add(cm.Gather(0), x, indices), both.add(cm.ReLU(), indices))
    assert readers_of_indices(both, both.analyze()) == {}


def test_a_gradient_reaches_the_table_alone():
    net, tokens = text_classifier(), np.array([[3] * 11, [5] * 11])
    dx, dweights = numeric.gradients(net, tokens)
    assert not dx.any()
    assert np.flatnonzero(dweights["embed.weight"].any(1)).tolist() == [3, 5]


def test_indices_out_of_range_are_refused():
    with pytest.raises(ParameterError, match=r"^Embedding: indices must be whole numbers from -19 to 18"):
        numeric.run(text_classifier(), np.full((1, 11), 19))
    with pytest.raises(ParameterError, match=r"^Embedding: the input is float64, which does not fit into int64"):
        numeric.run(text_classifier(), np.full((1, 11), 0.5))


@pytest.mark.parametrize("reduction", ["none", "add"])
def test_none_is_drawn_twice_where_the_last_would_win(reduction):
    generator = np.random.default_rng(0)
    shapes = tuple(map(cm.Shape, ((3, 7, 4), (2, 5, 3), (2, 5, 3))))
    drawn = some_indices(cm.ScatterElements(1, reduction), shapes, generator)
    assert drawn.shape == (2, 5, 3)
    assert all(len(set(drawn[i, :, j])) == 5 for i in range(2) for j in range(3))
    blocks = some_indices(cm.ScatterND(reduction), tuple(map(cm.Shape, ((3, 4, 2), (6, 2), (6, 2)))), generator)
    assert len({tuple(one) for one in blocks}) == 6
    assert (blocks < (3, 4)).all()


MOVED = [
    (cm.Sequential(cm.Unsqueeze(1), cm.Embedding(9, 4)), (2, 5)),
    (cm.Sequential(cm.Unsqueeze(1), cm.Flatten(1), cm.Flip(1), cm.Embedding(9, 4), cm.Linear(4, 3)), (2, 5)),
    (cm.Sequential(cm.Slice(1, start=1, step=2), cm.Embedding(9, 4), cm.ReLU()), (2, 5)),
]


@pytest.mark.parametrize(("net", "shape"), MOVED)
def test_indices_that_are_moved_first_stay_places(net, shape):
    x = np.arange(10).reshape(shape) % 9
    made = numeric.run(net, x, seed=3)
    assert made.dtype == np.float32
    assert not np.array_equal(made, np.rint(made))
    assert np.array_equal(numeric.run(net, x.astype("float32"), seed=3), made)
    assert verify(net, shape).disagreements == ()
    dx, dweights = numeric.gradients(net, x)
    assert not dx.any()
    assert any(array.any() for array in dweights.values())


def test_several_tables_want_the_least_of_their_bounds():
    net = cm.Network("two tables")
    tokens = net.input("tokens", (4, 50))
    net.output(net.add(cm.Add(), net.add(cm.Embedding(9, 4), tokens), net.add(cm.Embedding(3, 4), tokens)))
    (reader,) = readers_of_indices(net, net.analyze()).values()
    assert (reader.below, reader.alone) == (3, False)
    assert verify(net).disagreements == ()


def test_indices_that_a_network_holds_or_works_out():
    net = cm.Network("held")
    x, listed = net.input("x", (4, 9, 3)), net.add(cm.Constant((5,)), name="list")
    net.output(net.add(cm.Gather(1), x, net.add(cm.Unsqueeze(0), listed)))
    assert verify(net).disagreements == ()
    quantised = cm.Sequential(cm.Conv2d(3, 6, 3), cm.Argmax(1), cm.Embedding(9, 4), cm.ReLU())
    assert verify(quantised, (2, 3, 7, 8)).disagreements == ()


def test_networks_of_places_are_verified():
    assert verify(text_classifier()).disagreements == ()
    net = cm.Network("put")
    x, indices, values = net.input("x", (1, 3, 8)), net.input("indices", (1, 3, 4)), net.input("values", (1, 3, 4))
    y = net.add(cm.ScatterElements(2, "add"), net.add(cm.Conv1d(3, 3, 3, padding=1), x), indices, values)
    net.output(net.add(cm.ReLU(), y))
    assert verify(net).disagreements == ()
