"""CM302: outputs of a transposed convolution that no tap reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .overlaps import transposed
from .rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rule import Found
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    yield from transposed(subject, lambda fewest, most: fewest == 0)


RULE = Rule(
    title="outputs of a transposed convolution that nothing reaches",
    law="Inputs put their k taps s positions apart into the output, d between taps: they reach min(k, s/gcd(d, s)) of"
    " every s positions. The others hold the bias, whatever the input.",
    says="kernel {kernel} with stride {stride}{apart}{axes}: neighbouring outputs add up {in_turn} taps in turn;"
    " {dead} of every {stride} hold the bias alone",
    mend="take kernel {even}, without dilation, or upsample by {stride} and convolve",
    source="Dumoulin and Visin (2016), relationships 8 to 14; Odena, Dumoulin and Olah (2016)",
    example="""\
input: [1, 8, 5, 7]
layers:
  - up: ConvTranspose2d(8, 4, 2, stride=3)
""",
    find=find,
)
