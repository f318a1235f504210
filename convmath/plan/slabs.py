"""Slabs: a program run over arrays in pieces that stay in the cache, each step into memory that is used again."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.size import pairs_below
from .program import ADD, DIVISOR, FLOOR, LARGER, MULTIPLY, NAME, NUMBER, PAIRS, SHIFT

if TYPE_CHECKING:
    from collections.abc import Callable

    from .program import Program

    Index = tuple[slice, ...]
    Shape = tuple[int, ...]

SLAB = 1 << 13
"""Values of a step that are worked out at a time."""

FEW = 4 * SLAB
"""So many values are worked out at once."""

SPARED = 8
"""A step with at most a share of one in so many of the values is worked out once for all slabs."""


def fill(outputs: Sequence[Any], program: Program, arrays: Sequence[Any]) -> None:
    """Writes what the program makes of arrays, one for each of its names and each with all axes, into the outputs.

    >>> import numpy as np
    >>> from convmath.plan.program import program
    >>> from convmath.symbolic.polynomial import symbols
    >>> found = np.empty((2, 3), int)
    >>> H, W = symbols("H W")
    >>> fill([found], program([H // 2 * W]), [np.array([[4], [7]]), np.array([[1, 2, 3]])])
    >>> found
    array([[2, 4, 6],
           [3, 6, 9]])
    """
    shape = outputs[0].shape
    values, waiting = _spared(program, arrays, shape, outputs[0].dtype)
    for output, step in zip(outputs, program.results, strict=True):
        if step not in waiting:
            output[...] = values[step]
    if waiting:
        run = _Run(program, values, waiting, outputs)
        for index in Slabs(shape):
            run(index)


class Slabs(Sequence["Index"]):
    """Pieces of an array of at most so many values each, whole along its last axes, one after the other.

    >>> [[(axis.start, axis.stop) for axis in index] for index in Slabs((2, 12), 8)]
    [[(0, 1), (0, 8)], [(0, 1), (8, 12)], [(1, 2), (0, 8)], [(1, 2), (8, 12)]]
    """

    def __init__(self, shape: Shape, most: int = SLAB) -> None:
        self.shape = shape
        inside, axis = 1, len(shape)
        while axis and inside * shape[axis - 1] <= most:
            axis -= 1
            inside *= shape[axis]
        self._axis = axis - 1
        """The axis that is cut into runs; below 0 where the whole is one piece."""
        self._each = max(most // inside, 1)
        self._runs = -(-shape[axis - 1] // self._each) if axis else 1
        self._count = self._runs * prod(shape[: max(axis - 1, 0)])

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < self._count:
            raise IndexError(number)
        index = [slice(0, size) for size in self.shape]
        number, run = divmod(number, self._runs)
        if self._axis >= 0:
            begin = run * self._each
            index[self._axis] = slice(begin, min(begin + self._each, self.shape[self._axis]))
        for axis in reversed(range(self._axis)):
            number, at = divmod(number, self.shape[axis])
            index[axis] = slice(at, at + 1)
        return tuple(index)


def _spared(program: Program, arrays: Sequence[Any], shape: Shape, kind: Any) -> tuple[list[Any], list[int]]:
    """What every step is worth that depends on few of the axes, None for the others, and which those are."""
    import numpy as np

    values: list[Any] = []
    shapes: list[Shape] = []
    waiting: list[int] = []
    most = prod(shape) if prod(shape) <= FEW else prod(shape) // SPARED
    for place, step in enumerate(program.steps):
        word, parts = step
        if word == NUMBER:
            values.append(np.array(parts[0], kind))
        elif word == NAME:
            values.append(arrays[parts[0]])
        elif prod(np.broadcast_shapes(*[shapes[part] for part in parts])) > most:
            values.append(None)
            waiting.append(place)
        else:
            values.append(_function(word)(*[values[part] for part in parts]))
        shapes.append(
            np.broadcast_shapes(*[shapes[part] for part in parts]) if values[-1] is None else values[-1].shape
        )
    return values, waiting


class _Line(NamedTuple):
    """A step made ready for slabs of one shape; without memory of its own it writes to the output."""

    place: int
    apply: Callable[..., Any]
    parts: tuple[int, ...]
    out: Any


class _Run:
    """The steps that depend on most of the axes, one slab after the other."""

    def __init__(self, program: Program, values: list[Any], waiting: list[int], outputs: Sequence[Any]) -> None:
        self._program = program
        self._values = values
        self._waiting = waiting
        self._outputs = dict(zip(program.results, outputs, strict=True))
        self._copied = [
            (output, step)
            for output, step in zip(outputs, program.results, strict=True)
            if step in waiting and self._outputs[step] is not output
        ]
        self._read = sorted({part for place in waiting for part in program.steps[place].parts} - set(waiting))
        self._kind = outputs[0].dtype
        self._ready: dict[Shape, list[_Line]] = {}

    def __call__(self, index: Index) -> None:
        shape = tuple([part.stop - part.start for part in index])
        if shape not in self._ready:
            self._ready[shape] = self._lines(shape)
        found = {place: _cut(self._values[place], index) for place in self._read}
        for place, apply, parts, out in self._ready[shape]:
            found[place] = apply(
                *[found[part] for part in parts], out=self._outputs[place][index] if out is None else out
            )
        for output, step in self._copied:
            output[index] = found[step]

    def _lines(self, shape: Shape) -> list[_Line]:
        """The steps for slabs of a shape, each into memory that nobody reads any more, its own operands' too."""
        import numpy as np

        shapes: dict[int, Shape] = {
            place: tuple(size if axis > 1 else 1 for size, axis in zip(shape, self._values[place].shape, strict=False))
            for place in self._read
        }
        last = {part: place for place in self._waiting for part in self._program.steps[place].parts}
        free: list[Any] = []
        held: dict[int, Any] = {}
        lines = []
        for place in self._waiting:
            word, parts = self._program.steps[place]
            shapes[place] = np.broadcast_shapes(*[shapes[part] for part in parts])
            if place in self._outputs:
                lines.append(_Line(place, _function(word), parts, None))
                continue
            free += [held.pop(part) for part in dict.fromkeys(parts) if part in held and last[part] == place]
            held[place] = free.pop() if free else np.empty(prod(shape), self._kind)
            out = held[place][: prod(shapes[place])].reshape(shapes[place])
            lines.append(_Line(place, _function(word), parts, out))
        return lines


def _cut(array: Any, index: Index) -> Any:
    if not array.ndim:
        return array
    return array[tuple(part if size > 1 else slice(None) for part, size in zip(index, array.shape, strict=True))]


def _function(word: str) -> Callable[..., Any]:
    """What a word does to arrays; `out` takes what comes out."""
    import numpy as np

    return _pairs if word == PAIRS else getattr(np, WORDS[word])


def _pairs(*parts: Any, out: Any = None) -> Any:
    found = pairs_below(*parts)
    if out is None:
        return found
    out[...] = found
    return out


WORDS: dict[str, str] = {
    ADD: "add", MULTIPLY: "multiply", FLOOR: "floor_divide", SHIFT: "right_shift", LARGER: "maximum", DIVISOR: "gcd",
}  # fmt: skip
"""What NumPy calls each word."""
