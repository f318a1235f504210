"""Scope: the numbers that have names at one place of a specification, and what expressions over them are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..core.errors import ParseError, UnknownNameError, show
from ..core.shape import as_size
from ..core.size import LARGEST, Size
from ..layers.parse import parse_value
from .scalars import DIGITS, typed
from .tree import Listing, Scalar, describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import Faults
    from .tree import Node, Place

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\.?[0-9]")
LITERAL = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")


UNKNOWN: Any = object()
"""What a faulty expression is worth: whatever depends on it is left alone, so that one fault is told once."""


class Scope:
    """Names and their values, and whom to tell what is wrong; `where` says in which block it went wrong."""

    def __init__(
        self, names: Mapping[str, Size], faults: Faults, unready: Mapping[str, str] | None = None, where: str = ""
    ) -> None:
        self.names = dict(names)
        self.faults = faults
        self.unready = dict(unready or {})
        """Names that have no value here, each with the reason."""
        self.where = where

    def report(self, place: Place, message: str) -> None:
        """Notes a fault, and in which block."""
        self.faults.add(place, message + self.where)

    def report_inside(self, scalar: Scalar, error: ParseError | UnknownNameError) -> None:
        """Notes what is wrong with a text (read without the spaces around it), at the column at which it is wrong."""
        text = scalar.text
        column = error.column + len(text) - len(text.lstrip())
        name = WORD.match(text, column - 1)
        message = str(error)
        if isinstance(error, UnknownNameError) and name is not None:
            message = self.unready.get(name[0], message)
        self.report(scalar.at(column), message)

    def integer(self, node: Node, what: str, least: int = -LARGEST) -> Size:
        """The integer that a node states, from `least`; UNKNOWN, with the fault noted, if it states none."""
        value: Any = None
        if isinstance(node, Scalar):
            value = self._typed(node)
            if isinstance(value, str) and not _is_quoted_number(node):
                value = self._computed(node)
        if value is UNKNOWN:
            return UNKNOWN
        size = as_size(value, least)
        if size is None:
            low = f"-10^{DIGITS}" if least == -LARGEST else least
            said = describe(node) if value is None or isinstance(value, str) else f"{show(value)}"
            self.report(node.place, f"{what} must be an integer from {low} to 10^{DIGITS}, not {said}")
            return UNKNOWN
        return size

    def value(self, node: Node) -> Any:
        """The number, word or tuple that a node states; UNKNOWN, with the fault noted, if it states none.

        A text is an expression if it speaks of a number or of a known name, otherwise a word.
        """
        if isinstance(node, Listing):
            values = tuple([self.value(item) for item in node.items])
            return UNKNOWN if any(value is UNKNOWN for value in values) else values
        if not isinstance(node, Scalar):
            self.report(node.place, "a value must be a number, a word or a list, not a mapping")
            return UNKNOWN
        value = self._typed(node)
        if not isinstance(value, str) or _is_quoted_number(node):
            return value
        speaks = NUMBER.search(value) or any(word in self.names or word in self.unready for word in WORD.findall(value))
        return self._computed(node) if speaks else value

    def concerns_unknown(self, text: str) -> bool:
        """Whether a text speaks of a name whose value is at fault already."""
        return any(self.names.get(word) is UNKNOWN for word in WORD.findall(text))

    def _typed(self, scalar: Scalar) -> Any:
        try:
            return typed(scalar.text) if scalar.plain else scalar.text
        except ParseError as error:
            self.report(scalar.place, str(error))
            return UNKNOWN

    def _computed(self, scalar: Scalar) -> Any:
        if self.concerns_unknown(scalar.text):
            return UNKNOWN
        try:
            return parse_value(scalar.text, self.names)
        except (ParseError, UnknownNameError) as error:
            self.report_inside(scalar, error)
        return UNKNOWN


def _is_quoted_number(scalar: Scalar) -> bool:
    return not scalar.plain and LITERAL.fullmatch(scalar.text.strip()) is not None
