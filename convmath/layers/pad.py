"""Padding and cropping layers: ZeroPad, ConstantPad, ReflectionPad, ReplicationPad, CircularPad, Cropping, 1d to 3d."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from ..core.conditions import Condition, at_least
from ..core.padding import Pads
from ..core.shape import as_size
from ..core.size import LARGEST, Size, larger, smaller
from ..core.window import Window
from .field import Field, Real, spell_tuple
from .windowed import Windowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..core.shape import Shape


class Sides(Field):
    """PyTorch's spelling of pads: (left, right, top, bottom, front, back), the last axis first, or one number."""

    expects = "an integer, or a tuple of 2 for each of {rank} axes, the last axis first: (left, right, top, …)"

    def __init__(self, meaning: str, least: int) -> None:
        super().__init__(meaning, symbol="p")
        self.least = least

    def generic(self, symbol: Callable[[str, int], Size], axes: tuple[str, ...]) -> Any:
        return tuple(Pads(side, side) for side in (symbol(self.symbol + axis, self.least) for axis in axes))

    def settle(self, value: Any, rank: int) -> Any:
        if isinstance(value, tuple) and value and all(type(pads) is Pads for pads in value):
            return value if len(value) == rank else None
        sides = value if isinstance(value, tuple | list) else (value,) * (2 * rank)
        sizes = tuple(as_size(side, self.least) for side in sides)
        if len(sizes) != 2 * rank or any(size is None for size in sizes):
            return None
        return tuple(Pads(*sizes[2 * axis : 2 * axis + 2]) for axis in reversed(range(rank)))

    def spell(self, value: Any) -> str:
        return spell_tuple(tuple(side for pads in reversed(value) for side in pads))


class Pad(Windowed, abstract=True):
    """Positions are added before and after (or, negative, taken away): o = i + p_low + p_high. No arithmetic."""

    padding: tuple[Pads, ...]

    def channel_groups(self) -> Size | None:
        return None

    def window(self, axis: int, size: Size) -> Window:
        return Window(low=self.padding[axis].low, high=self.padding[axis].high)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        for axis, (pads, size) in enumerate(zip(self.padding, inputs[0].spatial, strict=True)):
            low, high = -smaller(pads.low, 0), -smaller(pads.high, 0)
            yield at_least(
                size, low + high,
                f"axis {axis}: cropping by {{about[0]}} and {{about[1]}} takes {{right}} positions of {{left}}",
                "crop less", (low, high),
            )  # fmt: skip
            yield at_least(
                size + pads.low + pads.high, 1,
                f"axis {axis} of size {{about[0]}}: cropping by {{about[1]}} and {{about[2]}} leaves {{left}}"
                " positions", "crop less", (size, -pads.low, -pads.high),
            )  # fmt: skip


class ZeroPad(Pad, abstract=True):
    """Adds zeros around the input: o = i + p_low + p_high; negative numbers crop.

    >>> from convmath.layers.pad import ZeroPad2d
    >>> ZeroPad2d((1, 2, 3, 4)).output_shape((1, 3, 10, 20))  # left, right, top, bottom
    (1, 3, 17, 23)

    Source: PyTorch's layers of this name.
    """

    padding = Sides("positions added on every side", -LARGEST)


class ConstantPad(Pad, abstract=True):
    """Adds a constant around the input: o = i + p_low + p_high; negative numbers crop.

    >>> from convmath.layers.pad import ConstantPad1d
    >>> ConstantPad1d((2, -1), 3.5).output_shape((1, 3, 10))
    (1, 3, 11)

    Source: PyTorch's layers of this name.
    """

    padding = Sides("positions added on every side", -LARGEST)
    value = Real("the constant")


class CopyPad(Pad, abstract=True):
    """Padding that copies from the input, which must have enough to copy; a type says how much it offers."""

    @abstractmethod
    def offered(self, axis: int, size: Size) -> Size:
        """How many positions of the input may be copied on one side."""

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        yield from super().conditions(*inputs)  # what is cropped away offers nothing, so that comes first
        for axis, (pads, size) in enumerate(zip(self.padding, inputs[0].spatial, strict=True)):
            yield at_least(
                self.offered(axis, size), larger(pads.low, pads.high),
                f"axis {axis} of size {{about}}: the padding copies {{right}} positions, the input offers {{left}}",
                "pad by at most {left}", size,
            )  # fmt: skip


