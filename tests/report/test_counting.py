"""Conventions against what the tools themselves said, recorded with their versions by tests/data/counting/record.py."""

import json
from math import prod
from pathlib import Path

import numpy as np
import pytest

import convmath as cm
from convmath.core.bound import AtLeast
from convmath.core.errors import UnknownNameError
from convmath.core.size import Symbolic
from convmath.report.counting.convention import SAMPLE, UNKNOWN
from convmath.report.counting.explain import departures_data, departures_table, lines, totals_table
from convmath.report.counting.tools import CONVENTIONS

RECORD = json.loads((Path(__file__).parents[1] / "data" / "counting" / "counts.json").read_text(encoding="utf-8"))

LAYERS = [(one["layer"], one["input"], tool, n) for one in RECORD["layers"] for tool, n in one["counts"].items()]

NETWORKS = [(one["network"], one["input"], tool, n) for one in RECORD["networks"] for tool, n in one["counts"].items()]

PRODUCTS = [(one["layer"], one["inputs"], tool, n) for one in RECORD["products"] for tool, n in one["counts"].items()]

UNSEEN = {
    ("mobilenet_v2", "thop"): 1280 * 7 * 7 + 1280,
    ("mobilenet_v2", "ptflops"): 1280 * 7 * 7,
}
"""torchvision's MobileNetV2 pools by a function, not by a module: thop does not see it, ptflops sees it once."""

IN_FLOAT = {("AdaptiveAvgPool2d((4, 5))", "thop"): 1}
"""thop reckons in floating point: 9/4 · 12/5 comes out a little small, and is then cut to an integer."""


def report_of(network, shape):
    size = {"size": tuple(map(int, shape.split("x")[2:]))} if network == "unet_padded" else {}
    return getattr(cm.zoo, network)(**size).analyze(shape)


@pytest.mark.parametrize(("layer", "shape", "tool", "count"), LAYERS)
def test_a_layer_counts_as_the_tool_counted_it(layer, shape, tool, count):
    counted = cm.Sequential(cm.parse_layer(layer)).analyze(shape).counted_like(tool)
    assert counted.total == count + IN_FLOAT.get((layer, tool), 0)


def product_of(layer, shapes):
    net = cm.Network()
    net.add(
        cm.parse_layer(layer), *(net.input(f"x{place}", shape) for place, shape in enumerate(shapes)), name="product"
    )
    return net.analyze()


@pytest.mark.parametrize(("layer", "shapes", "tool", "count"), PRODUCTS)
def test_a_product_counts_as_the_tool_counted_it(layer, shapes, tool, count):
    assert product_of(layer, shapes).counted_like(tool).total == count


def awkward():
    """Everything at once: an operator nobody knows, attention, sequences, products, a transposed layer in 3-D."""
    net = cm.Network("awkward")
    x, volume = net.input("x", (5, 2, 12)), net.input("volume", (2, 6, 5, 4, 7))
    rnn = net.add(cm.LSTM(12, 7, 2, bidirectional=True), x, name="rnn")
    odd = net.add(cm.Unknown("Odd", ((5, 2, 14),)), rnn[0], name="odd")
    attended = net.add(cm.ScaledDotProductAttention(), odd, odd, odd, name="attention")
    net.add(cm.MatMul(), attended, net.add(cm.Permute((0, 2, 1)), odd, name="turned"), name="product")
    net.add(cm.Einsum("abc,adc->abd"), attended, odd, name="sum")
    up = net.add(cm.ConvTranspose3d(6, 9, (2, 3, 4), stride=(1, 2, 3), groups=3), volume, name="up")
    net.add(cm.Conv3d(9, 4, 3, padding=1), net.add(cm.GELU(), up, name="gelu"), name="conv")
    return net.analyze()


@pytest.mark.parametrize("tool", CONVENTIONS)
def test_of_awkward_networks_the_lines_add_up_to_the_total(tool):
    """Line by line as the table shows them: our MACs, the rules, and under every rule its layers."""
    counted = awkward().counted_like(tool)
    table = departures_table(counted)
    head, *rows = table.rows
    ours, total = head[2], table.totals[2]
    assert isinstance(ours, AtLeast)
    assert isinstance(total, AtLeast)
    rules = [row for row in rows if row[0] is not None]
    assert ours.known + sum(amount for _, _, amount in rules) == total.known
    for place, (says, _, amount) in enumerate(rows):
        if says is not None and says != SAMPLE:
            below = rows[place + 1 :]
            end = next((n for n, row in enumerate(below) if row[0] is not None), len(below))
            assert amount == sum(row[2] for row in below[:end])
            assert end > 0
    assert "odd" not in {layer for _, layer, _ in rows}


