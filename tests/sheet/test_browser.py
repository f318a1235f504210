"""The page as a browser shows it: no complaint, formulas laid out, nothing that runs or overflows."""

import json
import os
import re
import shutil
import subprocess
from html import unescape

import pytest

from convmath.sheet.build import formula_sheet
from convmath.sheet.html import render
from tests.sheet.test_renderers import ODD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

WORDS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--enable-logging=stderr", "--allow-file-access-from-files", "--virtual-time-budget=10000",
)  # fmt: skip

PROBE = """<!doctype html><meta charset="utf-8"><style>iframe { border: 0; width: WIDTHpx; height: 900px }</style>
<iframe src="sheet.html"></iframe><pre></pre><script>
const frame = document.querySelector("iframe");
frame.onload = () => frame.contentDocument.fonts.ready.then(() => {
  const page = frame.contentDocument, view = frame.contentWindow;
  const box = node => node.getBoundingClientRect();
  const formulas = [...page.querySelectorAll("math")].map(node => box(node)).map(b => [b.width, b.height]);
  const signs = [...page.querySelectorAll("#conv2d td mo")];
  const found = {
    formulas,
    floor: box(signs.find(node => node.textContent === "⌊")).height,
    letter: box(page.querySelector("#conv2d td mi")).height,
    fonts: [...page.fonts].map(face => [face.family, face.status]),
    width: page.documentElement.scrollWidth,
    wide: [...page.querySelectorAll("main > section > *, main > section > section > *")]
      .filter(node => box(node).right > view.innerWidth + 1).map(node => node.outerHTML.slice(0, 80)),
    paper: view.getComputedStyle(page.body).backgroundColor,
    contents: box(page.querySelector("nav")).right,
    text: box(page.querySelector("main")).left,
  };
  document.querySelector("pre").textContent = JSON.stringify(found);
});
</script>"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Runs Chromium on a folder that holds these pages; returns the first one's document and what it logged."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI has no browser (install Debian's chromium)")
        pytest.skip("chromium is not installed")

    def show(pages, *words):
        folder = tmp_path_factory.mktemp("page")
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")
        run = subprocess.run(
            [CHROMIUM, *WORDS, *words, f"--user-data-dir={folder / 'profile'}", "--dump-dom",
             (folder / next(iter(pages))).as_uri()],
            capture_output=True, timeout=300, check=True,
        )  # fmt: skip
        log = run.stderr.decode(errors="replace")
        return run.stdout.decode(), [line for line in log.splitlines() if "CONSOLE" in line]

    return show


@pytest.fixture(scope="module")
def page():
    return render(formula_sheet())


def probed(browser, page, width, *words):
    document, complaints = browser({"probe.html": PROBE.replace("WIDTH", str(width)), "sheet.html": page}, *words)
    found = re.search(r"<pre>(.*?)</pre>", document, re.DOTALL)
    return json.loads(unescape(found[1])), complaints


@pytest.mark.parametrize("width", [1280, 400])
def test_formulas_are_laid_out_and_nothing_overflows(browser, page, width):
    found, complaints = probed(browser, page, width)
    assert complaints == []
    assert len(found["formulas"]) == page.count("<math")
    assert all(width > 0 and height > 0 for width, height in found["formulas"])
    assert found["fonts"] == [["Convmath Maths", "loaded"]]
    assert found["floor"] > 1.8 * found["letter"]
    assert found["width"] <= width
    assert found["wide"] == []


def test_contents_stand_at_the_side_where_there_is_room(browser, page):
    wide, _ = probed(browser, page, 1280)
    assert wide["contents"] <= wide["text"]
    narrow, _ = probed(browser, page, 400)
    assert narrow["text"] == 0


def test_light_and_dark(browser, page):
    light, _ = probed(browser, page, 1280)
    dark, _ = probed(browser, page, 1280, "--blink-settings=preferredColorScheme=0")
    assert [light["paper"], dark["paper"]] == ["rgb(252, 252, 250)", "rgb(23, 25, 28)"]


def test_what_is_hostile_does_not_run(browser):
    canary = "<img src=x onerror=\"document.title='ran'\"><script>document.title='ran'</script>"
    text = render(ODD._replace(title=canary, subtitle="")).replace(ODD.subtitle, canary)
    document, complaints = browser({"sheet.html": text})
    assert "<title>&lt;img" in document
    assert complaints == []
