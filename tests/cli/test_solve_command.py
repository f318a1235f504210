"""convmath solve, and symbols in analyze and layer: what they answer, in every format, and what they refuse."""

import csv
import io
import json
import re

import pytest

RELATIONS = {
    "ceil(H/32) = 7": ("refuted: it fails for H = 1", "193 ≤ H ≤ 224"),
    "2*ceil(H/2) >= H": ("proven (bounds)", "every H ≥ 1"),
    "H//2 + (H+1)//2 = H": ("proven (for each residue mod 2)", "every H ≥ 1"),
    "H % 16 == 12": ("refuted: it fails for H = 1", "H ≡ 12 (mod 16), H ≥ 12"),
    "H < 5": ("refuted: it fails for H = 5", "1 ≤ H ≤ 4"),
    "5 > H": ("refuted: it fails for H = 5", "1 ≤ H ≤ 4"),
    "H <= 1000000000": ("refuted: it fails for H = 1000000001", "1 ≤ H ≤ 1000000000"),
    "H*H - 5*H + 6 = 0": ("refuted: it fails for H = 1", "2 ≤ H ≤ 3"),
    "3 >= 4": ("refuted (normal form)", "no size"),
}


@pytest.mark.parametrize("relation", RELATIONS)
def test_relations(convmath, relation):
    code, out, err = convmath("solve", relation, "--format", "json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert (data["always"], data["holds_for"]) == RELATIONS[relation]


SHOWN = {
    "H % 16 == 0": "H mod 16 = 0",
    "H < 3": "H < 3",
    "3 >H": "3 > H",
    "2*ceil(H/2) >= H": "2·⌈H/2⌉ ≥ H",
    "(H + 2*3 - 3)//2 + 1 <= H*H": "⌊(H + 3)/2⌋ + 1 ≤ H²",
    "max(H, 3) = gcd(H, 6)": "max(H, 3) = gcd(H, 6)",
    " H - H = W - W": "H - H = W - W",
}


@pytest.mark.parametrize("relation", SHOWN)
def test_a_relation_is_shown_as_it_was_asked(convmath, relation):
    code, out, err = convmath("solve", relation)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == SHOWN[relation]
    code, out, _ = convmath("solve", relation, "--format", "json")
    assert (code, json.loads(out)["relation"]) == (0, SHOWN[relation])


def test_a_long_period_is_decided(convmath):
    code, out, err = convmath("solve", "H % 9999991 == 5")
    assert (code, err) == (0, "")
    assert "H ≡ 5 (mod 9999991), H ≥ 5" in out


UNDECIDED = {
    "H*W = 12": r"depend on H, W: only questions in one symbol are decided",
    "H % 10000019 = 3": r"repeats after 10000019 sizes at the earliest known; at most 10\^7 are decided$",
    "max(H - 100000000, 0) + H % 7 >= 3": r"not decided",
    "(H + 5)//W >= 2": r"depend on H, W",
}


@pytest.mark.parametrize("relation", UNDECIDED)
def test_what_is_not_decided_is_said(convmath, relation):
    code, out, err = convmath("solve", relation, "--format", "json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert re.match("not decided: ", data["holds_for"])
    assert re.search(UNDECIDED[relation], data["holds_for"])


@pytest.mark.parametrize("form", ["text", "json", "csv", "markdown", "html"])
@pytest.mark.parametrize(
    "words", [("ceil(H/32) = 7",), ("unet",), ("resnet18", "--gives", "7x7"), ("Conv2d", "--from", "8", "--to", "4")],
    ids=" ".join,
)  # fmt: skip
def test_every_format(convmath, words, form):
    code, out, err = convmath("solve", *words, "--format", form)
    assert (code, err) == (0, "")
    if form == "json":
        json.loads(out)
    elif form == "csv":
        widths = {len(row) for row in csv.reader(io.StringIO(out), strict=True)}
        assert len(widths) == 1


def test_a_network_in_json(convmath):
    code, out, _ = convmath("solve", "resnet50", "--gives", "7x7", "--format", "json")
    assert code == 0
    sizes = json.loads(out)["sizes"]
    assert sizes["H"] == {
        "text": "193 ≤ H ≤ 224",
        "first": [193, 194, 195, 196, 197],
        "below": [[193, 224, 1, [0]]],
        "threshold": 225,
        "period": 1,
        "residues": [],
    }


def test_what_a_network_asks_for_in_json(convmath):
    code, out, _ = convmath("solve", "unet_padded", "--format", "json")
    assert code == 0
    data = json.loads(out)
    assert data["sizes"]["H"]["text"] == "H ≡ 0 (mod 16), H ≥ 16"
    join = next(row for row in data["conditions"] if row["layer"] == "up0.concat")
    assert join["text"].startswith("H = 2·⌊H/2⌋")
    assert join["holds_for"] == "H ≡ 0 (mod 2), H ≥ 2"
    assert join["mend"] == "for H ≡ 1 (mod 2), H ≥ 17: give up0.upconv output_padding=1"


def test_the_answer_stands_first(convmath):
    code, out, _ = convmath("solve", "unet")
    assert code == 0
    assert out.splitlines()[0].endswith(" accepts H ≡ 12 (mod 16), H ≥ 188; W ≡ 12 (mod 16), W ≥ 188")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("unet",), "All layers accept: H ≡ 12 (mod 16), H ≥ 188; W ≡ 12 (mod 16), W ≥ 188."),
        (("unet", "--input", "1x1xHx572"), "All layers accept: H ≡ 12 (mod 16), H ≥ 188."),
        (("resnet50", "--input", "1x3xHxH", "--gives", "7x7"), "193 ≤ H ≤ 224"),
        (("resnet50", "--gives", "56x28", "--layer", "conv1"), "111 ≤ H ≤ 112"),
        (("resnet50", "--gives", "56×28", "--layer", "conv1"), "55 ≤ W ≤ 56"),
        (("resnet50", "--given", "width=32", "--gives", "7x7"), "193 ≤ H ≤ 224"),
        (("ReLU", "--from", "3", "--to", "3"), "By o = i."),
        (("Conv2d", "--from", "224", "--to", "5000"), "Conv2d: 224 → 5000, no choice does"),
    ],
)
def test_what_is_told(convmath, words, told):
    code, out, err = convmath("solve", *words)
    assert (code, err) == (0, "")
    assert told in out


