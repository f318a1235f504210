"""A drawing in the DOT language, which Graphviz lays out."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from .arranging import arranged
from .drawing import STEPS
from .table import printable, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .arranging import Arrangement
    from .drawing import Arrow, Box, Drawing, Scale

PALETTE = ("#e4edf6", "#c3d8eb", "#9cbfdd", "#6fa0cb", "#3c74a9", "#1b4a7c")
"""One hue, ever darker, so that it reads in every kind of colour vision and in grey."""

PLAIN = "#f4f5f6"
DARK, LIGHT = "#1f2933", "#ffffff"
"""What is written on light colours, and on dark ones."""

BESIDE = "#757575"
"""What is written beside the boxes: equally far from white paper and from a black page."""

FAULTY = "#d55e00"
"""Vermilion of Okabe and Ito's palette (2008), which colour-blind readers tell from the blues."""

FRAME = "#8996a3"
HAZE = "#80808018"
"""The ground of a group: it darkens a light page and lightens a dark one, the more the deeper groups nest."""

FONT = "Arial"
"""The font whose widths boxes are made for; Graphviz knows them without having it."""

LONGEST = 44
"""Characters of a line that a box shows."""

BLANK = 2 * "&#160;"
"""About as broad as a letter."""

NARROW = 0.7
WIDE = 10 / 72
"""Inches that a box takes at least, and a wide letter of its name, for Graphviz without its font a space."""

TOLD = 600
"""Characters that are told of a box at most."""

GRAPH = {
    "fontname": FONT, "fontcolor": BESIDE, "fontsize": "11", "bgcolor": "transparent", "labelloc": "t",
    "labeljust": "l", "nodesep": "0.22", "ranksep": "0.26", "pad": "0.15", "tooltip": " ",
    "newrank": "true",
}  # fmt: skip
NODE = {
    "shape": "box", "style": "rounded,filled", "fontname": FONT, "fontsize": "10", "fontcolor": DARK, "color": FRAME,
    "fillcolor": PLAIN, "penwidth": "0.8", "margin": "0.16,0.06", "height": "0.3",
}  # fmt: skip
EDGE = {
    "fontname": FONT, "fontsize": "8.5", "fontcolor": BESIDE, "color": BESIDE, "penwidth": "0.9", "arrowsize": "0.55",
    "tooltip": " ",
}  # fmt: skip
GROUP = {
    "style": "rounded,filled", "fillcolor": HAZE, "color": "#80808060", "penwidth": "0.7", "labeljust": "l",
    "labelloc": "t", "margin": "9",
}  # fmt: skip

MARK = {
    "shape": "circle", "style": "solid", "fixedsize": "true", "width": "0.26", "height": "0.26", "fontsize": "9",
    "fontcolor": BESIDE, "color": BESIDE,
}  # fmt: skip
"""A circled number, where a strip ends and another one goes on."""

LEVEL = {"minlen": "0", "weight": "8"}
"""An arrow that skips from one side of a turn to the other, as level as it can be."""

BROAD = 6
"""Boxes side by side from which on width is scarcer than height, as it is where arrows lead to the right."""

WEIGHT = 4
"""How much an arrow to the next box weighs, shared by all that leave that box or enter this one."""

RANKS = {"down": "TB", "right": "LR"}

ASIDE = {"down": 1, "right": -1}
"""The order in which Graphviz lines strips up: from the left, or from below."""


def render(drawing: Drawing) -> str:
    """The drawing as DOT text, equal for equal drawings; everything from outside is escaped.

    >>> from convmath.render.drawing import Arrow, Box, Drawing
    >>> text = render(Drawing("tiny", (), (Box(("a",)), Box(("<b>",))), (Arrow(0, 1),)))
    >>> "n0 -> n1" in text, "&lt;b&gt;" in text
    (True, True)
    """
    import graphviz

    graph = graphviz.Digraph("network")
    graph.attr("graph", rankdir=RANKS[drawing.direction], label=_heading(drawing), **GRAPH)
    graph.attr("node", **NODE)
    graph.attr("edge", **EDGE)
    between = "<br/>" if drawing.direction == "right" or drawing.breadth >= BROAD else "&#160; "
    placed = arranged(drawing)
    groups: list[str] = []
    aside = 1 if placed.turned else ASIDE[drawing.direction]
    for number, strip in list(enumerate(placed.strips))[::aside]:
        boxes = [(place, drawing.boxes[place], drawing.boxes[place].group) for place in strip]
        with _strip(graph, len(placed.strips), groups) as part:
            if number and not placed.turned:
                part.node(f"from{number}", str(number), **MARK)
            _fill(part, boxes, groups, between)
            for mark in placed.leaving(number, drawing.arrows):
                part.node(f"to{mark}", str(mark), **MARK)
    if len(placed.strips) > 1 and not placed.turned:
        with graph.subgraph() as level:
            level.attr("graph", rank="same")
            level.node(f"n{placed.strips[0][0]}")
            for number in range(1, len(placed.strips)):
                level.node(f"from{number}")
    _join(graph, drawing, placed)
    return str(graph.source)


