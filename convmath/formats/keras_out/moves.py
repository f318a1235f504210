"""Layers that move numbers about, as rows of Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...bridge.spelling.keras import pad
from ...bridge.unequal import NoEqualError
from ...core.size import product
from ...layers.field import spell_tuple
from .axes import between, last, moved
from .spelled import named, one, reads

if TYPE_CHECKING:
    from ..leaves import Leaf
    from .spelled import Rule


def _flattened(leaf: Leaf) -> tuple[str, ...]:
    """In PyTorch's order, so that the weights after it stay as they are."""
    x, y = leaf.inputs[0], leaf.outputs[0]
    if len(y) == 2 and (product(x.spatial) == 1 or x.channels == 1):
        return (named("Flatten"),)
    return between([named("Flatten") if len(y) == 2 else named("Reshape", tuple(y[1:]))], x, y)


def _reshaped(leaf: Leaf) -> tuple[str, ...]:
    x, y = leaf.inputs[0], leaf.outputs[0]
    if x[:1] != y[:1]:
        raise NoEqualError("keeps the batch when it reshapes")
    return between([named("Reshape", tuple(y[1:]))], x, y)


def _turned(leaf: Leaf) -> tuple[str, ...]:
    x = leaf.inputs[0]
    order = tuple(axis % len(x) for axis in leaf.layer.dims)
    if order[0] != 0:
        raise NoEqualError("keeps the batch when it changes the order of axes")
    return between([named("Permute", order[1:])], x, leaf.outputs[0])


def _put_together(leaf: Leaf) -> tuple[str, ...]:
    if len(leaf.reads) == 1:
        return ("layers.Identity({name})({0})",)
    axis = moved(leaf.layer.dim, len(leaf.inputs[0]))
    return (f"layers.Concatenate({'' if axis == -1 else f'axis={axis}, '}{{name}})([{reads(leaf)}])",)


def _parted(leaf: Leaf) -> tuple[str, ...]:
    count, dim = len(leaf.inputs[0]), leaf.layer.dim
    sizes = [y[dim % count] for y in leaf.outputs]
    ends = [sum(sizes[:end]) for end in range(1, len(sizes))]
    said = f"ops.split({{0}}, {ends}, axis={moved(dim, count)})"
    return (said if len(sizes) > 1 else "{0}",)


def _zeros(field: str, sign: int) -> Rule:
    def write(leaf: Leaf) -> tuple[str, ...]:
        sides = tuple((sign * low, sign * high) for low, high in leaf.layer.__dict__[field])
        added = tuple((max(low, 0), max(high, 0)) for low, high in sides)
        taken = tuple((max(-low, 0), max(-high, 0)) for low, high in sides)
        rows = [*pad(taken, "Cropping"), *pad(added)] or ["Identity()"]
        return tuple(f"layers.{row}({{0}})" for row in rows)

    return write


def _padded(mode: str) -> Rule:
    def write(leaf: Leaf) -> tuple[str, ...]:
        sides = ((0, 0), *((low, high) for low, high in leaf.layer.padding), (0, 0))
        if any(side < 0 for pair in sides for side in pair):
            raise NoEqualError("pads by no negative numbers but with zeros")
        value = f", constant_values={leaf.layer.value}" if mode == "constant" else f', mode="{mode}"'
        return (f"ops.pad({{0}}, {sides}{value})",)

    return write


def _shuffled(leaf: Leaf) -> tuple[str, ...]:
    (_, *spatial, c), groups = last(leaf.inputs[0]), leaf.layer.groups
    rank = len(spatial)
    order = (*range(1, rank + 1), rank + 2, rank + 1)
    return (
        f"layers.Reshape({(*spatial, groups, c // groups)})({{0}})",
        f"layers.Permute({order})({{0}})",
        named("Reshape", (*spatial, c)),
    )


def _sliced(leaf: Leaf) -> tuple[str, ...]:
    layer, count = leaf.layer, len(leaf.inputs[0])
    place = moved(layer.dim, count) % count
    stop = "" if layer.stop is None else layer.stop
    cut = f"{layer.start or ''}:{stop}" + (f":{layer.step}" if layer.step > 1 else "")
    return (f"{{0}}[{', '.join([*[':'] * place, cut])}]",)


def _enlarged(leaf: Leaf) -> tuple[str, ...]:
    layer, x, y = leaf.layer, leaf.inputs[0], leaf.outputs[0]
    factors = layer.scale_factor or (None,) * x.rank
    factors = factors * x.rank if len(factors) == 1 else factors
    whole = [o // i for i, o in zip(x.spatial, y.spatial, strict=True)]
    stated = [factor if factor is not None else w for factor, w in zip(factors, whole, strict=True)]
    if any(i * w != o or w != f for i, o, w, f in zip(x.spatial, y.spatial, whole, stated, strict=True)):
        raise NoEqualError("enlarges by whole factors only")
    if layer.align_corners or not 1 <= x.rank <= 3:
        raise NoEqualError("places positions by their middles, over one to three axes")
    if layer.mode not in {"nearest", "nearest-exact"} and (layer.mode, x.rank) != ("bilinear", 2):
        raise NoEqualError(f"has no mode {layer.mode!r} over {x.rank} axes")
    size = spell_tuple(tuple(whole))
    how = '"bilinear"' if layer.mode == "bilinear" else None
    return (named(f"UpSampling{x.rank}D", size, interpolation=how),)


MOVES: dict[str, Rule] = {
    "Identity": one("Identity"),
    "Flatten": _flattened,
    "Unflatten": _reshaped,
    "Reshape": _reshaped,
    "Squeeze": _reshaped,
    "Unsqueeze": _reshaped,
    "Permute": _turned,
    "Slice": _sliced,
    "Concat": _put_together,
    "Split": _parted,
    "Chunk": _parted,
    "Upsample": _enlarged,
    "ZeroPad": _zeros("padding", 1),
    "Cropping": _zeros("cropping", -1),
    "ConstantPad": _padded("constant"),
    "ReflectionPad": _padded("reflect"),
    "ChannelShuffle": _shuffled,
}
"""Families by how they are written."""
