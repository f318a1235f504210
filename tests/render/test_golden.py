"""What every renderer makes of one report, byte for byte (renewed by --renew-golden)."""

from importlib import import_module

import pytest

import convmath as cm
from convmath.render import json as json_renderer
from convmath.render import terminal
from convmath.report.data import report_data
from convmath.report.describe import description, layer_report
from tests.render.samples import COLUMNS, awkward

SUFFIXES = {"text": "txt", "markdown": "md", "csv": "csv", "html": "html"}


@pytest.fixture(autouse=True)
def colours(monkeypatch):
    """A terminal of sixteen colours, whatever the tests run in."""
    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "COLORTERM", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("renderer", SUFFIXES)
def test_a_report(renderer, golden):
    render = import_module(f"convmath.render.{renderer}").render
    golden(f"report.{SUFFIXES[renderer]}", render(awkward().table(COLUMNS)))


@pytest.mark.parametrize("width", [200, 80])
def test_a_report_on_a_terminal(width, golden):
    golden(f"report.{width}.ansi", terminal.render(awkward().table(COLUMNS), width=width))


def test_a_report_as_json(golden):
    golden("report.json", json_renderer.render(report_data(awkward())))


def test_one_layer(golden):
    report = layer_report(cm.ConvTranspose2d(64, 32, 4, stride=2, padding=1), ("1x64x14x10",))
    golden("layer.txt", import_module("convmath.render.text").render(description(report.rows[0])))


def test_a_folded_network(golden):
    golden("resnet18.txt", str(cm.zoo.resnet18().analyze().fold(1)))
