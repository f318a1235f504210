"""Every command that takes a network takes an ONNX model, and refuses a wrong one in the same words."""

import pytest

pytest.importorskip("onnx")

import onnx

from convmath.cli.group import run
from tests.cli.targets import TAKING, commanded
from tests.onnx.models import model, node, zeros


@pytest.fixture
def convmath(capsys, tmp_path, monkeypatch):
    """Runs `convmath` beside two models, one of which has a size of its own, and one broken file."""
    monkeypatch.chdir(tmp_path)
    nodes = [node("Conv", "x w b", "c", "/conv/Conv"), node("Relu", "c", "y", "/act/Relu")]
    stored = {"w": zeros(5, 3, 3, 2), "b": zeros(5)}
    onnx.save(model(nodes, {"x": (1, 3, 9, 8)}, {"y": (1, 5, 7, 7)}, stored), "net.onnx")
    onnx.save(model(nodes, {"x": ("N", 3, "H", 8)}, {"y": ("N", 5, "h", 7)}, stored), "OPEN.ONNX")
    (tmp_path / "broken.onnx").write_bytes((tmp_path / "net.onnx").read_bytes()[:-40])

    def call(*words):
        return run(words), *capsys.readouterr()

    return call


@pytest.mark.parametrize(
    "words",
    [
        ("net.onnx",),
        ("net.onnx", "--input", "x=2x3x7x6"),
        ("OPEN.ONNX", "--given", "N=2,H=9"),
        ("OPEN.ONNX", "--input", "Nx3xHx9", "--given", "N=2,H=6"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("taking", TAKING)
def test_what_every_command_takes(convmath, taking, words):
    code, out, err = convmath(*commanded(taking, words))
    assert (code, err) == (0, "")
    assert out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("broken.onnx",), "error: broken.onnx: "),
        (("none.onnx",), "error: none.onnx: does not exist"),
        (("net.onnx", "--input", "z=1x3x9x9"), "error: no input is called 'z'"),
        (("net.onnx", "--given", "N=3"), "'N'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_every_command_refuses(convmath, words, said):
    told = {taking: convmath(*commanded(taking, words)) for taking in TAKING}
    code, out, err = told["analyze"]
    assert (code, out) == (2, "")
    assert said in err
    assert set(told.values()) == {told["analyze"]}
