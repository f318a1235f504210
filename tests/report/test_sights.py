"""What layers see of any earlier one: graphs worked by hand, pairs of paths, shares, global operators, refusals."""

from fractions import Fraction

import pytest

import convmath as cm
from convmath.core.errors import ParameterError, ShapeError, UnknownNameError
from convmath.core.receptive_field import UNTOLD
from convmath.report.meeting import clashes


def figures(sight):
    return [(field.size, field.jump, field.start) for field in sight.fields]


def two_inputs():
    """Two inputs of different size along each axis, which meet."""
    net = cm.Network("two")
    x, y = net.input("x", (1, 2, 20, 31)), net.input("y", (1, 2, 10, 15))
    left = net.add(cm.Conv2d(2, 2, (3, 5), stride=2, padding=(1, 1)), x, name="left")
    right = net.add(cm.Conv2d(2, 2, (1, 3), padding=(0, 1)), y, name="right")
    net.add(cm.Add(), left, right, name="sum")
    return net.analyze()


def test_each_input_has_fields_of_its_own():
    report = two_inputs()
    x, y = report.receptive_fields(), report.receptive_fields("y")
    assert [sight.name for sight in x.sights] == ["left", "sum"]
    assert [sight.name for sight in y.sights] == ["right", "sum"]
    assert figures(x["sum"]) == [(3, 2, -1), (5, 2, -1)]
    assert figures(y["sum"]) == [(1, 1, 0), (3, 1, -1)]
    assert x["sum"].aligned is y["sum"].aligned is True
    assert x["sum"].shares == (Fraction(3, 20), Fraction(5, 31))
    assert y["sum"].shares == (Fraction(1, 10), Fraction(1, 5))
    touched = x.touched("sum", (0, 14))
    assert (touched.bounds, touched.total, str(touched)) == (((0, 1), (27, 30)), 8, "0–1 x 27–30")


def test_any_layer_may_be_the_origin():
    report = cm.zoo.resnet50().analyze()
    # Behind layer2 there are 3×3 convolutions: one by 2 and five at its jump; one by 2 and two at theirs.
    sights = report.receptive_fields("layer2")
    assert sights.origin == "layer2.3.relu"
    assert figures(sights["layer3"]) == [(1 + 2 + 2 * 2 * 5, 2, -11)] * 2
    assert figures(sights["layer4"]) == [(23 + 2 * 2 + 2 * 4 * 2, 4, -21)] * 2
    assert len(sights) == sum(row.name.startswith(("layer3", "layer4", "avgpool", "flatten", "fc")) for row in report)


def test_the_first_input_is_seen_as_the_analysis_says():
    for name in ("resnet18", "inception_v3", "fcn8s", "unet", "efficientnet_b0", "dcgan_generator", "wavenet"):
        report = cm.zoo.builder(name)().analyze()
        sights = report.receptive_fields()
        assert [(sight.name, sight.fields, sight.aligned) for sight in sights.sights] == [
            (row.name, row.fields, row.aligned) for row in report.rows
        ]


def crossed():
    """Four paths: as it is, half a position on, two on along the second axis only, and by a jump of 2."""
    net = cm.Network("crossed")
    x = net.input(shape=(1, 1, 8, 9))
    half = net.add(cm.Conv2d(1, 1, 2, padding=((0, 1), (0, 1))), x, name="half")
    on = net.add(cm.ZeroPad2d((-2, 2, 0, 0)), x, name="on")
    net.add(cm.Concat(), x, half, on, name="near")
    net.add(cm.Add(), net.add(cm.MaxPool2d(2), x, name="pool"), net.add(cm.Cropping2d((0, 5, 0, 4)), x), name="far")
    return net.analyze()


