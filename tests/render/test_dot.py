"""DOT text: golden files, and what Graphviz makes of it, read by an XML parser."""

import os
import re
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import convmath as cm
from convmath.core.errors import ConvmathError, NoGraphvizError, ParameterError, ParseError, UnknownNameError
from convmath.render import dot
from convmath.render.drawing import Arrow, Box, Drawing
from convmath.render.layout import form_of, lay_out, picture
from convmath.render.table import printable
from tests.graphviz_programs import graphviz  # noqa: F401 (a fixture)
from tests.render.samples import PAYLOADS, awkward, hostile

SVG = "{http://www.w3.org/2000/svg}"
WORST = (
    *PAYLOADS, "\\N\\G\\E\\T\\H\\L\\l", "<lambda>", "<<b>x</b>>", "ends in \\", "a:b:c", "n0", "]]>", "..", ".",
    "a.b.c", "cluster_0", "label=x", "x" * 10_000, "." * 10_000, "\\" * 50,
)  # fmt: skip


def svg_of(drawing):
    return ET.fromstring(picture(drawing, "svg"))


def elements(root, kind):
    return [group for group in root.iter(f"{SVG}g") if group.get("class") == kind]


def boxes(root):
    """The nodes but for the marks between strips."""
    return [node for node in elements(root, "node") if node.find(f"{SVG}title").text.startswith("n")]


def texts(root):
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def test_a_network_as_dot(golden):
    golden("report.dot", dot.render(awkward().drawing()))


def test_a_folded_network_as_dot(golden):
    golden("resnet18.dot", dot.render(cm.zoo.resnet18().analyze().drawing(depth=2, direction="right", repeats=True)))


def test_the_bytes_do_not_depend_on_the_order_of_sets():
    code = "import convmath as cm; print(cm.zoo.inception_v3().analyze().drawing(depth=2, repeats=True))"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parent.parent.parent,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


@pytest.mark.parametrize("name", ["resnet18", "unet", "inception_v3", "wavenet"])
def test_every_box_arrow_and_group_is_laid_out(graphviz, name):  # noqa: F811
    drawing = getattr(cm.zoo, name)().analyze().drawing(depth=2)
    root = svg_of(drawing)
    assert len(boxes(root)) == len(drawing.boxes)
    ends = [tuple(edge.find(f"{SVG}title").text.split("->")) for edge in elements(root, "edge")]
    source = {head.replace("to", "from"): tail for tail, head in ends if head.startswith("to")}
    drawn = Counter(frozenset((source.get(tail, tail), head)) for tail, head in ends if not head.startswith("to"))
    assert drawn == Counter(frozenset((f"n{arrow.tail}", f"n{arrow.head}")) for arrow in drawing.arrows)
    groups = {name for box in drawing.boxes for name in box.group}
    said = (text.strip("\xa0") for cluster in elements(root, "cluster") for text in texts(cluster))
    assert set(filter(None, said)) == groups
    shown = " ".join(texts(root))
    for arrow in drawing.arrows:
        assert arrow.label in shown


def in_every_place(names):
    """A drawing with each name wherever one from outside can stand."""
    boxes = tuple(Box((name, name), (f"{name}", "in"), told=f"{name}|") for name in names)
    arrows = tuple(Arrow(place, place + 1, name) for place, name in enumerate(names[:-1]))
    return Drawing(names[0], names, boxes, arrows)


