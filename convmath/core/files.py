"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile

from .errors import FileError


def write_text(path: str, text: str) -> None:
    """Writes UTF-8 text under `path`: a temporary file beside it, flushed to disk, takes its place at once.

    Whatever goes wrong, a file that was there stays as it was. Raises FileError with the system's reason.
    """
    folder = os.path.dirname(path) or "."
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", suffix=".tmp", dir=folder)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        _remove(temporary)


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _remove(path: str) -> None:
    if path and os.path.exists(path):
        os.unlink(path)