def _join(graph: Any, drawing: Drawing, placed: Arrangement) -> None:
    """Draws the arrows: those after a turn backwards, so that ranks fall; those to another strip in two parts."""
    leaving, entering = (Counter(arrow[end] for arrow in drawing.arrows) for end in (0, 1))
    strips, joined = placed.strip_of, dict[tuple[int, str], None]()
    for arrow in drawing.arrows:
        tail, head = f"n{arrow.tail}", f"n{arrow.head}"
        words = _arrow(arrow, max(leaving[arrow.tail], entering[arrow.head]))
        if strips[arrow.tail] == strips[arrow.head]:
            if placed.turned and strips[arrow.head]:
                graph.edge(head, tail, dir="back", **words)
            else:
                graph.edge(tail, head, **words)
        elif placed.turned:
            graph.edge(tail, head, **words | LEVEL)
        else:
            graph.edge(f"from{strips[arrow.head]}", head, **words)
            joined[strips[arrow.head], tail] = None
    for mark, tail in joined:
        graph.edge(tail, f"to{mark}", weight=str(WEIGHT))


@contextmanager
def _strip(graph: Any, strips: int, groups: list[str]) -> Iterator[Any]:
    """Where the boxes of a strip go: a frame that is not seen, if there are several."""
    if strips == 1:
        yield graph
        return
    groups.append("")
    with graph.subgraph(name=f"cluster_{len(groups) - 1}") as part:
        part.attr("graph", label="", style="invis", margin="10")
        yield part


def _fill(
    graph: Any,
    boxes: list[tuple[int, Box, tuple[str, ...]]],
    made: list[str],
    between: str,
) -> None:
    """Puts the boxes of one group where they belong, groups inside it where their first box is."""
    inner: dict[str, list[tuple[int, Box, tuple[str, ...]]]] = {}
    for place, box, rest in boxes:
        if rest:
            inner.setdefault(rest[0], []).append((place, box, rest[1:]))
    for place, box, rest in boxes:
        if not rest:
            graph.node(f"n{place}", **_box(box, between))
        elif inner[rest[0]][0][0] == place:
            made.append(rest[0])
            with graph.subgraph(name=f"cluster_{len(made) - 1}") as group:
                group.attr("graph", label=_corner(rest[0]), fontsize="9.5", **GROUP)
                _fill(group, inner[rest[0]], made, between)


def _corner(name: str) -> str:
    """A group's name, and as much room beside it: arrows enter in the middle."""
    return f"<<b>{_text(name)}</b>{BLANK * min(len(name), LONGEST)}>"


def _box(box: Box, between: str) -> dict[str, Any]:
    name, *more = box.lines
    wide = 2 + sum(east_asian_width(letter) in "WF" for letter in shortened(name, LONGEST))
    ink = LIGHT if box.step is not None and box.step >= STEPS - 2 else DARK
    said = [f"<b>{_text(name)}</b>", *(f'<font point-size="8.5">{_text(line)}</font>' for line in more)]
    # What takes two words may stand in one line: a diagram is mostly too tall, hardly ever too wide.
    words = {
        "label": f"<{(between if len(said) == 2 else '<br/>').join(said)}>",
        "tooltip": _told(box.told),
        "fontcolor": ink,
        "width": f"{max(NARROW, WIDE * wide):.3g}",
    }
    if box.step is not None:
        words["fillcolor"] = PALETTE[box.step]
    if box.role in {"input", "output"}:
        words |= {"style": "rounded", "fontcolor": BESIDE, "color": BESIDE, "penwidth": "1.2"}
    if box.role == "block":
        words |= {"penwidth": "1.6"}
    if box.unknown:
        words |= {"style": "rounded,filled,dashed", "color": DARK, "penwidth": "1.2"}
    if box.faulty:
        words |= {"color": FAULTY, "penwidth": "2.2"}
    return words


def _arrow(arrow: Arrow, beside: int) -> dict[str, str]:
    words = {"label": f"<&#160;{_text(arrow.label)}&#160;>"} if arrow.label else {}
    # A heavy arrow is kept short and straight: a chain stays a line, what skips it goes round, branches spread evenly.
    weight = WEIGHT // beside if arrow.head == arrow.tail + 1 else 1
    return words | ({"weight": str(weight)} if weight > 1 else {})


def _heading(drawing: Drawing) -> str:
    """The title, what is to be known beside it, and what the colours mean, as a table above the diagram."""
    rows = [f'<tr><td align="left"><font point-size="14"><b>{_text(drawing.title)}</b></font></td></tr>']
    rows += [f'<tr><td align="left">{_text(note, 160)}</td></tr>' for note in drawing.notes]
    if drawing.scale:
        rows.append(_scale(drawing.scale))
    rows.append('<tr><td height="8"></td></tr>')
    return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="2">{"".join(rows)}</table>>'


def _scale(scale: Scale) -> str:
    """The words, and under them the colours, which a table of fixed width keeps from spreading."""
    colours = "".join(f'<td bgcolor="{colour}" width="21" height="7" fixedsize="true"></td>' for colour in PALETTE)
    width = 21 * len(PALETTE)
    return (
        f'<tr><td align="left">{_text(f"{scale.label}: {scale.least} to {scale.most}", 160)}</td></tr>'
        f'<tr><td align="left"><table align="left" border="0" cellborder="0" cellspacing="0" cellpadding="0"'
        f' fixedsize="true" width="{width}" height="7"><tr>{colours}</tr></table></td></tr>'
    )


def _text(text: str, longest: int = LONGEST) -> str:
    r"""Text inside a label: no markup, and no \N or \G, which Graphviz would replace by a name."""
    safe = escape(printable(shortened(text, longest)), quote=False)
    return safe.replace("\\", "<font>\\</font>") or " "


def _told(text: str) -> Any:
    r"""What is told of a box: Graphviz reads entities there, too, and halves backslashes twice."""
    import graphviz

    # A type of its own keeps the package from taking what begins with < for markup.
    return graphviz.nohtml(escape(printable(shortened(text, TOLD))).replace("\\", 4 * "\\") or " ")
