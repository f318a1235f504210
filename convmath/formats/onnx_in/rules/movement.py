"""Operators that move numbers: Concat, Split, Slice, Gather, Pad, DepthToSpace, SpaceToDepth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.errors import GraphError
from ....core.size import LARGEST, Symbolic, are_numbers, same
from ....layers.axes import Squeeze, Unsqueeze
from ....layers.lookup import Embedding, Gather
from ....layers.merge import Concat, Split
from ....layers.roll import Flip
from ....layers.scatter import ScatterElements, ScatterND
from ....layers.shuffle import ChannelShuffle, PixelShuffle, PixelUnshuffle
from ....layers.slice import Select, Slice
from ..folding import slices
from ..step import UnsupportedError
from ..values import Array, Flow
from .convolution import ranked

if TYPE_CHECKING:
    from ....layers.base import Layer
    from ..step import Step
    from ..values import Value


def _joined(step: Step) -> Value:
    values = [value for value in step.values() if not any(same(size, 0) for size in value.shape)]
    if not values:
        raise UnsupportedError("nothing but empty arrays")
    axis = step.axis(step.integer("axis", 1), len(values[0].shape))
    return values[0] if len(values) == 1 else step.add(Concat(axis), *values)


def _parted(step: Step) -> tuple[Value, ...]:
    x, count = step.x, len(step.operator.outputs)
    axis = step.axis(step.integer("axis", 0), len(x.shape))
    size, sizes = x.shape[axis], step.integers("split") if step.operator.version < 13 else None
    if step.operator.version >= 13 and step.has(1):
        sizes = step.numbers(1)
    if sizes is None:
        piece = -(-size // count)
        sizes = [*[piece] * (count - 1), size - piece * (count - 1)]
    if len(sizes) != count:
        raise GraphError(f"{step.operator}: makes {count} pieces, {len(sizes)} sizes are stated")
    if any(same(piece, 0) for piece in sizes):
        raise UnsupportedError("a piece is empty")
    return (x,) if count == 1 else step.add_many(Split(tuple(sizes), axis), x, weights=())


def _sliced(step: Step) -> Value:
    x = step.x
    cuts = slices(step, len(x.shape))
    parts: list[tuple[Layer, int]] = []
    for axis, start, end, pace in cuts:
        size = x.shape[axis]
        if pace == -1 and _is_beyond(start, size, last=True) and type(end) is int and end < -LARGEST:
            parts.append((Flip(axis), axis))
        elif type(pace) is int and pace < 0 and all(type(number) is int for number in (start, end, size)):
            positions = range(size)[start:end:pace]
            if not positions:
                raise UnsupportedError("nothing is left")
            parts += [(Flip(axis), axis), (Slice(axis, size - 1 - positions[0], size - positions[-1], -pace), axis)]
        elif type(pace) is not int or pace < 1:
            raise UnsupportedError(f"a step of {pace}")
        else:
            first, stop = _place(start, size), None if _is_beyond(end, size) else _place(end, size)
            if not (same(first, 0) and stop is None and pace == 1):
                parts.append((Slice(axis, first, stop, pace), axis))
    for place, (layer, axis) in enumerate(parts):
        x = step.add(layer, x, part="" if place == len(parts) - 1 else f"axis{axis}")
    return x


FAR = 10**9
"""From here on an end is one of those that exporters write for the last position: 10⁹ (tf2onnx), 2³¹ − 1, 2⁶³ − 1."""


def _place(place: Any, size: Any) -> Any:
    """A position as layers spell it: formulas that are negative count from the end too."""
    if isinstance(place, Symbolic):
        return size + place if (-place).at_least(1) is True else place  # type: ignore[operator]
    if type(place) is not int:
        raise UnsupportedError("a place that is no whole number")
    return max(min(place, LARGEST), -LARGEST)


def _is_beyond(place: Any, size: Any, last: bool = False) -> bool:
    """Whether a position is certainly the end or beyond it; with `last`, the last one suffices."""
    if type(place) is int and (place >= LARGEST or (isinstance(size, Symbolic) and place >= FAR)):
        return True
    if last and type(place) is int and place == -1:
        return True
    over = place - size + int(last)
    return (over.at_least(0) is True) if isinstance(over, Symbolic) else over >= 0


def _looked_up(step: Step) -> Value:
    data, indices = step.x, step.value(1)
    axis = step.axis(step.integer("axis", 0), len(data.shape))
    if isinstance(data, Array) and isinstance(indices, Flow) and len(data.shape) == 2 and axis == 0:
        return step.add(Embedding(*data.shape), indices, weights=(data,))
    if isinstance(indices, Array) and indices.numbers is not None and isinstance(data, Flow):
        numbers = indices.numbers.reshape(-1).tolist()
        if indices.shape == () and numbers[0] is not None:
            return step.add(Select(axis, _place(numbers[0], data.shape[axis])), data)
        if len(indices.shape) == 1 and _follow_one_another(numbers):
            return step.add(Slice(axis, numbers[0], numbers[-1] + 1), data)
    return step.add(Gather(axis), data, indices)


def _follow_one_another(positions: list[Any]) -> bool:
    """Whether they are counted from the beginning, one by one."""
    if not positions or type(positions[0]) is not int or positions[0] < 0:
        return False
    return positions == list(range(positions[0], positions[0] + len(positions)))


MODES = {"constant": "ConstantPad", "edge": "ReplicationPad", "reflect": "ReflectionPad", "wrap": "CircularPad"}
"""ONNX's padding modes by family."""


