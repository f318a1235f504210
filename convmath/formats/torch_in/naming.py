"""The module's path to the name of a layer."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .graph import Step


def names_of(steps: Sequence[Step]) -> list[str]:
    """A name for each step: its module's path, so that folding by levels folds modules.

    A module that makes one layer gives it its own path; where it makes several, or has modules inside, the layer's type
    stands behind: layer1.0.add. What is called again gets a number, and so does a type whose name a module has:
    layer1.0.relu, layer1.0.relu_1.
    """
    layers = [step for step in steps if step.layer is not None]
    calls = Counter((step.path, step.visit) for step in layers)
    inside = set(_ancestors(step.path for step in layers))
    stems = [
        step.path
        if step.layer is None or (step.path and calls[step.path, step.visit] == 1 and step.path not in inside)
        else f"{step.path}.{step.layer.op.lower()}".lstrip(".")
        for step in steps
    ]
    modules = inside | {step.path for step in layers}
    reserved, taken = set(stems), set[str]()
    counts: Counter[str] = Counter()
    names = []
    for stem, step in zip(stems, steps, strict=True):
        name = stem
        while name in taken or (name != stem and name in reserved) or (name != step.path and name in modules):
            counts[stem] += 1
            name = f"{stem}_{counts[stem]}"
        taken.add(name)
        names.append(name)
    return names


def _ancestors(paths: Iterable[str]) -> Iterable[str]:
    for path in paths:
        parts = path.split(".")
        yield from (".".join(parts[:depth]) for depth in range(len(parts)))
