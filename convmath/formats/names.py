"""What a name in a specification stands for: a parameter's value, a value given for it, or a symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Mapping as Table

    from ..core.size import Size

RULE = "state it under params; only a letter, maybe with an index such as k2 or C_in, is a symbol by itself"


class Free:
    """The names that need no declaration: a letter, maybe with an index, is a value that was given, or a symbol.

    Longer names are none unless they are `declared`, so that a parameter that is misspelt is found. `used` gathers
    those that a file speaks of.

    >>> free = Free({"k": 3})
    >>> free["k"], free["w"], "width" in free, sorted(free.used)
    (3, Polynomial('w'), False, ['k', 'w'])
    """

    def __init__(self, given: Table[str, Size], declared: Collection[str] = ()) -> None:
        self.given = given
        self.declared = declared
        self.used: set[str] = set()

    def __contains__(self, name: str) -> bool:
        if name in self.declared:
            return True
        if not may_be_symbol(name):  # words are by far the most; for them the engine is not loaded
            return False
        from ..symbolic.implicit import SHORT

        return SHORT.fullmatch(name) is not None

    def __getitem__(self, name: str) -> Size:
        self.used.add(name)
        if name in self.given:
            return self.given[name]
        from ..symbolic.polynomial import symbols

        symbol: Size = symbols(name)
        return symbol


SECOND = ("", "_", *"0123456789")
"""What may follow the letter of a symbol."""


def may_be_symbol(name: str) -> bool:
    """Whether a name begins as symbols do.

    >>> may_be_symbol("k2"), may_be_symbol("width")
    (True, False)
    """
    return name[1:2] in SECOND


class Names(dict[str, Any]):
    """The values that have names at one place; what has none there is looked for among the free ones.

    `unready` holds names that are no symbols although they have no value, each with the reason.
    """

    def __init__(self, values: Table[str, Any], unready: Table[str, str], free: Free) -> None:
        super().__init__(values)
        self.unready = dict(unready)
        self.free = free

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (type(name) is str and name not in self.unready and name in self.free)

    def __missing__(self, name: str) -> Size:
        if name not in self:
            raise KeyError(name)
        return self.free[name]
