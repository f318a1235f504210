"""One layer in full."""

import pytest

import convmath as cm
from convmath.core.errors import ParameterError, ShapeError
from convmath.report.describe import description, layer_report, show_bytes, weights_table


def told(layer, *shapes):
    return {quantity: (value, word) for quantity, value, word in description(layer_report(layer, shapes).rows[0]).rows}


def test_a_convolution():
    table = description(layer_report(cm.Conv2d(3, 64, 7, stride=2, padding=3), ("1x3x224x224",)).rows[0])
    assert table.title == "Conv2d(3, 64, 7, stride=2, padding=3)"
    assert table.rows == (
        ("input", "1x3x224x224", ""),
        ("output", "1x64x112x112", ""),
        ("parameters", 9472, "weight 64x3x7x7, bias 64"),
        ("MACs", 118013952, "every tap, padding included"),
        # 112 windows of 7 along an axis, less 3 + 1 taps on the left border and 2 on the right.
        ("touching MACs", 64 * 3 * 778 * 778, "taps on real input only"),
        ("FLOPs", 236830720, "2 for each MAC, and all other arithmetic"),
        ("activations", 802816, "3.1 MiB in float32"),
        ("receptive field", 7, "jump 2, start -3"),
    )
    assert (table.totals, table.notes) == ((), ())


def test_buffers_are_told_where_there_are_any():
    assert list(told(cm.BatchNorm2d(8), (1, 8, 4, 4)))[:5] == ["input", "output", "parameters", "buffers", "MACs"]


def test_the_whole_axis():
    assert told(cm.GlobalAvgPool(), (1, 8, 4, 4))["receptive field"] == ("all", "the whole axis")


def test_axes_that_differ():
    layer = cm.Conv2d(3, 8, (3, 5), stride=(1, 2), padding=(1, 0))
    assert told(layer, (1, 3, 9, 9))["receptive field"] == ("3x5", "jump 1x2, start -1x0")


def test_no_spatial_axes():
    assert "receptive field" not in told(cm.Linear(4, 2), (1, 4))


def test_several_inputs():
    report = layer_report(cm.Add(), ((1, 3, 4, 4), (1, 3, 4, 4)))
    assert report.inputs == {"input0": (1, 3, 4, 4), "input1": (1, 3, 4, 4)}
    assert told(cm.Add(), (1, 3, 4, 4), (1, 3, 1, 1))["input"] == ("1x3x4x4, 1x3x1x1", "")


def test_a_lazy_layer_is_told_as_what_it_becomes():
    table = description(layer_report(cm.LazyConv2d(8, 3), ((1, 3, 9, 9),)).rows[0])
    assert table.title == "Conv2d(3, 8, 3)"


def test_no_inputs_for_a_layer_that_needs_one():
    with pytest.raises(ShapeError, match=r"^Conv2d: takes one input, got 0 \(give it as many\)$"):
        layer_report(cm.Conv2d(3, 8, 3), ())


def test_without_an_input():
    table = weights_table(cm.Conv2d(3, 8, 3))
    assert table.rows == (("weight", "8x3x3x3", ""), ("bias", "8", ""), ("parameters", 224, ""))
    assert table.notes == ("With --input its output, costs and receptive field are told.",)


def test_a_lazy_layer_without_an_input():
    with pytest.raises(ParameterError, match=r"^LazyConv2d: the weights depend on the input "):
        weights_table(cm.LazyConv2d(8, 3))


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1,023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (3211264, "3.1 MiB"),
        (2**30, "1.0 GiB"),
        (2**40 * 10, "10.0 TiB"),
        (2**50 * 1023, "1,023.0 PiB"),
        (2**50 * 5000, "5,000.0 PiB"),
        # Beyond what a float can hold.
        (2**1050, f"{2**1000:,}.0 PiB"),
    ],
)
def test_bytes(count, text):
    assert show_bytes(count) == text
