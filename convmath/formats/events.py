"""Text to a tree, from the parser's events: nothing is constructed, resolved or executed on the way.

PyYAML's loaders run code for tags, expand aliases without bound, let the last of two equal keys win and recurse
to the depth of the file; its parser does none of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from ..core.errors import FileError, show
from .merging import conflict
from .tree import Listing, Mapping, Node, Place, Scalar, describe, is_nothing, is_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .faults import Faults

MOST_LEVELS = 64
"""Levels of lists and mappings inside one another."""

MOST_VALUES = 500_000
"""Scalars, lists and mappings of a file."""


def read_tree(text: str, faults: Faults) -> Node:
    """The tree of a YAML or JSON text; SpecError where it is none, or where it uses what a specification may not."""
    builder = _Builder(faults)
    for event in _events(text, faults):
        handler = _HANDLERS.get(type(event).__name__)
        if handler is not None:
            handler(builder, event)
    if builder.root is None or is_nothing(builder.root):
        faults.add(Place(1, 1), "the file is empty (write layers: and below it a list of layers)")
        raise faults.error()
    return builder.root


def _events(text: str, faults: Faults) -> Iterator[Any]:
    try:
        import yaml
    except ImportError:
        raise FileError("reading a specification takes PyYAML (pip install pyyaml)") from None
    try:
        parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        while parser.check_event():
            yield parser.get_event()
    except yaml.MarkedYAMLError as error:
        mark, unmerged = error.problem_mark, conflict(text)
        place = Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)
        if unmerged:
            faults.add(Place(unmerged, 1), "a merge conflict is not resolved (keep one side, and delete the markers)")
        else:
            faults.add(place, f"this is not YAML: {_problem(error, text)}")
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # the parser in Python lets some of them through
        faults.add(Place(1, 1), f"this is not YAML: {show(str(error))}")
    else:
        return
    raise faults.error()


def _problem(error: Any, text: str) -> str:
    """What the parser says, and more where it says little."""
    mark, begun = error.problem_mark, error.context_mark
    if "tab character" in str(error.problem):
        return "a tab cannot indent (use spaces)"
    if str(error.problem).startswith("found character") and mark is not None:
        found = text.split("\n")[mark.line][mark.column : mark.column + 1]
        return "a tab cannot indent (use spaces)" if found == "\t" else f"{found} cannot begin a word (quote it)"
    context = f" {error.context}" if error.context else ""
    far = context and begun is not None and mark is not None and begun.line != mark.line
    mend = next((mend for said, mend in MENDS.items() if said in f"{error.problem}{context}"), "")
    return f"{error.problem}{context}" + (f", begun on line {begun.line + 1}" if far else "") + mend


MENDS = {
    "expected ',' or": " (close the bracket, or quote what stands in it)",
    "scanning a quoted scalar": " (close the quote, or mend what stands in it)",
    "mapping values are not allowed": " (begin a new line, or quote the text)",
    "parsing a block": " (indent the line as its neighbours)",
}
"""What mends a text that is no YAML, by words that the parser says of it."""


class _Builder:
    """The tree so far: a stack of what is open, instead of recursion, so that no file is too deep to refuse."""

    def __init__(self, faults: Faults) -> None:
        self.root: Node | None = None
        self._faults = faults
        self._documents = 0
        self._nodes = 0
        self._open: list[tuple[Place, list[Node]]] = []

    def document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._faults.add(_place(event), "a second document begins (keep one, or write two files)")
            raise self._faults.error()
        if event.tags:
            self._faults.add(_place(event), "tag directives have no place in a specification (remove %TAG)")

    def alias(self, event: Any) -> None:
        self._faults.add(
            _place(event),
            f"the alias *{show(event.anchor)[1:-1]} has no place in a specification "
            "(write the value out, or quote an expression that begins with *)",
        )
        self._put(Scalar("", True, _place(event)))

    def scalar(self, event: Any) -> None:
        place, text, plain = self._placed(event), event.value, not event.style
        start, end = event.start_mark, event.end_mark
        quotes = 0 if plain else 1
        verbatim = start.line == end.line and end.column - start.column == len(text) + 2 * quotes
        self._put(Scalar(text, plain, place, place.column + quotes if verbatim else 0))

    def start(self, event: Any) -> None:
        place = self._placed(event)
        if len(self._open) >= MOST_LEVELS:
            self._faults.add(place, f"lists and mappings lie more than {MOST_LEVELS} deep in one another (use blocks)")
            raise self._faults.error()
        self._open.append((place, []))

    def end_listing(self, event: Any) -> None:
        place, items = self._open.pop()
        self._put(Listing(tuple(items), place))

    def end_mapping(self, event: Any) -> None:
        place, nodes = self._open.pop()
        self._put(Mapping(self._pairs(nodes[::2], nodes[1::2]), place))

    def _pairs(self, keys: list[Node], values: list[Node]) -> tuple[tuple[Scalar, Node], ...]:
        found: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(keys, values, strict=True):
            if not isinstance(key, Scalar):
                self._faults.add(key.place, f"a key must be a word, not {describe(key)}")
                continue
            if key.plain and key.text == "<<":
                self._faults.add(key.place, "merge keys have no place in a specification (write the keys out)")
            elif key.plain and not is_word(key.text):
                self._faults.add(key.place, f"a key must be a word, not {describe(key)} (quote it if it is a name)")
            name = key.text if key.text.isascii() else normalize("NFC", key.text)
            if name in found:
                first = found[name][0].place.line
                self._faults.add(key.place, f"the key {show(name)} is given twice (first on line {first})")
                continue
            # A number was refused above and serves as a name below.
            found[name] = Scalar(key.text, False, key.place, key.inner) if key.plain else key, value
        return tuple(found.values())

    def _placed(self, event: Any) -> Place:
        place = _place(event)
        if event.anchor is not None:
            name = show(event.anchor)[1:-1]
            self._faults.add(
                place, f"the anchor &{name} has no place in a specification (write the value out where it is used)"
            )
        if event.tag is not None:
            name = show(event.tag.replace("tag:yaml.org,2002:", "!!"))[1:-1]
            self._faults.add(place, f"the tag {name} has no place in a specification (remove it)")
        return place

    def _put(self, node: Node) -> None:
        self._nodes += 1
        if self._nodes > MOST_VALUES:
            self._faults.add(node.place, f"the file states more than {MOST_VALUES:,} values (use blocks with repeat)")
            raise self._faults.error()
        if self._open:
            self._open[-1][1].append(node)
        else:
            self.root = node


_HANDLERS = {
    "DocumentStartEvent": _Builder.document,
    "AliasEvent": _Builder.alias,
    "ScalarEvent": _Builder.scalar,
    "SequenceStartEvent": _Builder.start,
    "MappingStartEvent": _Builder.start,
    "SequenceEndEvent": _Builder.end_listing,
    "MappingEndEvent": _Builder.end_mapping,
}


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)
