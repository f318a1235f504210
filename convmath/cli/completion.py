"""convmath completion: the script that makes a shell complete."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """The script that makes a shell complete commands, options and names of networks.

    \b
    Example, in ~/.bashrc:
      eval "$(convmath completion bash)"
    """
    from click.shell_completion import get_completion_class

    from .group import convmath

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(convmath, {}, "convmath", "_CONVMATH_COMPLETE").source())
