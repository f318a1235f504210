"""Long formulas as short ones: what is nested deeply, or long and used twice, gets a name of its own.

Nothing here recurses: a network of a thousand layers may give a formula of a thousand levels, and one whose parts
share parts, which written out would be longer than any paper.
"""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from .written import Operand, Operation, Symbol, Term, Written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .written import Factor

DEEPEST = 6
"""A formula of at most so many levels of floors and brackets, …"""

LONGEST = 400
"""… and of at most so many terms at all levels, stays one formula."""

LEVELS = 3
"""In a deeper one whatever has so many levels is named, …"""

SHORT = 4
"""… and in a long one what is used twice, unless it has fewer terms than that."""


class Named(NamedTuple):
    """A formula, the parts that it calls by names, first those that the others are made of, and a letter it lacks."""

    formula: Operand
    parts: tuple[tuple[str, Operand], ...]
    letter: str


class Extent(NamedTuple):
    """How deep and how long a part of a formula is."""

    depth: int
    terms: int


def named(operand: Operand) -> Named:
    """The formula with names for the parts that make it unreadable; as it is, if none do.

    >>> from convmath.symbolic.written import symbol
    >>> n = symbol("H")
    >>> for _ in range(8):
    ...     n = (3 * n + 1) // 2
    >>> str(named(n).formula), len(named(n).parts)
    ('⌊(3·⌊(3·n2 + 1)/2⌋ + 1)/2⌋', 2)
    """
    if type(operand) is not Written:
        return Named(operand, (), INDEX)
    nodes = list(_inside(operand))
    names = {factor.name for node in nodes for factor in _factors(node) if isinstance(factor, Symbol)}
    index = INDEX if INDEX not in names else next(f"{INDEX}{n}" for n in count(1) if f"{INDEX}{n}" not in names)
    extents: dict[int, Extent] = {}
    for node in nodes:
        extents[id(node)] = _extent(node, extents)
    # The whole is a level of its own.
    depth, terms = extents[id(operand)]
    if depth <= DEEPEST + 1 and terms <= LONGEST:
        return Named(operand, (), index)
    formula, parts = _with_names(nodes, names, LEVELS if depth > DEEPEST + 1 else DEEPEST)
    return Named(formula, parts, index)


INDEX = "t"
"""What a sum counts with, unless a symbol is called so."""


def _inside(root: Written) -> Iterator[Factor]:
    """Every operation and sum in a formula once, parts first."""
    done: set[int] = set()
    waiting: list[Factor] = [root]
    while waiting:
        node = waiting[-1]
        parts = [] if id(node) in done else [part for part in _nodes(node) if id(part) not in done]
        if parts:
            waiting.extend(parts)
            continue
        waiting.pop()
        if id(node) not in done:
            done.add(id(node))
            yield node


def _factors(node: Factor) -> Iterator[Factor]:
    for part in node.operands if isinstance(node, Operation) else (node,):
        if type(part) is Written:
            for _, factors in part.terms:
                yield from factors


def _nodes(node: Factor) -> list[Factor]:
    return [factor for factor in _factors(node) if not isinstance(factor, Symbol)]


def _terms(node: Factor) -> int:
    parts = node.operands if isinstance(node, Operation) else (node,)
    return sum(len(part.terms) if type(part) is Written else 1 for part in parts)


def _extent(node: Factor, extents: dict[int, Extent]) -> Extent:
    parts = [extents[id(part)] for part in _nodes(node)]
    depth = 1 + max((part.depth for part in parts), default=0)
    return Extent(depth, _terms(node) + sum(part.terms for part in parts))


def _with_names(nodes: list[Factor], names: set[str], levels: int) -> tuple[Operand, tuple[tuple[str, Operand], ...]]:
    stem = next(letter for letter in STEMS if not any(name.startswith(letter) for name in names))
    uses = Counter(id(part) for node in nodes for part in _nodes(node))
    made: dict[int, Factor] = {}
    extents: dict[int, Extent] = {}
    parts: list[tuple[str, Operand]] = []
    *inner, root = nodes
    for node in inner:
        extent = _extent(node, extents)
        rebuilt = _rebuilt(node, made)
        if extent.depth >= levels or (uses[id(node)] > 1 and extent.terms >= SHORT):
            name = f"{stem}{len(parts) + 1}"
            parts.append((name, Written(((1, (rebuilt,)),)) if isinstance(rebuilt, Operation) else rebuilt))
            rebuilt, extent = Symbol(name, 0), Extent(0, 1)
        made[id(node)], extents[id(node)] = rebuilt, extent
    return _rebuilt(root, made), tuple(parts)


STEMS = ("n", "m", "q", "u", "v", "w", "x", "y", "z", *(f"n_{n}_" for n in range(1000)))


def _rebuilt(node: Factor, made: dict[int, Factor]) -> Factor:
    if isinstance(node, Operation):
        return Operation(node.word, tuple(part if type(part) is int else _sum(part, made) for part in node.operands))
    return _sum(node, made)


def _sum(operand: Written, made: dict[int, Factor]) -> Written:
    terms: list[Term] = [
        (c, tuple(factor if isinstance(factor, Symbol) else made[id(factor)] for factor in factors))
        for c, factors in operand.terms
    ]
    return Written(tuple(terms), operand.constant)
