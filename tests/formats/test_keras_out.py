"""The source that to_keras writes, executed on a stand-in that has Keras' own rules of shapes."""

from __future__ import annotations

import pytest

import convmath as cm
from convmath.core.errors import ParameterError
from convmath.formats.identifiers import identifier
from convmath.network.node import Ref
from convmath.network.tensor import Tensor
from convmath.report.frozen import Frozen
from convmath.zoo import FILE_OF, builder
from tests.formats.keras_stand_in import run


def channels_last(shape):
    return (None, *shape[2:], shape[1])


@pytest.mark.parametrize("name", FILE_OF)
def test_zoo(name):
    net = builder(name)()
    report = net.analyze()
    recorded, (_, made, title) = run(cm.to_keras(net), name)
    assert title == name
    outputs = made if isinstance(made, list) else [made]
    wanted = [report[net.nodes[ref.node].name].outputs[ref.output] for ref in net.outputs]
    assert [y.shape for y in outputs] == [channels_last(shape) for shape in wanted]
    assert sum(params for *_, params in recorded) == report.totals.params
    by_name = {name: (shape, params) for _, name, shape, params in recorded if name}
    for row in report.rows:
        known = by_name.get(identifier(row.name))
        if known and row.op.startswith(("Conv2d", "BatchNorm", "Linear", "Add", "Concat", "MaxPool")):
            assert known == (channels_last(row.outputs[0]), row.cost.params), row.name


@pytest.mark.parametrize(
    ("layer", "shape", "row"),
    [
        (cm.Conv2d(3, 8, 3, padding=1), (1, 3, 8, 9), 'layers.Conv2D(8, 3, padding="same", name="it")'),
        (cm.Conv2d(3, 8, 2), (1, 3, 8, 9), 'layers.Conv2D(8, 2, padding="valid", name="it")'),
        (cm.Conv2d(3, 8, 3, stride=2, padding=1), (1, 3, 8, 9), "layers.ZeroPadding2D(((1, 1), (1, 1)))"),
        (cm.Conv2d(3, 8, 3, padding="same", stride=2, convention="keras"), (1, 3, 8, 9), 'padding="same"'),
        (cm.ConvTranspose2d(3, 8, 4, stride=2, padding=1), (1, 3, 8, 9), "layers.Conv2DTranspose(8, 4, strides=2"),
        (cm.Flatten(), (1, 3, 8, 9), "ops.moveaxis(inputs, -1, 1)"),
        (cm.Concat(2), (1, 3, 8, 9), "layers.Identity"),
        (cm.Softmax(1), (1, 3, 8, 9), "layers.Softmax(axis=-1"),
        (cm.InstanceNorm2d(4, affine=True), (1, 4, 8, 9), "layers.GroupNormalization(4, epsilon=1e-05"),
        (cm.LayerNorm((4, 5)), (1, 3, 4, 5), "layers.LayerNormalization(axis=[-2, -1]"),
        (cm.PReLU(3), (1, 3, 4, 5), "layers.PReLU(shared_axes=[1, 2]"),
        (cm.Upsample(scale_factor=(2, 3)), (1, 3, 4, 5), "layers.UpSampling2D((2, 3)"),
        (cm.Cropping2d((1, 0, 2, 1)), (1, 3, 8, 9), "layers.Cropping2D(((2, 1), (1, 0)))"),
        (cm.Slice(1, 1, 3), (1, 4, 8, 9), "inputs[:, :, :, 1:3]"),
        (cm.Permute((0, 2, 1)), (1, 4, 8), "layers.Permute((2, 1), name"),
        (cm.Linear(9, 5), (1, 3, 8, 9), 'layers.Dense(5, name="it")'),
    ],
)
def test_rows(layer, shape, row):
    net = cm.Sequential(("it", layer), shape=shape)
    source = cm.to_keras(net)
    assert row in source
    recorded, (_, made, _) = run(source, "sequential")
    assert sum(params for *_, params in recorded) == layer.params
    out = layer.output_shape(shape)
    assert made.shape == (channels_last(out) if len(out) > 2 else (None, *out[1:]))


