"""What pull requests break that no claim is about: files that go, merges left unfinished, models not fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from convmath.ci.check import Checked, check_text
from convmath.ci.forms import github, gitlab, sarif
from convmath.cli.group import run
from convmath.rules.rule import Finding

NET = "input: [1, 3, 9, 8]\nlayers:\n  - stem: Conv2d(3, 8, 3)\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a.yaml and b.yaml, which [tool.convmath] names and which are locked."""
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pyproject.toml").write_text('[tool.convmath]\nfiles = ["*.yaml"]\n')
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(NET)
    assert run(["lock"]) == 0
    return tmp_path


def test_a_file_that_is_locked_and_deleted(folder, capsys):
    (folder / "b.yaml").unlink()
    capsys.readouterr()
    assert run(["check"]) == 0
    assert run(["check", "--locked"]) == 1
    assert (
        "convmath.lock:1:1: CM021 'b.yaml' is locked, but the file is not there any more"
        " (if that is meant: convmath lock --update)"
    ) in capsys.readouterr().out
    assert run(["lock", "--update"]) == 0
    assert run(["check", "--locked"]) == 0


def test_the_mend_names_the_lock_file(folder, capsys):
    (folder / "convmath.lock").rename(folder / "own.lock")
    (folder / "a.yaml").write_text(NET.replace("8, 3)", "7, 3)"))
    (folder / "b.yaml").unlink()
    assert run(["check", "--locked", "--lock-file", "own.lock"]) == 1
    out = capsys.readouterr().out
    assert "(if that is meant: convmath lock --update --lock-file own.lock a.yaml)" in out
    assert "(if that is meant: convmath lock --update --lock-file own.lock)" in out


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", "=======", ">>>>>>> topic", "||||||| 1a2b3c"])
def test_a_merge_left_in_a_specification(folder, capsys, marker):
    (folder / "a.yaml").write_text(NET.replace("layers:\n", f"layers:\n{marker}\n"))
    assert run(["check", "a.yaml"]) == 1
    assert "a.yaml:3:1: CM001 a merge conflict is not resolved (keep one side," in capsys.readouterr().out


def test_a_merge_left_in_the_lock_file(folder, capsys):
    path = folder / "convmath.lock"
    path.write_text(path.read_text().replace('\n        {"act', '\n<<<<<<< HEAD\n        {"act', 1))
    assert run(["check", "--locked"]) == 2
    assert capsys.readouterr().err == (
        "error: convmath.lock:5:1: a merge conflict is not resolved (keep either side whole, then convmath lock"
        " --update)\n"
    )


def test_a_layer_is_named_although_its_message_holds_its_name():
    finding = Finding("CM021", "", "output", "output is 1 x 3 x 9 x 8 (locked: 1 x 3 x 7 x 6)", "", "a.yaml:4:5", {})
    assert check_text([Checked("a.yaml", (finding,), 0)]).startswith("a.yaml:4:5: CM021 output: output is 1 x 3")


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_other_programs_read_paths_from_the_top_of_the_repository(folder, monkeypatch, variable):
    """Wherever in it the command runs; what lies outside stays as it was written."""
    inner = folder / "deep" / "er"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    monkeypatch.setenv(variable, str(folder))
    finding = Finding("CM011", "", "", "no", "", "../nets/a.yaml:3:18", {})
    outside = finding._replace(place=f"{Path('../../..')}/b.yaml:1:1")
    checked = [Checked("../nets/a.yaml", (finding, outside), 1)]
    for form in (github, gitlab, sarif):
        assert "deep/nets/a.yaml" in form(checked)
        assert "../nets/a.yaml" not in form(checked)
        assert "../../../b.yaml" in form(checked)


def test_github_shows_why_nothing_was_checked(folder, monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (folder / "convmath.lock").write_text("<<<<<<< HEAD\n")
    capsys.readouterr()
    assert run(["check", "--locked"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("::error title=convmath,file=convmath.lock,line=1,col=1::convmath.lock:1:1: a merge conflict")
    assert err.startswith("error: convmath.lock:1:1: a merge conflict")
    assert run(["check", "c.yaml"]) == 2
    assert capsys.readouterr().out.startswith("::error title=convmath::c.yaml: does not exist")


def test_a_table_without_findings_says_how_much_was_checked(folder, capsys):
    assert run(["check", "--format", "markdown"]) == 0
    assert "no findings in 2 files with 0 claims." in capsys.readouterr().out
