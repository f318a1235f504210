"""Scope: the sizes that have names at one place of a specification, and what expressions over them are."""

from __future__ import annotations

import re
from functools import lru_cache
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError, ParseError, UnknownNameError, show
from ..core.shape import as_size
from ..core.size import LARGEST, Size, Symbolic
from ..layers.parse import parse_value
from .names import RULE, Free, Names, may_be_symbol
from .tree import DIGITS, Listing, Mapping, Scalar, describe, is_nothing, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from collections.abc import Mapping as Table

    from .body import Block
    from .faults import Faults
    from .tree import Node, Place

MOST_PARAMS = 256
"""Parameters of a file or a block."""

MOST_TERMS = 256
"""Terms of a formula in a file."""

MOST_FACTORS = 32
"""Factors of a term, powers multiplied out: parameters that multiply those before them grow fast."""

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\.?[0-9]")
LITERAL = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")

UNKNOWN: Any = object()
"""What a faulty expression is worth: whatever depends on it is left alone, so that one fault is told once."""


class Scope:
    """Names and their values, and whom to tell what is wrong; `where` says in which block it went wrong."""

    def __init__(self, names: Names, faults: Faults, where: str = "") -> None:
        self.names = names
        self.faults = faults
        self.where = where

    def inside(self, values: Table[str, Size], where: str, unready: Table[str, str] | None = None) -> Scope:
        """The scope of a block: values hide those of the file, `unready` says of others why they have none yet."""
        names = Names({**self.names, **values}, {**self.names.unready, **(unready or {})}, self.names.free)
        return Scope(names, self.faults, where)

    def report(self, place: Place, message: str) -> None:
        """Notes a fault, and in which block."""
        self.faults.add(place, message + self.where)

    def read(self, scalar: Scalar, parse: Callable[[str, Names], Any], first: int = 1) -> Any:
        """What `parse` makes of a text with the names that hold here; UNKNOWN, with the fault noted, if it cannot.

        Words may be names from the column `first` on.
        """
        if any(value is UNKNOWN for value in self.values_in(scalar.text)):
            return UNKNOWN
        try:
            value = parse(scalar.text, self.names)
            _check_formulas(value)
        except (ParseError, UnknownNameError) as error:
            self._report_inside(scalar, error, first)
        except FormulaError as error:
            self.report(scalar.place, str(error))
        else:
            return value
        return UNKNOWN

    def _report_inside(self, scalar: Scalar, error: ParseError | UnknownNameError, first: int) -> None:
        """Notes what is wrong with a text (read without the spaces around it), at the column at which it is wrong."""
        text = scalar.text
        column = error.column + len(text) - len(text.lstrip())
        name = WORD.match(text, column - 1)
        message = str(error)
        if isinstance(error, UnknownNameError) and name is not None and error.column >= first:
            message = self.names.unready.get(name[0], f"{message} ({RULE})")
            self.faults.add_name(scalar.at(column), message + self.where)
        else:
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
            said = describe(node) if value is None or isinstance(value, str | Symbolic) else show(value)
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
        words = WORD.findall(value)
        speaks = NUMBER.search(value) or any(word in self.names or word in self.names.unready for word in words)
        return self._computed(node) if speaks else value

    def values_in(self, text: str) -> tuple[Size | None, ...]:
        """What each word of a text is worth, None for one that is no name: all that an expression depends on."""
        return tuple([self.names.get(word) for word in words_in(text)])

    def is_settled(self, text: str) -> bool:
        """Whether values alone decide what an expression is: no word of it may be a symbol."""
        return letters_in(text) <= self.names.keys()

    def _typed(self, scalar: Scalar) -> Any:
        try:
            return typed(scalar.text) if scalar.plain else scalar.text
        except ParseError as error:
            self.report(scalar.place, str(error))
            return UNKNOWN

    def _computed(self, scalar: Scalar) -> Any:
        return self.read(scalar, parse_value)


@lru_cache(maxsize=4096)
def words_in(text: str) -> tuple[str, ...]:
    """The words of a text, in their order."""
    return tuple(WORD.findall(text))


