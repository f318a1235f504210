"""Layers of Keras that are called several times, and those that are not trained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...core.errors import ParameterError
from ...layers.norm import BatchNorm
from ..identifiers import Identifiers
from ..leaves import named_in_remark
from ..owned import quoted
from .rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..leaves import Leaf, Leaves

CALL = re.compile(r"(layers\.\w+\(.*{name}\))(\(.*\))")
"""A row that makes a layer, and calls it."""


class Holders:
    """Rows of layers; one whose arrays others share is made once, by a statement among `made`, and called by all."""

    def __init__(self, leaves: Leaves, called: Mapping[int, str], taken: set[str]) -> None:
        self.made: list[str] = []
        self._leaves = leaves
        self._called = called
        self._taken = Identifiers(taken)
        self._owners = {leaf.arrays.owner for leaf in leaves.items}
        self._variables: dict[int, str] = {}

    def rows(self, place: int) -> tuple[str, ...]:
        """The rows of the leaf at a position; ParameterError where it does not use its arrays as their owner does."""
        leaf = self._leaves.items[place]
        owner = place if leaf.arrays.owner is None else leaf.arrays.owner
        rows = rows_of(leaf)
        if owner in self._owners:
            made = self._maker(rows)
            if place == owner:
                self._variables[owner] = self._taken.free(self._called[owner])
                self.made.append(f"{self._variables[owner]} = {made.replace('{name}', self._told(place))}")
            elif not made or made != self._maker(rows_of(self._leaves.items[owner])):
                raise self._refusal(leaf, self._leaves.items[owner])
            rows = tuple(row.replace(made, self._variables[owner]) for row in rows)
        return tuple(row.replace("{name}", self._told(place)) for row in rows)

    def _maker(self, rows: tuple[str, ...]) -> str:
        """What makes the layer that is called among the rows; empty where none is."""
        return next((found[1] for found in map(CALL.fullmatch, rows) if found), "")

    def _told(self, place: int) -> str:
        still = ", trainable=False" if _is_still(self._leaves.items[place]) else ""
        return f'name="{self._called[place]}"{still}'

    def _refusal(self, leaf: Leaf, owner: Leaf) -> ParameterError:
        return ParameterError(
            f"{quoted(leaf.name)}: {leaf.layer!r}: Keras shares layers as wholes, and {quoted(owner.name)}, whose"
            f" arrays these are, is {owner.layer!r} (export --to torch)"
        )


def _is_still(leaf: Leaf) -> bool:
    arrays = {*leaf.arrays.frozen, *leaf.arrays.buffers}
    return bool(arrays) and arrays.issuperset(leaf.layer.weights())


def remarks_on(leaves: Leaves) -> tuple[str, ...]:
    """What Keras trains otherwise."""
    held = [leaf for leaf in leaves.items if leaf.arrays.frozen and leaf.arrays.owner is None]
    parted = [leaf for leaf in held if not _is_still(leaf)]
    norms = [leaf for leaf in held if _is_still(leaf) and isinstance(leaf.layer, BatchNorm)]
    said = []
    if parted:
        said.append(
            f"Keras freezes layers as wholes, so what is frozen in these is trained there: {named_in_remark(parted)}."
        )
    if norms:
        said.append(
            "In training, a frozen BatchNormalization takes its moving statistics, where PyTorch takes the batch's:"
            f" {named_in_remark(norms)}."
        )
    return tuple(said)
