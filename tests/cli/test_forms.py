"""What a file's name says of its form: one rule for every command that writes."""

import pytest

from convmath.cli.commands import COMMANDS
from convmath.cli.group import run
from tests.cli.targets import TAKING

WRITING = {
    **{name: tuple(word.format("lenet5") for word in words) for name, words in TAKING.items() if name != "sweep"},
    "layer": ("layer", "Conv2d(3, 8, 3)"), "formula": ("formula", "Conv2d"), "sheet": ("sheet", "Linear"),
    "types": ("types",), "zoo": ("zoo",), "port": ("port", "Conv2d(3, 8, 3)", "--to", "keras"),
    "draw": ("draw", "lenet5"), "export": ("export", "lenet5"),
}  # fmt: skip
"""A command of each kind that writes; into what sweep writes its suffix alone says."""


@pytest.fixture
def convmath(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*words):
        return run(words), *capsys.readouterr(), sorted(path.name for path in tmp_path.iterdir())

    return call


@pytest.mark.parametrize("name", [name for name in WRITING if name in COMMANDS])
def test_a_suffix_that_says_nothing_is_refused(convmath, name):
    code, out, err, files = convmath(*WRITING[name], "-o", "x.xlsx")
    assert (code, out, files) == (2, "", [])
    assert "'x.xlsx' does not say in which form to write (end it in ." in err
    assert "or state --" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("export", "lenet5", "--to", "keras", "-o", "x.onnx"),
            "--to keras does not go into 'x.onnx'",
        ),
        (
            ("export", "lenet5", "-o", "x.py", "--to", "yaml"),
            "--to yaml does not go into 'x.py'",
        ),
        (
            ("analyze", "lenet5", "--format", "csv", "-o", "x.json"),
            "--format csv does not go into 'x.json'",
        ),
        (
            ("analyze", "lenet5", "-o", "x.json", "--format", "csv"),
            "--format csv does not go into 'x.json'",
        ),
        (
            ("draw", "lenet5", "--format", "dot", "-o", "x.svg"),
            "--format dot does not go into 'x.svg'",
        ),
        (
            ("sheet", "Linear", "--format", "latex", "-o", "x.md"),
            "--format latex does not go into 'x.md'",
        ),
        (
            ("formula", "Linear", "--format", "latex", "-o", "x.py"),
            "--format latex does not go into 'x.py'",
        ),
    ],
)
def test_a_form_and_a_suffix_that_contradict_each_other_are_refused(convmath, words, said):
    code, out, err, files = convmath(*words)
    assert (code, out, files) == (2, "", [])
    assert said in err


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (("-o", "x.CSV"), "layer,"), (("-o", "x"), "lenet5"), (("-o", "x.txt"), "lenet5"),
        (("-o", "x.txt", "--format", "csv"), "layer,"), (("-o", "x.dat", "--format", "json"), "{"),
    ],
)  # fmt: skip
def test_what_is_written(convmath, tmp_path, words, begins):
    code, out, err, (name,) = convmath("analyze", "lenet5", *words)
    assert (code, out, err) == (0, "", "")
    assert (tmp_path / name).read_text().startswith(begins)