@lru_cache(maxsize=4096)
def letters_in(text: str) -> frozenset[str]:
    """Those of them that may be symbols."""
    return frozenset(filter(may_be_symbol, words_in(text)))


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


def read_symbols(node: Node | None, params: Table[str, Node], faults: Faults) -> frozenset[str]:
    """The names that `symbols` declares: longer than a letter, and no parameters."""
    from ..symbolic.names import checked_name

    found = set()
    for item in (node.items if isinstance(node, Listing) else ()) if node is not None else ():
        text = item.text if isinstance(item, Scalar) else ""
        try:
            found.add(checked_name(check_identifier(text)))
        except (ParseError, FormulaError) as error:
            faults.add(item.place, str(error))
        if text in params:
            faults.add(item.place, f"{text} is a parameter, and no symbol (remove one of the two)")
    if node is not None and not isinstance(node, Listing):
        mend = "write symbols: [batch, height]"
        faults.add(node.place, f"symbols must be a list of names, not {describe(node)} ({mend})")
    return frozenset(found)


def file_scope(
    params: dict[str, Node],
    sizes: frozenset[str],
    blocks: Table[str, Block | None],
    given: dict[str, Size],
    declared: Collection[str],
    faults: Faults,
) -> Scope:
    """The file's own names; a parameter sees those before it, the sizes that have numbers, and symbols."""
    free = Free(given, declared)
    known = {name: given[name] for name in sizes if name in given}
    mend = "is open here (give it a number, such as"
    unready = {
        name: f"the size {name} of the input {mend} {name}=224)" for name in sizes - known.keys() if name not in free
    }
    for block in filter(None, blocks.values()):
        # The same letter as a symbol outside would be a parameter that somebody forgot to hand on.
        said = f"is a parameter of block {block.name} only (a symbol wants another name)"
        unready |= {
            name: f"{name} {said}" for name in block.params if name in free and name not in sizes | unready.keys()
        }
    unready |= {name: _further_down(name) for name in params}
    scope = Scope(Names(known, unready, free), faults)
    for name, node in params.items():
        if name in given:
            value = given[name]
        elif is_nothing(node):
            faults.add(node.place, f"the parameter {name} has no value (write one, or give one such as {name}=64)")
            value = UNKNOWN
        else:
            value = scope.integer(node, name)
        scope.names[name] = value
        del scope.names.unready[name]
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
    unready = {name: _further_down(name) for name in block.params}
    inner = top.inside({}, f" (a default of block {block.name})", unready)
    for name, default in block.params.items():
        if name in given:
            inner.names[name] = given[name]
        else:
            inner.names[name] = UNKNOWN if is_nothing(default) else inner.integer(default, name)
        del inner.names.unready[name]
    return {name: inner.names[name] for name in block.params}


def check_identifier(text: str) -> str:
    """The name of a parameter or size; ParseError for what cannot stand in an expression.

    >>> check_identifier("width_2")
    'width_2'
    """
    if not IDENTIFIER.fullmatch(text) or iskeyword(text):
        raise ParseError(f"{show(text)} cannot name a number (use a letter, then at most 31 letters, digits and _)")
    return text


def _further_down(name: str) -> str:
    return f"the parameter {name} is stated further down (move it up)"


def _check_formulas(value: Any) -> None:
    """FormulaError for a formula that is too large, in whatever was read."""
    if isinstance(value, tuple | list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            if type(part) is not int:
                _check_formulas(part)
    terms = getattr(value, "terms", None) if isinstance(value, Symbolic) else None
    if terms and (len(terms) > MOST_TERMS or max(map(len, terms)) > MOST_FACTORS):
        raise FormulaError(
            f"a formula has more than {MOST_TERMS} terms or {MOST_FACTORS} factors (give symbols numbers)"
        )


def _is_quoted_number(scalar: Scalar) -> bool:
    return not scalar.plain and LITERAL.fullmatch(scalar.text.strip()) is not None
