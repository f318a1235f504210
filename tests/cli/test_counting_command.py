"""analyze --count-like and --training, explain-count, compare."""

import csv
import io
import json

import pytest

from convmath.report.counting.tools import CONVENTIONS

HOSTILE = """\
name: "evil\\e[31m<script>"
input: 1x3x9x7
layers:
  - "a<b>\\e[2J": Conv2d(3, 8, 3)
  - n: BatchNorm2d(8)
"""


def test_analyze_with_another_tools_count(convmath):
    code, out, _ = convmath("analyze", "resnet50", "--depth", "1", "--count-like", "thop")
    assert code == 0
    assert "thop MACs" in out
    assert "4,133,742,592" in out
    assert "thop counts 0 for ReLU (49), MaxPool2d (1), Add (16)." in out


def test_analyze_with_a_training_step(convmath):
    code, out, _ = convmath("analyze", "resnet50", "--depth", "1", "--training", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert (rows[0]["layer"], rows[0]["input gradient"], rows[0]["weight gradient"]) == ("conv1", "0", "118013952")


def test_the_data_of_both(convmath):
    _, out, _ = convmath(
        "analyze", "resnet18", "--depth", "1", "--count-like", "fvcore", "--training", "--format", "json"
    )
    data = json.loads(out)
    counted, training = data["counted_like"], data["training"]
    assert counted["unit"] == "MACs"
    assert sum(counted["layers"]) == counted["total"]
    assert len(counted["layers"]) == len(data["layers"]) == len(training["layers"])
    assert sum(step["training"] for step in training["layers"]) == training["total"]["training"]


def test_formulas_keep_to_themselves(convmath):
    code, out, _ = convmath("analyze", "resnet18", "--input", "1x3xHxW", "--count-like", "thop", "--training")
    assert code == 0
    assert "thop MACs = " in out
    assert "training MACs = " in out


def test_an_explanation_adds_up_in_csv(convmath):
    code, out, _ = convmath("explain-count", "efficientnet_b0", "--like", "ptflops", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    rules = [int(row["ptflops − ours"]) for row in rows if row["rule"]]
    lines = [int(row["ptflops − ours"]) for row in rows if row["layer"]]
    assert code == 0
    assert sum(rules) == 410196896
    assert sum(lines) == 410196896 - rules[0]


@pytest.mark.parametrize("form", ["text", "json", "csv", "markdown", "html"])
@pytest.mark.parametrize("words", [(), ("resnet18",), ("resnet18", "--like", "xla", "--depth", "1")])
def test_every_form(convmath, words, form):
    code, out, err = convmath("explain-count", *words, "--format", form)
    assert (code, err) == (0, "")
    assert "xla" in out


def test_the_tools_are_all_there(convmath):
    _, out, _ = convmath("explain-count", "--format", "json")
    assert json.loads(out)["tools"].keys() == CONVENTIONS.keys()


@pytest.mark.parametrize(("words", "said"), [
    (("analyze", "resnet18", "--count-like", "thopp"), "thop"),
    (("explain-count", "resnet18", "--like", "nobody"), "no convention is called 'nobody'"),
    (("explain-count", "resnet17", "--like", "thop"), "resnet18"),
    (("explain-count", "--like", "thop"), "network"),
    (("explain-count", "resnet18", "--depth", "-1"), "--depth"),
    (("explain-count", "resnet18", "--depth", "1"), "--like"),
    (("compare", "resnet18"), "'B'"),
    (("compare", "resnet18", "nothing"), "nothing"),
    (("compare", "resnet18", "vgg16", "--columns", "rf"), "cannot be compared"),
    (("compare", "resnet18", "vgg16", "--columns", ""), "cannot be compared"),
    (("compare", "resnet18", "vgg16", "--input", "1x3x7"), "3"),
    (("compare", "resnet18", "vgg16", "--given-b", "size=1"), "size"),
])  # fmt: skip
def test_what_is_refused(refusal, words, said):
    assert said in refusal(*words)


def test_comparing_in_every_form(convmath):
    for form in ("text", "json", "csv", "markdown", "html"):
        code, out, err = convmath("compare", "resnet18", "resnet34", "--depth", "1", "--format", form)
        assert (code, err) == (0, "")
        assert "layer1" in out


def test_comparing_one_network_with_two_inputs(convmath):
    _, out, _ = convmath(
        "compare", "resnet18", "resnet18", "--input", "1x3x224x224", "--input-b", "1x3x448x448", "--format", "json"
    )
    data = json.loads(out)
    macs = data["totals"]["macs"]
    assert macs["b"] - 512000 == 4 * (macs["a"] - 512000)
    assert data["totals"]["params"]["a"] == data["totals"]["params"]["b"]


def test_comparing_one_network_with_two_widths(convmath):
    _, out, _ = convmath("compare", "resnet18", "resnet18", "--given-b", "width=128", "--columns", "params", "--all")
    assert "A = resnet18" in out
    assert "conv1" in out


def test_from_which_size_on(convmath):
    _, out, _ = convmath("compare", "alexnet", "vgg11", "--input", "1x3xHxH", "--depth", "1")
    assert "MACs: B has more for every H ≥ 63." in out


@pytest.mark.parametrize("words", [
    ("explain-count", "net.yaml", "--like", "thop"), ("compare", "net.yaml", "resnet18"), ("explain-count", "net.yaml"),
])  # fmt: skip
@pytest.mark.parametrize("form", ["text", "html", "markdown"])
def test_names_from_files_are_told_without_harm(convmath, tmp_path, words, form):
    path = tmp_path / "net.yaml"
    path.write_text(HOSTILE, encoding="utf-8")
    _, out, _ = convmath(*(str(path) if word == "net.yaml" else word for word in words), "--format", form)
    assert "\x1b" not in out
    assert form != "html" or "<script>" not in out
