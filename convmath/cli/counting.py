"""convmath explain-count: where another tool's count and ours part, rule by rule and line by line."""

from __future__ import annotations

from typing import Any

import click

from ..core.errors import ParseError
from .networks import NetworkName, report_of
from .options import allow_code_option, emit, format_option, given_option, output_option, parse_given


class ToolName(click.ParamType):  # type: ignore[type-arg]
    """A tool whose convention is known; completes its name."""

    name = "tool"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from ..report.counting.tools import CONVENTIONS

        return [CompletionItem(name) for name in CONVENTIONS if name.startswith(incomplete)]


@click.command("explain-count")
@click.argument("network", type=NetworkName(), required=False)
@click.option("--like", "tool", type=ToolName(), metavar="TOOL", help="The tool whose count is explained.")
@click.option(
    "-i", "--input", "shapes", multiple=True, metavar="[NAME=]SHAPE", help="Input shape, as analyze takes it."
)
@click.option("--depth", type=click.IntRange(min=0), help="Fold lines below this many names; 0 shows rules alone.")
@allow_code_option
@given_option
@format_option
@output_option
def explain_count(
    network: str | None,
    tool: str | None,
    shapes: tuple[str, ...],
    depth: int | None,
    allow_code: bool,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> None:
    """Where another tool's count and our MACs part: each rule with its sum, and the layers it comes from.

    The lines add up exactly to the difference. NETWORK is a name that `convmath zoo` lists, a file (.yaml, .json,
    .onnx), or, with --allow-code, Python code, as analyze takes it. Without a tool, what every one of them counts;
    without a network, the tools.

    \b
    Examples:
      convmath explain-count resnet50 --like thop
      convmath explain-count unet_padded --like torchinfo --depth 1
      convmath explain-count resnet50 --like fvcore --depth 0 --input 1x3xHxW
      convmath explain-count mobilenet_v2
      convmath explain-count
    """
    from ..report.counting import explain

    if network is None and (tool or shapes or given):
        raise ParseError(
            "--like, --input and --given go with a network (for example explain-count resnet50 --like thop)"
        )
    if depth is not None and tool is None:
        raise ParseError("--depth goes with --like (for example --like thop --depth 1)")
    if network is None:
        emit(explain.tools_table, explain.tools_data, form, output)
        return
    report = report_of(network, shapes, parse_given(given), allow_code)
    if tool is None:
        emit(lambda: explain.totals_table(report), lambda: explain.totals_data(report), form, output)
        return
    counted = report.counted_like(tool)
    emit(
        lambda: explain.departures_table(counted, depth), lambda: explain.departures_data(counted, depth), form, output
    )
