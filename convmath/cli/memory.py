"""convmath memory: what running a network takes, or training it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.errors import ParseError
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
    from ..render.table import Table
    from ..report.analysis import Report
    from ..resources.precision import Precision


@click.command()
@click.argument("network", type=NetworkName())
@shapes_option
@click.option(
    "--dtype",
    default="float32",
    metavar="DTYPE",
    help="float32, float16, …; mixed; or by kind: float16,optimizer=float32. Kinds: weights, buffers, gradients,"
    " activations, optimizer, master.",
)
@click.option(
    "--training",
    type=click.Choice(("none", "sgd", "momentum", "adam")),
    help="What training takes with this optimiser (none: gradients alone).",
)
@click.option(
    "--recompute",
    type=click.IntRange(min=1),
    metavar="DEPTH",
    help="While training, run blocks below this many names a second time instead of keeping what they make.",
)
@click.option(
    "--order", type=click.Choice(("graph", "best")), default="graph", help="Look for the order that holds the least."
)
@click.option("--layers", is_flag=True, help="Layer by layer.")
@plot_option("what is held while each layer runs")
@allow_code_option
@given_option
@format_option
@output_option
def memory(
    network: str,
    shapes: tuple[str, ...],
    dtype: str,
    training: str | None,
    recompute: int | None,
    order: str,
    layers: bool,
    plot: str | None,
    allow_code: bool,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> None:
    """What running a network takes in memory: weights, and the most that is held of values at any layer.

    NETWORK is a name that `convmath zoo` lists, a file (.yaml, .json, .onnx), or, with --allow-code, Python code, as
    analyze takes it. A value is held from the layer that makes it to the last one that reads it. With --training:
    weights, gradients, the optimiser's state, and what is kept on the way forward because the way back needs it.

    \b
    Examples:
      convmath memory resnet50
      convmath memory unet --order best
      convmath memory resnet50 --input 32x3x224x224 --training adam
      convmath memory resnet50 --training adam --recompute 2 --dtype mixed
      convmath memory net.yaml --layers
      convmath memory resnet50 --input 1x3xHxW
    """
    from ..resources.precision import precision

    if training is None and recompute is not None:
        raise ParseError("--recompute goes with --training (add --training adam)")
    if training is not None and order == "best":
        raise ParseError("--order best goes with running alone (leave --training out)")
    kinds = precision(dtype)
    report = report_of(network, shapes, parse_given(given), allow_code)
    if plot is not None:
        from ..render.chart import write_chart
        from ..resources.charts import memory_chart

        write_chart(memory_chart(report), plot)
    table, data = _of_training(report, kinds, training, recompute) if training else _of_running(report, kinds, order)
    emit(lambda: table(layers), data, form, output)


def _of_running(report: Report, kinds: Precision, order: str) -> tuple[Any, Any]:
    from ..resources.inference import inference
    from ..resources.memory_table import inference_data, inference_layers, inference_table

    found = inference(report, kinds, order)

    def table(layers: bool) -> Table:
        return inference_layers(report, found) if layers else inference_table(report, found)

    return table, lambda: inference_data(report, found)


def _of_training(report: Report, kinds: Precision, optimizer: str, recompute: int | None) -> tuple[Any, Any]:
    from ..resources.memory_table import training_data, training_layers, training_table
    from ..resources.training import training

    found = training(report, optimizer, kinds, recompute)

    def table(layers: bool) -> Table:
        return training_layers(report, found) if layers else training_table(report, found)

    return table, lambda: training_data(report, found)
