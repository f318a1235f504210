"""`to_torch`: a network as the source of a PyTorch module."""

from __future__ import annotations

import re
from textwrap import fill
from typing import TYPE_CHECKING

from ...layers.view import View
from ..identifiers import Identifiers, class_name, identifier
from ..leaves import leaves_of
from ..steps import LETTERS, Body, Step
from .attributes import Wanted, attributes
from .blocks import Block, Single, blocks_of, ends_of
from .classes import Draft, written
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
    the source. Padding that depends on the size is written for these shapes.

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
    leaves = leaves_of(net, shapes, named)
    writer = _Writer(leaves)
    body = writer.classes(blocks_of(leaves))
    used = "\n".join(body)
    imports = [line for word, line in IMPORTS.items() if re.search(rf"\b{word}\.", used)]
    lines = "\n\n\n".join(["\n".join(imports), *body]).split("\n")
    return "\n".join(map(_wrapped, lines)) + "\n"


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

    def classes(self, root: Block) -> list[str]:
        """The text of every class, the network's last."""
        levels: dict[int, list[Block]] = {}
        _by_height(root, levels)
        self.names.free(class_name(self.leaves.name))
        found: list[str] = []
        for _, blocks in sorted(levels.items()):
            if blocks == [root]:
                continue
            drafts = []
            for block in blocks:
                chain = self._chain(block)
                if chain is not None:
                    self.calls[block.path] = chain
                else:
                    drafts.append((block, self._draft(block)))
            texts, calls = written([draft for _, draft in drafts], self.names)
            self.calls |= {block.path: call for (block, _), call in zip(drafts, calls, strict=True)}
            found += texts
        (text,), _ = written([self._draft(root)], Identifiers())
        return [*found, text]

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
        (value,), makers = block.inputs, ["nn.Identity()"] * (numbers[-1] + 1)
        for number, kid in zip(numbers, block.kids, strict=True):
            inputs, outputs = ends_of(kid, self.leaves)
            plain = isinstance(kid, Block) or (len(self.lines[kid.leaf]) == 1 and self.lines[kid.leaf][0].is_plain)
            if not plain or inputs != (value,) or len(outputs) != 1:
                return None
            (value,) = outputs
            makers[number] = self.calls[kid.path] if isinstance(kid, Block) else self.lines[kid.leaf][0].module
        return _sequence(makers)

    def _draft(self, block: Block) -> Draft:
        wanted = [one for kid in block.kids for one in self._wanted(kid)]
        makes, found = attributes(wanted, Identifiers(RESERVED))
        names, steps = iter(found), list[Step]()
        for kid in block.kids:
            if isinstance(kid, Block):
                reads = ", ".join(f"{{{place}}}" for place in range(len(kid.inputs)))
                plain = len(kid.inputs) == len(kid.outputs) == 1
                steps.append(Step(f"{next(names)}({reads})", kid.inputs, kid.outputs, plain=plain))
            else:
                self._single(kid, names, steps)
        arguments = self._arguments(block)
        forward = Body(arguments, block.outputs).written(steps)
        return Draft(self._stem(block), tuple(makes), tuple(forward), tuple(arguments.values()))

    def _wanted(self, kid: Block | Single) -> list[Wanted]:
        """What a class keeps of a layer or a block."""
        if isinstance(kid, Block):
            return [Wanted(kid.name, self.calls[kid.path])]
        return [Wanted(kid.name, line.module) for line in self.lines[kid.leaf] if line.module]

    def _single(self, kid: Single, names: Iterator[str], steps: list[Step]) -> None:
        reads, made = ends_of(kid, self.leaves)
        lines = self.lines[kid.leaf]
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
