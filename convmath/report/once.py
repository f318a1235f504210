"""Working something out once for equal layers on equal shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def once(known: dict[object, T], key: object, make: Callable[[], T]) -> T:
    """What is known by a key, or else made and kept; always made where the key holds arrays, which do not hash.

    >>> known = {}
    >>> once(known, "a", lambda: 1), once(known, "a", lambda: 2), once(known, ["a"], lambda: 3)
    (1, 1, 3)
    """
    try:
        found = known.get(key)
    except TypeError:
        return make()
    if found is None:
        found = known[key] = make()
    return found