def test_names_are_text_and_nothing_else(graphviz):  # noqa: F811
    root, plain = svg_of(in_every_place(WORST)), svg_of(in_every_place([f"name{place}" for place in range(len(WORST))]))
    tags = Counter(element.tag.removeprefix(SVG) for element in root.iter())
    assert set(tags) <= {"svg", "g", "a", "title", "path", "polygon", "polyline", "ellipse", "text"}
    attributes = {name.rpartition("}")[2] for element in root.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or "href" in name}
    for kind in ("node", "edge", "cluster"):
        assert len(elements(root, kind)) == len(elements(plain, kind))
    told = [link.get("{http://www.w3.org/1999/xlink}title") for link in root.iter(f"{SVG}a")]
    edges = [edge for edge in elements(root, "edge") if "->to" not in edge.find(f"{SVG}title").text]
    for name, node, edge in zip(WORST, boxes(root), [*edges, None], strict=True):
        shown = printable(dot.shortened(name, dot.LONGEST))
        assert "".join(texts(node)).replace("\xa0", " ").strip() == f"{shown}  {shown}".strip()
        assert edge is None or "".join(texts(edge)).replace("\xa0", " ").strip() == shown.strip()
        assert printable(dot.shortened(f"{name}|", dot.TOLD)) in told


def test_a_network_of_hostile_names(graphviz):  # noqa: F811
    for payload in ("</td></tr></table><script src=//evil.example></script>", "\\", "." * 10_000):
        root = svg_of(hostile(payload).drawing())
        assert (len(elements(root, "node")), len(elements(root, "edge"))) == (4, 4)


def test_long_lines_keep_both_ends():
    assert dot.shortened("a" * 50 + "b" * 50, 44) == "a" * 26 + "…" + "b" * 17
    assert dot.shortened("a" * 44, 44) == "a" * 44


def luminance(colour):
    """Relative luminance, as WCAG 2.1 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_every_text_can_be_read():
    light = [luminance(colour) for colour in dot.PALETTE]
    assert light == sorted(light, reverse=True)
    for step, colour in enumerate(dot.PALETTE):
        text = dot.render(Drawing("t", (), (Box(("a",), step=step),), ()))
        box = text.split("n0 [", 1)[1]
        ink = re.search(r'fontcolor="(#\w+)"', box).group(1)
        assert f'fillcolor="{colour}"' in box
        assert contrast(colour, ink) >= 4.5
    assert contrast(dot.PLAIN, dot.DARK) >= 4.5
    assert contrast(dot.BESIDE, "#ffffff") >= 4.5
    assert contrast(dot.BESIDE, "#000000") >= 4.5


def test_groups_are_open_around_what_lies_between():
    boxes = (Box(("a",), ("g",)), Box(("b",)), Box(("c",), ("g", "h")))
    text = dot.render(Drawing("t", (), boxes, (Arrow(0, 1, "x"), Arrow(1, 2))))
    order = [text.index(word) for word in ("cluster_0", "n0 [", "cluster_1", "n2 [", "n1 [", "n0 -> n1", "n1 -> n2")]
    assert order == sorted(order)


# Pictures.


def test_svg_stands_inside_a_page(graphviz):  # noqa: F811
    made = picture(cm.zoo.lenet5().analyze().drawing(), "svg")
    assert made.startswith(b"<svg ")
    assert b"<!" not in made
    assert made == picture(cm.zoo.lenet5().analyze().drawing(), "svg")


def test_png_is_made_for_print(graphviz):  # noqa: F811
    made = picture(cm.zoo.lenet5().analyze().drawing(), "png")
    width, height = struct.unpack(">II", made[16:24])
    assert made.startswith(b"\x89PNG")
    assert min(width, height) > 600


def test_pdf_needs_the_systems_graphviz(graphviz):  # noqa: F811
    drawing = cm.zoo.lenet5().analyze().drawing()
    if graphviz == "dot":
        assert picture(drawing, "pdf").startswith(b"%PDF-")
        return
    with pytest.raises(NoGraphvizError, match=r"^a PDF needs Graphviz's own dot, graphviz-pure makes svg and png"):
        picture(drawing, "pdf")


def test_two_thousand_layers_are_laid_out(graphviz):  # noqa: F811
    net = cm.Network("large")
    made = [net.input("x", (1, 2, 4, 4))]
    for index in range(2000):
        made.append(net.add(cm.Add(), made[-1], made[index // 2], name=f"n{index}"))
    assert len(elements(svg_of(net.analyze().drawing()), "node")) <= 402


@pytest.fixture
def without(monkeypatch):
    """No Graphviz at all."""
    monkeypatch.setattr("convmath.render.layout._which", lambda name: None)


def test_without_graphviz_it_is_said_how_to_get_it(without, tmp_path):
    with pytest.raises(NoGraphvizError, match=r"^a picture needs Graphviz \(install .*pip install 'convmath\[graphv"):
        cm.zoo.lenet5().draw(str(tmp_path / "net.svg"))
    assert list(tmp_path.iterdir()) == []
    cm.zoo.lenet5().draw(str(tmp_path / "net.dot"), depth=1)
    assert (tmp_path / "net.dot").read_text(encoding="utf-8").startswith("digraph network {")


def stand_in(tmp_path, monkeypatch, script):
    """A program in Graphviz's place."""
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr("convmath.render.layout._which", lambda name: str(program))
    return program


