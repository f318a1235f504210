"""convmath layer: one layer, told in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .options import emit, format_option, given_option, output_option, parse_call_with, parse_given, parse_shapes

if TYPE_CHECKING:
    from ..layers.base import Layer


@click.command()
@click.argument("call")
@click.option(
    "-i",
    "--input",
    "shapes",
    multiple=True,
    metavar="SHAPE",
    help="Input shape, such as 1x3x224x224 or NxCxHxW; once for each input.",
)
@given_option
@click.option("--convention", metavar="NAME", help="Whose rules decide: pytorch, tensorflow (keras), onnx or jax.")
@format_option
@output_option
def layer(
    call: str,
    shapes: tuple[str, ...],
    given: tuple[str, ...],
    convention: str | None,
    form: str | None,
    output: str | None,
) -> None:
    """What one layer makes of an input, what it costs, what it sees.

    CALL is written as in PyTorch: "Conv2d(3, 64, 7, stride=2, padding=3)". Without --input only what does not
    depend on one is told. Letters stand for any number: the answers are then formulas, with what must hold; --given
    gives them values.

    \b
    Examples:
      convmath layer "Conv2d(3, 64, 7, stride=2, padding=3)" --input 1x3x224x224
      convmath layer "ConvTranspose2d(64, 32, 4, stride=2, padding=1)" -i 1x64x14x14 --format json
      convmath layer "Conv2d(C, 64, k, stride=2)" --input NxCxHxW
      convmath layer "Conv2d(C, 64, k)" --given C=3,k=5
      convmath layer "Add()" -i 1x64x7x7 -i 1x64x7x7
    """
    from ..core.convention import convention as known
    from ..symbolic.implicit import Symbols

    defaults: dict[str, object] = {"convention": known(convention)} if convention else {}
    values = parse_given(given)
    pairs, rest = parse_shapes(shapes, values)
    described = parse_call_with(call, values, rest, Symbols(), **defaults)
    if not shapes:
        emit(lambda: _weights(described), lambda: _weights_data(described), form, output)
        return
    from ..report.conditions import conditions_data
    from ..report.data import report_data
    from ..report.describe import description, layer_report

    report = layer_report(described, tuple(shape for _, shape in pairs))
    emit(lambda: description(report.rows[0]), lambda: report_data(report) | conditions_data(report), form, output)


def _weights(described: Layer) -> Any:
    from ..report.describe import weights_table

    return weights_table(described)


def _weights_data(described: Layer) -> dict[str, Any]:
    from ..report.data import plain

    return {
        "schema": 1,
        "op": described.op,
        "call": repr(described),
        "params": plain(described.params),
        "weights": {name: list(map(plain, shape)) for name, shape in described.weights().items()},
    }
