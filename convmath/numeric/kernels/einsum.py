"""Sums of products by letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ...core.shape import Shape
    from ...layers.einsum import Einsum
    from ..arrays import Array, Weights
    from ..workspaces import Ask
    from . import Back, Gradients, Run


def exact(layer: Einsum) -> bool:
    return True


def prepare(layer: Einsum, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    return lambda xs, weights: (np.asarray(np.einsum(layer.equation, *xs)),)


def room(ask: Ask) -> int:
    return 0


def backward(layer: Einsum, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Back:
    """Each gradient is the product of the output's with all other inputs, spread over the letters that only it has."""
    words, result = layer.operands, layer.result

    def back(xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> Gradients:
        found = []
        for place, word in enumerate(words):
            others = [*words[:place], *words[place + 1 :]]
            arrays = [x.conj() for x in (*xs[:place], *xs[place + 1 :])]
            kept = "".join(letter for letter in word if letter in result + "".join(others))
            made = np.asarray(np.einsum(f"{','.join([result, *others])}->{kept}", dys[0], *arrays))
            alone = tuple(axis for axis, letter in enumerate(word) if letter not in kept)
            found.append(np.broadcast_to(np.expand_dims(made, alone), inputs[place]).astype(dtype))
        return tuple(found), {}

    return back
