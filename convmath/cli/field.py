"""convmath field: what the layers of a network see of its input, or of an earlier layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..core.errors import ParseError, show
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
    from ..report.sights import Sights


@click.command()
@click.argument("network", type=NetworkName())
@click.option("--of", metavar="LAYER", help="One layer, or block, in full: what a position of it reads, and the holes.")
@click.option("--at", metavar="O,O", help="The position, one number for each axis; the middle one if left out.")
@click.option("--to", metavar="NAME", help="What is looked at: an input or an earlier layer; the first input if not.")
@click.option("--ignore-global", is_flag=True, help="Leave out gates, attention, moments of norms: all local paths.")
@click.option("--holes", is_flag=True, help="Only the layers whose fields have holes.")
@click.option("--depth", type=click.IntRange(min=1), help="Only the last layer of blocks below this many names.")
@plot_option("how receptive fields grow from layer to layer")
@shapes_option
@allow_code_option
@given_option
@format_option
@output_option
def field(
    network: str,
    of: str | None,
    at: str | None,
    to: str | None,
    ignore_global: bool,
    holes: bool,
    depth: int | None,
    plot: str | None,
    shapes: tuple[str, ...],
    allow_code: bool,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> None:
    """Receptive fields: what every layer sees of the input, or exactly what one position of one layer reads.

    NETWORK is a name that `convmath zoo` lists, a file (.yaml, .json, .onnx), or, with --allow-code, Python code, as
    analyze takes it. Along each axis: the size of the field, the jump from one position to the next, where the field
    of position 0 starts, its share of the axis, the share that is left of it at the borders for the middle position,
    the holes between what is read, and whether paths that meet are aligned; below, which two are not, and by how much.

    \b
    Examples:
      convmath field resnet50 --depth 1
      convmath field efficientnet_b0 --ignore-global --depth 2
      convmath field deeplabv3_resnet50 --of classifier.0.convs.3 --to backbone.layer4
      convmath field resnet18 --of layer2 --at 0,14
      convmath field deeplabv3_resnet50 --to backbone.layer4 --holes
    """
    from ..report.sights_table import sights_data, sights_table, touched_data, touched_table

    if at is not None and of is None:
        raise ParseError("--at goes with a layer (such as --of layer4)")
    if of is not None and (holes or depth is not None):
        raise ParseError(f"--{'holes' if holes else 'depth'} goes with the table of all layers (leave out --of)")
    report = report_of(network, shapes, parse_given(given), allow_code)
    if plot is not None:
        from ..render.chart import write_chart
        from ..report.charts import field_chart

        write_chart(field_chart(report), plot)
    sights = report.receptive_fields(to, ignore_global=ignore_global)
    if of is None:
        names = _names(sights, holes, depth)
        emit(lambda: sights_table(sights, names), lambda: sights_data(sights, names), form, output)
        return
    sight, touched = sights[of], sights.touched(of, None if at is None else _position(at))
    emit(lambda: touched_table(sight, touched), lambda: touched_data(sight, touched), form, output)


def _names(sights: Sights, holes: bool, depth: int | None) -> list[str]:
    """The layers to show: each, or what is read of each block, that sees anything, or that has holes."""
    known = {sight.name: sight for sight in sights.sights}
    rows = sights.report.rows if depth is None else sights.report.fold(depth).rows
    names = [row.name for row in rows if sights.node(row.name) in known]
    return [name for name in names if any(known[sights.node(name)].holes)] if holes else names


def _position(text: str) -> tuple[int, ...]:
    """The numbers of a position.

    >>> _position("3,14")
    (3, 14)
    """
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ParseError(f"--at {show(text)} is no position (write one number for each axis, such as 3,14)") from None
