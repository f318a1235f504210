"""One pass over a network: order, totals, what is worked out once, and errors that name the node."""

import numpy as np
import pytest

import convmath as cm
from convmath.core.cost import Cost
from convmath.core.errors import GraphError, ParameterError, ShapeError
from convmath.layers.base import Layer


def test_rows_follow_the_order_of_building():
    net = cm.Network()
    x = net.input(shape=(1, 4, 8, 8))
    late = net.input("late", (1, 4, 8, 8))
    y = net.add(cm.ReLU(), late, name="b")
    net.add(cm.Add(), x, y, name="a")
    report = net.analyze()
    assert [row.name for row in report.rows] == ["b", "a"]
    position = {node.name: place for place, node in enumerate(net.nodes)}
    assert all(position[net.nodes[ref.node].name] < position[node.name] for node in net.nodes for ref in node.inputs)


def test_numbers_of_a_small_network():
    net = cm.Network("residual")
    x = net.input(shape=(2, 8, 6, 10))
    y = net.add(cm.Conv2d(8, 8, 3, padding=1, bias=False), x, name="conv")
    y = net.add(cm.BatchNorm2d(8), y, name="norm")
    net.add(cm.Add(), x, y, name="sum")
    report = net.analyze()
    elements = 2 * 8 * 6 * 10
    assert [row.outputs for row in report.rows] == [((2, 8, 6, 10),)] * 3
    assert [row.cost.params for row in report.rows] == [8 * 8 * 9, 16, 0]
    assert [row.cost.buffers > 0 for row in report.rows] == [False, True, False]
    assert [row.cost.macs for row in report.rows] == [elements * 8 * 9, 0, 0]
    # Along an axis of n positions 3n − 2 of the 3n taps touch it.
    assert report.rows[0].cost.macs_touching == 2 * 8 * 8 * 16 * 28
    assert [row.cost.activations for row in report.rows] == [elements] * 3
    assert report["sum"].cost.flops == elements


def test_totals_are_the_sum_of_the_rows():
    report = cm.zoo.resnet18().analyze()
    totals = report.totals
    for quantity in (*Cost._fields, "flops"):
        assert getattr(totals, quantity) == sum(getattr(row.cost, quantity) for row in report.rows)
    assert totals.params == 11689512


def test_totals_of_nothing():
    net = cm.Network()
    net.input(shape=(1, 3, 8, 8))
    report = net.analyze()
    assert (report.rows, report.totals) == ((), Cost())


def test_each_distinct_layer_and_shape_is_asked_once(monkeypatch):
    asked = []
    original = Layer.facts

    def counted(self, *inputs):
        asked.append((self, inputs))
        return original(self, *inputs)

    net = cm.zoo.resnet50()
    monkeypatch.setattr(Layer, "facts", counted)
    report = net.analyze()
    distinct = {(row.layer, row.inputs) for row in report.rows}
    assert len(report.rows) == 175
    assert len(asked) == len(distinct) < 70
    assert set(asked) == distinct


def test_equal_layers_on_other_shapes_are_asked_again():
    net = cm.Sequential(*[cm.Conv2d(4, 4, 3)] * 3)
    report = net.analyze((1, 4, 9, 9))
    assert [row.outputs[0][2] for row in report.rows] == [7, 5, 3]
    assert [row.cost.macs for row in report.rows] == [4 * 4 * 9 * o * o for o in (7, 5, 3)]


def test_analyse_is_analyze():
    net = cm.Sequential(cm.ReLU(), shape=(1, 3, 8, 8))
    assert net.analyse().rows == net.analyze().rows


def test_lazy_layers_are_told_as_what_they_become():
    net = cm.Sequential(
        cm.LazyConv2d(8, 3), cm.LazyBatchNorm2d(), cm.LazyConv2d(4, 1), cm.Flatten(), cm.LazyLinear(10),
    )  # fmt: skip
    report = net.analyze((1, 3, 6, 6))
    assert [row.layer for row in report.rows] == [
        cm.Conv2d(3, 8, 3), cm.BatchNorm2d(8), cm.Conv2d(8, 4, 1), cm.Flatten(), cm.Linear(64, 10),
    ]  # fmt: skip
    assert [row.op for row in report.rows] == ["Conv2d", "BatchNorm2d", "Conv2d", "Flatten", "Linear"]
    assert report.totals.params == 224 + 16 + 36 + 650


def test_the_same_lazy_layer_adapts_to_each_input():
    net = cm.Sequential(cm.LazyConv2d(8, 3), cm.LazyConv2d(8, 3))
    assert [row.cost.params for row in net.analyze((1, 3, 9, 9)).rows] == [224, 584]


SHAPE_ERRORS = {
    "channels": (
        cm.Conv2d(4, 8, 3),
        (1, 3, 8, 8),
        "stem.conv: Conv2d: the input has 3 channels, in_channels is 4 (use in_channels=3, or an input of 4 channels)",
    ),
    "axes": (
        cm.Conv2d(4, 8, 3),
        (1, 4, 8),
        "stem.conv: Conv2d: takes 4 sizes (N, C, H, W), got 3: 1x4x8 (give one for each of N, C, H, W)",
    ),
}


