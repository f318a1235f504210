"""Where a class keeps its modules, so that arrays are called in it as the layers are: self.conv, self.layers[0]."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..identifiers import identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..identifiers import Identifiers

KEY = re.compile(r"\w+", re.ASCII)

METHODS = frozenset(("append", "clear", "extend", "insert", "items", "keys", "pop", "update", "values"))
"""What nn.ModuleList and nn.ModuleDict have besides; no key may be called so."""


class Wanted(NamedTuple):
    """Something that a class keeps: the path of its name within the class, and the call that makes it."""

    name: str
    made: str

    @property
    def is_module(self) -> bool:
        """Whether it can lie in a list of modules; an array cannot."""
        return not self.made.startswith(("torch.", "nn.Parameter"))


def attributes(wanted: Sequence[Wanted], taken: Identifiers) -> tuple[list[str], list[str]]:
    """(the statements that make them, the expression for each).

    >>> from ..identifiers import Identifiers
    >>> wanted = [Wanted("conv", "nn.ReLU()"), Wanted("heads.0", "nn.Tanh()"), Wanted("heads.1", "nn.ELU()")]
    >>> for lines in attributes(wanted, Identifiers()):
    ...     print(lines)
    ['self.conv = nn.ReLU()', 'self.heads = nn.ModuleList([nn.Tanh(), nn.ELU()])']
    ['self.conv', 'self.heads[0]', 'self.heads[1]']
    """
    tree: dict[str, Any] = {}
    flat: list[int] = []
    for place, one in enumerate(wanted):
        if not _planted(tree, one, place):
            flat.append(place)
    makes: dict[int, str] = {}
    found = [""] * len(wanted)
    for word, node in tree.items():
        if _is_number(word):
            makes[_first(node)] = f'self.add_module("{word}", {_built(node, wanted)})'
            _reach(node, f'self.get_submodule("{word}")', found)
            continue
        name = f"self.{taken.free(identifier(word, 'block'))}"
        makes[_first(node)] = _stored(name, _built(node, wanted))
        _reach(node, name, found)
    for place in flat:
        found[place] = f"self.{taken.free(identifier(wanted[place].name))}"
        makes[place] = _stored(found[place], wanted[place].made)
    return [makes[place] for place in sorted(makes)], found


def _planted(tree: dict[str, Any], one: Wanted, place: int) -> bool:
    """Whether its path could be added to the tree: no key in the way, nothing that no list of modules holds."""
    *before, last = one.name.split(".")
    if not _fits(one, before, last):
        return False
    node = tree
    for word in before:
        node = node.setdefault(word, {})
        if not isinstance(node, dict):
            return False
    return node.setdefault(last, place) is place


def _fits(one: Wanted, before: Sequence[str], last: str) -> bool:
    """Whether lists of modules can hold it under these keys."""
    if not before:
        return one.is_module or not _is_number(last)
    first, *keys = *before, last
    fits = one.is_module and all(KEY.fullmatch(word) and word not in METHODS for word in keys)
    return fits and (_is_number(first) or identifier(first, "block") == first)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal()


def _built(node: Any, wanted: Sequence[Wanted]) -> str:
    if isinstance(node, int):
        return wanted[node].made
    kids = {word: _built(kid, wanted) for word, kid in sorted(node.items(), key=_order)}
    if _is_list(node):
        return f"nn.ModuleList([{', '.join(kids.values())}])"
    pairs = ", ".join(f'"{word}": {kid}' for word, kid in kids.items())
    return f"nn.ModuleDict({{{pairs}}})"


def _order(item: tuple[str, Any]) -> tuple[int, str]:
    return (int(item[0]), "") if _is_number(item[0]) else (-1, "")


def _is_list(node: dict[str, Any]) -> bool:
    return sorted(node) == sorted(str(number) for number in range(len(node)))


def _reach(node: Any, name: str, found: list[str]) -> None:
    """Notes the expression of everything in a tree that is called so."""
    if isinstance(node, int):
        found[node] = name
        return
    for word, kid in node.items():
        _reach(kid, f"{name}[{word}]" if _is_list(node) else f'{name}["{word}"]', found)


def _first(node: Any) -> int:
    return node if isinstance(node, int) else min(map(_first, node.values()))


def _stored(name: str, made: str) -> str:
    if not made.startswith("torch."):
        return f"{name} = {made}"
    return f'self.register_buffer("{name.removeprefix("self.")}", {made})'
