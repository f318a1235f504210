"""What training takes: counted by hand, by published numbers, and of parts against the whole."""

from __future__ import annotations

import pytest

import convmath as cm
from convmath.core.errors import ParameterError, ParseError, UnknownNameError
from convmath.layers import FILE_OF, layer_type
from convmath.resources.backward import blocks_of, savings
from convmath.resources.flow import flow
from convmath.resources.layout import layouts
from convmath.resources.precision import MIXED, Precision, precision
from convmath.resources.saving import RULES, is_known
from convmath.resources.timeline import instants
from convmath.resources.training import training
from tests.resources import small

N, H = cm.symbols("N H")


def pass_of(net, depth=None, width=1):
    graph = flow(net.analyze())
    lain = layouts(graph)
    found = instants(graph, lain.roots, savings(graph, lain, width), blocks_of(graph, depth), width)
    return [(one.phase, one.layer, one.bytes) for one in found]


def test_a_chain_there_and_back():
    """The input (60) and the ReLU's output (90) are kept; the network's input has no gradient."""
    assert pass_of(small.chain()) == [
        ("forward", "a", 60 + 90),
        ("forward", "b", 60 + 90 + 90),
        ("forward", "c", 60 + 90 + 32),
        ("backward", "c", 60 + 90 + 32 + 32 + 90),  # the output, its gradient, that of what c read
        ("backward", "b", 60 + 90 + 32 + 90 + 90),
        ("backward", "a", 60 + 32 + 90),
    ]


def test_the_gradient_of_what_two_layers_read_is_added_up():
    """Kept are three inputs of convolutions, 168 + 168 + 378; on the way back the shortcut's gradient comes twice."""
    kept = 168 + 168 + 378
    assert pass_of(small.residual())[4:] == [
        ("backward", "sum", kept + 168 + 168 + 2 * 168),
        ("backward", "thin", kept + 168 + 2 * 168 + 378),
        ("backward", "wide", 168 + 168 + 168 + 168 + 378 + 168),
        ("backward", "stem", 168 + 168 + 168),
    ]


def test_a_block_that_runs_again_keeps_what_it_reads():
    net = cm.Network()
    x = net.add(cm.Conv1d(2, 3, 1), net.input(shape=(1, 2, 10)), name="stem")
    block = cm.Sequential(("wide", cm.Conv1d(3, 8, 1)), ("relu", cm.ReLU()), ("thin", cm.Conv1d(8, 4, 1)))
    net.add(cm.Conv1d(4, 1, 1), net.add(block, x, name="block"), name="head")
    found = training(net.analyze(), recompute=1)
    assert found.saved == 4 * (20 + 30 + 40)
    assert training(net.analyze()).saved == 4 * (20 + 30 + 80 + 40)
    assert found.again.macs == 10 * (3 * 8 + 8 * 4)
    assert pass_of(net, depth=1) == [
        ("forward", "stem", 20 + 30),
        ("forward", "block.wide", 20 + 30 + 80),
        ("forward", "block.relu", 20 + 30 + 80 + 80),
        ("forward", "block.thin", 20 + 30 + 80 + 40),
        ("forward", "head", 20 + 30 + 40 + 10),
        ("backward", "head", 20 + 30 + 40 + 10 + 10 + 40),
        ("second run", "block.wide", 20 + 30 + 10 + 40 + 80),
        ("second run", "block.relu", 20 + 30 + 10 + 40 + 80 + 80),
        ("second run", "block.thin", 20 + 30 + 10 + 40 + 80 + 40),
        ("backward", "block.thin", 20 + 30 + 10 + 40 + 80 + 80),
        ("backward", "block.relu", 20 + 30 + 10 + 80 + 80 + 80),
        ("backward", "block.wide", 20 + 30 + 10 + 80 + 30),
        ("backward", "stem", 20 + 10 + 30),
    ]


def test_the_square_root_of_the_layers_is_enough():
    """Chen et al. (2016): n equal layers in √n blocks hold about 2·√n maps where n were held."""
    layers = 64
    blocks = [cm.Sequential(*(cm.Conv1d(2, 2, 1) for _ in range(8))) for _ in range(8)]
    net = cm.Network()
    x = net.input(shape=(1, 2, 100))
    for number, block in enumerate(blocks):
        x = net.add(block, x, name=f"block{number}")
    one = 4 * 200
    plain, again = training(net.analyze()), training(net.analyze(), recompute=1)
    assert plain.saved == layers * one
    assert again.saved == 8 * one
    assert again.largest.bytes <= (8 + 8 + 3) * one < plain.largest.bytes
    assert again.again.macs == net.analyze().totals.macs


