"""What a framework's own names of padding ('same', 'valid') would make of a layer: the same values, or not quite."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ..core.padding import NamedPads
from ..core.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.convention import Convention
    from ..core.shape import Shape
    from ..core.size import Size
    from .sliding import Sliding

SAME = (("same", 'padding="same"'), ("valid", 'padding="valid"'))
ONNX_NAMES = (
    ("same", 'auto_pad="SAME_UPPER"'), ("same_lower", 'auto_pad="SAME_LOWER"'), ("valid", 'auto_pad="VALID"'),
)  # fmt: skip
JAX_NAMES = (("same", 'padding="SAME"'), ("same_lower", 'padding="SAME_LOWER"'), ("valid", 'padding="VALID"'))

NAMES: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "pytorch": {"conv": SAME},
    "tensorflow": dict.fromkeys(("conv", "transposed", "max", "average"), SAME),
    "onnx": dict.fromkeys(("conv", "transposed", "max", "average"), ONNX_NAMES),
    "jax": {**dict.fromkeys(("conv", "max", "average"), JAX_NAMES), "transposed": (JAX_NAMES[0], JAX_NAMES[2])},
}
"""The names that a framework takes for a kind of layer, here and there."""

CAUSAL = ("causal", 'padding="causal"')
"""Keras takes it for convolutions over one axis."""

MOST_RESIDUES = 1000
"""A larger stride has too many residues to tell apart."""

SMALL = 4096
"""Up to here what is true of all larger sizes is looked up for the smaller ones too."""


class Outcome(NamedTuple):
    """'agrees'; 'shifted' by so many positions; 'divided' otherwise; 'sizes' that differ by so many; 'refused'.

    A positive shift reads that much later in the input (of a transposed convolution, the stretched one).
    """

    kind: str
    by: int = 0


class Case(NamedTuple):
    """An outcome, and the residues i mod `modulus` of the input sizes that have it."""

    outcome: Outcome
    residues: tuple[int, ...]


class AxisVerdict(NamedTuple):
    """The outcomes along one axis, for one size or, from the size `least` on, for all."""

    size: int | None
    modulus: int
    least: int
    cases: tuple[Case, ...]

    @property
    def holds_everywhere(self) -> bool:
        """Whether the values agree for every input size."""
        return self.size is None and self.least == 1 and [case.outcome.kind for case in self.cases] == ["agrees"]


class Verdict(NamedTuple):
    """What one name would do, along each axis."""

    name: str
    spelled: str
    axes: tuple[AxisVerdict, ...]

    @property
    def holds_everywhere(self) -> bool:
        """Whether the name may stand for the numbers, whatever the input."""
        return all(axis.holds_everywhere for axis in self.axes)


def verdicts(layer: Sliding, target: Convention, x: Shape | None = None) -> tuple[Verdict, ...]:
    """One for each name that the target takes: at the input `x`, or for all sizes where there is none.

    >>> from convmath.core.convention import TENSORFLOW
    >>> from convmath.layers.conv import Conv1d
    >>> from .sliding import sliding
    >>> even, odd = verdicts(sliding(Conv1d(1, 1, 3, stride=2, padding=1)), TENSORFLOW)[0].axes[0].cases
    >>> even.outcome, odd.outcome
    (Outcome(kind='shifted', by=1), Outcome(kind='agrees', by=0))
    """
    if x is None and max(layer.stride) > MOST_RESIDUES:
        return ()
    told = []
    for name, spelled in _names(layer, target):
        for extra, words in _extras(layer, name, target):
            axes = tuple(_axis(layer, target, name, extra, axis, x) for axis in range(layer.rank))
            told.append(Verdict(name, spelled + words, axes))
    return tuple(told)


def _names(layer: Sliding, target: Convention) -> tuple[tuple[str, str], ...]:
    if getattr(layer.layer, "padding_mode", "zeros") != "zeros":
        return ()  # every name pads with zeros
    names = NAMES[target.name].get(layer.kind, ())
    if target.name == "tensorflow" and layer.kind == "conv" and layer.rank == 1:
        return (*names, CAUSAL)
    if target.name == "onnx" and is_unsettled(layer):
        return names[2:]
    return names


def is_unsettled(layer: Sliding) -> bool:
    """Whether ONNX's implementations disagree on SAME_UPPER and SAME_LOWER.

    They do where a transposed convolution or a pooling is smaller than its stride; ONNX Runtime refuses them where a
    convolution is dilated, and forgets the dilation of a pooling.

    >>> from convmath.layers.pool import MaxPool1d
    >>> from .sliding import sliding
    >>> is_unsettled(sliding(MaxPool1d(1, stride=3)))
    True
    """
    small = layer.kind != "conv" and any(map(int.__lt__, layer.extent, layer.stride))
    return small or (layer.kind != "transposed" and max(layer.dilation) > 1)


def _extras(layer: Sliding, name: str, target: Convention) -> tuple[tuple[tuple[int, ...] | None, str], ...]:
    """output_padding as it may go with a name: left out, or as it stands in the layer."""
    given = getattr(layer.layer, "output_padding", None)
    if not given or not any(given) or target.name == "jax" or any(map(int.__ge__, given, layer.stride)):
        return ((None, ""),)
    if target.name == "onnx":
        return ((None, ""),) if name != "valid" else ((None, ""), (given, f", output_padding={list(given)}"))
    word = given[0] if len(set(given)) == 1 else given
    return (None, ""), (given, f", output_padding={word}")


def _axis(
    layer: Sliding, target: Convention, name: str, extra: tuple[int, ...] | None, axis: int, x: Shape | None
) -> AxisVerdict:
    size = None if x is None else x.spatial[axis]
    if _refused(layer, target, name):
        return AxisVerdict(size, 1, 1, (Case(Outcome("refused"), (0,)),))
    yours = partial(_window, layer, target, name, extra, axis)
    judge = partial(_outcome, layer, axis, yours, target)
    if size is not None:
        return AxisVerdict(size, 1, size, (Case(judge(size), (0,)),))
    modulus = 1 if layer.kind == "transposed" else layer.stride[axis]
    # From here on every window of one framework that differs from the other's shows it on real input.
    settled = layer.extent[axis] + max(0, *(-side for side in (layer.pads or ((0, 0),) * layer.rank)[axis])) * 2
    by_residue = {size % modulus: judge(size) for size in range(settled, settled + modulus)}
    least = _least(settled, modulus, by_residue, judge, lambda size: layer.layer.window(axis, size).output_size(size))
    cases: dict[Outcome, list[int]] = {}
    for residue in range(modulus):
        cases.setdefault(by_residue[residue], []).append(residue)
    return AxisVerdict(None, modulus, least, tuple(Case(outcome, tuple(found)) for outcome, found in cases.items()))


def _least(
    settled: int,
    modulus: int,
    by_residue: dict[int, Outcome],
    judge: Callable[[int], Outcome],
    outputs: Callable[[int], int],
) -> int:
    """The size from which on the outcomes repeat; 1 where they do for all sizes that the layer takes."""
    if settled > SMALL:
        return settled
    for size in range(settled - 1, 0, -1):
        if outputs(size) > 0 and judge(size) != by_residue[size % modulus]:
            return size + 1
    return 1


def _refused(layer: Sliding, target: Convention, name: str) -> bool:
    """A name that the target does not take together with this stride and dilation."""
    strided = name == "same" and max(layer.stride) > 1 and not target.same_with_stride
    both = max(layer.stride) > 1 and max(layer.dilation) > 1 and not target.stride_with_dilation
    dilated = target.name == "tensorflow" and layer.kind == "max" and max(layer.dilation) > 1
    return strided or both or dilated


def _window(
    layer: Sliding, target: Convention, name: str, extra: tuple[int, ...] | None, axis: int, size: int
) -> Window:
    """The window that the target slides where padding goes by this name."""
    k, s, d = layer.kernel[axis], layer.stride[axis], layer.dilation[axis]
    if layer.kind != "transposed":
        return Window(k, s, d, *NamedPads(name).pads(size, k, s, d))
    a = 0 if extra is None else extra[axis]
    return Window(k, 1, d, *target.crop(NamedPads(name), size, layer.extent[axis], s, a, extra is not None), s)


def _outcome(layer: Sliding, axis: int, yours_at: Callable[[int], Window], target: Convention, size: int) -> Outcome:
    mine, yours = layer.layer.window(axis, size), yours_at(size)
    outputs, others = mine.output_size(size), yours.output_size(size)
    if outputs != others:
        return Outcome("sizes", others - outputs)
    if layer.kind in {"conv", "transposed"}:
        blank = mine.low != yours.low and mine.touching(size, outputs) == yours.touching(size, outputs) == 0
        return Outcome("agrees") if mine.low == yours.low or blank else Outcome("shifted", mine.low - yours.low)
    # A pooling does not know one tap from another. On large inputs its first and its last window tell everything.
    looked_at = range(outputs) if size < mine.extent and outputs <= SMALL else (0, outputs - 1)
    if any(_real(mine, o, size) != _real(yours, o, size) for o in looked_at):
        return Outcome("shifted", mine.low - yours.low)
    if layer.kind == "average" and not _divide_alike(layer, axis, mine, target, size, looked_at):
        return Outcome("divided")
    return Outcome("agrees")


def _real(window: Window, output: int, size: int) -> range:
    """The real positions that an output reads."""
    reads = window.reads(output)
    first = reads.start if reads.start >= 0 else reads.start % reads.step
    return range(first, min(reads.stop, size), reads.step)


def _divide_alike(
    layer: Sliding, axis: int, window: Window, target: Convention, size: int, outputs: range | tuple[int, ...]
) -> bool:
    """Whether averages over equal windows are divided by equal numbers, as the target's names have it."""
    keras = target.name == "tensorflow"
    if keras and layer.scale[0] != layer.scale[1]:
        return False
    theirs = "real" if keras or layer.counts == "real" else "taps"
    k, s, d = window.kernel, window.stride, window.dilation
    stated = layer.pads[axis] if layer.pads is not None else layer.layer.padding[axis].pads(size, k, s, d)
    return all(
        _divisor(layer.counts, window, output, size, stated) == _divisor(theirs, window, output, size, stated)
        for output in outputs
    )


def _divisor(counts: str, window: Window, output: int, size: int, stated: tuple[int, int]) -> Size:
    """How many positions of a window an average divides by."""
    if counts == "taps":
        return window.kernel
    before, after = (0, 0) if counts == "real" else stated
    first = output * window.stride - window.low
    return min(first + window.kernel, size + after) - max(first, -before)
