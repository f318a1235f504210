"""`to_torch`: a network as the source of a PyTorch module."""

from __future__ import annotations

import re
from textwrap import fill, wrap
from typing import TYPE_CHECKING

from ...layers.source import Constant
from ...layers.view import View
from ..exported import Exported
from ..identifiers import Identifiers, class_name, identifier
from ..leaves import leaves_of, named_in_remark
from ..steps import LETTERS, Body, Step
from .attributes import Wanted, attributes
from .blocks import Block, Single, blocks_of, ends_of
from .classes import Draft, written
from .holding import HELPERS, Held, held, places_in, still_blocks, tied
from .lines import lines_of
from .reserved import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...network.network import Network
    from ..leaves import Leaves, Value
    from .lines import Line


def to_torch(net: Network, *shapes: object, **named: object) -> str:
    """The source of an nn.Module that computes what the network does; it imports nothing but torch.

    Shapes are given as to `analyze`. Modules are called as the layers are, in blocks by the dots in their names, so
    that arrays have the names that `numeric.run` gives them, where names are identifiers and the layers of a block
    follow one another. Blocks that differ in numbers alone share a class. A name is never more than an identifier in
    the source. Padding that depends on the size is written for these shapes. Numbers that a module's code stated are
    zeros, as a network does not hold them. What is frozen has `requires_grad=False`,
    and layers that share their arrays call one module. Layers on which no output depends are left out, as a comment at
    the top says.

    Raises ParameterError, naming the layer, for what PyTorch has no equal of, and for symbols; ShapeError as `analyze`
    does.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.layers.merge import Add
    >>> from convmath.network.network import Network
    >>> net = Network("twice")
    >>> x = net.input(shape=(1, 8, 5, 7))
    >>> sum = net.add(Add(), x, net.add(Conv2d(8, 8, 3, padding=1), x, name="conv"), name="sum")
    >>> print(to_torch(net), end="")
    import torch.nn as nn
    <BLANKLINE>
    <BLANKLINE>
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(8, 8, 3, padding=1)
    <BLANKLINE>
        def forward(self, x):
            y = self.conv(x)
            return x + y

    Source: PyTorch's modules and functions, version 2.
    """
    return torch_source(net, *shapes, **named).what


def torch_source(net: Network, *shapes: object, **named: object) -> Exported[str]:
    """The source that `to_torch` gives, with what is to be said of it."""
    leaves = leaves_of(net, shapes, named)
    body = _Writer(leaves).classes(blocks_of(leaves))
    used = "\n".join(body)
    imports = [line for word, line in IMPORTS.items() if re.search(rf"\b{word}\.", used)]
    helpers = [text for word, text in HELPERS.items() if re.search(rf"\b{word}\(", used)]
    lines = "\n\n\n".join(["\n".join(imports), *helpers, *body]).split("\n")
    remarks = (*leaves.remarks, *_on_constants(leaves))
    said = [f"# {line}" for remark in remarks for line in wrap(remark, WIDEST - 2)]
    return Exported("\n".join([*said, *map(_wrapped, lines)]) + "\n", remarks)


def _on_constants(leaves: Leaves) -> Iterator[str]:
    """What is said of arrays whose numbers no state_dict brings."""
    lost = [leaf for leaf in leaves.items if isinstance(leaf.layer, Constant) and not leaf.arrays.counted]
    if lost:
        yield f"Zeros here, as a network keeps no numbers of constants: {named_in_remark(lost)} (fill them in)."


