"""The zoo as a whole, and sizes of its networks that are no totals."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from convmath import zoo
from convmath.core.errors import ShapeError
from convmath.layers.separable import DepthwiseSeparableConv2d
from tests.zoo.reports import cost, report, rows_of, side, summed, total


def arguments(name):
    return inspect.signature(zoo.builder(name)).parameters


def having(argument):
    return [name for name in zoo.FILE_OF if argument in arguments(name)]


@pytest.mark.parametrize("name", zoo.FILE_OF)
def test_network_is_called_by_its_name(name):
    network = zoo.builder(name)()
    assert network.name == name
    assert all(network.input_shapes.values())
    assert network.analyze().totals.params > 0
    assert all(argument.kind is argument.KEYWORD_ONLY for argument in arguments(name).values())
    assert zoo.builder(name).__doc__.splitlines()[0].endswith(".")


def test_every_file_states_its_source_and_is_registered():
    folder = Path(zoo.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "blocks", "catalogue", "crop", "parameters"}
    assert files == set(zoo.FILES)
    assert not files & set(zoo.FILE_OF)  # the file would hide the network
    for file, names in zoo.FILES.items():
        module = import_module(f"convmath.zoo.{file}")
        assert re.search(r"\b(19|20)\d\d\)", module.__doc__), file
        public = [
            name for name, value in vars(module).items() if inspect.isfunction(value) and is_builder(value, module)
        ]
        assert sorted(public) == sorted(names)


def is_builder(function, module):
    arguments = inspect.signature(function).parameters.values()
    return (
        function.__module__ == module.__name__
        and not function.__name__.startswith("_")
        and all(argument.kind is argument.KEYWORD_ONLY for argument in arguments)
    )


@pytest.mark.parametrize("name", having("classes"))
def test_classes_are_the_output_channels(name):
    network = zoo.builder(name)(classes=7)
    shapes = {row.name: row.outputs for row in network.analyze().rows}
    assert all(shapes[network.nodes[ref.node].name][ref.output].channels == 7 for ref in network.outputs)


@pytest.mark.parametrize("name", having("in_channels"))
def test_input_channels(name):
    channels = arguments(name)["in_channels"].default + 2
    network = zoo.builder(name)(in_channels=channels)
    (shape,) = network.input_shapes.values()
    assert shape.channels == channels
    assert network.analyze().totals.params > total("params", name)


@pytest.mark.parametrize("name", having("width"))
def test_half_width(name):
    """A weight between two inner layers falls to a quarter, one at either end to a half, and norms to a half."""
    standard = arguments(name)["width"].default
    half = zoo.builder(name)(width=standard / 2 if isinstance(standard, float) else standard // 2).analyze().totals
    assert total("params", name) / 4 < half.params < total("params", name)


def test_lenet_connections():
    """The paper's 340,908 connections and 60,000 trainable parameters; a subsampling unit has 5: four and a bias."""
    assert [cost("params", "lenet5", row) for row in ("s2", "s4")] == [12, 32]
    subsampled = {row: cost("operations", "lenet5", f"{row}.pool") + cost("operations", "lenet5", f"{row}.scale")
                  for row in ("s2", "s4")}  # fmt: skip
    assert subsampled == {"s2": 5880, "s4": 2000}
    weighted = rows_of("lenet5", "Conv2d", "Linear")
    connections = summed("macs", weighted) + summed("operations", weighted) + sum(subsampled.values())
    assert connections == 340908
    assert total("params", "lenet5") - cost("params", "lenet5", "output") == 60000


def test_lenet_table():
    from convmath.zoo.lenet import TABLE

    assert len(set(TABLE)) == 16
    assert [sum(number in row for row in TABLE) for number in range(6)] == [10] * 6


@pytest.mark.parametrize(("width", "resolution", "millions"), [(1, 14, "52.3"), (0.75, 14, "29.6"), (0.75, 10, "15.1")])
def test_mobilenet_layer(width, resolution, millions):
    """The paper's table 3: one layer of 512 channels, made thinner, then coarser (ρ = 0.714)."""
    channels = int(512 * width)
    layer = DepthwiseSeparableConv2d(channels, channels, 3, padding=1, bias=False)
    assert f"{layer.macs((1, channels, resolution, resolution)) / 1e6:.1f}" == millions


def test_unet_sizes():
    sizes = [
        side("unet", row.name) for row in report("unet").rows if row.op in {"Conv2d", "MaxPool2d", "ConvTranspose2d"}
    ]
    assert sizes[:-1] == [
        570, 568, 284, 282, 280, 140, 138, 136, 68, 66, 64, 32, 30, 28,
        56, 54, 52, 104, 102, 100, 200, 198, 196, 392, 390, 388,
    ]  # fmt: skip