@pytest.mark.parametrize(("network", "shape", "tool", "count"), NETWORKS)
def test_a_network_counts_as_the_tool_counted_it(network, shape, tool, count):
    total = report_of(network, shape).counted_like(tool).total - UNSEEN.get((network, tool), 0)
    if tool == "xla":  # XLA adds up in float32
        assert total == pytest.approx(count, rel=2**-22)
    else:
        assert total == count


def test_what_is_recorded_is_what_is_asked_for():
    assert {one["network"] for one in RECORD["networks"]} >= {
        "resnet50", "mobilenet_v2", "efficientnet_b0", "unet_padded"
    }  # fmt: skip
    assert {tool for *_, tool, _ in NETWORKS} == CONVENTIONS.keys() - {"paper"}
    assert all(type(count) is int for *_, count in (*LAYERS, *NETWORKS))
    for name, version in RECORD["versions"].items():
        told = [made.tool for made in CONVENTIONS.values() if name.lower() in made.tool.lower().split()]
        assert all(version.split("+")[0].replace("-", ".post") in one for one in told)


@pytest.mark.parametrize("tool", CONVENTIONS)
@pytest.mark.parametrize("network", ["resnet50", "unet_padded", "dcgan_generator", "efficientnet_b0"])
def test_departures_add_up_to_the_difference_line_by_line(network, tool):
    report = getattr(cm.zoo, network)().analyze()
    counted = report.counted_like(tool)
    total = report.totals.macs
    for says, amount in counted.departures:
        assert amount == sum(lines(counted, says).values()) == sum(lines(counted, says, depth=1).values())
        total += amount
    assert total == counted.total == sum(one.count for one in counted.rows)
    assert sum(counted.of(row) for row in report.fold(1)) == counted.total


def test_a_departure_by_hand():
    report = cm.Sequential(cm.Conv2d(3, 8, 3), cm.BatchNorm2d(8), cm.ConvTranspose2d(8, 2, 4, 2, 1)).analyze(
        (1, 3, 9, 7)
    )
    told = dict(report.counted_like("thop").departures)
    assert sorted(told.values()) == [4 * 8 * 7 * 5, (14 * 10 - 7 * 5) * 16 * 8 * 2]


@pytest.mark.parametrize(("shape", "along"), [((4, 5, 6), 4), ((2, 7, 5, 6), 7)])
def test_a_softmax_without_an_axis_goes_by_pytorchs(shape, along):
    """Along n numbers: n exponentials, n − 1 additions and n divisions."""
    report = cm.Sequential(("it", cm.Softmax()), shape=shape).analyze()
    assert report.counted_like("thop").total == prod(shape) // along * (3 * along - 1)


def test_a_layer_that_a_tool_does_not_know_counts_nothing_and_is_named():
    report = cm.Sequential(cm.LocallyConnected1d(2, 3, 2, input_size=5), cm.Mish()).analyze((1, 2, 5))
    counted = report.counted_like("thop")
    assert counted.total == 0
    assert counted.departures == ((UNKNOWN, -4 * 3 * 2 * 2),)
    assert counted.uncounted == {"LocallyConnected1d": 1, "Mish": 1}
    assert "counts 0 for LocallyConnected1d (1), Mish (1)" in counted.notes[-1]


def test_chains_count_as_their_parts():
    chain = cm.Sequential(cm.DepthwiseSeparableConv2d(4, 6, 3)).analyze((1, 4, 9, 7))
    parts = cm.Sequential(cm.Conv2d(4, 4, 3, groups=4, bias=False), cm.Conv2d(4, 6, 1)).analyze((1, 4, 9, 7))
    for tool in CONVENTIONS:
        assert chain.counted_like(tool).total == parts.counted_like(tool).total


@pytest.mark.parametrize("tool", CONVENTIONS)
def test_formulas_count_as_their_numbers(tool):
    n, h, w = cm.symbols("N H W")
    net = cm.zoo.efficientnet_b0()
    total = net.analyze((n, 3, h, w)).counted_like(tool).total
    assert isinstance(total, Symbolic)
    for values in ((1, 224, 192), (3, 65, 97)):
        numbers = dict(zip("NHW", values, strict=True))
        given = {name: numbers[name] for name in total.names}
        assert total.at(given) == net.analyze((values[0], 3, *values[1:])).counted_like(tool).total


