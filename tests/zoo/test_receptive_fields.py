"""Receptive fields against the published table (TF-slim's networks), and those of the zoo against measured ones."""

import csv
import re
from functools import cache
from math import prod
from pathlib import Path

import pytest

from convmath import zoo
from convmath.network.network import Network
from tests.zoo import slim

with (Path(__file__).parent.parent / "data" / "receptive_fields.csv").open(encoding="utf-8", newline="") as file:
    TABLE = list(csv.DictReader(file))

RESOLUTIONS = (224, 321)

BUILDERS = {
    "alexnet_v2": slim.alexnet_v2,
    "vgg_a": zoo.vgg11,
    "vgg_16": zoo.vgg16,
    "inception_v2": slim.inception_v2,
    "inception_v2-no-separable-conv": slim.inception_v2,
    "inception_v3": zoo.inception_v3,
    "inception_v4": slim.inception_v4,
    "inception_resnet_v2": slim.inception_resnet_v2,
    "inception_resnet_v2-same": lambda: slim.inception_resnet_v2(valid=""),
    "mobilenet_v1": slim.mobilenet_v1,
    "mobilenet_v1_075": slim.mobilenet_v1,
    **{f"resnet_v1_{depth}": lambda depth=depth: slim.resnet_v1(depth) for depth in slim.RESNET_BLOCKS},
    # Version 2 moves norms and activations, which see one position each.
    **{f"resnet_v2_{depth}": lambda depth=depth: slim.resnet_v1(depth) for depth in slim.RESNET_BLOCKS},
}

VGG_NAMES = {
    "vgg_a": ("conv1_1", "pool1", "conv2_1", "pool2", "conv3_1", "conv3_2", "pool3", "conv4_1", "conv4_2", "pool4",
              "conv5_1", "conv5_2", "pool5"),
    "vgg_16": ("conv1_1", "conv1_2", "pool1", "conv2_1", "conv2_2", "pool2", "conv3_1", "conv3_2", "conv3_3", "pool3",
               "conv4_1", "conv4_2", "conv4_3", "pool4", "conv5_1", "conv5_2", "conv5_3", "pool5"),
}  # fmt: skip
"""What slim calls the convolutions and poolings that torchvision numbers."""

POOLS = {"maxpool1": "MaxPool_3a_3x3", "maxpool2": "MaxPool_5a_3x3"}
"""What slim calls the poolings of Inception v3."""

FULL = ("vgg_a", "vgg_16", "inception_v3", *(f"resnet_v1_{depth}" for depth in slim.RESNET_BLOCKS))
"""The networks that are built here with their channels, not as skeletons."""


@cache
def ends(network, resolution):
    """Every end point by its own name: its receptive fields, and the FLOPs of all that leads to it."""
    size = (1, channels(network), resolution, resolution)
    found, flops, names = {}, 0, iter(VGG_NAMES.get(network, ()))
    for row in BUILDERS[network]().analyze(size).rows:
        if row.op.startswith("Adaptive"):
            break
        flops += profiled(row, biased=not network.startswith("resnet"))
        own = next(names) if network in VGG_NAMES and row.op in {"Conv2d", "MaxPool2d"} else row.name
        for name in {own, own.partition(".")[0], own.rpartition(".")[0]}:
            found[POOLS.get(name, name)] = row.fields, flops
    return found


def profiled(row, *, biased):
    """What TensorFlow's profiler counts: 2 a MAC, 1 a bias, and the kernel's positions for each output of a pooling."""
    if row.op == "Conv2d":
        return 2 * row.cost.macs + biased * row.outputs[0].elements
    return prod(row.layer.kernel_size) * row.outputs[0].elements if "Pool" in row.op else 0


def channels(network):
    return 3 if network.startswith(("vgg", "resnet", "inception_v3")) else 1


def published(network, resolution):
    """The table's rows of a network, each with the last word of its end point's name."""
    rows = [row for row in TABLE if row["network"] == network and row["resolution"] == str(resolution)]
    assert rows
    return [(row["end_point"].rpartition("/")[2], row) for row in rows]


def test_every_network_of_the_table_is_built():
    assert {row["network"] for row in TABLE} == set(BUILDERS)


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("network", BUILDERS)
def test_published_field(network, resolution):
    for name, row in published(network, resolution):
        for field in ends(network, resolution)[name][0]:
            stated = tuple(int(row[key]) for key in ("receptive_field", "effective_stride", "effective_padding"))
            assert (field.size, field.jump, -field.start) == stated, name


