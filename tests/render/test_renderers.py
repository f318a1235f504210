"""Each renderer on small tables."""

import json
import re

import pytest

from convmath.render import csv, html, markdown, terminal, text
from convmath.render import json as json_renderer
from convmath.render.table import Heading, Table, printable, show_cell

HEADINGS = (Heading("layer"), Heading("params", right=True))
EMPTY = Table("empty", HEADINGS, ())
SMALL = Table("small", HEADINGS, (("c1", 1792), ("relu", 0), ("odd", None)), ("total", 1792), ("A note.", "Another."))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (999, "999"), (1000, "1,000"), (-1234567, "-1,234,567"), (2**80, "1,208,925,819,614,629,174,706,176"),
        (None, ""), ("", ""), ("conv1", "conv1"), (True, "True"), (1.5, "1.5"), ("a\tb", "a\\tb"),
    ],
)  # fmt: skip
def test_cells(value, shown):
    assert show_cell(value) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text, × and 卷积", "plain text, × and 卷积"),
        ("a\nb", "a\\nb"),
        ("\x00", "\\x00"),
        ("\x1b[0m", "\\x1b[0m"),
        ("\x9b", "\\x9b"),
        ("\u202e", "\\u202e"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("\xa0", "\\xa0"),
        ("\\n", "\\n"),
    ],
)
def test_printable(raw, shown):
    assert printable(raw) == shown
    assert shown.isprintable()


def test_text():
    assert text.render(SMALL).split("\n") == [
        "small",
        "layer  params",
        "─────  ──────",
        "c1      1,792",
        "relu        0",
        "odd",
        "─────  ──────",
        "total   1,792",
        "",
        "A note.",
        "Another.",
    ]


def test_text_of_nothing():
    assert text.render(EMPTY) == "empty"
    assert text.render(Table("t", (), ())) == "t"


def test_markdown():
    assert markdown.render(SMALL).split("\n") == [
        "**small**",
        "",
        "| layer | params |",
        "| :-- | --: |",
        "| c1 | 1,792 |",
        "| relu | 0 |",
        "| odd |  |",
        "| **total** | **1,792** |",
        "",
        "A note.",
        "",
        "Another.",
    ]


def test_csv_has_plain_numbers_and_neither_title_nor_totals_nor_notes():
    assert csv.render(SMALL) == "layer,params\nc1,1792\nrelu,0\nodd,\n"
    assert csv.render(EMPTY) == "layer,params\n"


def test_csv_guards_text_but_not_numbers():
    rows = (("=1", -1), ("+a", -1), ("-1-1", -1), ("@1", -1), ("a=1", -1), ("'=1", -1), (" =1", -1), ("\uff1d1", 2.5))
    assert csv.render(Table("t", HEADINGS, rows)).split("\n")[1:-1] == [
        "'=1,-1", "'+a,-1", "'-1-1,-1", "'@1,-1", "a=1,-1", "'=1,-1", "' =1,-1", "'\uff1d1,2.5",
    ]  # fmt: skip


def test_csv_leaves_numbers_that_are_text_as_they_are():
    rows = (("-25.0", "+3"), ("-25.0%", "-1e5"), ("-\u0665", None))
    assert csv.render(Table("t", HEADINGS, rows)).split("\n")[1:-1] == ["-25.0,+3", "'-25.0%,'-1e5", "'-\u0665,"]


def test_csv_quotes_what_another_separator_would_cut():
    rows = (("a;=1", 1), ('say "=1"', 2), ("a,=1", 3))
    assert csv.render(Table("t", HEADINGS, rows)).split("\n")[1:-1] == ['"a;=1",1', '"say ""=1""",2', '"a,=1",3']


def test_csv_quotes_headings_too():
    assert csv.render(Table("t", (Heading("=a"), Heading("B;A")), ())) == '\'=a,"B;A"\n'


def test_html():
    page = html.render(SMALL)
    assert page.startswith("<style>")
    body = page.partition("</style>")[2]
    assert body == (
        '<table class="convmath"><caption>small</caption>'
        '<thead><tr><th>layer</th><th class="n">params</th></tr></thead>'
        '<tbody><tr><td>c1</td><td class="n">1,792</td></tr><tr><td>relu</td><td class="n z">0</td></tr>'
        '<tr><td>odd</td><td class="n"></td></tr></tbody>'
        '<tfoot><tr><td>total</td><td class="n">1,792</td></tr></tfoot></table><p>A note.</p><p>Another.</p>'
    )
    assert "<tfoot>" not in html.render(EMPTY)


def test_html_as_a_page():
    page = html.page(Table("<t>", HEADINGS, ()))
    assert page.startswith('<!doctype html><html lang="en"><head><meta charset="utf-8"><title>&lt;t&gt;</title>')
    assert page.endswith(f"</head><body>{html.render(Table('<t>', HEADINGS, ()))}</body></html>")


def test_json_is_a_line_for_each_layer():
    data = {"schema": 1, "layers": [{"name": "a", "shape": [1, 2]}, {"name": "b", "shape": []}], "none": [], "é": "×"}
    rendered = json_renderer.render(data)
    assert rendered.split("\n") == [
        "{",
        '  "schema": 1,',
        '  "layers": [',
        '    {"name": "a", "shape": [1, 2]},',
        '    {"name": "b", "shape": []}',
        "  ],",
        '  "none": [],',
        '  "\\u00e9": "\\u00d7"',
        "}",
    ]
    assert json.loads(rendered) == data


