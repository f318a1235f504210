"""Arrays that operators state: Constant, ConstantOfShape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....core.shape import Shape
from ....core.size import ceil_div, larger
from ..folding import roots_of_fill
from ..step import UnsupportedError
from ..values import FLOAT, INT64, Array, array_of, stored_array

if TYPE_CHECKING:
    from ..step import Step
    from ..values import Value


def _constant(step: Step) -> Value:
    """Constant: an array, or numbers written out."""
    tensor = step.tensor("value")
    if tensor is not None:
        return tensor
    name, attributes = step.operator.outputs[0], step.operator.attributes
    if "sparse_value" in attributes:
        sparse = attributes["sparse_value"].sparse_tensor
        kept = stored_array(sparse.values, name)
        return Array(tuple(int(size) for size in sparse.dims), kept.type, ((name, kept.count),))
    if "value_int" in attributes:
        return array_of(step.integer("value_int", 0), INT64)
    if "value_ints" in attributes:
        return array_of(step.integers("value_ints", ()) or [], INT64)
    if "value_float" in attributes:
        return array_of(step.real("value_float", 0.0), FLOAT)
    if "value_floats" in attributes:
        return array_of([float(number) for number in attributes["value_floats"].floats], FLOAT)
    raise UnsupportedError("a constant of text, or of nothing")


def _filled_array(step: Step) -> Value:
    sizes, value = step.numbers(0), step.tensor("value")
    return Array(sizes, FLOAT if value is None else value.type, roots_of_fill(step, sizes, value))


def _counted_up(step: Step) -> Value:
    """Range from a whole number to a whole number or a formula: only how many numbers there are is told."""
    start, limit, pace = (int(n) if type(n) is float and n.is_integer() else n for n in map(step.scalar, range(3)))
    if type(start) is not int or type(pace) is not int or pace < 1 or type(limit) is float:
        raise UnsupportedError(f"from {start} to {limit} by {pace}")
    return Array((larger(ceil_div(limit - start, pace), 0),), step.x.type)


def of_spectra(step: Step) -> Shape:
    """What STFT makes: (batch, frames, frequencies, 2), of frames that fit into the signal."""
    signal, pace = step.x.shape, step.scalar(1)
    if step.has(3):
        length = step.scalar(3)
    elif step.has(2):
        length = step.value(2).shape[0]
    else:
        raise UnsupportedError("neither a window nor frame_length")
    bins = length // 2 + 1 if step.integer("onesided", 1) else length
    return Shape((signal[0], (signal[1] - length) // pace + 1, bins, 2))


RULES = {"Constant": _constant, "ConstantOfShape": _filled_array, "Range": _counted_up}
