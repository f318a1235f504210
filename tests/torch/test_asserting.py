"""assert_same_arithmetic and its neighbours of modules of PyTorch."""

from __future__ import annotations

import pytest

import convmath as cm
from convmath.core.errors import ParameterError
from convmath.testing import assert_budget, assert_same_arithmetic, assert_shapes, assert_valid_for

torch = pytest.importorskip("torch")

NET = """\
name: net
input: [1, 3, H, W]
layers:
  - stem: Conv2d(3, 8, 3, padding=1, stride=2)
  - act: ReLU
  - head: Conv2d(8, 5, (1, 3), groups={groups})
"""


class Module(torch.nn.Module):
    def __init__(self, groups=1):
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 8, 3, padding=1, stride=2)
        self.act = torch.nn.ReLU()
        self.head = torch.nn.Conv2d(8, 5, (1, 3), groups=groups)

    def forward(self, x):
        return self.head(self.act(self.stem(x)))


def test_the_same():
    net = cm.loads(NET.format(groups=1))
    assert_same_arithmetic(Module(), net, (2, 3, 19, 17))
    assert_same_arithmetic(net, Module(), (2, 3, 19, 17))


def test_not_the_same():
    net = cm.loads(NET.format(groups=1).replace("(1, 3)", "(3, 3)"))
    with pytest.raises(AssertionError) as raised:
        assert_same_arithmetic(Module(), net, (1, 3, 19, 17))
    # 8·5·3 + 5 weights against 8·5·9 + 5, each beside 3·8·9 + 8; 10 x 9 positions of the stem, 10 x 7 against 8 x 7
    assert str(raised.value) == (
        "params: 349, but 589 in net\nmacs: 27,840, but 39,600 in net\n"
        "output: 1 x 5 x 10 x 7, but 1 x 5 x 8 x 7 in net\n"
        "head: params: 125, but 365 in net\nhead: macs: 8,400, but 20,160 in net\n"
        "head: output: 1 x 5 x 10 x 7, but 1 x 5 x 8 x 7 in net"
    )


def test_modules_by_themselves():
    assert_shapes(Module(), {"stem": (8, 10, 9), "head": (5, 10, 7)}, (1, 3, 19, 17))
    assert_budget(Module(), (1, 3, 19, 17), params=349, macs="= 27840")
    assert_valid_for(Module(), "W >= 5", "1x3x19xW")
    with pytest.raises(AssertionError, match=r"^params is 349, ≤ 348 is claimed$"):
        assert_budget(Module(), (1, 3, 19, 17), params=348)


def test_what_is_no_module():
    with pytest.raises(ParameterError, match="3"):
        assert_budget(3, (1, 3, 9, 9), params=3)