@pytest.mark.parametrize("seed", range(6))
def test_every_design_makes_the_size(convmath, seed):
    size, target = ((224, 112), (32, 32), (7, 14), (299, 149), (9, 1), (28, 56))[seed]
    kind = "ConvTranspose2d" if target > size else "Conv2d"
    code, out, _ = convmath("solve", kind, "--from", str(size), "--to", str(target), "--format", "json")
    assert code == 0
    found = json.loads(out)["designs"]
    assert found
    for v in found:
        if kind == "Conv2d":
            placements = range(0, size + 2 * v["p"] - v["d"] * (v["k"] - 1), v["s"])
            assert len(placements) == target, v
        else:
            assert (size - 1) * v["s"] - 2 * v["p"] + v["d"] * (v["k"] - 1) + v["a"] + 1 == target, v


REFUSED = {
    ("H = ",): r"is not a formula",
    ("= 3",): r"is not a formula",
    ("H = W = 3",): r"^'H = W = 3' is not one relation \(",
    ("H // 0 = 3",): r"^the divisor 0 is below 1 ",
    ("H // (W - 3) = 3",): r"is not provably at least 1 ",
    ("__import__('os') = 3",): r"column|not|place",
    ("H**100 = 3",): r"^100 is no exponent \(|exponent",
    ("H >= 1" + "0" * 30,): r"is too large \(at most 10\^18\)",
    ("(" * 300 + "H" + ")" * 300 + " = 3",): r"nested too deeply|is not a formula",
    ("H" + " + H" * 3000 + " = 3",): r"too long",
    ("H = ⌈W⌉",): r"has no place here",
    ("resnet50", "--gives", "0x7"): r"^'0' in '0x7' is no size ",
    ("resnet5",): r"^no network is called 'resnet5'; did you mean ",
    ("Conv2d",): r"^Conv2d is a layer type: say what comes in and what is to come out \(--from 224 --to 112\)$",
    ("Conv2d", "--given", "k=7..3"): r"^Conv2d is a layer type: say what comes in ",
    ("Conv2d", "--from", "224"): r"^--from and --to go together ",
    ("Conv2d", "--to", "224"): r"^--from and --to go together ",
    ("Conv2d", "--from", "0", "--to", "4"): r"--from",
    ("Conv2d", "--from", "x", "--to", "4"): r"--from",
    ("Nope", "--from", "3", "--to", "3"): r"^no layer type is called 'Nope'",
    ("Conv2d", "--from", "8", "--to", "4", "--given", "k"): r"is not NAME=VALUE or NAME=FIRST..LAST",
    ("Conv2d", "--from", "8", "--to", "4", "--given", "k=x"): r"^--given k='x' is no range ",
    ("Conv2d", "--from", "8", "--to", "4", "--given", "k=7..3"): r"^--given k=7..3 is empty \(write k=3..7\)$",
    ("Conv2d", "--from", "8", "--to", "4", "--given", "k=3,k=5"): r"^--given k is given twice$",
    ("Conv2d", "--from", "8", "--to", "4", "--given", "q=3"): r"^no symbol is called 'q'",
    ("Conv2d", "--from", "8", "--to", "4", "--given", "k=1..1000000000"): r"choices are too many ",
    ("AdaptiveAvgPool2d", "--from", "8", "--to", "4"): r"state what o may be ",
    ("LazyConv2d", "--from", "8", "--to", "4"): r"ask for Conv2d",
    ("resnet18", "--gives", "7x7x7x7x7"): r"has 4 sizes, 5 are asked for",
    ("resnet18", "--gives", "7xA"): r"^'A' in '7xA' is no size ",
    ("resnet18", "--gives", ""): r"is no size ",
    ("resnet18", "--gives", "-7x7"): r"^'-7' in '-7x7' is no size ",
    ("resnet18", "--gives", "7x7", "--layer", "nope"): r"^no layer is called 'nope'",
    ("resnet18", "--layer", "conv1"): r"--layer",
    ("resnet18", "--gives", "65x56x28", "--layer", "conv1"): r"has 64 where 65 is asked for, for every input",
    ("resnet18", "--input", "1x3xHxW", "--given", "Q=3"): r"'Q'",
    ("resnet18", "--input", "1x3xHxW", "--given", "H=-2"): r"H=-2 is below 1",
    ("resnet18", "--input", "1x3x(-H)xW"): r"is never a size of at least 1$",
    ("resnet18", "--input", "1x3xHx"): r"size",
    ("nofile.yaml",): r"nofile.yaml",
}


