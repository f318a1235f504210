"""Arrays that are held, and operators that nobody knows: types without inputs or without a rule."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.bound import UNKNOWN, AtLeast, is_known, known_part
from convmath.core.errors import ParameterError, ShapeError
from convmath.layers.parse import parse_layer


@pytest.mark.parametrize("shape", [(1, 5, 7), (3,), ()])
def test_a_source_has_its_shape_and_writes_nothing(shape):
    for layer, counted in ((cm.Parameter(shape), "params"), (cm.Constant(shape), "buffers")):
        facts = layer.facts()
        assert facts.outputs == (shape,)
        assert facts.cost == cm.Cost(**{counted: int(np.prod(shape))})
        assert layer.receptive_field() == ()
        assert parse_layer(repr(layer)) == pickle.loads(pickle.dumps(layer)) == layer
        with pytest.raises(ShapeError, match=rf"^{layer.op}: takes no inputs, got 1 \(give it as many\)$"):
            layer.facts((1, 2))


def test_a_source_runs_and_has_a_gradient():
    net = cm.Network("scaled")
    scale = net.add(cm.Parameter((3, 1)), name="scale")
    x = net.input(shape=(2, 3, 4))
    net.add(cm.Multiply(), x, scale, name="product")
    array, weights = np.arange(24.0).reshape(2, 3, 4), {"scale.weight": np.array([[1.0], [10], [100]])}
    assert np.array_equal(numeric.run(net, array, weights), array * weights["scale.weight"])
    dx, dweights = numeric.gradients(net, array, weights=weights)
    assert np.array_equal(dweights["scale.weight"], array.sum((0, 2))[:, None])
    assert np.array_equal(dx, np.broadcast_to(weights["scale.weight"], array.shape))


def test_what_is_seen_is_over_the_first_input_wherever_a_source_stands():
    net = cm.Network("late")
    scale = net.add(cm.Parameter((3, 1, 1)))
    x = net.input(shape=(1, 3, 8, 9))
    y = net.add(cm.Add(), scale, net.add(cm.Conv2d(3, 3, 3), x))
    assert [field.size for field in net.analyze()["add"].fields] == [3, 3]
    assert y.network is net


def test_an_unknown_operator():
    layer = cm.Unknown("com.acme::Foo", ((1, 5, 6), (), (7,)))
    facts = layer.facts((1, 3, 8, 9))
    assert facts.outputs == ((1, 5, 6), (), (7,))
    moved = facts.cost.moved
    assert facts.cost == cm.Cost(UNKNOWN, 0, UNKNOWN, UNKNOWN, UNKNOWN, 30 + 1 + 7, moved)
    assert not is_known(moved)
    assert known_part(moved) == 3 * 8 * 9 + 30 + 1 + 7
    assert not is_known(facts.cost.flops)
    assert cm.Unknown("Foo", ((1, 2),), parameters=12).facts().cost.params == 12
    assert layer.receptive_field((1, 3, 8, 9)) == (None, None)
    assert parse_layer(repr(layer)) == pickle.loads(pickle.dumps(layer)) == layer
    with pytest.raises(ParameterError, match=r"^'[^']+': nothing runs an operator that nobody knows"):
        numeric.plan(layer, (1, 3, 8, 9))


@pytest.mark.parametrize("name", ["x\n\x1b[31m", "<b>", "Größe", "'\\"])
def test_a_hostile_name_is_written_so_that_it_is_read_again(name):
    layer = cm.Unknown(name, ((1, 2),))
    assert repr(layer).isascii()
    assert repr(layer).isprintable()
    assert parse_layer(repr(layer)) == layer


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("", ((1,),)), "Unknown: name must be a text of 1 to 200 characters, not ''"),
        (("x" * 201, ((1,),)), "Unknown: name must be a text of 1 to 200 characters, not "),
        (
            ("Foo", ()),
            r"Unknown: shapes must be a tuple of shapes, each a tuple of integers from 1 to 10\^18, not \(\)",
        ),
        (("Foo", (3,)), r"Unknown: shapes must be a tuple of shapes.*, not \(3,\)"),
        (("Foo", ((0,),)), r"Unknown: shapes must be a tuple of shapes.*, not \(\(0,\),\)"),
        (("Foo", ((1,),), -1), "Unknown: parameters must be None or an integer from 0 "),
    ],
)
def test_what_an_unknown_operator_refuses(arguments, text):
    with pytest.raises(ParameterError, match=f"^{text}"):
        cm.Unknown(*arguments)


# A number of which only a part is known


def test_what_is_unknown_adds():
    h = cm.symbols("H")
    assert UNKNOWN + 5 == 5 + UNKNOWN == AtLeast(5)
    assert 3 * (UNKNOWN + 5) == (UNKNOWN + 5) * 3 == AtLeast(15)
    assert sum([UNKNOWN, 2, UNKNOWN + 3]) == AtLeast(5)
    assert str(h + UNKNOWN) == str(UNKNOWN + h) == "at least H"
    assert str(np.arange(2) + UNKNOWN) == "at least [0 1]"
    assert AtLeast(5) != 5
    assert [known_part(5), known_part(AtLeast(5))] == [5, 5]
    assert cm.Cost.total([cm.Cost(macs=7, params=2), cm.Cost(macs=UNKNOWN)]) == cm.Cost(macs=AtLeast(7), params=2)
    assert cm.Cost(macs=AtLeast(7), operations=4).flops == AtLeast(18)
