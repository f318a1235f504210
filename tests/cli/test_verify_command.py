"""convmath verify: what it prints, when it fails, what it refuses."""

from __future__ import annotations

import csv
import json
import re

import pytest

import convmath as cm
from convmath.cli.verify import Subject
from convmath.network.network import Network
from convmath.render import progress, terminal
from convmath.verification import verifying

CONV = "Conv2d(3, 8, 3, padding=1)"


@pytest.fixture
def one_mac_too_many(monkeypatch):
    plain = Network.analyze

    def analyze(self, *shapes, **named):
        report = plain(self, *shapes, **named)
        first = report.rows[0]
        report.rows = (first._replace(cost=first.cost._replace(macs=first.cost.macs + 1)), *report.rows[1:])
        return report

    monkeypatch.setattr(Network, "analyze", analyze)


def test_a_layer(convmath):
    code, out, err = convmath("verify", CONV)
    assert (code, err) == (0, "")
    title, heads, _, *rows = out.splitlines()
    assert title == "Conv2d(3, 8, 3, padding=1) on 2x3x9x12"
    assert heads.split() == ["claim", "claimed", "measured", "verdict", "measured", "by"]
    told = [re.split(r"  +", row) for row in rows[:7]]
    assert [cells[:4] for cells in told] == [
        ["output", "2x8x9x12", "2x8x9x12", "✓ equal"],
        ["parameters", "224", "224", "✓ equal"],
        ["MACs", "46,656", "46,656", "✓ equal"],
        ["touching MACs", "40,800", "40,800", "✓ equal"],
        ["activations", "1,728", "1,728", "✓ equal"],
        ["receptive field", "3…5 × 5…7", "3…5 × 5…7", "✓ equal"],
        ["positions read", "9", "9", "✓ equal"],
    ]
    assert rows[5].endswith("the outermost inputs that reach output (4, 6)")
    assert rows[6].endswith("which inputs do so: 9 of 108 positions")
    assert rows[7].startswith("memory ")
    assert "✓ within" in rows[7]
    assert rows[8:] == ["", "✓ 8 claims measured, all agree."]


def test_a_layer_on_an_input_of_its_own(convmath):
    code, out, _ = convmath("verify", CONV, "--input", "1x3x40x50")
    assert code == 0
    assert out.startswith("Conv2d(3, 8, 3, padding=1) on 1x3x40x50\n")
    assert re.search(r"MACs +432,000 +432,000 ", out)


def test_a_layer_of_letters_that_are_given_values(convmath):
    assert convmath("verify", "Conv2d(C, 2*C, 3)", "--given", "C=4", "--input", "1x4x9x10")[1].startswith(
        "Conv2d(4, 8, 3)"
    )


def test_a_type(convmath):
    code, out, err = convmath("verify", "ConvTranspose2d")
    assert (code, err) == (0, "")
    title, heads, _, *rows = out.splitlines()
    assert title == "ConvTranspose2d, 20 layers drawn at random, seed 0"
    assert heads.split() == ["layer", "input", "output", "parameters", "MACs", "touching", "MACs", "verdict"]
    assert sum(row.startswith("ConvTranspose2d(") and row.endswith("✓ all 8") for row in rows) == 20
    assert rows[-1] == "✓ 160 claims measured, all agree."
    assert convmath("verify", "ConvTranspose2d", "--seed", "0") == (0, out, "")
    assert convmath("verify", "ConvTranspose2d", "--seed", "1")[1] != out


def test_a_network(convmath):
    code, out, err = convmath("verify", "resnet18", "--input", "1x3x64x96")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "resnet18 on 1x3x64x96"
    assert re.fullmatch(r"conv1 +1x64x32x48 +9,408 +14,450,688 +13,812,480  ✓ all 7", lines[3])
    totals = cm.zoo.resnet18().analyze((1, 3, 64, 96)).totals
    (total,) = [line for line in lines if line.startswith("total ")]
    assert total.split() == ["total", f"{totals.params:,}", f"{totals.macs:,}", f"{totals.macs_touching:,}", "✓"]
    notes = lines[lines.index("") + 1 :]
    assert all(note.startswith("✓ ") for note in notes)
    assert "✓ buffers: 9,600 claimed and measured (the sum over 69 layers)" in notes
    assert any(note.startswith("✓ held at once: ") for note in notes)
    assert any(note.startswith("✓ receptive field of fc: ") for note in notes)
    assert notes[-1] == "✓ 521 claims measured, all agree."


