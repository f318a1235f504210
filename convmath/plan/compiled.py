"""Compiled: formulas that answer for millions of sizes at a time, in whole numbers, exactly."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError, show, unknown_name
from .bounds import fits, intervals
from .program import Program, program
from .slabs import fill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..core.size import Size


class Compiled:
    """Formulas as a function of integer arrays; made once, called for as many sizes as one likes.

    >>> from convmath.symbolic.polynomial import symbols
    >>> import numpy as np
    >>> H, W = symbols("H W")
    >>> Compiled({"pixels": H * W, "blocks": (H + 31) // 32})(H=np.array([33, 64]), W=7)
    {'pixels': array([231, 448]), 'blocks': array([2, 2])}
    """

    def __init__(self, formulas: Mapping[str, Size | Sequence[Size]]) -> None:
        self._formulas = dict(formulas)
        self.labels = tuple(formulas)
        self.program: Program = program(list(formulas.values()))

    @property
    def names(self) -> tuple[str, ...]:
        """The symbols that want values."""
        return self.program.names

    def only(self, labels: Sequence[str]) -> Compiled:
        """Some of the formulas alone."""
        return Compiled({label: self._formulas[label] for label in labels})

    def __call__(self, **values: Any) -> dict[str, Any]:
        """The value of every formula: arrays broadcast against each other, as NumPy does.

        Of 64 bits where a bound proves that no partial result is larger, of Python's integers beyond. Raises
        UnknownNameError and FormulaError for names and values that the formulas do not have.
        """
        import numpy as np

        arrays = [self._array(name, values) for name in self.names]
        for name in values:
            if name not in self.names:
                raise unknown_name("symbol", name, list(self.names))
        shape = np.broadcast_shapes(*[array.shape for array in arrays])
        kind = self._kind(arrays)
        outputs = [np.empty(shape, kind) for _ in self.labels]
        if prod(shape):
            rank = max(len(shape), 1)
            wide = [
                array.astype(kind, copy=False).reshape((1,) * (rank - array.ndim) + array.shape) for array in arrays
            ]
            fill([output.reshape(shape or (1,)) for output in outputs], self.program, wide)
        return dict(zip(self.labels, outputs, strict=True))

    def _array(self, name: str, values: Mapping[str, Any]) -> Any:
        import numpy as np

        if name not in values:
            raise FormulaError(f"{name} has no value (give it a number or an array of integers)")
        array = np.asarray(values[name])
        if array.dtype.kind not in "iuO" or (array.dtype.kind == "O" and any(type(x) is not int for x in array.flat)):
            raise FormulaError(f"{name}={show(values[name])} is no size (use an integer or an array of integers)")
        least = self.program.least[self.names.index(name)]
        if array.size and array.min() < least:
            raise FormulaError(f"{name}={array.min()} is below {least}, which the formulas assume at least")
        return array

    def _kind(self, arrays: list[Any]) -> Any:
        bounds = [(int(array.min()), int(array.max())) if array.size else (1, 1) for array in arrays]
        return "int64" if fits(intervals(self.program, bounds)) else object
