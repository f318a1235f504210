"""Blocks as classes: equal blocks share one, and what differs in numbers alone becomes its parameters."""

from __future__ import annotations

import re
from textwrap import indent
from typing import TYPE_CHECKING, NamedTuple

from ..identifiers import Identifiers, class_name

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBER = re.compile(r"(?<![\w.\"-])\d+(?![\w.\"])")
"""A whole number in a call; not a part of another, nor of a name."""

ROLES = {
    "Conv": ("in_channels", "out_channels", "kernel_size"),
    "ConvTranspose": ("in_channels", "out_channels", "kernel_size"),
    "BatchNorm": ("channels",),
    "InstanceNorm": ("channels",),
    "Linear": ("in_features", "out_features"),
    "MaxPool": ("kernel_size",),
    "AvgPool": ("kernel_size",),
}
"""What the first arguments of modules are called."""


class Draft(NamedTuple):
    """A block before it has a class: the statements that make its modules, and its forward."""

    stem: str
    """What its class is called after."""
    makes: tuple[str, ...]
    forward: tuple[str, ...]
    arguments: tuple[str, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every whole number of its modules, in order."""
        return tuple(number for line in self.makes for number in NUMBER.findall(line))

    @property
    def skeleton(self) -> tuple[object, ...]:
        """The block without those numbers: what blocks of one class have in common."""
        return tuple(NUMBER.sub("#", line) for line in self.makes), self.forward, self.arguments


def written(drafts: Sequence[Draft], names: Identifiers) -> tuple[list[str], list[str]]:
    """(the classes' text, the call that makes each draft), for blocks of one height in the tree.

    >>> drafts = [Draft("stage", (f"self.a = nn.Linear({n}, 7)",), ("return self.a(x)",), ("x",)) for n in (3, 5)]
    >>> classes, calls = written(drafts, Identifiers())
    >>> calls
    ['Stage(3)', 'Stage(5)']
    >>> print(classes[0])
    class Stage(nn.Module):
        def __init__(self, in_features):
            super().__init__()
            self.a = nn.Linear(in_features, 7)
    <BLANKLINE>
        def forward(self, x):
            return self.a(x)
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, draft in enumerate(drafts):
        groups.setdefault(draft.skeleton, []).append(place)
    classes, calls = [], [""] * len(drafts)
    for places in groups.values():
        group = [drafts[place] for place in places]
        name = names.free(class_name(group[0].stem, "Block"))
        columns = list(zip(*(draft.numbers for draft in group), strict=True))
        parameters = _parameters(group[0], columns)
        classes.append(_class(name, group[0], columns, parameters))
        for row, place in enumerate(places):
            calls[place] = f"{name}({', '.join(column[row] for column in parameters)})"
    return classes, calls


def _parameters(draft: Draft, columns: list[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """A parameter's name for each different column of numbers that are not all the same."""
    names, found = Identifiers(), {}
    for column, role in zip(columns, _roles(draft), strict=True):
        if len(set(column)) > 1 and column not in found:
            found[column] = names.free(role)
    return found


def _roles(draft: Draft) -> list[str]:
    """What each number of a block is, as the module calls it."""
    found = []
    for line in draft.makes:
        made = re.search(r"nn\.([A-Z]\w*?)(?:\dd)?\(", line)
        roles = iter(ROLES.get(made[1], ()) if made else ())
        for number in NUMBER.finditer(line):
            named = re.search(r"(\w+)=\(?[\d, ]*$", line[: number.start()])
            found.append(named[1] if named else next(roles, "n"))
    return found


def _class(name: str, draft: Draft, columns: list[tuple[str, ...]], parameters: dict[tuple[str, ...], str]) -> str:
    numbers = iter([parameters.get(column, column[0]) for column in columns])
    makes = [NUMBER.sub(lambda found: next(numbers), line) for line in draft.makes]
    head = ", ".join(["self", *parameters.values()])
    lines = [f"class {name}(nn.Module):"]
    if makes:
        lines += [
            f"    def __init__({head}):",
            "        super().__init__()",
            *(indent(line, " " * 8) for line in makes),
            "",
        ]
    lines += [
        f"    def forward({', '.join(['self', *draft.arguments])}):",
        *(f"        {line}" for line in draft.forward),
    ]
    return "\n".join(lines)