def test_json_keeps_every_digit():
    numbers = [2**53 + 1, 2**63 - 1, 2**63, 2**64 + 1, 10**400, -(10**30)]
    assert json.loads(json_renderer.render({"numbers": numbers}))["numbers"] == numbers


def plain(rendered):
    return re.sub(r"\x1b\[[0-9;]*m", "", rendered)


def test_terminal_has_colours(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    rendered = terminal.render(SMALL, width=60)
    assert "\x1b[1;36mlayer" in rendered
    assert re.search(r"\x1b\[2m *0\x1b\[0m", rendered)
    assert "\x1b[33mA note.\x1b[0m" in rendered


def test_terminal_obeys_no_color(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "36m" not in terminal.render(SMALL, width=60)


def test_terminal_says_what_text_says():
    lines = [line.rstrip() for line in plain(terminal.render(SMALL, width=60)).split("\n")]
    assert [line for line in lines if line] == [
        "small", "layer  params", "─────────────", "c1      1,792", "relu        0", "odd", "total   1,792", "A note.",
        "Another.",
    ]  # fmt: skip


WIDE = Table(
    "a table that is wider than some windows",
    (Heading("layer"), Heading("type"), Heading("params", right=True), Heading("MACs", right=True)),
    (("features.denseblock1.denselayer1.conv1", "BatchNorm2d", 123456789, 9876543210123), ("c", "ReLU", 0, 7)),
    ("total", None, 123456789, 9876543210130),
)


@pytest.mark.parametrize("width", [*range(1, 100), 200])
def test_no_window_is_too_narrow_for_the_digits_of_a_number(width):
    words = plain(terminal.render(WIDE, width=width)).split()
    assert words.count("123,456,789") == 2
    assert "9,876,543,210,123" in words
    assert "9,876,543,210,130" in words


@pytest.mark.parametrize("width", [20, 300])
def test_a_terminal_that_tells_nothing_of_itself_crops_nothing(monkeypatch, width):
    monkeypatch.setenv("TERM", "dumb")
    words = terminal.render(WIDE, width=width).split()
    assert "9,876,543,210,130" in words
    assert ("features.denseblock1.denselayer1.conv1" in words) == (width == 300)


@pytest.mark.parametrize("width", [50, 60, 72, 80, 81, 100, 120])
def test_a_table_is_no_wider_than_the_window(width):
    assert max(map(len, plain(terminal.render(WIDE, width=width)).split("\n"))) <= width


def test_folded_text_is_all_there():
    lines = plain(terminal.render(WIDE, width=70)).split("\n")
    column = "".join(line[: line.index("  ")] if "  " in line else line for line in lines[4:-3])
    assert "features.denseblock1.denselayer1.conv1".startswith(lines[3].split()[0])
    assert column.startswith("".join("features.denseblock1.denselayer1.conv1".split(lines[3].split()[0])))


def test_where_names_would_be_cut_to_pieces_rows_take_several_lines():
    assert plain(terminal.render(WIDE, width=40)).split("\n")[1:] == [
        "layer  type",
        "       params               MACs",
        "────────────────────────────────",
        "features.denseblock1.denselayer1.conv1  ",
        "BatchNorm2d",
        "  123,456,789  9,876,543,210,123",
        "c  ReLU",
        "            0                  7",
        "total",
        "  123,456,789  9,876,543,210,130",
    ]
    narrow = plain(terminal.render(WIDE, width=20)).split("\n")
    assert narrow[-3:] == ["total", "  123,456,789", "  9,876,543,210,130"]


def test_labels_take_lines_before_words_are_folded():
    table = Table("t", (Heading("layer"), Heading("number of weights", right=True)), (("features.0.conv", 9408),))
    assert [line.rstrip() for line in plain(terminal.render(table, width=25)).split("\n")][1:] == [
        "                  number", "                      of", "layer            weights", "────────────────────────",
        "features.0.conv    9,408",
    ]  # fmt: skip


def test_long_text_behind_the_numbers_stands_below_them():
    words = "a text of many words, which would fold into a narrow column of very many lines, and be hard to read"
    table = Table("t", (Heading("network"), Heading("n", right=True), Heading("told")), (("resnet", 7, words),))
    lines = [line.rstrip() for line in plain(terminal.render(table, width=30)).split("\n")]
    assert lines[1:6] == ["network", "  n", "  told", "───────", "resnet"]
    assert lines[6] == "  7"
    assert " ".join(" ".join(lines[7:]).split()) == words


def test_chinese_is_as_wide_as_it_is_drawn():
    """Six letters of two places each, and a column of numbers that begins two places behind them."""
    table = Table("t", (Heading("layer"), Heading("n", right=True)), (("卷积卷积卷积", 7), ("x", 8)))
    assert plain(terminal.render(table, width=30)).split("\n")[3:] == ["卷积卷积卷积  7", "x             8"]


@pytest.mark.parametrize("render", [text.render, markdown.render, html.render, csv.render, terminal.render])
@pytest.mark.parametrize("table", [SMALL, EMPTY, WIDE], ids=lambda table: table.title)
def test_rendering_is_pure(render, table, capsys):
    assert render(table) == render(table)
    assert capsys.readouterr() == ("", "")


def test_a_name_in_a_pipe_is_shortened_in_its_middle_and_nothing_else_is():
    table = Table("t", (Heading("layer"), Heading("says")), (("a" * 99 + "z", "b" * 99),))
    assert text.render(table).splitlines()[-1] == "a" * 36 + "…" + "a" * 22 + "z  " + "b" * 99
    assert "a" * 99 + "z" in csv.render(table)
