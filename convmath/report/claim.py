"""Claim and Range: what a file says must hold of a layer or of the whole network, with the place where it says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..core.size import Size
    from ..symbolic.proposition import Proposition

OF_LAYERS = ("output", "params", "buffers", "macs", "macs_touching", "flops", "activations", "receptive_field", "jump")
"""What may be claimed of a layer."""

PER_PIXEL = {"macs/px": "macs", "flops/px": "flops"}
"""What is claimed for each position of the first input, and of what it is a share."""

OF_NETWORKS = (*OF_LAYERS, *PER_PIXEL, "layers", "peak_activation")
"""What may be claimed of a network: of its output, of the sums over its layers, of the most memory that is held."""

UNITS = {"peak_activation": " bytes"}
"""What is not counted one by one."""


LATENCY = re.compile(r"latency@(?P<profile>[\w.-]+)(:(?P<dtype>\w+))?", re.ASCII)
"""The least time on a machine, in nanoseconds: latency@v100, or of another dtype than float32 latency@v100:float16."""


class Claim(NamedTuple):
    """That a quantity of a layer, or of the network for '', is, is at most or is at least what a file says."""

    layer: str
    quantity: str
    relation: str
    """=, ≤, ≥, < or >."""
    wanted: Size | tuple[Size, ...]
    place: str
    """Where it is written, as path:line:column."""


class Range(NamedTuple):
    """The input sizes that every layer must accept: those for which all propositions hold."""

    propositions: tuple[Proposition | bool, ...]
    text: str
    place: str
