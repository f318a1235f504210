"""From drafts to a network: what nobody reads is left out, the rest gets names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.errors import ConvmathError, GraphError
from ...network.network import Network
from ...report.frozen import Frozen
from .naming import Names, input_names
from .roles import BUFFER, FROZEN
from .values import roots_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...layers.base import Layer
    from ...network.tensor import Tensor
    from .drafts import Draft, Held
    from .values import Array, Flow, Root


MOST_TURNS = 4
"""Layers by which a stored array is turned into what another layer holds, where it may be held once more."""


class Built:
    """A network, and what happened on the way to it."""

    def __init__(
        self, title: str, drafts: Sequence[Draft], outputs: Sequence[Flow], who: str, roles: Mapping[str, str]
    ) -> None:
        self.network = Network(title)
        self._roles = roles
        self.shared: set[Root] = set()
        """The stored arrays that several layers hold."""
        self.unread: list[str] = []
        """The inputs that nothing reads."""
        self.names: dict[int, str] = {}
        """What the layer or input of each draft is called."""
        self.held: dict[str, Held] = {}
        """The stored arrays of every layer."""
        self._counted: set[Root] = set()
        self._owners: dict[tuple[object, ...], str] = {}
        live = _read_by(drafts, outputs)
        try:
            self._build(drafts, sorted(live), outputs)
        except ConvmathError as error:
            raise type(error)(f"{who}: {error}") from None
        if not self.network.input_shapes:
            raise GraphError(f"{who}: nothing that it makes depends on its inputs")

    def _build(self, drafts: Sequence[Draft], live: list[int], outputs: Sequence[Flow]) -> None:
        inputs = [draft.name for draft in drafts if draft.layer is None]
        shown = input_names(inputs)
        names = Names((drafts[place] for place in live if drafts[place].layer is not None), shown.values())
        made: dict[int, Tensor] = {}
        for place, draft in enumerate(drafts):
            if draft.layer is None and place in live:
                made[place] = self.network.input(shown[draft.name], draft.outputs[0])
                self.names[place] = shown[draft.name]
            elif draft.layer is None:
                self.unread.append(shown[draft.name])
        for place in live:
            draft = drafts[place]
            if draft.layer is not None:
                name = names.of(draft)
                read = (made[flow.draft][flow.output] for flow in draft.inputs)
                made[place] = self.network.add(draft.layer, *read, name=name)
                self.names[place], self.held[name] = name, draft.held
                self._count(name, draft.layer, draft.held)
        self.network.output(*dict.fromkeys(made[flow.draft][flow.output] for flow in outputs))

    def _count(self, name: str, layer: Layer, held: Held) -> None:
        """Notes what a layer stores where it is not what its type says: arrays that are there already count once."""
        roots = roots_of(held.weights)
        untrained = [root for root in roots if self._roles.get(root[0]) == BUFFER]
        new = [root for root in roots if root not in self._counted]
        params = self._new([root for root in roots if root not in untrained])
        buffers = self._new([*untrained, *roots_of(held.buffers)])
        stored = (layer.params, sum(map(_size, layer.buffers().values())))
        tells = roots_of(held.weights) or roots_of(held.buffers) or layer.arity == (0, 0)
        shapes = (*layer.weights().items(), *layer.buffers().items())
        arrays = tuple(map(_way_to, (*held.weights, *held.buffers)))
        whole = 0 < len(shapes) == len(arrays) and None not in arrays
        owner = self._owners.setdefault((arrays, shapes), name) if whole else name
        if owner != name and (params, buffers) == (0, 0):
            self.network.share(name, owner)
        elif tells and (params, buffers) != stored:
            self.network.stored[name] = (params, buffers)
        self._freeze(name, layer, held, sum(count for root, count in new if self._roles.get(root) == FROZEN))

    def _freeze(self, name: str, layer: Layer, held: Held, count: int) -> None:
        """Notes which arrays of a layer are not trained; `count` numbers of parameters among them are counted here."""
        still = [bool(array.roots) and all(root in self._roles for root, _ in array.roots) for array in held.weights]
        if any(still):
            named = tuple(key for key, is_still in zip(layer.weights(), still, strict=False) if is_still)
            self.network.frozen[name] = Frozen() if all(still) else Frozen(named, count)

    def _new(self, roots: Sequence[Root]) -> int:
        self.shared |= self._counted & set(roots)
        new = set(roots) - self._counted
        self._counted |= new
        return sum(count for _, count in new)


def _way_to(array: Array) -> tuple[object, ...] | None:
    """The stored array that one is, and what turned it into this one; None where it is made of several, or far away."""
    turned: list[object] = []
    while array.work is not None and len(array.work[0].values) == 1 and len(turned) < MOST_TURNS:
        work, output = array.work
        turned += [(work.layer, output)]
        (array,) = work.values
    stored = array.work is None and len(array.roots) == 1 and array.roots[0][0] == array.name
    return (array.name, *turned) if stored else None


def _size(shape: tuple[int, ...]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def _read_by(drafts: Sequence[Draft], outputs: Sequence[Flow]) -> set[int]:
    """The drafts that the outputs depend on."""
    live: set[int] = set()
    waiting = [flow.draft for flow in outputs]
    while waiting:
        place = waiting.pop()
        if place not in live:
            live.add(place)
            waiting += [flow.draft for flow in drafts[place].inputs]
    return live
