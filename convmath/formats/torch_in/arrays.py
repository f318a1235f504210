"""Which step counts an array, so that each is counted once; and what no step uses."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .graph import Step


class Arrays:
    """The stored arrays of a module; one that has several names goes by the first."""

    def __init__(self, module: Any) -> None:
        named = [*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)]
        first: dict[int, str] = {}
        self.names = {name: first.setdefault(id(array), name) for name, array in named}
        """The name that each name stands for."""
        self.sizes = {name: prod(array.shape) for name, array in named if self.names[name] == name}
        self.params = frozenset(self.names[name] for name, _ in module.named_parameters())


class Tally(NamedTuple):
    """What the steps of a network store: for each that does not store what its type has, (params, buffers)."""

    stored: dict[int, tuple[int, int]]
    uses: Counter[str]
    """How many steps hold an array."""
    computed: int
    """How many steps hold what is computed from stored arrays."""


def tally(arrays: Arrays, steps: Iterable[Step]) -> Tally:
    """Counts every array at the first step that holds it."""
    stored: dict[int, tuple[int, int]] = {}
    uses: Counter[str] = Counter()
    computed = 0
    for place, step in enumerate(steps):
        if step.layer is None:
            continue
        names = dict.fromkeys(name for weight in step.weights for name in weight.stored)
        new = [name for name in names if not uses[name]]
        uses.update(list(names))
        computed += any(weight.computed for weight in step.weights)
        counts = (
            sum(arrays.sizes[name] for name in new if name in arrays.params),
            sum(arrays.sizes[name] for name in new if name not in arrays.params),
        )
        if counts != (step.layer.params, sum(map(prod, step.layer.buffers().values()))):
            stored[place] = counts
    return Tally(stored, uses, computed)


def remarks(arrays: Arrays, found: Tally) -> list[str]:
    """What is said of arrays that are used several times, are computed from others, or not used at all."""
    said = []
    several = [name for name, count in found.uses.items() if count > 1 and name in arrays.params]
    if several:
        owners = list(dict.fromkeys(name.rpartition(".")[0] or name for name in several))
        said.append(f"Used more than once and counted once: {_listed(owners)}.")
    if found.computed:
        said.append(
            f"Weights of {found.computed} layers are computed from stored arrays; these are counted, the computation,"
            " which needs no input, is not."
        )
    unused = [name for name in arrays.sizes if name in arrays.params and not found.uses[name]]
    if unused:
        count = sum(arrays.sizes[name] for name in unused)
        owners = _owners(unused, [name for name in arrays.params if found.uses[name]])
        said.append(f"{count:,} parameters that take no part in predicting are not counted: {_listed(owners)}.")
    return said


def _owners(unused: list[str], used: list[str]) -> list[str]:
    """The modules that hold only unused arrays, outermost first, or the arrays by themselves."""
    taken = {name[:place] for name in used for place, sign in enumerate(name) if sign == "."}
    owners: dict[str, None] = {}
    for name in unused:
        parts = name.split(".")
        paths = [".".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        owners[next(path for path in paths if path not in taken)] = None
    return list(owners)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
