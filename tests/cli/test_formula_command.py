"""convmath formula: the examples of its help, every format, and every way to ask wrongly."""

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import pytest

from convmath.formulas.formula import formula, formulas


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("Conv2d", "-q", "output"), "o = ⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1"),
        (("ConvTranspose2d", "-q", "output"), "o = (i − 1)·s + d(k − 1) − 2p + a + 1"),
        (("Conv2d", "-q", "output", "--given", "k=3,s=2,p=1,d=1"), "o = ⌊(i − 1)/2⌋ + 1"),
        (("Conv2d(3, 64, 7, stride=2, padding=3)", "-q", "macs"), " = 9408·N·H_o·W_o"),
        (("DepthwiseSeparableConv2d", "-q", "macs", "--over", "Conv2d", "--given", "m=1,g=1"), "1/C_out + 1/(k_h·k_w)"),
        (("Conv2d(C, 64, k)", "-q", "params"), " = 64·C·k² + 64"),
        (("Conv2d(3, 64, (3, 5))",), "o_w = i_w − 4"),
        (("Conv2d(3, 64, (3, 5))", "-q", "output", "--axis", "1"), "o_w = i_w − 4"),
        (("Conv2d", "-q", "jump", "--axis", "0"), "j_h = s_h"),
        (("Conv2d", "--axis", "1"), "RF_w = d_w·(k_w − 1) + 1"),
        (("Conv3d", "--axis", "2", "--given", "k_w=3,s_w=2,p=1,d=1"), "o_w = ⌊(i_w − 1)/2⌋ + 1"),
        (("Conv2d", "-q", "receptive_field", "--axis", "0", "--growth", "k_h"), "grows with k_h"),
        (("Conv2d", "-q", "jump", "--axis", "0", "--over", "MaxPool2d"), " 1"),
        (("Conv2d", "-q", "receptive_field", "--steps"), "as written, in normal form"),
        (("ConvTranspose2d", "-q", "jump", "--given", "s=2"), "j = 1/2"),
        (("Conv2d", "-q", "output", "--given", "p=(k-1)//2,s=1,d=1,k=5"), "o = i\n"),
        (("Conv2d", "-q", "macs", "--given", "p=(k-1)//2,s=1,d=1"), "H_o = H + 2(⌈k_h/2⌉ − 1) − (k_h − 1)"),
        (("Conv2d", "-q", "output", "--given", "k=2*H,p=0,d=1"), "o = ⌊(i − (2H − 1) − 1)/s⌋ + 1"),
        (("Conv2d", "-q", "macs", "--growth", "k"), "as k^2: twice k makes about 4 times as much"),
        (("Conv2d", "-q", "macs", "--growth", "g"), "falls as 1/g: twice g makes half as much"),
        (("PixelShuffle", "-q", "channels", "--growth", "r"), "falls as 1/r^2: twice r makes 1/4 as much"),
        (("Conv2d", "-q", "params", "--given", "k_h=3,k=5,g=1"), "P = 15·C_out·C_in + C_out"),
        (("Conv2d", "-q", "params", "--given", "k=5,k_h=3,g=1"), "P = 15·C_out·C_in + C_out"),
        (("Conv2d", "--given", "k=7,k_h=3,k_w=5,s=2,p=0,d=1"), "o = ⌊(i − 7)/2⌋ + 1"),
        (("ConvTranspose2d", "-q", "jump", "--over", "Conv2d"), "1/s²"),
        (("Conv2d", "-q", "output", "--given", "i=224,k=7,s=2,p=3"), "o = 112 for d = 1"),
        (("Conv2d(3, 8, s, stride=s)", "-q", "output", "--steps", "--given", "i=224"), "a sample of "),
        (("Conv2d", "-q", "output", "--steps", "--given", "k=3,s=2,p=1,d=1"), "i = 1 … 4: all sizes"),
    ],
)
def test_what_is_told(convmath, words, told):
    code, out, err = convmath("formula", *words)
    assert (code, err) == (0, "")
    assert told in out


def test_values_for_every_symbol_make_a_number(convmath):
    code, out, _ = convmath("formula", "Conv2d", "-q", "output", "--given", "i=224,k=7,s=2,p=3,d=1")
    assert code == 0
    assert re.search(r"o = 112\b", out)


@pytest.mark.parametrize(("quantity", "told"), [
    ("macs", "MACs = 69984"), ("macs_touching", "MACs_t = 69984"), ("nonzeros", "Z = 69984"), ("fft", "X = 203776"),
    ("winograd", "W_m = 31104"), ("intensity", "AI = 4455/502"),
])  # fmt: skip
def test_values_for_every_symbol_make_a_number_of_what_has_names(convmath, quantity, told):
    given = "N=1,C_in=3,C_out=8,H=20,W=20,k=3,g=1,p=0,s=1,d=1,m=2,b=4"
    code, out, err = convmath("formula", "Conv2d", "-q", quantity, "--given", given)
    assert (code, err) == (0, "")
    assert re.search(rf"^formula +{re.escape(told)}$", out, re.MULTILINE)
    assert "where" not in out


