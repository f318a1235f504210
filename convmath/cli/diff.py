"""convmath diff: what changed from one version of a network to another."""

from __future__ import annotations

import click

from .main import FAILED, FINE
from .options import emit, format_option, given_option, output_option, parse_given


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--fail-on",
    "thresholds",
    multiple=True,
    metavar='"macs > +5%"',
    help="Exit with 1 where a total changed like this: by a share, or by a number such as +10k (repeatable).",
)
@click.option("--all", "every", is_flag=True, help="Show quantities too that follow from others.")
@given_option
@format_option
@output_option
def diff(
    old: str,
    new: str,
    thresholds: tuple[str, ...],
    every: bool,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> int:
    """What changed from OLD to NEW: layer by layer and in total, absolute and in per cent.

    Each is a spec file, an ONNX model, a lock file, or one of those as a git revision has it: HEAD~1:net.yaml, a path
    from the top of the repository, HEAD~1:./net.yaml from here. Layers that are called otherwise but are what others
    were are renamed ones. Thresholds hold totals: params, buffers, macs, macs_touching, flops, activations, layers;
    where sizes are symbols, for every size.

    \b
    Examples:
      convmath diff HEAD:net.yaml net.yaml
      convmath diff convmath.lock net.yaml --fail-on "macs > +5%"
      convmath diff HEAD:convmath.lock convmath.lock --fail-on "params > +10k" --fail-on "layers > 0"
    """
    from ..ci.diff_table import diff_data, diff_table
    from ..ci.sides import differences, sides
    from ..ci.threshold import exceeded, parse_threshold
    from ..render.table import printable

    held = [parse_threshold(text) for text in thresholds]
    found = differences(*sides(old, new, parse_given(given)))
    failed = [said for one in found for threshold in held if (said := exceeded(threshold, one))]
    emit(lambda: diff_table(found, f"{old} → {new}", every=every), lambda: diff_data(found, failed), form, output)
    for line in failed:
        click.echo(f"failed: {printable(line)}", err=True)
    return FAILED if failed else FINE
