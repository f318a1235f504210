"""convmath schema: what programs may rely on in what convmath writes."""

from __future__ import annotations

from importlib.resources import files

import click

from .options import output_option, write_out

NAMES = ("analyze", "check", "diff", "lock")


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@output_option
def schema(name: str, output: str | None) -> None:
    """The JSON schema of what a command writes with --format json, or of the lock file.

    Keys may be added within a schema number, never changed or removed.

    \b
    Examples:
      convmath schema check
      convmath schema lock -o lock.schema.json
    """
    write_out(files("convmath").joinpath("ci", "schemas", f"{name}.json").read_text(encoding="utf-8"), output)
