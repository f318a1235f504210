"""CM201: an output that leaves out positions inside its receptive field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.pattern import Pattern
from ..core.positions import Block, gaps, runs
from ..core.receptive_field import ReceptiveField
from ..core.size import are_numbers
from ..core.window import Window
from .rule import Found, Rule
from .subject import say_axes, stages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.pattern import Drawn
    from ..report.row import Row
    from .subject import Subject

MOST_TOLD = 8
"""Positions, and dilated layers, that are listed."""


def find(subject: Subject) -> Iterator[Found]:
    for row in subject.rows:
        if not row.fields or any(_is_told(reader) for reader in subject.readers_of(row)):
            continue
        by_pattern: dict[str, tuple[dict[str, Any], list[int]]] = {}
        for axis, pattern in enumerate(subject.sights[row.name].patterns):
            figures = _holes(pattern)
            if figures is not None:
                by_pattern.setdefault(repr(figures), (figures, []))[1].append(axis)
        for figures, axes in by_pattern.values():
            dilated = [name for name, dilations in _dilations(subject, row) if dilations[axes[0]] > 1]
            among = (
                f" (dilated: {', '.join(dilated[:MOST_TOLD])}{', …' * (len(dilated) > MOST_TOLD)})" if dilated else ""
            )
            yield Found(row.name, figures | {"axes": say_axes(axes, len(row.fields)), "dilated": among})


def _is_told(row: Row) -> bool:
    return any(isinstance(field, ReceptiveField) for field in row.fields)


def _holes(pattern: Drawn) -> dict[str, Any] | None:
    """The phase that leaves out most, if one does."""
    bits = max(pattern.bits, key=lambda one: gaps(one).bit_count()) if isinstance(pattern, Pattern) else 0
    if not gaps(bits):
        return None
    read, size, missing = bits.bit_count(), bits.bit_length(), runs(gaps(bits))
    return {
        "read": read, "size": size, "holes": size - read, "gap": max(length for _, length in missing),
        "positions": _positions(runs(bits)),
    }  # fmt: skip


def _positions(told: list[tuple[int, int]]) -> str:
    words = [str(Block(first, length)) for first, length in told[:MOST_TOLD]]
    return ", ".join(words) + (", …" if len(told) > MOST_TOLD else "")


def _dilations(subject: Subject, end: Row) -> Iterator[tuple[str, list[int]]]:
    for row in subject.upto(end):
        for stage in stages_of(row):
            found = [reach.dilation if isinstance(reach, Window) else 1 for reach in stage]
            if len(found) == len(end.fields) and are_numbers(*found):
                yield row.name, found


RULE = Rule(
    title="holes in a receptive field",
    law="The receptive field r = 1 + Σ (k̂ − 1)·∏ s bounds what an output reads; a kernel dilated by d leaves d − 1"
    " of d positions out. Dilations with a common divisor leave the same ones out in every layer: three of k = 3, d ="
    " 2 span 13 positions and read 7 of them, where 1, 2, 5 span 17 and read all.",
    says="a position reads {read} of the {size} positions it spans{axes} ({positions}): {holes} holes, up to {gap}"
    " wide{dilated}",
    mend="begin with a layer that is not dilated, and let dilations grow without a common divisor (1, 2, 5), or by as"
    " much as the kernels (1, 2, 4 for k = 2; 1, 3, 9 for k = 3)",
    source="Wang et al., Understanding Convolution for Semantic Segmentation (2018); Yu, Koltun and Funkhouser (2017)",
    example="""\
input: [1, 3, 20, 24]
layers:
  - conv1: Conv2d(3, 8, 3, dilation=2)
  - conv2: Conv2d(8, 8, 3, dilation=2)
  - conv3: Conv2d(8, 8, 3, dilation=2)
""",
    find=find,
)
