"""convmath scale: the largest design of a family that keeps to a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .networks import NetworkName
from .options import allow_code_option, emit, format_option, given_option, output_option, parse_given, shapes_option
from .sweep import check_values, source_of

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command()
@click.argument("network", type=NetworkName())
@click.option(
    "--grow", multiple=True, required=True, metavar="SIZE", help="NAME=BASE*RATE[:STEP], such as H=224*1.15:32."
)
@click.option("--within", required=True, metavar="TEXT", help="What must hold, such as macs <= 600M and params <= 5M.")
@click.option("--measure", default="params,macs", show_default=True, metavar="A,B,…", help="What to show as well.")
@shapes_option
@given_option
@allow_code_option
@format_option
@output_option
def scale(
    network: str, grow: tuple[str, ...], within: str, measure: str, shapes: tuple[str, ...], given: tuple[str, ...],
    allow_code: bool, form: str | None, output: str | None,
) -> None:  # fmt: skip
    """Grows a network's sizes together, by one exponent, as far as a budget allows; and what one step more would do.

    Each size v becomes v·RATE^φ, rounded to its step (compound scaling: Tan and Le, 2019). Below the largest design
    stands what one step less or more of every size would do, with the elasticity: how many per cent a measure changes
    by for each per cent of the size.

    \b
    Examples:
      convmath scale mobilenet_v2 --grow H=224*1.15:32 --grow W=224*1.15:32 --within "macs <= 600M"
      convmath scale resnet50 --grow width=32*1.1:8 --grow H=160*1.15:32 --grow W=160*1.15:32 --within "macs <= 4G"
    """
    from ..plan.asking import asked
    from ..plan.axis import Axis
    from ..plan.measures import formulas, parse_measures
    from ..plan.scaling import changes, largest, parse_growing
    from ..plan.telling import scaling_data, scaling_table

    family = [parse_growing(text) for text in grow]
    axes = tuple(Axis(one.name, (one.base,)) for one in family)
    source = source_of(network, shapes, parse_given(given), allow_code, axes)
    measures = parse_measures(measure)

    def measured(sizes: Mapping[str, int]) -> dict[str, Any]:
        check_values(network, tuple(Axis(name, (size,)) for name, size in sizes.items()))
        found = formulas(source.analyzed(dict(sizes)), measures)
        return {name: max(value) if isinstance(value, tuple) else value for name, value in found.items()}

    def fits(values: Mapping[str, Any]) -> bool:
        return bool(asked(within, list(values)).met(values))

    found = largest(family, measured, fits)
    around = changes(found, family, measured)
    emit(
        lambda: scaling_table(network, found, around, within),
        lambda: scaling_data(network, found, around),
        form,
        output,
    )
