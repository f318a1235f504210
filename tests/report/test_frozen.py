"""Arrays that training leaves as they are: what is counted, what spec files say, what is kept."""

import pytest

import convmath as cm
from convmath.formats.spec import loads
from convmath.formats.write import dumps
from convmath.report.frozen import Frozen, still, trained_params
from convmath.report.training import Step, step_of
from convmath.resources.memory_table import training_table
from convmath.resources.training import training

TEXT = """
name: tuned
input: [2, 3, 9, 11]
layers:
  - body: {op: "Conv2d(3, 8, 3)", frozen: true}
  - act: ReLU
  - mid: {op: "Conv2d(8, 6, 1)", frozen: [48, weight]}
  - head: Conv2d(6, 2, 1)
"""


def test_a_file_says_what_is_frozen():
    net = loads(TEXT)
    assert net.frozen == {"body": Frozen(), "mid": Frozen(("weight",), 48)}
    assert loads(dumps(net)).frozen == net.frozen
    report = net.analyze()
    assert trained_params(report) == 6 + (6 * 2 + 2)
    assert [sorted(still(report, row)) for row in report.rows] == [["bias", "weight"], [], ["weight"], []]
    outer = cm.Network()
    outer.add(net, outer.input(shape=(2, 3, 9, 11)), name="inner")
    assert set(outer.frozen) == {"inner.body", "inner.mid"}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("frozen: maybe", "frozen must say what is not trained, not 'maybe'"),
        ("frozen: []", "frozen must say what is not trained"),
        ("frozen: [1, wieght]", "no array of Conv2d is called 'wieght'.*did you mean weight"),
        ("frozen: [x, weight]", "frozen must be"),
        ("frozen: [-1, weight]", "frozen must be an integer from 0"),
    ],
)
def test_what_no_file_may_say(said, error):
    with pytest.raises(cm.SpecError, match=error):
        loads(TEXT.replace("frozen: true", said))


def test_training_takes_less():
    """Adam: 4 bytes of gradient and 8 of moments for each of 20 trained parameters; nothing is kept before `mid`."""
    found = training(loads(TEXT).analyze())
    assert (found.weights, found.gradients, found.optimizer) == (4 * (3 * 8 * 9 + 8 + 54 + 14), 4 * 20, 8 * 20)
    keeps = [(tuple(map(str, saving.values)), saving.own_bytes) for saving in found.savings]
    assert keeps == [((), 0), ((), 0), (("act",), 0), (("mid",), 0)]
    lines = {line[0]: line[2] for line in training_table(loads(TEXT).analyze(), found).rows}
    assert lines["gradients"] == "one for each of the 20 numbers that are trained, in float32"


def test_frozen_matrices_have_no_gradient():
    conv, x = cm.Conv2d(4, 8, 3, groups=2), ((1, 4, 9, 7),)
    frozen = frozenset(["weight", "bias"])
    assert step_of(conv, x, (True,), frozen) == Step(5040, 0, 5040)
    assert step_of(conv, x, (False,), frozen) == Step(5040)
    assert step_of(conv, x, (False,), frozenset(["weight"])) == Step(5040)
    assert step_of(conv, x, (False,), frozenset(["bias"])) == Step(5040, 5040)
    steps = loads(TEXT).analyze().training.steps
    assert steps["body"] == Step(3 * 8 * 9 * 2 * 7 * 9)
    assert steps["mid"] == Step(2 * 48 * 63)
