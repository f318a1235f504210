"""convmath analyze: every layer of a network, with totals."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import FileError, ParseError, ShapeError, show
from ..formats.load import SUFFIXES
from ..formats.torch_in.code import PICKLES, is_code, no_pickle, refusal
from ..render.table import printable
from ..report.added import counting_column, counting_data, training_columns, training_data
from ..report.columns import COLUMNS, DEFAULT_COLUMNS
from .counting import ToolName
from .options import (
    allow_code_option,
    emit,
    format_option,
    given_option,
    output_option,
    parse_given,
    parse_shapes,
    shapes_option,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..network.network import Network
    from ..report.analysis import Report
    from ..report.columns import Column
    from ..report.counting.convention import Counted


class NetworkName(click.ParamType):  # type: ignore[type-arg]
    """A network of the zoo or a file; completes both."""

    name = "network"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from ..zoo import FILE_OF

        items = [CompletionItem(name) for name in FILE_OF if name.startswith(incomplete)]
        return items or [CompletionItem(incomplete, type="file")]


@click.command()
@click.argument("network", type=NetworkName())
@shapes_option
@click.option("--columns", metavar="A,B,…", help=f"Columns to show, or + and those to add: {', '.join(COLUMNS)}.")
@click.option("--depth", type=click.IntRange(min=1), help="Fold blocks below this many names into one row.")
@click.option(
    "--count-like",
    "tool",
    type=ToolName(),
    metavar="TOOL",
    help="Add what another tool counts: thop, fvcore, … (convmath explain-count has them all).",
)
@click.option("--training", is_flag=True, help="Add the MACs of a training step: the gradients', and all of it.")
@click.option("--sort", metavar="COLUMN", help="Largest first by a column.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the N largest, by --sort's column or MACs.")
@click.option("--strict", is_flag=True, help="Exit with 1, naming them, if there are operators nobody knows.")
@allow_code_option
@given_option
@format_option
@output_option
def analyze(
    network: str,
    shapes: tuple[str, ...],
    columns: str | None,
    depth: int | None,
    tool: str | None,
    training: bool,
    sort: str | None,
    top: int | None,
    strict: bool,
    allow_code: bool,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> None:
    """Shapes, parameters, MACs and receptive fields of every layer of a network, with totals.

    NETWORK is a name that `convmath zoo` lists, a spec file (.yaml, .json), an ONNX model (.onnx), or, with
    --allow-code, a function in Python that makes a module of PyTorch (mypkg.models:build_net). Symbols, of the input or
    of a file's layers, make the answers formulas; --given gives them values, and a function its arguments.

    \b
    Examples:
      convmath analyze resnet50
      convmath analyze resnet50 --input 8x3x320x320 --depth 2
      convmath analyze unet --top 5 --columns name,output,macs,rf
      convmath analyze resnet50 --input Nx3xHxW --given N=1
      convmath analyze resnet50 --depth 1 --count-like thop
      convmath analyze mobilenet_v2 --depth 2 --training
      convmath analyze net.yaml --given H=224,W=224 --format json -o report.json
    """
    report = report_of(network, shapes, parse_given(given), allow_code)
    if depth is not None:
        report = report.fold(depth)
    if top is not None:
        report = report.top(top, sort or "macs")
    elif sort is not None:
        report = report.sort(sort)
    counted = None if tool is None else report.counted_like(tool)
    if counted:
        report.remarks += counted.notes
    chosen: tuple[str | Column, ...] = (
        *columns_of(columns),
        *([counting_column(counted)] if counted else []),
        *(training_columns(report.training) if training else []),
    )
    emit(lambda: report.table(chosen), lambda: _data(report, counted, training), form, output)
    if strict and report.unknown:
        click.echo(printable(f"{network}: {report.say_unknown()}"), err=True)
        raise click.exceptions.Exit(1)


def report_of(network: str, shapes: tuple[str, ...], values: dict[str, Any], allow_code: bool = False) -> Report:
    """The analysis of a network that a command names, for the inputs and values that it is given."""
    pairs, rest = parse_shapes(shapes, values)
    net = _open(network, pairs, rest, values, allow_code)
    named: dict[str, object] = {}
    for name, shape in pairs:
        if name in named:
            raise ParseError(f"--input {name} is given twice")
        if name:
            named[name] = shape
    _check_open(net, len(pairs) - len(named), named)
    report = net.analyze(*(shape for name, shape in pairs if not name), **named)
    report.remarks += _remarks(report, is_file(network))
    return report


def _open(
    name: str, pairs: list[tuple[str, Any]], rest: dict[str, Any], values: dict[str, Any], allow_code: bool
) -> Network:
    if allow_code and is_code(name):
        from ..formats.torch_in.code import network_from_code

        return network_from_code(name, pairs, rest, "give --input 1x3x224x224")
    return open_network(name, rest, by_place(pairs), values)


def _check_open(net: Network, count: int, named: dict[str, object]) -> None:
    """ShapeError where a file leaves a size open of an input that is not among the first `count` and those named."""
    for place, (name, shape) in enumerate(net.input_shapes.items()):
        if shape is None and place >= count and name not in named and name in net.origins:
            raise ShapeError(
                f"{net.origins[name]}: the size is open (give it a number with --given, or a shape with --input, or"
                " call it by a letter, such as H)"
            )


def _remarks(report: Report, from_file: bool) -> tuple[str, ...]:
    """What is told beside the table: conditions, and a file's symbols, among which one that is misspelt is seen."""
    from ..report.conditions import remarks_on_network, symbols_of

    names = list(symbols_of(report)) if from_file else []
    said = f"Symbols: {', '.join(names)} (of at least 1; --given {names[0]}=… gives one a value)." if names else ""
    return (*([said] if said else []), *remarks_on_network(report))


