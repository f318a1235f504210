"""Recurrent operators: RNN, GRU, LSTM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....layers.axes import Permute
from ....layers.recurrent import GRU, LSTM, RNN
from ..step import UnsupportedError, reshaped
from ..values import Array, Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....layers.recurrent import Recurrent
    from ..step import Step
    from ..values import Value


def _sequence(kind: type[Recurrent], states: int) -> Callable[[Step], tuple[Value, ...]]:
    def rule(step: Step) -> tuple[Value, ...]:
        weight, again = step.weight(1, 3), step.weight(2, 3)
        if step.has(7):
            raise UnsupportedError("peepholes")
        both, first = weight.shape[0] == 2, bool(step.integer("layout", 0))
        held = (weight, again, *step.weights(3))
        layer = kind(weight.shape[2], again.shape[2], bias=step.has(3), batch_first=first, bidirectional=both)
        begin = tuple(step.value(place) for place in range(5, 5 + states) if step.has(place))
        if all(isinstance(value, Array) for value in begin):
            begin = ()  # stored states, nearly always zeros
        if 0 < len(begin) < states:
            raise UnsupportedError("one of two first states")
        if first:
            begin = tuple(
                step.add(Permute((1, 0, 2)), value, part=f"state{place}") for place, value in enumerate(begin)
            )
        y, *after = step.add_many(layer, step.x, *begin, weights=held)
        if first:
            after = [step.add(Permute((1, 0, 2)), value, part=f"turn{place}") for place, value in enumerate(after)]
        return (_by_direction(step, y, 2 if both else 1, first), *after)

    return rule


def _by_direction(step: Step, y: Value, directions: int, batch_first: bool) -> Value:
    """(L, N, D·H) as ONNX has it: (L, D, N, H), or (N, L, D, H) where the batch is first."""
    assert isinstance(y, Flow)
    a, b, width = y.shape
    if batch_first:
        return reshaped(step, y, (a, b, directions, width // directions), part="directions")
    if directions == 1:
        return reshaped(step, y, (a, 1, b, width), part="directions")
    parted = reshaped(step, y, (a, b, directions, width // directions), part="directions")
    return step.add(Permute((0, 2, 1, 3)), parted, part="turn")


RULES = {"RNN": _sequence(RNN, 1), "GRU": _sequence(GRU, 1), "LSTM": _sequence(LSTM, 2)}
