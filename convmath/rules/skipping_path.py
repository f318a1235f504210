"""CM204: one of several paths steps over positions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ..core.size import is_one
from .positions import pattern_of
from .rule import Found, Rule
from .subject import say_axes, windows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    for part in subject.parts():
        windows = windows_of(part)
        patterns = [pattern_of(window) for window, _, _ in windows]
        axes = [
            axis
            for axis, (pattern, (_, size, _)) in enumerate(zip(patterns, windows, strict=True))
            if not pattern.is_all and not is_one(size)
        ]
        if axes:
            share = Fraction(1)
            for axis in axes:
                share *= Fraction(len(patterns[axis].residues), patterns[axis].period)
            window = windows[axes[0]][0]
            figures = {"kernel": window.kernel, "stride": window.stride, "read": share.numerator,
                       "of": share.denominator, "axes": say_axes(axes, len(windows))}  # fmt: skip
            yield Found(part.row.name, figures)


RULE = Rule(
    title="a path that steps over positions",
    law="A kernel smaller than its stride reads only some residues modulo the stride: the 1×1 shortcut of stride 2 of"
    " a residual network reads one number in four, where pooling first would read them all at the same cost after it.",
    says="kernel {kernel} with stride {stride}{axes} reads {read} of {of} numbers of its input",
    mend="pool by {stride} (average), then convolve with stride 1",
    source="He et al., Bag of Tricks (2019), section 4, ResNet-D",
    example="""\
input: [1, 8, 9, 10]
layers:
  - main: Conv2d(8, 16, 3, stride=2, padding=1)
  - short: {op: "Conv2d(8, 16, 1, stride=2)", from: input}
  - add: {op: Add, from: [main, short]}
""",
    find=find,
    usual=False,
)
