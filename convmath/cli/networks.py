"""What commands take for a network: a name of the zoo, a file, or, where that is allowed, Python code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..core.errors import FileError, ParseError, ShapeError, show
from ..formats.load import SUFFIXES
from ..formats.torch_in.code import PICKLES, is_code, no_pickle, refusal
from .options import parse_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.shape import Shape
    from ..network.network import Network
    from ..report.analysis import Report


class NetworkName(click.ParamType):  # type: ignore[type-arg]
    """A network of the zoo or a file; completes both."""

    name = "network"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from ..zoo import FILE_OF

        items = [CompletionItem(name) for name in FILE_OF if name.startswith(incomplete)]
        return items or [CompletionItem(incomplete, type="file")]


class Asked(NamedTuple):
    """A network, and the shapes that are given for its inputs: by place, and by name."""

    network: Network
    shapes: tuple[Any, ...]
    named: dict[str, Any]

    def settled(self) -> tuple[Shape, ...]:
        """The shape of every input; ShapeError, with the place in the file, where a size is left open."""
        net = self.network
        for place, (name, shape) in enumerate(net.input_shapes.items()):
            if shape is None and place >= len(self.shapes) and name not in self.named and name in net.origins:
                raise ShapeError(
                    f"{net.origins[name]}: the size is open (give it a number with --given, or a shape with --input,"
                    " or call it by a letter, such as H)"
                )
        return tuple(net.settled(self.shapes, self.named)[1].values())


def report_of(name: str, shapes: tuple[str, ...], values: dict[str, Any], allow_code: bool) -> Report:
    """The analysis of a network that a command names, for the inputs and values that it is given."""
    asked = network_of(name, shapes, values, allow_code)
    report = asked.network.analyze(*asked.settled())
    report.remarks += _remarks(report, is_file(name))
    return report


def network_of(name: str, shapes: tuple[str, ...], values: dict[str, Any], allow_code: bool) -> Asked:
    """The network that a command names, built for the inputs and values that it is given, and those inputs.

    Values that no shape takes up are a network's parameters, a file's symbols, a function's arguments.
    """
    pairs, rest = parse_shapes(shapes, values)
    named, plain = told_apart(pairs)
    if is_code(name) and allow_code:
        from ..formats.torch_in.code import network_from_code

        return Asked(network_from_code(name, pairs, rest, "give --input 1x3x224x224"), plain, named)
    told: list[tuple[int | str, object]] = [*named.items(), *enumerate(plain)]
    return Asked(open_network(name, rest, dict(told), values), plain, named)


def told_apart(pairs: list[tuple[str, Any]]) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The shapes that are given by name, and those by place; ParseError for a name that is there twice.

    >>> told_apart([("", (1, 3)), ("mask", (1, 1))])
    ({'mask': (1, 1)}, ((1, 3),))
    """
    named = {label: shape for label, shape in pairs if label}
    plain = tuple(shape for label, shape in pairs if not label)
    if len(named) + len(plain) < len(pairs):
        labels = [label for label, _ in pairs]
        raise ParseError(f"--input {next(label for label in named if labels.count(label) > 1)} is given twice")
    return named, plain


def _remarks(report: Report, from_file: bool) -> tuple[str, ...]:
    """What is told beside the table: conditions, and a file's symbols, among which one that is misspelt is seen."""
    from ..report.conditions import remarks_on_network, symbols_of

    names = list(symbols_of(report)) if from_file else []
    said = f"Symbols: {', '.join(names)} (of at least 1; --given {names[0]}=… gives one a value)." if names else ""
    return (*([said] if said else []), *remarks_on_network(report))


def is_file(name: str) -> bool:
    """Whether `name` means a file, not a network of the zoo.

    >>> is_file("net.yaml"), is_file("resnet50")
    (True, False)
    """
    return name.lower().endswith((*SUFFIXES, *PICKLES)) or os.sep in name or os.path.isfile(name)


def is_elsewhere(name: str) -> bool:
    """Whether `name` means a network that is not built in: a file, or code.

    >>> is_elsewhere("mypkg.models:build_net"), is_elsewhere("resnet50")
    (True, False)
    """
    return is_file(name) or is_code(name)


def open_network(
    name: str,
    given: dict[str, Any],
    shapes: Mapping[int | str, object] | None = None,
    spare: dict[str, Any] | None = None,
) -> Network:
    """The network of the zoo, or of the file, that `name` names; code is refused.

    One whose `size` is a parameter is built for the first of the shapes, which go by the names of inputs or by their
    place, unless that is given. `spare` holds values that the shapes took up; a file may have the same symbols in its
    layers.
    """
    if name.lower().endswith(PICKLES):
        raise no_pickle(name)
    if is_code(name):
        raise refusal(name)
    if is_file(name):
        if not name.lower().endswith(SUFFIXES):
            raise FileError(f"{show(name)} is no spec file or model (its name must end in {', '.join(SUFFIXES)})")
        from ..formats.load import load

        return load(name, given, shapes, spare=spare)
    from ..core.shape import as_shape
    from ..core.size import are_numbers
    from ..zoo import builder, published_parameters

    build = builder(name)
    if shapes and "size" in published_parameters(name):
        shape = as_shape(next(iter(shapes.values())))
        if shape.rank == 2 and are_numbers(*shape.spatial):  # of another one the network itself says what is wrong
            given = {"size": shape.spatial} | given
    return build(**given)
