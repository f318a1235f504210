"""Symbols in specifications: which names are some, where they may stand, and which names are caught instead."""

import json
import subprocess
import sys

import pytest

import convmath as cm
from convmath.formats.names import RULE

H, W, N, k, w, y = cm.symbols("H W N k w y")


def faults_of(text, **given):
    with pytest.raises(cm.SpecError) as caught:
        cm.loads(text, given, name="f")
    return caught.value.faults


def shape_of(stated, **given):
    return cm.loads(f"input: {stated}\nparams: {{c: 4}}\nlayers: [ReLU]\n", given).input_shapes["input"]


@pytest.mark.parametrize(
    ("stated", "shape"),
    [
        ("[1, 3, H, W]", (1, 3, H, W)),
        ("[1, 3, 2*H, H+1]", (1, 3, 2 * H, H + 1)),
        ("[1, c, 2 * H, (W - 1)//2]", (1, 4, 2 * H, (W - 1) // 2)),
        ("[1, '3*c', \"H\", 'H+W']", (1, 12, H, H + W)),
        ("\n  - 1\n  - c\n  - H\n  - H - 1", (1, 4, H, H - 1)),
        ("1x3xHxW", (1, 3, H, W)),
        ("'Nx3xHxW'", (N, 3, H, W)),
        ("Nxcx(2*H)x2*H+1", (N, 4, 2 * H, 2 * H + 1)),
        ("1 × 3 × H × 9", (1, 3, H, 9)),
        ("N, 3, H", (N, 3, H)),
        ("1X3X8X9", (1, 3, 8, 9)),
        # YAML 1.1 reads N, y and their like as booleans.
        ("[N, 3, y, W]", (N, 3, y, W)),
        ("[n, 3, Y, y]", (cm.symbols("n"), 3, cm.symbols("Y"), y)),
        ("[1, 3, e3, 0x10]", (1, 3, cm.symbols("e3"), 16)),
        ("[1, C_in, H]", (1, cm.symbols("C_in"), H)),
    ],
)
def test_input_shapes(stated, shape):
    assert shape_of(stated) == shape


def test_json_knows_symbols():
    spec = {"input": ["N", 3, "2*H", "W"], "layers": [{"op": "Conv2d", "in_channels": 3, "out_channels": "4*w",
            "kernel_size": ["k", 3], "padding": "same"}]}  # fmt: skip
    network = cm.loads(json.dumps(spec))
    assert network.input_shapes["input"] == (N, 3, 2 * H, W)
    assert network["conv2d"] == cm.Conv2d(3, 4 * w, (k, 3), padding="same")


@pytest.mark.parametrize(
    "item",
    [
        "Conv2d(3, 4*w, k, padding=k//2)",
        "{op: Conv2d, in_channels: 3, out_channels: 4*w, kernel_size: k, padding: k//2}",
        "{op: Conv2d, in_channels: 3, out_channels: v, kernel_size: [k, k], padding: '(k//2, k//2)'}",
        "{op: 'Conv2d(3, v, k, padding=k//2)'}",
    ],
)
def test_layers_take_symbols(item):
    network = cm.loads(f"params: {{v: 4*w}}\nlayers:\n  - c: {item}\n")
    assert network["c"] == cm.Conv2d(3, 4 * w, k, padding=k // 2)


def test_given_values_take_the_place_of_symbols():
    text = "input: [1, 3, 2*H, W]\nparams: {v: 4*w}\nlayers:\n  - Conv2d(3, v, k, padding=k//2)\n"
    network = cm.loads(text, {"w": 16, "k": 3})
    assert network["conv2d"] == cm.Conv2d(3, 64, 3, padding=1)
    assert network.input_shapes["input"] == (1, 3, 2 * H, W)
    assert network.analyze().rows[0].outputs == ((1, 64, 2 * H, W),)
    assert cm.loads(text, {"H": H * 2, "w": k})["conv2d"].out_channels == 4 * k
    numbers = {"H": 8, "W": 9, "w": 2, "k": 3}
    formulas, counted = cm.loads(text).analyze(), cm.loads(text, numbers).analyze()
    assert formulas.totals.macs.at(numbers) == counted.totals.macs
    with pytest.raises(cm.UnknownNameError, match=r"^no parameter or size is called 'K'; did you mean k\?$"):
        cm.loads(text, {"K": 3})


def test_spare_values_need_no_use(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("layers:\n  - Conv2d(3, w, k)\n", encoding="utf-8")
    assert cm.load(path, {"k": 3}, spare={"w": 8, "H": 9})["conv2d"] == cm.Conv2d(3, 8, 3)


BLOCK = "blocks: {b: {params: {c, m: 2*c}, layers: ['Conv2d(c, m, k)', 'Conv2d(m, c, 1)']}}\n"


def test_blocks_take_symbols():
    network = cm.loads(f"{BLOCK}layers:\n  - a: {{block: b, repeat: 2, with: {{c: w}}, first: {{m: w*w}}}}\n")
    layers = [node.layer for node in network.nodes if node.layer is not None]
    assert layers == [cm.Conv2d(w, w * w, k), cm.Conv2d(w * w, w, 1), cm.Conv2d(w, 2 * w, k), cm.Conv2d(2 * w, w, 1)]


def test_a_blocks_parameter_is_no_symbol_outside():
    text = f"{BLOCK}layers:\n  - Conv2d(3, m, 1)\n  - {{block: b, with: {{c: c}}}}\n"
    said = "is a parameter of block b only (a symbol wants another name)"
    assert faults_of(text) == (f"f:3:15: m {said}", f"f:4:26: c {said}")
    text = f"input: [1, c, 8, 8]\n{BLOCK}layers:\n  - {{block: b, with: {{c: c}}}}\n"
    assert cm.loads(text)["b.conv2d"] == cm.Conv2d(cm.symbols("c"), 2 * cm.symbols("c"), k)


def test_a_blocks_long_parameter_leaves_words_alone():
    conv = "{op: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3, padding: same}"
    text = f"blocks: {{b: {{params: {{same: 1}}, layers: [ReLU]}}}}\nlayers:\n  - {conv}\n  - {{block: b}}\n"
    assert cm.loads(text)["conv2d"] == cm.Conv2d(3, 8, 3, padding="same")


def test_a_parameter_further_down_is_no_symbol():
    said = "is stated further down (move it up)"
    assert faults_of("params: {v: 2*u, u: 3}\nlayers: [ReLU]\n") == (f"f:1:15: the parameter u {said}",)
    text = "blocks: {b: {params: {v: 2*u, u: 3}, layers: [ReLU]}}\nlayers: [{block: b}]\n"
    assert faults_of(text) == (f"f:1:28: the parameter u {said} (a default of block b)",)


MISSPELT = """\
params: {width: 8}
layers:
  - Conv2d(3, widht, 3)
  - {op: Conv2d, in_channels: 8, out_channels: 2*widht, kernel_size: widht}
"""


def test_long_names_are_no_symbols():
    meant = "no parameter is called 'widht'; did you mean width?"
    expected = "an integer from 1 to 10^18, or a tuple of 2, one for each axis"
    assert faults_of(MISSPELT) == (
        f"f:3:15: {meant} ({RULE}) (also at 4:50)",
        f"f:4:70: Conv2d: kernel_size must be {expected}, not 'widht' ({meant})",
    )


@pytest.mark.parametrize(
    ("stated", "fault"),
    [
        ("[1, 3, 2*no, W]", f"1:17: no parameter is called 'no' ({RULE})"),
        ("[1, 3, 2*C__in, W]", f"1:17: no parameter is called 'C__in' ({RULE})"),
        ("[1, 3, H1234+1, W]", f"1:15: no parameter is called 'H1234' ({RULE})"),
        ("1x3xheightxW", f"1:12: no parameter is called 'height' ({RULE})"),
        ("1x3xmax(H,3)", f"1:12: no parameter is called 'ma' ({RULE})"),
        ("[1, 3, true, W]", "1:15: a size must be an integer from 1 to 10^18, not True"),
        ("[1, 3, ~, W]", "1:15: a size must be an integer from 1 to 10^18, not '~'"),
        ("[1, 3, -H, W]", "1:15: a size must be an integer from 1 to 10^18, not '-H'"),
        ("[1, 3, -3, W]", "1:15: a size must be an integer from 1 to 10^18, not -3"),
        ("[1, 3, H - H, W]", "1:15: a size must be an integer from 1 to 10^18, not 0"),
        ("[1, 3, H.real, W]", "1:15: 'H.real' has no place here (use numbers, words, tuples, names and + - * // %)"),
        ("[1, 3, ceil(H), W]", "1:15: 'ceil(H)' has no place here (use numbers, words, tuples, names and + - * // %)"),
        ("[1, 3, 'max(H, 3)']", "1:16: 'max(H, 3)' has no place here (use numbers"),
        ("[1, 3, 'H[0]', W]", "1:16: 'H[0]' has no place here (use numbers, words, tuples, names and + - * // %)"),
        ("[1, 3, H/2, W]", "1:15: / does not keep integers (use //)"),
        ("[1, 3, H**2, W]", "1:15: 'H ** 2' has no place here (use numbers, words, tuples, names and + - * // %)"),
        ("[1, 3, 0.5*H, W]", "1:15: '0.5 * H' mixes a fraction with a formula (keep to integers: 3*w//2)"),
        ("[1, 3, 8//(H - 3), W]", "1:15: the divisor H − 3 is not provably at least 1 (give its symbols a larger "),
        ("1x3xH+xW", "1:14: 'H+' is not an expression: invalid syntax"),
        ("1x3x", "1:8: input must be a list of sizes, not '1x3x'"),
        ("HW", "1:8: input must be a list of sizes, not 'HW'"),
        ("1x", "1:8: input must be a list of sizes, not '1x'"),
    ],
)  # fmt: skip
def test_what_is_no_size(stated, fault):
    assert faults_of(f"input: {stated}\nlayers: [ReLU]\n")[0].startswith(f"f:{fault}")


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ("Conv2d(3, w.real, 3)", "2:15: 'w.real' has no place here"),
        ("Conv2d(3, f(w), 3)", "2:15: 'f(w)' has no place here"),
        ("Conv2d(3, __import__('os'), 3)", "2:15: \"__import__('os')\" has no place here"),
        ("Conv2d(3, -w, 3)", "2:5: Conv2d: out_channels must be an integer from 1 to 10^18, not "),
        ("Conv2d(3, 0.5*w, 3)", "2:15: '0.5 * w' mixes a fraction with a formula (keep to integers: 3*w//2)"),
        ("Conv2d(3, 8//(w - 1), 3)", "2:5: the divisor w − 1 is not provably at least 1"),
        ("{op: Conv2d, in_channels: 3, out_channels: w.real, kernel_size: 3}", "2:48: 'w.real' has no place here"),
        ("{op: Conv2d, in_channels: 3, out_channels: -w, kernel_size: 3}",
         "2:48: Conv2d: out_channels must be an integer from 1 to 10^18, not '-w'"),
        ("{op: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3, bias: y}",
         "2:73: Conv2d: bias must be True or False, not 'y'"),
        ("{op: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3, bias: no}",
         "2:73: Conv2d: bias must be True or False, not 'no'"),
        ("{op: GELU, approximate: n}", "2:29: GELU: approximate must be one of 'none', 'tanh', not 'n'"),
        ("{op: Flatten, start_dim: d}", "2:30: Flatten: start_dim must be an axis number from -8 to 7, not 'd'"),
        ("Chunk(n)", "2:5: Chunk: chunks=n is no number of outputs (state one)"),
        ("{block: r, repeat: n}", "2:24: repeat must be a number, not the formula 'n' (give its symbols numbers)"),
        ("{block: r, repeat: 2, start: 2*n}",
         "2:34: start must be a number, not the formula '2*n' (give its symbols numbers)"),
    ],
)  # fmt: skip
def test_what_no_layer_takes(item, fault):
    (told,) = faults_of(f"layers:\n  - {item}\nblocks: {{r: {{layers: [ReLU]}}}}\n")
    assert told.startswith(f"f:{fault}")


def test_formulas_cannot_grow_without_bound():
    params = ", ".join(f"a{i + 1}: a{i}*a{i}" for i in range(200))
    (told,) = faults_of(f"params: {{{params}}}\nlayers: [ReLU]\n")
    assert told == "f:1:69: a formula has more than 256 terms or 32 factors (give symbols numbers)"
    product = "*".join(f"({x} + {x}1 + {x}2)" for x in "abcdef")
    (told,) = faults_of(f"params: {{u: {product}}}\nlayers: [ReLU]\n")
    assert told == "f:1:13: a formula has more than 256 terms or 32 factors (give symbols numbers)"


def test_sizes_without_a_value_say_where_they_stand():
    network = cm.loads("input: {a: [1, 3, H], b: [1, 3, height]}\nlayers: [{op: Add, from: [a, b]}]\n", name="f")
    assert network.input_shapes == {"a": (1, 3, H), "b": None}
    assert network.origins["b"] == "f:1:33"


def test_no_engine_is_loaded_for_numbers():
    text = "layers: [{op: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3, padding: same}, PReLU(8)]"
    code = f"import sys, convmath as cm; cm.loads({text!r}); print('convmath.symbolic.polynomial' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
