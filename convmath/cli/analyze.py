"""convmath analyze: every layer of a network, with totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..render.table import printable
from ..report.added import counting_column, counting_data, training_columns, training_data
from ..report.columns import COLUMNS, DEFAULT_COLUMNS
from .counting import ToolName
from .networks import NetworkName, report_of
from .options import (
    allow_code_option,
    emit,
    format_option,
    given_option,
    output_option,
    parse_given,
    plot_option,
    shapes_option,
)

if TYPE_CHECKING:
    from ..report.analysis import Report
    from ..report.columns import Column
    from ..report.counting.convention import Counted


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
@plot_option("the share of every row in the MACs")
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
    plot: str | None,
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
    if plot is not None:
        from ..render.chart import write_chart
        from ..report.charts import cost_chart

        write_chart(cost_chart(report), plot)
    emit(lambda: report.table(chosen), lambda: _data(report, counted, training), form, output)
    if strict and report.unknown:
        click.echo(printable(f"{network}: {report.say_unknown()}"), err=True)
        raise click.exceptions.Exit(1)


def _data(report: Report, counted: Counted | None, training: bool) -> dict[str, Any]:
    from ..report.conditions import conditions_data
    from ..report.data import report_data

    added: dict[str, Any] = {"counted_like": counting_data(counted, report)} if counted else {}
    if training:
        added["training"] = training_data(report.training, report)
    return report_data(report) | conditions_data(report) | added


def columns_of(text: str | None) -> tuple[str, ...]:
    """The columns that --columns asks for; a leading + adds to the usual ones.

    >>> columns_of("+flops")[-1], columns_of("name,macs")
    ('flops', ('name', 'macs'))
    """
    if text is None:
        return DEFAULT_COLUMNS
    names = tuple(word.strip() for word in text.removeprefix("+").split(","))
    return (*DEFAULT_COLUMNS, *names) if text.startswith("+") else names
