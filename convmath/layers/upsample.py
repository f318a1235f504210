"""Resizing by interpolation: Upsample, UpsamplingNearest2d, UpsamplingBilinear2d."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ..core.conditions import Condition, at_least, equal
from ..core.errors import ParameterError
from ..core.receptive_field import UNTOLD, Stage
from ..core.shape import Shape
from ..core.size import Size, Symbolic, are_numbers, as_fraction, common_divisor, scaled
from .adaptive_pool import Bins, bin_elements
from .base import Layer
from .composite import Composite
from .field import Choice, Field, Flag, Optional, Sizes, spell_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.receptive_field import Reach


class Resample(NamedTuple):
    """What position j of an axis resized from `inputs` to `outputs` positions reads.

    It falls at (j + 1/2)·i/o − 1/2 among the inputs where pixels count as `centred`, else at j·i/o, and reads
    `spread` inputs on either side of that, or only the one it falls on if it meets it. With spread 0 it reads
    the one input whose pixel it falls into.

    >>> Resample(4, 8, 1, centred=True).interval(1), Resample(4, 8, 0, centred=False).interval(3)
    ((0, 1), (1, 1))
    """

    inputs: Size
    outputs: Size
    spread: int
    centred: bool

    @property
    def pace(self) -> tuple[Size, Size]:
        """(outputs, inputs) after which the pattern repeats."""
        common = common_divisor(self.inputs, self.outputs)
        return self.outputs // common, self.inputs // common

    def interval(self, output: int) -> tuple[Size, Size]:
        """The first and last input that output j depends on; the border's beyond it, where j lies outside."""
        inputs, outputs, spread, centred = self
        # Doubled, so that half positions stay whole numbers.
        place = (2 * output + 1) * inputs if centred else 2 * output * inputs
        if spread == 0:
            return place // (2 * outputs), place // (2 * outputs)
        below, beside = divmod(place - outputs if centred else place, 2 * outputs)
        return (below, below) if beside == 0 else (below - spread + 1, below + spread)

    def reads(self, output: int) -> range:
        """Every input that output j depends on."""
        first, last = self.interval(output)
        return range(first, last + 1)


class Scale(Field):
    """A positive factor, or one for each axis."""

    expects = "a positive number below 10^9, or a tuple of them"

    def settle(self, value: Any, rank: int) -> Any:
        values = value if isinstance(value, tuple | list) else (value,)
        real = all(
            isinstance(factor, Symbolic) or (type(factor) in {int, float} and 0 < factor < 1e9) for factor in values
        )
        return tuple(values) if values and real else None

    def spell(self, value: Any) -> str:
        return spell_list(value)


RANKS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
"""The modes that go with one number of axes only."""


