"""Every command that takes a network takes it in every form, and refuses each wrong one in the same words."""

import json
import sys

import pytest
from click.shell_completion import ShellComplete

from convmath.cli.commands import COMMANDS
from convmath.cli.group import convmath as group
from convmath.cli.networks import NetworkName
from tests.cli.targets import TAKING, commanded

SPEC = {"name": "net", "input": "1x3x9x8", "layers": [{"conv": "Conv2d(3, 5, 3)"}, {"act": "ReLU()"}]}

CODE = """
import convmath as cm

def build(width=5):
    return cm.Sequential(cm.Conv2d(3, width, 3), cm.ReLU(), name="net", shape=(1, 3, 9, 8))

ready = build()

def fails():
    raise ValueError("on purpose")

def nonsense():
    return 3
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder with a network in every form."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "targets_of_mine", raising=False)
    (tmp_path / "targets_of_mine.py").write_text(CODE)
    text = json.dumps(SPEC)
    for name in ("net.json", "net.yaml", "net.yml", "NET.YAML", "net.txt"):
        (tmp_path / name).write_text(text)
    (tmp_path / "two.yaml").write_text("input: {l: 1x3xHx8, r: 1x3x9x8}\nlayers:\n  - sum: {op: Add, from: [l, r]}\n")
    (tmp_path / "wide.yaml").write_text("params: {w: 4}\ninput: 1x3x9x8\nlayers:\n  - a: Conv2d(3, w, 3)\n")
    (tmp_path / "wrong.yaml").write_text("input: 1x3x9x8\nlayers:\n  - a: Conv2(3, 4, 3)\n")
    (tmp_path / "folder.yaml").mkdir()


def test_every_command_that_takes_a_network_is_here():
    taking = {
        name
        for name in COMMANDS
        for parameter in group.get_command(None, name).params
        if isinstance(parameter.type, NetworkName)
    }
    assert taking == {words[0] for words in TAKING.values()}
    for name in taking:
        assert "--allow-code" in {word for option in group.get_command(None, name).params for word in option.opts}


RIGHT = {
    "a name": ("lenet5",),
    "a name, and another input": ("lenet5", "--input", "2x1x32x32"),
    "a name, and parameters": ("resnet18", "--given", "classes=7"),
    "JSON": ("net.json",),
    "YAML": ("net.yaml",),
    "another suffix": ("./net.yml",),
    "capitals": ("NET.YAML",),
    "a file's parameter": ("wide.yaml", "--given", "w=6"),
    "two inputs": ("two.yaml", "--given", "H=9"),
    "inputs by name": ("two.yaml", "--input", "r=1x3x7x5", "--input", "l=1x3x7x5"),
    "a function": ("targets_of_mine:build", "--allow-code"),
    "a function, and its arguments": ("targets_of_mine:build", "--allow-code", "--given", "width=7"),
    "a network that a module holds": ("targets_of_mine:ready", "--allow-code"),
}


@pytest.mark.parametrize("words", RIGHT.values(), ids=RIGHT)
@pytest.mark.parametrize("taking", TAKING)
def test_what_every_command_takes(convmath, taking, words):
    if taking == "verify" and words[0] == "resnet18":
        pytest.skip("it takes seconds")
    code, out, err = convmath(*commanded(taking, words))
    assert (code, err) == (0, "")
    assert out


WRONG = {
    "no such file": (("none.yaml",), "none.yaml: does not exist"),
    "no such model": (("no/such.onnx",), "no/such.onnx: does not exist"),
    "a folder": (("folder.yaml",), "folder.yaml: is a directory, not a file (name a "),
    "another kind of file": (("net.txt",), "'net.txt' is no spec file or model (its name must end in .yaml, "),
    "a pickle": (("weights.pt",), "'weights.pt' is not loaded: a file of torch.save is a pickle, "),
    "a pickle in capitals": (("WEIGHTS.PTH",), "'WEIGHTS.PTH' is not loaded: a file of torch.save is a pickle, "),
    "a fault in a file": (("wrong.yaml",), "wrong.yaml:3:8: no layer type is called 'Conv2'; did you mean "),
    "a file's unknown parameter": (("wide.yaml", "--given", "v=6"), "no parameter or size is called 'v'"),
    "a network's unknown parameter": (("resnet18", "--given", "v=6"), "resnet18: no parameter is called 'v' "),
    "code that is not allowed": (("targets_of_mine:build",), "targets_of_mine:build is Python code: it would import "),
    "code that does not exist": (("not_of_mine:build", "--allow-code"), "not_of_mine:build: importing not_of_mine "),
    "a name that code lacks": (("targets_of_mine:other", "--allow-code"), "targets_of_mine:other: targets_of_mine has"),
    "code that fails": (("targets_of_mine:fails", "--allow-code"), "targets_of_mine:fails: fails() fails: ValueError"),
    "code that takes no values": (
        ("targets_of_mine:ready", "--allow-code", "--given", "w=3"),
        "targets_of_mine:ready is no function, so it takes no w (leave --given out)",
    ),
    "an input that does not exist": (("net.yaml", "--input", "y=1x3x9x9"), "no input is called 'y'"),
    "an input too many": (
        ("net.yaml", "--input", "1x3x9x9", "--input", "1x3x9x9"),
        "net: 2 shapes given, the network has 1 input: input",
    ),
    "an input given twice": (
        ("two.yaml", "--input", "l=1x3x9x9", "--input", "l=1x3x9x9"),
        "--input l is given twice",
    ),
    "an input given in both ways": (
        ("two.yaml", "--input", "1x3x9x9", "--input", "l=1x3x9x9"),
        "two: the shape of 'l' is given twice, by position and by name",
    ),
    "no shape": (("net.yaml", "--input", "1x3x9x"), "'' in the shape '1x3x9x' is not a size"),
    "a shape that does not fit": (("net.yaml", "--input", "1x4x9x9"), "the input has 4 channels, in_channels is 3"),
    "no value": (("net.yaml", "--given", "w"), "--given 'w' is not NAME=VALUE"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "said"), WRONG.values(), ids=WRONG)
def test_what_every_command_refuses(refusal, words, said):
    if words[0].endswith(".onnx"):
        pytest.importorskip("onnx")
    told = {taking: refusal(*commanded(taking, words)) for taking in TAKING}
    assert said in told["analyze"]
    assert set(told.values()) == {told["analyze"]}


def test_a_name_that_nothing_has(refusal):
    told = {taking: refusal(*commanded(taking, ("resnet19",))) for taking in TAKING}
    # What verify takes may be a layer type as well.
    assert told.pop("verify").startswith("no layer type or network is called 'resnet19'; ")
    assert set(told.values()) == {told["analyze"]}
    assert told["analyze"].startswith("no network is called 'resnet19'; did you mean resnet18 or ")


def test_code_is_not_imported_unless_that_is_allowed(refusal):
    for taking in TAKING:
        said = refusal(*commanded(taking, ("targets_of_mine:build",)))
        assert said.endswith(" first, and call build (if you trust it, add --allow-code)")
    assert "targets_of_mine" not in sys.modules


@pytest.mark.parametrize("taking", TAKING)
def test_names_of_networks_complete(taking):
    words = TAKING[taking][: TAKING[taking].index("{}")]
    complete = ShellComplete(group, {}, "convmath", "_CONVMATH_COMPLETE")
    named = ["resnet18", "resnet101", "resnet152"]
    assert [item.value for item in complete.get_completions(list(words), "resnet1")] == named
    assert [item.type for item in complete.get_completions(list(words), "nets/")] == ["file"]
    assert "--allow-code" in {item.value for item in complete.get_completions(list(words), "--")}
