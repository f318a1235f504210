"""Rows as they are spelled: {0}, {1} … are what is read, {name} is the layer's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...bridge.spelling import call
from ...bridge.unequal import NoEqualError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..leaves import Leaf

    Rule = Callable[[Leaf], tuple[str, ...]]


def named(head: str, *args: object, **options: object) -> str:
    """A layer with its name, called with what is read.

    >>> named("ReLU", max_value=6)
    'layers.ReLU(max_value=6, {name})({0})'
    """
    told = call(f"layers.{head}", *args, **options)
    return f"{told[:-1]}{'' if told.endswith('(') or told[-2:] == '()' else ', '}{{name}})({{0}})"


def expression(text: str, *fields: str) -> Rule:
    def write(leaf: Leaf) -> tuple[str, ...]:
        said = text
        for place, field in enumerate(fields):
            said = said.replace(f"<{place}>", str(getattr(leaf.layer, field)))
        return (said,)

    return write


def one(head: str, *args: object, **options: object) -> Rule:
    return lambda leaf: (named(head, *args, **options),)


def joined(kind: str) -> Rule:
    def write(leaf: Leaf) -> tuple[str, ...]:
        if len({len(x) for x in leaf.inputs}) > 1:
            raise NoEqualError("has the channels last, so inputs must have as many axes")
        return (f"layers.{kind}({{name}})([{reads(leaf)}])",)

    return write


def signed(sign: str) -> Rule:
    def write(leaf: Leaf) -> tuple[str, ...]:
        if len({len(x) for x in leaf.inputs}) > 1:
            raise NoEqualError("has the channels last, so inputs must have as many axes")
        return (f" {sign} ".join(reads(leaf).split(", ")),)

    return write


def reads(leaf: Leaf) -> str:
    return ", ".join(f"{{{place}}}" for place in range(len(leaf.reads)))
