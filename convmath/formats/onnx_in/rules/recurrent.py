"""Recurrent operators: RNN, GRU, LSTM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ....core.size import same
from ....layers.axes import Permute
from ....layers.merge import Concat
from ....layers.recurrent import GRU, LSTM, RNN
from ....layers.roll import Flip
from ....layers.slice import Select, Slice
from ..step import UnsupportedError, reshaped
from ..values import Array, Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....layers.recurrent import Recurrent
    from ..step import Step
    from ..values import Value


class Kind(NamedTuple):
    """A recurrent operator: its layer, how many states go from step to step, what it does unless it says otherwise."""

    layer: type[Recurrent]
    states: int
    gates: tuple[int, ...]
    """Where the operator stores each gate of the layer."""
    activations: tuple[str, ...]


RECURRENT = Kind(RNN, 1, (0,), ("Tanh",))
LONG_SHORT = Kind(LSTM, 2, (0, 2, 3, 1), ("Sigmoid", "Tanh", "Tanh"))
GATED = Kind(GRU, 1, (1, 0, 2), ("Sigmoid", "Tanh"))


def _sequence(kind: Kind) -> Callable[[Step], tuple[Value, ...]]:
    def rule(step: Step) -> tuple[Value, ...]:
        weight, again = step.weight(1, 3), step.weight(2, 3)
        if step.has(7):
            raise UnsupportedError("peepholes")
        way, first = step.text("direction", "forward"), bool(step.integer("layout", 0))
        if weight.shape[0] != (2 if way == "bidirectional" else 1):
            raise UnsupportedError(f"direction={way} with weights of {weight.shape[0]}")
        if step.has(4) and not _reads_all(step):
            step.differs("steps beyond sequence_lens are read as well")
        how = _own(step, kind, weight.shape[0])
        layer = kind.layer(
            weight.shape[2], again.shape[2], bias=step.has(3), batch_first=first, bidirectional=way == "bidirectional",
            **how,
        )  # fmt: skip
        begin = _beginning(step, kind, first)
        backward, axis = way == "reverse", int(first)
        x = step.add(Flip(axis), step.x, part="flip") if backward else step.x
        y, *after = step.add_many(layer, x, *begin, weights=_held(step, kind))
        y = step.add(Flip(axis), y, part="unflip") if backward else y
        if first:
            after = [step.add(Permute((1, 0, 2)), value, part=f"turn{place}") for place, value in enumerate(after)]
        return (_by_direction(step, y, weight.shape[0], first), *after)

    return rule


def _own(step: Step, kind: Kind, directions: int) -> dict[str, Any]:
    """What a layer states beside its sizes; what it cannot state is remarked."""
    stated = step.words("activations") or list(kind.activations) * directions
    alike = [word.lower() for word in stated]
    usual = [word.lower() for word in kind.activations] * directions
    if alike != usual and not (kind.layer is RNN and set(alike) == {"relu"}):
        step.differs(f"activations are {', '.join(stated)}")
    if step.real("clip", 0.0):
        step.differs(f"gates are clipped to {step.real('clip', 0.0):g}")
    if step.integer("input_forget", 0):
        step.differs("the input gate is coupled with the one that forgets")
    if kind.layer is GRU:
        return {"reset_after": bool(step.integer("linear_before_reset", 0))}
    return {"nonlinearity": "relu"} if kind.layer is RNN and set(alike) == {"relu"} else {}


def _reads_all(step: Step) -> bool:
    """Whether every sequence is as long as the longest."""
    lengths, steps = step.value(4), step.x.shape[1 if step.integer("layout", 0) else 0]
    known = lengths.numbers if isinstance(lengths, Array) else None
    return known is not None and all(same(length, steps) for length in known.reshape(-1))


def _beginning(step: Step, kind: Kind, first: bool) -> tuple[Value, ...]:
    """The states to begin with; those that are stored as zeros are the layer's own."""
    begin = tuple(step.value(place) for place in range(5, 5 + kind.states) if step.has(place))
    if all(isinstance(value, Array) and (not value.roots or value.holds_only(0)) for value in begin):
        return ()
    if len(begin) < kind.states:
        raise UnsupportedError("one of two first states")
    if not first:
        return begin
    return tuple(step.add(Permute((1, 0, 2)), value, part=f"state{place}") for place, value in enumerate(begin))


def _held(step: Step, kind: Kind) -> tuple[Array, ...]:
    """What the layer stores, direction by direction: both matrices and both biases, with the gates in its order."""
    weight, again = step.weight(1, 3), step.weight(2, 3)
    made: list[Array] = []
    for direction in range(weight.shape[0]):
        arrays = [step.turned(array, Select(0, direction)) for array in (weight, again)]
        if step.has(3):
            both, half = step.turned(step.weight(3, 2), Select(0, direction)), step.weight(3, 2).shape[1] // 2
            arrays += [step.turned(both, Slice(0, start, start + half)) for start in (0, half)]
        made += [_in_order(step, array, kind.gates) for array in arrays]
    return tuple(made)


def _in_order(step: Step, array: Array, gates: tuple[int, ...]) -> Array:
    if len(gates) == 1:
        return array
    size = array.shape[0] // len(gates)
    pieces = [step.turned(array, Slice(0, gate * size, (gate + 1) * size)) for gate in gates]
    (made,) = step.add_many(Concat(0), *pieces)
    assert isinstance(made, Array)
    return made


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


RULES = {"RNN": _sequence(RECURRENT), "GRU": _sequence(GATED), "LSTM": _sequence(LONG_SHORT)}