def test_unet_crops_in_the_middle():
    crops = [report("unet")[f"up{level}.crop"].layer.cropping for level in (3, 2, 1, 0)]
    assert crops == [((margin, margin),) * 2 for margin in (4, 16, 40, 88)]


def test_legal_unet_inputs():
    """The poolings come out even for 188 + 16n and for no other size."""

    def pools_evenly(size):
        pooled = [row.inputs[0].spatial[0] for row in zoo.unet(size=size).analyze().rows if row.op == "MaxPool2d"]
        return all(side % 2 == 0 for side in pooled)

    assert [size for size in range(188, 240) if pools_evenly(size)] == [188, 204, 220, 236]


def test_unet_of_too_small_an_image():
    with pytest.raises(ShapeError, match=r"down4.conv1: .*the kernel spans 3 positions, the padded input has 1"):
        zoo.unet(size=80)


def test_fcn_sizes():
    names = ("pool1", "pool2", "pool3", "pool4", "pool5", "fc7", "upscore2", "upscore_pool4", "upscore8", "score")
    assert [side("fcn8s", name) for name in names] == [349, 175, 88, 44, 22, 16, 34, 70, 568, 500]


@pytest.mark.parametrize(("name", "offsets"), [("fcn32s", [19]), ("fcn16s", [5, 27]), ("fcn8s", [5, 9, 31])])
def test_fcn_crops(name, offsets):
    """What the networks crop is what their prototxt files say; test_published derives it from the fields."""
    assert [row.layer.cropping[0].low for row in rows_of(name, "Cropping2d")] == offsets


@pytest.mark.parametrize("size", [321, 499, 500, 513])
@pytest.mark.parametrize("name", ["fcn32s", "fcn16s", "fcn8s"])
def test_fcn_scores_every_pixel(name, size):
    assert zoo.builder(name)(size=size).analyze().rows[-1].outputs[0].spatial == (size, size)


@pytest.mark.parametrize("name", [name for name in zoo.FILE_OF if name != "wavenet"])
def test_paths_meet_aligned(name):
    """Wherever paths join, crops included, they look at the same place; WaveNet's look back further and further."""
    assert all(row.aligned for row in report(name).rows)


@pytest.mark.parametrize("size", [224, 513])
def test_deeplab_scores_every_pixel(size):
    report = zoo.deeplabv3_resnet50(size=size, aux=False).analyze()
    assert report.rows[-1].outputs[0].spatial == (size, size)


@pytest.mark.parametrize(
    ("name", "size"), [("deeplabv3_resnet50", 520), ("fcn32s", 500), ("fcn16s", 500), ("fcn8s", 500), ("unet", 572)]
)
def test_network_that_is_built_for_one_size(name, size):
    net = zoo.builder(name)()
    channels = net.input_shapes["input"].channels
    assert net.analyze((2, channels, size, size)).rows[-1].outputs[0].batch == 2
    with pytest.raises(ShapeError) as caught:
        net.analyze((1, channels, 224, size))
    assert str(caught.value) == (
        f"{name}: is built for inputs of {size}x{size}, got 224x{size} (build it with size=(224, {size}))"
    )


@pytest.mark.parametrize("name", having("size"))
def test_network_of_another_size(name):
    channels = arguments(name)["in_channels"].default
    size = (320, 336) if name == "unet_padded" else (332, 316)
    report = zoo.builder(name)(size=size).analyze()
    assert report.inputs["input"] == (1, channels, *size)
    lost = 184 if name == "unet" else 0
    assert report.rows[-1].outputs[0].spatial == tuple(side - lost for side in size)


def test_c3d():
    assert total("params", "c3d") - cost("params", "c3d", "fc8") == 77995776
    assert [field.size for field in report("c3d")["pool5"].fields] == [76, 150, 150]


def test_densenet_grows():
    blocks = [report("densenet121")[f"features.denseblock{number}"] for number in (1, 2, 3, 4)]
    assert [block.outputs[0].channels for block in blocks] == [256, 512, 1024, 1024]


def test_resnets_differ_only_in_where_they_stride():
    """The paper's ResNet-50 and torchvision's have the same parameters and different MACs."""
    assert total("params", "resnet50") == total("params", "resnet50", stride_in_1x1=True)
    assert total("macs", "resnet50") - total("macs", "resnet50", stride_in_1x1=True) == 231211008


@pytest.mark.parametrize("blocks", [1, 2, 4])
def test_wavenet_is_causal(blocks):
    (field,) = zoo.wavenet(blocks=blocks).analyze().rows[-1].fields
    assert (field.start, field.high) == (-1023 * blocks, (0,))
