"""Reports as their published schemas want them: SARIF 2.1.0 of OASIS, JUnit of Jenkins' xUnit plugin."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from convmath.ci.check import Checked, check_file
from convmath.ci.forms import junit, sarif
from convmath.rules.rule import Finding
from tests.render.samples import PAYLOADS

DATA = Path(__file__).parents[1] / "data"


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
