"""Every command, in every format."""

import csv
import io
import json
import sys

import pytest

import convmath as cm
from convmath import __version__
from convmath.cli.commands import COMMANDS, overview
from convmath.cli.main import main
from convmath.cli.options import FORMATS
from convmath.layers import FILE_OF
from convmath.render import html, markdown, text
from convmath.render import json as json_renderer
from convmath.report.catalogue import layer_table, one_layer_table
from convmath.report.data import report_data
from convmath.report.describe import description, layer_report, weights_table
from convmath.zoo.catalogue import zoo_table

CONV = "Conv2d(3, 64, 7, stride=2, padding=3)"

SHAPE = "1x3x224x224"


def conv():
    return layer_report(cm.Conv2d(3, 64, 7, stride=2, padding=3), (SHAPE,))


TABLES = {
    ("layer", CONV, "--input", SHAPE): lambda: description(conv().rows[0]),
    ("layer", CONV): lambda: weights_table(cm.Conv2d(3, 64, 7, stride=2, padding=3)),
    ("analyze", "resnet18"): lambda: cm.zoo.resnet18().analyze().table(),
    ("layers",): layer_table,
    ("layers", "ConvTranspose2d"): lambda: one_layer_table("ConvTranspose2d"),
    ("zoo",): zoo_table,
}
"""What is asked for, and the table that should come."""

every_table = pytest.mark.parametrize("words", TABLES, ids=" ".join)


@pytest.fixture(scope="module")
def tables():
    return {words: make() for words, make in TABLES.items()}


@every_table
@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_formats_for_readers(convmath, tables, words, form):
    render = {"text": text.render, "markdown": markdown.render, "html": html.page}[form]
    assert convmath(*words, "--format", form) == (0, render(tables[words]).rstrip("\n") + "\n", "")


@every_table
def test_text_is_the_usual_format(convmath, tables, words):
    assert convmath(*words) == (0, text.render(tables[words]).rstrip("\n") + "\n", "")


@every_table
def test_csv_has_a_line_for_each_row(convmath, tables, words):
    code, out, err = convmath(*words, "--format", "csv")
    assert (code, err) == (0, "")
    heads, *rows = csv.reader(io.StringIO(out), strict=True)
    assert heads == [heading.label for heading in tables[words].headings]
    assert len(rows) == len(tables[words].rows)


@every_table
def test_json_is_json(convmath, tables, words):
    code, out, err = convmath(*words, "--format", "json")
    assert (code, err) == (0, "")
    assert out.endswith("}\n")
    assert json.loads(out)["schema"] == 1


def test_json_of_a_network(convmath):
    _, out, _ = convmath("analyze", "resnet18", "--format", "json")
    assert out == json_renderer.render(report_data(cm.zoo.resnet18().analyze())) + "\n"


def test_json_of_a_layer(convmath):
    _, out, _ = convmath("layer", CONV, "-i", SHAPE, "--format", "json")
    assert json.loads(out) == json.loads(json_renderer.render(report_data(conv())))
    _, out, _ = convmath("layer", CONV, "--format", "json")
    assert json.loads(out) == {
        "schema": 1, "op": "Conv2d", "call": CONV, "params": 9472, "weights": {"weight": [64, 3, 7, 7], "bias": [64]},
    }  # fmt: skip


def test_json_of_a_listing_has_the_headings_as_keys(convmath):
    _, out, _ = convmath("layers", "PixelShuffle", "--format", "json")
    assert json.loads(out)["rows"] == [
        {"argument": "upscale_factor", "default": "required", "meaning": "the block's side r",
         "accepts": "an integer from 1 to 10^18"},
    ]  # fmt: skip


def test_every_layer_type_can_be_asked_for(convmath):
    for name in FILE_OF:
        assert convmath("layers", name)[0] == 0, name


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(convmath, shell):
    code, out, err = convmath("completion", shell)
    assert (code, err) == (0, "")
    assert "_CONVMATH_COMPLETE" in out


def test_the_formats_are_those_of_the_option(convmath):
    assert FORMATS == ("text", "json", "csv", "markdown", "html")
    _, out, _ = convmath("zoo", "--help")
    assert "[text|json|csv|markdown|html]" in out


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_the_overview(monkeypatch, capsys, words):
    monkeypatch.setattr(sys, "argv", ["convmath", *words])
    assert main() == 0
    assert capsys.readouterr() == (overview(), "")


def test_the_overview_lists_every_command():
    lines = overview().splitlines()
    for name, (_, summary) in COMMANDS.items():
        assert any(line.split() == [name, *summary.split()] for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(convmath, name):
    for option in ("--help", "-h"):
        code, out, err = convmath(name, option)
        assert (code, err) == (0, "")
        assert out.startswith(f"Usage: convmath {name} ")
        assert f"convmath {name}" in out.partition("Example")[2]


def test_help_among_other_words(convmath):
    assert convmath("--help") == (0, overview(), "")


def test_the_version(convmath):
    assert convmath("--version") == (0, f"convmath, version {__version__}\n", "")


def test_main_runs_what_it_is_given(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["convmath", "layer", "ReLU()", "--format", "csv"])
    assert main() == 0
    assert capsys.readouterr() == ("quantity,value,\nparameters,0,\n", "")


def test_two_inputs(convmath):
    code, out, _ = convmath("layer", "Add()", "-i", "1x64x7x7", "-i", "1x64x1x1", "--format", "csv")
    assert (code, out.splitlines()[1]) == (0, 'input,"1x64x7x7, 1x64x1x1",')