def test_a_layout_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    stand_in(tmp_path, monkeypatch, "exec sleep 60")
    with pytest.raises(ConvmathError, match=r"^Graphviz did not lay the picture out in 0\.2 s \(a smaller depth"):
        lay_out("digraph {}", "svg", 0.2)


def test_what_graphviz_complains_of_is_told(tmp_path, monkeypatch):
    program = stand_in(tmp_path, monkeypatch, "echo first >&2; printf 'bad \\033[1m\\n' >&2; exit 3")
    with pytest.raises(ConvmathError, match=rf"^{re.escape(str(program))} failed: bad \\x1b\[1m$"):
        lay_out("digraph {}", "svg")
    stand_in(tmp_path, monkeypatch, "exit 4")
    with pytest.raises(ConvmathError, match=r"failed: exit code 4$"):
        lay_out("digraph {}", "svg")
    program.chmod(0o644)
    with pytest.raises(ConvmathError, match=r"cannot be run: Permission denied$"):
        lay_out("digraph {}", "svg")


def test_what_is_asked_must_make_sense():
    with pytest.raises(UnknownNameError, match="no form of a picture is called 'jpg'"):
        picture(Drawing("t", (), (), ()), "jpg")
    with pytest.raises(
        ParseError, match=r"^'net\.jpg' does not say which form the picture is to have \(end it in \.dot"
    ):
        form_of("net.jpg")
    for seconds in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match=r"^seconds must be a number above 0 and at most 86400, not"):
            lay_out("digraph {}", "svg", seconds)


# Notebooks.


def test_a_notebook_shows_the_diagram(graphviz):  # noqa: F811
    net = cm.zoo.resnet50()
    shown = net._repr_mimebundle_()
    assert set(shown) == {"text/plain", "image/svg+xml"}
    root = ET.fromstring(shown["image/svg+xml"])
    assert len(elements(root, "node")) <= 62
    assert net.analyze().drawing(depth=1)._repr_svg_().startswith("<svg ")


def test_a_notebook_without_graphviz_shows_the_table(without):
    shown = cm.zoo.lenet5()._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html"}
    assert shown["text/html"] == cm.zoo.lenet5().analyze()._repr_html_()
    assert cm.zoo.lenet5().analyze().drawing()._repr_svg_() is None


def test_a_notebook_shows_the_name_of_what_cannot_be_analysed():
    net = cm.Network("open")
    net.add(cm.ReLU(), net.input("x"))
    assert net._repr_mimebundle_() == {"text/plain": "<Network open: 1 layers>"}


@pytest.mark.parametrize(
    ("boxes", "direction", "between"), [(5, "down", "&#160; "), (6, "down", "<br/>"), (2, "right", "<br/>")]
)
def test_where_width_is_scarce_words_stand_in_lines(boxes, direction, between):
    """So many inputs side by side, all read by one box."""
    inputs = tuple(Box((f"x{place}", "1×3"), role="input") for place in range(boxes))
    arrows = tuple(Arrow(place, boxes) for place in range(boxes))
    text = dot.render(Drawing("broad", (), (*inputs, Box(("all", "Concat"))), arrows, direction=direction))
    assert text.count(f'</b>{between}<font point-size="8.5">') == boxes + 1
