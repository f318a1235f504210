"""Numbers that papers print and arithmetic does not give, each with the arithmetic that shows it."""

from fractions import Fraction

import pytest

from convmath.layers.conv import Conv2d, Conv3d
from convmath.layers.depthwise import DepthwiseConv2d
from convmath.layers.pool import AvgPool2d, AvgPool3d, MaxPool2d, MaxPool3d
from convmath.network.network import Sequential
from tests.zoo.reports import cost, largefov, last_field, report, rows_of, summed, total


def test_alexnet_units():
    """The paper's 253,440 units of layer 1 are 48·55·96; the layer makes 55·55·96. The other layers are right."""
    units = [row.outputs[0].elements for row in rows_of("alexnet_paper", "Conv2d")]
    assert units == [290400, 186624, 64896, 64896, 43264]
    assert (units[0], 253440) == (55 * 55 * 96, 48 * 55 * 96)


def test_alexnet_input():
    """An image of 224 gives 54 positions; the 55 of the paper need 227, or padding of 2."""
    assert Conv2d(3, 96, 11, 4).output_shape((1, 3, 224, 224)).spatial == (54, 54)
    assert Conv2d(3, 96, 11, 4).output_shape((1, 3, 227, 227)).spatial == (55, 55)
    assert Conv2d(3, 96, 11, 4, padding=2).output_shape((1, 3, 224, 224)).spatial == (55, 55)


def test_alexnet_parameters():
    """The paper's 60 million is cut off: rounded it would be 61."""
    assert total("params", "alexnet_paper") // 10**6 == 60
    assert round(total("params", "alexnet_paper"), -6) == 61_000_000


@pytest.mark.parametrize(
    ("name", "printed"), [("vgg11", 133), ("vgg13", 133), ("vgg16_1x1", 134), ("vgg16", 138), ("vgg19", 144)]
)
def test_vgg_parameters(name, printed):
    """Table 2 of the paper is right."""
    assert round(total("params", name), -6) == printed * 10**6


@pytest.mark.parametrize(
    ("depth", "printed", "cut_off"),
    [(18, 18, False), (34, 36, True), (50, 38, True), (101, 76, False), (152, 113, False)],
)
def test_resnet_flops(depth, printed, cut_off):
    """Table 1's "FLOPs" are MACs, in 10⁸; two of the five are cut off where the others are rounded."""
    paper = {"stride_in_1x1": True} if depth > 34 else {}
    macs = total("macs", f"resnet{depth}", **paper)
    assert (round(macs, -8) != printed * 10**8) == cut_off
    if cut_off:
        assert macs // 10**8 == printed


def test_mobilenet_shares():
    """Table 2 gives the first convolution 1.19 % of the MACs, and sums to 99.29 %; it takes 1.91 %."""
    rows = {
        "pointwise": [row for row in rows_of("mobilenet_v1", "Conv2d") if "pointwise" in row.name],
        "depthwise": rows_of("mobilenet_v1", "DepthwiseConv2d"),
        "first": [report("mobilenet_v1")["conv0.0"]],
        "classifier": rows_of("mobilenet_v1", "Linear"),
    }
    shares = {kind: Fraction(100 * summed("macs", of), total("macs", "mobilenet_v1")) for kind, of in rows.items()}
    printed = {"pointwise": "94.86", "depthwise": "3.06", "first": "1.19", "classifier": "0.18"}
    assert sum(map(Fraction, printed.values())) == Fraction("99.29")
    assert sum(shares.values()) == 100
    assert round(shares.pop("first"), 2) == Fraction("1.91")
    assert all(round(share, 2) == Fraction(printed[kind]) for kind, share in shares.items())


def test_mobilenet_parameter_shares():
    """Table 2's shares of the parameters leave out norms and the classifier's bias."""
    parts = {"pointwise": "74.59", "depthwise": "1.06", "conv0": "0.02", "fc": "24.33"}
    weights = dict.fromkeys(parts, 0)
    for row in rows_of("mobilenet_v1", "Conv2d", "DepthwiseConv2d", "Linear"):
        weights[next(part for part in parts if part in row.name)] += row.cost.params
    weights["fc"] -= 1000
    for part, printed in parts.items():
        assert round(Fraction(100 * weights[part], sum(weights.values())), 2) == Fraction(printed)


