"""The documented data of a report, schema 1."""

import json

import convmath as cm
from convmath.render import json as renderer
from convmath.report.data import SCHEMA, report_data

COSTS = {"params", "buffers", "macs", "macs_touching", "flops", "activations"}
ROW = {"name", "op", "call", "input", "output", "inputs", "outputs", "receptive_field", "aligned"} | COSTS


def through_json(report):
    return json.loads(renderer.render(report_data(report)))


def network():
    net = cm.Network("gate")
    x, y = net.input("x", (1, 4, 6, 8)), net.input("y", (1, 4, 1, 1))
    up = net.add(cm.ConvTranspose2d(4, 4, 4, stride=2, padding=1), x, name="block.up")
    gated = net.add(cm.Multiply(), up, y, name="block.gated")
    left, _ = net.add(cm.Chunk(2), gated, name="halves")
    net.add(cm.GlobalAvgPool(), left, name="pool")
    return net


def test_keys():
    data = through_json(network().analyze())
    assert list(data) == ["schema", "network", "inputs", "totals", "unknown", "layers"]
    assert data["schema"] == SCHEMA == 1
    assert data["network"] == "gate"
    assert data["inputs"] == {"x": [1, 4, 6, 8], "y": [1, 4, 1, 1]}
    assert set(data["totals"]) == COSTS
    assert all(set(row) == ROW for row in data["layers"])
    assert all(list(row["receptive_field"]) == ["size", "jump", "start"] for row in data["layers"])


def test_values():
    up, gated, halves, pool = through_json(network().analyze())["layers"]
    assert (up["name"], up["op"]) == ("block.up", "ConvTranspose2d")
    assert up["call"] == "ConvTranspose2d(4, 4, 4, stride=2, padding=1)"
    assert (up["input"], up["output"]) == ([1, 4, 6, 8], [1, 4, 12, 16])
    assert up["receptive_field"] == {"size": [2, 2], "jump": ["1/2", "1/2"], "start": [-1, -1]}
    assert gated["inputs"] == [[1, 4, 12, 16], [1, 4, 1, 1]]
    assert gated["input"] == [1, 4, 12, 16]
    assert gated["aligned"] is True  # y is another input, of which nothing is told
    assert halves["outputs"] == [[1, 2, 12, 16]] * 2
    assert halves["output"] == [1, 2, 12, 16]
    assert pool["receptive_field"] == {"size": [None, None], "jump": [None, None], "start": [None, None]}


def test_totals_are_sums():
    data = through_json(cm.zoo.resnet18().analyze())
    for quantity in COSTS:
        assert data["totals"][quantity] == sum(row[quantity] for row in data["layers"])


def test_a_folded_row_has_no_call():
    block = through_json(network().analyze().fold(1))["layers"][0]
    assert (block["name"], block["op"], block["call"]) == ("block", "2 layers", None)
    assert set(block) == ROW


def test_no_spatial_axes():
    (row,) = through_json(cm.Sequential(cm.Linear(4, 2), shape=(1, 4)).analyze())["layers"]
    assert row["receptive_field"] == {"size": [], "jump": [], "start": []}


def test_integers_beyond_64_bits_are_exact():
    wide = 10**18 - 1
    report = cm.Sequential(cm.Conv2d(wide, wide, 3, bias=False), shape=(7, wide, 3, 3)).analyze()
    data = through_json(report)
    assert data["totals"]["params"] == 9 * wide**2 > 2**63
    assert data["totals"]["flops"] == 2 * 7 * 9 * wide**2
    assert data["inputs"]["input"] == [7, wide, 3, 3]
    assert f'"params": {9 * wide**2},' in renderer.render(report_data(report))


def test_a_resnet_is_all_integers():
    def walk(value):
        if isinstance(value, dict):
            return [leaf for inner in value.values() for leaf in walk(inner)]
        return [leaf for inner in value for leaf in walk(inner)] if isinstance(value, list) else [value]

    assert {type(leaf) for leaf in walk(through_json(cm.zoo.resnet18().analyze()))} == {int, str, bool, type(None)}