@pytest.mark.parametrize("words", REFUSED, ids=lambda words: " ".join(words)[:40])
def test_wrong_questions(refusal, words):
    message = refusal("solve", *words)
    assert re.search(REFUSED[words], message), message
    assert "Traceback" not in message


# Symbols in the other commands


def test_a_network_of_symbols(convmath):
    code, out, err = convmath("analyze", "resnet50", "--input", "1x3xHxW")
    assert (code, err) == (0, "")
    assert "Accepted: every size." in out
    assert "Largest activation: 1 × 256 × ⌈H/4⌉ × ⌈W/4⌉ (layer1.0.conv3) for H ≥ 32, W ≥ 32." in out
    assert "14417920·⌈H/32⌉⌈W/32⌉" in out


def test_symbols_that_are_given_values_are_numbers(convmath):
    _, numbers, _ = convmath("analyze", "resnet50", "--input", "2x3x224x224", "--format", "json")
    code, given, err = convmath(
        "analyze", "resnet50", "--input", "Nx3xHxW", "--given", "N=2,H=224", "--given", "W=224", "--format", "json"
    )
    assert (code, err) == (0, "")
    assert given == numbers


def test_some_symbols_given_and_columns_added(convmath):
    code, out, err = convmath(
        "analyze",
        "resnet18",
        "--input",
        "Nx3xHxW",
        "--given",
        "N=2,H=224",
        "--columns",
        "+macs_touching,flops",
        "--depth",
        "1",
    )
    assert (code, err) == (0, "")
    assert "2 × 64 × 112 × ⌈W/2⌉" in out
    assert "MACs" in out
    assert "FLOPs" in out


@pytest.mark.parametrize("form", ["json", "csv", "markdown", "html"])
def test_symbols_in_every_format(convmath, form):
    code, out, err = convmath("analyze", "resnet18", "--input", "Nx3xHxW", "--format", form)
    assert (code, err) == (0, "")
    if form == "json":
        rows = json.loads(out)
        assert "H" in json.dumps(rows)
    elif form == "csv":
        rows = list(csv.reader(io.StringIO(out), strict=True))
        assert len({len(row) for row in rows}) == 1
        assert "⌈H/2⌉" in rows[1][2]
    else:
        assert "⌈H/2⌉" in out


