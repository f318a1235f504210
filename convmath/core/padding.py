"""Every spelling of padding, settled once into one rule for each axis."""

from __future__ import annotations

from typing import NamedTuple

from .shape import as_size
from .size import LARGEST, Size, ceil_div, larger


class Pads(NamedTuple):
    """So many positions before and after; negative numbers crop."""

    low: Size
    high: Size

    def pads(self, size: Size, kernel: Size, stride: Size, dilation: Size) -> tuple[Size, Size]:
        """Themselves, whatever the layer."""
        return self


class NamedPads(NamedTuple):
    """Padding known by name, worked out from the kernel and, for 'same', from the input size."""

    name: str

    def pads(self, size: Size, kernel: Size, stride: Size, dilation: Size) -> tuple[Size, Size]:
        """(low, high) for an input of `size`.

        >>> NamedPads("same").pads(224, 7, 2, 1)  # TensorFlow's SAME pads the end more
        (2, 3)
        """
        return RULES[self.name](size, kernel, stride, dilation)


AxisPads = Pads | NamedPads

NONE = Pads(0, 0)


def _same(size: Size, kernel: Size, stride: Size, dilation: Size) -> tuple[Size, Size]:
    reach = (ceil_div(size, stride) - 1) * stride + dilation * (kernel - 1) + 1
    total = larger(reach - size, 0)
    return total // 2, total - total // 2


def _same_lower(size: Size, kernel: Size, stride: Size, dilation: Size) -> tuple[Size, Size]:
    high, low = _same(size, kernel, stride, dilation)
    return low, high


def _causal(size: Size, kernel: Size, stride: Size, dilation: Size) -> tuple[Size, Size]:
    return dilation * (kernel - 1), 0


def _full(size: Size, kernel: Size, stride: Size, dilation: Size) -> tuple[Size, Size]:
    return dilation * (kernel - 1), dilation * (kernel - 1)


def _valid(size: Size, kernel: Size, stride: Size, dilation: Size) -> tuple[Size, Size]:
    return 0, 0


RULES = {"valid": _valid, "same": _same, "same_lower": _same_lower, "causal": _causal, "full": _full}
"""'valid' pads nothing; 'same' gives ⌈i/s⌉ outputs with the odd pad at the end, 'same_lower' at the beginning;
'causal' reads only what came before; 'full' reads every position with every tap (Dumoulin and Visin, 4)."""

ALIASES = {"same_upper": "same", "half": "same"}


def settle_padding(value: object, rank: int) -> tuple[AxisPads, ...] | None:
    """One rule for each axis, or None if `value` spells no padding.

    An int pads every side; a name is 'valid', 'same', 'same_lower', 'causal' or 'full'; a tuple gives each
    axis its own: an int, a (low, high) pair or a name.

    >>> settle_padding(1, 2)
    (Pads(low=1, high=1), Pads(low=1, high=1))
    >>> settle_padding(((1, 2), "same"), 2)
    (Pads(low=1, high=2), NamedPads(name='same'))
    """
    if isinstance(value, tuple | list) and not isinstance(value, AxisPads):
        if len(value) != rank:
            return None
        axes = tuple(_settle_axis(axis) for axis in value)
        return None if None in axes else axes  # type: ignore[return-value]
    axis = _settle_axis(value)
    return None if axis is None else (axis,) * rank


def spell_padding(axes: tuple[AxisPads, ...]) -> str:
    """The shortest spelling that settles to `axes`.

    >>> spell_padding((Pads(1, 1), Pads(1, 1))), spell_padding((Pads(0, 1), NamedPads("same")))
    ('1', "((0, 1), 'same')")
    """
    words = [_spell_axis(axis) for axis in axes]
    if len(set(words)) == 1 and not words[0].startswith("("):
        return words[0]
    return f"({words[0]},)" if len(words) == 1 else f"({', '.join(words)})"


def _settle_axis(value: object) -> AxisPads | None:
    if isinstance(value, str):
        name = value.lower()
        name = ALIASES.get(name, name)
        return NamedPads(name) if name in RULES else None
    if isinstance(value, Pads | NamedPads):
        return value
    if isinstance(value, tuple | list):
        sides = tuple(as_size(side, -LARGEST) for side in value)
        return None if len(sides) != 2 or any(side is None for side in sides) else Pads(*sides)
    pad = as_size(value, -LARGEST)
    return None if pad is None else Pads(pad, pad)


def _spell_axis(axis: AxisPads) -> str:
    if isinstance(axis, NamedPads):
        return repr(axis.name)
    low, high = str(axis.low), str(axis.high)
    return low if low == high else f"({low}, {high})"
