"""convmath draw: forms, files, and what is said without Graphviz."""

import os

import pytest

from tests.graphviz_programs import graphviz  # noqa: F401 (a fixture)


@pytest.fixture
def without(monkeypatch):
    monkeypatch.setattr("convmath.render.layout._which", lambda name: None)


def test_dot_goes_to_standard_output(convmath, without):
    code, out, err = convmath("draw", "lenet5")
    assert (code, err) == (0, "")
    assert out.startswith("digraph network {")
    assert out.endswith("}\n")


def test_without_graphviz_the_text_goes_to_standard_output(convmath, without, tmp_path):
    path = tmp_path / "net.svg"
    code, out, err = convmath("draw", "lenet5", "-o", str(path))
    assert code == 2
    assert out == convmath("draw", "lenet5")[1]
    assert err == (
        "error: a picture needs Graphviz (install Graphviz from graphviz.org, or pip install 'convmath[graphviz]');"
        " the DOT text is on standard output\n"
    )
    assert not path.exists()


@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<svg "), ("png", b"\x89PNG"), ("dot", b"digraph"), ("gv", b"dig")]
)
def test_the_suffix_says_the_form(convmath, graphviz, tmp_path, suffix, start):  # noqa: F811
    path = tmp_path / f"net.{suffix}"
    assert convmath("draw", "lenet5", "-o", str(path)) == (0, "", "")
    assert path.read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [path.name]


def test_options_reach_the_picture(convmath):
    out = convmath(
        "draw", "resnet50", "--depth", "2", "--repeats", "--color", "params", "--direction", "right",
        "--input", "2x3x96x64",
    )[1]  # fmt: skip
    for said in ("rankdir=LR", "share of parameters", "1 … 5  ×5", "input 2×3×96×64"):
        assert said in out
    assert "(a limit of 175 unfolds it)" in convmath("draw", "resnet50", "--limit", "5")[1]


def test_symbols_and_values(convmath, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: 1x3xHxW\nlayers:\n  - c: Conv2d(3, 8, 3)\n", encoding="utf-8")
    assert "8 × (H − 2) × (W − 2)" in convmath("draw", str(path))[1]
    assert "1×8×7×6" in convmath("draw", str(path), "--given", "H=9,W=8")[1]


def test_what_is_refused(refusal):
    assert refusal("draw", "lenet5", "-o", "net.jpg").startswith("'net.jpg' does not say in which form to write")
    assert refusal("draw", "lenet5", "--format", "png") == "a PNG goes into a file (add for example -o net.png)"
    assert refusal("draw", "lenet6").startswith("no network is called 'lenet6'")
    assert "--colour" in refusal("draw", "lenet5", "--colour", "red")
    assert refusal("draw", "lenet5", "--format", "svg", "--seconds", "0").startswith("seconds must be a number above 0")
