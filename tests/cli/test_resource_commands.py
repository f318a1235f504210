"""`convmath memory` and `convmath roofline`."""

from __future__ import annotations

import json
import re

import pytest

NET = "name: net\ninput: 1x3x20\nlayers:\n  - a: Conv1d(3, 5, 3)\n  - b: ReLU()\n  - c: Conv1d(5, 2, 3)\n"


@pytest.fixture
def net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)
    return "net.yaml"


def test_what_running_takes(convmath, net):
    code, out, err = convmath("memory", net)
    assert (code, err) == (0, "")
    assert [line.split()[:6] for line in out.splitlines()[3:10]] == [
        ["weights", "328", "B", "82", "numbers", "in"],
        ["buffers", "0", "B", "stored,", "not", "trained"],
        ["values,", "at", "most", "720", "B", "while"],
        ["a", "360", "B", "1x5x18,", "being", "read"],
        ["b", "360", "B", "1x5x18,", "being", "written"],
        ["values,", "in", "place", "600", "B", "if"],
        ["all", "values", "1.1", "KiB", "if", "nothing"],
    ]


def test_layer_by_layer(convmath, net):
    code, out, _ = convmath("memory", net, "--layers", "--format", "csv")
    assert code == 0
    assert out.splitlines()[1:4] == [
        "a,Conv1d,1x5x18,360 B,600 B,,",
        "b,ReLU,1x5x18,360 B,720 B,◀ most,",
        "c,Conv1d,1x2x16,128 B,488 B,,",
    ]


def test_as_data(convmath, net):
    data = json.loads(convmath("memory", net, "--format", "json", "--order", "best", "--dtype", "float16")[1])
    assert data["peak"] == {"bytes": 360, "at": ["b"], "one_of": [360], "least": {}}
    assert data["best_order"] == {"bytes": 360, "layers": ["a", "b", "c"]}
    assert data["layers"][0] == {"name": "a", "held": 300, "values": ["input", "a"]}
    assert data["in_place"]["layers"] == ["b"]


def test_training(convmath, net):
    data = json.loads(convmath("memory", net, "--training", "adam", "--format", "json")[1])
    assert {key: data[key] for key in ("weights", "gradients", "optimizer", "saved", "total")} == {
        "weights": 328, "gradients": 328, "optimizer": 656, "saved": 4 * 150, "total": 4 * 328 + 4 * 362,
    }  # fmt: skip
    assert data["peak"] == {"bytes": 4 * 362, "phase": "backward", "layer": "b"} or data["peak"]["bytes"] == 4 * 362
    out = convmath("memory", net, "--training", "adam", "--layers", "--format", "csv")[1]
    assert out.splitlines()[1:] == [
        "a,Conv1d,1x5x18,240 B,input,", "b,ReLU,1x5x18,360 B,b,", "c,Conv1d,1x2x16,0 B,b,",
    ]  # fmt: skip


def test_formulas(convmath):
    code, out, err = convmath("memory", "resnet50", "--input", "1x3xHxW")
    assert (code, err) == (0, "")
    assert re.search(r"while layer1\.0\.downsample\.1 runs, for H ≥ 32, W ≥ 32 +3072·⌈H/4⌉⌈W/4⌉\n", out)
    data = json.loads(convmath("memory", "resnet18", "--input", "1x3xHxW", "--format", "json")[1])
    assert data["peak"]["bytes"] is None
    assert [eval(text, {"H": 224, "W": 224}) for text in data["peak"]["one_of"]] == [6422528, 2408448]


def test_roofline(convmath, net):
    data = json.loads(convmath("roofline", net, "--profile", "peak=1000,bandwidth=100", "--format", "json")[1])
    assert [layer["seconds_at_least"] for layer in data["layers"]] == [8.0, 7.2, 6.16]
    code, out, _ = convmath("roofline", net, "--profile", "a100", "--dtype", "float16", "--top", "1")
    assert code == 0
    assert "total of all 3 layers" in out
    assert "A lower bound, not a forecast" in out


def test_a_machine_from_a_file(convmath, net, tmp_path):
    (tmp_path / "board.yaml").write_text("peak: 1k\nbandwidth: 100\n")
    data = json.loads(convmath("roofline", net, "--profile", "board.yaml", "--format", "json")[1])
    assert (data["profile"]["name"], data["layers"][0]["seconds_at_least"]) == ("board.yaml", 8.0)


def test_the_machines(convmath):
    code, out, _ = convmath("roofline", "--format", "markdown")
    assert code == 0
    assert "NVIDIA A100 SXM 80 GB" in out
    assert json.loads(convmath("roofline", "--format", "json")[1])["profiles"][0]["peak"]["float16"] == 125 * 10**12


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("memory", "resnet18", "--recompute", "2"), "--recompute goes with --training (add --training adam)"),
        (("memory", "resnet18", "--training", "sgd", "--order", "best"), "--order best goes with running alone"),
        (("memory", "resnet18", "--dtype", "float12"), "no dtype is called 'float12'"),
        (("memory", "resnet19"), "no network is called 'resnet19'"),
        (("memory", "resnet18", "--input", "1x3xHxW", "--order", "best"), "resnet18: the best order compares sizes"),
        (("roofline", "resnet18"), "--profile is missing"),
        (("roofline", "--profile", "a100"), "--profile goes with a NETWORK"),
        (("roofline", "resnet18", "--profile", "a1000"), "no hardware profile is called 'a1000'"),
        (("roofline", "resnet18", "--profile", "v100", "--dtype", "int8"), "NVIDIA V100 SXM2: states no peak for int8"),
        (("roofline", "resnet18", "--profile", "a100", "--input", "1x3xHxW"), "only numbers have a time"),
        (("roofline", "resnet18", "--profile", "no/such.yaml"), "no/such.yaml: does not exist"),
    ],
)
def test_refusals(refusal, words, said):
    assert said in refusal(*words)
