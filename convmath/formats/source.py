"""Bytes to text: which files are opened at all, and which characters a specification may hold."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ..core.errors import FileError, show
from .contents import contents
from .tree import Place

if TYPE_CHECKING:
    from .faults import Faults

MOST_BYTES = 4 << 20
"""Bytes of a file."""

FORBIDDEN = re.compile("[^\t\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Control characters, lone surrogates, and the line separators that only some editors count as lines."""

QUOTED_OR_TAB = re.compile(r'"(?:[^"\\\n]|\\.)*"|\t')


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The contents of a regular file; FileError, in words, for everything else, and never a wait."""
    if not isinstance(path, str | os.PathLike):
        raise FileError(f"{show(path)} is not a path (name a .yaml or .json file)")
    limit = f"a specification at most {MOST_BYTES:,} (use blocks with repeat)"
    return contents(os.fsdecode(path), MOST_BYTES, "a .yaml or .json file", limit)


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


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _place(text: str, index: int) -> Place:
    return Place(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))
