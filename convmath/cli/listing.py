"""convmath layers and convmath zoo: what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .options import emit, format_option, output_option

if TYPE_CHECKING:
    from ..render.table import Table


@click.command()
@click.argument("name", required=False)
@format_option
@output_option
def layers(name: str | None, form: str | None, output: str | None) -> None:
    """The layer types and how each is written; with NAME, one of them in full.

    \b
    Examples:
      convmath layers
      convmath layers ConvTranspose2d
    """
    from ..report.catalogue import layer_table, one_layer_table

    _emit_table(layer_table() if name is None else one_layer_table(name), form, output)


@click.command()
@format_option
@output_option
def zoo(form: str | None, output: str | None) -> None:
    """The published networks that are built in, with their customary input, parameters and MACs.

    \b
    Example:
      convmath zoo --format markdown
    """
    from ..zoo.catalogue import zoo_table

    _emit_table(zoo_table(), form, output)


def _emit_table(table: Table, form: str | None, output: str | None) -> None:
    emit(lambda: table, lambda: _data(table), form, output)


def _data(table: Table) -> dict[str, Any]:
    labels = [heading.label for heading in table.headings]
    return {"schema": 1, "rows": [dict(zip(labels, row, strict=True)) for row in table.rows]}