@pytest.mark.parametrize(
    ("layer", "shape", "said"),
    [
        (cm.MaxPool2d(2, dilation=2), (1, 4, 8, 9), "Keras pools without dilation"),
        (cm.Conv2d(3, 8, 3, stride=2, dilation=2), (1, 3, 8, 9), "would cost more"),
        (cm.ConvTranspose2d(4, 4, 3, groups=2), (1, 4, 8, 9), "has no groups"),
        (cm.AdaptiveAvgPool2d(3), (1, 4, 8, 9), "pools into bins of one size only"),
        (cm.PReLU(1), (1, 4, 8, 9), "has a slope for each channel"),
        (cm.Upsample(scale_factor=1.5), (1, 4, 8, 10), "enlarges by whole factors only"),
        (cm.LSTM(3, 5), (4, 2, 3), "has no layer of this kind"),
    ],
)
def test_what_is_refused(layer, shape, said):
    with pytest.raises(ParameterError, match=said) as caught:
        cm.to_keras(cm.Sequential(("the layer", layer), shape=shape))
    assert str(caught.value).startswith("the layer: ")


@pytest.mark.parametrize("name", ["keras", "layers", "ops"])
def test_a_network_called_as_what_is_imported_hides_nothing(name):
    source = cm.to_keras(cm.Sequential(cm.Conv2d(3, 8, 3), name=name, shape=(1, 3, 9, 8)))
    assert f"def {name}_1():" in source


def heads():
    """A head that reads two inputs with one set of arrays, frozen but for a bias; and a layer that nothing reads."""
    net = cm.Network("heads")
    x, y = net.input("x", (1, 3, 8, 9)), net.input("y", (1, 3, 5, 7))
    for place, value in enumerate((x, y)):
        made = net.add(cm.Conv2d(3, 6, 3, padding=1), value, name=f"conv{place}")
        made = net.add(cm.BatchNorm2d(6), made, name=f"norm{place}")
        net.add(cm.Conv2d(6, 2, 1), made, name=f"out{place}")
    for name in ("conv", "norm", "out"):
        net.share(f"{name}1", f"{name}0")
    net.frozen |= {"conv0": Frozen(), "norm0": Frozen(), "out0": Frozen(("weight",), 12)}
    ends = [net.nodes[net._index[f"out{place}"]] for place in (0, 1)]
    net.add(cm.Conv2d(3, 5, 1), x, name="dead")
    net.output(*(Tensor(net, (Ref(net.nodes.index(end)),)) for end in ends))
    return net


def test_one_layer_of_keras_is_called_for_shared_arrays():
    net = heads()
    source = cm.to_keras(net)
    recorded, (_, made, _) = run(source, "heads", frozen=["conv0", "norm0"])
    assert sum(params for *_, params in recorded) == net.analyze().totals.params - 20 == 194
    assert [y.shape for y in made] == [(None, 8, 9, 2), (None, 5, 7, 2)]
    assert source.count("layers.Conv2D(6, 3") == 1
    assert source.splitlines()[:6] == [
        "# Left out, as no output depends on it: dead (20 parameters; a spec file keeps them).",
        "# Keras freezes layers as wholes, so what is frozen in these is trained there: out0.",
        "# In training, a frozen BatchNormalization takes its moving statistics, where PyTorch takes the",
        "# batch's: norm0.",
        "import keras",
        "from keras import layers",
    ]


def test_keras_shares_no_arrays_of_layers_that_differ():
    net = cm.Sequential(("a", cm.Conv2d(3, 3, 3)), ("b", cm.Conv2d(3, 3, 3, dilation=2)), shape=(1, 3, 20, 21))
    net.share("b", "a")
    with pytest.raises(ParameterError, match=r"^b: .*: Keras shares layers as wholes, and a, whose"):
        cm.to_keras(net)
