"""diff: what changed from one snapshot of a network to another, layer by layer and in total."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..report.comparing import difference, percent
from ..report.pairing import by_key, by_name, in_order
from .snapshot import TOLD, WORDS, Entry, number, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.size import Size
    from .snapshot import Snapshot


OWN = ("op", "call", "reads")
"""What a layer is by itself; its shapes and costs follow from that and from what reaches it."""


class Change(NamedTuple):
    """A quantity that is no longer what it was, as plain data; None where one of the two has no such layer."""

    quantity: str
    old: Any
    new: Any

    @property
    def sizes(self) -> tuple[Size, Size] | None:
        """Both as sizes, nothing being 0; None for words and for what has several sizes."""
        if self.quantity in WORDS:
            return None
        old, new = (0 if value is None else number(value) for value in self[1:])
        return None if old is None or new is None else (old, new)

    @property
    def difference(self) -> Any:
        """How much more it is now."""
        return None if self.sizes is None else difference(*self.sizes)

    @property
    def percent(self) -> str | None:
        """How much more it is now, in per cent of what it was."""
        return None if self.sizes is None else percent(*self.sizes)


def told(changes: tuple[Change, ...]) -> list[Change]:
    """The changes that are worth a word, in an order that does not depend on where they come from."""
    by_quantity = {change.quantity: change for change in changes}
    worth = [by_quantity[name] for name in TOLD if name in by_quantity]
    return worth or sorted(changes)


class Step(NamedTuple):
    """A layer before and after, one of which may be missing, and what changed of it."""

    old: Entry | None
    new: Entry | None
    changes: tuple[Change, ...]

    @property
    def what(self) -> str:
        """Whether the layer was added, removed, renamed or changed; nothing where it is what it was."""
        if self.old is None or self.new is None:
            return "added" if self.old is None else "removed"
        return "renamed" if self.old.name != self.new.name else "changed" if self.changes else ""

    @property
    def is_own(self) -> bool:
        """Whether the layer itself is otherwise, not only what reaches it and what it sees."""
        return self.what in {"added", "removed", "renamed"} or self.is_other

    @property
    def is_other(self) -> bool:
        """Whether its type, its arguments or its sources are otherwise."""
        return any(one.quantity in OWN for one in self.changes)

    @property
    def name(self) -> str:
        """The layer's name, or the old one and the new one."""
        names = [entry.name for entry in (self.old, self.new) if entry is not None]
        return " → ".join(dict.fromkeys(names))


class Difference(NamedTuple):
    """Two snapshots of a network, beside each other."""

    name: str
    whole: Step
    steps: tuple[Step, ...]
    """Every layer of both, what is as it was too."""

    @property
    def changed(self) -> tuple[Step, ...]:
        """The layers of which something changed, their name included."""
        return tuple(step for step in self.steps if step.what)

    @property
    def causes(self) -> tuple[Step, ...]:
        """The layers from which all other changes follow; all that changed where nothing tells why."""
        own = tuple(step for step in self.changed if step.is_own)
        return own if own or any(one.quantity == "takes" for one in self.whole.changes) else self.changed

    def __bool__(self) -> bool:
        return bool(self.whole.changes or self.changed)


def diff(old: Snapshot, new: Snapshot, name: str = "") -> Difference:
    """What changed from one snapshot to another.

    Layers are paired by their names first, or by their structure (type, arguments, shapes, cost, in their order) first:
    whichever leaves less to tell. So a layer that is renamed is one that was renamed, not one removed and one added.

    >>> from convmath.ci.snapshot import snapshot
    >>> from convmath.formats.spec import loads
    >>> a = snapshot(loads("{input: [1, 3, 9, 9], layers: [a: 'Conv2d(3, 8, 3)', b: ReLU]}").analyze())
    >>> b = snapshot(loads("{input: [1, 3, 9, 9], layers: [c: 'Conv2d(3, 8, 3)', b: ReLU]}").analyze())
    >>> [(step.name, step.what) for step in diff(a, b).changed]
    [('a → c', 'renamed')]
    """
    steps = _steps(old, new, NAMES_FIRST)
    if _told(steps):
        steps = min(steps, _steps(old, new, STRUCTURE_FIRST), key=_told)
    names = {step.old.name: step.new.name for step in steps if step.old and step.new}
    return Difference(name, Step(old.whole, new.whole, _changes(old.whole, new.whole, names)), steps)


Matching = tuple["Callable[..., None]", "Callable[..., Any]"]

_SHAPED = ("call", "inputs", "outputs", "params", "macs")


def _is_equal(a: Entry, b: Entry) -> bool:
    return _structure(a) == _structure(b)


def _is_alike(a: Entry, b: Entry) -> bool:
    return _op(a) == _op(b)


def _structure(entry: Entry) -> str:
    return repr([_op(entry), *(entry.figures.get(key) for key in _SHAPED)])


def _call(entry: Entry) -> str:
    return repr([_op(entry), entry.figures.get("call")])


def _op(entry: Entry) -> str:
    return str(entry.figures.get("op"))


NAMES_FIRST: tuple[Matching, ...] = ((by_name, _is_alike), (by_key, _structure), (by_key, _call), (by_key, _op))

STRUCTURE_FIRST: tuple[Matching, ...] = (
    (by_key, _structure), (by_name, _is_equal), (by_key, _call), (by_name, _is_alike), (by_key, _op),
)  # fmt: skip


def _steps(old: Snapshot, new: Snapshot, order: tuple[Matching, ...]) -> tuple[Step, ...]:
    partners: dict[str, str] = {}
    for match, key in order:
        match(old.layers, new.layers, partners, key)
    pairs = in_order(old.layers, new.layers, partners)
    return tuple(Step(a, b, _changes(a, b, partners)) for a, b in pairs)


def _told(steps: tuple[Step, ...]) -> int:
    """How much there is to tell: a name is half of what another change is; what follows from those is nothing."""
    weight = {"added": 2, "removed": 2, "renamed": 1}
    return sum(weight.get(step.what, 0) + 2 * (step.what in {"renamed", "changed"} and step.is_other) for step in steps)


def _changes(old: Entry | None, new: Entry | None, names: dict[str, str]) -> tuple[Change, ...]:
    before, after = (entry.figures if entry else {} for entry in (old, new))
    found = []
    for quantity in dict.fromkeys([*before, *after]):
        a, b = before.get(quantity), after.get(quantity)
        if quantity in {"reads", "returns"} and isinstance(a, list):
            a = [_renamed(name, names) for name in a]
        if not same(a, b):
            found.append(Change(quantity, a, b))
    return tuple(found)


def _renamed(reference: Any, names: dict[str, str]) -> Any:
    """What a layer read, by the name that it has now."""
    name, bracket, port = str(reference).partition("[")
    return names.get(name, name) + bracket + port
