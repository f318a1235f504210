"""Templates to a network: every block replaced by its layers, whose names begin with the block's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import ConvmathError, show
from .bind import LayerStep
from .item import LONGEST_NAME
from .tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..network.network import Network
    from ..network.tensor import Tensor
    from .bind import BlockStep, Template
    from .body import Link
    from .faults import Faults
    from .tree import Place


class Expander:
    """Adds templates to a network and remembers where each of its layers is written."""

    def __init__(self, network: Network, faults: Faults, exempt: Mapping[int, tuple[tuple[str, int], ...]]) -> None:
        self._network = network
        self._faults = faults
        self._exempt = exempt
        self._places: dict[str, Place | None] = dict.fromkeys(network.input_shapes)

    def expand(self, template: Template, inputs: Sequence[Tensor], prefix: str = "") -> list[Tensor]:
        """Adds the template's layers; returns what it names as its outputs, or else what its last layer makes."""
        values: dict[int, Tensor] = dict(enumerate(inputs))
        for position, step in template.steps:
            read = [_pick(values, link) for link in step.links]
            if isinstance(step, LayerStep):
                values[position] = self._add(step, read, prefix)
            else:
                values[position] = self._repeat(step, read, prefix)
        return [_pick(values, link) for link in template.outputs] or [values[template.size - 1]]

    def _repeat(self, step: BlockStep, inputs: list[Tensor], prefix: str) -> Tensor:
        if not step.repeat:
            return self.expand(step.first, inputs, f"{prefix}{step.name}.")[0]
        for number in range(step.repeat):
            template = step.rest if number else step.first
            inputs = self.expand(template, inputs, f"{prefix}{step.name}.{step.start + number}.")
        return inputs[0]

    def _add(self, step: LayerStep, inputs: list[Tensor], prefix: str) -> Tensor:
        name = prefix + step.name
        if len(name) > LONGEST_NAME:
            self._faults.add(
                step.place, f"the name {show(name)} has {len(name)} characters with its blocks (at most {LONGEST_NAME})"
            )
            raise self._faults.error()
        if name in self._places:
            first = self._places[name]
            where = f"on line {first.line}" if first is not None else "by an input"
            self._faults.add(step.place, f"the name {show(name)} is used twice (first {where}; rename one of the two)")
            raise self._faults.error()
        self._places[name] = step.place
        self._network.origins[name] = self._faults.origin(step.place)
        if step.stored is not None and not isinstance(step.stored, Scalar):
            self._network.stored[name] = step.stored
        if step.frozen is not None:
            self._network.frozen[name] = step.frozen
        if step.claims:
            self._network.claims += [claim._replace(layer=name) for claim in step.claims]
        if step.place.line in self._exempt:
            self._network.exempt[name] = tuple(code for code, _ in self._exempt[step.place.line])
        made = self._network.add(step.layer, *inputs, name=name)
        if isinstance(step.stored, Scalar):
            self._share(name, prefix + step.stored.text, step.stored.place)
        return made

    def _share(self, name: str, owner: str, place: Place) -> None:
        try:
            self._network.share(name, owner)
        except ConvmathError as error:
            self._faults.add(place, str(error))
            raise self._faults.error() from None


def _pick(values: dict[int, Tensor], link: Link) -> Tensor:
    tensor = values[link.position]
    return tensor[link.output] if link.output else tensor
