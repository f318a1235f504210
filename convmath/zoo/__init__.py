"""Floor 4: published architectures, one file a family, each with its source; loaded when asked for.

>>> from convmath import zoo
>>> zoo.resnet50().analyze().totals.params
25557032
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..core.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..network.network import Network

FILES = {
    "resnet": ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d"),
}
"""The networks that each file of this folder holds."""

FILE_OF = {name: file for file, names in FILES.items() for name in names}
"""The file that holds each network."""


def builder(name: str) -> Callable[..., Network]:
    """The function that builds the network of this name; UnknownNameError with the nearest names if there is none.

    >>> builder("resnet18")().analyze((1, 3, 224, 224)).totals.macs
    1814073344
    """
    if name not in FILE_OF:
        raise unknown_name("network", name, list(FILE_OF))
    return getattr(import_module(f"{__name__}.{FILE_OF[name]}"), name)  # type: ignore[no-any-return]


def __getattr__(name: str) -> Any:
    if name in FILE_OF:
        return builder(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *FILE_OF])
