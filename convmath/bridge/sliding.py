"""Sliding: a convolution, its transpose or a pooling in plain numbers, as another framework will have to write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ParameterError
from ..core.padding import NamedPads
from ..core.size import are_numbers, ceil_div, product
from ..layers.conv import Conv
from ..layers.field import spell_tuple
from ..layers.pool import AvgPool, MaxPool
from ..layers.transposed import ConvTranspose

if TYPE_CHECKING:
    from ..core.shape import Shape

KINDS: dict[type, str] = {Conv: "conv", ConvTranspose: "transposed", MaxPool: "max", AvgPool: "average"}
"""The families of layers that slide a window and have a namesake in every framework."""

Sides = tuple[tuple[int, int], ...]
"""(low, high) along each axis."""


class Sliding(NamedTuple):
    """What a target framework must be told of a layer.

    >>> from convmath.layers.conv import Conv2d
    >>> sliding(Conv2d(3, 8, 3, stride=2, padding=1)).pads
    ((1, 1), (1, 1))
    """

    layer: Any
    kind: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    pads: Sides | None
    """The padding as stated; for a transposed convolution what is cropped of its full output. None where it
    depends on an input size that is not known."""
    overhang: tuple[int, ...]
    """By how much the last window may stand out of the padding, where the number of outputs is rounded up."""
    counts: str
    """What an average divides by: 'taps' (always the same), 'real' (those on the input), 'clipped' (and on the
    stated padding)."""
    prefix: str = ""
    """What stands before the names of the weights."""
    names: tuple[str, ...] = ()
    """The target's own names of padding that serve for every input size."""

    @property
    def rank(self) -> int:
        """The spatial axes."""
        return len(self.kernel)

    @property
    def extent(self) -> tuple[int, ...]:
        """The span of one window along each axis, d(k − 1) + 1."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))

    @property
    def padded(self) -> Sides:
        """The stated padding without what it crops; none where it is not known."""
        return tuple((max(low, 0), max(high, 0)) for low, high in self.pads or ((0, 0),) * self.rank)

    @property
    def cropped(self) -> Sides:
        """What negative padding crops."""
        return tuple((max(-low, 0), max(-high, 0)) for low, high in self.pads or ((0, 0),) * self.rank)

    @property
    def reached(self) -> Sides:
        """The padding together with the overhang."""
        return tuple((low, high + over) for (low, high), over in zip(self.padded, self.overhang, strict=True))

    @property
    def scale(self) -> tuple[int, int]:
        """What an average over all taps is multiplied by, as a fraction, to honour divisor_override."""
        taps = product(self.kernel)
        return taps, getattr(self.layer, "divisor_override", None) or taps

    def array(self, name: str) -> str:
        """The variable that holds a weight.

        >>> from convmath.layers.conv import Conv2d
        >>> sliding(Conv2d(3, 8, 3))._replace(prefix="depthwise").array("weight")
        'depthwise_weight'
        """
        return f"{self.prefix}_{name}" if self.prefix else name


def sliding(layer: Any, x: Shape | None = None, prefix: str = "") -> Sliding:
    """The settled form of a layer, for inputs of the shape `x` where the padding depends on it."""
    kind = next((kind for family, kind in KINDS.items() if isinstance(layer, family)), "")
    if not kind:
        raise ParameterError(
            f"{layer.op}: cannot be ported (use Conv, ConvTranspose, MaxPool or AvgPool in 1 to 3 dimensions, a chain"
            " of convolutions such as DepthwiseConv2d, or PixelShuffle)"
        )
    kernel = layer.kernel_size
    stride, dilation = (layer.steps, layer.spread) if kind in {"max", "average"} else (layer.stride, layer.dilation)
    channels = (layer.in_channels, layer.out_channels, layer.groups) if kind in {"conv", "transposed"} else ()
    if not are_numbers(*kernel, *stride, *dilation, *channels, *(x or ())):
        raise ParameterError(f"{layer.op}: only a layer in numbers can be ported (give its symbols values)")
    if kind == "average" and max(dilation) > 1:
        raise ParameterError(
            f"{layer.op}: only ONNX averages with a dilation, here {spell_tuple(dilation)} (pool by a convolution of"
            f" 1/{product(kernel)} in each channel)"
        )
    known = Sliding(layer, kind, kernel, stride, dilation, None, (0,) * len(kernel), "taps", prefix)
    if x is None and any(depends_on_size(known, axis) for axis in range(known.rank)):
        return known._replace(counts="taps" if kind != "average" or _counts_padding(layer) else "real")
    sides = [_sides(known, axis, x.spatial[axis] if x else 1) for axis in range(known.rank)]
    settled = known._replace(
        pads=tuple((low, high) for low, high, _ in sides), overhang=tuple(over for *_, over in sides)
    )
    return settled._replace(counts=_counts(settled)) if kind == "average" else settled


def depends_on_size(layer: Sliding, axis: int) -> bool:
    """Whether the padding along an axis differs from one input size to another: 'same' of strides above 1."""
    pads = layer.layer.padding[axis]
    named = isinstance(pads, NamedPads) and pads.name in {"same", "same_lower"}
    return named and layer.kind != "transposed" and layer.stride[axis] > 1 and layer.kernel[axis] > 1


def zeros_around(crops: Sides, stride: tuple[int, ...], most: tuple[int, ...]) -> tuple[Sides, Sides]:
    """(zeros to put around the input, crops then): where a transposed convolution's output must be extended.

    Every zero before the input adds a stride's length of output; `most` can be added at the end without.

    >>> zeros_around(((-1, 0),), (2,), (1,)), zeros_around(((0, -3),), (2,), (1,))
    ((((1, 0),), ((1, 0),)), (((0, 1),), ((0, -1),)))
    """
    zeros = tuple(
        (ceil_div(max(-low, 0), s), ceil_div(max(-high - m, 0), s))
        for (low, high), s, m in zip(crops, stride, most, strict=True)
    )
    left = tuple(
        (low + s * before, high + s * after)
        for (low, high), s, (before, after) in zip(crops, stride, zeros, strict=True)
    )
    return zeros, left


def _sides(known: Sliding, axis: int, size: int) -> tuple[int, int, int]:
    """The stated low and high padding and the overhang."""
    layer = known.layer
    window = layer.window(axis, size)
    if known.kind == "transposed":
        return known.extent[axis] - 1 - window.low, known.extent[axis] - 1 - window.high, 0
    k, s, d = known.kernel[axis], known.stride[axis], known.dilation[axis]
    low, high = layer.padding[axis].pads(size, k, s, d)
    return low, high, window.high - high


def _counts(average: Sliding) -> str:
    bare = not any(map(any, average.pads or ()))
    if not any(average.overhang):
        return "taps" if bare or _counts_padding(average.layer) else "real"
    if average.layer.divisor_override is not None:
        return "taps"
    return "clipped" if _counts_padding(average.layer) and not bare else "real"


def _counts_padding(layer: AvgPool) -> bool:
    if layer.divisor_override is not None:
        return True
    return layer.counts_padding