class Upsample(Layer):
    """Resizes the spatial axes by interpolation: o = ⌊i·scale⌋, or the stated size.

    No parameters. FLOPs for each output in n dimensions: none for nearest, 3(2ⁿ − 1) for linear modes (2ⁿ − 1
    interpolations a + t(b − a)), 2·4² − 1 for bicubic, the bins' numbers for area. A float scale multiplies as a
    double, as in PyTorch: 45 · 1.4 gives 62. Raises ParameterError unless exactly one of
    size and scale_factor is given.

    >>> Upsample(scale_factor=2, mode="bilinear").output_shape((1, 64, 7, 9))
    (1, 64, 14, 18)
    >>> Upsample(size=(28, 30)).output_shape((1, 64, 7, 9))
    (1, 64, 28, 30)

    Source: PyTorch's interpolate, observed; Keys (1981) for the cubic kernel.
    """

    size = Optional(Sizes("positions of the output along each axis", symbol="o"))
    scale_factor = Optional(Scale("how many times as many positions"))
    mode = Choice(
        "how values between positions are found", "nearest",
        ("nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"),
    )  # fmt: skip
    align_corners = Optional(Flag("whether first and last positions of input and output coincide"))
    unsupported: ClassVar[dict[str, str]] = {
        "recompute_scale_factor": "where it is true, PyTorch resizes as it does to a size: write size=(…) instead"
    }

    def constraints(self) -> Iterable[Condition]:
        if (self.size is None) == (self.scale_factor is None):
            raise ParameterError(f"{self.op}: give either size or scale_factor (for example scale_factor=2)")
        if self.align_corners is not None and self.mode not in RANKS:
            raise ParameterError(
                f"{self.op}: align_corners has no meaning for mode={self.mode!r} (leave it out, or use a linear mode)"
            )
        return ()

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        given = self.size or self.scale_factor
        if self.mode in RANKS:
            mend = next((mode for mode, rank in RANKS.items() if rank == x.rank), "nearest")
            yield equal(
                x.rank, RANKS[self.mode],
                f"mode={self.mode!r} takes {{right}} spatial axes, the input {{about}} has {{left}}",
                f"use mode={mend!r}", x,
            )  # fmt: skip
        if len(given) > 1:
            yield equal(
                x.rank, len(given), f"{len(given)} sizes are stated, the input {{about}} has {{left}} spatial axes",
                "state one for each axis", x,
            )  # fmt: skip
        for axis, size in enumerate(self._target(x)):
            yield at_least(
                size,
                1,
                f"axis {axis} of size {{about}} is scaled to {{left}} positions",
                "use a larger scale_factor",
                x.spatial[axis],
            )

    def channel_groups(self) -> Size | None:
        return None

    def _target(self, x: Shape) -> tuple[Size, ...]:
        if self.size is not None:
            return self.size * x.rank if len(self.size) == 1 else self.size  # type: ignore[no-any-return]
        return tuple(scaled(size, factor) for size, factor in zip(x.spatial, self._factors(x), strict=False))

    def _factors(self, x: Shape) -> tuple[float, ...]:
        return self.scale_factor * x.rank if len(self.scale_factor) == 1 else self.scale_factor  # type: ignore[no-any-return]

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        return (Shape((x.batch, x.channels, *self._target(x))),)

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        x = inputs[0]
        if self.scale_factor is None or self.mode == "area" or self.align_corners:
            ratios = tuple(zip(x.spatial, self._target(x), strict=True))
        else:
            ratios = tuple(as_fraction(factor)[::-1] for factor in self._factors(x))
        # What is read cannot be told before the sizes are numbers; a stated factor is one.
        return (tuple(self._reach(i, o) if are_numbers(i, o) else UNTOLD for i, o in ratios),)

    def _reach(self, inputs: int, outputs: int) -> Reach:
        if self.mode == "area":
            return Bins(inputs, outputs)
        spread = SPREADS.get(self.mode, 1)
        if self.align_corners:  # the first and last positions meet, so the steps between them are counted
            return Resample(inputs - 1, max(outputs - 1, 1), spread, centred=False)
        return Resample(inputs, outputs, spread, centred=self.mode != "nearest")

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        x, y = inputs[0], outputs[0]
        if self.mode == "area":
            return bin_elements(x, y)
        return y.elements * OPERATIONS[self.mode]


OPERATIONS = {"nearest": 0, "nearest-exact": 0, "linear": 3, "bilinear": 9, "trilinear": 21, "bicubic": 31}
"""Arithmetic operations for each output of a mode."""

SPREADS = {"nearest": 0, "nearest-exact": 0, "bicubic": 2}
"""Inputs read on either side of a position, where that is not one."""


class UpsamplingNearest2d(Composite):
    """Upsample with mode='nearest' over (N, C, H, W).

    >>> UpsamplingNearest2d(scale_factor=3).output_shape((1, 8, 5, 7))
    (1, 8, 15, 21)

    Source: PyTorch's layer of this name.
    """

    rank = 2
    size = Optional(Sizes("positions of the output along each axis", symbol="o"))
    scale_factor = Optional(Scale("how many times as many positions"))

    def chain(self) -> tuple[tuple[str, Layer], ...]:
        return (("", Upsample(self.size, self.scale_factor)),)


class UpsamplingBilinear2d(Composite):
    """Upsample with mode='bilinear' and aligned corners over (N, C, H, W).

    >>> UpsamplingBilinear2d(scale_factor=2).flops((1, 8, 5, 7))
    10080

    Source: PyTorch's layer of this name.
    """

    rank = 2
    size = Optional(Sizes("positions of the output along each axis", symbol="o"))
    scale_factor = Optional(Scale("how many times as many positions"))

    def chain(self) -> tuple[tuple[str, Layer], ...]:
        return (("", Upsample(self.size, self.scale_factor, "bilinear", True)),)
