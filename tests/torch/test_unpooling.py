"""Networks that put numbers back where a pooling found them: spec files and PyTorch's modules, analysed and run."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric

torch = pytest.importorskip("torch")
nn = torch.nn


class SegNet(nn.Module):
    """Two poolings and the unpoolings that mirror them; the outer one is told its size, as ⌊ ⌋ loses a row."""

    def __init__(self, pool, unpool, sized=True):
        super().__init__()
        self.sized = sized
        self.c1 = nn.Conv2d(3, 4, 3, padding=1)
        self.p1, self.p2 = pool(), pool()
        self.c2, self.c3, self.c4 = (nn.Conv2d(4, 4, 3, padding=1) for _ in range(3))
        self.u2, self.u1 = unpool(), unpool()

    def forward(self, x):
        a = self.c1(x)
        b, first = self.p1(a)
        b = self.c2(b)
        c, second = self.p2(b)
        d = self.u2(self.c3(c), second, output_size=b.size() if self.sized else None)
        return self.c4(self.u1(d, first, output_size=a.size() if self.sized else None))


POOLS = {
    "side by side": (lambda: nn.MaxPool2d(2, return_indices=True), lambda: nn.MaxUnpool2d(2), True),
    "sizes that fit": (lambda: nn.MaxPool2d((3, 2), return_indices=True), lambda: nn.MaxUnpool2d((3, 2)), False),
    "overlapping": (
        lambda: nn.MaxPool2d(3, 2, 1, return_indices=True), lambda: nn.MaxUnpool2d(3, 2, 1), True,
    ),
    "rounded up": (
        lambda: nn.MaxPool2d(2, ceil_mode=True, return_indices=True), lambda: nn.MaxUnpool2d(2), True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", POOLS)
def test_a_segnet_of_pytorch(name):
    """Its places lead every number back: sizes, parameters and values are PyTorch's."""
    module = SegNet(*POOLS[name]).eval()
    shape = (2, 3, 18, 12) if name == "sizes that fit" else (2, 3, 11, 14)
    net = cm.from_torch(module, shape)
    report = net.analyze()
    assert not report.unknown
    assert report.totals.params == sum(p.numel() for p in module.parameters())
    x = torch.randn(shape, generator=torch.Generator().manual_seed(3))
    expected = module(x).detach().numpy()
    assert report.rows[-1].outputs[0] == expected.shape
    made = numeric.run(net, x.numpy(), module.state_dict())
    if name == "overlapping":  # several numbers may go to one place, and PyTorch says not which stays
        assert (np.isclose(made, expected, atol=1e-5)).mean() > 0.9
    else:
        assert np.allclose(made, expected, atol=1e-5)


def test_the_same_in_a_spec_file():
    spec = """\
input: [2, 3, H, W]
layers:
  - c1: Conv2d(3, 4, 3, padding=1)
  - p1: MaxPool2d(2, return_indices=True)
  - c2: {op: "Conv2d(4, 4, 3, padding=1)", from: p1}
  - p2: MaxPool2d(2, return_indices=True)
  - c3: {op: "Conv2d(4, 4, 3, padding=1)", from: p2}
  - u2: {op: "MaxUnpool2d(2, output_size=(H//2, W//2))", from: [c3, "p2[1]"]}
  - u1: {op: "MaxUnpool2d(2, output_size=(H, W))", from: [u2, "p1[1]"]}
  - c4: Conv2d(4, 4, 3, padding=1)
"""
    module = SegNet(*POOLS["side by side"]).eval()
    x = torch.randn(2, 3, 11, 14, generator=torch.Generator().manual_seed(3))
    net = cm.loads(spec, given={"H": 11, "W": 14})
    assert np.allclose(numeric.run(net, x.numpy(), module.state_dict()), module(x).detach().numpy(), atol=1e-5)
    open_sizes = cm.loads(spec).analyze()
    assert open_sizes["u1"].outputs[0].spatial == open_sizes["c1"].outputs[0].spatial
    grown = net.analyze((2, 3, 11, 14))
    touched, reached = grown.receptive_fields().touched("c4"), numeric.reached(net)
    rows, columns = (tuple(np.flatnonzero(reached.any(0).any(1 - axis))[[0, -1]]) for axis in (0, 1))
    assert touched.bounds == (rows, columns)


def test_gradients_pass_the_places_by():
    module = SegNet(*POOLS["side by side"]).double().eval()
    x = torch.randn(1, 3, 9, 10, dtype=torch.float64, requires_grad=True)
    net = cm.from_torch(module, (1, 3, 9, 10))
    module(x).sum().backward()
    weights = {name: value.detach().numpy() for name, value in module.state_dict().items()}
    dx, dweights = numeric.gradients(net, x.detach().numpy(), weights=weights)
    assert np.allclose(dx, x.grad.numpy(), atol=1e-10)
    for name, parameter in module.named_parameters():
        assert np.allclose(dweights[name], parameter.grad.numpy(), atol=1e-9), name


def unpooled(kind, kernel, stride, padding, wanted, values, places):
    layer = kind(kernel, stride, padding, output_size=tuple(wanted))
    return numeric.plan(layer, [values.shape] * 2, "float64")((values, places))


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_stated_sizes_are_those_that_pytorch_takes(rank):
    """Around the regular size, one axis after the other: taken or refused alike, and equal in all numbers."""
    function, kind = getattr(nn.functional, f"max_unpool{rank}d"), getattr(cm, f"MaxUnpool{rank}d")
    sizes = (3, 2, 4)[:rank]
    values = np.arange(1, 1 + 2 * 3 * np.prod(sizes), dtype=np.float64).reshape(2, 3, *sizes)
    places = np.broadcast_to(np.arange(np.prod(sizes)).reshape(sizes), values.shape).copy()
    taken = 0
    for kernel, stride, padding in ((2, 2, 0), (3, 2, 1), (3, 4, 0), (2, 3, 0)):
        regular = [(size - 1) * stride - 2 * padding + kernel for size in sizes]
        for axis in range(rank):
            for more in range(-stride - 1, stride + 2):
                wanted = [size + more * (place == axis) for place, size in enumerate(regular)]
                given = (torch.from_numpy(values), torch.from_numpy(places), kernel, stride, padding, wanted)
                try:
                    expected = function(*given).numpy()
                except (ValueError, RuntimeError):
                    with pytest.raises(cm.ConvmathError):
                        unpooled(kind, kernel, stride, padding, wanted, values, places)
                    continue
                taken += 1
                made = unpooled(kind, kernel, stride, padding, wanted, values, places)
                assert made.shape == expected.shape
                assert np.array_equal(made, expected)
    assert taken > 8 * rank
