"""Reports as their schemas want them: SARIF 2.1.0 of OASIS, JUnit of Jenkins' xUnit plugin, our own."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from convmath.ci.check import Checked, check_file
from convmath.ci.forms import junit, sarif
from convmath.cli.group import run
from convmath.rules.rule import Finding
from tests.render.samples import PAYLOADS

DATA = Path(__file__).parents[1] / "data"

OWN = {
    "analyze": (
        ["analyze", "resnet18", "--depth", "2"], ["analyze", "unet", "--input", "1x1xHxW", "--training"],
        ["analyze", "deeplabv3_resnet50", "--input", "1x3x65x65", "--count-like", "thop"],
    ),
    "check": (["check", "broken/*.yaml"], ["check", "broken/mended/circle.yaml", "--select", "CM1,CM3"]),
    "diff": (
        ["diff", "broken/limits-in-a-layer.yaml", "broken/limit-per-pixel.yaml"],
        ["diff", "broken/mended/expect-params.yaml", "specs/resnet50.yaml", "--all", "--fail-on", "macs > +5%"],
    ),
}  # fmt: skip
"""Commands whose data is held to the schema of each name."""


@pytest.mark.parametrize("name", OWN)
def test_our_own(name, monkeypatch, capsys):
    jsonschema = pytest.importorskip("jsonschema")
    assert run(["schema", name]) == 0
    validator = jsonschema.Draft202012Validator(json.loads(capsys.readouterr().out))
    validator.check_schema(validator.schema)
    monkeypatch.chdir(DATA)
    for words in OWN[name]:
        assert run([*words, "--format", "json"]) < 2
        told = json.loads(capsys.readouterr().out)
        validator.validate(told)
        assert not validator.is_valid(told | {"schema": 2})


def test_the_lock_file(tmp_path, monkeypatch, capsys):
    jsonschema = pytest.importorskip("jsonschema")
    monkeypatch.chdir(DATA.parents[1] / "examples" / "ci")
    locked = tmp_path / "a.lock"
    assert run(["lock", "--lock-file", str(locked), "--given", "H=64"]) == 0
    capsys.readouterr()
    assert run(["schema", "lock"]) == 0
    validator = jsonschema.Draft202012Validator(json.loads(capsys.readouterr().out))
    validator.check_schema(validator.schema)
    for path in (locked, Path("convmath.lock")):
        held = json.loads(path.read_text())
        validator.validate(held)
        held["networks"][next(iter(held["networks"]))]["layers"][0].pop("macs")
        assert not validator.is_valid(held)


def reports():
    """Files without findings, broken files of every kind, and names that would do harm."""
    yield []
    yield [Checked("a.yaml", (), 0)]
    yield [check_file(str(path)) for path in sorted((DATA / "broken").glob("*.yaml"))]
    for name in PAYLOADS:
        found = Finding("CM011", name, name, name, name, f"{name}.yaml:3:18", {})
        yield [Checked(f"{name}.yaml", (found, found._replace(place=f"{name}.yaml")), 1)]


def test_sarif():
    jsonschema = pytest.importorskip("jsonschema")
    with gzip.open(DATA / "schemas" / "sarif-schema-2.1.0.json.gz") as file:
        schema = json.load(file)
    validator = jsonschema.Draft7Validator(schema)
    validator.check_schema(schema)
    for files in reports():
        validator.validate(json.loads(sarif(files)))
    log = json.loads(sarif([check_file(str(DATA / "broken" / "circle.yaml"))]))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert not validator.is_valid(log)


def test_junit():
    xmlschema = pytest.importorskip("xmlschema")
    schema = xmlschema.XMLSchema(DATA / "schemas" / "junit-10.xsd")
    for files in reports():
        schema.validate(junit(files))
    assert not schema.is_valid(junit([Checked("a.yaml", (), 0)]).replace("testcase", "case"))
