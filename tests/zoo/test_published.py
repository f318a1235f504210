"""Every published number of tests/data/published.csv, against the library's own arithmetic."""

import csv
import re
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from convmath import zoo
from convmath.core.receptive_field import ReceptiveField
from convmath.core.window import Window
from convmath.formulas.formula import formula
from convmath.layers.conv import Conv2d
from convmath.layers.deformable import DeformConv2d
from convmath.layers.separable import DepthwiseSeparableConv2d
from convmath.network.network import Sequential
from tests.zoo import slim
from tests.zoo.reports import centre, cost, largefov, last_field, report, rows_of, side, summed, total

with (Path(__file__).parent.parent / "data" / "published.csv").open(encoding="utf-8", newline="") as file:
    PUBLISHED = {row["id"]: row for row in csv.DictReader(file)}

LEFT_OUT = {
    **dict.fromkeys(
        ("dcn1_deeplab", "dcn1_fasterrcnn", "dcn1_rfcn"),
        "differences of rounded totals of detectors that are not in the zoo; dcn_off_512 tests the branch itself",
    ),
    **dict.fromkeys(
        ("dcn2_tab", "dcn2_tab2"), "tagged R, read by nobody in the paper, of a detector that is not in the zoo"
    ),
}
"""Published numbers that are not tested, and why."""


def connections(row):
    """LeCun's count: multiplications and biases."""
    return cost("macs", "lenet5", row) + cost("operations", "lenet5", row)


def c3(count):
    return sum(count(row.name) for row in rows_of("lenet5", "Conv2d", within="c3."))


def mobilenet_share(*rows):
    return Fraction(100 * summed("macs", rows), total("macs", "mobilenet_v1"))


def pointwise():
    return [row for row in rows_of("mobilenet_v1", "Conv2d") if "pointwise" in row.name]


def block_weights(name):
    return summed("params", rows_of(name, "Conv2d", within="layer1.1."))


def convolved(name, channels, kernel, width=4096, dilation=1):
    """The convolutions and poolings of a network, and its fully connected layers as convolutions over 21 classes."""
    head = (Conv2d(channels, width, kernel, dilation=dilation), Conv2d(width, width, 1), Conv2d(width, 21, 1))
    return Sequential(*(row.layer for row in rows_of(name, "Conv2d", "MaxPool2d")), *head)


def convolved_params(*head):
    return sum(node.layer.params for node in convolved(*head).nodes if node.layer)


def field_of_view(kernel, dilation):
    """DeepLab's own measure: a position of pool5 counts as 32 pixels, and the next one stands 8 further on."""
    return ReceptiveField(8, (0,), (31,)).then(Window(kernel, dilation=dilation)).size


def crop_offset(name, cropped, like=None):
    """The offset that brings the centres of two maps together, or of a map and the image."""
    field = report(name)[cropped].fields[0]
    target = centre(report(name)[like].fields[0]) if like else 0
    return (target - centre(field)) / field.jump


def context(layers):
    dilated = (Conv2d(1, 1, 3, dilation=dilation) for dilation in (1, 1, 2, 4, 8, 16, 1)[:layers])
    return last_field(Sequential(*dilated), 1, 1, 100, 100).size


def wavenet_field(blocks):
    return report("wavenet", blocks=blocks).rows[-1].fields[0].size


def as_published(field):
    return f"{field.size}/{field.jump}/{-field.start}"


def slim_field(build, *arguments, resolution=224, channels=1):
    return as_published(last_field(build(*arguments), 1, channels, resolution, resolution))


def zoo_field(name):
    return as_published(rows_of(name, "MaxPool2d")[-1].fields[0])


def winograd_saving(tile):
    """The multiplications of one tile of outputs, done directly, over those of Winograd's algorithm."""
    one = {"C_in": 1, "C_out": 1, "k_h": 3, "k_w": 3, "H": tile + 2, "W": tile + 2}
    return Fraction(formula("Conv2d", "macs").at(**one), formula("Conv2d", "winograd").at(m=tile, **one))