@pytest.mark.parametrize("words", [("--sort", "macs"), ("--top", "3")])
def test_formulas_have_no_order(refusal, words):
    message = refusal("analyze", "resnet18", "--input", "1x3xHxW", *words)
    assert re.search(r"no order|cannot be sorted|sort", message)


def test_what_is_a_number_can_be_sorted(convmath):
    code, out, err = convmath("analyze", "resnet18", "--input", "1x3xHxW", "--sort", "params", "--top", "2")
    assert (code, err) == (0, "")
    assert "layer4" in out


SPEC = """
name: open
input: [1, 3, H, W]
params: {w: 8}
layers:
  - a: Conv2d(3, w, 3, stride=2, padding=1)
  - b: MaxPool2d(2)
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "open.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return str(path)


def test_a_spec_file_of_symbols(convmath, spec):
    code, out, err = convmath("analyze", spec, "--input", "1x3xHxW")
    assert (code, err) == (0, "")
    assert "1 × 8 × ⌈H/2⌉ × ⌈W/2⌉" in out
    assert "Accepted: H ≥ 3; W ≥ 3." in out
    code, out, err = convmath("solve", spec, "--input", "1x3xHxW", "--gives", "7x9")
    assert (code, err) == (0, "")
    assert "27 ≤ H ≤ 30" in out
    assert "35 ≤ W ≤ 38" in out


def test_a_spec_file_with_values(convmath, spec):
    code, out, err = convmath("analyze", spec, "--input", "1x3xHxW", "--given", "H=9,W=8,w=4")
    assert (code, err) == (0, "")
    assert "1x4x5x4" in out


def test_one_layer_of_symbols(convmath):
    code, out, err = convmath("layer", "Conv2d(C, 64, k)", "--input", "NxCxHxW")
    assert (code, err) == (0, "")
    assert "H − k + 1" in out
    assert "64·C·k² + 64" in out
    code, out, _ = convmath("layer", "Conv2d(C, 64, k)", "--input", "NxCxHxW", "--format", "json")
    assert code == 0
    assert '"output": ["N", 64, "H - k + 1", "W - k + 1"]' in out


def test_one_layer_of_symbols_that_does_not_fit(refusal):
    message = refusal("layer", "Conv2d(3, 64, 3)", "--input", "Nx4xHxW")
    assert "the input has 4 channels, in_channels is 3" in message


OWN_SYMBOLS = """
input: [1, 3, 2*H, H + 1]
layers:
  - c1: Conv2d(3, 8, 3, stride=s)
  - c2: Conv2d(8, 8, 3, stride=s)
  - c3: Conv2d(8, 8, s-1)
"""


def test_a_file_is_asked_about_its_own_symbols(convmath, tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(OWN_SYMBOLS)
    assert "All layers accept: H ≥ 6." in convmath("solve", str(path), "--given", "s=2")[1]
    assert "(input 1x3x12x7) accepts this input" in convmath("solve", str(path), "--given", "s=2,H=6")[1]
    code, _, err = convmath("solve", str(path), "--given", "s=2,H=5")
    assert code == 2
    assert "own.yaml:5:5: c2: Conv2d: axis 1 of size 2: the kernel spans 3 positions" in err
    path.write_text("input: [1, 3, 64, 64]\nlayers:\n  - c1: Conv2d(3, 8, H)\n  - c2: Conv2d(8, 8, 3, stride=2)\n")
    assert "All layers accept: 1 ≤ H ≤ 62." in convmath("solve", str(path))[1]


def test_a_relation_takes_values_for_its_symbols(convmath):
    out = convmath("solve", "H*W ≥ 100", "--given", "W=11")[1]
    assert out.splitlines()[0] == "11·H ≥ 100"
    assert "H ≥ 10" in out
    out = convmath("solve", "H*W >= H")[1]
    assert "proven (bounds)" in out
    assert "every size" in out


def test_what_was_tried_is_told(convmath):
    out = convmath("solve", "Conv2d", "--from", "7", "--to", "8", "--given", "k=2")[1]
    assert out.splitlines()[0] == "Conv2d: 7 → 8, 1 choice"
    assert "Tried: k = 2, s = 1 … 4, p = 0 … 3, d = 1 … 2 (others with --given)." in out
