"""CM205: paths that meet although they look at different places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.receptive_field import ReceptiveField
from ..report.meeting import centre
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.receptive_field import Seen
    from ..report.analysis import Row
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    for row in subject.rows:
        pair = _apart(subject, row) if row.aligned is False else None
        if pair is not None:
            yield Found(row.name, pair)


def _apart(subject: Subject, row: Row) -> dict[str, object] | None:
    """The first two paths that differ, along the first axis on which they do."""
    paths = [(name, subject.fields_of(name)) for name in row.reads]
    for number, (name, fields) in enumerate(paths):
        for other, others in paths[number + 1 :]:
            for axis, (a, b) in enumerate(zip(fields, others, strict=False)):
                if _differ(a, b):
                    assert isinstance(a, ReceptiveField)
                    assert isinstance(b, ReceptiveField)
                    return {
                        "a": name, "b": other, "axis": axis, "centre_a": str(centre(a)), "centre_b": str(centre(b)),
                        "jump_a": str(a.jump), "jump_b": str(b.jump), "apart": _said(a, b),
                    }  # fmt: skip
    return None


def _differ(a: Seen, b: Seen) -> bool:
    """Whether two fields are not centred alike; causal ones, which end at the same position, are meant to differ."""
    if not isinstance(a, ReceptiveField) or not isinstance(b, ReceptiveField) or a.aligned(b) is not False:
        return False
    return a.jump != b.jump or a.period != b.period or a.high != b.high


def _said(a: ReceptiveField, b: ReceptiveField) -> str:
    if a.jump != b.jump:
        return "each further position moves them further apart"
    return f"they lie {abs(centre(a) - centre(b))} positions of the input apart"


RULE = Rule(
    title="paths of different centre or jump meet",
    law="Position o of a map looks at the input around start + (r − 1)/2 + o·jump. Where two paths that are added or"
    " concatenated differ in jump or in that centre, numbers of different places are mixed: an even kernel, padding"
    " on one side, a crop that is not centred. Causal paths, whose fields end at the same position, are not told.",
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
