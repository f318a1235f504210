"""What comes in from outside: arrays checked against the shapes and the dtype that are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import ParameterError, ShapeError, show, unknown_name
from ..core.shape import Shape, as_shape, by_axis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import DTypeLike, NDArray

Array = Any
"""A NumPy array."""

Weights = dict[str, Array]

KINDS = "iufc"

TOO_NARROW_OR_WIDE = {"float16", "float128", "longdouble", "complex256", "clongdouble"}


def as_dtype(dtype: DTypeLike, name: str = "dtype") -> np.dtype[Any]:
    """A dtype that layers run in, in this machine's byte order; ParameterError, naming what has it, for any other.

    >>> as_dtype(">f4")
    dtype('float32')
    """
    try:
        found = None if dtype is None else np.dtype(dtype).newbyteorder("=")
    except TypeError:
        found = None
    if found is None or found.kind not in KINDS or found.name in TOO_NARROW_OR_WIDE:
        said = dtype.name if isinstance(dtype, np.dtype) else show(dtype)
        raise ParameterError(f"{name} {said} is none that layers run in (use float32, float64, int64, complex128)")
    return found


def as_array(name: str, value: object) -> NDArray[Any]:
    """An array of numbers from whatever says that it is one; ParameterError, naming it, for anything else.

    A masked array must have no masked numbers, since what lies under a mask is no value.

    >>> as_array("the input", [[1, 2], [3, 4]]).shape
    (2, 2)
    """
    try:
        array = np.asarray(value)
    except Exception as error:  # a foreign object's own __array__ may raise anything
        raise ParameterError(f"{name} cannot be made an array: {show(str(error))} (give a NumPy array)") from error
    if array.dtype.kind not in KINDS:
        raise ParameterError(f"{name} is {array.dtype.name}, not numbers (convert it to float32, float64 or int64)")
    if np.ma.is_masked(value):
        raise ParameterError(f"{name} is a masked array with masked numbers (fill them in with .filled(…))")
    return array


def each_shape(given: Any) -> tuple[Any, ...]:
    """The shapes one by one: a list of shapes is several of them, anything else is one.

    >>> each_shape([(1, 2), "1x3"]), each_shape([1, 2])
    (((1, 2), '1x3'), ([1, 2],))
    """
    several = isinstance(given, list) and all(isinstance(one, tuple | list | str) for one in given)
    return tuple(given) if several else (given,)


def are_arrays(x: object) -> bool:
    """Whether something is a list of arrays, one for each input, and no array written out in numbers.

    >>> are_arrays([np.ones(3)]), are_arrays([[1, 1, 1]]), are_arrays(np.ones((1, 3)))
    (True, False, False)
    """
    return isinstance(x, tuple | list) and bool(x) and all(isinstance(one, np.ndarray) for one in x)


def batch_shape(value: Any) -> Shape:
    """A shape, of which the batch alone may be 0: no rule of a size divides by it.

    >>> batch_shape((0, 3, 8))
    (0, 3, 8)
    """
    if isinstance(value, tuple | list) and value and type(value[0]) is int and value[0] == 0:
        return Shape((0, *as_shape((1, *value[1:]))[1:]))
    return as_shape(value)


def apart(array: NDArray[Any], others: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """The array; copied where it is one of the others or a part of it, so that writing into one spares the rest."""
    return array.copy() if any(np.may_share_memory(array, other) for other in others) else array


def checked(name: str, value: object, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The array in this machine's byte order; ShapeError or ParameterError, naming it, where it is not as asked for.

    Numbers that have no dtype, as a list's, take the one that is asked for, if they are of its kind.
    """
    array = as_array(name, value)
    if array.shape != shape:
        raise ShapeError(f"{name} is {by_axis(array.shape) or 'a number'}, {by_axis(shape)} is asked for")
    if not np.can_cast(array.dtype, dtype, "safe" if hasattr(value, "dtype") else "same_kind"):
        raise ParameterError(f"{name} is {array.dtype.name}, which does not fit into {dtype.name} (convert it first)")
    with np.errstate(over="ignore"):
        result = array.astype(dtype, copy=False)
    if not hasattr(value, "dtype"):
        lost = (result != array) if dtype.kind in "iu" else np.isinf(result) & np.isfinite(array)
        if lost.any():
            raise ParameterError(f"{name} has {show(array[lost][0].item())}, which {dtype.name} does not hold")
    return result


def as_indices(value: Any) -> Any:
    """Indices that a network has as floats, since it runs in one dtype, as whole numbers; anything else as it is.

    >>> as_indices(np.array([2.0, 0.0])), as_indices(np.array([0.5]))
    (array([2, 0]), array([0.5]))
    """
    if getattr(getattr(value, "dtype", None), "kind", "") != "f":
        return value
    with np.errstate(invalid="ignore"):
        whole = value.astype(np.int64)
    return whole if (whole == value).all() else value


Asked = dict[str, tuple[tuple[int, ...], "np.dtype[Any]"]]
"""The shape and dtype of every array that goes with a layer."""


COUNTER = "num_batches_tracked"
"""PyTorch's count of batches beside running statistics: a state_dict has it, and no output depends on it."""

LISTED = 4
"""The most missing weights that an error names."""


def checked_weights(given: Mapping[str, object] | None, asked: Asked, who: str) -> Weights:
    """The weights by name; an error names what is missing, unknown or of another shape.

    Batch norms' counters, which PyTorch's state_dict() has, are passed over.
    """
    given = known_weights(given, asked, who)
    return {name: checked(f"{who}: {name}", given[name], *wanted) for name, wanted in asked.items()}


def known_weights(given: Mapping[str, object] | None, asked: Asked, who: str) -> Mapping[str, object]:
    """What is given, if its names are those that are asked for."""
    if not isinstance(given, Mapping | None):
        raise ParameterError(
            f"{who}: weights are arrays by name, not {show(given)} (give a dict such as {{'weight': w}})"
        )
    given = given or {}
    for name in given:
        if not isinstance(name, str):
            raise ParameterError(f"{who}: {show(name)} is no name of a weight (names are texts such as 'weight')")
        if name in asked or (name.endswith(COUNTER) and f"{name.removesuffix(COUNTER)}running_mean" in asked):
            continue
        if asked:
            raise unknown_name("weight", name, list(asked))
        raise ParameterError(f"{who}: {name} is given, but the layer has no weights")
    missing = [name for name in asked if name not in given]
    if missing:
        sizes = ", ".join(f"{name} ({by_axis(asked[name][0])})" for name in missing[:LISTED])
        more = f" and {len(missing) - LISTED} more" if len(missing) > LISTED else ""
        raise ParameterError(f"{who}: the weights lack {sizes}{more}")
    return given
