"""Source of modules that share arrays, or train only some of them: executed, it has what the module has."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath.report.frozen import Frozen, trained_params

torch = pytest.importorskip("torch")

from tests.torch.test_export import module_of  # noqa: E402 (it wants PyTorch as well)

nn, F = torch.nn, torch.nn.functional


def fixed(width):
    """A normalisation whose arrays are buffers."""
    module = nn.BatchNorm2d(width)
    for name in ("weight", "bias"):
        array = getattr(module, name).detach()
        delattr(module, name)
        module.register_buffer(name, array)
    return module


class Head(nn.Module):
    """A head that is called at several levels, as in RetinaNet."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(4, 6, 3, padding=1), nn.GroupNorm(2, 6), nn.ReLU())
        self.out = nn.Conv2d(6, 5, 1)

    def forward(self, xs):
        return [self.out(self.conv(x)) for x in xs]


class Detector(nn.Module):
    """Levels, two heads of which the second has an array of the first, and frozen parts."""

    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 4, 3), fixed(4)
        self.down = nn.Sequential(nn.Conv2d(4, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU())
        self.wide = nn.Conv2d(4, 4, 3, dilation=2)
        self.wide.weight, self.wide.bias = self.down[0].weight, self.down[0].bias
        self.classes, self.boxes = Head(), Head()
        self.boxes.out = self.classes.out
        self.scale = nn.Parameter(torch.ones(1, 5, 1, 1), requires_grad=False)
        self.down.requires_grad_(False)
        self.stem.bias.requires_grad_(False)

    def forward(self, x):
        x = self.norm(self.stem(x))
        levels = [x, self.down(x), self.wide(x)]
        return [y * self.scale for y in self.classes(levels) + self.boxes(levels)]


@pytest.fixture(scope="module")
def made():
    """The module, its network, the source, and the module that this makes."""
    torch.manual_seed(3)
    module = Detector().eval()
    net = cm.from_torch(module, (2, 3, 21, 24))
    source = cm.to_torch(net)
    return module, net, source, module_of(source)


def flags(module):
    return {name: (tuple(one.shape), one.requires_grad) for name, one in module.named_parameters()}


def test_the_same_parameters_are_trained(made):
    module, net, _, written = made
    assert flags(written) == flags(module)
    report = net.analyze()
    assert report.totals.params == sum(one.numel() for one in module.parameters())
    assert trained_params(report) == sum(one.numel() for one in module.parameters() if one.requires_grad)


def test_the_source_computes_the_same_with_the_same_state(made):
    module, _, _, written = made
    written.load_state_dict(module.state_dict())
    x = torch.randn(2, 3, 21, 24)
    with torch.no_grad():
        for ours, theirs in zip(written(x), module(x), strict=True):
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5)


def test_the_source_is_read_back(made):
    _, net, _, written = made
    back = cm.from_torch(written, (2, 3, 21, 24))
    assert (back.shares, back.frozen, back.stored) == (net.shares, net.frozen, net.stored)
    assert back.analyze().totals == net.analyze().totals


def test_modules_are_called_again_and_blocks_frozen_as_wholes(made):
    _, _, source, _ = made
    assert source.count("nn.Conv2d(4, 6, 3, padding=1)") == source.count("class ") - 1 == 1  # both heads are one class
    assert "self.boxes.out = self.classes.out" in source
    assert "self.wide.weight = self.down[0].weight" in source
    assert ").requires_grad_(False)" in source
    assert 'freeze(nn.Conv2d(3, 4, 3), "bias")' in source


def test_an_owner_that_is_left_out_hands_its_arrays_on():
    net = cm.Network("net")
    x = net.input(shape=(1, 3, 9, 8))
    net.add(cm.Conv2d(3, 4, 3), x, name="dead")
    net.output(net.add(cm.Conv2d(3, 4, 3), x, name="live"))
    net.share("live", "dead")
    net.frozen["dead"] = net.frozen["live"] = Frozen()
    source = cm.to_torch(net)
    assert source.startswith("# Left out, as no output depends on it: dead (0 parameters; a spec file keeps them).\n")
    assert flags(module_of(source)) == {"live.weight": ((4, 3, 3, 3), False), "live.bias": ((4,), False)}


class Shifted(nn.Module):
    """Adds numbers that its code makes, and no array of its own."""

    def forward(self, x):
        return x + torch.arange(x.shape[-1], dtype=x.dtype)


def test_it_is_said_of_constants_that_their_numbers_are_left_out():
    source = cm.to_torch(cm.from_torch(nn.Sequential(nn.Conv2d(3, 4, 3), Shifted()), (2, 3, 8, 9)))
    assert source.startswith("# Zeros here, as a network keeps no numbers of constants: 1.constant (fill")
    assert "Zeros here" not in cm.to_torch(cm.zoo.resnet18())


class Tied(nn.Module):
    """Arrays that are used by operators of several kinds."""

    def __init__(self):
        super().__init__()
        self.conv, self.square = nn.Conv2d(3, 4, 3, bias=False), nn.Parameter(torch.randn(3, 3))

    def forward(self, x):
        x = F.conv_transpose2d(self.conv(x), self.conv.weight).mean((2, 3))
        return F.linear(x @ self.square, self.square)


def test_one_array_in_layers_of_several_kinds():
    module = Tied()
    written = module_of(cm.to_torch(cm.from_torch(module, (2, 3, 8, 9))))
    assert sum(one.numel() for one in written.parameters()) == sum(one.numel() for one in module.parameters()) == 117
    state = module.state_dict() | {"convtranspose2d.weight": module.conv.weight, "linear.weight": module.square}
    written.load_state_dict(state)
    x = torch.randn(2, 3, 8, 9)
    np.testing.assert_allclose(written(x).detach().numpy(), module(x).detach().numpy(), atol=1e-5)