def test_no_number_by_default_where_the_defaults_do_not_fit(convmath):
    code, out, _ = convmath("formula", "Conv2d", "-q", "output", "--given", "i=2,k=7")
    assert code == 0
    assert "by default" not in out


QUANTITIES = [f.quantity for f in formulas("Conv2d")]


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("form", ["latex", "mathml", "typst", "python", "json", "csv", "markdown", "html", "text"])
def test_every_format(convmath, quantity, form):
    code, out, err = convmath("formula", "Conv2d", "-q", quantity, "--format", form)
    assert (code, err) == (0, "")
    stated = formula("Conv2d", quantity)
    if form == "json":
        data = json.loads(out)
        assert (data["text"], data["quantity"]) == (str(stated), quantity)
    elif form == "csv":
        rows = list(csv.reader(io.StringIO(out), strict=True))
        assert rows[1] == ["formula", str(stated)]
    elif form == "mathml":
        assert ET.fromstring(out.strip()).tag.endswith("math")
    elif form == "python":
        values = {name: {"H": 40, "W": 41, "i": 40, "k_w": 3}.get(name, 2) for name in stated.names}
        assert out.strip() == stated.python()
        if quantity != "intensity":
            assert eval(out, dict(values)) == stated.at(**values)
    elif form in {"latex", "typst"}:
        assert out.strip() == getattr(stated, form)()
    else:
        assert stated.unit in out


def test_json_of_all_quantities(convmath):
    code, out, _ = convmath("formula", "Linear", "--format", "json")
    assert code == 0
    assert [entry["quantity"] for entry in json.loads(out)["formulas"]] == [f.quantity for f in formulas("Linear")]


@pytest.mark.parametrize("form", ["json", "csv", "markdown", "html", "text"])
def test_steps_and_ratios_in_every_table_format(convmath, form):
    for words in (("--steps",), ("--over", "Conv1d"), ("--growth", "H")):
        code, out, err = convmath("formula", "Conv2d", "-q", "macs", *words, "--format", form)
        assert (code, err) == (0, "")
        assert out.strip()


def test_a_file_by_its_suffix(convmath, tmp_path):
    path = tmp_path / "conv.json"
    assert convmath("formula", "Conv2d", "-q", "output", "-o", str(path)) == (0, "", "")
    assert json.loads(path.read_text(encoding="utf-8"))["unit"] == "positions"


def test_a_file_in_a_notation_by_its_suffix(convmath, tmp_path):
    path = tmp_path / "conv.TEX"
    assert convmath("formula", "Conv2d", "-q", "output", "-o", str(path)) == (0, "", "")
    assert path.read_text(encoding="utf-8") == formula("Conv2d", "output").latex() + "\n"


HOSTILE = [
    "k=__import__('os').system('true')", "k=(lambda: 3)()", "k=9**9**9", "k='3'", "k=[3]", "k=3;4", "k=\x00", "k=3\n4",
    "k=1e3", "k=３", "k=" + "(" * 500, "k=" + "-" * 3000 + "1", "k" * 5000 + "=3", "=3", "k=", "3=k", "k==3", "k=None",
    "k=nan", "k=1/2", "k=3.0", "k=True",
]  # fmt: skip


@pytest.mark.parametrize("given", HOSTILE, ids=lambda text: repr(text[:20]))
def test_hostile_values(refusal, given):
    message = refusal("formula", "Conv2d", "-q", "output", "--given", given)
    assert len(message) < 400