def _wrapped(line: str) -> str:
    """A long call on several lines: within its brackets any space will do."""
    indent = line[: len(line) - len(line.lstrip())] + "    "
    if len(line) <= WIDEST or not _is_one_call(line):
        return line
    return fill(line, WIDEST, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _is_one_call(line: str) -> bool:
    """Whether all its spaces but those before it lie within brackets, and none in a text.

    >>> _is_one_call("    y = nn.Fold((2, 3), 1)(x)"), _is_one_call("return f(x) / g(x)")
    (True, False)
    """
    found = CALL.fullmatch(line)
    depth = 0
    for sign in found[2] if found else "":
        depth += (sign == "(") - (sign == ")")
        if sign == " " and depth == 0:
            return False
    return found is not None


WIDEST = 100
"""Characters of a line."""

CALL = re.compile(r"\s*(\w+ = |self\.\w+ = |return |def )?([\w.]+\([^\"']*\))[:,]?")
"""A line that begins and ends as a call does, without any text in it."""

IMPORTS = {
    "torch": "import torch",
    "nn": "import torch.nn as nn",
    "F": "import torch.nn.functional as F",
}
"""What a source may need, by the word that it begins with there."""


NUMBERED = re.compile(r"_\d+$")
"""What stands behind the name of a module that is called again."""


class _Writer:
    """The classes of a tree of blocks, those inside before those they are in."""

    def __init__(self, leaves: Leaves) -> None:
        self.leaves = leaves
        self.readers = leaves.readers
        self.names = Identifiers({"torch", "nn", "F"})
        self.lines: dict[int, tuple[Line, ...]] = {
            place: lines_of(leaf, self._may_write(place))
            for place, leaf in enumerate(leaves.items)
            if leaf.layer is not None
        }
        self.calls: dict[str, str] = {}
        """What makes each block, by its path."""
        self.still: set[str] = set()
        """The blocks that are frozen as wholes."""
        self.places: dict[int, tuple[str, ...]] = {}
        """The modules of each layer, as they are reached from the largest block around it that is written."""
        self.tied: set[int] = set()
        """The layers whose modules have been given the arrays of others."""

    def classes(self, root: Block) -> list[str]:
        """The text of every class, the network's last."""
        levels: dict[int, list[Block]] = {}
        _by_height(root, levels)
        self.still = still_blocks(root, self.leaves)
        self.names.free(class_name(self.leaves.name))
        found: list[str] = []
        for _, blocks in sorted(levels.items()):
            if blocks == [root]:
                continue
            drafts = []
            for block in blocks:
                chain = self._chain(block)
                if chain is not None:
                    self._call(block, chain)
                else:
                    drafts.append((block, self._draft(block)))
            texts, calls = written([draft for _, draft in drafts], self.names)
            for (block, _), call in zip(drafts, calls, strict=True):
                self._call(block, call)
            found += texts
        (text,), _ = written([self._draft(root)], Identifiers())
        return [*found, text]

    def _call(self, block: Block, made: str) -> None:
        self.calls[block.path] = f"{made}.requires_grad_(False)" if block.path in self.still else made

    def _may_write(self, place: int) -> bool:
        """Whether a layer may write its result into the memory of what it reads: nobody else sees that."""
        (value,) = self.leaves.items[place].reads[:1] or (None,)
        if value is None or self.readers[value] > 1:
            return False
        maker = self.leaves.items[value.leaf].layer
        return maker is not None and not isinstance(maker, View)

    def _chain(self, block: Block) -> str | None:
        """nn.Sequential of what is called by numbers that grow, and follows one another; None for other blocks.

        Numbers in between that are missing are of modules that hand their input on.
        """
        numbers = [int(kid.name) if kid.name.isdecimal() else -1 for kid in block.kids]
        if numbers != sorted({*numbers}) or numbers[0] < 0 or numbers[-1] > 4 * len(numbers):
            return None
        if len(block.inputs) != 1 or len(block.outputs) != 1:
            return None
        inside = set(places_in(block))
        if any(self._owner(place) in inside and place not in self.tied for place in inside):
            return None
        (value,), makers = block.inputs, ["nn.Identity()"] * (numbers[-1] + 1)
        for number, kid in zip(numbers, block.kids, strict=True):
            inputs, outputs = ends_of(kid, self.leaves)
            plain = isinstance(kid, Block) or (len(self.lines[kid.leaf]) == 1 and self.lines[kid.leaf][0].is_plain)
            if not plain or inputs != (value,) or len(outputs) != 1:
                return None
            (value,) = outputs
            (makers[number],) = (one.made for one in self._wanted(kid, block))
        for number, kid in zip(numbers, block.kids, strict=True):
            self._reach(kid, iter([f"self[{number}]"]))
        return _sequence(makers)

    def _owner(self, place: int) -> int | None:
        return self.leaves.items[place].arrays.owner

    def _modules(self, place: int) -> list[str]:
        return [line.module for line in self.lines[place] if line.module]

    def _draft(self, block: Block) -> Draft:
        singles = {kid.leaf for kid in block.kids if not isinstance(kid, Block)}
        again = self._again(singles)
        making = [kid for kid in block.kids if isinstance(kid, Block) or kid.leaf not in again]
        wanted = [one for kid in making for one in self._wanted(kid, block)]
        makes, found = attributes(wanted, Identifiers(RESERVED))
        names, steps = iter(found), list[Step]()
        blocks = {kid.name: self._reach(kid, names) for kid in making}
        self.places |= {place: self.places[owner] for place, owner in again.items()}
        self.tied |= set(again)
        for kid in block.kids:
            if isinstance(kid, Block):
                reads = ", ".join(f"{{{place}}}" for place in range(len(kid.inputs)))
                plain = len(kid.inputs) == len(kid.outputs) == 1
                steps.append(Step(f"{blocks[kid.name]}({reads})", kid.inputs, kid.outputs, plain=plain))
            else:
                self._single(kid, steps)
        arguments = self._arguments(block)
        forward = Body(arguments, block.outputs).written(steps)
        return Draft(self._stem(block), (*makes, *self._ties(block)), tuple(forward), tuple(arguments.values()))

    def _again(self, singles: set[int]) -> dict[int, int]:
        """Layers that are calls of a module which another layer makes: of the same arrays, or of none and numbered."""
        named = {self.leaves.items[place].name: place for place in singles}
        holders: dict[object, int] = {}
        found = {}
        for place in sorted(singles):
            leaf, modules = self.leaves.items[place], self._modules(place)
            if leaf.layer.weights() or leaf.layer.buffers():
                owner = place if leaf.arrays.owner is None else leaf.arrays.owner
                first = holders.setdefault((owner, *modules), place)
            else:
                first = named.get(NUMBERED.sub("", leaf.name), place)
            if first != place and modules == self._modules(first):
                found[place] = first
        return found

    def _wanted(self, kid: Block | Single, block: Block) -> list[Wanted]:
        """What a class keeps of a layer or a block."""
        if isinstance(kid, Block):
            return [Wanted(kid.name, self.calls[kid.path])]
        still = any(f"{block.path}.".startswith(f"{path}.") for path in self.still)
        leaf = self.leaves.items[kid.leaf]
        return [Wanted(kid.name, held(leaf, module, still)) for module in self._modules(kid.leaf)]

    def _reach(self, kid: Block | Single, names: Iterator[str]) -> str:
        """Notes how the modules of a layer, or of all layers in a block, are reached; what the block is called."""
        if not isinstance(kid, Block):
            self.places[kid.leaf] = tuple(next(names) for _ in self._modules(kid.leaf))
            return ""
        name = next(names)
        for place in places_in(kid):
            self.places[place] = tuple(name + own.removeprefix("self") for own in self.places[place])
        return name

    def _ties(self, block: Block) -> Iterator[str]:
        """What gives modules the arrays of others, as soon as both lie in one block."""
        inside = sorted(places_in(block))
        for place in inside:
            owner = self._owner(place)
            if owner is not None and owner in inside and place not in self.tied:
                self.tied.add(place)
                layer = self.leaves.items[place].layer
                pairs = zip(*(map(Held, self.places[one], self._modules(one)) for one in (place, owner)), strict=True)
                for own, other in pairs:
                    yield from tied((*layer.weights(), *layer.buffers()), own, other)

    def _single(self, kid: Single, steps: list[Step]) -> None:
        reads, made = ends_of(kid, self.leaves)
        lines, names = self.lines[kid.leaf], iter(self.places[kid.leaf])
        for place, line in enumerate(lines):
            call = line.call.replace("{m}", next(names)) if line.module else line.call
            between = made[:1] if place == len(lines) - 1 else (made[0]._replace(output=-1 - place),)
            makes_now = made if place == len(lines) - 1 else between
            steps.append(Step(call, reads, makes_now, line.target, line.is_plain))
            reads = between

    def _arguments(self, block: Block) -> dict[Value, str]:
        if len(block.inputs) == 1 or block.path:
            names = [*LETTERS, *(f"x{count}" for count in range(1, len(block.inputs) + 1))]
            return dict(zip(block.inputs, names, strict=False))
        taken = Identifiers({"self", "torch", "nn", "F"})
        return {value: taken.free(identifier(self.leaves.items[value.leaf].name, "x")) for value in block.inputs}

    def _stem(self, block: Block) -> str:
        """The words that a class is called after: the last one, and the one before it where that is a number."""
        if not block.path:
            return self.leaves.name
        words = block.path.split(".")
        told = [word for word in words if not word.isdigit()]
        return f"{told[-1] if told else 'x'}_block" if words[-1].isdigit() else words[-1]


def _sequence(makers: list[str]) -> str:
    """One line where it is short, else one for each."""
    line = f"nn.Sequential({', '.join(makers)})"
    if len(line) <= WIDE and "\n" not in line:
        return line
    inner = "".join(f"    {part}\n" for maker in makers for part in f"{maker},".split("\n"))
    return f"nn.Sequential(\n{inner})"


WIDE = 72
"""Characters of a chain that stands on one line."""


def _by_height(block: Block, levels: dict[int, list[Block]]) -> int:
    """Adds a block, and those in it, to the level of its height above the leaves."""
    height = 1 + max((_by_height(kid, levels) for kid in block.kids if isinstance(kid, Block)), default=0)
    levels.setdefault(height, []).append(block)
    return height
