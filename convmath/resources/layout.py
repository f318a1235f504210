"""Layout: whose memory each value of a network is in, and how it lies there, as PyTorch lays it out.

A view lies in the memory of what it looks at; where no view has the stated shape, as after most permutations, the
values are copied. What an operator makes lies in the order of axes in which it reads, has its channels innermost where
its input has, or lies row after row; which of them, `MADE` says by type. The network's inputs lie row after row.

Where sizes are symbols, the layout is that of one large input: which axes can be joined does not depend on their sizes.

Source: PyTorch 2.13, what its operators make on a CPU of arrays that lie in several ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.size import are_numbers
from ..layers.reshape import Dropout
from ..layers.view import View
from .families import of_family
from .flow import Value
from .sequences import is_fused
from .strides import Numbers, channels_last, dense, is_channels_last, number_by_number, repeated, viewed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..core.size import Size
    from ..layers.base import Layer
    from .flow import Flow
    from .keeping import Matrix

    Rule = Callable[[Any, tuple["Layout", ...], Numbers], Numbers]

LARGE = 151_200
"""What a symbol stands for, or a multiple of it: what must be divisible by small numbers still is."""


class Layout(NamedTuple):
    """The value in whose memory another one is, its sizes there, and the strides."""

    root: Value
    sizes: Numbers
    strides: Numbers

    @property
    def is_turned(self) -> bool:
        """Whether the last axis is not the innermost one."""
        return bool(self.strides) and self.strides[-1] != 1


class Layouts(NamedTuple):
    """The layout of every value of a network."""

    by_value: Mapping[Value, Layout]
    given: Mapping[str, int]
    """What symbols stand for."""

    @property
    def roots(self) -> dict[Value, Value]:
        """The value whose memory each value is in."""
        return {value: found.root for value, found in self.by_value.items()}

    def is_copied(self, value: Value, matrix: Matrix) -> bool:
        """Whether a value must be copied to be read as a matrix, or as several."""
        layout = self.by_value[value]
        sizes = _at(matrix.sizes, self.given)
        own = tuple(1 if axis is None else layout.sizes[axis] for axis in matrix.axes)
        lain = tuple(0 if axis is None else layout.strides[axis] for axis in matrix.axes)
        return viewed(sizes, repeated(own, lain, sizes), _at(matrix.joined, self.given)) is None


def layouts(flow: Flow) -> Layouts:
    """Where every value of a network lies.

    >>> from convmath.layers.axes import Permute
    >>> from convmath.layers.reshape import Flatten
    >>> from convmath.network.network import Sequential
    >>> from convmath.resources.flow import flow
    >>> report = Sequential(Permute((0, 2, 3, 1)), Flatten(1, 2), Flatten(1)).analyze((2, 8, 5, 7))
    >>> for value, found in layouts(flow(report)).by_value.items():
    ...     print(value, found.root, found.strides)
    input input (280, 35, 7, 1)
    0 input (280, 7, 1, 35)
    1 input (280, 1, 35)
    2 2 (280, 1)
    """
    open_sizes = {size for shape in flow.shapes.values() for size in shape if not are_numbers(size)}
    names = sorted({name for size in open_sizes for name in size.names})
    given = {name: LARGE * (place + 1) for place, name in enumerate(names)}
    sizes = {value: _at(shape, given) for value, shape in flow.shapes.items()}
    found = {value: Layout(value, sizes[value], dense(sizes[value])) for value in flow.inputs}
    for task in flow.tasks:
        read = tuple(found[value] for value in map(Value, task.row.reads, task.row.ports))
        for value in task.makes:
            found[value] = _laid(task.row.layer, read, value, sizes[value])
    return Layouts(found, given)


def is_view(layer: Layer) -> bool:
    """Whether the layer's outputs can be the input's own memory while training; dropout is none then.

    >>> from convmath.layers.reshape import Dropout, Flatten
    >>> is_view(Flatten()), is_view(Dropout())
    (True, False)
    """
    return isinstance(layer, View) and not (isinstance(layer, Dropout) and layer.p)


def _laid(layer: Layer | None, read: tuple[Layout, ...], value: Value, sizes: Numbers) -> Layout:
    assert layer is not None
    if is_view(layer):
        seen = of_family(layer, SEEN, _reshaped)(layer, read[0], sizes)
        if seen is not None:
            return Layout(read[0].root, sizes, seen)
    return Layout(value, sizes, of_family(layer, MADE, _row_after_row)(layer, read, sizes))


def _at(sizes: tuple[Size, ...], given: Mapping[str, int]) -> Numbers:
    """Sizes as numbers."""
    return tuple(size if are_numbers(size) else size.at({name: given[name] for name in size.names}) for size in sizes)


# Views: the strides of what they show, or None where there is no such view.


def _reshaped(layer: Any, x: Layout, sizes: Numbers) -> Numbers | None:
    return viewed(x.sizes, x.strides, sizes)


def _permuted(layer: Any, x: Layout, sizes: Numbers) -> Numbers:
    return tuple(x.strides[axis] for axis in layer.dims)


def _expanded(layer: Any, x: Layout, sizes: Numbers) -> Numbers:
    return repeated(x.sizes, x.strides, sizes)


def _cut(layer: Any, x: Layout, sizes: Numbers) -> Numbers:
    axis = layer.dim % len(sizes)
    return (*x.strides[:axis], x.strides[axis] * layer.step, *x.strides[axis + 1 :])


def _selected(layer: Any, x: Layout, sizes: Numbers) -> Numbers:
    axis = layer.dim % len(x.sizes)
    return (*x.strides[:axis], *x.strides[axis + 1 :])


def _parted(layer: Any, x: Layout, sizes: Numbers) -> Numbers:
    return x.strides


SEEN: dict[str, Callable[[Any, Layout, Numbers], Numbers | None]] = {
    "Permute": _permuted,
    "Expand": _expanded,
    "Slice": _cut,
    "Select": _selected,
    **dict.fromkeys(("Chunk", "Split", "Identity"), _parted),
}
"""How views show what they look at; all others in another shape."""

# Other operators: the strides of what they make.


def _row_after_row(layer: Any, read: tuple[Layout, ...], sizes: Numbers) -> Numbers:
    return dense(sizes)


def _as_read(layer: Any, read: tuple[Layout, ...], sizes: Numbers) -> Numbers:
    return number_by_number(sizes, [(x.sizes, x.strides) for x in read])


def _as_first(layer: Any, read: tuple[Layout, ...], sizes: Numbers) -> Numbers:
    """In the order of the first input's axes, be they of other sizes."""
    x = read[0]
    return dense(sizes, sorted(range(len(sizes)), key=lambda axis: -x.strides[axis]))


