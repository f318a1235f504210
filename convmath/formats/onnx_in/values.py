"""What flows between operators: arrays that are stored or worked out in advance, and what layers make."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.shape import Shape
from ...core.size import are_numbers, product, same

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...core.size import Size

MOST_NUMBERS = 4096
"""Numbers of an array that is read or worked out; larger ones are weights, of which only the shape counts."""

UNREADABLE = (TypeError, ValueError, KeyError, AttributeError, NotImplementedError, RuntimeError)
"""What the onnx package raises for an array whose numbers are not all there."""

Root = tuple[str, int]
"""A stored array by its name, and how many numbers it holds."""

FLOAT, INT32, INT64, BOOL = 1, 6, 7, 9
"""Element types by ONNX's numbers."""

WHOLE_TYPES = frozenset({2, 3, 4, 5, 6, 7, 9, 12, 13, 21, 22, 25, 26})
"""Types of whole numbers, and of truth."""

UNSIGNED_TYPES = frozenset({2, 4, 12, 13, 21, 25})
"""Types of whole numbers without a sign."""


class Flow(NamedTuple):
    """Output number `output` of the draft at position `draft`."""

    draft: int
    output: int
    shape: Shape
    type: int


class Array:
    """An array that no layer makes; `numbers` are read only when a shape is worked out from them.

    `roots` are the stored arrays that it consists of, so that each is counted once. `work` is the layer that makes it
    of others, and which output of it: layers of a network where its numbers flow on as data and that multiplies,
    nothing where they are weights. `name` is what the file calls it, empty for one that a rule makes on its way.
    """

    def __init__(
        self, shape: Iterable[Size], kind: int, roots: tuple[Root, ...] = (), stored: Any = None, work: Any = None
    ) -> None:
        self.shape = Shape(shape)
        self.type = kind
        self.roots = roots
        self.work = work
        self.name = ""
        self._stored = stored

    @cached_property
    def numbers(self) -> Any:
        """The numbers as a NumPy array of objects (whole numbers, real ones, formulas, None); None if not known."""
        if self._stored is None or not are_numbers(*self.shape) or product(self.shape) > MOST_NUMBERS:
            return None
        return self._stored if _is_ready(self._stored) else _read(self._stored)

    @property
    def count(self) -> Size:
        """How many numbers it holds."""
        return product(self.shape)

    @property
    def is_whole(self) -> bool:
        """Whether its numbers are whole ones."""
        return self.type in WHOLE_TYPES

    def holds_only(self, number: float) -> bool:
        """Whether all its numbers are known to be this one, however many they are."""
        import numpy as np
        from onnx import numpy_helper

        if self.numbers is not None:
            return all(type(one) is not str and same(one, number) for one in self.numbers.reshape(-1))
        if self._stored is None or _is_ready(self._stored):
            return False
        try:
            return bool(np.all(numpy_helper.to_array(self._stored) == number))
        except UNREADABLE:
            return False

    @property
    def scalar(self) -> Any:
        """Its only number; None if it has several, or if it is not known."""
        known = self.numbers
        return known.reshape(-1)[0] if known is not None and known.size == 1 else None


Value = Flow | Array


def array_of(numbers: Any, kind: int, roots: tuple[Root, ...] = ()) -> Array:
    """An array whose numbers are known.

    >>> array_of([2, 3], INT64).shape
    (2,)
    """
    import numpy as np

    filled = numbers if isinstance(numbers, np.ndarray) else _objects(numbers)
    return Array(filled.shape, kind, roots, filled)


def stored_array(tensor: Any, name: str) -> Array:
    """The array that a TensorProto states; what lies beside the model is never read."""
    shape = tuple(int(size) for size in tensor.dims)
    if any(size < 0 for size in shape):
        raise ValueError("an array has a negative size")
    count = product(shape)
    beside = tensor.data_location == 1 or len(tensor.external_data) > 0
    return Array(shape, tensor.data_type, ((name, count),), None if beside else tensor)


def roots_of(arrays: Iterable[Array]) -> tuple[Root, ...]:
    """The stored arrays that arrays consist of, each once."""
    return tuple(dict.fromkeys(root for array in arrays for root in array.roots))


def _objects(numbers: Any) -> Any:
    import numpy as np

    made: Any = np.empty(len(numbers) if isinstance(numbers, list) else (), object)
    made[...] = numbers
    return made


def _is_ready(stored: Any) -> bool:
    import numpy as np

    return isinstance(stored, np.ndarray)


def _read(tensor: Any) -> Any:
    """The numbers of a TensorProto; None where they are texts, or are not all there."""
    import numpy as np
    from onnx import numpy_helper

    if tensor.data_type == 8:
        return None
    try:
        found = numpy_helper.to_array(tensor)
    except UNREADABLE:
        return None
    if found.dtype == np.float32:  # 1.4 as it was written, not as the nearest number of 32 bits
        words = [float(str(number)) for number in found.reshape(-1)]
        return _shaped(words, found.shape)
    plain = found.astype(float) if found.dtype.kind not in "iub" else found
    return _shaped(plain.reshape(-1).tolist(), found.shape)


def _shaped(numbers: list[Any], shape: tuple[int, ...]) -> Any:
    return _objects(numbers).reshape(shape)
