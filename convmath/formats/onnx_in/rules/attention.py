"""Attention, and the rotation that tells it of places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....core.size import exact_div, same
from ....layers.attention import ScaledDotProductAttention
from ....layers.axes import Permute, Unsqueeze
from ....layers.function import Not, Scale
from ....layers.lookup import Gather
from ....layers.merge import Add, Concat, Multiply, Split, Subtract
from ....layers.repeat import Expand
from ....layers.slice import Select
from ..step import UnsupportedError, reshaped
from ..values import BOOL, Array

if TYPE_CHECKING:
    from ....core.size import Size
    from ..step import Step
    from ..values import Value

HEADS_FIRST = (0, 2, 1, 3)
"""(N, L, heads, E) as (N, heads, L, E), and back."""

FAR_BELOW = -1e30
"""What is added to a logit that is masked: its weight is 0."""


def _attended(step: Step) -> tuple[Value, ...]:
    flat = len(step.x.shape) == 3
    if len(step.operator.outputs) > 3 and step.operator.outputs[3]:
        raise UnsupportedError("the weights are handed out")
    if step.has(6):
        raise UnsupportedError("nonpad_kv_seqlen")
    if step.real("softcap", 0.0):
        raise UnsupportedError(f"softcap={step.real('softcap', 0.0):g}")
    if (step.integer("left_window_size", -1), step.integer("right_window_size", -1)) != (-1, -1):
        raise UnsupportedError("a window")
    q = _by_heads(step, step.x, "q_num_heads", "query")
    k, v = (_with_past(step, place, name) for place, name in ((1, "key"), (2, "value")))
    read = tuple(_for_each(step, q, one, name) for one, name in ((k, "keys"), (v, "values")))
    causal = bool(step.integer("is_causal", 0))
    if causal and step.has(4):
        step.differs("the causal mask begins after what is past, the layer's at the first key")
    scale = step.real("scale", 0.0) or None
    y = step.add(ScaledDotProductAttention(is_causal=causal, scale=scale), q, *read, *_mask(step, k))
    if flat:
        y = step.add(Permute(HEADS_FIRST), y, part="turn")
        y = reshaped(step, y, (*y.shape[:2], y.shape[2] * y.shape[3]), part="join")
    return (y, k, v)


def _by_heads(step: Step, x: Value, name: str, part: str) -> Value:
    """(N, L, heads·E) as (N, heads, L, E); what has four axes is so already."""
    if len(x.shape) == 4:
        return x
    heads = step.integer(name, 0)
    if len(x.shape) != 3 or heads < 1:
        raise UnsupportedError(f"an input of {len(x.shape)} axes with {name}={heads}")
    parted = reshaped(step, x, (*x.shape[:2], heads, exact_div(x.shape[2], heads)), part=f"{part}_heads")
    return step.add(Permute(HEADS_FIRST), parted, part=f"{part}_turn")


def _with_past(step: Step, place: int, part: str) -> Value:
    """Keys or values, after those that an earlier step has left."""
    x = _by_heads(step, step.value(place), "kv_num_heads", part)
    return step.add(Concat(2), step.value(place + 3), x, part=f"{part}_past") if step.has(place + 3) else x


def _for_each(step: Step, q: Value, x: Value, part: str) -> Value:
    """Keys or values once for each head of the queries that shares them."""
    own, heads = x.shape[1], q.shape[1]
    if same(own, heads):
        return x
    each = exact_div(heads, own)
    apart = step.add(Unsqueeze(2), x, part=f"{part}_apart")
    several = step.add(Expand((*x.shape[:2], each, *x.shape[2:])), apart, part=f"{part}_each")
    return reshaped(step, several, (x.shape[0], heads, *x.shape[2:]), part=part)


def _mask(step: Step, keys: Value) -> tuple[Value, ...]:
    if not step.has(3):
        return ()
    mask = step.value(3)
    if not same(mask.shape[-1], keys.shape[2]):
        raise UnsupportedError(f"a mask of {mask.shape[-1]} keys where there are {keys.shape[2]}")
    if mask.type != BOOL:
        return (mask,)
    if isinstance(mask, Array):
        raise UnsupportedError("a stored mask of truth values")
    return (step.add(Scale(FAR_BELOW), step.add(Not(), mask, part="masked"), part="mask"),)


def _rotated(step: Step) -> Value:
    """Pairs of numbers turned by angles that grow with their places: what of each vector is turned comes first."""
    flat = len(step.x.shape) == 3
    x = _by_heads(step, step.x, "num_heads", "heads")
    width = step.integer("rotary_embedding_dim", 0)
    rest: tuple[Value, ...] = ()
    if width and not same(width, x.shape[3]):
        x, *rest_of_it = step.add_many(Split((width, x.shape[3] - width), 3), x, part="part")
        rest = tuple(rest_of_it)
    cos, sin = (_angles(step, place, name) for place, name in ((1, "cos"), (2, "sin")))
    together = bool(step.integer("interleaved", 0))
    first, second = _halves(step, x, together)
    real = step.add(
        Subtract(), step.add(Multiply(), first, cos, part="a"), step.add(Multiply(), second, sin, part="b"), part="real"
    )
    turned = step.add(
        Add(), step.add(Multiply(), first, sin, part="c"), step.add(Multiply(), second, cos, part="d"), part="turned"
    )
    if together:
        pair = tuple(step.add(Unsqueeze(4), one, part=name) for one, name in ((real, "real_of"), (turned, "turned_of")))
        y = reshaped(step, step.add(Concat(4), *pair, part="pair"), x.shape, part="joined")
    else:
        y = step.add(Concat(3), real, turned, part="joined")
    y = step.add(Concat(3), y, *rest, part="whole") if rest else y
    if flat:
        y = reshaped(step, step.add(Permute(HEADS_FIRST), y, part="turn"), step.x.shape, part="join")
    return y


def _halves(step: Step, x: Value, together: bool) -> tuple[Value, ...]:
    half: Size = exact_div(x.shape[3], 2)
    if not together:
        return step.add_many(Split((half, half), 3), x, part="halves")
    pairs = reshaped(step, x, (*x.shape[:3], half, 2), part="pairs")
    return tuple(step.add(Select(4, place), pairs, part=name) for place, name in ((0, "even"), (1, "odd")))


def _angles(step: Step, place: int, part: str) -> Any:
    """(N, 1, L, E/2): of every place, or of those that are asked for."""
    angles = step.value(place)
    if step.has(3):
        angles = step.add(Gather(0), angles, step.value(3), part=part)
    return step.add(Unsqueeze(1), angles, part=f"{part}_each")


RULES = {"Attention": _attended, "RotaryEmbedding": _rotated}
