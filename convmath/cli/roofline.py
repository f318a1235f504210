"""convmath roofline: the least time that a network can take on a machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ..core.errors import ParseError
from ..formats.load import SUFFIXES
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
    from ..resources.hardware import Profile


@click.command()
@click.argument("network", type=NetworkName(), required=False)
@click.option(
    "--profile",
    metavar="MACHINE",
    help="A machine by name (a100, rtx4090, …), by numbers (peak=19.5T,bandwidth=900G), or in a file (.yaml, .json).",
)
@click.option("--dtype", default="float32", metavar="DTYPE", help="Of all numbers: float32, tf32, float16, int8, …")
@shapes_option
@click.option("--depth", type=click.IntRange(min=1), help="Fold blocks below this many names into one row.")
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the N rows that take the longest.")
@plot_option("every layer below the machine's roof")
@allow_code_option
@given_option
@format_option
@output_option
def roofline(
    network: str | None,
    profile: str | None,
    dtype: str,
    shapes: tuple[str, ...],
    depth: int | None,
    top: int | None,
    plot: str | None,
    allow_code: bool,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> None:
    """The least time that each layer can take on a machine, and whether arithmetic or memory sets it.

    A layer of F FLOPs that moves B bytes takes at least max(F / peak, B / bandwidth): a bound, not a forecast.
    NETWORK is a name that `convmath zoo` lists, a file (.yaml, .json, .onnx), or, with --allow-code, Python code, as
    analyze takes it. Without it the machines that are known are listed, with their sources.

    \b
    Examples:
      convmath roofline
      convmath roofline resnet50 --profile a100 --dtype float16 --depth 1
      convmath roofline mobilenet_v2 --profile orin --dtype int8 --input 8x3x224x224 --top 10
      convmath roofline unet --profile peak=10T,bandwidth=400G
    """
    from ..resources.roofline_table import profiles_data, profiles_table, roofline_data, roofline_table

    if network is None:
        if profile is not None:
            raise ParseError("--profile goes with a NETWORK (such as resnet50)")
        emit(profiles_table, profiles_data, form, output)
        return
    if profile is None:
        raise ParseError("--profile is missing (such as --profile a100; `convmath roofline` lists the machines)")
    from ..resources.roofline import roofline as bounds_of

    machine = _machine(profile)
    machine.peak(dtype)
    report = report_of(network, shapes, parse_given(given), allow_code)
    found = bounds_of(report if depth is None else report.fold(depth), machine, dtype)
    if plot is not None:
        from ..render.chart import write_chart
        from ..resources.charts import roofline_chart

        write_chart(roofline_chart(found), plot)
    if top is not None:
        longest = sorted(found.bounds, key=lambda bound: bound.seconds, reverse=True)
        found = found._replace(bounds=tuple(longest[:top]))
    emit(lambda: roofline_table(found), lambda: roofline_data(found), form, output)


def _machine(text: str) -> Profile:
    """The machine that --profile means: a file, numbers, or a name."""
    if "=" not in text and (text.endswith(SUFFIXES) or os.sep in text):
        from ..formats.hardware import load_profile

        return load_profile(text)
    from ..resources.hardware import profile

    return profile(text)
