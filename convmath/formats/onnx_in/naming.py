"""Readable names: /layer1/layer1.0/conv1/Conv becomes layer1.0.conv1; every name is there once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...render.table import printable
from .values import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .drafts import Draft

LONGEST = 120
"""Characters of a name."""

GENERIC = re.compile(r"node_.*|n\d+(_\d+)*|[a-z]+_?\d*", re.ASCII | re.IGNORECASE)
"""Names that exporters make up: Conv_12, node_conv2d_3, n0, or none but the operator's type."""


INLINED = re.compile(r"\w*_branch__Inline_\d+__")
"""What is put before the names of a graph that was written out where it was called."""


def path_of(draft: Draft) -> str:
    """The module that a layer stands in, as the file tells it; empty if it does not.

    From the exporter's scopes, a path with slashes, or else the name of its weights.
    """
    operator = draft.operator
    if operator is None:
        return ""
    scopes = [scope for scope in operator.scopes if scope]
    if scopes:
        return _clean(scopes[-1])
    name = INLINED.sub("", operator.name[: 4 * LONGEST].partition(";")[0])[:LONGEST]
    name = name.strip("/")
    if "/" in name:
        return _joined([part for part in name.split("/") if part], operator.type)
    for root, _ in roots_of(draft.held.weights):
        stem, dot, last = root.rpartition(".")
        if dot and last in {"weight", "bias"} and re.search("[A-Za-z]", stem):
            return _clean(stem)
    if name.startswith("node_") or (GENERIC.fullmatch(name) and (name[1:2].isdigit() or _names(operator.type, name))):
        return ""
    return _clean(name)


def _names(kind: str, name: str) -> bool:
    return name.rstrip("0123456789").rstrip("_").lower() == kind.lower()


def _joined(parts: list[str], kind: str) -> str:
    """The parts of a path as one, each that repeats the one before once; the operator at its end goes."""
    made: list[str] = []
    for part in parts[:-1]:
        if made and part.startswith(f"{made[-1]}."):
            made[-1] = part
        elif not made or part != made[-1]:
            made.append(part)
    if not re.fullmatch(rf"{re.escape(kind)}(_.*)?", parts[-1], re.IGNORECASE):
        made.append(parts[-1])
    return _clean(".".join(made))


def _clean(name: str) -> str:
    return printable(name[:LONGEST]).strip(". ")


def is_source(draft: Draft) -> bool:
    """Whether a draft is a stored array, which is called after itself."""
    return draft.layer is not None and draft.layer.arity == (0, 0)


def source_name(draft: Draft) -> str:
    """What a stored array is called: by its name in the file, without the suffix that tells of its use."""
    return _clean(draft.name.strip("/").replace("/", ".")) or "constant"


class Names:
    """Gives each draft a name of its own: the module's where it is the only layer there, else with the layer's type."""

    def __init__(self, drafts: Iterable[Draft], taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}
        self._count: dict[str, int] = {}
        self._above: set[str] = set()
        for draft in drafts:
            path = source_name(draft) if is_source(draft) else path_of(draft)
            self._count[path] = self._count.get(path, 0) + 1
            parts = path.split(".")
            self._above.update(".".join(parts[:end]) for end in range(1, len(parts)))

    def of(self, draft: Draft) -> str:
        """The name of a layer."""
        assert draft.layer is not None
        path = source_name(draft) if is_source(draft) else path_of(draft)
        word = draft.name if draft.name and not is_source(draft) else draft.layer.op.lower()
        if not path:
            return self._free(draft.layer.op.lower())
        if self._count[path] == 1 and path not in self._above:
            return self._free(path, path)
        return self._free(f"{path}.{word}")

    def _free(self, stem: str, path: str = "") -> str:
        """The stem, with a number where it is taken, or means another module than the layer's own path."""
        name, count = stem, self._next.get(stem, 0)
        while name in self._taken or (name != path and (name in self._count or name in self._above)):
            count += 1
            name = f"{stem}_{count}"
        self._next[stem] = count
        self._taken.add(name)
        return name


def input_names(names: Iterable[str]) -> dict[str, str]:
    """The inputs' names as they are shown, by those in the file."""
    shown: dict[str, str] = {}
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for name in names:
        stem = found = _clean(name) or "input"
        count = counts.get(stem, 0)
        while found in taken:
            count += 1
            found = f"{stem}_{count}"
        counts[stem] = count
        taken.add(found)
        shown[name] = found
    return shown
