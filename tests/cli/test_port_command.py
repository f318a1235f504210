"""convmath port, as its user calls it."""

import json

import pytest

import convmath as cm

CONV = "Conv2d(3, 8, 3, stride=2, padding=1)"


def test_the_table(convmath):
    code, out, err = convmath("port", CONV, "--to", "keras")
    assert (code, err) == (0, "")
    assert out == f"{cm.port(cm.Conv2d(3, 8, 3, stride=2, padding=1), to='keras')}\n"
    assert out.splitlines() == [
        "Conv2d(3, 8, 3, stride=2, padding=1), pytorch to keras",
        "what             in keras",
        f"{'─' * 15}  {'─' * 102}",
        "write            ZeroPadding2D(((1, 1), (1, 1)))",
        'then             Conv2D(8, 3, strides=2, padding="valid")',
        (
            'padding="same"   the same values where i ≡ 1 (mod 2); where i ≡ 0 the sizes agree, the values are shifted'
            " by 1 position"
        ),
        'padding="valid"  the sizes differ: 1 output fewer',
        "weight           8x3x3x3 becomes 3x3x3x8: weight.transpose(2, 3, 1, 0)",
        "bias             8, as it is",
        "x                NxCxHxW becomes NxHxWxC: x.transpose(0, 2, 3, 1)",
    ]


def test_json(convmath):
    code, out, _ = convmath("port", CONV, "--to", "onnx", "-i", "1x3x6x7", "--format", "json")
    assert code == 0
    data = json.loads(out)
    assert (data["schema"], data["call"], data["from"], data["to"]) == (1, CONV, "pytorch", "onnx")
    assert data["input"] == [1, 3, 6, 7]
    assert data["code"] == ["Conv(x, weight, bias, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])"]
    upper, _, valid = data["names"]
    assert upper == {
        "step": "",
        "name": 'auto_pad="SAME_UPPER"',
        "axes": [
            {"size": 6, "modulus": 1, "least": 6, "cases": [{"outcome": "shifted", "by": 1, "residues": [0]}]},
            {"size": 7, "modulus": 1, "least": 7, "cases": [{"outcome": "agrees", "by": 0, "residues": [0]}]},
        ],
    }
    assert valid["axes"][0]["cases"] == [{"outcome": "sizes", "by": -1, "residues": [0]}]
    assert data["arrays"][0] == {"name": "weight", "before": [8, 3, 3, 3], "after": [8, 3, 3, 3], "how": "weight"}
    assert data["notes"] == []


@pytest.mark.parametrize("form", ["csv", "markdown", "html"])
def test_every_format(convmath, form):
    code, out, err = convmath("port", CONV, "--to", "jax", "--format", form)
    assert (code, err) == (0, "")
    assert "lax.conv_general_dilated(x, weight, window_strides=(2, 2)" in out.replace("\\", "")


def test_a_file(convmath, tmp_path):
    path = tmp_path / "port.json"
    assert convmath("port", CONV, "--to", "keras", "-o", str(path)) == (0, "", "")
    assert json.loads(path.read_text())["to"] == "keras"


def test_from_another_framework(convmath):
    words = ("port", "Conv2d(3, 8, 3, stride=2, padding='same')", "--from", "keras", "--to", "pytorch")
    _, out, _ = convmath(*words, "-i", "1x3x6x6")
    assert "nn.ZeroPad2d((0, 1, 0, 1))" in out
    assert "weight.transpose(3, 2, 0, 1)" in out


def test_refusals(convmath, refusal):
    assert refusal("port", CONV).startswith("Missing option '--to'")
    assert refusal("port", CONV, "--to", "torch7") == "no convention is called 'torch7'; did you mean torch or pytorch?"
    text = "PixelShuffle: has no convention and is read as PyTorch's, not as --from onnx has it (leave --from out)"
    assert refusal("port", "PixelShuffle(2)", "--from", "onnx", "--to", "keras") == text
    assert convmath("port", "PixelShuffle(2)", "--from", "pytorch", "--to", "keras")[0] == 0
