"""Bytes to text: which files are opened at all, and which characters a specification may hold."""

from __future__ import annotations

import os
import re
import stat
from itertools import islice
from typing import TYPE_CHECKING

from ..core.errors import FileError, show
from ..render.table import printable
from .tree import Place

if TYPE_CHECKING:
    from .faults import Faults

MOST_BYTES = 4 << 20
"""Bytes of a file."""

KINDS = (
    (stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
)  # fmt: skip

FORBIDDEN = re.compile("[^\t\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Control characters, lone surrogates, and the line separators that only some editors count as lines."""

QUOTED_OR_TAB = re.compile(r'"(?:[^"\\\n]|\\.)*"|\t')


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The contents of a regular file; FileError, in words, for everything else, and never a wait.

    A path is asked what it is before it is opened: opening a pipe waits for its writer, and a device may answer
    without end.
    """
    if not isinstance(path, str | os.PathLike):
        raise FileError(f"{show(path)} is not a path (name a .yaml or .json file)")
    name = os.fsdecode(path)
    who = printable(name)
    try:
        state = os.stat(name)
        kind = next((kind for is_kind, kind in KINDS if is_kind(state.st_mode)), "")
        data = b"" if kind or state.st_size > MOST_BYTES else _contents(name)
    except (FileNotFoundError, NotADirectoryError):
        raise FileError(f"{who}: does not exist{_neighbours(name)}") from None
    except OSError as error:
        raise FileError(f"{who}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise FileError(f"{who}: is not a path (it holds a character that no path may)") from None
    if kind:
        raise FileError(f"{who}: is {kind}, not a file (name a .yaml or .json file)")
    size = max(state.st_size, len(data))
    if size > MOST_BYTES:
        raise FileError(f"{who}: has {size:,} bytes, a specification at most {MOST_BYTES:,} (use blocks with repeat)")
    return data


def decode(data: bytes, faults: Faults) -> str:
    """The text of a file in UTF-8, with or without a byte-order mark, its lines ended by newlines."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or 0 in data[:4]:
        faults.add(Place(1, 1), "the file is in UTF-16 or UTF-32 (save it as UTF-8)")
        faults.check()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = _lines(data[: error.start].decode("utf-8"))
        byte = data[error.start]
        faults.add(_place(before, len(before)), f"the byte 0x{byte:02x} is not UTF-8 (save the file as UTF-8)")
        raise faults.error() from None
    return text


def clean(text: str, faults: Faults) -> str:
    """The text with its lines ended by newlines; SpecError for characters that have no place in it."""
    if len(text) > MOST_BYTES:
        faults.add(Place(1, 1), f"the text has {len(text):,} characters, a specification at most {MOST_BYTES:,}")
        faults.check()
    text = _lines(text.removeprefix("\ufeff"))
    for match in FORBIDDEN.finditer(text):
        place = _place(text, match.start())
        faults.add(place, f"the character U+{ord(match[0]):04X} has no place in a specification (remove it)")
    faults.check()
    if text.lstrip()[:1] == "{":  # JSON may be indented with tabs, YAML's own block style may not
        text = QUOTED_OR_TAB.sub(lambda match: match[0] if match[0] != "\t" else " ", text)
    return text


def _contents(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read(MOST_BYTES + 1)


def _neighbours(name: str) -> str:
    folder, file = os.path.split(name)
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry in islice(entries, 1000) if len(entry.name) <= 2 * len(file) + 8]
    except (OSError, ValueError):
        return f" (nor does the directory {printable(folder)})" if folder else ""
    from difflib import get_close_matches

    near = get_close_matches(file, sorted(names), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(map(printable, near))}?" if near else ""


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _place(text: str, index: int) -> Place:
    return Place(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))
