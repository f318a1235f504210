"""Names from outside reach every renderer; none leaves it as anything but text."""

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from convmath.render import csv as csv_renderer
from convmath.render import html, markdown, terminal, text
from convmath.render import json as json_renderer
from convmath.render.table import Heading, Table, printable
from convmath.report.data import report_data
from tests.render.samples import PAYLOADS, hostile

every_payload = pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)

PLAIN = "plain"


def note_on(payload):
    """The note below a hostile table, as a reader sees it."""
    name = printable(payload)
    return (
        f"Paths of different centre or jump meet at {name}! ({name}. lies 0.5 positions after {name}):"
        " there maps lie shifted."
    )


COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def controls(rendered):
    """Characters that steer a terminal or a line, or that no file can hold, besides the ends of lines."""
    return {c for c in rendered if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029"} - {"\n"}


class Reader(HTMLParser):
    """Counts tags and attributes, and collects the text of every cell."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts, self.open = Counter(), [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags[tag, tuple(attrs)] += 1
        self.open.append(tag)
        self.texts.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts[-1] += data

    def refuse(self, data):
        raise AssertionError(data)

    handle_comment = handle_decl = handle_pi = unknown_decl = refuse


def html_of(payload):
    return Reader(html.render(hostile(payload).table()))


@every_payload
def test_html_has_the_tags_of_the_table_and_no_others(payload):
    page = html_of(payload)
    assert page.tags == html_of(PLAIN).tags
    assert page.open == []
    names = {printable(payload) + end for end in (".", "!")}
    assert names <= set(page.texts)
    assert f"{printable(payload)} ({printable(payload)} 1x3x8x8)" in page.texts


def test_html_uses_these_tags_only():
    tags = {tag for tag, _ in html_of(PLAIN).tags}
    assert tags == {"style", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "p"}
    attributes = {name for _, attrs in html_of(PLAIN).tags for name, _ in attrs}
    assert attributes == {"class"}


@every_payload
def test_html_has_no_control_characters(payload):
    assert controls(html.render(hostile(payload).table())) == set()


@every_payload
def test_text_is_as_many_lines_as_rows(payload):
    rendered = text.render(hostile(payload).table())
    assert controls(rendered) == set()
    # Title, headings, rule, two rows, rule, totals, an empty line, note.
    lines = rendered.split("\n")
    assert len(lines) == 9
    assert lines[0] == f"{printable(payload)} ({printable(payload)} 1x3x8x8)"
    assert lines[3].startswith(f"{printable(payload)}. ")
    assert lines[-1] == note_on(payload)


@every_payload
def test_a_terminal_gets_colours_and_nothing_else(payload):
    rendered = COLOUR.sub("", terminal.render(hostile(payload).table(), width=300))
    assert controls(rendered) == set()
    lines = [line.rstrip() for line in rendered.split("\n")]
    assert lines[0] == f"{printable(payload)} ({printable(payload)} 1x3x8x8)"
    assert lines[3].startswith(f"{printable(payload)}. ")
    assert lines[-1] == note_on(payload)


@every_payload
def test_csv_round_trips(payload):
    rendered = csv_renderer.render(hostile(payload).table())
    assert controls(rendered) == set()
    assert rendered.count("\n") == 3
    heads, *rows = csv.reader(io.StringIO(rendered), strict=True)
    assert heads == ["layer", "type", "output", "params", "MACs", "receptive field", "jump"]
    guard = "'" if payload.startswith(("=", "+", "-", "@")) else ""
    assert [row[0] for row in rows] == [f"{guard}{printable(payload)}{end}" for end in (".", "!")]
    assert [row[1:] for row in rows] == [
        ["Conv2d", "1x3x8x8", "39", "2304", "2", "1"],
        ["Add", "1x3x8x8", "0", "0", "2", "1"],
    ]


@every_payload
def test_no_field_of_a_csv_is_a_formula(payload):
    table = Table("t", (Heading("a"), Heading("b")), ((payload, -7),))
    ((name, number),) = list(csv.reader(io.StringIO(csv_renderer.render(table)), strict=True))[1:]
    assert not name.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert number == "-7"


def markdown_tokens(payload):
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return reader.parse(markdown.render(hostile(payload).table()))


def structure(tokens):
    """The kinds of all tokens but plain text, and of those inside them."""
    return [
        (token.type, [inner.type for inner in token.children or () if "text" not in inner.type]) for token in tokens
    ]


@every_payload
def test_markdown_has_the_structure_of_the_table_and_its_text(payload):
    tokens = markdown_tokens(payload)
    assert structure(tokens) == structure(markdown_tokens(PLAIN))
    told = ["".join(inner.content for inner in token.children) for token in tokens if token.type == "inline"]
    shown = printable(payload)
    # The title, seven headings, two rows and the totals of seven cells, and a note.
    assert len(told) == 1 + 4 * 7 + 1
    assert told[0] == f"{shown} ({shown} 1x3x8x8)".strip()
    assert (told[8], told[15]) == (f"{shown}.".strip(), f"{shown}!".strip())
    assert told[-1] == note_on(payload)


@every_payload
def test_markdown_has_no_control_characters(payload):
    assert controls(markdown.render(hostile(payload).table())) == set()


@every_payload
def test_json_gives_every_name_back(payload):
    rendered = json_renderer.render(report_data(hostile(payload)))
    assert rendered.isascii()
    assert controls(rendered) == set()
    data = json.loads(rendered)
    assert (data["network"], list(data["inputs"])) == (payload, [payload])
    assert [row["name"] for row in data["layers"]] == [f"{payload}.", f"{payload}!"]


@pytest.mark.parametrize("render", [text.render, markdown.render, html.render, csv_renderer.render, terminal.render])
def test_what_is_rendered_can_be_written(render):
    table = Table("\ud800", (Heading("a"),), (("\udfff",),), ("\udc80",), ("\udcff",))
    assert render(table).encode("utf-8")
