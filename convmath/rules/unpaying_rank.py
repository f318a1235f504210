"""CM405: a spatially separable convolution that costs no less than a full one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import are_numbers
from ..layers.rank import conv_like
from ..layers.spatial import SpatiallySeparableConv
from .rule import Found, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..report.row import Row
    from .subject import Subject


def find(subject: Subject) -> Iterator[Found]:
    for row in subject.rows:
        layer = row.layer
        if not isinstance(layer, SpatiallySeparableConv):
            continue
        full = conv_like(layer, groups=1).count_macs(row.inputs, row.outputs)
        if are_numbers(full, row.cost.macs) and row.cost.macs >= full:
            middle = layer.out_channels if layer.mid_channels is None else layer.mid_channels
            yield Found(
                row.name, {"rank": middle, "macs": row.cost.macs, "full": full, "pays": _paying(row, full, middle)}
            )


def _paying(row: Row, full: int, rank: int) -> int:
    """The largest rank that costs less; 0 if none does."""
    assert row.layer is not None
    stated = {name: getattr(row.layer, name) for name in row.layer.fields}
    below, above = 0, rank
    while above - below > 1:
        middle = (below + above) // 2
        made = type(row.layer)(**stated | {"mid_channels": middle})
        below, above = (middle, above) if made.macs(*row.inputs) < full else (below, middle)
    return below


RULE = Rule(
    title="spatially separable rank that does not pay",
    law="Kernels of rank R in separable form take R·(C_in·k_h + k_w·C_out) multiplications an output, the full"
    " convolution C_in·C_out·k_h·k_w: the first is less only for R < C_in·C_out·k_h·k_w/(C_in·k_h + k_w·C_out), which"
    " for one 3×3 kernel is R = 1 (6 against 9), for 5×5 up to 2, for 7×7 up to 3.",
    says="rank {rank} takes {macs:,} MACs, the full convolution {full:,}; it pays up to rank {pays}",
    mend="take mid_channels={pays} or less, or the full convolution",
    source="Jaderberg, Vedaldi and Zisserman, Speeding up Convolutional Neural Networks with Low Rank Expansions"
    " (2014)",
    example="""\
input: [1, 4, 12, 15]
layers:
  - sep: SpatiallySeparableConv2d(4, 6, 3, mid_channels=8, padding=1)
""",
    find=find,
)
