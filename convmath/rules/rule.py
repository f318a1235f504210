"""Rule, Found and Finding: what a rule states, where it finds it, and what is told of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .subject import Subject


class Found(NamedTuple):
    """A layer at which a rule finds something, and the figures of this case by the names that the rule's texts use."""

    layer: str
    figures: dict[str, Any]


class Rule(NamedTuple):
    """A fault that networks have, and how it is found, told and mended."""

    title: str
    law: str
    """Why it is a fault, with the arithmetic in general."""
    says: str
    """What is told of one case; names in braces are its figures."""
    mend: str
    """What would mend this case, with its figures."""
    source: str
    example: str
    """A specification that has the fault."""
    find: Callable[[Subject], Iterator[Found]]
    usual: bool = True
    """Whether it is asked unless other rules are selected."""
    numbers: bool = False
    """Whether it can say nothing of symbols at all."""


class Finding(NamedTuple):
    """One fault of one layer, as plain data."""

    code: str
    title: str
    layer: str
    message: str
    mend: str
    place: str
    """Where the layer is written, as path:line:column; nothing for networks that are no file."""
    figures: dict[str, Any]
    """The numbers in the message, by name."""
