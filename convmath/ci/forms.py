"""Findings as other programs read them: GitHub's annotations, SARIF, JUnit, GitLab's code quality."""

from __future__ import annotations

import json
import os
from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from ..render.table import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..rules.rule import Finding
    from .check import Checked

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class Spot(NamedTuple):
    """Where a finding stands."""

    path: str
    line: int
    column: int


def spot(one: Finding) -> Spot:
    """The path, line and column of a finding; 1 where it tells of a whole file.

    >>> from convmath.rules.rule import Finding
    >>> spot(Finding("CM011", "", "", "", "", "nets/a:b.yaml:3:18", {}))
    Spot(path='nets/a:b.yaml', line=3, column=18)
    """
    path, _, rest = one.place.rpartition(":")
    before, _, line = path.rpartition(":")
    return Spot(before, int(line), int(rest)) if before and line.isdigit() and rest.isdigit() else Spot(one.place, 1, 1)


def told(one: Finding) -> str:
    """A finding in words, its layer and its mend with it."""
    named = f"{one.layer}: " if one.layer and one.layer not in one.message else ""
    return f"{named}{one.message}" + (f" ({one.mend})" if one.mend else "")


def github(files: Sequence[Checked]) -> str:
    """A workflow command for each finding, which GitHub shows beside the line that it is about.

    Source: GitHub, "Workflow commands for GitHub Actions".
    """
    lines = []
    for one in _all(files):
        at, given = spot(one), f"convmath {one.code}"
        stated = {"title": given, "file": at.path, "line": str(at.line), "col": str(at.column)}
        properties = ",".join(f"{name}={_property(value)}" for name, value in stated.items())
        lines.append(f"::error {properties}::{_data(f'{at.path}:{at.line}:{at.column}: {one.code} {told(one)}')}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(files: Sequence[Checked]) -> str:
    """The findings as a SARIF 2.1.0 log.

    Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0" (2020).
    """
    from .. import __version__

    titles = dict(sorted({one.code: one.title for one in _all(files)}.items()))
    driver = {
        "name": "convmath", "version": __version__,
        "rules": [{"id": code, "shortDescription": {"text": printable(title)}} for code, title in titles.items()],
    }  # fmt: skip
    codes = list(titles)
    results = [_result(one, codes.index(one.code)) for one in _all(files)]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return _json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(one: Finding, index: int) -> dict[str, Any]:
    at = spot(one)
    region = {"startLine": at.line, "startColumn": at.column}
    physical = {"artifactLocation": {"uri": _uri(at.path)}, "region": region}
    return {
        "ruleId": one.code, "ruleIndex": index, "level": "error", "message": {"text": printable(told(one))},
        "locations": [{"physicalLocation": physical}],
    }  # fmt: skip


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path.replace(os.sep, "/"), errors="backslashreplace")


def gitlab(files: Sequence[Checked]) -> str:
    """The findings as a code quality report of GitLab.

    A fingerprint is that of the file, the layer and the words, not of the line, which moves; of findings alike in these
    the second has another one, the third another, in the order of the file.

    Source: GitLab, "Code Quality: report format".
    """
    from hashlib import sha256

    found = []
    told_before: Counter[tuple[str, ...]] = Counter()
    for one in _all(files):
        at = spot(one)
        same = (at.path, one.code, one.layer, one.message)
        known = json.dumps([*same, *filter(None, [told_before[same]])])
        told_before[same] += 1
        found.append({
            "description": printable(f"{one.code} {told(one)}"), "check_name": one.code, "severity": "major",
            "fingerprint": sha256(known.encode()).hexdigest(),
            "location": {"path": printable(at.path), "lines": {"begin": at.line}},
        })  # fmt: skip
    return _json(found)


def junit(files: Sequence[Checked]) -> str:
    """A test suite with a case for each file, which fails with its findings.

    Source: the Jenkins xUnit plugin's schema of JUnit reports.
    """
    failed = sum(bool(file.findings) for file in files)
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f'<testsuites tests="{len(files)}" failures="{failed}">']
    lines.append(f'  <testsuite name="convmath" tests="{len(files)}" failures="{failed}" errors="0">')
    for file in files:
        case = f"    <testcase name={_attribute(file.path)} classname={_attribute('convmath.check')}"
        if not file.findings:
            lines.append(f"{case}/>")
            continue
        lines.append(f"{case}>")
        said = "\n".join(f"{one.place}: {one.code} {told(one)}" for one in file.findings)
        count = f"{len(file.findings)} finding{'s' if len(file.findings) > 1 else ''}"
        lines.append(f"      <failure message={_attribute(count)}>{escape(_xml(said), quote=False)}</failure>")
        lines.append("    </testcase>")
    return "\n".join([*lines, "  </testsuite>", "</testsuites>"])


def _xml(text: str) -> str:
    """The text without what no XML may hold."""
    return "\n".join(map(printable, text.split("\n")))


def _attribute(text: str) -> str:
    return f'"{escape(printable(text))}"'


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True)


def _all(files: Sequence[Checked]) -> list[Finding]:
    return [one for file in files for one in file.findings]


FORMS: dict[str, Callable[[Sequence[Checked]], str]] = {
    "github": github, "sarif": sarif, "junit": junit, "gitlab": gitlab,
}  # fmt: skip
"""What writes the findings in each form."""