@pytest.mark.parametrize("case", SHAPE_ERRORS)
def test_a_shape_error_names_the_node_the_rule_both_numbers_and_the_mend(case):
    layer, shape, text = SHAPE_ERRORS[case]
    net = cm.Network()
    net.add(layer, net.input(shape=shape), name="stem.conv")
    with pytest.raises(ShapeError) as caught:
        net.analyze()
    assert str(caught.value) == text


def test_a_merge_that_does_not_fit_names_both_shapes():
    net = cm.Network()
    x = net.input(shape=(1, 4, 8, 8))
    y = net.add(cm.MaxPool2d(2), x, name="pool")
    net.add(cm.Add(), x, y, name="sum")
    with pytest.raises(ShapeError) as caught:
        net.analyze()
    assert str(caught.value) == (
        "sum: Add: 1x4x8x8 and 1x4x4x4 differ on axis 2: 8 and 4 (make the two sizes equal, or one of them 1)"
    )


def test_too_few_inputs():
    net = cm.Network()
    net.add(cm.Add(), net.input(shape=(1, 4, 8, 8)), name="sum")
    with pytest.raises(ShapeError) as caught:
        net.analyze()
    assert str(caught.value) == "sum: Add: takes at least 2 inputs, got 1 (give it as many)"


def test_a_lazy_layer_that_cannot_become_one():
    net = cm.Network()
    net.add(cm.LazyConv2d(8, 3, groups=2), net.input(shape=(1, 3, 8, 8)), name="conv")
    with pytest.raises(ParameterError) as caught:
        net.analyze()
    assert str(caught.value) == "conv: Conv2d: groups=2 must divide in_channels=3 (use 1 or 3)"


def test_the_error_says_where_the_layer_is_written():
    net = cm.Network()
    net.add(cm.Conv2d(4, 8, 3), net.input(shape=(1, 3, 8, 8)), name="conv")
    net.origins["conv"] = "net.yaml:7:11"
    with pytest.raises(ShapeError) as caught:
        net.analyze()
    assert str(caught.value).startswith("net.yaml:7:11: conv: Conv2d: the input has 3 channels, ")


def test_a_fault_inside_a_layer_is_no_missing_output(monkeypatch):
    def broken(self, *inputs):
        raise IndexError("a fault of the layer")

    net = cm.Sequential(cm.ReLU(), shape=(1, 3, 8, 8))
    monkeypatch.setattr(Layer, "facts", broken)
    with pytest.raises(IndexError, match=r"^a fault of the layer$"):
        net.analyze()


def test_an_output_that_is_missing_is_told_before_the_shape_is_wrong():
    net = cm.Network()
    halves = net.add(cm.Split(2), net.input(shape=(1, 4, 8, 8)), name="halves")
    net.add(cm.Conv2d(9, 9, 3), halves[7], name="conv")
    with pytest.raises(GraphError, match=r"^conv: reads output 7 of halves, which has 2 \(counted from 0\)$"):
        net.analyze()


def test_numbers_beyond_64_bits_are_exact():
    wide = 10**18
    report = cm.Sequential(cm.Conv2d(wide, wide, 1, bias=False), shape=(1, wide, 1, 1)).analyze()
    assert report.totals.params == report.totals.macs == 10**36
    assert report.totals.flops == 2 * 10**36


def arrays():
    """A residual network over an array of batches and of widths, and its input for each of them by itself."""
    net = cm.Network()
    x = net.input()
    y = net.add(cm.Conv2d(3, 3, 3, stride=2, padding=1), x, name="conv")
    y = net.add(cm.ReLU(), y, name="act")
    net.add(cm.Add(), y, net.add(cm.MaxPool2d(2), x, name="pool"), name="sum")
    return net, [(2, 3, 8, 8), (5, 3, 8, 12), (7, 3, 8, 200)]


def test_arrays_of_sizes_are_told_all_at_once():
    net, shapes = arrays()
    batches, widths = (np.array([shape[axis] for shape in shapes]) for axis in (0, 3))
    together = net.analyze((batches, 3, 8, widths))
    for place, shape in enumerate(shapes):
        for row, alone in zip(together.rows, net.analyze(shape).rows, strict=True):
            assert tuple(int(np.broadcast_to(size, 3)[place]) for size in row.outputs[0]) == alone.outputs[0]
            assert tuple(int(np.broadcast_to(count, 3)[place]) for count in row.cost) == alone.cost
            assert row.fields == alone.fields


def test_a_layer_with_arrays_is_a_layer():
    report = cm.Sequential(cm.Conv2d(3, np.array([4, 8]), 3), shape=(1, 3, 9, 9)).analyze()
    assert report.totals.params.tolist() == [112, 224]
