"""Other frameworks that run the same layers with the same numbers: PyTorch, onnxruntime; imported when asked for.

A peer is a module with `start()`, which gives its name with its version, and `run(calls, values, wanted)`.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ...bridge.unequal import NoEqualError
from ...core.errors import ConvmathError, ParameterError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ...core.shape import Shape
    from ...layers.base import Layer
    from ...numeric.arrays import Array, Weights

PEERS = {"torch": "torch_peer", "onnxruntime": "onnxruntime_peer"}
"""The file of each peer, by the name that --against takes."""

NEEDS = {"torch": ("torch",), "onnxruntime": ("onnx", "onnxruntime")}
"""The packages that each peer imports."""


class RefusedError(ConvmathError):
    """A peer should do the same and does not run it; its text is what the peer says."""


class Refusal(NamedTuple):
    """Words by which a peer refuses layers of some families, and why it has no equal of them."""

    families: tuple[str, ...]
    words: str
    reason: str


def refused(said: str, layers: Iterable[Layer], listed: Iterable[Refusal]) -> NoEqualError | RefusedError:
    """NoEqualError with its reason where a refusal is one that is listed; any other is the comparison's own fault.

    >>> from convmath.layers.pool import MaxPool2d
    >>> limits = [Refusal(("MaxPool",), "too large", "pools no further")]
    >>> refused("the kernel is too large", [MaxPool2d(2)], limits)
    NoEqualError('pools no further')
    >>> refused("size mismatch", [MaxPool2d(2)], limits)
    RefusedError('size mismatch')
    """
    families = {cls.__name__ for layer in layers for cls in type(layer).__mro__}
    for refusal in listed:
        if re.search(refusal.words, said) and not families.isdisjoint(refusal.families):
            return NoEqualError(refusal.reason)
    return RefusedError(said)


class Call(NamedTuple):
    """A layer in a straight line of them: the values it reads and writes, by name, and the arrays it runs with."""

    layer: Layer
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    stored: Callable[[], Weights]


class Peer(Protocol):
    """What runs layers elsewhere."""

    def start(self) -> str:
        """The peer's name and version, as a reader knows it."""

    def run(self, calls: Sequence[Call], values: Mapping[str, Array], wanted: tuple[str, ...]) -> list[Array]:
        """Runs the calls in order on the values by name; gives those wanted. Raises NoEqualError, RefusedError."""


def peer(name: str) -> Peer:
    """The peer of this name; ParameterError names the package to install where it is missing.

    >>> peer("tensorflow")
    Traceback (most recent call last):
    convmath.core.errors.UnknownNameError: no peer is called 'tensorflow' (there are torch and onnxruntime)
    """
    if name not in PEERS:
        error = unknown_name("peer", name, list(PEERS))
        raise type(error)(f"{error} (there are {' and '.join(PEERS)})")
    missing = [package for package in NEEDS[name] if not _is_there(package)]
    if missing:
        raise ParameterError(
            f"--against {name} needs the package{'s' if len(missing) > 1 else ''} {' and '.join(missing)}"
            f" (install with: pip install {' '.join(missing)})"
        )
    return import_module(f"{__name__}.{PEERS[name]}")


def _is_there(package: str) -> bool:
    try:
        import_module(package)
    except ImportError:
        return False
    return True