OURS = {
    "lenet_c1_params": partial(cost, "params", "lenet5", "c1"),
    "lenet_c1_conn": partial(connections, "c1.conv"),
    "lenet_c3_params": partial(cost, "params", "lenet5", "c3"),
    "lenet_c3_conn": partial(c3, connections),
    "lenet_c5": partial(cost, "params", "lenet5", "c5"),
    "lenet_f6": partial(cost, "params", "lenet5", "f6"),
    "alexnet_params": partial(total, "params", "alexnet_paper"),
    "alexnet_mac": partial(total, "macs", "alexnet_paper"),
    "alexnet_tv_params": partial(total, "params", "alexnet"),
    "alexnet_tv_ops": partial(total, "macs", "alexnet"),
    "alexnet_conv1": lambda: report("alexnet_paper")["conv1"].outputs[0].elements,
    "resnet50_slim_mac": lambda: slim.resnet_v1(50).analyze((1, 3, 224, 224)).totals.macs,
    "mbv1_conv_mac": partial(total, "macs", "mobilenet_v1_full"),
    "mbv1_conv_params": partial(total, "params", "mobilenet_v1_full"),
    "mbv1_pw_share": lambda: mobilenet_share(*pointwise()),
    "mbv1_conv3_share": lambda: mobilenet_share(report("mobilenet_v1")["conv0.0"]),
    "mbv1_layer_std": lambda: Conv2d(512, 512, 3, padding=1).macs((1, 512, 14, 14)),
    "mbv1_layer_dsc": lambda: DepthwiseSeparableConv2d(512, 512, 3, padding=1).macs((1, 512, 14, 14)),
    "resnext_block": partial(block_weights, "resnext50_32x4d"),
    "bottleneck_block": partial(block_weights, "resnet50"),
    "unet_out": partial(side, "unet", "out"),
    "unet_bottom": partial(side, "unet", "down4"),
    "unet_params": partial(total, "params", "unet"),
    "fcn_rf_alexnet": lambda: last_field(convolved("alexnet_paper", 256, 6), 1, 3, 500, 500).size,
    "fcn_rf_vgg16": lambda: report("fcn8s")["score_fr"].fields[0].size,
    "fcn_vgg_params": lambda: total("params", "fcn32s") - cost("params", "fcn32s", "upscore"),
    "fcn_alex_params": partial(convolved_params, "alexnet_paper", 256, 6),
    "fcn_crop_32s_final": partial(crop_offset, "fcn32s", "upscore"),
    "fcn_crop_16s_pool4": partial(crop_offset, "fcn16s", "score_pool4", "upscore2"),
    "fcn_crop_16s_final": partial(crop_offset, "fcn16s", "upscore16"),
    "fcn_crop_8s_pool4": partial(crop_offset, "fcn8s", "score_pool4", "upscore2"),
    "fcn_crop_8s_pool3": partial(crop_offset, "fcn8s", "score_pool3", "upscore_pool4"),
    "fcn_crop_8s_final": partial(crop_offset, "fcn8s", "upscore8"),
    "deeplab_7x7_r4_params": partial(convolved_params, "vgg16", 512, 7, 4096, 4),
    "deeplab_4x4_r4_params": partial(convolved_params, "vgg16", 512, 4, 4096, 4),
    "deeplab_4x4_r8_params": partial(convolved_params, "vgg16", 512, 4, 4096, 8),
    "deeplab_3x3_r12_params": partial(convolved_params, "vgg16", 512, 3, 1024, 12),
    "deeplab_7x7_r4_fov": partial(field_of_view, 7, 4),
    "deeplab_4x4_r4_fov": partial(field_of_view, 4, 4),
    "deeplab_4x4_r8_fov": partial(field_of_view, 4, 8),
    "deeplab_3x3_r12_fov": partial(field_of_view, 3, 12),
    "deeplab_largefov_rf": lambda: last_field(largefov(), 1, 1, 321, 321).size,
    "wavenet_block": partial(wavenet_field, 1),
    "wavenet_3": partial(wavenet_field, 3),
    "dcgan_g": partial(total, "params", "dcgan_generator"),
    "dcgan_d": partial(total, "params", "dcgan_discriminator"),
    "vgg16_encoder": lambda: summed("params", rows_of("vgg16", "Conv2d")),
    "dcn_off_512": lambda: DeformConv2d(512, 512, 3, padding=1).offset.params,
    "dcn2_off_512": lambda: DeformConv2d(512, 512, 3, padding=1, mask=True).offset.params,
    "rf_alexnet_v2": partial(slim_field, slim.alexnet_v2),
    "rf_vgg_a": partial(zoo_field, "vgg11"),
    "rf_vgg_16": partial(zoo_field, "vgg16"),
    "rf_mobilenet_v1@224": partial(slim_field, slim.mobilenet_v1),
    "rf_mobilenet_v1@321": partial(slim_field, slim.mobilenet_v1, resolution=321),
    "rf_resnet_v1_50@321": partial(slim_field, slim.resnet_v1, 50, resolution=321, channels=3),
    "rf_inception_v2@224": partial(slim_field, slim.inception_v2),
    "rf_inception_v4": partial(slim_field, slim.inception_v4),
    "rf_inception_resnet_v2": partial(slim_field, slim.inception_resnet_v2),
    "vit_patch": lambda: Conv2d(3, 768, 16, stride=16).params,
}
"""What the library says, for each published number."""

for letter, name in {"A": "vgg11", "B": "vgg13", "C": "vgg16_1x1", "D": "vgg16", "E": "vgg19"}.items():
    OURS[f"vgg_{letter}_params"] = partial(total, "params", name)
    OURS[f"vgg_{letter}_mac"] = partial(total, "macs", name)