def test_the_pair_that_clashes_is_named_with_numbers():
    sights = crossed().receptive_fields()
    told = [(clash.paths, clash.axis, clash.shift) for clash in sights["near"].clashes]
    assert told == [
        (("input", "half"), 0, Fraction(1, 2)),
        (("input", "half"), 1, Fraction(1, 2)),
        (("input", "on"), 1, 2),
    ]
    far = sights["far"].clashes
    assert [(clash.paths, clash.jumps, clash.shift) for clash in far] == [(("pool", "cropping2d"), (2, 1), None)] * 2
    assert str(far[0]) == "cropping2d moves by 1 position where pool moves by 2"
    assert tuple(clashes(crossed())) == (*sights["near"].clashes, *far)
    assert sights.table().notes[1:3] == (
        "near: half lies 0.5 positions after input (axes 0 and 1).",
        "near: on lies 2 positions after input (axis 1).",
    )


def test_a_transposed_path_is_held_by_its_mean():
    # Stride 2 down, kernel 2 by 2 up again: position 0 and 1 both come of inputs 0 and 1, centre 1/2 on average over
    # their own places 0 and 1. With kernel 3 and a crop of 1 at the end alone the centre is half a position off.
    def clash(up):
        net = cm.Network()
        x = net.input(shape=(1, 1, 8))
        down = net.add(cm.Conv1d(1, 1, 2, stride=2), x, name="down")
        net.add(cm.Add(), x, net.add(up, down, name="up"), name="sum")
        return net.analyze().receptive_fields()["sum"]

    even = clash(cm.ConvTranspose1d(1, 1, 2, stride=2))
    assert (even.aligned, even.clashes) == (True, ())
    odd = clash(cm.ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=1))
    # Phases 0 and 1 see inputs 0 … 1 and 0 … 3: centres 0.5 and 1.5, which is 0.5 beyond 0 and 1.
    assert (odd.aligned, [one.shift for one in odd.clashes]) == (False, [Fraction(1, 2)])
    assert [odd.fields[0].interval(o) for o in (0, 1)] == [(0, 1), (0, 3)]


def test_holes():
    net = cm.Sequential(*(cm.Conv2d(1, 1, (3, 1), dilation=(d, 1), padding=(d, 0)) for d in (2, 2, 2)))
    sights = net.analyze((1, 1, 40, 3)).receptive_fields()
    assert [sight.holes for sight in sights.sights] == [(2, 0), (4, 0), (6, 0)]
    touched = sights.touched("2", (20, 1))
    assert (touched.total, str(touched)) == (7, "14, 16 … 26 x 1")
    assert [list(map(str, found)) for found in touched.holes] == [["15, 17 … 25"], []]
    assert sights.touched("2", (0, 0)).axes == (0b1010101, 1)


def test_a_cross_is_no_square():
    net = cm.Network()
    x = net.input(shape=(1, 1, 7, 9))
    net.add(
        cm.Concat(),
        net.add(cm.Conv2d(1, 1, (1, 3), padding=(0, 1)), x),
        net.add(cm.Conv2d(1, 1, (3, 1), padding=(1, 0)), x),
        name="cross",
    )
    touched = net.analyze().receptive_fields().touched("cross")
    assert (touched.total, touched.bounds, len(touched.boxes)) == (5, ((2, 4), (3, 5)), 2)


def test_a_rate_beyond_the_map_leaves_one_tap():
    """Chen et al. (2017), 3.3: as the rate nears the map's size, a 3×3 filter degenerates to 1×1."""
    sights = cm.zoo.deeplabv3_resnet50().analyze().receptive_fields("backbone.layer4")
    names = [f"classifier.0.convs.{place}" for place in range(4)]
    assert [sights.touched(name).total for name in names] == [1, 9, 9, 1]
    assert [sights[name].holes for name in names] == [(0, 0), (22, 22), (46, 46), (70, 70)]
    assert sights["classifier.0.convs.3"].shares == (Fraction(73, 65),) * 2
    assert sights["classifier.0.convs.3"].shares_inside == (1, 1)


def gated(gate):
    net = cm.Network()
    x = net.input(shape=(1, 4, 12, 15))
    y = net.add(cm.Conv2d(4, 4, 3, padding=1), x, name="conv")
    end = y
    for layer in gate:
        end = net.add(layer, end)
    net.add(cm.Multiply(), y, end, name="gated")
    return net.analyze()


