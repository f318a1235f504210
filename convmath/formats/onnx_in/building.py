"""From drafts to a network: what nobody reads is left out, the rest gets names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.errors import ConvmathError, GraphError
from ...network.network import Network, Tensor
from .naming import Names, input_names
from .values import roots_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...layers.base import Layer
    from .drafts import Draft, Held
    from .values import Flow, Root


class Built:
    """A network, and what happened on the way to it."""

    def __init__(self, title: str, drafts: Sequence[Draft], outputs: Sequence[Flow], who: str) -> None:
        self.network = Network(title)
        self.shared: set[Root] = set()
        """The stored arrays that several layers hold."""
        self.unread: list[str] = []
        """The inputs that nothing reads."""
        self.names: dict[int, str] = {}
        """What the layer or input of each draft is called."""
        self.held: dict[str, Held] = {}
        """The stored arrays of every layer."""
        self._counted: set[Root] = set()
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
        params, buffers = (self._new(roots_of(arrays)) for arrays in held)
        stored = (layer.params, sum(map(_size, layer.buffers().values())))
        tells = roots_of(held.weights) or roots_of(held.buffers) or layer.arity == (0, 0)
        if tells and (params, buffers) != stored:
            self.network.stored[name] = (params, buffers)

    def _new(self, roots: Sequence[Root]) -> int:
        self.shared |= self._counted & set(roots)
        new = set(roots) - self._counted
        self._counted |= new
        return sum(count for _, count in new)


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
