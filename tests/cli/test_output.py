"""-o: a format for every suffix, and a file that is whole or was never touched."""

import errno
import json
import os
from pathlib import Path

import pytest

from convmath.cli.options import SUFFIXES

BEGINNINGS = {
    "text": "resnet18 (input ",
    "json": "{\n",
    "csv": "layer,type,",
    "markdown": "**resnet18 ",
    "html": "<!doctype html>",
}


def words(target, *more):
    return ("analyze", "resnet18", "--depth", "1", "-o", str(target), *more)


@pytest.mark.parametrize(
    ("name", "form"),
    [*((f"report{suffix}", forms[0]) for suffix, forms in SUFFIXES.items()), ("b", "text")],
)
def test_the_suffix_says_the_format(convmath, tmp_path, name, form):
    target = tmp_path / name
    assert convmath(*words(target)) == (0, "", "")
    assert target.read_text(encoding="utf-8").startswith(BEGINNINGS[form])
    assert target.read_bytes().endswith(b"\n")


@pytest.mark.parametrize("form", BEGINNINGS)
def test_any_format_goes_into_a_text_or_where_no_suffix_says_another(convmath, tmp_path, form):
    target = tmp_path / f"report{'' if form == 'csv' else '.txt' if form == 'json' else '.data'}"
    assert convmath(*words(target, "--format", form)) == (0, "", "")
    assert target.read_text(encoding="utf-8").startswith(BEGINNINGS[form])


@pytest.mark.parametrize("form", BEGINNINGS)
def test_a_file_holds_what_standard_output_shows(convmath, tmp_path, form):
    target = tmp_path / "report"
    convmath(*words(target, "--format", form))
    _, out, _ = convmath("analyze", "resnet18", "--depth", "1", "--format", form)
    assert target.read_bytes() == out.encode()


@pytest.mark.parametrize(
    "command",
    [("layer", "ReLU()"), ("layer", "ReLU()", "-i", "1x3x9x9"), ("layers",), ("layers", "ReLU")],
    ids=" ".join,
)
def test_every_command_writes_files(convmath, tmp_path, command):
    target = tmp_path / "report.json"
    assert convmath(*command, "--output", str(target)) == (0, "", "")
    assert json.loads(target.read_text(encoding="utf-8"))["schema"] == 1


def test_a_dash_is_standard_output(convmath, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert convmath("layer", "ReLU()", "-o", "-") == convmath("layer", "ReLU()")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(refusal, tmp_path):
    target = tmp_path / "missing" / "report.json"
    assert refusal(*words(target)) == f"{target}: cannot be written: No such file or directory"


def test_a_folder(refusal, tmp_path):
    assert refusal(*words(tmp_path)) == f"{tmp_path}: cannot be written: Is a directory"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["replace", "fsync", "chmod"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_write_that_fails_leaves_the_file_as_it_was(convmath, tmp_path, monkeypatch, call, number):
    def fails(*arguments):
        raise OSError(number, os.strerror(number))

    target = tmp_path / "report.json"
    target.write_text("what was there", encoding="utf-8")
    monkeypatch.setattr(os, call, fails)
    code, out, err = convmath(*words(target))
    monkeypatch.undo()
    assert (code, out) == (3 if number == errno.ENOSPC else 2, "")
    assert err == f"error: {target}: cannot be written: {os.strerror(number)}\n"
    assert target.read_text(encoding="utf-8") == "what was there"
    assert list(tmp_path.iterdir()) == [target]


def test_a_write_that_is_interrupted_leaves_the_file_as_it_was(convmath, tmp_path, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    target = tmp_path / "report.json"
    target.write_text("what was there", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", interrupted)
    assert convmath(*words(target))[0] == 130
    monkeypatch.undo()
    assert target.read_text(encoding="utf-8") == "what was there"
    assert list(tmp_path.iterdir()) == [target]


def test_a_name_that_would_steer_the_terminal(refusal, tmp_path):
    text = refusal(*words(tmp_path / "\x1b[31m" / "x"))
    assert "\x1b" not in text
    assert "\\x1b[31m" in text


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_device(convmath):
    told = "error: /dev/full: cannot be written: No space left on device\n"
    assert convmath(*words("/dev/full")) == (3, "", told)
    assert Path("/dev/full").is_char_device()
