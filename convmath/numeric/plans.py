"""Plan: a layer made ready to run on inputs of one shape and one dtype, as often as there are inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import ParameterError, ShapeError, show
from ..core.size import are_numbers
from ..layers.base import Layer
from .arrays import (
    Array,
    Asked,
    apart,
    are_arrays,
    as_dtype,
    as_indices,
    batch_shape,
    checked,
    checked_weights,
    each_shape,
)
from .kernels import gradient, kernel, operands, read_as

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import DTypeLike

    from ..core.shape import Shape
    from .arrays import Weights
    from .kernels import Back, Run


class Plan:
    """What a layer does to arrays: `plan(x, weights)`; with several inputs, `plan((x, y), weights)`.

    A layer with several outputs gives a tuple of them. A plan holds no weights and no results, so that threads may
    share it.
    """

    __slots__ = ("_back", "_kinds", "_run", "dtype", "inputs", "layer", "outputs", "weights")

    def __init__(self, layer: Layer, inputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> None:
        facts = layer.facts(*inputs)
        sizes = [size for shape in (*inputs, *facts.outputs) for size in shape]
        if not are_numbers(*sizes):
            raise ParameterError(f"{layer.op}: only numbers can be run, and the sizes have symbols (give them values)")
        self.layer, self.inputs, self.outputs, self.dtype = facts.layer, inputs, facts.outputs, dtype
        stored = {**facts.layer.weights(), **facts.layer.buffers()}
        self.weights: Asked = {
            **{name: (sizes, dtype) for name, sizes in stored.items()},
            **operands(facts.layer, inputs),
        }
        self._run = kernel(facts.layer).prepare(facts.layer, inputs, facts.outputs, dtype)
        if not any(shape.elements for shape in facts.outputs):
            self._run = _nothing(facts.layer, facts.outputs, dtype)
        self._back: Back | None = None
        self._kinds = read_as(facts.layer, inputs, dtype)

    def __call__(self, x: Array, weights: Mapping[str, Array] | None = None) -> Any:
        """The output, an array of its own; ShapeError or ParameterError where an array is not what the plan is for."""
        xs, weights = self._checked_inputs(x), checked_weights(weights, self.weights, self.layer.op)
        with np.errstate(all="ignore"):  # NaN and infinity go their way in silence, as in PyTorch
            ys = tuple(apart(y, xs) for y in self._run(xs, weights))
        return ys[0] if len(ys) == 1 else ys

    def backward(self, x: Array, dy: Array, weights: Mapping[str, Array] | None = None) -> tuple[Any, Weights]:
        """(dx, dweights): the gradients of Σ dy·y by the input and, by their names, by the weights.

        dy has the output's shape, dx the input's; where a layer has several of them they are tuples. Of complex
        numbers the gradients are conjugate, as in PyTorch. Stored statistics count as constants. Errors as for the
        output, and ParameterError for a type or a dtype that has no gradient.

        >>> from convmath.layers.conv import Conv1d
        >>> ready = plan(Conv1d(1, 1, 2, bias=False), (1, 1, 3), "int64")
        >>> dx, dweights = ready.backward([[[1, 2, 3]]], [[[1, 10]]], {"weight": [[[4, 5]]]})
        >>> dx.tolist(), dweights["weight"].tolist()
        ([[[4, 45, 50]]], [[[21, 32]]])

        Source: Goodfellow, Bengio and Courville, "Deep Learning" (2016), section 9.5.
        """
        kinds = (self.dtype,) * len(self.outputs)
        xs, dys = self._checked_inputs(x), self._checked("gradient", dy, self.outputs, kinds)
        dxs, dweights = self.gradients(xs, checked_weights(weights, self.weights, self.layer.op), dys)
        for place, dx in enumerate(dxs):  # writing into one array spares the others
            dxs = (*dxs[:place], apart(dx, (*xs, *dys, *dxs[:place])), *dxs[place + 1 :])
        return dxs[0] if len(dxs) == 1 else dxs, dweights

    def gradients(self, xs: tuple[Array, ...], weights: Weights, dys: tuple[Array, ...]) -> tuple[Any, Weights]:
        """The same of arrays that are known to fit, as tuples; what runs it is prepared when it is first asked for."""
        if not any(shape.elements for shape in self.outputs):
            stored = {name: np.zeros_like(weights[name]) for name in self.layer.weights()}
            return tuple(np.zeros_like(x) for x in xs), stored
        if self._back is None:
            self._back = gradient(self.layer, self.inputs, self.outputs, self.dtype)
        with np.errstate(all="ignore"):
            dxs, made = self._back(xs, weights, dys)
        return dxs, {name: made[name] for name in self.layer.weights()}

    def whole_indices(self, xs: tuple[Array, ...]) -> tuple[Array, ...]:
        """Inputs with whole numbers for those that are indices, which a network may have as floats."""
        pairs = zip(xs, self._kinds, strict=True)
        return tuple(x if kind == self.dtype else as_indices(x) for x, kind in pairs)

    def _checked_inputs(self, given: Any) -> tuple[Array, ...]:
        return self._checked("input", given, self.inputs, self._kinds)

    def _checked(
        self, what: str, given: Any, shapes: tuple[Shape, ...], kinds: tuple[np.dtype[Any], ...]
    ) -> tuple[Array, ...]:
        """One array for each shape, in the dtype that goes with it."""
        several = (isinstance(given, tuple | list) and len(shapes) != 1) or are_arrays(given)
        who, arrays = self.layer.op, given if several else (given,)
        if len(arrays) != len(shapes):
            raise ShapeError(f"{who}: the plan takes {len(shapes)} {what}{'s' * (len(shapes) != 1)}, got {len(arrays)}")
        names = [f"the {what}"] if len(arrays) == 1 else [f"{what} {place}" for place in range(len(arrays))]
        return tuple(
            checked(f"{who}: {name}", array if kind == self.dtype else as_indices(array), shape, kind)
            for name, array, shape, kind in zip(names, arrays, shapes, kinds, strict=True)
        )

    @property
    def made(self) -> tuple[tuple[Shape, np.dtype[Any]], ...]:
        """The shape and dtype of every array that comes out: the outputs, and the indices of maxima if asked for.

        >>> from convmath.layers.pool import MaxPool1d
        >>> [dtype.name for _, dtype in plan(MaxPool1d(2, return_indices=True), (1, 1, 4)).made]
        ['float32', 'int64']
        """
        return _made(self.layer, self.outputs, self.dtype)

    def __repr__(self) -> str:
        shapes = ", ".join(map(str, self.inputs))
        return f"<Plan {self.layer!r} on {shapes}, {self.dtype.name}>"


def plan(layer: Layer, shape: Any, dtype: DTypeLike = "float32") -> Plan:
    """A layer made ready for inputs of this shape (of these shapes, a list, where it takes several) and dtype.

    A batch may be empty: then so are the outputs. Raises ShapeError where the layer does not accept the shape,
    ParameterError for symbols and for dtypes that nothing runs in.

    >>> from convmath.layers.conv import Conv2d
    >>> ready = plan(Conv2d(1, 1, 2, bias=False), (1, 1, 2, 3), "int64")
    >>> ready([[[[1, 2, 3], [4, 5, 6]]]], {"weight": [[[[1, 0], [0, 10]]]]})
    array([[[[51, 62]]]])
    """
    if not isinstance(layer, Layer):
        raise ParameterError(f"{show(layer)} is no layer (give one, such as Conv2d(3, 8, 3))")
    return Plan(layer, tuple(map(batch_shape, each_shape(shape))), as_dtype(dtype))


def _nothing(layer: Layer, outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> Run:
    """What comes of an empty batch, or of a window that fits nowhere: arrays of no numbers."""
    return lambda xs, weights: tuple(np.empty(shape, kind) for shape, kind in _made(layer, outputs, dtype))


def _made(layer: Layer, outputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> tuple[tuple[Shape, np.dtype[Any]], ...]:
    indices = layer.makes_indices
    return tuple((shape, np.dtype(np.int64) if indices and place else dtype) for place, shape in enumerate(outputs))
