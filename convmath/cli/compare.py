"""convmath compare: two networks side by side."""

from __future__ import annotations

import click

from .networks import NetworkName, report_of
from .options import allow_code_option, emit, format_option, given_option, output_option, parse_given


@click.command()
@click.argument("a", type=NetworkName())
@click.argument("b", type=NetworkName())
@click.option(
    "-i", "--input", "shapes", multiple=True, metavar="[NAME=]SHAPE", help="Input shape of both, as analyze takes it."
)
@click.option("--input-b", "shapes_b", multiple=True, metavar="[NAME=]SHAPE", help="Another input shape for B.")
@click.option("--columns", metavar="A,B,…", help="What to compare: params, buffers, macs, macs_touching, flops, …")
@click.option("--depth", type=click.IntRange(min=1), help="Fold blocks below this many names into one row.")
@click.option("--all", "equal_too", is_flag=True, help="Show layers that are alike in both, too.")
@allow_code_option
@given_option
@click.option("--given-a", "given_a", multiple=True, metavar="NAME=VALUE", help="Values for A, besides those of both.")
@click.option("--given-b", "given_b", multiple=True, metavar="NAME=VALUE", help="Values for B, besides those of both.")
@format_option
@output_option
def compare(
    a: str,
    b: str,
    shapes: tuple[str, ...],
    shapes_b: tuple[str, ...],
    columns: str | None,
    depth: int | None,
    equal_too: bool,
    allow_code: bool,
    given: tuple[str, ...],
    given_a: tuple[str, ...],
    given_b: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> None:
    """Two networks side by side: parameters and MACs of every layer, the differences, and the totals.

    A and B are names that `convmath zoo` lists, files (.yaml, .json, .onnx), or, with --allow-code, Python code, as
    analyze takes them. Layers are matched by name and type, the others in their order. With symbols in the input, it
    is told from which sizes on which network has less.

    \b
    Examples:
      convmath compare resnet18 resnet34 --depth 1
      convmath compare resnet50 resnext50_32x4d
      convmath compare resnet18 resnet18 --given-b width=96 --columns params,flops --depth 1
      convmath compare mobilenet_v2 shufflenet_v2_x1_0 --input 1x3xHxH --depth 1
    """
    from ..report import comparing

    values = parse_given(given)
    reports = (
        report_of(a, shapes, values | parse_given(given_a), allow_code),
        report_of(b, shapes_b or shapes, values | parse_given(given_b), allow_code),
    )
    made = comparing.compare(*(report if depth is None else report.fold(depth) for report in reports))
    chosen = comparing.checked(
        comparing.DEFAULT_QUANTITIES if columns is None else [word.strip() for word in columns.split(",")]
    )
    emit(
        lambda: comparing.comparison_table(made, chosen, equal_too),
        lambda: comparing.comparison_data(made, chosen if columns else tuple(comparing.QUANTITIES)),
        form,
        output,
    )
