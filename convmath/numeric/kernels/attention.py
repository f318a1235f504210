"""Attention by scaled products."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..broadcasting import met, summed
from .activation import floating

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.attention import ScaledDotProductAttention
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Reads, Run


def prepare(
    layer: ScaledDotProductAttention, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Run:
    floating(layer, dtype)
    return lambda xs, weights: (np.matmul(_attending(layer, xs), xs[2]),)


def room(ask: Ask) -> int:
    pairs: int = prod((*ask.outputs[0][:-1], ask.inputs[1][-2]))
    return 5 * ask.item * pairs + ask.x


def backward(
    layer: ScaledDotProductAttention, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]
) -> Back:
    floating(layer, dtype)

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        q, k, v = xs[:3]
        share = _attending(layer, xs)
        dv = np.matmul(share.swapaxes(-1, -2), dys[0])
        dshare = np.matmul(dys[0], v.swapaxes(-1, -2))
        dlogits = share * (dshare - (dshare * share).sum(-1, keepdims=True))
        scaled = dlogits * _scale(layer, q)
        each = [np.matmul(scaled, k), np.matmul(scaled.swapaxes(-1, -2), q), dv, dlogits][: len(xs)]
        return tuple(summed(dx.astype(dtype, copy=False), shape) for dx, shape in zip(each, inputs, strict=True)), {}

    return back


def reads(layer: ScaledDotProductAttention, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Reads:
    """An output reads its query, the keys that it may see, its numbers of their values, and the mask before them."""
    before = outputs[0][:-2]
    queries, keys = inputs[0][-2], inputs[1][-2]
    seen = _visible(queries, keys) if layer.is_causal else np.ones((queries, keys), bool)

    def read(marked: tuple[Array, ...]) -> tuple[Array, ...]:
        rows = marked[0].any(-1, keepdims=True)
        pairs = rows & seen
        values = np.matmul(np.broadcast_to(seen.T, (*before, keys, queries)), marked[0])
        found = [rows, pairs.any(-2)[..., None], values, pairs]
        wide = [(*before, *shape[-2:]) for shape in inputs[:3]] + [(*before, queries, keys)]
        return tuple(
            met(np.broadcast_to(one, sizes), shape) for one, sizes, shape in zip(found, wide, inputs, strict=False)
        )

    return read


def _attending(layer: ScaledDotProductAttention, xs: tuple[Array, ...]) -> Array:
    """How much of each value every query takes."""
    q, k, _, *mask = xs
    logits = np.matmul(q, k.swapaxes(-1, -2)) * _scale(layer, q)
    if layer.is_causal:
        logits = np.where(_visible(*logits.shape[-2:]), logits, logits.dtype.type(-np.inf))
    for one in mask:
        logits = logits + one
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def _visible(queries: int, keys: int) -> Array:
    return np.tril(np.ones((queries, keys), bool))


def _scale(layer: ScaledDotProductAttention, q: Array) -> Any:
    return q.dtype.type(q.shape[-1] ** -0.5 if layer.scale is None else layer.scale)
