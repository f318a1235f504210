"""What a specification is made of before it means anything: scalars, lists and mappings, each with its place."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from ..core.errors import show


class Place(NamedTuple):
    """A place in a text; both numbers count from 1."""

    line: int
    column: int


class Scalar(NamedTuple):
    """A word, number or text; `plain` if it stands without quotes."""

    text: str
    plain: bool
    place: Place
    inner: int = 0
    """The column at which the text begins; 0 where it is not written in one line just as it reads."""

    def at(self, column: int) -> Place:
        """The place of a character of the text, as near as it is known.

        >>> Scalar("Conv2d(x)", False, Place(3, 7), inner=8).at(8)
        Place(line=3, column=15)
        """
        return Place(self.place.line, self.inner + column - 1) if self.inner and column > 0 else self.place


class Listing(NamedTuple):
    """A list."""

    items: tuple[Node, ...]
    place: Place


class Mapping(NamedTuple):
    """Keys and values, in the order of the file; no key occurs twice."""

    pairs: tuple[tuple[Scalar, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        """The value of a key, or None.

        >>> Mapping(((Scalar("s", True, Place(1, 2)), Scalar("2", True, Place(1, 5))),), Place(1, 1)).get("s").text
        '2'
        """
        return next((value for found, value in self.pairs if found.text == key), None)


Node: TypeAlias = Scalar | Listing | Mapping


def describe(node: Node) -> str:
    """A node as an error message calls it.

    >>> describe(Scalar("1e3", True, Place(1, 1))), describe(Listing((), Place(1, 1)))
    ("'1e3'", 'a list')
    """
    if isinstance(node, Scalar):
        return show(node.text) if node.text or not node.plain else "nothing"
    return "a list" if isinstance(node, Listing) else "a mapping"


def is_nothing(node: Node) -> bool:
    """Whether a node is YAML's null.

    >>> is_nothing(Scalar("~", True, Place(1, 1)))
    True
    """
    return isinstance(node, Scalar) and node.plain and node.text in ("", "~", "null", "Null", "NULL")
