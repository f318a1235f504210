"""Findings as other programs read them: GitHub's annotations, SARIF, JUnit, GitLab's code quality."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from ..render.table import printable
from .holding import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..rules.rule import Finding
    from .check import Checked

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

TOPS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Variables by which services name the top of the repository."""

PLACED = re.compile(r"(.+?):(\d+):(\d+): ")
"""How a message begins that names a place."""


class Spot(NamedTuple):
    """Where a finding stands: the path as other programs look for it."""

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
    if before and line.isdigit() and rest.isdigit():
        return Spot(before, int(line), int(rest))
    return Spot(one.place, 1, 1)


def _from_top(path: str) -> str:
    """The path from the top of the repository on, where a service says where that is: so it looks for the file.

    Sources: GitHub, "Variables reference: GITHUB_WORKSPACE"; GitLab, "Predefined CI/CD variables: CI_PROJECT_DIR".
    """
    top = next(filter(None, map(os.environ.get, TOPS)), "")
    if not top:
        return path
    try:
        found = os.path.relpath(os.path.realpath(os.path.dirname(path) or "."), os.path.realpath(top))
    except ValueError:  # on another drive, or no path at all
        return path
    if found.split(os.sep)[0] == os.pardir:
        return path
    return os.path.normpath(os.path.join(found, os.path.basename(path))).replace(os.sep, "/")


def in_repository(one: Finding) -> Spot:
    """Where a finding stands, its path from the top of the repository on where one is named that holds it."""
    at = spot(one)
    return at._replace(path=_from_top(at.path))


def told(one: Finding) -> str:
    """A finding in words, its layer and its mend with it.

    >>> from convmath.rules.rule import Finding
    >>> told(Finding("CM021", "", "mid", "source is mid0 (locked: p3)", "lock it", "", {}))
    'mid: source is mid0 (locked: p3) (lock it)'
    """
    named = f"{one.layer}: " if one.layer and one.code != REFUSED else ""  # a refusal says who refuses
    return f"{named}{one.message}" + (f" ({one.mend})" if one.mend else "")


def github(files: Sequence[Checked]) -> str:
    """A workflow command for each finding, which GitHub shows beside its line, and a line that sums up.

    Source: GitHub, "Workflow commands for GitHub Actions".
    """
    from .check import summed

    lines = []
    for one in _all(files):
        at, given = in_repository(one), f"convmath {one.code}"
        stated = {"title": given, "file": at.path, "line": str(at.line), "col": str(at.column)}
        lines.append(_command(stated, f"{at.path}:{at.line}:{at.column}: {one.code} {told(one)}"))
    return "\n".join([*lines, summed(files)])


def github_error(message: str) -> str:
    """A workflow command for an error for which nothing was checked, beside the line that it names, if it names one.

    >>> github_error("convmath.lock:5:1: is no lock file")
    '::error title=convmath,file=convmath.lock,line=5,col=1::convmath.lock:5:1: is no lock file'
    """
    found = PLACED.match(message)
    stated = {"file": _from_top(found[1]), "line": found[2], "col": found[3]} if found else {}
    return _command({"title": "convmath", **stated}, message)


def _command(properties: dict[str, str], text: str) -> str:
    return f"::error {','.join(f'{name}={_property(value)}' for name, value in properties.items())}::{_data(text)}"


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
    at = in_repository(one)
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
        at = in_repository(one)
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