@pytest.mark.parametrize(("optimizer", "each"), [("none", 8), ("sgd", 8), ("momentum", 12), ("adam", 16)])
def test_bytes_for_each_parameter(optimizer, each):
    found = training(cm.zoo.resnet18().analyze(), optimizer)
    assert found.standing == each * 11_689_512 + 4 * 9_600


def test_mixed_precision_with_adam_takes_16_bytes_for_each_parameter():
    """ZeRO (2020), section 3.1: 2 + 2 + 12; GPT-2's 1.5 billion parameters take 24 GB."""
    net = cm.Sequential(cm.Linear(50_000, 30_000, bias=False))
    found = training(net.analyze((1, 50_000)), "adam", MIXED)
    assert found.standing == 24 * 10**9
    assert found.standing - found.weights - found.gradients == 12 * 15 * 10**8


def test_half_the_bytes_in_half_precision_but_for_statistics_and_places():
    net = cm.Sequential(cm.Conv1d(2, 4, 1), cm.BatchNorm1d(4), cm.MaxPool1d(2))
    full, half = (training(net.analyze((3, 2, 10)), precision=precision(text)) for text in ("float32", "float16"))
    statistics, places = 2 * 4 * 4, 8 * 3 * 4 * 5
    assert full.saved == 4 * (60 + 120 + 120) + statistics + places
    assert half.saved == 2 * (60 + 120 + 120) + statistics + places


def test_what_symbols_leave_open_is_a_sum_of_formulas():
    net = cm.zoo.resnet18()
    found = training(net.analyze((N, 3, H, H)))
    assert found.largest is None
    for n, h in ((1, 224), (5, 97)):
        assert found.saved.at(N=n, H=h) == training(net.analyze((n, 3, h, h))).saved


def test_a_view_is_no_memory_of_its_own():
    net = cm.Network()
    y = net.add(cm.Conv2d(1, 4, 1), net.input(shape=(1, 1, 2, 3)), name="conv")
    flat = net.add(cm.Flatten(), y, name="flat")
    net.add(cm.Linear(24, 5), flat, name="linear")
    found = training(net.analyze())
    assert found.saved == 4 * (6 + 24)
    assert [saving.values[0].layer if saving.values else None for saving in found.savings] == ["input", None, "conv"]


def test_nothing_is_kept_where_nothing_is_trained():
    found = training(cm.Sequential(cm.ReLU(), cm.MaxPool1d(2)).analyze((1, 3, 8)))
    assert (found.saved, found.standing) == (0, 0)


ASSUMED = {"GRU", "LSTM", "RNN", "ScaledDotProductAttention", "Scatter", "Unknown"}
"""What they keep depends on the kernel that runs them, or nobody knows it."""


@pytest.mark.parametrize("name", sorted(FILE_OF.keys() - ASSUMED))
def test_every_type_has_a_rule(name):
    """Types without one are assumed to keep all they read and make: give the family an entry in RULES."""
    families = {cls.__name__ for cls in layer_type(name).__mro__}
    assert families & {*RULES, "Composite", "Lazy"}


def test_a_type_without_a_rule_is_named_and_keeps_everything():
    class Strange(cm.Layer):
        pass

    net = cm.Sequential(cm.Conv1d(1, 2, 1), ("odd", Strange()))
    found = training(net.analyze((1, 1, 5)))
    assert not is_known(Strange())
    assert found.assumed == ("odd",)
    assert found.saved == cm.core.bound.AtLeast(4 * (5 + 10 + 10))


def test_errors():
    report = small.chain().analyze()
    with pytest.raises(UnknownNameError, match=r"^no optimiser is called 'adm'; did you mean adam\?$"):
        training(report, "adm")
    with pytest.raises(ParameterError, match=r"^recompute must be an integer of at least 1, not 0$"):
        training(report, recompute=0)


def test_precisions():
    assert precision("bfloat16") == Precision(*["bfloat16"] * 5)
    assert precision("mixed, activations=bfloat16") == MIXED._replace(activations="bfloat16")
    assert precision("optimizer=float64").optimizer == "float64"
    assert str(precision("float16,master=float32")).endswith("optimizer float16, master float32")


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("float33", UnknownNameError, "no dtype is called 'float33'; did you mean float32 or"),
        ("float16,weight=float32", UnknownNameError, "no kind of array is called 'weight'; did you mean weights?"),
        ("float16,weights", ParseError, "'weights' is not KIND=DTYPE"),
        ("weights=float16,weights=float32", ParseError, "weights is given twice"),
        ("", UnknownNameError, "no dtype is called ''"),
    ],
)
def test_what_is_no_precision(text, error, said):
    with pytest.raises(error) as caught:
        precision(text)
    assert said in str(caught.value)
