"""CM205: paths that meet although they look at different positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..report.meeting import clashes
from .rule import Found, Rule
from .slices import interleave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..report.meeting import Clash
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    told: set[str] = set()
    for clash in clashes(subject.report):
        if clash.at in told or clash.is_causal or interleave(subject, subject.row_of[clash.at]):
            continue
        told.add(clash.at)
        (a, b), (centre_a, centre_b), (jump_a, jump_b) = clash.paths, clash.centres, clash.jumps
        figures = {
            "a": a, "b": b, "axis": clash.axis, "centre_a": str(centre_a), "centre_b": str(centre_b),
            "jump_a": str(jump_a), "jump_b": str(jump_b), "apart": _said(clash),
        }  # fmt: skip
        yield Found(clash.at, figures)


def _said(clash: Clash) -> str:
    if clash.shift is None:
        return "each further position moves them further apart"
    return f"they lie {abs(clash.shift)} positions of the input apart"


RULE = Rule(
    title="paths of different centre or jump meet",
    law="Position o of a map looks at the input around start + (r − 1)/2 + o·jump. Where two paths that are added or"
    " concatenated differ in jump or in that centre, numbers of different positions are mixed: an even kernel, padding"
    " on one side, a crop that is not centred. Causal paths, whose fields end at the same position, are not told, nor"
    " slices that put all positions of one map side by side as channels.",
    says="position 0 of {a} is centred at {centre_a} with jump {jump_a}, that of {b} at {centre_b} with jump"
    " {jump_b}, on axis {axis}: {apart}",
    mend="pad or crop one of the paths so that the centres agree",
    source="Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks (2019)",
    example="""\
input: [1, 8, 9, 10]
layers:
  - even: Conv2d(8, 8, 4, padding=((1, 2), (1, 2)), convention='jax')
  - add: {op: Add, from: [even, input]}
""",
    find=find,
)
