"""The contents of a file that somebody names: only of a regular file, only up to a size, and never a wait."""

from __future__ import annotations

import os
import stat
from itertools import islice

from ..core.errors import FileError
from ..render.table import printable

KINDS = (
    (stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
)  # fmt: skip


def contents(name: str, most: int, wanted: str, limit: str) -> bytes:
    """The bytes of the file; FileError, in words, for everything that is no file of at most so many bytes.

    A path is asked what it is before it is opened: opening a pipe waits for its writer, and a device may answer
    without end. `wanted` says what to name instead, `limit` what may be read and how to stay below it.
    """
    who = printable(name) or "''"
    try:
        state = os.stat(name)
        kind = next((kind for is_kind, kind in KINDS if is_kind(state.st_mode)), "")
        data = b"" if kind or state.st_size > most else _read(name, most)
    except (FileNotFoundError, NotADirectoryError):
        raise FileError(f"{who}: does not exist{_neighbours(name)}") from None
    except OSError as error:
        raise FileError(f"{who}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise FileError(f"{who}: is not a path (it holds a character that no path may)") from None
    if kind:
        raise FileError(f"{who}: is {kind}, not a file (name {wanted})")
    size = max(state.st_size, len(data))
    if size > most:
        raise FileError(f"{who}: has {size:,} bytes, {limit}")
    return data


def _read(name: str, most: int) -> bytes:
    with open(name, "rb") as file:
        return file.read(most + 1)


def _neighbours(name: str) -> str:
    folder, file = os.path.split(name)
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry in islice(entries, 1000) if len(entry.name) <= 2 * len(file) + 8]
            names = [other for other in names if other != file]  # a link that leads nowhere
    except (OSError, ValueError):
        return f" (nor does the directory {printable(folder)})" if folder else ""
    from difflib import get_close_matches

    near = get_close_matches(file, sorted(names), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(map(printable, near))}?" if near else ""
