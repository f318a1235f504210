"""Every form of the sheet: well made, complete, the same bytes in every run."""

import json
import os
import re
import shutil
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pykatex
import pytest
import typst

from convmath.core.errors import ConvmathError, ParseError, UnknownNameError
from convmath.sheet.build import formula_sheet
from convmath.sheet.document import Display, Equation, Link, Paragraph, Rows, Section, Sheet
from convmath.sheet.json import data
from convmath.sheet.latex import LETTERS, mathematics
from convmath.sheet.write import FORMS, SUFFIXES, form_of, render
from convmath.symbolic.written import symbol

ROOT = Path(__file__).parent.parent.parent

WHOLE = formula_sheet()

MADE = {form: render(WHOLE, form) for form in FORMS}

HOSTILE = (
    "</style><script>alert(1)</script> | a_b $x$ \\input{/etc/passwd}"
    ' #read("/etc/passwd") [l](javascript:a) `c` ~ ^ % & {'
)

ODD = Sheet(
    HOSTILE, HOSTILE,
    (Section("Odd", (
        Paragraph((HOSTILE, Equation(symbol("o"), symbol("i") // 2, "≥"), Link(HOSTILE, "odd"), 1234567)),
        Display((Equation(symbol("o"), symbol("i")),)),
        Rows(HOSTILE, (HOSTILE, "b"), ((HOSTILE, 1), ("x", -2))),
    )),),
)  # fmt: skip
"""A sheet of what no sheet says: everything that is text stays text."""


# Forms


def test_forms_by_suffix():
    assert {form_of(f"sheet{suffix}") for suffix in SUFFIXES} == set(FORMS)
    assert form_of("SHEET.PDF") == "pdf"
    with pytest.raises(ParseError, match=r"'sheet.doc' does not say which form .* \(end it in .md, "):
        form_of("sheet.doc")
    with pytest.raises(UnknownNameError, match="no form of a sheet is called 'htm'; did you mean html"):
        WHOLE.render("htm")


@pytest.mark.parametrize("form", FORMS)
def test_a_file_holds_what_is_rendered(tmp_path, form):
    suffix = next(suffix for suffix, other in SUFFIXES.items() if other == form)
    WHOLE.write(str(tmp_path / f"sheet{suffix}"))
    made = MADE[form]
    assert (tmp_path / f"sheet{suffix}").read_bytes() == (made if isinstance(made, bytes) else made.encode())


SAME = """
import sys
from hashlib import sha256
from convmath.sheet.build import formula_sheet
from convmath.sheet.write import FORMS
for form in FORMS:
    made = formula_sheet().render(form)
    print(form, sha256(made if isinstance(made, bytes) else made.encode()).hexdigest())
"""


@pytest.mark.parametrize("seed", range(2))
def test_the_same_bytes_whatever_the_hash_seed(seed, tmp_path):
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", SAME], capture_output=True, text=True, cwd=tmp_path, check=True,
                         env=environment)  # fmt: skip
    for line in run.stdout.splitlines():
        form, digest = line.split()
        made = MADE[form]
        assert sha256(made if isinstance(made, bytes) else made.encode()).hexdigest() == digest, form


# HTML


class Page(HTMLParser):
    """What a page is made of; an element that is not closed in order is a fault."""

    EMPTY = ("meta", "mspace")

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.ids, self.targets = [], set(), set(), [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id"]
        self.targets += [value for name, value in attrs if name in {"href", "src"}]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


TAGS = {
    "html", "head", "meta", "title", "style", "body", "nav", "main", "header", "section", "h1", "h2", "h3", "p", "a",
    "ul", "li", "code", "div", "figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td",
    "math", "mrow", "mi", "mo", "mn", "mfrac", "msub", "msup", "msubsup", "msqrt", "munder", "mspace", "mtext",
}  # fmt: skip


def test_html_is_well_formed_and_holds_nothing_unexpected():
    page = Page(MADE["html"])
    assert page.tags <= TAGS
    assert {name for _, name in page.attributes} <= {
        "lang", "charset", "http-equiv", "content", "name", "href", "id", "class", "tabindex", "aria-label", "display",
        "lspace", "rspace", "fence", "stretchy", "separator", "mathvariant", "width",
    }  # fmt: skip


def test_html_refers_to_nothing_outside():
    page = Page(MADE["html"])
    assert all(target.startswith("#") for target in page.targets)
    assert {target[1:] for target in page.targets} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert re.findall(r"url\(([^)]{0,29})", MADE["html"]) == ['"data:font/woff2;base64,d09GM']
    assert "http" not in re.sub(r"http-equiv", "", MADE["html"])


def test_html_allows_its_own_style_and_font_only():
    style = MADE["html"].split("<style>")[1].split("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src &#x27;none&#x27;; font-src data:; style-src &#x27;sha256-{digest}&#x27;"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in MADE["html"]
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style


def test_html_holds_what_is_hostile_as_text():
    page = Page(render(ODD, "html"))
    assert "script" not in page.tags
    assert page.tags <= TAGS
    assert set(page.targets) == {"#odd"}


def test_the_font_is_small_and_its_licence_is_with_it():
    room = files("convmath.sheet").joinpath("fonts")
    assert len(room.joinpath("maths.woff2").read_bytes()) < 90_000
    assert "GUST Font License" in room.joinpath("LICENSE.txt").read_text(encoding="utf-8")


# Markdown


def cells(line):
    return re.split(r"(?<!\\)\|", line)[1:-1]


@pytest.mark.parametrize("text", [MADE["markdown"], render(ODD, "markdown")], ids=["whole", "odd"])
def test_markdown_tables_have_equal_columns(text):
    rows = 0
    for before, line in zip(["", *text.splitlines()], text.splitlines(), strict=False):
        if line.startswith("| ") and before.startswith("| "):
            assert len(cells(before)) == len(cells(line)), line
            rows += 1
    assert rows


def test_markdown_contents_lead_to_headings():
    headings = re.findall(r"^#+ (.*)$", MADE["markdown"], re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", MADE["markdown"])) <= anchors


def test_markdown_has_dollars_in_pairs_and_no_backslash_before_punctuation_inside():
    for line in MADE["markdown"].splitlines():
        pieces = line.replace("$$", "$").split("$")
        assert len(pieces) % 2 == 1, line
        assert not any(re.search(r"\\[^A-Za-z]", piece) for piece in pieces[1::2]), line


def test_markdown_holds_what_is_hostile_as_text():
    text = render(ODD, "markdown")
    assert not re.search(r"(?<!\\)[<|*`]", re.sub(r"^[|].*[|]$", "", text, flags=re.MULTILINE))
    assert r"\[l\](javascript:a)" in text


# LaTeX

COMMANDS = {
    "documentclass", "usepackage", "setlength", "renewcommand", "setcounter", "title", "author", "date", "begin",
    "end", "maketitle", "tableofcontents", "section", "subsection", "label", "hyperref", "textbf", "texttt",
    "nopagebreak", "small", "toprule", "midrule", "bottomrule", "endhead", "endfoot", "oddsidemargin", "textwidth",
    "topmargin", "headheight", "headsep", "textheight", "parindent", "parskip", "LTleft", "LTright", "fill",
    "tabcolsep", "emergencystretch", "arraystretch", "AtBeginDocument", "abovedisplayskip", "belowdisplayskip",
    "raggedright", "arraybackslash", "linewidth", "displaystyle", "rule", "frac", "left", "right", "lfloor",
    "rfloor", "lceil", "rceil", "sum", "max", "min", "gcd", "log", "mathrm", "operatorname", "sqrt", "cdot", "bmod",
    "ge", "le", "times", "to", "prod", "dots", "textsuperscript", "infty", "textless", "textasciicircum", "Sigma",
    "varepsilon", "gamma", "mu", "sigma", "beta", "alpha", "lambda", "Delta", "surd",
}  # fmt: skip


@pytest.mark.parametrize("text", [MADE["latex"], render(ODD, "latex")], ids=["whole", "odd"])
def test_latex_braces_and_environments_are_balanced(text):
    depth = 0
    for brace in re.sub(r"\\.", "", text):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        assert depth >= 0
    assert depth == 0
    stack = []
    for word, name in re.findall(r"\\(begin|end)\{([a-z*]+)\}", text):
        if word == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert stack == []
    assert text.count(r"\left") == text.count(r"\right") - text.count(r"\rightarrow")


def test_latex_uses_known_commands_and_ascii_only():
    used = set(re.findall(r"\\([A-Za-z]+)", MADE["latex"]))
    assert used <= COMMANDS, used - COMMANDS
    assert MADE["latex"].isascii()


def test_latex_has_a_form_for_every_character_of_the_sheet():
    prose = set(json.dumps(data(WHOLE), ensure_ascii=False)) - set(MADE["markdown"])
    assert not {c for c in MADE["markdown"] if not c.isascii()} - set(LETTERS), prose


def test_katex_reads_every_formula_strictly():
    equations = {part for section in WHOLE.all_sections for block in section.blocks for part in _equations(block)}
    assert len(equations) > 250
    for equation in equations:
        pykatex.renderToString(mathematics(equation), strict="error", throwOnError=True)


def _equations(block):
    if isinstance(block, Display):
        return block.equations
    runs = [block.parts] if isinstance(block, Paragraph) else [cell for row in block.rows for cell in row]
    parts = [part for cell in runs for part in (cell if type(cell) is tuple else (cell,))]
    return [part for part in parts if isinstance(part, Equation)]


@pytest.mark.parametrize("sheet", [WHOLE, ODD], ids=["whole", "odd"])
def test_pdflatex_compiles_it_without_complaint(sheet, tmp_path):
    if not shutil.which("pdflatex"):
        if os.environ.get("CI") == "true":
            pytest.fail("CI has no pdflatex (install Debian's texlive-latex-recommended)")
        pytest.skip("pdflatex is not installed")
    (tmp_path / "sheet.tex").write_text(render(sheet, "latex"), encoding="utf-8")
    words = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "sheet.tex"]
    for _ in range(2):
        run = subprocess.run(words, capture_output=True, cwd=tmp_path, check=False)
        assert run.returncode == 0, run.stdout.decode(errors="replace")[-2000:]
    log = (tmp_path / "sheet.log").read_text(errors="replace")
    assert "(/etc/passwd" not in log  # as TeX tells which files it reads
    if sheet is WHOLE:
        too_wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([0-9.]+)pt", log)]
        assert max(too_wide, default=0) < 10


# Typst and PDF


@pytest.mark.parametrize("sheet", [WHOLE, ODD], ids=["whole", "odd"])
def test_typst_compiles_without_warnings(sheet):
    compiler = typst.Compiler(render(sheet, "typst").encode(), ignore_system_fonts=True)
    pages, warnings = compiler.compile_with_warnings(format="svg")
    assert warnings == []
    assert isinstance(pages, list) == (sheet is WHOLE)


def test_pdf_is_a_pdf():
    assert MADE["pdf"].startswith(b"%PDF-")
    assert MADE["pdf"] == render(WHOLE, "pdf")


def test_pdf_without_typst_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ConvmathError) as error:
        render(WHOLE, "pdf")
    assert str(error.value) == "a PDF needs the package typst (pip install 'convmath[pdf]')"


# JSON


def test_json_has_every_section_and_formula():
    made = json.loads(MADE["json"])
    assert list(made) == ["schema", "title", "subtitle", "sections"]
    assert made["schema"] == 1
    titles = [section["title"] for top in made["sections"] for section in (top, *top["sections"])]
    assert titles == [section.title for section in WHOLE.all_sections]
    (conv,) = (part for top in made["sections"] for part in top["sections"] if part["title"] == "Conv2d")
    kinds = [block["kind"] for block in conv["blocks"]]
    assert kinds[:4] == ["paragraph", "display", "paragraph", "table"]
    formula = conv["blocks"][3]["rows"][0][1][0]
    assert list(formula) == ["relation", "text", "latex", "mathml", "typst", "python"]
    assert formula["text"] == {"left": "o", "right": "⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1"}
    assert formula["python"] == {"left": "o", "right": "(i + 2*p - d*(k - 1) - 1)//s + 1"}
    assert conv["blocks"][1]["equations"][0]["python"] is None


def test_json_python_forms_are_python():
    made = json.loads(MADE["json"])
    found = []

    def walk(node):
        if isinstance(node, dict):
            if node.get("python"):
                found.append(node["python"]["right"])
            node = list(node.values())
        if isinstance(node, list):
            for part in node:
                walk(part)

    walk(made)
    assert len(found) > 200
    for text in found:
        compile(text, "formula", "eval")