def _channels_stay(layer: Any, read: tuple[Layout, ...], sizes: Numbers) -> Numbers:
    innermost = all(is_channels_last(x.sizes, x.strides) for x in read)
    return channels_last(sizes) if innermost else dense(sizes)


def _attention(layer: Any, read: tuple[Layout, ...], sizes: Numbers) -> Numbers:
    """Fused kernels write as queries lie."""
    fused = is_fused([x.sizes for x in read], [x.is_turned for x in read])
    return _as_first(layer, read, sizes) if fused else dense(sizes)


def _sequence(layer: Any, read: tuple[Layout, ...], sizes: Numbers) -> Numbers:
    """Steps are made one after another."""
    return dense(sizes, (1, 0, 2)) if layer.batch_first and len(sizes) == 3 else dense(sizes)


def _einsum(layer: Any, read: tuple[Layout, ...], sizes: Numbers) -> Numbers:
    """A product of matrices: shared axes, those of the first operand, those of the second."""
    if len(layer.operands) != 2:
        return dense(sizes)
    first, second = layer.operands
    word = layer.result
    ranks = {letter: (letter not in first, letter in second and letter not in first) for letter in word}
    shared = [letter for letter in word if letter in first and letter in second]
    others = sorted((letter for letter in word if letter not in shared), key=lambda letter: ranks[letter])
    return dense(sizes, [word.index(letter) for letter in (*shared, *others)])


MADE: dict[str, Rule] = {
    **dict.fromkeys(("Activation", "Elementwise", "Dropout", "LocalResponseNorm"), _as_read),
    **dict.fromkeys(("Softmax", "LogSoftmax", "CircularPad", "InstanceNorm"), _row_after_row),
    **dict.fromkeys(("Flip", "GLU"), _as_first),
    **dict.fromkeys(
        (
            "Windowed", "BatchNorm", "GroupNorm", "RMSNorm", "AdaptivePool", "Upsample", "Concat", "Roll",
            "PixelUnshuffle", "ChannelShuffle",
        ),
        _channels_stay,
    ),
    "ScaledDotProductAttention": _attention,
    "Recurrent": _sequence,
    "Einsum": _einsum,
}  # fmt: skip
"""How operators lay out what they make, by family; all others row after row."""
