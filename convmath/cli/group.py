"""The click group whose commands are imported when they are called, and how errors end a run."""

from __future__ import annotations

import os
import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import ConvmathError, DiskFullError, NameHint, unknown_name
from ..render.table import printable
from .commands import COMMANDS, overview
from .main import BAD_INPUT, DISK_FULL, FINE, code_of, let_go_of_output, unwritable

if TYPE_CHECKING:
    from collections.abc import Sequence


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"{__package__}.{module}"), cmd_name.replace("-", "_"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise unknown_name("command", args[0], list(COMMANDS))
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        return overview().rstrip()


def _version() -> str:
    from .. import __version__

    return __version__


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(_version(), prog_name="convmath")
def convmath() -> None:
    """The arithmetic of convolutions."""


def run(words: Sequence[str]) -> int:
    """Runs a command; an error becomes one message on standard error and exit code 2, or 3 where a disk is full."""
    warnings.simplefilter("always", NameHint)
    warnings.showwarning = _hint
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code: Any
    try:
        code = convmath.main(list(words), prog_name="convmath", standalone_mode=False)
        sys.stdout.flush()
    except DiskFullError as error:
        _fail(str(error))
        code = DISK_FULL
    except ConvmathError as error:
        code = _fail(str(error))
    except click.ClickException as error:
        message = " ".join(error.format_message().split())  # click lists choices on lines of their own
        code = _fail(f"{message} (see {_path(error)} --help)")
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except BrokenPipeError:
        let_go_of_output()
        code = 141
    except SystemExit as ending:
        # In this way click ends a completion, and a command that finds its reader gone.
        code = ending.code if "_CONVMATH_COMPLETE" in os.environ else 141
    except OSError as error:
        let_go_of_output()
        _fail(unwritable(error))
        code = code_of(error)
    return code if isinstance(code, int) else FINE


def _fail(text: str) -> int:
    for line in text.split("\n"):
        click.echo(f"{click.style('error:', fg='red', bold=True)} {printable(line)}", err=True)
    return BAD_INPUT


def _path(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context else "convmath"


def _hint(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
    click.echo(f"{click.style('hint:', fg='yellow')} {printable(str(message))}", err=True)