def test_mobilenet_last_stride():
    """Table 1 gives the last depthwise convolution stride 2 and 7×7 before and after; stride 2 would leave 4×4."""
    last = report("mobilenet_v1")["block13.depthwise.0"]
    assert last.inputs[0].spatial == last.outputs[0].spatial == (7, 7)
    assert last.layer == DepthwiseConv2d(1024, 3, stride=1, padding=1, bias=False)
    assert DepthwiseConv2d(1024, 3, stride=2, padding=1).output_shape((1, 1024, 7, 7)).spatial == (4, 4)


def test_mobilenet_of_full_convolutions():
    """Table 4's 4866 million leave out the classifier, which the 569 million beside them include."""
    full, separable = total("macs", "mobilenet_v1_full"), total("macs", "mobilenet_v1")
    classifier = cost("macs", "mobilenet_v1", "fc")
    assert (round(full, -6), round(full - classifier, -6)) == (4_867_000_000, 4_866_000_000)
    assert (round(separable, -6), round(separable - classifier, -6)) == (569_000_000, 568_000_000)


def test_mobilenet_at_160():
    """Table 7's 290 million are cut off, or again without the classifier."""
    macs = total("macs", "mobilenet_v1", resolution=160)
    assert (macs // 10**6, round(macs, -6)) == (290, 291_000_000)


def test_mobilenet_v2_parameters():
    """The paper's 3.4 million are those of convolutions and classifier, cut off; with norms they are 3.5."""
    norms = summed("params", rows_of("mobilenet_v2", "BatchNorm2d"))
    assert (total("params", "mobilenet_v2") - norms) // 10**5 == 34
    assert round(total("params", "mobilenet_v2"), -5) == 3_500_000


def test_deeplab_field_of_view():
    """The paper's field of view of 224 counts a position of pool5 as 32 pixels; it sees 227, and so fc6 sees 419."""
    pool5, fc6 = largefov().analyze((1, 1, 321, 321)).rows[-2:]
    seen, after = pool5.fields[0], fc6.fields[0]
    assert (seen.size, seen.jump, after.size) == (227, 8, 419)
    assert after.size - seen.size + 32 == 224


def test_fcn_googlenet_field():
    """FCN's table 1 gives GoogLeNet 907: with the paper's 5×5 branches, which torchvision builds as 3×3."""
    stem = [Conv2d(1, 1, 7, 2, 3), MaxPool2d(3, 2), Conv2d(1, 1, 3, padding=1), MaxPool2d(3, 2)]
    module = Conv2d(1, 1, 5, padding=2)
    modules = [*[module] * 2, MaxPool2d(3, 2), *[module] * 5, MaxPool2d(3, 2), *[module] * 2]
    assert last_field(Sequential(*stem, *modules, AvgPool2d(7, 1)), 1, 1, 600, 600).size == 907


def i3d(middle):
    """I3D's furthest-seeing path, with `middle` modules between its third and fourth pooling."""
    module = Conv3d(1, 1, 3, padding=1)
    return Sequential(
        Conv3d(1, 1, 7, 2, 3), MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)), Conv3d(1, 1, 1), module,
        MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)), *[module] * 2, MaxPool3d(3, 2, 1), *[module] * middle,
        MaxPool3d(2, 2), *[module] * 2, AvgPool3d((2, 7, 7), 1),
    )  # fmt: skip


def test_i3d_fields():
    """Figure 3's receptive fields belong to four middle modules; the architecture beside it has five."""

    def pooled(middle):
        rows = i3d(middle).analyze((1, 1, 64, 224, 224)).rows
        return [tuple(field.size for field in row.fields) for row in rows if "Pool" in row.op]

    figure = [(7, 11, 11), (11, 27, 27), (23, 75, 75), (59, 219, 219), (99, 539, 539)]
    assert pooled(middle=4) == figure
    assert pooled(middle=5) == [*figure[:3], (67, 251, 251), (107, 571, 571)]
