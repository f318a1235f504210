"""Findings and rules as text, as tables and as data."""

from __future__ import annotations

from textwrap import fill, indent
from typing import TYPE_CHECKING, Any

from ..core.size import Symbolic
from ..formats.spec import loads
from ..render.table import Heading, Table, printable
from ..report.data import plain
from .catalogue import FILES, rule
from .linting import lint, unasked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..report.analysis import Report
    from .rule import Finding

WIDTH = 100
"""Characters of a line of a rule's explanation."""

MOST_NAMED = 4
"""Layers of which one thing is told that are all named."""


def findings_text(report: Report, findings: Sequence[Finding], codes: Sequence[str], width: int | None = None) -> str:
    """Every finding with its mend, what is found alike at several layers told once, and a line that sums up.

    Lines are folded to `width` characters, or not at all.
    """
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.code, finding.message, finding.mend), []).append(finding)
    lines = []
    for (code, message, mend), group in alike.items():
        lines += [f"{_where(group)}: {code} {message}", f"    {mend}"]
    lines += [""] * bool(lines) + [_summed_up(report, findings, codes)]
    return "\n".join(_folded(printable(line), width) for line in lines)


def _folded(line: str, width: int | None) -> str:
    """The line, what has no room on it a little further in."""
    further = " " * (len(line) - len(line.lstrip()) + 2)
    return fill(line, width, subsequent_indent=further, break_on_hyphens=False) if width else line


def _where(group: list[Finding]) -> str:
    first = group[0]
    names = [finding.layer for finding in group]
    more = f" and {len(names) - MOST_NAMED + 1} more" if len(names) > MOST_NAMED else ""
    named = ", ".join(names[: MOST_NAMED - 1] if more else names) + more
    return f"{first.place}: {named}" if first.place else named


def _summed_up(report: Report, findings: Sequence[Finding], codes: Sequence[str]) -> str:
    silent = unasked(report, codes)
    asked = len(codes) - len(silent)
    words = [f"{_count(len(findings), 'finding')} by {_count(asked, 'rule')} in {report.title}"]
    if silent:
        words.append(f"{', '.join(silent)} {'needs' if len(silent) == 1 else 'need'} numbers in place of symbols")
    if report.unknown:
        words.append(f"{report.say_unknown().replace('Unknown', 'unknown', 1)}, which no rule judges")
    if findings:
        words.append(f"convmath lint --explain {findings[0].code} says why")
    return "; ".join(words)


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def findings_table(report: Report, findings: Sequence[Finding], codes: Sequence[str]) -> Table:
    """A row for each finding."""
    headings = tuple(map(Heading, ("code", "layer", "place", "finding", "mend")))
    rows = tuple((one.code, one.layer, one.place, one.message, one.mend) for one in findings)
    return Table(report.title, headings, rows, (), (_summed_up(report, findings, codes),))


def findings_data(report: Report, findings: Sequence[Finding], codes: Sequence[str]) -> dict[str, Any]:
    """The findings as --format json writes them; `unasked` are rules that need numbers where there are symbols."""
    return {
        "schema": 1,
        "network": report.title,
        "findings": [data_of(finding) for finding in findings],
        "asked": [code for code in codes if code not in unasked(report, codes)],
        "unasked": list(unasked(report, codes)),
    }


def data_of(finding: Finding) -> dict[str, Any]:
    """A finding for a program: formulas among its figures as text."""
    return finding._asdict() | {"figures": _plain(finding.figures)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return plain(value) if isinstance(value, Symbolic) or not isinstance(value, float | bool) else value


def rules_table(codes: Sequence[str] = tuple(FILES)) -> Table:
    """The rules, and which of them are asked unless others are selected."""
    rows = []
    for code in codes:
        told = rule(code)
        rows.append((code, told.title, "yes" if told.usual else "", "numbers" if told.numbers else ""))
    headings = tuple(map(Heading, ("code", "finds", "usual", "needs")))
    return Table("rules", headings, tuple(rows))


def rules_data(codes: Sequence[str] = tuple(FILES)) -> dict[str, Any]:
    """The rules in full."""
    return {"schema": 1, "rules": [{"code": code} | _stated(code) for code in codes]}


def _stated(code: str) -> dict[str, Any]:
    return {key: value for key, value in rule(code)._asdict().items() if key != "find"}


def explanation(codes: Sequence[str]) -> str:
    """What rules are about, in full: the law, what they tell, the mend and the source."""
    return "\n\n".join(map(_explained, codes))


def _explained(code: str) -> str:
    told = rule(code)
    asked = "asked unless others are selected" if told.usual else f"asked where selected (--select +{code})"
    needs = "; needs numbers in place of symbols" if told.numbers else ""
    found = example_of(code)
    says = (f"{found.layer}: {found.code} {found.message}", f"Mend: {found.mend}.")
    blocks = [
        f"{code}  {told.title}",
        fill(told.law, WIDTH),
        "For example:",
        indent(told.example.rstrip(), "    "),
        *(fill(line, WIDTH, initial_indent="    ", subsequent_indent="    ") for line in says),
        fill(f"Source: {told.source}.", WIDTH),
        f"This rule is {asked}{needs}.",
    ]
    return "\n\n".join(blocks)


def example_of(code: str) -> Finding:
    """What a rule finds in its own example, where an object of 100 positions is to be seen.

    >>> example_of("CM302").figures["overlaps"]
    [1, 1, 0]
    """
    return lint(loads(rule(code).example).analyze(), code, object_size=100)[0]