def _padded(step: Step) -> Value:
    x, axes = step.x, len(step.x.shape)
    pads = step.numbers(1) if step.operator.version >= 11 else step.integers("pads") or step.integers("paddings", ())
    which = [step.axis(axis, axes) for axis in step.numbers(3)] if step.has(3) else list(range(axes))
    assert pads is not None
    if len(pads) != 2 * len(which):
        raise GraphError(f"{step.operator}: has {len(pads)} pads for {len(which)} axes (two for each are wanted)")
    given = dict(zip(which, zip(pads[: len(which)], pads[len(which) :], strict=True), strict=True))
    mode = step.text("mode", "constant")
    if mode not in MODES:
        raise UnsupportedError(f"mode={mode}")
    return _with_sides(step, x, given, mode, _filling(step) if mode == "constant" else 0)


def _with_sides(step: Step, x: Value, given: dict[int, tuple[Any, Any]], mode: str, value: float) -> Value:
    """The sides of each axis added."""
    axes = len(x.shape)
    moved = [axis for axis, sides in given.items() if not all(same(side, 0) for side in sides)]
    if not moved:
        return x
    new = max(0, 2 - min(moved), 3 - axes)  # layers pad spatial axes, so batch and channels may have to go before
    rank = axes + new - 2
    if rank > 3:
        raise UnsupportedError(f"padding of axis {min(moved)} of {axes}")
    sides = tuple(side for axis in reversed(range(2 - new, axes)) for side in given.get(axis, (0, 0)))
    name, rest = (
        ("ZeroPad", ()) if mode == "constant" and value == 0 else (MODES[mode], (value,) * (mode == "constant"))
    )
    layer = ranked(name, rank)(sides, *rest)
    if not new:
        return step.add(layer, x)
    front = tuple(range(new))
    return step.add(Squeeze(front), step.add(layer, step.add(Unsqueeze(front), x, part="unsqueeze")), part="squeeze")


def _filling(step: Step) -> float:
    """What is padded with; of a number that is not known, or not finite, only that it is another than 0."""
    value = step.scalar(2, 0) if step.operator.version >= 11 else step.real("value", 0.0)
    return value if type(value) in {int, float} and abs(value) < 1e300 else 1


def _to_space(step: Step) -> Value:
    x, r = step.x, step.integer("blocksize", 1)
    mode = step.text("mode", "DCR")
    step.only("mode", mode, "DCR", "CRD")
    if mode == "DCR":  # there the channels of a block lie apart
        x = step.add(ChannelShuffle(r * r), x, part="shuffle")
    return step.add(PixelShuffle(r), x)


