"""Plain asserts, as a test states them: what holds passes, what does not is told with both numbers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import convmath as cm
from convmath.core.errors import ConvmathError, FileError, ParameterError, UnknownNameError
from convmath.testing import assert_budget, assert_same_arithmetic, assert_shapes, assert_valid_for

NET = """\
input: [1, 3, H, W]
layers:
  - stem: Conv2d(3, 8, 3, padding=1)
  - pool: MaxPool2d(2)
  - head: Conv2d(8, 5, 1)
"""


@pytest.fixture
def net():
    return cm.loads(NET)


def test_what_holds(net, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(NET)
    height, width = cm.symbols("H W")
    for subject in (net, net.analyze(), path, str(path)):
        assert_shapes(subject, {"stem": "8xHxW", "head": (5, height // 2, width // 2)})
        assert_shapes(subject, {"pool": "1x8x(H//2)x(W//2)"})
        assert_budget(subject, params=269, macs="≤ 300000*H*W", receptive_field="= 4", layers="< 4")
        assert_valid_for(subject, "H % 32 == 0, 64 <= H <= 4096, W >= 2")
    assert_shapes(net, {"head": (5, 4, 3)}, (2, 3, 9, 7))
    assert_shapes(net, {"head": [2, 5, 4, 3]}, "2x3x9x7")
    assert_budget(net, (2, 3, 9, 7), peak_activation="8KiB", params="0.269k")


FAILS = [
    (lambda net: assert_shapes(net, {"stem": (8, 9, 9), "head": (5, 5, 3)}, (1, 3, 9, 7)),
     "stem: output is 1 x 8 x 9 x 7, 8 x 9 x 9 is claimed\nhead: output is 1 x 5 x 4 x 3, 5 x 5 x 3 is claimed"),
    (lambda net: assert_budget(net, params="0.2k", layers=">= 4"),
     "params is 269, ≤ 200 is claimed\nlayers is 3, ≥ 4 is claimed"),
    (lambda net: assert_valid_for(net, "H >= 1, W >= 2"),
     "valid_for: H >= 1, W >= 2, but pool asks that H ≥ 2, which fails for H = 1"),
    (lambda net: assert_same_arithmetic(net, cm.loads(NET.replace("8, 5, 1", "8, 6, 1")), (1, 3, 9, 7)),
     ("params: 269, but 278 in network\nmacs: 14,088, but 14,184 in network\n"
     "output: 1 x 5 x 4 x 3, but 1 x 6 x 4 x 3 in network\n"
     "head: params: 45, but 54 in network\nhead: macs: 480, but 576 in network\n"
     "head: output: 1 x 5 x 4 x 3, but 1 x 6 x 4 x 3 in network")),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "message"), FAILS)
def test_what_does_not(net, claim, message):
    with pytest.raises(AssertionError) as raised:
        claim(net)
    assert str(raised.value).startswith(message)


WRONG = [
    (lambda net: assert_shapes(net, {"stme": (8, 9, 9)}), UnknownNameError, "stme"),
    (lambda net: assert_shapes(net, {}), ParameterError, "assert_shapes: no layer is named"),
    (lambda net: assert_shapes(net, {"stem": 8}), ParameterError, "assert_shapes: 8 is no shape"),
    (lambda net: assert_shapes("none.yaml", {"stem": (8,)}), FileError, "none.yaml: does not exist"),
    (assert_budget, ParameterError, "assert_budget: budget must be a mapping of quantities"),
    (lambda net: assert_budget(net, parms=3), ParameterError,
     "assert_budget: no quantity of budget is called 'parms'; did you mean params?"),
    (lambda net: assert_budget(net, params="few words"), ParameterError, "assert_budget: "),
    (lambda net: assert_budget(net, params=None), ParameterError, "assert_budget: params must be an integer"),
    (lambda net: assert_valid_for(net, "H is even"), ParameterError, "assert_valid_for: "),
    (lambda net: assert_valid_for(net, ""), ParameterError, "assert_valid_for: valid_for must be a text of relations"),
    (lambda net: assert_valid_for(net, 3), ParameterError, "assert_valid_for: 3 is no text"),
    (lambda net: assert_valid_for(net, "Q > 3"), ParameterError,
     "assert_valid_for: Q is no size of the input (input 1 × 3 × H × W; give its shape, such as '1x3xHxW')"),
    (lambda net: assert_valid_for(cm.zoo.resnet18(), "H > 3"), ParameterError,
     "assert_valid_for: H is no size of the input (input 1x3x224x224; give its shape, such as '1x3xHxW')"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "kind", "message"), WRONG)
def test_what_a_test_states_wrongly(net, claim, kind, message):
    with pytest.raises(kind) as raised:
        claim(net)
    assert message in str(raised.value)
    assert isinstance(raised.value, ConvmathError)


def test_differences_are_bounded():
    with pytest.raises(AssertionError) as raised:
        assert_same_arithmetic(cm.zoo.vgg11(), cm.zoo.vgg13(), (1, 3, 224, 224))
    lines = str(raised.value).split("\n")
    assert len(lines) == 21
    assert lines[-1].endswith(" more")


def test_no_framework_is_loaded():
    code = "import sys, convmath.testing; print({'torch', 'onnx', 'pytest'} & set(sys.modules))"
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        ({"conv1": (None, 112, 112)}, "every size must be an integer or a formula"),
        ({"conv1": (64.0, 112, 112)}, "every size must be an integer or a formula"),
        ([("conv1", (64, 112, 112))], "no layer is named"),
    ],
)
def test_shapes_that_are_none(shapes, said):
    with pytest.raises(ParameterError, match=said):
        assert_shapes(cm.zoo.resnet18(), shapes)


def test_a_report_has_its_shape():
    with pytest.raises(ParameterError, match=r"a report is of one shape, \(1, 3, 64, 64\) is given too"):
        assert_shapes(cm.zoo.resnet18().analyze(), {"conv1": (64, 112, 112)}, (1, 3, 64, 64))
