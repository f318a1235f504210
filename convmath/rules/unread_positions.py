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
from .subject import say_axes, stages_of, values_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..report.analysis import Row
    from .positions import Pattern
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    for (name, port), readers in subject.readers.items():
        if (name, port) in subject.handed_out:
            continue
        patterns = [_read(reader, name, port) for reader in readers]
        if len({len(one) for one in patterns}) != 1:
            continue
        together = [reduce(both, along) for along in zip(*patterns, strict=True)]
        axes = [axis for axis, pattern in enumerate(together) if not pattern.is_all]
        if axes:
            yield _found(readers, together, axes)


def _read(reader: Row, name: str, port: int) -> list[Pattern]:
    """What a layer reads of a value along each of its axes."""
    place = values_read(reader).index((name, port))
    shape = reader.inputs[place]
    first = next(iter(stages_of(reader, place)), ())
    if len(first) != shape.rank or isinstance(reader.layer, Deformable):
        return [ALL] * shape.rank
    # Of a single position there is none to step over.
    return [
        pattern_of(reach) if isinstance(reach, Window) and not is_one(size) else ALL
        for reach, size in zip(first, shape.spatial, strict=True)
    ]


def _found(readers: list[Row], together: list[Pattern], axes: list[int]) -> Found:
    first = readers[0]
    share = Fraction(1)
    for pattern in together:
        share *= Fraction(len(pattern.residues), pattern.period)
    among = f" and {len(readers) - 1} more" if len(readers) > 1 else ""
    figures = {
        "read": share.numerator, "of": share.denominator, "source": first.reads[0], "among": among,
        "axes": say_axes(axes, len(together)), "period": together[axes[0]].period,
        "kept": len(together[axes[0]].residues),
    }  # fmt: skip
    return Found(first.name, figures)


RULE = Rule(
    title="positions that every reader steps over",
    law="A window whose taps leave out a residue modulo its stride (k = 1 with s = 2, above all) never reads the"
    " positions of that residue: of a map only one in 2ⁿ along n axes counts, the rest was computed for nothing and"
    " its detail is lost. It is told where no other layer reads them.",
    says="of {source} it reads{among} {kept} in {period} positions{axes}: {read} of {of} numbers, and nothing reads"
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
