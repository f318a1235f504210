"""Scope: the numbers that have names at one place of a specification, and what expressions over them are."""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from ..core.errors import ParseError, UnknownNameError, show
from ..core.shape import as_size
from ..core.size import LARGEST, Size
from ..layers.parse import parse_value
from .tree import DIGITS, Listing, Mapping, Scalar, describe, is_nothing, typed

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from .body import Block
    from .faults import Faults
    from .tree import Node, Place

MOST_PARAMS = 256
"""Parameters of a file or a block."""

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\.?[0-9]")
LITERAL = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")

UNKNOWN: Any = object()
"""What a faulty expression is worth: whatever depends on it is left alone, so that one fault is told once."""


class Scope:
    """Names and their values, and whom to tell what is wrong; `where` says in which block it went wrong."""

    def __init__(
        self, names: Table[str, Size], faults: Faults, unready: Table[str, str] | None = None, where: str = ""
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

    def values_in(self, text: str) -> tuple[Size | None, ...]:
        """What each word of a text is worth, None for one that is no name: all that an expression depends on."""
        return tuple([self.names.get(word) for word in WORD.findall(text)])

    def _typed(self, scalar: Scalar) -> Any:
        try:
            return typed(scalar.text) if scalar.plain else scalar.text
        except ParseError as error:
            self.report(scalar.place, str(error))
            return UNKNOWN

    def _computed(self, scalar: Scalar) -> Any:
        if any(value is UNKNOWN for value in self.values_in(scalar.text)):
            return UNKNOWN
        try:
            return parse_value(scalar.text, self.names)
        except (ParseError, UnknownNameError) as error:
            self.report_inside(scalar, error)
        return UNKNOWN


def read_params(node: Node | None, faults: Faults) -> dict[str, Node]:
    """Parameters by name, each with what it is unless told otherwise, which may be nothing."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        faults.add(
            node.place, f"params must be a mapping of names to integers, not {describe(node)} (write {{c: 64, s: 1}})"
        )
        return {}
    if len(node.pairs) > MOST_PARAMS:
        faults.add(node.place, f"there are {len(node.pairs):,} params (at most {MOST_PARAMS})")
        return {}
    params: dict[str, Node] = {}
    for key, value in node.pairs:
        try:
            params[check_identifier(key.text)] = value
        except ParseError as error:
            faults.add(key.place, str(error))
    return params


def file_scope(params: dict[str, Node], sizes: frozenset[str], given: dict[str, Size], faults: Faults) -> Scope:
    """The file's own names; a parameter sees those before it, and the sizes that have numbers."""
    known = {name: given[name] for name in sizes if name in given}
    mend = "is open here (give it a number, such as"
    unready = {name: f"the size {name} of the input {mend} {name}=224)" for name in sizes - known.keys()}
    unready |= {name: f"the parameter {name} is stated further down (move it up)" for name in params}
    scope = Scope(known, faults, unready)
    for name, node in params.items():
        if name in given:
            value = given[name]
        elif is_nothing(node):
            faults.add(node.place, f"the parameter {name} has no value (write one, or give one such as {name}=64)")
            value = UNKNOWN
        else:
            value = scope.integer(node, name)
        scope.names[name] = value
        del scope.unready[name]
    return scope


def read_arguments(node: Node | None, block: Block, scope: Scope) -> dict[str, Size]:
    """What `with` or `first` gives, computed where the block is used."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        scope.report(node.place, f"values for a block must be a mapping of names to integers, not {describe(node)}")
        return dict.fromkeys(block.params, UNKNOWN)
    given = {}
    for key, value in node.pairs:
        if key.text in block.params:
            given[key.text] = scope.integer(value, key.text)
        else:
            scope.faults.add_unknown(key.place, f"parameter of block {block.name}", key.text, block.params)
    return given


def complete(given: dict[str, Size], block: Block, top: Scope, scope: Scope, place: Place) -> dict[str, Size]:
    """A value for every parameter; defaults see the file's own names and the parameters before them."""
    missing = [name for name, default in block.params.items() if is_nothing(default) and name not in given]
    if missing:
        wanted = ", ".join(f"{name}: …" for name in missing[:5])
        scope.report(place, f"block {block.name} needs {' and '.join(missing[:5])} (write with: {{{wanted}}})")
    inner = Scope(top.names, scope.faults, top.unready, f" (a default of block {block.name})")
    for name, default in block.params.items():
        if name in given:
            inner.names[name] = given[name]
        else:
            inner.names[name] = UNKNOWN if is_nothing(default) else inner.integer(default, name)
    return {name: inner.names[name] for name in block.params}


def check_identifier(text: str) -> str:
    """The name of a parameter or size; ParseError for what cannot stand in an expression.

    >>> check_identifier("width_2")
    'width_2'
    """
    if not IDENTIFIER.fullmatch(text) or iskeyword(text):
        raise ParseError(f"{show(text)} cannot name a number (use a letter, then at most 31 letters, digits and _)")
    return text


def _is_quoted_number(scalar: Scalar) -> bool:
    return not scalar.plain and LITERAL.fullmatch(scalar.text.strip()) is not None