for depth in (18, 34, 50, 101, 152):
    paper = {"stride_in_1x1": True} if depth > 34 else {}
    OURS[f"resnet{depth}_params"] = partial(total, "params", f"resnet{depth}")
    OURS[f"resnet{depth}_mac_v1"] = partial(total, "macs", f"resnet{depth}", **paper)
    OURS[f"resnet{depth}_mac_v15"] = partial(total, "macs", f"resnet{depth}")
for depth in slim.RESNET_BLOCKS:
    OURS[f"rf_resnet_v1_{depth}@224"] = partial(slim_field, slim.resnet_v1, depth, channels=3)
for width in (1.0, 0.75, 0.5, 0.25):
    OURS[f"mbv1_{width}_mac"] = partial(total, "macs", "mobilenet_v1", width=width)
    OURS[f"mbv1_{width}_params"] = partial(total, "params", "mobilenet_v1", width=width)
for resolution in (192, 160, 128):
    OURS[f"mbv1_r{resolution}_mac"] = partial(total, "macs", "mobilenet_v1", resolution=resolution)
for name in (
    "mobilenet_v2", "densenet121", "squeezenet1_0", "resnext50_32x4d", "r3d_18", "fcn_resnet50", "deeplabv3_resnet50",
):  # fmt: skip
    OURS[f"{name}_params"] = partial(total, "params", name)
    OURS[f"{name}_ops"] = partial(total, "macs", name)
for tile in (2, 3, 4, 6):
    OURS[f"wino_{tile}_3"] = partial(winograd_saving, tile)
for layer in range(5):
    OURS[f"dcgan_{layer}"] = partial(side, "dcgan_generator", f"main.{3 * layer}")
for layer in range(1, 8):
    OURS[f"ctx_rf_{layer}"] = partial(context, layer)

UNITS = {"GMAC": (10**9, 3), "% MAC": (1, 2), "reduction": (1, 4)}
"""What a printed number with decimals counts, and how many decimals it is printed with."""

PAPER = re.compile(r"paper ([\d.]+)(M|e9)\b.*\[P\]")
"""What the paper itself prints, in the source of a number that is known more exactly."""

MISPRINTED = {
    "resnet34_mac_v1": "cut off, not rounded: 3.66",
    "resnet50_mac_v1": "cut off, not rounded: 3.86",
    "mbv1_r160_mac": "cut off, not rounded: 290.7",
    "mbv1_conv_mac": "without the classifier, which the other numbers include: see test_slips",
    "mobilenet_v2_params": "without norms and cut off: see test_slips",
}
"""Where the paper prints something other than its network's number rounded."""


@pytest.mark.parametrize("key", OURS)
def test_published(key):
    row, ours = PUBLISHED[key], OURS[key]()
    if row["unit"] in UNITS:
        scale, decimals = UNITS[row["unit"]]
        assert round(Fraction(ours) / scale, decimals) == Fraction(row["value"])
    else:
        assert ours == (row["value"] if "/" in row["value"] else int(row["value"]))


@pytest.mark.parametrize("key", [key for key, row in PUBLISHED.items() if PAPER.search(row["source"])])
def test_printed_in_the_paper(key):
    printed, unit = PAPER.search(PUBLISHED[key]["source"]).groups()
    exact = Fraction(OURS[key](), 10**6 if unit == "M" else 10**9)
    rounded = round(exact, len(printed.partition(".")[2]))
    assert (rounded == Fraction(printed)) == (key not in MISPRINTED)


def test_nothing_is_forgotten():
    assert not set(OURS) & set(LEFT_OUT)
    assert set(PUBLISHED) == set(OURS) | set(LEFT_OUT)
    assert all(LEFT_OUT.values())


TORCHVISION = {
    "alexnet": (61100840, "0.714"),
    "densenet169": (14149480, "3.36"),
    "densenet201": (20013928, "4.291"),
    "efficientnet_b0": (5288548, "0.386"),
    "inception_v3": (23834568, "5.713"),
    "r2plus1d_18": (31505325, "40.519"),
    "shufflenet_v2_x1_0": (2278604, "0.145"),
    "squeezenet1_1": (1235496, "0.349"),
    "vgg11": (132863336, "7.609"),
    "vgg13": (133047848, "11.308"),
    "vgg19": (143667240, "19.632"),
}
"""Parameters and GMACs that torchvision states of its own networks, where published.csv has none."""


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision_metadata(name):
    params, operations = TORCHVISION[name]
    assert total("params", name) == params
    assert round(Fraction(total("macs", name), 10**9), 3) == Fraction(operations)


def test_auxiliary_classifiers():
    assert zoo.inception_v3(aux=True).analyze().totals.params == 27161264
    assert total("params", "fcn_resnet50") - total("params", "fcn_resnet50", aux=False) == 2365205
    assert total("params", "deeplabv3_resnet50") - total("params", "deeplabv3_resnet50", aux=False) == 2365205
