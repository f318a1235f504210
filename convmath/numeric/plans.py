"""Plan: a layer made ready to run on inputs of one shape and one dtype, as often as there are inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import ParameterError, ShapeError
from ..core.shape import Shape, as_shape
from ..core.size import are_numbers
from .arrays import Array, Asked, as_dtype, checked, checked_weights
from .kernels import kernel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import DTypeLike

    from ..layers.base import Layer


class Plan:
    """What a layer does to arrays: `plan(x, weights)`; with several inputs, `plan((x, y), weights)`.

    A layer with several outputs gives a tuple of them. A plan holds no weights and no results, so that threads may
    share it.
    """

    __slots__ = ("_run", "dtype", "inputs", "layer", "outputs", "weights")

    def __init__(self, layer: Layer, inputs: tuple[Shape, ...], dtype: np.dtype[Any]) -> None:
        facts = layer.facts(*inputs)
        sizes = [size for shape in (*inputs, *facts.outputs) for size in shape]
        if not are_numbers(*sizes):
            raise ParameterError(f"{layer.op}: only numbers can be run, and the sizes have symbols (give them values)")
        self.layer, self.inputs, self.outputs, self.dtype = facts.layer, inputs, facts.outputs, dtype
        stored = {**facts.layer.weights(), **facts.layer.buffers()}
        runs = kernel(facts.layer)
        self.weights: Asked = {
            **{name: (sizes, dtype) for name, sizes in stored.items()},
            **(runs.operands(facts.layer, inputs) if hasattr(runs, "operands") else {}),
        }
        self._run = runs.prepare(facts.layer, inputs, facts.outputs, dtype)

    def __call__(self, x: Array, weights: Mapping[str, Array] | None = None) -> Any:
        """The output; ShapeError or ParameterError where an array is not what the plan is made for."""
        who, arrays = self.layer.op, x if isinstance(x, tuple | list) and len(self.inputs) > 1 else (x,)
        if len(arrays) != len(self.inputs):
            raise ShapeError(f"{who}: the plan takes {len(self.inputs)} inputs, got {len(arrays)}")
        names = ["the input"] if len(arrays) == 1 else [f"input {place}" for place in range(len(arrays))]
        xs = tuple(
            checked(f"{who}: {name}", array, shape, self.dtype)
            for name, array, shape in zip(names, arrays, self.inputs, strict=True)
        )
        ys = self._run(xs, checked_weights(weights, self.weights, who))
        return ys[0] if len(ys) == 1 else ys

    def __repr__(self) -> str:
        shapes = ", ".join(map(str, self.inputs))
        return f"<Plan {self.layer!r} on {shapes}, {self.dtype.name}>"


def plan(layer: Layer, shape: Any, dtype: DTypeLike = "float32") -> Plan:
    """A layer made ready for inputs of this shape (of these shapes, a list, where it takes several) and dtype.

    Raises ShapeError where the layer does not accept the shape, ParameterError for symbols and for dtypes that
    nothing runs in.

    >>> from convmath.layers.conv import Conv2d
    >>> ready = plan(Conv2d(1, 1, 2, bias=False), (1, 1, 2, 3), "int64")
    >>> ready([[[[1, 2, 3], [4, 5, 6]]]], {"weight": [[[[1, 0], [0, 10]]]]})
    array([[[[51, 62]]]])
    """
    several = isinstance(shape, list) and all(isinstance(one, tuple | list | str) for one in shape)
    return Plan(layer, tuple(as_shape(one) for one in (shape if several else [shape])), as_dtype(dtype))
