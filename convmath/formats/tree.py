"""What a specification is made of before it means anything: scalars, lists and mappings, each with its place.

A plain scalar is what the YAML 1.2 core schema says, without the traps of 1.1 and without its wide gates: `3:30`,
`on` and `yes` are words, `1e3` is a number, `012` is refused because 1.1 reads 10 and 1.2 reads 12.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from ..core.errors import ParseError, show
from ..core.size import LARGEST

CONSTANTS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "None": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
"""The core schema's constants, and the one spelling that Python adds to them."""

INTEGER = re.compile(r"[-+]?[0-9]+")
BASED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
ENDLESS = re.compile(r"[-+]?\.?(inf|infinity|nan)", re.IGNORECASE)

DIGITS = len(str(LARGEST)) - 1


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


def typed(text: str) -> int | float | bool | str | None:
    """The value of a plain scalar; ParseError for numbers too large, or that two readers would read differently.

    >>> [typed(text) for text in ("12", "1e3", "0x10", "true", "no", "3:30", "~")]
    [12, 1000.0, 16, True, 'no', '3:30', None]
    """
    if text in CONSTANTS:
        return CONSTANTS[text]
    if text[0].isalpha() and text[0] not in "iInN":
        return text
    if INTEGER.fullmatch(text):
        digits = text.lstrip("+-")
        if digits[0] == "0" and len(digits) > 1:
            mend = text[: len(text) - len(digits)] + (digits.lstrip("0") or "0")
            raise ParseError(f"{show(text)} begins with 0, which some read as octal (write {mend})")
        return _bounded(text, digits, 10)
    if BASED.fullmatch(text):
        return _bounded(text[2:], text[2:], 16 if text[1] == "x" else 8)
    if FLOAT.fullmatch(text):
        value = float(text)
        if abs(value) > 1e300:
            raise ParseError(f"{show(text)} is too large (at most 1e300)")
        return value
    if ENDLESS.fullmatch(text):
        raise ParseError(f"{show(text)} is no number to compute with (write a finite one)")
    return text


def is_word(text: str) -> bool:
    """Whether a plain scalar is a text, not a number, a truth value or nothing.

    >>> is_word("conv1"), is_word("1"), is_word("null")
    (True, False, False)
    """
    try:
        return isinstance(typed(text), str)
    except ParseError:
        return False


def _bounded(text: str, digits: str, base: int) -> int:
    value = int(text, base) if len(digits) <= DIGITS + 1 else LARGEST + 1
    if abs(value) > LARGEST:
        raise ParseError(f"an integer of {len(digits)} digits is too large (at most 10^{DIGITS})")
    return value