REFUSED = {
    ("Conv4d",): r"^no layer type is called 'Conv4d'; did you mean ",
    ("Conv",): r"^no layer type is called 'Conv'; did you mean Conv",
    ("",): r"^no layer type is called ''$",
    ("LazyConv2d",): r"^LazyConv2d: takes numbers from its input \(ask for Conv2d\)$",
    ("Conv2d", "-q", "mac"): r"^no quantity is called 'mac'; did you mean ",
    ("ReLU", "-q", "macs"): r"^ReLU has no macs \(.*\); it has output, channels, ",
    ("Conv2d(3, 64, 3, stride=2)", "-q", "winograd"): r"^Conv2d has no winograd \(",
    ("Conv2d(3, 64, (3, 5))", "-q", "output"): r"its axes differ in output: o_h = i_h − 2, o_w = i_w − 4 \(",
    ("Conv2d(H, 64, 3)", "-q", "macs"): r"^Conv2d\(H, 64, 3\): H would mean two things ",
    ("Conv2d(3",): r"is not an expression",
    ("Conv2d(3, 64)",): r"^Conv2d: kernel_size is missing; write Conv2d\(",
    ("Conv2d", "--over", "Conv1d"): r"--over is about one quantity|--over and --growth are about one quantity",
    ("Conv2d", "--growth", "H"): r"--growth is about one quantity|--over and --growth are about one quantity",
    ("Conv2d", "--steps"): r"--steps is about one quantity",
    ("Conv2d", "-q", "macs", "--over", "Nope"): r"^no layer type is called 'Nope'",
    ("Conv2d", "-q", "macs", "--over", "ReLU"): r"^ReLU has no macs ",
    ("Conv2d", "-q", "macs", "--growth", "Q"): r"^no symbol is called 'Q'",
    ("Conv2d", "-q", "fft", "--steps"): r"^Conv2d: fft has no steps, as .* \(leave the steps out\)$",
    ("Conv2d", "-q", "output", "--given", "Q=3"): r"'Q'|symbol 'Q'|--given Q",
    ("Conv2d", "-q", "output", "--given", "i=-4"): r"i=-4 is less than 1$|i=-4 is below 1",
    ("Conv2d", "-q", "output", "--given", "i=0"): r"i=0 is less than 1$|i=0 is below 1",
    ("Conv2d", "-q", "output", "--given", "p=-1"): r"p=-1 is less than 0$|p=-1 is below 0",
    ("Conv2d", "-q", "output", "--given", "k='x'"): r"^--given k='x' is no integer and no formula \(for example k=3\)$",
    (
        "Conv2d",
        "-q",
        "params",
        "--given",
        "k=5,k_h=3,k_w=5",
    ): r"^Conv2d params: k is given beside k_h and k_w \(leave k out\)$",
    (
        "Conv2d",
        "-q",
        "output",
        "-o",
        "x.pdf",
    ): r"^'x.pdf' does not say in which form to write \(end it in \.json, .*, or state --format\)$",
    ("Conv2d", "-q", "output", "--axis", "7"): r"'--axis': '7' is not one of '0', '1', '2'",
    ("Conv2d", "-q", "output", "--axis", "2"): r"^Conv2d: 2 is none of its axes \(use 0 … 1\)$",
    ("Conv2d", "-q", "macs", "--axis", "0"): r"^Conv2d: macs is told of all axes together \(leave out the axis\)$",
    ("Conv2d(3, 8, 3)", "--axis", "2"): r"^Conv2d\(3, 8, 3\): 2 is none of its axes \(use 0 … 1\)$",
    ("Conv2d", "-q", "output", "--given", "k=3,k=4"): r"^--given k is given twice$",
    ("Conv2d", "-q", "output", "--given", "k=3", "--given", "k=3"): r"^--given k is given twice$",
    ("Conv2d", "-q", "output", "--given", "k=1" + "0" * 40): r"is too large \(at most 10\^18\)$",
    ("Conv2d", "-q", "macs", "--given", "C_in=3,C_out=4,g=2"): r"groups=2 must divide in_channels=3 ",
    ("MaxPool2d", "-q", "output", "--given", "k=3,p=2"): r"padding=2 is more than half the kernel, 1",
    ("ConvTranspose2d", "-q", "output", "--given", "s=2,a=2,d=1"): r"output_padding=2 is more than 1 ",
    ("Conv2d", "-q", "output", "--given", "i=5,p=0,d=1,k=7"): r"the kernel spans 7 positions, the padded input has 5",
    ("Conv2d", "-q", "macs", "--over", "Conv1d", "--given", "Q=3"): r"Q",
    ("Conv2d", "-q", "output", "--format", "yaml"): r"yaml",
}


@pytest.mark.parametrize("words", REFUSED, ids=lambda words: " ".join(words)[:40])
def test_wrong_questions(refusal, words):
    message = refusal("formula", *words)
    assert re.search(REFUSED[words], message), message
    assert "Traceback" not in message


def test_a_ratio_of_different_maps_is_no_ratio_of_names(convmath):
    """H_o of the one is not H_o of the other, so that it does not cancel."""
    _, same, _ = convmath("formula", "Conv2d", "-q", "macs", "--over", "Conv2d", "--format", "json")
    assert json.loads(same)["Conv2d over Conv2d"] == "1"
    _, other, _ = convmath("formula", "Conv2d(3, 8, 3)", "-q", "macs", "--over", "Conv2d(3, 8, 5)", "--format", "json")
    (ratio,) = [value for key, value in json.loads(other).items() if " over " in key]
    assert ratio not in {"9/25", "0.36"}
    assert "H" in ratio
