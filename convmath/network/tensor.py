"""Tensor: a value in a network under construction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import GraphError, show
from .node import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .network import Network


class Tensor:
    """A value in a network under construction: what `add` returns and takes.

    What has several outputs gives a Tensor that is indexed or unpacked: `left, right = net.add(Chunk(2), x)`; by
    itself it stands for the first.
    """

    __slots__ = ("network", "refs", "whole")

    def __init__(self, network: Network, refs: tuple[Ref, ...], whole: bool = True) -> None:
        self.network = network
        self.refs = refs
        self.whole = whole

    @property
    def ref(self) -> Ref:
        """The first output."""
        return self.refs[0]

    def __getitem__(self, output: int) -> Tensor:
        if type(output) is not int or output < 0 or (self.whole and output >= len(self.refs)):
            raise GraphError(f"{show(output)} is no output (there are {len(self.refs)}, counted from 0)")
        ref = self.refs[output] if self.whole else Ref(self.ref.node, output)
        return Tensor(self.network, (ref,))

    def __iter__(self) -> Iterator[Tensor]:
        if not self.whole:
            raise GraphError("how many outputs there are depends on the input; take them by number: pieces[0]")
        return iter([self[output] for output in range(len(self.refs))])

    def __repr__(self) -> str:
        return f"<Tensor {self.network.nodes[self.ref.node].name}[{self.ref.output}]>"