def test_a_file(convmath, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("name: tiny\ninput: [1, 3, H, W]\nlayers:\n  - c1: Conv2d(3, 8, 3)\n", encoding="utf-8")
    code, out, _ = convmath("verify", str(path), "--given", "H=9,W=11")
    assert code == 0
    assert out.startswith("tiny on 1x3x9x11\n")
    assert "only numbers can be run, and 1 × 3 × H × W has symbols" in convmath("verify", str(path))[2]


def test_json(convmath):
    code, out, err = convmath("verify", CONV, "--format", "json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert {key: data[key] for key in ("schema", "verified", "against", "seed", "dtype", "agrees")} == {
        "schema": 1, "verified": f"{CONV} on 2x3x9x12", "against": None, "seed": 0, "dtype": "float32", "agrees": True,
    }  # fmt: skip
    (layer,) = data["layers"]
    assert (layer["name"], layer["op"], layer["call"], layer["inputs"]) == (CONV, "Conv2d", CONV, [[2, 3, 9, 12]])
    claims = {claim["claim"]: claim for claim in layer["claims"]}
    assert claims["output"]["claimed"] == claims["output"]["measured"] == [[2, 8, 9, 12]]
    assert claims["MACs"] == {
        "claim": "MACs", "claimed": 46656, "measured": 46656, "verdict": "equal",
        "how": "products of ones, padding filled with ones",
    }  # fmt: skip
    assert claims["receptive field"]["measured"] == [[3, 5], [5, 7]]
    (memory,) = data["whole"]
    assert memory["claim"] == "memory"
    assert 0 < memory["measured"] <= memory["claimed"]


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_other_formats(convmath, form):
    code, out, err = convmath("verify", "MaxPool2d", "--format", form)
    assert (code, err) == (0, "")
    assert out.count("✓ all ") == 20


def test_csv_has_every_claim(convmath):
    code, out, err = convmath("verify", "lenet5", "--format", "csv")
    assert (code, err) == (0, "")
    rows = list(csv.reader(out.splitlines()))
    assert rows[0] == ["layer", "claim", "claimed", "measured", "verdict", "measured by"]
    assert ["c1.conv", "MACs", "117600", "117600", "equal"] in [row[:5] for row in rows]
    assert ["lenet5 on 1x1x32x32", "MACs", "328096", "328096", "equal"] in [row[:5] for row in rows]
    (memory,) = [row for row in rows if row[1] == "memory"]
    assert 0 < int(memory[3]) <= int(memory[2])


def test_a_file_that_cannot_be_written_is_told_first(refusal, monkeypatch):
    monkeypatch.setattr(verifying, "verify", None)
    assert refusal("verify", "resnet18", "-o", "/nonexist/x.json") == (
        "/nonexist/x.json: cannot be written: No such file or directory"
    )


def test_to_a_file(convmath, tmp_path):
    path = tmp_path / "verified.json"
    assert convmath("verify", CONV, "-o", str(path)) == (0, "", "")
    assert json.loads(path.read_text(encoding="utf-8"))["agrees"] is True


# What is claimed wrongly.


@pytest.mark.usefixtures("one_mac_too_many")
def test_a_disagreement_is_named_with_both_numbers(convmath):
    code, out, err = convmath("verify", CONV)
    assert code == 1
    assert re.search(r"^MACs +46,657 +46,656  ✗ differs ", out, re.MULTILINE)
    assert out.endswith("✗ 1 of 8 claims measured otherwise.\n")
    assert err == f"differs: {CONV}: MACs: claimed 46,657, measured 46,656\n"


@pytest.mark.usefixtures("one_mac_too_many")
def test_a_disagreement_in_a_network(convmath):
    code, out, err = convmath("verify", "lenet5")
    assert code == 1
    assert "117,601 ≠ 117,600" in out
    assert "✗ MACs" in out
    assert err.splitlines()[:1] == ["differs: c1.conv: MACs: claimed 117,601, measured 117,600"]


@pytest.mark.usefixtures("one_mac_too_many")
def test_a_disagreement_in_json(convmath):
    code, out, _ = convmath("verify", CONV, "--format", "json")
    assert code == 1
    data = json.loads(out)
    assert data["agrees"] is False
    assert [claim["verdict"] for claim in data["layers"][0]["claims"] if claim["claim"] == "MACs"] == ["differs"]


def test_marks_are_coloured_on_a_terminal(monkeypatch):
    found = verifying.verify(cm.ReLU(), (1, 2, 5, 7))
    assert "\x1b[32m✓ equal" in terminal.render(found.table(), width=120)
    line = found.rows[0].lines[0]._replace(verdict="differs")
    found.rows = (found.rows[0]._replace(lines=(line,)),)
    assert "\x1b[1;31m✗ differs" in terminal.render(found.table(), width=120)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_narrow_terminal_loses_no_number(width):
    found = verifying.verify(cm.zoo.lenet5())
    shown = re.sub(r"\x1b\[[0-9;]*m", "", terminal.render(found.table(), width=width))
    assert all(f" {row.named('MACs').claimed:,} " in shown for row in found.rows)
    assert shown.count("✓ all ") == len(found.rows)


@pytest.mark.parametrize("found", [verifying.verify(cm.Conv2d(3, 8, 3)), verifying.verify_type("Conv2d", count=3)])
def test_on_a_narrow_terminal_what_is_long_has_a_line_of_its_own(found):
    lines = re.sub(r"\x1b\[[0-9;]*m", "", terminal.render(found.table(), width=60)).splitlines()
    assert max(map(len, lines)) <= 60
    wide = re.sub(r"\x1b\[[0-9;]*m", "", terminal.render(found.table(), width=200))
    assert " ".join(wide.split()).count(" ✓ ") == " ".join(" ".join(lines).split()).count(" ✓ ")
    for line in found.rows[0].lines if len(found.rows) == 1 else ():
        assert f"  {line.how}" in lines


# Refusals.


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("resnet18", "--memory", "10MB"), r"resnet18: takes up to \d+\.\d MiB of memory, 9\.5 MiB are allowed \(.*"),
        (("resnet18", "--memory", "lots"), "'lots' is no amount of memory .*"),
        (("resnet18", "--input", "1x3xHxW"), "resnet18: only numbers can be run, and 1 × 3 × H × W has symbols .*"),
        (("Conv2d(C, 8, 3)",), r"no parameter is called 'C' \(only numbers can be run: give it a value with --given\)"),
        (("Conv2d(3, 8, 3)", "--given", "k=3"), r"--given k=…: .* has no letter 'k' \(its letters: none\)"),
        (("Conv2d(3, 8, k)", "--given", "k=3,q=2"), r"--given q=…: .* has no letter 'q' \(its letters: k\)"),
        (("Convv2d",), "no layer type or network is called 'Convv2d'; did you mean Conv2d or .*"),
        (("Convv2d(3, 8, 3)",), "no layer type is called 'Convv2d'; did you mean .*"),
        (("Conv2d", "--input", "1x3x9x9"), r'--input does not go with a layer type \(.* "Conv2d\(…\)"\)'),
        (("Conv2d", "--given", "k=3"), "--given does not go with a layer type .*"),
        (("Conv2d(3, 8, 3)", "--input", "1x4x9x9"), "Conv2d: the input has 4 channels, in_channels is 3 .*"),
        (("Conv2d(3, 8, 3)", "--input", "y=1x3x9x9"), "--input y=…: a layer's inputs have no names.*"),
        (("Conv2d(3, 8, 3",), ".*was never closed.*"),
        (("missing.yaml",), "missing.yaml: does not exist"),
        (("resnet18", "--against", "numpy"), "Invalid value for '--against': 'numpy' is not one of .*"),
        (("resnet18", "--seed", "-1"), "Invalid value for '--seed': .*"),
    ],
)  # fmt: skip
def test_refusals(refusal, words, said):
    assert re.fullmatch(said, refusal("verify", *words))


def test_a_missing_package_is_named(refusal, monkeypatch):
    from convmath.verification import peers

    monkeypatch.setattr(peers, "_is_there", lambda package: False)
    said = refusal("verify", CONV, "--against", "onnxruntime")
    assert said == (
        "--against onnxruntime needs the packages onnx and onnxruntime (install with: pip install onnx onnxruntime)"
    )


# Completion and progress.


@pytest.mark.parametrize(
    ("begun", "offered"),
    [
        ("ConvT", {"ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"}),
        ("resnet1", {"resnet18", "resnet101", "resnet152"}),
    ],
)
def test_completion(begun, offered):
    items = Subject().shell_complete(None, None, begun)
    assert {item.value for item in items} == offered


def test_completion_of_files():
    (item,) = Subject().shell_complete(None, None, "./ne")
    assert item.type == "file"


def test_progress_is_told_on_a_terminal_only(monkeypatch, capsys):
    with progress.progress() as tell:
        tell("conv1", 0, 2)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress.progress() as tell:
        tell("conv1", 0, 2)
        tell("fc", 1, 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert "fc" in err
    assert "1/2" in err
