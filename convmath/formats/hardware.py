"""A hardware profile from a YAML or JSON file: FLOP/s by dtype, and the bytes a second of the memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..core.errors import ParseError, UnknownNameError
from ..resources.hardware import ANY, Profile, dtype_of, rate
from .events import read_tree
from .faults import Faults
from .item import check_keys
from .source import clean, decode, read_bytes
from .tree import Mapping, Scalar, describe

if TYPE_CHECKING:
    from .tree import Node

KEYS = ("name", "peak", "bandwidth", "source")


def load_profile(path: str | os.PathLike[str]) -> Profile:
    """The machine that a file describes.

    `peak` is FLOP/s, a number for every dtype or a mapping of dtypes to numbers; `bandwidth` is bytes a second; both
    may have a prefix, as 312T. `name` and `source` are texts. Raises SpecError with every fault of the file as
    `path:line:column: message`, FileError where there is no file to read.
    """
    faults = Faults(os.fsdecode(path))
    return _read(decode(read_bytes(path), faults), faults, os.path.basename(os.fsdecode(path)))


def loads_profile(text: str, name: str = "<text>") -> Profile:
    """The machine that a text describes; `name` stands for the path in errors.

    >>> found = loads_profile("{name: board, peak: {float32: 2T, int8: 8e12}, bandwidth: 25.6G}")
    >>> found.peak("int8"), found.bandwidth
    (8000000000000, 25600000000)
    """
    return _read(text, Faults(name), name)


def _read(text: str, faults: Faults, title: str) -> Profile:
    root = read_tree(clean(text, faults), faults)
    if not isinstance(root, Mapping):
        faults.add(root.place, f"a hardware profile must be a mapping with peak and bandwidth, not {describe(root)}")
        raise faults.error()
    check_keys(root, KEYS, "key of a hardware profile", faults)
    for key, example in (("peak", "peak: 19.5T, in FLOP/s"), ("bandwidth", "bandwidth: 900G, in bytes a second")):
        if root.get(key) is None:
            faults.add(root.place, f"{key} is missing ({example})")
    peaks, bandwidth = _peaks(root.get("peak"), faults), _rate(root.get("bandwidth"), "bandwidth", faults)
    name, source = _text(root.get("name"), "name", faults), _text(root.get("source"), "source", faults)
    faults.check()
    return Profile(name or title, peaks, bandwidth, source or f"stated in {title}")


def _peaks(node: Node | None, faults: Faults) -> dict[str, int]:
    if not isinstance(node, Mapping):
        return {ANY: _rate(node, "peak", faults)}
    found = {}
    for key, value in node.pairs:
        try:
            found[dtype_of(key.text)] = _rate(value, f"peak of {key.text}", faults)
        except UnknownNameError as error:
            faults.add(key.place, str(error))
    if not node.pairs:
        faults.add(node.place, "peak states no dtype (such as {float32: 19.5T})")
    return found


def _rate(node: Node | None, who: str, faults: Faults) -> int:
    """So many a second; 0 where that is a fault, which is noted."""
    if node is None:
        return 0
    if not isinstance(node, Scalar):
        faults.add(node.place, f"{who}: {describe(node)} is no number a second (write 312e12, or 312T)")
        return 0
    try:
        return rate(node.text, who)
    except ParseError as error:
        faults.add(node.place, str(error))
        return 0


def _text(node: Node | None, who: str, faults: Faults) -> str:
    if node is None or isinstance(node, Scalar):
        return "" if node is None else node.text
    faults.add(node.place, f"{who} is a text, not {describe(node)}")
    return ""
