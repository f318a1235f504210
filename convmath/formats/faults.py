"""The faults of one file, gathered and told together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import SpecError, UnknownNameError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .tree import Place

MOST = 100
"""No more faults than these are told; a file with more is no specification."""

LONGEST_HINT = 40
"""Characters of a name for which near names are sought: the search takes the square of them."""

MOST_HINTS = 300
"""Names among which near ones are sought."""


class Faults:
    """What is wrong with a file so far: the first fault at each place, told in the order of the file."""

    def __init__(self, label: str) -> None:
        self.label = printable(label)
        self._found: dict[Place, str] = {}

    def add(self, place: Place, message: str) -> None:
        """Notes a fault, unless there is one at this place already; SpecError once there are too many."""
        self._found.setdefault(place, message)
        if len(self._found) > MOST:
            raise self.error()

    def add_unknown(self, place: Place, kind: str, name: str, known: Iterable[str]) -> None:
        """Notes that nothing of this kind has the name."""
        self.add(place, str(unknown(kind, name, known)))

    def origin(self, place: Place) -> str:
        """The place as messages write it: path:line:column."""
        return f"{self.label}:{place.line}:{place.column}"

    def check(self) -> None:
        """SpecError if anything is wrong."""
        if self._found:
            raise self.error()

    def error(self) -> SpecError:
        """Everything noted, as one error."""
        found = [f"{self.origin(place)}: {printable(message)}" for place, message in sorted(self._found.items())]
        if len(found) > MOST:
            last = sorted(self._found)[MOST]
            found[MOST:] = [f"{self.origin(last)}: the reading ends after {MOST} faults (mend those above first)"]
        return SpecError(tuple(found))


def printable(text: str) -> str:
    """The text on one line, whatever it holds.

    >>> printable("a" + chr(10) + "b")
    'a\\\\nb'
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def unknown(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """The error for a name nobody knows, its near names sought among a bounded number of bounded ones.

    >>> unknown("block", "botleneck", ["basic", "bottleneck"])
    UnknownNameError("no block is called 'botleneck'; did you mean bottleneck?")
    """
    short = [candidate for candidate in known if len(candidate) <= LONGEST_HINT]
    return unknown_name(kind, name, short[:MOST_HINTS] if len(name) <= LONGEST_HINT else [])