@pytest.mark.parametrize("tool", ["thop", "pytorch"])
def test_arrays_count_as_their_numbers(tool):
    net = cm.Sequential(cm.Conv2d(3, 8, 3), cm.BatchNorm2d(8))
    sizes = np.array([9, 16, 31])
    totals = net.analyze((1, 3, sizes, 7)).counted_like(tool).total
    assert totals.tolist() == [net.analyze((1, 3, int(i), 7)).counted_like(tool).total for i in sizes]


def test_ptflops_tells_of_one_sample():
    net = cm.Sequential(cm.Conv2d(3, 8, 3), cm.BatchNorm2d(8))
    one, four = (net.analyze((n, 3, 9, 7)).counted_like("ptflops") for n in (1, 4))
    assert one.total == four.total
    assert four.departures[-1].says == SAMPLE


def test_deformed_convolutions_by_definition():
    report = cm.Sequential(cm.DeformConv2d(4, 6, 3, mask=True, bias=False)).analyze((1, 4, 9, 7))
    main, branch, biases = 7 * 5 * 9 * 4 * 6, 7 * 5 * 9 * 4 * 27, 27 * 7 * 5
    assert report.totals.macs == main + branch
    told = {tool: report.counted_like(tool).total for tool in CONVENTIONS}
    assert told["torchvision"] == told["fvcore"] == told["thop"] == told["calflops-macs"] == branch
    assert told["pytorch"] == 2 * branch
    assert told["torchinfo"] == main + branch + biases
    assert told["ptflops"] == main + branch + biases + 25 * 9 * 7 * 5
    assert told["calflops"] == 2 * branch + biases
    assert told["ptflops-aten"] == branch + biases


@pytest.mark.parametrize("masked", [False, True])
def test_deformed_convolutions_whose_offsets_another_layer_makes(masked):
    net = cm.Network()
    x = net.input(shape=(1, 4, 9, 7))
    told = [net.add(cm.Conv2d(4, count, 3, bias=False), x) for count in (18, 9)[: 1 + masked]]
    net.add(cm.OffsetConv2d(4, 6, 3), x, *told)
    main, branch = 7 * 5 * 9 * 4 * 6, 7 * 5 * 9 * 4 * (18 + 9 * masked)
    counts = {tool: net.analyze().counted_like(tool).total for tool in CONVENTIONS}
    assert counts["paper"] == main + branch
    assert counts["torchvision"] == counts["fvcore"] == counts["thop"] == branch
    assert counts["torchinfo"] == main + branch + 6 * 7 * 5
    assert counts["ptflops"] == main + branch + 6 * 7 * 5 + (24 + masked) * 9 * 7 * 5


def test_the_unknown_tool():
    with pytest.raises(UnknownNameError, match="fvcore"):
        cm.zoo.lenet5().analyze().counted_like("fvcor")


def test_tables_and_data():
    counted = cm.zoo.resnet18().analyze().counted_like("thop")
    table = departures_table(counted, depth=1)
    assert table.rows[0] == ("our MACs", None, 1814073344)
    assert table.totals == ("thop MACs", None, counted.total)
    assert table.rows[2] == (None, "bn1", 4 * 64 * 112 * 112)
    data = departures_data(counted)
    assert data["macs"] + sum(one["amount"] for one in data["departures"]) == data["total"]
    assert data["departures"][0]["layers"]["bn1"] == 4 * 64 * 112 * 112
    assert ("paper", "MACs", 1814073344, "exactly") in totals_table(cm.zoo.resnet18().analyze()).rows


def with_unknown(size=8):
    net = cm.Network("net")
    x = net.add(cm.Conv1d(2, 4, 3), net.input("x", (2, 2, size)), name="conv")
    net.add(cm.Unknown("Mystery", ((2, 4, 6),)), x, name="odd")
    return net.analyze()


@pytest.mark.parametrize("tool", CONVENTIONS)
def test_what_tools_count_for_an_unknown_operator_is_not_told(tool):
    alone = cm.Sequential(cm.Conv1d(2, 4, 3)).analyze((2, 2, 8)).counted_like(tool)
    counted = with_unknown().counted_like(tool)
    assert counted.total == AtLeast(alone.total)
    assert [counted.of(row) for row in counted.report.rows] == [alone.of(alone.report.rows[0]), AtLeast(0)]
    assert not counted.uncounted
    said = departures_table(counted)
    assert said.totals[2] == AtLeast(alone.total)
    assert said.notes[-1] == "Unknown operator: odd (Mystery); what tools count there is not known."
    assert departures_data(counted)["total"] == f"at least {alone.total}"


def test_formulas_beside_an_unknown_operator():
    table = totals_table(with_unknown(cm.symbols("L")))
    assert "paper MACs ≥ 48·L − 96" in table.notes
    assert {row[2] for row in table.rows} == {"below"}
