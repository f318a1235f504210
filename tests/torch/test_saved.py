"""What layers and networks keep for their gradients, against what PyTorch's autograd packs while it runs them."""

from __future__ import annotations

import pytest

import convmath as cm
from convmath.resources.training import training

torch = pytest.importorskip("torch")

from tests.torch import in_torch  # noqa: E402 (they want PyTorch as well)
from tests.torch.test_against_torch import torch_arguments  # noqa: E402 (they want PyTorch as well)

X = (2, 6, 9, 11)


def packed(run):
    """The bytes of all memory that is kept while `run` runs, but for what is stored anyway, which it returns."""
    found = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        found[storage.data_ptr()] = storage  # held on to, so that no later one stands at the same place
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        known = {tensor.untyped_storage().data_ptr() for tensor in run()}
    return sum(storage.nbytes() for place, storage in found.items() if place not in known)


def module_of(layer):
    return getattr(torch.nn, layer.op)(**torch_arguments(layer)).train()


LAYERS = [
    cm.Conv2d(6, 8, 3, 2, 1), cm.Conv2d(6, 6, 3, padding=1, groups=6),
    cm.Conv2d(6, 8, 3, padding=1, padding_mode="reflect"), cm.Conv2d(6, 8, 3, padding=2, padding_mode="circular"),
    cm.Conv2d(6, 8, 3, padding=1, padding_mode="replicate"), cm.ConvTranspose2d(6, 4, 3, 2), cm.Linear(11, 5),
    cm.BatchNorm2d(6), cm.BatchNorm2d(6, affine=False), cm.InstanceNorm2d(6), cm.InstanceNorm2d(6, affine=True),
    cm.GroupNorm(3, 6), cm.LayerNorm((9, 11)), cm.LocalResponseNorm(5), cm.MaxPool2d(2), cm.AvgPool2d(3, 2),
    cm.LPPool2d(3, 2), cm.AdaptiveAvgPool2d(1), cm.AdaptiveAvgPool2d((3, 2)), cm.AdaptiveMaxPool2d((3, 2)),
    cm.Upsample(scale_factor=2), cm.Upsample(scale_factor=2, mode="bicubic"), cm.PixelUnshuffle(1),
    cm.ChannelShuffle(3), cm.PixelShuffle(1), cm.Unfold(3), cm.ZeroPad2d(1), cm.ConstantPad2d(1, 3.0),
    cm.ReflectionPad2d(2), cm.CircularPad2d(1), cm.ReplicationPad2d(1), cm.Flatten(), cm.Identity(), cm.Dropout2d(),
    cm.ReLU(), cm.ReLU6(), cm.LeakyReLU(), cm.PReLU(6), cm.ELU(), cm.CELU(), cm.SELU(), cm.GELU(), cm.Sigmoid(),
    cm.LogSigmoid(), cm.SiLU(), cm.Mish(), cm.Tanh(), cm.Softplus(), cm.Softsign(), cm.Hardsigmoid(), cm.Hardswish(),
    cm.Hardtanh(), cm.Softmax(1), cm.LogSoftmax(1),
]  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_a_layer_keeps_what_autograd_packs(layer):
    """After a layer with a weight, whose output has a gradient, and which keeps its input alone."""
    net = cm.Network()
    x = net.input(shape=X)
    before = net.add(cm.PReLU(1), x, name="before")
    net.add(layer, before, name="layer")
    found = training(net.analyze())
    module = module_of(layer)
    slope = torch.full((1,), 0.25, requires_grad=True)

    def run():
        module(torch.nn.functional.prelu(torch.randn(X), slope))
        return slope, *module.parameters(), *module.buffers()

    assert found.saved == packed(run)


NETWORKS = [
    ("resnet18", (1, 3, 64, 96)), ("resnet50", (1, 3, 64, 32)), ("densenet121", (1, 3, 64, 32)),
    ("unet_padded", (1, 1, 32, 48)), ("vgg11", (1, 3, 32, 64)), ("shufflenet_v2_x1_0", (1, 3, 64, 32)),
    ("mobilenet_v2", (1, 3, 64, 32)), ("efficientnet_b0", (1, 3, 64, 32)), ("squeezenet1_1", (1, 3, 64, 32)),
]  # fmt: skip


def run_training(net, x):
    """Runs the network in training mode, dropouts as their fused kernel does them; returns what is stored."""
    values, stored = {}, []
    for index, (_, layer, refs, _) in enumerate(net.nodes):
        if layer is None:
            values[index] = (x,)
            continue
        read = [values[ref.node][ref.output] for ref in refs]
        if layer.op in in_torch.JOINS:
            made = in_torch.JOINS[layer.op](layer, read) if layer.op != "Multiply" else read[0] * read[1]
        elif layer.op == "Dropout":
            made = torch.native_dropout(read[0], layer.p, train=True)[0]
        elif layer.op.startswith("Cropping"):
            made = in_torch.cropped(layer, read)
        else:
            module = module_of(layer)
            stored += [*module.parameters(), *module.buffers()]
            made = module(read[0])
        values[index] = made if isinstance(made, tuple) else (made,)
    return stored


@pytest.mark.parametrize(("name", "shape"), NETWORKS)
def test_a_network_keeps_what_autograd_packs(name, shape):
    net = getattr(cm.zoo, name)()
    assert training(net.analyze(shape)).saved == packed(lambda: run_training(net, torch.randn(shape)))
