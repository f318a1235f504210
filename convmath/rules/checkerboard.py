"""CM301: a transposed convolution that adds up differently many taps at neighbouring outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .overlaps import transposed
from .rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rule import Found
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    yield from transposed(subject, lambda fewest, most: 0 < fewest < most)


RULE = Rule(
    title="checkerboard of a transposed convolution",
    law="An output q adds up the taps t with t·d ≡ q (mod s): ⌈k/s⌉ of them at some positions and ⌊k/s⌋ at their"
    " neighbours unless s divides k. With weights of one size the map has the pattern of these counts, and along two"
    " axes that of their products: k = 3, s = 2 gives 4, 2, 2, 1 taps, a checkerboard that training has to undo.",
    says="kernel {kernel} is no multiple of stride {stride}{apart}{axes}: neighbouring outputs add up {in_turn} taps"
    " in turn",
    mend="take kernel {even}, so that each adds up as many, or upsample by {stride} and convolve",
    source="Odena, Dumoulin and Olah, Deconvolution and Checkerboard Artifacts (2016)",
    example="""\
input: [1, 8, 5, 7]
layers:
  - up: ConvTranspose2d(8, 4, 3, stride=2)
""",
    find=find,
)
