"""Slices as what they are: positions of the value that they are cut from, which nothing computes anew."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from ..core.size import are_numbers
from ..core.window import Window
from ..layers.merge import Concat
from ..layers.slice import Slice
from .subject import stages_of, values_read

if TYPE_CHECKING:
    from ..report.row import Row
    from .subject import Subject

Value = tuple[str, int]


def is_slice(row: Row) -> bool:
    """Whether a layer cuts positions, and nothing else, from its input: not samples, nor channels."""
    return isinstance(row.layer, Slice) and row.layer.dim % len(row.inputs[0]) >= 2


def source_of(subject: Subject, value: Value) -> tuple[Value, tuple[Window, ...]]:
    """The value that slices were cut from one after another, and which of its positions are left along each axis.

    A value that is no slice is its own source, with a Window of a single tap along each axis.
    """
    name, port = value
    row = subject.row_of.get(name)
    shape = subject.report.inputs[name] if row is None else row.outputs[port]
    taken = (Window(),) * shape.rank
    while row is not None and is_slice(row):
        cut = stages_of(row)[0]
        taken = tuple(through(outer, inner) for outer, inner in zip(cut, taken, strict=True))
        ((name, port),) = values_read(row)
        row = subject.row_of.get(name)
    return (name, port), taken


def through(cut: object, window: Window) -> Window:
    """A window over what is left of a cut, as one over what was cut.

    >>> through(Window(1, 2, low=-1), Window(3, 1, low=1))  # of positions 1, 3, 5 … the one before, itself, the next
    Window(kernel=3, stride=2, dilation=2, low=1, high=0, input_dilation=1)
    """
    assert isinstance(cut, Window)
    step = cut.stride
    return Window(window.kernel, step * window.stride, step * window.dilation, step * window.low + cut.low)


def interleave(subject: Subject, row: Row) -> bool:
    """Whether a layer puts side by side, as channels, slices of one value that begin at every position of a step once.

    So it is where space is turned into depth by slices: x[::2, ::2], x[1::2, ::2], x[::2, 1::2] and x[1::2, 1::2].
    Where slices stop is not looked at.
    """
    if not isinstance(row.layer, Concat) or row.layer.dim % len(row.outputs[0]) != 1:
        return False
    found = [source_of(subject, value) for value in values_read(row)]
    steps = {tuple(window.stride for window in taken) for _, taken in found}
    starts = [tuple(-window.low for window in taken) for _, taken in found]
    if len({source for source, _ in found}) != 1 or len(steps) != 1 or not all(are_numbers(*one) for one in starts):
        return False
    (step,) = steps
    return sorted(starts) == list(product(*(range(size) for size in step)))
