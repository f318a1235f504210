"""One list of harmful names before every renderer: what is written has the structure that it has with a plain name."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from convmath.ci.check import Checked, check_data, check_table, check_text
from convmath.ci.forms import github, gitlab, junit, sarif
from convmath.render import csv as csv_renderer
from convmath.render import dot, html, markdown, terminal, text
from convmath.render import json as json_renderer
from convmath.report.data import report_data
from convmath.rules.rule import Finding
from convmath.sheet import latex
from convmath.sheet.document import Code, Paragraph, Rows, Section, Sheet
from tests.render.samples import PAYLOADS, hostile
from tests.render.test_hostile_names import COLOUR, PLAIN, Reader, controls, structure

WIDE = 3000


def table(name):
    return hostile(name).table()


def found(name):
    """A file of this name in which everything that is told holds it."""
    first = Finding("CM011", name, name, f"{name} is claimed", f"write {name}", f"{name}.yaml:3:18", {"name": name})
    return [Checked(f"{name}.yaml", (first, first._replace(place=f"{name}.yaml")), 2)]


def sheet(name):
    rows = Rows(name, (name, "b"), ((name, Code(name)), ("wide" * 50, Code("wide" * 50))))
    return Sheet(name, name, (Section("names", (Paragraph((name, Code(name))), rows)),))


def lines(rendered):
    return rendered.count("\n")


def tags(rendered):
    return Reader(rendered).tags


def tokens(rendered):
    return structure(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(rendered))


def fields(rendered):
    rows = list(csv.reader(io.StringIO(rendered), strict=True))
    assert not any(field.lstrip().startswith(("=", "+", "@", "\t", "\r")) for row in rows for field in row)
    return [len(row) for row in rows]


def statements(rendered):
    """The words of DOT and the tags of its labels, without what stands in quotes or is a value."""
    found, place = [], 0
    while place < len(rendered):
        end = ended(rendered, place)
        word = rendered[place:end]
        value = word[0] == '"' or found[-1:] == ["="]
        found.append(marks(word[1:-1]) if word[0] == "<" else "_" if value else word)
        place = end
    return found


def marks(label):
    """The tags of a label, but for those that only keep a backslash from the letter after it."""
    return {tag: count for tag, count in Reader(label).tags.items() if tag != ("font", ())}


def ended(rendered, place):
    """Where a label in brackets, which balance, or a quoted text, or a word ends."""
    if rendered[place] != "<":
        return re.compile(r'"(?:[^"\\]|\\.)*"|[\w.]+|.', re.DOTALL).match(rendered, place).end()
    depth = 0
    for end in range(place, len(rendered)):
        depth += (rendered[end] == "<") - (rendered[end] == ">")
        if not depth:
            return end + 1
    raise AssertionError(rendered[place:])


def commands(rendered):
    """LaTeX's commands and what else steers it, without those that stand for one character each."""
    spelled = sorted((word for word in latex.LETTERS.values() if len(word) > 1), key=len, reverse=True)
    rest = re.sub("|".join(map(re.escape, spelled)), "", rendered)
    return re.findall(r"\\[a-zA-Z]+|\\.|[{}%&$#^_~]", rest)


def shape(value):
    """The keys and kinds of data, in which every text can be shown."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    assert not isinstance(value, str) or value.isprintable()
    return type(value)


def data(rendered):
    return shape(json.loads(rendered))


def elements(rendered):
    return [(element.tag, sorted(element.attrib)) for element in ET.fromstring(rendered).iter()]


def annotations(rendered):
    pattern = r"::error title=[^,:]*,file=[^,:]*,line=\d+,col=\d+::.*"
    return [re.fullmatch(pattern, line) is not None for line in rendered.split("\n")]


RENDERERS = {
    "text": (lambda name: text.render(table(name)), lines),
    "terminal": (lambda name: COLOUR.sub("", terminal.render(table(name), width=WIDE)), lines),
    "html": (lambda name: html.render(table(name)), tags),
    "markdown": (lambda name: markdown.render(table(name)), tokens),
    "csv": (lambda name: csv_renderer.render(table(name)), fields),
    "dot": (lambda name: re.sub(r"(?m)^\t+", "", dot.render(hostile(name).drawing())), statements),
    "latex": (lambda name: latex.render(sheet(name)), commands),
    "check text": (lambda name: check_text(found(name)), lines),
    "check terminal": (
        lambda name: COLOUR.sub("", terminal.render(check_table(found(name)), width=WIDE)),
        lines,
    ),
    "check html": (lambda name: html.render(check_table(found(name))), tags),
    "check markdown": (lambda name: markdown.render(check_table(found(name))), tokens),
    "check csv": (lambda name: csv_renderer.render(check_table(found(name))), fields),
    "github": (lambda name: github(found(name)), annotations),
    "sarif": (lambda name: sarif(found(name)), data),
    "junit": (lambda name: junit(found(name)), elements),
    "gitlab": (lambda name: gitlab(found(name)), data),
}


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
@pytest.mark.parametrize("form", RENDERERS)
def test_a_name_is_text_and_nothing_else(form, payload):
    render, skeleton = RENDERERS[form]
    rendered = render(payload)
    assert rendered.encode("utf-8")
    assert controls(rendered) == set()
    plain = re.sub(r"[^.]+", PLAIN, payload)  # in diagrams a dot makes a group
    assert skeleton(rendered) == skeleton(render(plain))


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_json_is_ascii_without_control_characters(payload):
    for value in (report_data(hostile(payload)), check_data(found(payload))):
        rendered = json_renderer.render(value)
        assert rendered.isascii()
        assert controls(rendered) == set()
        assert json.loads(rendered) == json.loads(json.dumps(value))
