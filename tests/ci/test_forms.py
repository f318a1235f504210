"""Findings for other programs: read back by what reads such files, with every character that means something there."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest

from convmath.ci.check import Checked, check_file, check_text
from convmath.ci.forms import TOPS, github, gitlab, junit, sarif, spot
from convmath.cli.group import run
from convmath.rules.rule import Finding

ODD = [
    "a%b", "a:b,c", "x\ny", "::error::no", "<b>&amp;</b>", "]]>", '"quoted"', "\x1b[31mred", "\x00", "naïve ⌊H/2⌋",
    "\r", "-->",
]  # fmt: skip


def checked(text="fine", path="nets/a.yaml"):
    finding = Finding("CM011", "title", "stem", f"{text} is claimed", f"write {text}", f"{path}:3:18", {})
    return [Checked("nets/good.yaml", (), 2), Checked(path, (finding, finding._replace(place=path)), 1)]


@pytest.mark.parametrize("text", ODD)
def test_annotations_are_one_line_each(text):
    first, second, last = github(checked(text, f"nets/{text}.yaml")).split("\n")
    properties, data = re.fullmatch(r"::error ([^\n]*?)::(.*)", first).groups()
    stated = dict(pair.split("=", 1) for pair in properties.split(","))
    assert stated.keys() == {"title", "file", "line", "col"}
    assert (stated["line"], stated["col"]) == ("3", "18")
    undone = {"%0A": "\n", "%0D": "\r", "%25": "%", "%3A": ":", "%2C": ","}
    back = re.sub("%0A|%0D|%25|%3A|%2C", lambda found: undone[found[0]], stated["file"])
    assert back == f"nets/{text}.yaml".replace("\x1b", "\\x1b").replace("\x00", "\\x00").replace("\n", "\\n").replace(
        "\r", "\\r"
    )
    assert not re.search(r"[\x00-\x1f]", data)
    assert ",line=1,col=1::" in second
    assert last == "2 findings in 2 files with 3 claims"


@pytest.mark.parametrize("text", ODD)
def test_sarif(text):
    log = json.loads(sarif(checked(text)))
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    assert [rule["id"] for rule in only["tool"]["driver"]["rules"]] == ["CM011"]
    first, second = only["results"]
    region = first["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 3, "startColumn": 18}
    assert first["ruleIndex"] == 0
    assert first["message"]["text"].startswith("stem: ")
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "nets/a.yaml"


@pytest.mark.parametrize("text", ODD)
def test_junit_is_read_by_a_parser(text):
    root = ET.fromstring(junit(checked(text, f"nets/{text}.yaml")))
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    good, bad = suite
    assert (good.get("name"), len(good)) == ("nets/good.yaml", 0)
    assert bad[0].get("message") == "2 findings"
    assert bad[0].text.count("CM011") == 2


def test_gitlab():
    one, two = json.loads(gitlab(checked("x")))
    assert one["location"] == {"path": "nets/a.yaml", "lines": {"begin": 3}}
    other = json.loads(gitlab(checked("y")))[0]
    assert len({found["fingerprint"] for found in (one, two, other)}) == 3  # two says what one says
    moved = [
        file._replace(findings=tuple(at._replace(place="nets/a.yaml:9:9") for at in file.findings))
        for file in checked("x")
    ]
    assert [found["fingerprint"] for found in json.loads(gitlab(moved))] == [one["fingerprint"], two["fingerprint"]]


def test_places_with_colons():
    assert spot(checked(path="a:b.yaml")[1].findings[0]) == ("a:b.yaml", 3, 18)
    assert spot(checked(path="a:b.yaml")[1].findings[1]) == ("a:b.yaml", 1, 1)


def test_nothing_found():
    fine = [Checked("a.yaml", (), 0)]
    assert github(fine) == "no findings in 1 file with 0 claims"
    assert json.loads(gitlab(fine)) == []
    assert json.loads(sarif(fine))["runs"][0]["results"] == []
    assert check_text(fine) == "no findings in 1 file with 0 claims"


def test_github_is_meant_where_it_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("{input: [1, 3, 9, 9], limits: {params: 5}, layers: ['Conv2d(3, 8, 3)']}")
    assert run(["check", "a.yaml"]) == 1
    assert capsys.readouterr().out.startswith("a.yaml:1:40: CM011 ")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(["check", "a.yaml"]) == 1
    assert capsys.readouterr().out.startswith("::error title=convmath CM011,file=a.yaml,line=1,col=40::")
    assert run(["check", "a.yaml", "-o", "found.sarif"]) == 1
    assert json.loads((tmp_path / "found.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "CM011"
    assert run(["check", "a.yaml", "-o", "found.xml"]) == 1
    assert ET.parse(tmp_path / "found.xml").getroot().tag == "testsuites"


def test_paths_are_those_of_the_repository(tmp_path, monkeypatch):
    """A check that runs in a folder of it names the file that the server knows."""
    (tmp_path / "models" / "nets").mkdir(parents=True)
    (tmp_path / "models" / "nets" / "a.yaml").write_text("input: [1, 3, 9, 9]\nexpect: {params: 3}\nlayers: [ReLU]\n")
    monkeypatch.chdir(tmp_path / "models")
    for variable in TOPS:
        monkeypatch.delenv(variable, raising=False)
    checked = [check_file("nets/a.yaml")]
    for variable, root, path in (
        ("GITHUB_WORKSPACE", tmp_path, "models/nets/a.yaml"), ("CI_PROJECT_DIR", tmp_path, "models/nets/a.yaml"),
        ("GITHUB_WORKSPACE", tmp_path / "other", "nets/a.yaml"), ("GITHUB_WORKSPACE", "", "nets/a.yaml"),
    ):  # fmt: skip
        with monkeypatch.context() as patched:
            patched.setenv(variable, str(root))
            assert f",file={path},line=2," in github(checked)
            (result,) = json.loads(sarif(checked))["runs"][0]["results"]
            assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == path
            assert json.loads(gitlab(checked))[0]["location"]["path"] == path
