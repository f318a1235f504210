"""Symbols at the command line: what must hold of a layer, and files whose sizes are formulas."""

import json

import pytest

NET = """\
input: 1x3x(2*H)xH+1
params: {v: 4*w}
layers:
  - c: Conv2d(3, v, k, padding=k//2)
  - {op: MaxPool2d, kernel_size: p}
"""


@pytest.fixture
def net(tmp_path, monkeypatch):
    """Writes a file and names it."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="net.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return write


@pytest.mark.parametrize("form", ["text", "csv", "markdown", "html"])
def test_conditions_of_a_layer_in_every_form(convmath, form):
    call = ("layer", "Conv2d(C, 8, k, groups=4)", "--input", "1xCxHxW", "--format", form)
    code, out, err = convmath(*call)
    assert (code, err) == (0, "")
    assert out.count("must hold") == 3
    assert "C is divisible by 4" in out
    assert "H ≥ k" in out
    assert "must hold" not in convmath("layer", "Conv2d(8, 8, 3, groups=4)", "--input", "1x8x9x9", "--format", form)[1]


def test_conditions_of_a_layer_as_data(convmath):
    code, out, _ = convmath("layer", "Conv2d(C, 8, k, groups=4)", "--input", "1xCxHxH", "--format", "json")
    data = json.loads(out)
    assert code == 0
    assert data["symbols"] == {"C": 1, "H": 1, "k": 1}
    assert [one["text"] for one in data["conditions"]] == ["C is divisible by 4", "H ≥ k"]
    assert data["accepted"]["sizes"]["C"]["residues"] == [0]
    assert data["accepted"]["undecided"] == ["H ≥ k"]


def test_a_file_with_symbols_is_answered_with_formulas(convmath, net):
    code, out, err = convmath("analyze", net(NET), "--columns", "name,output,params")
    assert (code, err) == (0, "")
    assert "4w × (2H − k + 2·⌊k/2⌋ + 1) × (H − k + 2·⌊k/2⌋ + 2)" in out
    assert "params = 12·k²·w + 4w" in out
    assert "Symbols: H, k, p, w (of at least 1; --given H=… gives one a value)." in out
    assert "Accepted: " in out


def test_given_values_fix_some(convmath, net):
    _, out, _ = convmath("analyze", net(NET), "--given", "w=16,k=3", "--columns", "name,output,params")
    assert "1 × 64 × 2H × (H + 1)" in out
    assert "1,792" in out
    assert "Symbols: H, p (" in out
    _, out, _ = convmath("analyze", net(NET), "--given", "w=16,k=3,H=8,p=2", "--columns", "name,output,params")
    assert "1x64x8x4" in out
    assert "Symbols" not in out


def test_a_value_serves_the_shape_and_the_file(convmath, net):
    name = net("layers:\n  - Conv2d(3, H, 1)\n")
    code, out, err = convmath("analyze", name, "--input", "1x3xHxW", "--given", "H=8")
    assert (code, err) == (0, "")
    assert "1 × 8 × 8 × W" in out


def test_a_file_with_symbols_as_data(convmath, net):
    _, out, _ = convmath("analyze", net(NET), "--format", "json")
    data = json.loads(out)
    assert data["inputs"] == {"input": [1, 3, "2*H", "H + 1"]}
    assert data["layers"][0]["call"] == "Conv2d(3, 4w, k, padding=⌊k/2⌋)"
    assert data["layers"][0]["params"] == "12*k**2*w + 4*w"
    assert data["symbols"] == {"H": 1, "w": 1, "k": 1, "p": 1}
    assert {one["layer"] for one in data["conditions"]} <= {"c", "maxpool2d"}
    _, out, _ = convmath("analyze", net(NET), "--given", "w=16,k=3,H=8,p=2", "--format", "json")
    assert json.loads(out).keys() == {"schema", "network", "inputs", "totals", "layers", "unknown"}


def test_conditions_are_told_where_only_layers_have_symbols(convmath, net):
    name = net("input: [1, 3, 32, 32]\nlayers: ['Conv2d(3, 8, k)']\n")
    _, out, _ = convmath("analyze", name)
    assert "Accepted: 1 ≤ k ≤ 32." in out
    assert convmath("analyze", name, "--depth", "1")[1].count("Accepted: ") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("input: [1, 3, H, W]\nlayers: ['Conv2d(3, widht, 3)']\nparams: {width: 8}\n",
         "net.yaml:2:21: no parameter is called 'widht'; did you mean width? (state it under params; only a letter,"),
        ("input: [N, 3, y, no]\nlayers: [ReLU]\n",
         "net.yaml:1:18: the size is open (give it a number with --given, or a shape with --input, or call it"),
        ("input: {a: 1x3xH, b: [1, 3, height]}\nlayers: [{op: Add, from: [a, b]}]\n", "net.yaml:1:29: the size is "),
        ("input: [1, 3, H.real, W]\nlayers: [ReLU]\n", "net.yaml:1:15: 'H.real' has no place here"),
        ("input: [1, 3, open(H), W]\nlayers: [ReLU]\n", "net.yaml:1:15: 'open(H)' has no place here"),
        ("input: [1, 3, -H, W]\nlayers: [ReLU]\n", "net.yaml:1:15: a size must be an integer from 1 to 10^18, "),
        ("input: [1, 3, 9, 9]\nlayers: ['Conv2d(4, w, k)']\n", "net.yaml:2:10: conv2d: Conv2d: the input has 3"),
    ],
)  # fmt: skip
def test_errors_lead_to_the_file(refusal, net, text, said):
    assert refusal("analyze", net(text)).startswith(said)


def test_an_open_size_may_be_given_or_left_to_the_input(convmath, net):
    name = net("input: [N, 3, height, W]\nlayers: [ReLU]\n")
    assert "N × 3 × 8 × W" in convmath("analyze", name, "--given", "height=8")[1]
    assert "1x3x9x9" in convmath("analyze", name, "--input", "1x3x9x9")[1]
    assert "1x3x9x9" in convmath("analyze", name, "--input", "input=1x3x9x9")[1]


def test_unknown_values_are_refused(refusal, net):
    assert refusal("analyze", net(NET), "--given", "K=3") == "no parameter or size is called 'K'; did you mean k?"


def test_json_files(convmath, net):
    name = net('{"input": ["N", 3, "2*H", "W"], "layers": ["Conv2d(3, 4*w, k)"]}', "net.json")
    code, out, err = convmath("analyze", name, "--given", "k=1")
    assert (code, err) == (0, "")
    assert "N × 4w × 2H × W" in out
