"""CM203: positions of a value that nothing reads, because strides step over them."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING

from ..core.size import is_one
from ..core.window import Window
from ..layers.deformable import Deformable
from .positions import ALL, both, pattern_of
from .rule import Found, Rule
from .slices import is_slice, source_of, through
from .subject import say_axes, stages_of, values_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..report.row import Row
    from .positions import Pattern
    from .slices import Value
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    read: dict[Value, list[tuple[Row, list[Pattern]]]] = {}
    for row in subject.rows:
        if is_slice(row) and not subject.is_handed_out(row):
            continue  # what reads the slice reads what it was cut from
        for place, value in enumerate(values_read(row)):
            source, taken = source_of(subject, value)
            read.setdefault(source, []).append((row, _read(row, place, taken)))
    for source, readers in read.items():
        if source in subject.handed_out or len({len(patterns) for _, patterns in readers}) != 1:
            continue
        together = [reduce(both, along) for along in zip(*(patterns for _, patterns in readers), strict=True)]
        axes = [axis for axis, pattern in enumerate(together) if not pattern.is_all]
        if axes:
            yield _found(source[0], [row for row, _ in readers], together, axes)


def _read(reader: Row, place: int, taken: tuple[Window, ...]) -> list[Pattern]:
    """What a layer reads along each axis of what the slices in between, if any, were cut from."""
    shape = reader.inputs[place]
    first = next(iter(stages_of(reader, place)), ())
    windows = (Window(),) * shape.rank
    if len(first) == shape.rank and not isinstance(reader.layer, Deformable):
        # Of a single position there is none to step over.
        reaches = zip(first, shape.spatial, strict=True)
        windows = tuple(
            reach if isinstance(reach, Window) and not is_one(size) else Window() for reach, size in reaches
        )
    return [
        pattern_of(through(cut, window)) if is_one(window.input_dilation) else ALL
        for cut, window in zip(taken, windows, strict=True)
    ]


def _found(source: str, readers: list[Row], together: list[Pattern], axes: list[int]) -> Found:
    share = Fraction(1)
    for pattern in together:
        share *= Fraction(len(pattern.residues), pattern.period)
    among = f" (and {len(readers) - 1} more)" if len(readers) > 1 else ""
    figures = {
        "read": share.numerator, "of": share.denominator, "source": source, "among": among,
        "axes": say_axes(axes, len(together)), "period": together[axes[0]].period,
        "kept": len(together[axes[0]].residues),
    }  # fmt: skip
    return Found(readers[0].name, figures)


RULE = Rule(
    title="positions that every reader steps over",
    law="A window whose taps leave out a residue modulo its stride (k = 1 with s = 2, above all) never reads the"
    " positions of that residue: of a map only one in 2ⁿ along n axes counts, the rest was computed for nothing and"
    " its detail is lost. It is told where no other layer reads them; slices count as parts of what they are cut from.",
    says="of {source} it{among} reads {kept} in {period} positions{axes}: {read} of {of} numbers, and nothing reads"
    " the others",
    mend="move the stride to a layer whose kernel is at least as large (the 3×3 convolution of a bottleneck), or pool"
    " before it",
    source="He et al., Bag of Tricks (2019), section 4, ResNet-B",
    example="""\
input: [1, 8, 9, 10]
layers:
  - wide: Conv2d(8, 16, 3, padding=1)
  - conv: Conv2d(16, 16, 1, stride=2)
""",
    find=find,
)
