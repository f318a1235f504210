"""How each framework writes a layer: one file for each, one function for each kind of layer.

A function takes the settled layer and returns rows: layers that follow one another, or expressions in x, which is
what the row above gave; the weights are variables named as PyTorch names them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ...layers.field import spell_tuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..sliding import Sides

FILES = {"pytorch": "pytorch", "tensorflow": "keras", "onnx": "onnx", "jax": "jax"}
"""The file that holds each framework's spelling."""


def spelling(framework: str) -> dict[str, Callable[..., list[str]]]:
    """How a framework writes each kind of layer.

    >>> spelling("pytorch")["shuffle"](2, 2)
    ['nn.PixelShuffle(2)']
    """
    return import_module(f"{__name__}.{FILES[framework]}").WRITE  # type: ignore[no-any-return]


def call(name: str, *args: object, **options: object) -> str:
    """A call as one writes it, without the options that are None.

    >>> call("Conv2D", 8, 3, strides=None, padding='"valid"')
    'Conv2D(8, 3, padding="valid")'
    """
    words = [str(arg) for arg in args if arg is not None]
    words += [f"{name}={value}" for name, value in options.items() if value is not None]
    return f"{name}({', '.join(words)})"


def unless(default: int, values: tuple[int, ...]) -> str | None:
    """One number for all axes or one for each, or None where all are the default.

    >>> unless(1, (1, 1)), unless(1, (2, 2)), unless(1, (1, 2))
    (None, '2', '(1, 2)')
    """
    return None if set(values) == {default} else spell_tuple(values)


def any_side(sides: Sides) -> bool:
    """Whether there is any padding at all.

    >>> any_side(((0, 0), (0, 1)))
    True
    """
    return any(map(any, sides))


def times(scale: tuple[int, int]) -> str | None:
    """A fraction as it is written, or None where it is 1.

    >>> times((9, 9)), times((9, 4))
    (None, '9 / 4')
    """
    return None if scale[0] == scale[1] else f"{scale[0]} / {scale[1]}"
