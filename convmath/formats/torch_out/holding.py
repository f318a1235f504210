"""How modules hold their arrays: trained or not, as buffers, and one for several layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .blocks import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..leaves import Leaf, Leaves

HELPERS = {
    "freeze": '''def freeze(module, *names):
    """The module, these parameters of which are not trained."""
    for name in names:
        module.get_parameter(name).requires_grad_(False)
    return module''',
    "as_buffers": '''def as_buffers(module, *names):
    """The module, these parameters of which are buffers."""
    for name in names:
        array = module.get_parameter(name).detach()
        delattr(module, name)
        module.register_buffer(name, array)
    return module''',
}
"""Functions that a source may need, by their names."""


def held(leaf: Leaf, module: str, still: bool) -> str:
    """The call that makes a module, with what is told of its arrays; `still` says that it lies in a frozen block.

    >>> from convmath.layers.conv import Conv2d
    >>> from ..leaves import Leaf
    >>> from ..owned import Arrays
    >>> conv = Leaf("conv", Conv2d(3, 8, 3), (), (), (), Arrays(frozen=("bias",)))
    >>> held(conv, "nn.Conv2d(3, 8, 3)", False)
    'freeze(nn.Conv2d(3, 8, 3), "bias")'
    """
    _, buffers, _, _ = leaf.arrays
    if module.startswith("nn.Parameter("):
        if buffers:
            return module.removeprefix("nn.Parameter(").removesuffix(")")
        return f"{module[:-1]}, requires_grad=False)" if is_still(leaf) else module
    made = f"as_buffers({module}, {_listed(buffers)})" if buffers else module
    frozen = [name for name in leaf.arrays.frozen if name not in buffers]
    if still or not frozen:
        return made
    return f"{made}.requires_grad_(False)" if is_still(leaf) else f"freeze({made}, {_listed(frozen)})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def is_still(leaf: Leaf) -> bool:
    """Whether none of its parameters is trained, though it has some."""
    parameters = set(leaf.layer.weights()) - set(leaf.arrays.buffers)
    return bool(parameters) and parameters.issubset(leaf.arrays.frozen)


def still_blocks(root: Block, leaves: Leaves) -> set[str]:
    """The paths of the outermost blocks that hold nothing that is trained, but parameters."""
    found = set()
    for kid in root.kids:
        if isinstance(kid, Block):
            own = [leaves.items[place] for place in places_in(kid)]
            own = [leaf for leaf in own if leaf.arrays.owner is None]
            holding = [leaf for leaf in own if set(leaf.layer.weights()) - set(leaf.arrays.buffers)]
            if holding and all(map(is_still, holding)):
                found.add(kid.path)
            else:
                found |= still_blocks(kid, leaves)
    return found


def places_in(kid: Block) -> Iterator[int]:
    """The positions of all leaves in a block."""
    for one in kid.kids:
        if isinstance(one, Block):
            yield from places_in(one)
        else:
            yield one.leaf


class Held(NamedTuple):
    """What a layer calls: how that is reached, and the call that makes it."""

    reached: str
    made: str

    def array(self, name: str) -> str:
        """One of its arrays, or itself where it is one."""
        return self.reached if self.made.startswith("nn.Parameter(") else f"{self.reached}.{name}"


def tied(names: Iterable[str], own: Held, other: Held) -> list[str]:
    """The statements by which a module has the arrays of another: it is that one, or these arrays are the same.

    >>> again = Held('self.get_submodule("1")', "nn.Conv2d(3, 8, 3)")
    >>> tied(["weight"], again, Held("self.head.conv", "nn.Conv2d(3, 8, 3)"))
    ['self.add_module("1", self.head.conv)']
    >>> tied(["weight"], Held("self.out", "nn.Linear(7, 7)"), Held("self.w", "nn.Parameter(torch.zeros((7, 7)))"))
    ['self.out.weight = self.w']
    """
    numbered = re.fullmatch(r'(.*)\.get_submodule\(("\d+")\)', own.reached)
    if own.made == other.made:
        place = f"{numbered[1]}.add_module({numbered[2]}, {other.reached})" if numbered else ""
        return [place or f"{own.reached} = {other.reached}"]
    return [f"{own.array(name)} = {other.array(name)}" for name in names]