@pytest.mark.parametrize("network", BUILDERS)
def test_published_field_at_any_resolution(network):
    """Without a resolution, SAME padding under a stride is unknown: then size and stride are published alone."""
    for name, row in published(network, None):
        for resolution in RESOLUTIONS:
            for field in ends(network, resolution)[name][0]:
                assert (field.size, field.jump) == (int(row["receptive_field"]), int(row["effective_stride"])), name
                assert row["effective_padding"] in {"None", str(-field.start)}, name


@pytest.mark.parametrize("resolution", RESOLUTIONS)
@pytest.mark.parametrize("network", FULL)
def test_published_flops(network, resolution):
    for name, row in published(network, resolution):
        millions = (ends(network, resolution)[name][1] + 500_000) // 1_000_000
        assert f"{millions // 1000}.{millions % 1000:03}" == row["gflops_2xmac"], name


@pytest.mark.parametrize(("depth", "resolution", "shift"), [(50, 224, 2), (50, 321, 0), (101, 224, 2), (101, 321, 0)])
def test_even_poolings_shift_the_centre(depth, resolution, shift):
    """slim's ResNets see 2 pixels to the right of where they stand at 224, where SAME pads one side only."""
    field = ends(f"resnet_v1_{depth}", resolution)["block4"][0][0]
    assert field.low[0] + field.high[0] == 2 * shift


TRUNKS = {
    "alexnet": (195, 32, 66),
    "vgg11": (150, 32, 59),
    "vgg13": (156, 32, 62),
    "vgg16": (212, 32, 90),
    "vgg19": (268, 32, 118),
    "resnet18": (435, 32, 217),
    "resnet34": (899, 32, 449),
    "resnet50": (427, 32, 213),
    "resnet101": (971, 32, 485),
    "resnet152": (1451, 32, 725),
    "resnext50_32x4d": (427, 32, 213),
    "squeezenet1_0": (155, 16, None),
    "squeezenet1_1": (207, 16, None),
    "densenet121": (2071, 32, 1021),
    "densenet169": (3351, 32, 1661),
    "densenet201": (3863, 32, 1917),
    "inception_v3": (1311, 32, 618),
    "mobilenet_v2": (491, 32, None),
    "shufflenet_v2_x1_0": (527, 32, None),
    "efficientnet_b0": (851, 32, None),
}
"""Size, stride and padding (where it is known) that torchvision's networks showed when executed: which inputs of
the last map before the global pooling matter."""


@pytest.mark.parametrize("name", TRUNKS)
def test_trunk(name):
    rows = without_gates(zoo.builder(name)()).analyze().rows
    last = next(after for after, row in enumerate(rows) if row.op == "AdaptiveAvgPool2d") - 1
    size, stride, padding = TRUNKS[name]
    for field in rows[last].fields:
        assert (field.size, field.jump) == (size, stride)
        assert padding in {None, -field.start}


@pytest.mark.parametrize("name", TRUNKS)
def test_trunk_with_global_operators_ignored(name):
    report = zoo.builder(name)().analyze()
    sights = report.receptive_fields(ignore_global=True)
    pools = [after for after, row in enumerate(report.rows) if row.op == "AdaptiveAvgPool2d"]
    size, stride, padding = TRUNKS[name]
    for field in sights[report.rows[pools[-1] - 1].name].fields:
        assert (field.size, field.jump) == (size, stride)
        assert padding in {None, -field.start}


def without_gates(network):
    """The network with every squeeze-and-excitation, which sees the whole map, left out."""
    bare, at = Network(network.name), []
    for node in network.nodes:
        if node.layer is None:
            at.append(bare.input(node.name, network.input_shapes[node.name]))
        elif node.layer.op == "Multiply":
            at.append(at[node.inputs[0].node])
        elif GATE.search(node.name):
            at.append(None)
        else:
            at.append(bare.add(node.layer, *(at[ref.node][ref.output] for ref in node.inputs), name=node.name))
    return bare


GATE = re.compile(r"block\.\d\.(avgpool|fc1|activation|fc2|scale_activation)$")


def test_gates_see_the_whole_map():
    assert zoo.efficientnet_b0().analyze()["features.8"].fields == (None, None)