def _to_depth(step: Step) -> Value:
    r, x = step.integer("blocksize", 1), step.x
    mode = step.text("mode", "DCR")
    step.only("mode", mode, "DCR", "CRD")
    if mode == "CRD":
        return step.add(PixelUnshuffle(r), x)
    y = step.add(PixelUnshuffle(r), x, part="unshuffle")
    return step.add(ChannelShuffle(x.shape[1]), y)


def _from_columns(step: Step) -> Value:
    """Col2Im: the sum of what lies over each position."""
    from ....layers.fold import Fold

    shape, kernel = step.numbers(1), step.numbers(2)
    pads = step.integers("pads", [0] * (2 * len(shape)), 2 * len(shape)) or []
    half = len(shape)
    if half != 2:
        raise UnsupportedError(f"{half} axes")
    how = {
        "dilation": step.integers("dilations", [1] * half, half),
        "stride": step.integers("strides", [1] * half, half),
    }
    settled = {name: tuple(values or ()) for name, values in how.items()}
    if pads[:half] == pads[half:]:
        return step.add(Fold(tuple(shape), tuple(kernel), padding=tuple(pads[:half]), **settled), step.x)
    whole = tuple(size + low + high for size, low, high in zip(shape, pads[:half], pads[half:], strict=True))
    y = step.add(Fold(whole, tuple(kernel), **settled), step.x, part="fold")
    for axis, (low, size) in enumerate(zip(pads[:half], shape, strict=True), 2):
        y = step.add(Slice(axis, low, low + size), y, part=f"axis{axis}")
    return y


def _centred(step: Step) -> Value:
    """CenterCropPad: cut or filled with zeros, as much on either side; what is left over is at the end."""
    x, wanted = step.x, step.numbers(1)
    which = [step.axis(axis, len(x.shape)) for axis in step.integers("axes", range(len(x.shape))) or ()]
    if len(wanted) != len(which):
        raise GraphError(f"{step.operator}: states {len(wanted)} sizes for {len(which)} axes")
    added: dict[int, tuple[Any, Any]] = {}
    for axis, size in zip(which, wanted, strict=True):
        old = x.shape[axis]
        if not are_numbers(old, size):
            raise UnsupportedError("sizes with symbols")
        if size < old:
            first = (old - size) // 2
            x = step.add(Slice(axis, first, first + size), x, part=f"crop{axis}")
        elif size > old:
            added[axis] = ((size - old) // 2, size - old - (size - old) // 2)
    return _with_sides(step, x, added, "constant", 0)


def _turned_back(step: Step) -> Value:
    """ReverseSequence, where every sequence is as long as the longest."""
    x, lengths = step.x, step.value(1)
    axis = step.axis(step.integer("time_axis", 0), len(x.shape))
    known = lengths.numbers if isinstance(lengths, Array) else None
    if known is None or not all(same(length, x.shape[axis]) for length in known.reshape(-1)):
        raise UnsupportedError("sequences of several lengths")
    return step.add(Flip(axis), x)


def _scattered(step: Step) -> Value:
    """Numbers at indices that are counted along one axis; in opset 9 and 10 the operator is called Scatter."""
    axis = step.axis(step.integer("axis", 0), len(step.x.shape))
    return step.add(ScatterElements(axis, step.text("reduction", "none")), step.x, step.value(1), step.value(2))


def _scattered_blocks(step: Step) -> Value:
    return step.add(ScatterND(step.text("reduction", "none")), step.x, step.value(1), step.value(2))


RULES = {
    "Concat": _joined,
    "Split": _parted,
    "Slice": _sliced,
    "Gather": _looked_up,
    "Pad": _padded,
    "DepthToSpace": _to_space,
    "SpaceToDepth": _to_depth,
    "Col2Im": _from_columns,
    "CenterCropPad": _centred,
    "ReverseSequence": _turned_back,
    "Scatter": _scattered,
    "ScatterElements": _scattered,
    "ScatterND": _scattered_blocks,
}
