"""convmath lock: what networks are, written down; `check --locked` holds them to it."""

from __future__ import annotations

import os

import click

from ..ci.settings import matching
from ..core.errors import FileError, ParseError
from .options import given_option, lock_file_option, parse_given, write_out


@click.command()
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--update", is_flag=True, help="Write anew what is locked otherwise; without FILES, all that is locked.")
@lock_file_option
@given_option
def lock(files: tuple[str, ...], update: bool, lock_file: str, given: tuple[str, ...]) -> None:
    """Writes convmath.lock: every shape, cost and receptive field of networks, formulas where sizes are symbols.

    FILES are spec files and ONNX models, or patterns such as "nets/**/*.yaml". `convmath check --locked` then fails
    where a network has become another one. A lock file that is there is changed by --update alone, which is refused
    where CI is set; what it holds of other files stays. Commit it: one layer a line, the same bytes on every machine.

    \b
    Examples:
      convmath lock net.yaml
      convmath lock "*.yaml" --lock-file nets.lock
    """
    if update and os.environ.get("CI", "").lower() in {"true", "1"}:
        raise FileError(
            f"{lock_file}: where CI is set nothing is renewed (convmath lock --update where you work, and commit)"
        )
    if not files and not update:
        raise ParseError("no FILES to lock (name spec files or ONNX models; --update alone renews all that is locked)")
    from ..ci.lock import key_of, path_of, read_lock, write_lock
    from ..ci.snapshot import snapshot
    from ..formats.load import load

    values = parse_given(given)
    paths = matching(files) if files else [path_of(key, lock_file) for key in read_lock(lock_file).networks]
    fresh = {
        key_of(path, lock_file): snapshot(load(path, spare=values).analyze()) if files or os.path.exists(path) else None
        for path in paths
    }
    changed = write_lock(lock_file, fresh, renew=update)
    lines = [f"{lock_file}: {key} {'is' if fresh[key] else 'is no longer'} locked" for key in changed]
    write_out("\n".join(lines or [f"{lock_file}: nothing to change"]), None)
