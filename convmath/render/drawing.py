"""Drawing: what the renderer of diagrams takes: boxes in groups, arrows between them, and what the colours mean."""

from __future__ import annotations

from collections import Counter
from typing import Literal, NamedTuple

Direction = Literal["down", "right"]

Role = Literal["layer", "block", "input", "output"]

STEPS = 6
"""How many colours a scale has, from the lightest, which is least, to the darkest."""


class Box(NamedTuple):
    """A box of a diagram: its lines, the first of which names it, and how it stands out."""

    lines: tuple[str, ...]
    group: tuple[str, ...] = ()
    """The groups it lies in, the outermost first."""
    role: Role = "layer"
    step: int | None = None
    """Its colour, from 0 to STEPS − 1; None for none."""
    faulty: bool = False
    """Whether something is wrong there, which a frame marks."""
    unknown: bool = False
    """Whether a number is missing there, which a dashed frame marks."""
    told: str = ""
    """All there is to say, for a reader who points at it."""


class Arrow(NamedTuple):
    """An arrow from one box to another, by their positions in the list, and what it carries."""

    tail: int
    head: int
    label: str = ""


class Scale(NamedTuple):
    """What the colours mean, and the numbers at both ends."""

    label: str
    least: str
    most: str


class Drawing(NamedTuple):
    """A titled diagram; groups nest as the boxes' paths do."""

    title: str
    notes: tuple[str, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    scale: Scale | None = None
    direction: Direction = "down"

    @property
    def breadth(self) -> int:
        """How many boxes lie side by side at most, each one step behind the last that it reads.

        >>> Drawing("t", (), (Box(("a",)),) * 4, (Arrow(0, 3), Arrow(1, 3), Arrow(2, 3))).breadth
        3
        """
        steps = [0] * len(self.boxes)
        for arrow in sorted(self.arrows, key=lambda arrow: arrow.head):
            steps[arrow.head] = max(steps[arrow.head], steps[arrow.tail] + 1)
        return max(Counter(steps).values(), default=0)

    def _repr_svg_(self) -> str | None:
        """What a notebook shows; None, so that it shows the text, where there is no Graphviz."""
        from ..core.errors import NoGraphvizError
        from .layout import picture

        try:
            return picture(self, "svg").decode()
        except NoGraphvizError:
            return None
