"""Every example in the help of every command runs, and says something."""

import re
import shlex
import shutil
import subprocess
from importlib import import_module

import pytest

import convmath as cm
from convmath.cli.commands import COMMANDS
from convmath.cli.group import run

NET = """\
name: net
input: 1x3xHxW
layers:
  - Conv2d(3, 8, 3, stride=2)
  - GlobalAvgPool()
"""
"""The file that examples call net.yaml."""


def examples():
    """The lines of all helps."""
    for name, (file, _) in COMMANDS.items():
        command = getattr(import_module(f"convmath.cli.{file}"), name.replace("-", "_"))
        yield from re.findall(rf"^ *(convmath {name}\b.*)$", command.help, re.MULTILINE)


EXAMPLES = list(examples())


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_of_the_help(tmp_path, monkeypatch, capsys, line):
    if "--against" in line:
        pytest.importorskip(line.split("--against ")[1].split()[0])
    if ".onnx" in line:
        pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET)
    if "convmath.lock" in line or "--locked" in line:
        assert run(["lock", "net.yaml"]) == 0
        capsys.readouterr()
    if "HEAD" in line:
        commit(tmp_path)
    if "model.onnx" in line:
        net = cm.Sequential(cm.Conv2d(3, 8, 3, stride=2), cm.GlobalAvgPool())
        (tmp_path / "model.onnx").write_bytes(cm.to_onnx(net, "1x3x9x7").SerializeToString())
    assert run(shlex.split(line)[1:]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.strip() or any(path.name != "net.yaml" for path in tmp_path.iterdir())


def commit(folder):
    """Makes the folder a repository, what is in it committed."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("needs git")
    for words in ("init -q", "add .", "-c user.name=a -c user.email=a@b.c commit -qm one"):
        subprocess.run([git, *words.split()], cwd=folder, check=True)


def test_every_command_has_examples():
    assert {line.split()[1] for line in EXAMPLES} >= COMMANDS.keys() - {"completion"}
