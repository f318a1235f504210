"""Words short enough for a diagram: layers, shapes, amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.bound import AtLeast
from ..core.shape import Shape
from ..core.size import Symbolic

if TYPE_CHECKING:
    from ..layers.base import Layer

SAID = (
    ("name", "{}", ()),
    ("kernel_size", "{}", ()), ("stride", "stride {}", 1), ("dilation", "dilated {}", 1), ("groups", "groups {}", 1),
    ("scale_factor", "×{}", None), ("upscale_factor", "×{}", None), ("downscale_factor", "/{}", None),
)  # fmt: skip
"""What is said of a layer's fields, unless it is the one value that goes without saying."""

LONGEST = 40
"""Characters of a formula that a diagram has room for."""

LETTERS = ("", " k", " M", " G", " T", " P", " E")


def called(layer: Layer) -> str:
    """A layer's type and what tells it from others of its type; its channels stand in the shapes.

    >>> from convmath.layers.conv import Conv2d
    >>> called(Conv2d(64, 64, (1, 7), stride=2, padding=3, groups=32))
    'Conv2d 1×7 stride 2 groups 32'
    """
    words = [layer.op]
    for name, form, silent in SAID:
        value = vars(layer).get(name) if name in layer.fields else None
        if value is not None and _same(value) != silent:
            words.append(form.format(_joined(value, always=name == "kernel_size")))
    return " ".join(words)


def sized(shape: Shape, batched: bool = True) -> str:
    """A shape as papers write it, with or without its batch.

    >>> sized(Shape((1, 64, 56, 56))), sized(Shape((1, 64, 56, 56)), batched=False)
    ('1×64×56×56', '64×56×56')
    """
    sizes = shape if batched else shape[1:]
    if any(isinstance(size, Symbolic) for size in sizes):
        return str(Shape(sizes))
    return "×".join(map(str, sizes))


def counted(value: Any, what: str) -> str:
    """How many there are of something; a formula only if it is short.

    >>> counted(25557032, "parameters"), counted("H" * 99, "MACs")
    ('25.6 M parameters', 'MACs by a formula')
    >>> counted(AtLeast(25557032), "parameters")
    'at least 25.6 M parameters'
    """
    text = value.said(_number) if isinstance(value, AtLeast) else _number(value)
    return f"{text} {what}" if len(text) <= LONGEST else f"{what} by a formula"


def _number(value: Any) -> str:
    return amount(value) if type(value) is int else str(value)


def amount(value: int) -> str:
    """A number in three digits.

    >>> amount(4089184256), amount(25557032), amount(999), amount(1000), amount(999999)
    ('4.09 G', '25.6 M', '999', '1 k', '1 M')
    """
    rounded = float(f"{value:.3g}")
    power = min(max(len(f"{rounded:.0f}") - 1, 0) // 3, len(LETTERS) - 1)
    return f"{rounded / 1000**power:.3g}{LETTERS[power]}"


def share(value: int, total: int) -> str:
    """How much of a total a number is, in percent.

    >>> share(1, 8), share(1, 100_000), share(3, 3)
    ('12.5 %', '< 0.1 %', '100 %')
    """
    percent = 100 * value / total
    return f"{percent:.3g} %" if percent >= 0.1 else "< 0.1 %"


def _same(value: Any) -> Any:
    """The one value that all axes share; the values, where they do not."""
    return value[0] if isinstance(value, tuple) and len(set(map(str, value))) == 1 else value


def _joined(value: Any, always: bool) -> str:
    one = value if always else _same(value)
    return "×".join(map(str, one)) if isinstance(one, tuple) else str(one)
