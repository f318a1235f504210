"""convmath search: the cheapest sequence of layers that reaches a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.errors import ParseError
from .main import FAILED, FINE
from .options import emit, format_option, output_option, write_out

if TYPE_CHECKING:
    from ..plan.search import Found
    from ..render.table import Table


@click.command()
@click.option(
    "--block", "blocks", multiple=True, required=True, metavar="LAYER", help="A layer to choose; c: its channels."
)
@click.option(
    "-i", "--input", "shape", required=True, metavar="SHAPE", help="What the first layer reads: 1x16x224x224."
)
@click.option(
    "--target", required=True, metavar="TEXT", help="output=14x14, channels=64, receptive_field>=200, params<=2M."
)
@click.option(
    "--minimise", default="macs", show_default=True, metavar="COST", help="macs, params, flops or activations."
)
@click.option(
    "--layers", default=20, show_default=True, type=click.IntRange(1, 64), metavar="N", help="At most so many."
)
@click.option("--spec", is_flag=True, help="Write the best as a spec file instead.")
@format_option
@output_option
def search(
    blocks: tuple[str, ...], shape: str, target: str, minimise: str, layers: int, spec: bool, form: str | None,
    output: str | None,
) -> int:  # fmt: skip
    """Finds the cheapest sequence of layers that reaches a target; none of the blocks given makes a cheaper one.

    Blocks are layers as `convmath layer` takes them, with c for the channels that reach them. A layer that skips inputs
    or whose receptive field would have holes is never chosen. Without a receptive field in the target, every
    sequence is shown that sees more than all cheaper ones. Exit code 1 if no sequence reaches the target.

    \b
    Examples:
      convmath search --block "Conv2d(c, c, 3, padding=1)" --block "MaxPool2d(2)" -i 1x8x56x56 --target output=14x14
    """
    from ..core.shape import parse_shape
    from ..plan.search import search as searched

    found = searched(blocks, parse_shape(shape), target, minimise=minimise, layers=layers)
    if spec:
        if found.best is None:
            raise ParseError(f"no sequence of at most {layers} layers reaches {target} (allow more layers or blocks)")
        from ..formats.write import dumps

        write_out(dumps(found.best), output)
        return FINE
    emit(lambda: _table(found, target, layers), lambda: _data(found, target), form, output)
    return FINE if found.front else FAILED


def _table(found: Found, target: str, layers: int) -> Table:
    from ..plan.telling import search_table

    return search_table(found, target, layers)


def _data(found: Found, target: str) -> dict[str, Any]:
    from ..plan.telling import search_data

    return search_data(found, target)
