"""What is held while each layer runs: counted by hand, by a run in NumPy, and for all sizes at once."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError
from convmath.numeric.networks import Pass, given_or_initial
from convmath.resources.flow import Value, flow
from convmath.resources.inference import inference
from convmath.resources.liveness import largest, moments, waiting
from convmath.verification.measuring import Measured
from tests.resources import small
from tests.symbolic.networks import grow

H, W = cm.symbols("H W")


def held(net, **how):
    return {moment.task.row.name: moment.numbers for moment in moments(flow(net.analyze()), **how)}


def held_in_a_run(net, xs):
    """The numbers in arrays that are alive when a layer has run, by weak references."""
    weights = given_or_initial(net, net, xs, None, 0)
    inputs = {name: x.copy() for name, x in xs.items()}  # nothing else holds them
    measured, counts = (
        Measured(inputs.values()),
        [len(row.outputs) for row in net.analyze(**{name: x.shape for name, x in xs.items()}).rows],
    )
    passing, found = Pass(net, inputs, weights), []
    del inputs
    for step, count in zip(passing, counts, strict=True):
        measured.held = 0
        measured.add(step, count, ())
        found.append(measured.held)
        del step
    return found


def test_a_chain_holds_what_each_layer_reads_and_makes():
    assert held(small.chain()) == {"a": 60 + 90, "b": 90 + 90, "c": 90 + 32}


def test_in_place_an_activation_makes_nothing_new():
    assert held(small.chain(), in_place=True) == {"a": 60 + 90, "b": 90, "c": 90 + 32}


def test_a_shortcut_waits():
    assert held(small.residual()) == {
        "stem": 168 + 168, "wide": 168 + 378, "thin": 168 + 378 + 168, "sum": 168 + 168 + 168,
    }  # fmt: skip


def test_the_maps_of_a_dense_block_wait_for_the_last_concatenation():
    assert held(small.dense()) == {
        "grow1": 30 + 20, "concat2": 30 + 20 + 50, "grow2": 30 + 20 + 50 + 20, "concat3": 30 + 20 + 20 + 70,
        "grow3": 30 + 20 + 20 + 70 + 20, "end": 30 + 20 + 20 + 20 + 90,
    }  # fmt: skip


def test_a_unet_holds_its_upper_half_meanwhile():
    assert held(small.unet()) == {
        "top": 64 + 128, "pool": 128 + 64, "low": 128 + 64 + 128, "up": 128 + 128 + 128, "join": 128 + 128 + 256,
        "head": 256 + 64,
    }  # fmt: skip


def test_what_is_handed_out_stays_to_the_end():
    net = cm.Network()
    x = net.input(shape=(1, 1, 10))
    early = net.add(cm.Conv1d(1, 7, 1), x, name="early")
    late = net.add(cm.Conv1d(1, 2, 1), x, name="late")
    last = net.add(cm.Conv1d(2, 3, 1), late, name="last")
    net.output(early, last)
    assert held(net) == {"early": 10 + 70, "late": 70 + 10 + 20, "last": 70 + 20 + 30}


def test_an_unread_piece_is_gone_at_once():
    net = cm.Network()
    pieces = net.add(cm.Split((1, 4)), net.input(shape=(1, 5, 3)), name="split")
    y = net.add(cm.Conv1d(4, 2, 1), pieces[1], name="conv")
    net.output(y)
    assert held(net) == {"split": 15 + 15, "conv": 12 + 6}


def test_a_value_that_is_read_twice_by_one_layer_counts_once():
    net = cm.Network()
    x = net.input(shape=(1, 5, 3))
    net.add(cm.Add(), x, x, name="twice")
    assert held(net) == {"twice": 15 + 15}


def test_nothing_that_another_layer_reads_is_written_over():
    net = cm.Network()
    x = net.add(cm.Conv1d(1, 4, 1), net.input(shape=(1, 1, 5)), name="conv")
    y = net.add(cm.ReLU(), x, name="relu")
    z = net.add(cm.Softmax(1), net.add(cm.Add(), x, y, name="sum"), name="softmax")
    net.add(cm.ReLU(), z, name="last")
    tasks = {task.row.name: task.overwrites for task in flow(net.analyze()).tasks}
    assert tasks == {"conv": None, "relu": None, "sum": None, "softmax": None, "last": Value("softmax")}


@pytest.mark.parametrize("seed", range(40))
def test_a_run_in_numpy_holds_the_same(seed):
    dice = Random(f"held {seed}")
    net, channels, rank = grow(dice)
    shape = (1, channels, *(dice.randint(9, 14) for _ in range(rank)))
    try:
        graph = flow(net.analyze(shape))
    except cm.ShapeError:
        return
    xs = {next(iter(net.input_shapes)): np.ones(shape, "float32")}
    run = held_in_a_run(net, xs)
    assert [moment.numbers for moment in moments(graph)] == run


def test_inputs_are_there_from_the_beginning():
    """However late a network names an input, it is held until it is read, in a run as well."""
    net = cm.Network()
    x = net.input("x", (1, 2, 5))
    y = net.add(cm.Conv1d(2, 3, 1), x, name="conv")
    z = net.input("z", (1, 3, 5))
    net.add(cm.Add(), y, z, name="sum")
    xs = {"x": np.ones((1, 2, 5)), "z": np.ones((1, 3, 5))}
    run = held_in_a_run(net, xs)
    assert run == list(held(net).values()) == [10 + 15 + 15, 15 + 15 + 15]
    assert numeric.demand(net, [(1, 2, 5), (1, 3, 5)]).activations == 4 * 30


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "mobilenet_v2", "unet_padded", "shufflenet_v2_x1_0"])
def test_for_all_sizes_the_worst_layer_is_what_it_is_for_each(name):
    net = getattr(cm.zoo, name)()
    channels = next(iter(net.input_shapes.values()))[1]
    told = inference(net.analyze((1, channels, H, W))).held
    dice = Random(name)
    for _ in range(4):
        sizes = {"H": 32 * dice.randint(1, 9), "W": 32 * dice.randint(1, 9)}
        if name != "unet_padded":
            sizes = {symbol: size + dice.randint(0, 31) for symbol, size in sizes.items()}
        assert all(sizes[symbol] >= least for symbol, least in told.least.items())
        numbers = largest(flow(net.analyze((1, channels, sizes["H"], sizes["W"])))).numbers
        assert max(one.numbers.at(**sizes) for one in told.candidates) == numbers


def test_what_compares_sizes_needs_numbers():
    net = cm.Sequential(cm.Conv1d(1, 2, 3))
    with pytest.raises(
        ParameterError, match=r"^sequential: the largest moment compares sizes, and that of input is 1 ×"
    ):
        largest(flow(net.analyze((1, 1, cm.symbols("L")))))


@pytest.mark.parametrize("order", [None, "turned round"])
def test_values_are_looked_at_as_often_as_they_are_read_and_made(order):
    """Outputs are held to the end: what grows with how many layers there are must not grow with what is held."""
    looks = 0

    class Watched(Value):
        def __hash__(self):
            nonlocal looks
            looks += 1
            return super().__hash__()

    def watched(value):
        return Watched(*value)

    def counted(layers):
        nonlocal looks
        net = cm.Network()
        x = net.input(shape=(1, 1, 5))
        net.output(*(net.add(cm.Conv1d(1, 2, 1), x, name=f"conv{n}") for n in range(layers)))
        graph = flow(net.analyze())
        tasks = tuple(
            task._replace(reads=tuple(map(watched, task.reads)), makes=tuple(map(watched, task.makes)))
            for task in graph.tasks
        )
        shapes = {watched(value): shape for value, shape in graph.shapes.items()}
        inputs, outputs = (tuple(map(watched, values)) for values in (graph.inputs, graph.outputs))
        graph = graph._replace(tasks=tasks, shapes=shapes, inputs=inputs, outputs=outputs)
        looks = 0
        found = [moment.numbers for moment in moments(graph, order and range(layers)[::-1])]
        assert found == [5 + 10 * (n + 1) for n in range(layers)]
        assert [count for _, count in waiting(graph, 2)] == list(range(layers))
        return looks

    few, many = counted(50), counted(400)
    assert 0 < many <= 8 * few


@pytest.mark.parametrize("seed", range(20))
def test_what_is_held_is_what_makes_the_sum(seed):
    dice = Random(f"spans {seed}")
    net, channels, rank = grow(dice)
    try:
        graph = flow(net.analyze((1, channels, *(dice.randint(9, 14) for _ in range(rank)))))
    except cm.ShapeError:
        return
    for in_place in (False, True):
        for moment, (first, count) in zip(moments(graph, in_place=in_place), waiting(graph, 2), strict=True):
            assert moment.numbers == sum(graph.shapes[value].elements for value in moment.held)
            others = [value for value in moment.held if value not in (*moment.task.reads, *moment.task.makes)]
            assert (first, count) == (others[:2], len(others))