@pytest.mark.parametrize(
    ("gate", "whole"),
    [
        ((cm.GlobalAvgPool(), cm.Conv2d(4, 4, 1), cm.Sigmoid()), (True, True)),
        ((cm.AdaptiveAvgPool2d((None, 1)), cm.Conv2d(4, 4, 1)), (False, True)),
        ((cm.Conv2d(4, 4, 1), cm.Softmax(3)), (False, True)),
        ((cm.Conv2d(4, 4, 1), cm.InstanceNorm2d(4)), (True, True)),
    ],
    ids=str,
)
def test_global_operators_see_the_whole_and_may_be_left_out(gate, whole):
    report = gated(gate)
    seen, local = report.receptive_fields(), report.receptive_fields(ignore_global=True)
    assert tuple(field is None for field in seen["gated"].fields) == whole
    assert seen.touched("gated", (5, 6)).shares == tuple(
        Fraction(1) if every else Fraction(3, size) for every, size in zip(whole, (12, 15), strict=True)
    )
    assert figures(local["gated"]) == [(3, 1, -1)] * 2
    assert str(local.touched("gated", (5, 6))) == "4–6 x 5–7"


def test_what_has_no_way_but_through_a_global_operator_sees_the_whole_all_the_same():
    local = cm.zoo.resnet18().analyze().receptive_fields(ignore_global=True)
    assert local["fc"].fields == (None, None)
    assert local.touched("fc").total == 224 * 224
    assert local["fc"].shares == (1, 1)


def test_symbols_pass():
    height, width = cm.symbols("H W")
    sights = cm.zoo.resnet18().analyze((1, 3, height, width)).receptive_fields()
    sight = sights["layer4"]
    assert figures(sight) == [(435, 32, -217)] * 2
    assert (list(map(str, sight.shares)), sight.shares_inside, sight.holes) == (
        ["435/H", "435/W"],
        (None, None),
        (0, 0),
    )
    k = cm.symbols("k")
    sight = cm.Sequential(cm.Conv1d(1, 1, k), cm.MaxPool1d(2)).analyze((1, 1, 40)).receptive_fields()["1"]
    assert (str(sight.fields[0].size), sight.patterns, sight.holes) == ("k + 1", (UNTOLD,), (None,))
    assert "k + 1" in str(sights.__class__(cm.Sequential(cm.Conv1d(1, 1, k), cm.MaxPool1d(2)).analyze((1, 1, 40))))


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda report: report.receptive_fields("lefd"), UnknownNameError, "'lefd'; did you mean left"),
        (lambda report: report.receptive_fields(7), UnknownNameError, "no layer or input is called"),
        (lambda report: report.receptive_fields()["right"], ParameterError, "right depends on nothing of x"),
        (lambda report: report.receptive_fields("sum")["left"], ParameterError, "left depends on nothing of sum"),
        (lambda report: report.receptive_fields().touched("sum", (1,)), ShapeError, r"\(1,\) is no position .* 10x15"),
        (lambda report: report.receptive_fields().touched("sum", (10, 0)), ShapeError, "sum: .* counted from 0"),
        (lambda report: report.receptive_fields().touched("sum", "1,2"), ShapeError, "'1,2' is no position"),
        (
            lambda _: cm.Sequential(cm.ReLU()).analyze((1, 1, cm.symbols("L"))).receptive_fields().touched("0", (1,)),
            ParameterError,
            "only numbers have positions",
        ),
        (
            lambda _: cm.Sequential(cm.ReLU()).analyze((1, 1, 10**7)).receptive_fields().touched("0"),
            ParameterError,
            "an axis of 10000000 positions is too long",
        ),
    ],
)
def test_refusals(ask, error, said):
    with pytest.raises(error, match=said):
        ask(two_inputs())


def test_nothing_is_read_where_all_is_padding():
    net = cm.Sequential(cm.ZeroPad1d((5, 0)), cm.Conv1d(1, 1, 3))
    touched = net.analyze((1, 1, 8)).receptive_fields().touched("1", (0,))
    assert (touched.total, touched.bounds, touched.holes, str(touched)) == (0, ((0, -1),), ((),), "none")
