"""Every command that takes a network takes a module of PyTorch, made by code that is allowed to run."""

import sys

import pytest

pytest.importorskip("torch")

from convmath.cli.group import run
from tests.cli.targets import TAKING, commanded

CODE = """
from torch import nn
def build(width=4):
    return nn.Sequential(nn.Conv2d(3, width, 3), nn.ReLU())
"""


@pytest.fixture
def convmath(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "modules_of_mine", raising=False)
    (tmp_path / "modules_of_mine.py").write_text(CODE)

    def call(*words):
        return run(words), *capsys.readouterr()

    return call


@pytest.mark.parametrize("taking", TAKING)
def test_what_every_command_takes(convmath, taking):
    words = ("modules_of_mine:build", "--allow-code", "--input", "1x3x9x8", "--given", "width=5")
    code, out, err = convmath(*commanded(taking, words))
    assert (code, err) == (0, "")
    assert out


def test_what_every_command_refuses(convmath):
    told = {taking: convmath(*commanded(taking, ("modules_of_mine:build", "--allow-code"))) for taking in TAKING}
    assert told["analyze"] == (
        2,
        "",
        "error: modules_of_mine:build: the shape of its input is not known (give --input 1x3x224x224)\n",
    )
    assert set(told.values()) == {told["analyze"]}
