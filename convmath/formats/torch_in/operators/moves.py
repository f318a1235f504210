"""What moves numbers and computes none: views, parts, copies, padding, shuffles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.size import Size, same
from ....layers import layer_type
from ....layers.axes import Permute, Reshape, Squeeze, Unsqueeze
from ....layers.lookup import Gather
from ....layers.merge import Chunk, Concat, Split
from ....layers.repeat import Expand, Repeat
from ....layers.reshape import Flatten, Unflatten
from ....layers.roll import Flip, Roll
from ....layers.shuffle import ChannelShuffle, PixelShuffle, PixelUnshuffle
from ....layers.slice import Select, Slice
from ..call import NotReadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ....core.shape import Shape
    from ..call import Call, Value

VIEWS = frozenset({
    "slice", "select", "narrow", "view", "reshape", "permute", "transpose", "unsqueeze", "squeeze", "expand", "alias",
    "flatten", "unflatten", "t", "split", "split_with_sizes", "chunk", "unbind", "getitem", "movedim", "swapaxes",
    "view_as", "diagonal", "detach",
})  # fmt: skip
"""Operators whose output may lie in the memory of what they read."""

LARGEST_SINGLE = 3.4028234663852886e38
"""The largest number of 32 bits."""


def reshape(call: Call) -> Value:
    """Another shape: in the words that hold for other sizes too, where there are such."""
    x, stated = call["self"], call.shapes[0]
    shape = call.shape(x)
    if _equal(shape, stated):
        return x  # type: ignore[no-any-return]
    return call.add(_joined(shape, stated) or _parted(shape, stated) or _reshaped(shape, stated), x)


def _joined(x: Shape, y: Shape) -> Flatten | None:
    """The Flatten that it is, if it is one: neighbouring axes after the first become one."""
    count = len(x) - len(y)
    for start in range(1, len(y)) if count > 0 else ():
        if _equal(x[:start], y[:start]) and _equal(x[start + count + 1 :], y[start + 1 :]):
            return Flatten(start, start + count)
    return None


def _parted(x: Shape, y: Shape) -> Unflatten | None:
    """The Unflatten that it is, if it is one: an axis after the first becomes several."""
    reverse = _joined(y, x)
    if reverse is None:
        return None
    return Unflatten(reverse.start_dim, tuple(y[reverse.start_dim : reverse.end_dim + 1]))


def _reshaped(x: Shape, y: Shape) -> Reshape:
    """A Reshape that leaves the batch open where it stays."""
    return Reshape((-1, *y[1:]) if x and y and same(x[0], y[0]) and len(y) > 1 else tuple(y))


def permute(call: Call) -> Value:
    """Axes in another order."""
    return _permuted(call, call["dims"])


def transpose(call: Call) -> Value:
    """Two axes that change places."""
    x = call["self"]
    axes = list(range(len(call.shape(x))))
    first, second = (call[f"{stem}{number}"] for number, stem in enumerate(_stems(call)))
    axes[first], axes[second] = axes[second], axes[first]
    return _permuted(call, axes)


def _stems(call: Call) -> tuple[str, str]:
    return ("axis", "axis") if "axis0" in call else ("dim", "dim")


def turned(call: Call) -> Value:
    """A matrix with rows for columns; of more axes, all in reverse order."""
    return _permuted(call, list(range(len(call.shape(call["self"]))))[::-1])


def movedim(call: Call) -> Value:
    """Axes that move to other places, the rest in order."""
    count = len(call.shape(call["self"]))
    source, target = (_as_list(call[name], count) for name in ("source", "destination"))
    order = [axis for axis in range(count) if axis not in source]
    for place, axis in sorted(zip(target, source, strict=True)):
        order.insert(place, axis)
    return _permuted(call, order)


def _permuted(call: Call, axes: list[int]) -> Value:
    x: Value = call["self"]
    order = [axis % len(axes) for axis in axes]
    return x if order == sorted(order) else call.add(Permute(tuple(order)), x)


def squeeze(call: Call) -> Value:
    """Axes of size 1 taken away: the named ones, or all."""
    x: Value = call["self"]
    shape = call.shape(x)
    named = _as_list(call.get("dim", list(range(len(shape)))), len(shape))
    gone = tuple(axis for axis in named if same(shape[axis], 1))
    return call.add(Squeeze(gone), x) if gone else x


def unsqueeze(call: Call) -> Value:
    """An axis of size 1 added."""
    return call.add(Unsqueeze(call["dim"]), call["self"])


def expand(call: Call) -> Value:
    """Axes of size 1 copied."""
    x: Value = call["self"]
    stated = call.shapes[0]
    return x if _equal(call.shape(x), stated) else call.add(Expand(tuple(stated)), x)


def repeat(call: Call) -> Value:
    """All of it, several times along each axis."""
    return call.add(Repeat(tuple(call["repeats"])), call["self"])


def repeat_interleave(call: Call) -> Value:
    """Every position several times."""
    x, dim, times = call["self"], call["dim"], call["repeats"]
    if dim is None:
        raise NotReadError("it flattens the batch")
    axes = len(call.shape(x))
    after = dim % axes + 1
    apart = call.add(Unsqueeze(after), x)
    copies = call.add(Repeat(tuple(times if axis == after else 1 for axis in range(axes + 1))), apart)
    return call.add(_reshaped(call.shape(copies), call.shapes[0]), copies)


def cut(call: Call) -> Value:
    """Positions of an axis from one place to another."""
    x: Value = call["self"]
    if _equal(call.shape(x), call.shapes[0]):
        return x
    dim, start, stop = call["dim"], call.get("start", 0), call.get("end", None)
    stop = None if isinstance(stop, int) and stop >= 1 << 62 else stop
    return call.add(Slice(dim, start, stop, call.get("step", 1)), x)


def narrow(call: Call) -> Value:
    """So many positions of an axis."""
    start = call["start"]
    return call.add(Slice(call["dim"], start, start + call["length"]), call["self"])


def select(call: Call) -> Value:
    """One position of an axis."""
    return call.add(Select(call["dim"], call["index"]), call["self"])


def unbind(call: Call) -> list[Value]:
    """Every position of an axis by itself."""
    return [call.add(Select(call["dim"], index), call["self"]) for index in range(len(call.shapes))]


def split(call: Call) -> Value | list[Value]:
    """Pieces of stated sizes, or of one size."""
    x, dim = call["self"], call["dim"]
    sizes = tuple(shape[dim] for shape in call.shapes)
    if len(sizes) == 1:
        return [x]
    same_size = all(same(size, sizes[0]) for size in sizes)
    return _pieces(call, call.add(Chunk(len(sizes), dim) if same_size else Split(sizes, dim), x))


def _pieces(call: Call, made: Value) -> list[Value]:
    return [made._replace(output=number) for number in range(len(call.shapes))]


def index(call: Call) -> Value:
    """Positions that one array of indices lists."""
    indices = call["indices"]
    dims = [axis for axis, place in enumerate(indices) if place is not None]
    if len(dims) != 1:
        raise NotReadError("several arrays of indices are joined")
    return call.add(Gather(dims[0]), call["self"], indices[dims[0]])


def index_select(call: Call) -> Value:
    """Positions that a list names."""
    return call.add(Gather(call["dim"]), call["self"], call["index"])


def windows(call: Call) -> Value:
    """Windows of an axis as an axis of their own, at the end: positions looked up."""
    x, stated = call["self"], call.shapes[0]
    axis = call["dimension"] % len(call.shape(x))
    looked_up = call.add(Gather(axis), x, call.constant((stated[axis], stated[-1])))
    order = [*range(axis + 1), *range(axis + 2, len(stated)), axis + 1]
    return looked_up if order == sorted(order) else call.add(Permute(tuple(order)), looked_up)


def roll(call: Call) -> Value:
    """Positions moved on, round the end."""
    if not call["dims"]:
        raise NotReadError("it rolls all axes as one")
    return call.add(Roll(tuple(call["shifts"]), tuple(call["dims"])), call["self"])


def flip(call: Call) -> Value:
    """Positions in reverse order."""
    return call.add(Flip(tuple(call["dims"])), call["self"])


def pad(call: Call) -> Value:
    """Positions added: by a layer for spatial axes, by constants beside it for others."""
    x, sides, mode = call["self"], call["pad"], call.get("mode", "constant")
    if all(same(side, 0) for side in sides):
        return x  # type: ignore[no-any-return]
    rank = call.shape(x).rank
    if len(sides) <= 2 * rank <= 6:
        kept = 2 * rank if mode == "constant" else len(sides)
        return call.add(_pad_layer(mode, (sides + [0] * 6)[:kept], rank, call.get("value", 0)), x)
    if mode != "constant":
        raise NotReadError("only constants are added beside other axes")
    for place, (low, high) in enumerate(zip(sides[::2], sides[1::2], strict=True)):
        x = _beside(call, x, len(call.shape(x)) - 1 - place, low, high)
    return x  # type: ignore[no-any-return]


def _pad_layer(mode: str, sides: list[Any], rank: int, value: float) -> Any:
    if mode == "constant":
        finite = min(max(value, -LARGEST_SINGLE), LARGEST_SINGLE)  # beside it a maximum is the same as beside infinity
        return layer_type(f"ZeroPad{rank}d")(sides) if value == 0 else layer_type(f"ConstantPad{rank}d")(sides, finite)
    kinds = {"reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}
    return layer_type(f"{kinds[mode]}{rank}d")(sides)


def _beside(call: Call, x: Value, axis: int, low: Size, high: Size) -> Value:
    shape = call.shape(x)
    for side, first in ((low, True), (high, False)):
        if same(side, 0):
            continue
        if isinstance(side, int) and side < 0:
            x = call.add(Slice(axis, -side) if first else Slice(axis, 0, side), x)
            continue
        zeros = call.constant((*shape[:axis], side, *shape[axis + 1 :]))
        x = call.add(Concat(axis), *((zeros, x) if first else (x, zeros)))
    return x


def shuffle(op: Any, name: str) -> Any:
    """A type that moves numbers between channels and space."""

    def read(call: Call) -> Value:
        return call.add(op(call[name]), call["self"])

    return read


def _as_list(value: Any, count: int) -> list[int]:
    return [axis % count for axis in (value if isinstance(value, list) else [value])]


def _equal(x: Sequence[Size], y: Sequence[Size]) -> bool:
    return len(x) == len(y) and all(same(a, b) for a, b in zip(x, y, strict=True))


OPERATORS = {
    **dict.fromkeys(("view", "reshape", "_unsafe_view", "flatten", "unflatten", "view_as", "reshape_as"), reshape),
    "permute": permute,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), transpose),
    **dict.fromkeys(("t", "numpy_T"), turned),
    "movedim": movedim,
    "moveaxis": movedim,
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), expand),
    "repeat": repeat,
    "repeat_interleave": repeat_interleave,
    "slice": cut,
    "narrow": narrow,
    "select": select,
    "unbind": unbind,
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "tensor_split"), split),
    "index": index,
    "index_select": index_select,
    "unfold": windows,
    "roll": roll,
    "flip": flip,
    "pad": pad,
    "constant_pad_nd": pad,
    "pixel_shuffle": shuffle(PixelShuffle, "upscale_factor"),
    "pixel_unshuffle": shuffle(PixelUnshuffle, "downscale_factor"),
    "channel_shuffle": shuffle(ChannelShuffle, "groups"),
    "native_channel_shuffle": shuffle(ChannelShuffle, "groups"),
}
