"""Layers by their definitions, loop by loop, for small inputs: nothing here is shared with what is checked by it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .arrays import Array


def convolution(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Sequence[int] = (),
    pads: Sequence[tuple[int, int]] = (),
    dilation: Sequence[int] = (),
    groups: int = 1,
) -> Array:
    """y[n, m, o] = b[m] + Σ over c, t of x[n, c, o·s + t·d − p]·w[m, c, t], where x is 0 outside itself.

    >>> convolution(np.array([[[1, 2, 3]]]), np.array([[[1, 10]]]))
    array([[[21, 32]]])

    Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), equation 9.6, with a stride and a dilation.
    """
    rank = x.ndim - 2
    stride, dilation, pads = stride or (1,) * rank, dilation or (1,) * rank, pads or ((0, 0),) * rank
    filters, share, *kernel = weight.shape
    sizes = []
    for axis in range(rank):
        count = 0
        while count * stride[axis] + (kernel[axis] - 1) * dilation[axis] < x.shape[2 + axis] + sum(pads[axis]):
            count += 1
        sizes.append(count)
    y = np.zeros((len(x), filters, *sizes), x.dtype)
    for n, m in product(range(len(x)), range(filters)):
        first = m // (filters // groups) * share
        for o in np.ndindex(*sizes):
            total = 0 if bias is None else bias[m]
            for t in np.ndindex(*kernel):
                place = [o[a] * stride[a] + t[a] * dilation[a] - pads[a][0] for a in range(rank)]
                if all(0 <= i < size for i, size in zip(place, x.shape[2:], strict=True)):
                    for c in range(share):
                        total = total + x[(n, first + c, *place)] * weight[(m, c, *t)]
            y[(n, m, *o)] = total
    return y


def transposed(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Sequence[int] = (),
    crops: Sequence[tuple[int, int]] = (),
    dilation: Sequence[int] = (),
    groups: int = 1,
) -> Array:
    """Every x[n, c, i] adds x·w[c, m, t] to y[n, m, i·s + t·d − p]; what falls outside is dropped.

    >>> transposed(np.array([[[1, 2]]]), np.array([[[1, 10, 100]]]), stride=(2,))
    array([[[  1,  10, 102,  20, 200]]])

    Source: Dumoulin and Visin (2016), chapter 4.
    """
    rank = x.ndim - 2
    stride, dilation, crops = stride or (1,) * rank, dilation or (1,) * rank, crops or ((0, 0),) * rank
    channels, share, *kernel = weight.shape
    sizes = [(x.shape[2 + a] - 1) * stride[a] + (kernel[a] - 1) * dilation[a] + 1 - sum(crops[a]) for a in range(rank)]
    y = np.zeros((len(x), share * groups, *sizes), x.dtype)
    for n, c in product(range(len(x)), range(channels)):
        first = c // (channels // groups) * share
        for i in np.ndindex(*x.shape[2:]):
            for t in np.ndindex(*kernel):
                place = [i[a] * stride[a] + t[a] * dilation[a] - crops[a][0] for a in range(rank)]
                if all(0 <= o < size for o, size in zip(place, sizes, strict=True)):
                    for m in range(share):
                        y[(n, first + m, *place)] += x[(n, c, *i)] * weight[(c, m, *t)]
    return y if bias is None else y + bias.reshape(-1, *(1,) * rank)


def input_gradient(
    dy: Array,
    weight: Array,
    sizes: Sequence[int],
    stride: Sequence[int] = (),
    pads: Sequence[tuple[int, int]] = (),
    dilation: Sequence[int] = (),
    groups: int = 1,
) -> Array:
    """The gradient of a convolution's input of these sizes: dx[n, c, i] = Σ over m, o, t with o·s + t·d − p = i.

    Of each the sum takes dy[n, m, o] times the conjugate of w[m, c, t].

    >>> input_gradient(np.array([[[1, 2]]]), np.array([[[1, 10]]]), (3,))
    array([[[ 1, 12, 20]]])

    Source: Goodfellow, Bengio and Courville (2016), equation 9.13.
    """
    rank = dy.ndim - 2
    stride, dilation, pads = stride or (1,) * rank, dilation or (1,) * rank, pads or ((0, 0),) * rank
    filters, share, *kernel = weight.shape
    dx = np.zeros((len(dy), share * groups, *sizes), dy.dtype)
    for n, m, *o in np.ndindex(*dy.shape):
        first = m // (filters // groups) * share
        for t in np.ndindex(*kernel):
            place = tuple(o[a] * stride[a] + t[a] * dilation[a] - pads[a][0] for a in range(rank))
            if all(0 <= i < size for i, size in zip(place, sizes, strict=True)):
                for c in range(share):
                    dx[(n, first + c, *place)] += dy[(n, m, *o)] * weight[(m, c, *t)].conjugate()
    return dx


def weight_gradient(
    x: Array,
    dy: Array,
    kernel: Sequence[int],
    stride: Sequence[int] = (),
    pads: Sequence[tuple[int, int]] = (),
    dilation: Sequence[int] = (),
    groups: int = 1,
) -> Array:
    """The gradient of a convolution's weight: dw[m, c, t] = Σ over n, o of dy[n, m, o] times what was read.

    That is the conjugate of x[n, c, o·s + t·d − p], or 0 outside.

    >>> weight_gradient(np.array([[[1, 2, 3]]]), np.array([[[1, 10]]]), (2,))
    array([[[21, 32]]])

    Source: Goodfellow, Bengio and Courville (2016), equation 9.11.
    """
    rank = x.ndim - 2
    stride, dilation, pads = stride or (1,) * rank, dilation or (1,) * rank, pads or ((0, 0),) * rank
    filters, share = dy.shape[1], x.shape[1] // groups
    dw = np.zeros((filters, share, *kernel), x.dtype)
    for m, c, *t in np.ndindex(*dw.shape):
        channel = m // (filters // groups) * share + c
        for n, *o in np.ndindex(len(dy), *dy.shape[2:]):
            place = [o[a] * stride[a] + t[a] * dilation[a] - pads[a][0] for a in range(rank)]
            if all(0 <= i < size for i, size in zip(place, x.shape[2:], strict=True)):
                dw[(m, c, *t)] += dy[(n, m, *o)] * x[(n, channel, *place)].conjugate()
    return dw


def pooled(x: Array, kernel: Sequence[int], stride: Sequence[int], pads: Sequence[tuple[int, int]], how: Any) -> Array:
    """y[n, c, o] = how(the numbers of x that the window at o·s − p holds), where they are any.

    >>> pooled(np.array([[[3, 1, 2]]]), (2,), (1,), ((1, 0),), max)
    array([[[3, 3, 2]]])
    """
    rank = x.ndim - 2
    sizes = [(x.shape[2 + a] + sum(pads[a]) - kernel[a]) // stride[a] + 1 for a in range(rank)]
    y = np.zeros((*x.shape[:2], *sizes), x.dtype)
    for n, c, *o in np.ndindex(*y.shape):
        begin = [o[a] * stride[a] - pads[a][0] for a in range(rank)]
        inside = [range(max(b, 0), min(b + kernel[a], x.shape[2 + a])) for a, b in enumerate(begin)]
        y[(n, c, *o)] = how([x[(n, c, *place)] for place in product(*inside)])
    return y
