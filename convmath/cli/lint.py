"""convmath lint: what in a network had better be otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..core.errors import ParseError, show
from .main import FAILED, FINE
from .networks import NetworkName, report_of
from .options import (
    allow_code_option,
    emit,
    format_option,
    given_option,
    output_option,
    parse_given,
    shapes_option,
    whole_number,
    window,
    write_out,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command()
@click.argument("network", type=NetworkName(), required=False)
@shapes_option
@click.option("--select", default="", metavar="CM3,…", help="Ask only these rules; +CM204: it beside the usual ones.")
@click.option("--ignore", default="", metavar="CM4,…", help="Do not ask these rules.")
@click.option("--object", "seen", metavar="SIZE", help="What should be seen at once, in pixels: 96, or 96x32 (CM206).")
@click.option("--profile", default="a100", metavar="MACHINE", help="The machine of CM404; a100 if left out.")
@click.option("--dtype", default="float32", metavar="DTYPE", help="Of all numbers, for CM404: float32, float16, …")
@click.option("--rules", "listed", is_flag=True, help="List the rules instead.")
@click.option("--explain", metavar="CODE", help="Say in full what a rule, or CM3 and the like, is about.")
@allow_code_option
@given_option
@format_option
@output_option
def lint(
    network: str | None,
    shapes: tuple[str, ...],
    select: str,
    ignore: str,
    seen: str | None,
    profile: str,
    dtype: str,
    listed: bool,
    explain: str | None,
    allow_code: bool,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> int:
    """What in a network had better be otherwise: each finding with its arithmetic and a mend.

    NETWORK is a name that `convmath zoo` lists, a file (.yaml, .json, .onnx), or, with --allow-code, Python code, as
    analyze takes it. In a spec file `# noqa: CM301` at the end of a layer's line spares it that rule, and `# noqa` all.
    Exit code 1 if anything is found, 0 if nothing.

    \b
    Examples:
      convmath lint resnet50
      convmath lint net.yaml --given H=225,W=225
      convmath lint unet --select CM2,CM3 --input 1x1x572x572
      convmath lint --rules
      convmath lint --explain CM301
    """
    from ..rules import telling
    from ..rules.catalogue import chosen, meant
    from ..rules.linting import lint as findings_of

    if explain is not None:
        _explain(sorted(meant(explain.split(","))), form, output)
        return FINE
    if listed:
        emit(telling.rules_table, telling.rules_data, form, output)
        return FINE
    if network is None:
        raise ParseError("NETWORK is missing (such as resnet50; `convmath lint --rules` lists the rules)")
    report = report_of(network, shapes, parse_given(given), allow_code)
    findings = findings_of(report, select, ignore, object_size=_sizes(seen), machine=profile, dtype=dtype)
    asked = chosen(select, ignore)
    if form in {None, "text"} and (form or output in {None, "-"}):
        width = window() if output in {None, "-"} else None
        write_out(telling.findings_text(report, findings, asked, width), output)
    else:
        emit(
            lambda: telling.findings_table(report, findings, asked),
            lambda: telling.findings_data(report, findings, asked),
            form,
            output,
        )
    return FAILED if findings else FINE


def _explain(codes: Sequence[str], form: str | None, output: str | None) -> None:
    """Writes what rules are about: in full as text, as a list in other forms."""
    from ..rules import telling

    if form in {None, "text"}:
        write_out(telling.explanation(codes), output)
    else:
        emit(lambda: telling.rules_table(codes), lambda: telling.rules_data(codes), form, output)


def _sizes(text: str | None) -> tuple[int, ...]:
    """The sizes that --object means."""
    sizes = () if text is None else tuple(map(whole_number, text.split("x")))
    if not all(sizes):
        raise ParseError(f"--object {show(text)} is not a size (such as 96, or 96x32 for one along each axis)")
    return tuple(size for size in sizes if size is not None)