def _data(report: Report, counted: Counted | None, training: bool) -> dict[str, Any]:
    from ..report.conditions import conditions_data
    from ..report.data import report_data

    added: dict[str, Any] = {"counted_like": counting_data(counted, report)} if counted else {}
    if training:
        added["training"] = training_data(report.training, report)
    return report_data(report) | conditions_data(report) | added


def is_file(name: str) -> bool:
    """Whether `name` means a file, not a network of the zoo.

    >>> is_file("net.yaml"), is_file("resnet50")
    (True, False)
    """
    return name.endswith(SUFFIXES) or os.sep in name or os.path.isfile(name)


def by_place(pairs: Sequence[tuple[str, object]]) -> dict[int | str, object]:
    """Shapes by the names of their inputs, those without a name by their place.

    >>> by_place([("left", "1x3"), ("", "1x4")])
    {'left': '1x3', 0: '1x4'}
    """
    plain = (shape for name, shape in pairs if not name)
    return {name: shape for name, shape in pairs if name} | dict(enumerate(plain))


def open_network(
    name: str,
    given: dict[str, Any],
    shapes: Mapping[int | str, object] | None = None,
    spare: dict[str, Any] | None = None,
) -> Network:
    """The network of the zoo, or of the file, that `name` names.

    One whose `size` is a parameter is built for the first of the shapes, unless that is given. `spare` holds values
    that the shapes took up; a file may have the same symbols in its layers.
    """
    if name.endswith(PICKLES):
        raise no_pickle(name)
    if is_code(name):
        raise refusal(name)
    if is_file(name):
        if not name.endswith(SUFFIXES):
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


def columns_of(text: str | None) -> tuple[str, ...]:
    """The columns that --columns asks for; a leading + adds to the usual ones.

    >>> columns_of("+flops")[-1], columns_of("name,macs")
    ('flops', ('name', 'macs'))
    """
    if text is None:
        return DEFAULT_COLUMNS
    names = tuple(word.strip() for word in text.removeprefix("+").split(","))
    return (*DEFAULT_COLUMNS, *names) if text.startswith("+") else names
