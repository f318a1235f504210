"""convmath lock: what networks are, written down; `check --locked` holds them to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ..ci.lock import NAME, Locked, key_of, lock_path, locking, path_of, read_lock, write_lock
from ..ci.settings import in_ci, matching, settings
from ..core.errors import FileError, ParseError
from .options import given_option, lock_file_option, parse_given, write_out

if TYPE_CHECKING:
    from ..ci.snapshot import Snapshot


@click.command()
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--update", is_flag=True, help="Write anew what is locked otherwise; without FILES, all that is locked.")
@lock_file_option
@given_option
def lock(files: tuple[str, ...], update: bool, lock_file: str | None, given: tuple[str, ...]) -> None:
    """Writes convmath.lock: every shape, cost and receptive field of networks, formulas where sizes are symbols.

    FILES are spec files and ONNX models, or patterns such as "nets/**/*.yaml"; without any, those that `files` of
    [tool.convmath] names. `convmath check --locked` then fails where a network has become another one, for the values
    of symbols that were given here. A lock file that is there is changed by --update alone, which is refused where CI
    is set; what it holds of other files stays. Commit it: one layer a line, the same bytes on every machine.

    \b
    Examples:
      convmath lock net.yaml
      convmath lock "*.yaml" --lock-file nets.lock
    """
    if update and in_ci():
        mend = "convmath lock --update where you work, and commit"
        raise FileError(f"{lock_file or NAME}: where CI is set nothing is renewed ({mend})")
    stated = settings()
    if not files and not update and not stated.files:
        raise ParseError("no FILES to lock (name spec files or ONNX models; --update alone renews all that is locked)")
    place = lock_file or lock_path()
    values = {**stated.given, **parse_given(given)}
    is_there = os.path.lexists(place) or not (files or stated.files)
    held = read_lock(place) if is_there else Locked(place, {})
    paths = matching(files) if files else stated.found() if stated.files else []
    locked = {key: path_of(key, place) for key in held.networks} if update and not files else {}
    known = {key: path for key, path in locked.items() if os.path.exists(path)} | {
        key_of(path, place): path for path in paths
    }
    fresh: dict[str, Snapshot | None] = dict.fromkeys(locked)
    fresh |= {key: locking(path, {**held.given(path), **values}) for key, path in known.items()}
    changed = write_lock(place, fresh, renew=update)
    lines = [f"{place}: {key} {'is' if fresh[key] else 'is no longer'} locked" for key in changed]
    write_out("\n".join(lines or [f"{place}: nothing to change"]), None)
