"""Moves: what one more layer makes of a shape, and what it costs, worked out once for each shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import ConvmathError, ParameterError, ParseError, show
from ..core.size import are_numbers, is_one
from ..core.window import Window
from ..layers.parse import parse_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.receptive_field import Stage
    from ..core.shape import Shape
    from ..layers.base import Layer

EXAMPLE = "write for example 'Conv2d(c, 2*c, 3, stride=2, padding=1)', where c are the channels that reach it"


class Move(NamedTuple):
    """A layer taken: what it makes, what each of its costs adds, and how it reads along every axis, stage by stage."""

    layer: Layer
    output: Shape
    costs: tuple[int, ...]
    stages: tuple[tuple[Window, ...], ...]


class Moves:
    """The layers that blocks make of a shape; `c` in a block is the number of channels that reach it.

    A layer that does not accept a shape is none of its moves. Raises ParseError and ParameterError for a block that
    never is a layer of one input, or that does not read by windows.

    >>> from convmath.core.shape import Shape
    >>> [str(move.output) for move in Moves(["Conv2d(c, 2*c, 3, stride=2)"], ("macs",)).of(Shape((1, 8, 16, 20)))]
    ['1x16x7x9']
    """

    def __init__(self, blocks: Sequence[str], costs: Sequence[str]) -> None:
        if not blocks:
            raise ParseError(f"there are no blocks to choose from ({EXAMPLE})")
        self.blocks = tuple(blocks)
        self.costs = tuple(costs)
        self._layers: dict[tuple[str, int], Layer | None] = {}
        self._known: dict[Shape, tuple[Move, ...]] = {}
        self.widest = 1
        """The largest dilation of a block."""
        for block in self.blocks:
            self._check(block)

    def of(self, x: Shape) -> tuple[Move, ...]:
        """The moves from a shape, in the order of the blocks."""
        if x not in self._known:
            found = (self._move(block, x) for block in self.blocks)
            self._known[x] = tuple(move for move in found if move is not None)
        return self._known[x]

    def _move(self, block: str, x: Shape) -> Move | None:
        layer = self._layer(block, x[1])
        if layer is None:
            return None
        try:
            facts = layer.facts(x)
        except ConvmathError:
            return None
        if any(size < 1 for size in facts.outputs[0]):
            return None
        stages = tuple(self._windows(block, stage) for stage in facts.stages if stage)
        if any(reach.extent < reach.stride for stage in stages for reach in stage):
            return None
        costs = tuple(getattr(facts.cost, cost) for cost in self.costs)
        if not are_numbers(*costs):
            raise ParameterError(f"{block}: what it costs is no number (leave it out)")
        return Move(facts.layer, facts.outputs[0], costs, stages)

    def _layer(self, block: str, channels: int) -> Layer | None:
        """The layer for so many channels; None where there is none, as for groups that do not divide them."""
        key = block, channels
        if key not in self._layers:
            try:
                self._layers[key] = parse_layer(block, {"c": channels})
            except ParameterError:
                self._layers[key] = None
        return self._layers[key]

    def _check(self, block: str) -> None:
        try:
            layer = parse_layer(block, {"c": 64})
        except ParameterError:
            return  # of other channels it may be one
        except ConvmathError as error:
            raise ParseError(f"{error} ({EXAMPLE})") from None
        dilation = getattr(layer, "dilation", 1)
        self.widest = max(self.widest, *(dilation if isinstance(dilation, tuple) else (dilation,)))
        if layer.arity[0] != 1 or (layer.output_count or 1) != 1:
            raise ParameterError(f"{block}: takes {layer.arity[0]} inputs or hands out several (use one of each)")

    def _windows(self, block: str, stage: Stage) -> tuple[Window, ...]:
        windows = tuple(reach for reach in stage if isinstance(reach, Window) and is_one(reach.input_dilation))
        if len(windows) < len(stage):
            raise ParameterError(f"{show(block)} does not read by windows (search among convolutions and pools)")
        return windows
