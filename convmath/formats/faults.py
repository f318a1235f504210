"""What is wrong with one file, and what it had better call otherwise: gathered, and told together."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from ..core.errors import NameHint, SpecError, UnknownNameError, unknown_name
from ..render.table import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .tree import Place

MOST_FAULTS = 100
"""No more faults than these are told; a file with more is no specification."""

MOST_PLACES = 4
"""Further places of one fault that are told."""

LONGEST_SOUGHT = 40
"""Characters of a name for which near names are sought: the search takes the square of them."""

MOST_SOUGHT = 300
"""Names among which near ones are sought."""

LONGEST_LIST = 80
"""Characters of all names of a kind that are listed where none is near."""


class Faults:
    """What is wrong with a file so far: the first fault at each place, told in the order of the file."""

    def __init__(self, label: str) -> None:
        self.label = printable(label)
        self._found: dict[Place, str] = {}
        self._first: dict[str, Place] = {}
        self._also: dict[Place, set[Place]] = {}
        self._hints: set[tuple[Place, str]] = set()

    def add(self, place: Place, message: str) -> None:
        """Notes a fault, unless there is one at this place already; SpecError once there are too many."""
        self._found.setdefault(place, message)
        if len(self._found) > MOST_FAULTS:
            raise self.error()

    def add_name(self, place: Place, message: str) -> None:
        """Notes a name without a value, once for all its places: its definition may be what is wrong."""
        if (first := self._first.setdefault(message, place)) == place:
            self.add(place, message)
        else:
            self._also.setdefault(first, set()).add(place)

    def add_unknown(self, place: Place, kind: str, name: str, known: Iterable[str]) -> None:
        """Notes that nothing of this kind has the name."""
        names = list(known)
        said = str(unknown(kind, name, names))
        listed = ", ".join(names) if sum(map(len, names[:LONGEST_LIST])) <= LONGEST_LIST else ""
        self.add(place, said if "did you mean" in said or not listed else f"{said} (known: {listed})")

    def add_hint(self, place: Place, message: str) -> None:
        """Notes what was understood, though it is called otherwise here."""
        self._hints.add((place, message))

    def origin(self, place: Place) -> str:
        """The place as messages write it: path:line:column."""
        return f"{self.label}:{place.line}:{place.column}"

    def check(self) -> None:
        """SpecError if anything is wrong."""
        if self._found:
            raise self.error()

    def warn(self, stacklevel: int) -> None:
        """Every hint as a warning, once for each place; as a fault where warnings are errors."""
        for place, message in sorted(self._hints):
            try:
                warnings.warn(f"{self.origin(place)}: {message}", NameHint, stacklevel + 1)
            except NameHint:
                self.add(place, message)

    def _elsewhere(self, place: Place) -> str:
        places = sorted(self._also.get(place, ()))
        more = f" and at {len(places) - MOST_PLACES} more places" if len(places) > MOST_PLACES else ""
        listed = ", ".join(f"{also.line}:{also.column}" for also in places[:MOST_PLACES])
        return f" (also at {listed}{more})" if places else ""

    def error(self) -> SpecError:
        """Everything noted, as one error."""
        found = [
            f"{self.origin(place)}: {printable(message)}{self._elsewhere(place)}"
            for place, message in sorted(self._found.items())
        ]
        if len(found) > MOST_FAULTS:
            last = sorted(self._found)[MOST_FAULTS]
            found[MOST_FAULTS:] = [
                f"{self.origin(last)}: the reading ends after {MOST_FAULTS} faults (mend those above first)"
            ]
        return SpecError(tuple(found))


def unknown(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """The error for a name nobody knows, its near names sought among a bounded number of bounded ones.

    >>> unknown("block", "botleneck", ["basic", "bottleneck"])
    UnknownNameError("no block is called 'botleneck'; did you mean bottleneck?")
    """
    short = [candidate for candidate in known if len(candidate) <= LONGEST_SOUGHT]
    return unknown_name(kind, name, short[:MOST_SOUGHT] if len(name) <= LONGEST_SOUGHT else [])
