"""Shape: batch, channels, spatial sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ParseError, ShapeError, show
from .foreign import is_foreign, read
from .size import LARGEST, Size, Symbolic, product

if TYPE_CHECKING:
    from collections.abc import Iterable


class Shape(tuple[Size, ...]):
    """The sizes of a tensor, batch first, then channels, then the spatial axes (N, C, [D, H,] W).

    >>> Shape((1, 3, 224, 224)).spatial
    (224, 224)
    >>> str(Shape((1, 64, 112, 112)))
    '1x64x112x112'
    """

    __slots__ = ()

    @property
    def batch(self) -> Size:
        """The batch size N."""
        return self[0]

    @property
    def channels(self) -> Size:
        """The channels C."""
        return self[1]

    @property
    def spatial(self) -> tuple[Size, ...]:
        """The sizes after the channels, one for each axis."""
        return self[2:]

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self) - 2

    @property
    def elements(self) -> Size:
        """How many numbers the tensor holds."""
        return product(self)

    def __str__(self) -> str:
        return by_axis(self) or "one number"


def by_axis(values: Iterable[object]) -> str:
    """One value for each axis in a row: 3x224x224; formulas stand apart, so that no x is taken for a symbol.

    >>> by_axis((1, 3, 224)), by_axis(("all", 7))
    ('1x3x224', 'allx7')
    """
    sizes = tuple(values)
    if not any(isinstance(size, Symbolic) for size in sizes):
        return "x".join(map(str, sizes))
    return " × ".join(f"({size})" if _is_sum(str(size)) else str(size) for size in sizes)


def _is_sum(text: str) -> bool:
    """Whether a formula has terms that nothing brackets.

    >>> _is_sum("⌊(H + 3)/8⌋"), _is_sum("H + 3"), _is_sum("⌈H/2⌉ − ⌈H/4⌉"), _is_sum("max(H − 9, 0)")
    (False, True, True, False)
    """
    depth = 0
    for letter in text:
        depth += (letter in "(⌊⌈") - (letter in ")⌋⌉")
        if letter == " " and not depth:
            return True
    return False


def as_shape(value: object) -> Shape:
    """A Shape from a tuple, a list or a text like `1x3x224x224`; ShapeError if it is none of these.

    >>> as_shape("2x3x32")
    (2, 3, 32)
    """
    if type(value) is Shape:
        return value
    if isinstance(value, str):
        return parse_shape(value)
    if not isinstance(value, tuple | list):
        raise ShapeError(f"a shape is a tuple of sizes such as (1, 3, 224, 224), not {show(value)}")
    return _of_sizes(value)


def parse_shape(text: str) -> Shape:
    """A Shape from text such as `1x3x224x224` or `1,3,224,224`; ParseError names the offending part.

    >>> parse_shape("1,3,32,32")
    (1, 3, 32, 32)
    """
    sizes: list[int] = []
    column = 1
    for part in text.lower().replace("×", "x").replace(",", "x").split("x"):
        word = part.strip(" ()[]")
        if not (word.isascii() and word.isdigit()):
            raise ParseError(
                f"{show(word)} in the shape {show(text)} is not a size (write numbers joined by x: 1x3x224x224)", column
            )
        if len(word) > len(str(LARGEST)):
            raise ParseError(f"{show(word)} in the shape {show(text)} is more than 10^18 (use a smaller size)", column)
        sizes.append(int(word))
        column += len(part) + 1
    return _of_sizes(sizes)


def _of_sizes(values: Iterable[object]) -> Shape:
    sizes = tuple(as_size(value) for value in values)
    for size in sizes:
        if size is None:
            raise ShapeError(f"a size in the shape {show(tuple(values))} is not an integer from 1 to 10^18")
    if len(sizes) < 2:
        raise ShapeError(f"the shape {show(sizes)} has {len(sizes)} sizes; batch and channels at least are needed")
    return Shape(sizes)


def as_size(value: object, least: int = 1) -> Size | None:
    """`value` as a size of at least `least` (an int, an integer array, a Symbolic, or SymPy's), or None if it is none.

    >>> as_size(3), as_size(True), as_size(2.0), as_size(0)
    (3, None, None, None)
    """
    if type(value) is int:
        return value if least <= value <= LARGEST else None
    if isinstance(value, Symbolic):
        return None if value.at_least(least) is False else value
    if is_foreign(value):
        return as_size(read(value), least)
    if getattr(getattr(value, "dtype", None), "kind", "none") not in "iu":
        return None
    return _as_array(value, least) if getattr(value, "ndim", 0) else as_size(int(value), least)  # type: ignore[call-overload]


def _as_array(values: Any, least: int) -> Size | None:
    # Narrow and unsigned integers would wrap silently in the arithmetic to come.
    fits = values.size == 0 or (least <= values.min() and values.max() <= LARGEST)
    return values.astype("int64", copy=False) if fits else None
