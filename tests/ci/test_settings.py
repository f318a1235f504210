"""[tool.convmath] of a pyproject.toml, --jobs, and the summary that GitHub shows."""

from __future__ import annotations

import json
import re

import pytest

from convmath.ci.check import check_file, check_files
from convmath.ci.settings import MOST_BYTES, matching, settings
from convmath.ci.summary import MOST_BYTES as LONGEST
from convmath.ci.summary import summary
from convmath.cli.group import run
from convmath.core.errors import FileError

NET = "{{input: [1, 3, H, W], limits: {{params: {most}}}, layers: ['Conv2d(3, 8, 3, padding={p})', MaxPool2d(2)]}}"


@pytest.fixture
def nets(tmp_path, monkeypatch):
    """Three networks, of which the second claims what does not hold."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets").mkdir()
    for name, most in (("a", 224), ("b", 200), ("c", 500)):
        (tmp_path / "nets" / f"{name}.yaml").write_text(NET.format(most=most, p=1))
    return tmp_path


def configure(folder, text):
    (folder / "pyproject.toml").write_text(f"[tool.convmath]\n{text}\n", encoding="utf-8")


FOUND = "nets/b.yaml:1:40: CM011 params is 224, ≤ 200 is claimed\n1 finding in {} files with {} claims\n"


def test_files_of_the_configuration(nets, capsys):
    configure(nets, 'files = ["nets/*.yaml"]')
    assert run(["check"]) == 1
    assert capsys.readouterr().out == FOUND.format(3, 3)
    assert run(["check", "nets/a.yaml"]) == 0
    assert capsys.readouterr().out == "no findings in 1 file with 1 claim\n"


def test_the_configuration_above_is_meant(nets, monkeypatch, capsys):
    configure(nets, 'files = ["nets/b.yaml", "nets/*.yaml"]')
    inner = nets / "src" / "deep"
    inner.mkdir(parents=True)
    (inner.parent / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    monkeypatch.chdir(inner)
    assert run(["check"]) == 1
    assert capsys.readouterr().out == "../../" + FOUND.format(3, 3)


def test_a_folder_is_no_pattern(nets, monkeypatch, capsys):
    inner = nets / "[ab]"
    (inner / "src").mkdir(parents=True)
    (nets / "nets").rename(inner / "nets")
    configure(inner, 'files = ["nets/[bc].yaml"]')
    monkeypatch.chdir(inner / "src")
    assert run(["check"]) == 1
    assert capsys.readouterr().out == "../" + FOUND.format(2, 2)


def test_rules_and_values(nets, capsys):
    configure(nets, 'files = ["nets/a.yaml"]\nselect = ["CM101"]\n[tool.convmath.given]\nH = 9\nW = "2*w"')
    assert settings().given["H"] == 9
    assert str(settings().given["W"]) == "2w"
    assert run(["check"]) == 1
    assert "CM101" in capsys.readouterr().out
    assert run(["check", "--given", "H=8"]) == 0
    assert run(["check", "--select", ""]) == 0
    assert run(["check", "--ignore", "CM1"]) == 0
    configure(nets, 'files = ["nets/a.yaml"]\nselect = ["CM101"]\nignore = ["CM101"]\ngiven = {H = 9, W = 4}')
    assert run(["check"]) == 0


WRONG = [
    ("file = ['a']", ": no key of [tool.convmath] is called 'file'; did you mean files?"),
    ("path = ['a']", ": no key of [tool.convmath] is called 'path'"),
    ("files = 'a'", """: [tool.convmath] files must be a list of texts such as ["nets/*.yaml"], not 'a'"""),
    ("files = [1]", """: [tool.convmath] files must be a list of texts such as ["nets/*.yaml"], not [1]"""),
    ("files = ['']", """: [tool.convmath] files must be a list of texts such as ["nets/*.yaml"], not ['']"""),
    ("select = 3", """: [tool.convmath] select must be a list of texts such as ["CM3"], not 3"""),
    ("given = 3", ": [tool.convmath] given must be a table of sizes such as {H = 224}, not 3"),
    ("given = {'a b' = 3}", ": [tool.convmath] given: 'a b' cannot name a size"),
    ("given = {H = true}", ": [tool.convmath] given.H must be an integer, or a formula such as '2*h', not True"),
    ("given = {H = 1.5}", ": [tool.convmath] given.H must be an integer, or a formula such as '2*h', not 1.5"),
    ("given = {H = 'one two'}", ": [tool.convmath] given.H: "),
    ("given = {H = 2024-01-01}", ": [tool.convmath] given.H must be an integer, or a formula such as '2*h', not "),
    ("files = [", ": this is not TOML: Invalid value (at end of document)"),
    ("select = ['CM999']", ": [tool.convmath]: no rule is called 'CM999'"),
    ("files = [%]", ":2:10: this is not TOML: Invalid value"),
    ("files = " + "[" * 3000, ": this is not TOML: values lie too deep in one another"),
    ("given = {H = " + "9" * 5000 + "}", ": this is not TOML: "),
    ("files = ['nothing/*.yaml']", ": [tool.convmath] files: 'nothing/*.yaml' matches no file"),
    ("'\\u001b[31m' = 1", ": no key of [tool.convmath] is called '\\x1b[31m'"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text[:30] for text, _ in WRONG])
def test_what_is_wrong_with_it(nets, capsys, text, message):
    if "001b" in text:
        text = '"\\u001b[31m" = 1'
    configure(nets, text)
    assert run(["check"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: pyproject.toml" + message)
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_a_rule_that_is_none(nets, capsys):
    assert run(["check", "nets/a.yaml", "--select", "CM999"]) == 2
    assert capsys.readouterr().err.startswith("error: no rule is called 'CM999'")


def test_bytes_that_are_no_text(nets):
    (nets / "pyproject.toml").write_bytes(b"[tool.convmath]\nfiles = ['\xff']\n")
    with pytest.raises(FileError, match=r"^pyproject.toml:2:1: byte 0xff is not UTF-8$"):
        settings()
    (nets / "pyproject.toml").write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(FileError, match=r"a pyproject.toml at most 4,194,304"):
        settings()
    (nets / "pyproject.toml").write_text("tool = 3")
    assert settings().path == ""


def test_no_files_and_no_configuration(nets, capsys):
    assert run(["check"]) == 2
    assert capsys.readouterr().err == (
        "error: no FILES (name spec files, or state files = ['nets/*.yaml'] in [tool.convmath] of pyproject.toml)\n"
    )


def test_processes_tell_the_same_in_the_same_order(nets, capsys):
    texts = []
    for jobs in ("1", "2"):
        words = ["check", "nets/c.yaml", "nets/b.yaml", "nets/a.yaml", "--jobs", jobs, "--select", "CM1"]
        assert run([*words, "--format", "json"]) == 1
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert [file["path"] for file in json.loads(texts[0])["files"]] == ["nets/c.yaml", "nets/b.yaml", "nets/a.yaml"]
    assert {one["code"] for file in json.loads(texts[0])["files"] for one in file["findings"]} >= {"CM011", "CM101"}
    with pytest.raises(FileError, match=r"^nets/d.yaml: does not exist"):
        check_files(["nets/a.yaml", "nets/d.yaml", "nets/e.yaml"], jobs=2)


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_jobs_is_a_number(nets, capsys, jobs):
    assert run(["check", "nets/a.yaml", "--jobs", jobs]) == 2
    assert "--jobs" in capsys.readouterr().err


def test_the_summary_of_a_step(nets, monkeypatch, capsys):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(nets / "summary.md"))
    (nets / "summary.md").write_text("before\n")
    assert run(["check", "nets/*.yaml"]) == 1
    assert run(["check", "nets/a.yaml"]) == 0
    text = (nets / "summary.md").read_text(encoding="utf-8")
    assert text.startswith("before\n### convmath check\n\n1 finding in 3 files with 3 claims\n\n")
    assert "| nets/b.yaml:1:40 | CM011 |  | params is 224, ≤ 200 is claimed |  |\n" in text
    assert text.endswith("### convmath check\n\nno findings in 1 file with 1 claim\n\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(nets))
    capsys.readouterr()
    assert run(["check", "nets/a.yaml"]) == 2
    assert "the summary cannot be written: Is a directory" in capsys.readouterr().err


def test_the_summary_is_bounded_and_escaped(nets):
    path = nets / "nets" / "<b>|`x`.yaml"
    path.write_text(NET.format(most=5, p=1))
    (only,) = check_file(str(path)).findings
    text = summary([check_file(str(path))._replace(findings=(only,) * 20_000)])
    assert len(text.encode()) < LONGEST + 200
    assert re.search(r"\n[0-9,]+ more are not shown\.$", text)
    assert r"\<b\>\|\`x\`.yaml" in text
    assert "<b>" not in text


def test_a_file_with_brackets_in_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("net[1].yaml", "net1.yaml"):
        (tmp_path / name).write_text("{}")
    assert matching(["net[1].yaml"]) == ["net[1].yaml"]
    assert matching(["net[12].yaml"]) == ["net1.yaml"]