class ReflectionPad(CopyPad, abstract=True):
    """Mirrors the input at its border, which is not repeated: o = i + p_low + p_high, p < i.

    >>> from convmath.layers.pad import ReflectionPad2d
    >>> ReflectionPad2d(2).output_shape((1, 3, 10, 20))
    (1, 3, 14, 24)

    Source: PyTorch's layers of this name.
    """

    padding = Sides("positions added on every side; negative ones are cropped", -LARGEST)

    def offered(self, axis: int, size: Size) -> Size:
        return size - 1


class CircularPad(CopyPad, abstract=True):
    """Continues the input from its other end: o = i + p_low + p_high, p ≤ i; what is cropped does not come round.

    >>> from convmath.layers.pad import CircularPad2d
    >>> CircularPad2d((1, 1, 2, 0)).output_shape((1, 3, 4, 4))
    (1, 3, 6, 6)

    Source: PyTorch's layers of this name.
    """

    padding = Sides("positions added on every side; negative ones are cropped", -LARGEST)

    def offered(self, axis: int, size: Size) -> Size:
        low, high = self.padding[axis]
        return size + smaller(low, 0) + smaller(high, 0)


class ReplicationPad(Pad, abstract=True):
    """Repeats the border: o = i + p_low + p_high.

    >>> from convmath.layers.pad import ReplicationPad2d
    >>> ReplicationPad2d(9).output_shape((1, 3, 4, 4))
    (1, 3, 22, 22)

    Source: PyTorch's layers of this name.
    """

    padding = Sides("positions added on every side; negative ones are cropped", -LARGEST)


class Cropping(Pad, abstract=True):
    """Takes positions away: o = i − c_low − c_high.

    >>> from convmath.layers.pad import Cropping2d
    >>> Cropping2d((1, 2, 3, 4)).output_shape((1, 3, 10, 20))  # left, right, top, bottom
    (1, 3, 3, 17)

    Source: Keras' Cropping layers; Ronneberger, Fischer and Brox, U-Net (2015).
    """

    cropping = Sides("positions taken away on every side", 0)

    @property
    def padding(self) -> tuple[Pads, ...]:  # type: ignore[override]
        """The crop as negative padding."""
        return tuple(Pads(-pads.low, -pads.high) for pads in self.cropping)


class ZeroPad1d(ZeroPad):
    """Zero padding over (N, C, L); see ZeroPad."""

    rank = 1


class ZeroPad2d(ZeroPad):
    """Zero padding over (N, C, H, W); see ZeroPad."""

    rank = 2


class ZeroPad3d(ZeroPad):
    """Zero padding over (N, C, D, H, W); see ZeroPad."""

    rank = 3


class ConstantPad1d(ConstantPad):
    """Constant padding over (N, C, L); see ConstantPad."""

    rank = 1


class ConstantPad2d(ConstantPad):
    """Constant padding over (N, C, H, W); see ConstantPad."""

    rank = 2


class ConstantPad3d(ConstantPad):
    """Constant padding over (N, C, D, H, W); see ConstantPad."""

    rank = 3


class ReflectionPad1d(ReflectionPad):
    """Reflection padding over (N, C, L); see ReflectionPad."""

    rank = 1


class ReflectionPad2d(ReflectionPad):
    """Reflection padding over (N, C, H, W); see ReflectionPad."""

    rank = 2


class ReflectionPad3d(ReflectionPad):
    """Reflection padding over (N, C, D, H, W); see ReflectionPad."""

    rank = 3


class CircularPad1d(CircularPad):
    """Circular padding over (N, C, L); see CircularPad."""

    rank = 1


class CircularPad2d(CircularPad):
    """Circular padding over (N, C, H, W); see CircularPad."""

    rank = 2


class CircularPad3d(CircularPad):
    """Circular padding over (N, C, D, H, W); see CircularPad."""

    rank = 3


class ReplicationPad1d(ReplicationPad):
    """Replication padding over (N, C, L); see ReplicationPad."""

    rank = 1


class ReplicationPad2d(ReplicationPad):
    """Replication padding over (N, C, H, W); see ReplicationPad."""

    rank = 2


class ReplicationPad3d(ReplicationPad):
    """Replication padding over (N, C, D, H, W); see ReplicationPad."""

    rank = 3


class Cropping1d(Cropping):
    """Cropping over (N, C, L); see Cropping."""

    rank = 1


class Cropping2d(Cropping):
    """Cropping over (N, C, H, W); see Cropping."""

    rank = 2


class Cropping3d(Cropping):
    """Cropping over (N, C, D, H, W); see Cropping."""

    rank = 3
