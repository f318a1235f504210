"""convmath sheet, as its user calls it."""

import json
import sys

import pytest
from click.testing import CliRunner

import convmath as cm
from convmath.cli.sheet import FORMS, sheet
from convmath.sheet import write

BEGINNINGS = {
    ".md": b"# The arithmetic of convolutions\n",
    ".tex": b"\\documentclass",
    ".html": b"<!doctype html>",
    ".typ": b'#set document(title: "The arithmetic',
    ".json": b'{\n "schema": 1',
    ".pdf": b"%PDF-",
}


def test_markdown_on_standard_output(convmath):
    code, out, err = convmath("sheet", "Conv2d", "Linear")
    assert (code, err) == (0, "")
    assert out == cm.formula_sheet(["Conv2d", "Linear"]).render("markdown")
    assert "\n## Conv2d\n" in out
    assert "\n## Linear\n" in out
    assert convmath("sheet", "Conv2d", "Linear", "-o", "-")[1] == out


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_the_suffix_says_the_kind_of_document(convmath, tmp_path, suffix):
    target = tmp_path / f"sheet{suffix}"
    assert convmath("sheet", "MaxPool2d", "-o", str(target)) == (0, "", "")
    assert target.read_bytes().startswith(BEGINNINGS[suffix])


def test_the_whole_sheet(convmath, tmp_path):
    target = tmp_path / "sheet.json"
    assert convmath("sheet", "-o", str(target)) == (0, "", "")
    titles = [section["title"] for section in json.loads(target.read_text(encoding="utf-8"))["sections"]]
    assert titles[:4] == ["Words", "Symbols", "Quantities", "Fifteen relationships"]


def test_the_option_goes_before_the_suffix(convmath, tmp_path):
    target = tmp_path / "sheet.txt"
    assert convmath("sheet", "ReLU", "--format", "latex", "-o", str(target)) == (0, "", "")
    assert target.read_bytes().startswith(BEGINNINGS[".tex"])
    assert convmath("sheet", "ReLU", "--format", "html")[1].startswith("<!doctype html>")


def test_the_forms_are_those_of_the_library():
    assert FORMS == write.FORMS


def test_refusals(convmath, refusal, tmp_path, monkeypatch):
    assert refusal("sheet", "Conv2") == "no layer type is called 'Conv2'; did you mean Conv2d or Conv3d or Conv1d?"
    assert refusal("sheet", "--format", "pdf") == "a PDF goes into a file (add for example -o sheet.pdf)"
    text = "'sheet.doc' does not say in which form to write (end it in .md, .markdown, .tex, .html, .htm, .typ"
    assert refusal("sheet", "-o", "sheet.doc").startswith(text)
    assert "'text' is not one of 'markdown', 'latex'" in refusal("sheet", "--format", "text")
    missing = tmp_path / "missing" / "sheet.pdf"
    assert refusal("sheet", "ReLU", "-o", str(missing)) == f"{missing}: cannot be written: No such file or directory"
    monkeypatch.setitem(sys.modules, "typst", None)
    needs = "a PDF needs the package typst (pip install 'convmath[pdf]')"
    assert refusal("sheet", "ReLU", "-o", str(tmp_path / "sheet.pdf")) == needs
    assert list(tmp_path.iterdir()) == []


def test_help_has_examples(convmath):
    code, out, _ = convmath("sheet", "--help")
    assert code == 0
    assert "convmath sheet -o sheet.pdf" in out
    assert "convmath sheet Conv2d ConvTranspose2d -o convolutions.tex" in out


def test_types_are_completed():
    run = CliRunner().invoke(
        sheet, prog_name="sheet",
        env={"_SHEET_COMPLETE": "bash_complete", "COMP_WORDS": "sheet Conv2d ConvT", "COMP_CWORD": "2"},
    )  # fmt: skip
    assert run.output.split() == [f"plain,ConvTranspose{rank}d" for rank in (1, 2, 3)]
