"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from .errors import ConvmathError, DiskFullError, FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def write_text(path: str, text: str) -> None:
    """Writes UTF-8 text under `path`, as `write_bytes` does."""
    try:
        data = text.encode("utf-8")
    except ValueError as error:
        raise unwritten(path, error) from None
    write_bytes(path, data)


def write_bytes(path: str, data: bytes) -> None:
    """Writes bytes under `path`: a temporary file beside it, flushed to disk, takes its place at once.

    Whatever goes wrong, a file that was there stays as it was. A link stays, and leads to the new file; what is
    no file, such as a pipe or a device, is written to. Raises FileError with the reason, DiskFullError for want of
    room.
    """
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: str) -> Iterator[IO[bytes]]:
    """Gives a file to write piece by piece, which takes the place of `path` at the end; see `write_bytes`."""
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as file:
                yield file
        else:
            with _replacing(os.path.realpath(path) if os.path.islink(path) else path) as file:
                yield file
    except ConvmathError:  # of what makes the content
        raise
    except (OSError, ValueError) as error:  # ValueError: a path that cannot be encoded
        raise unwritten(path, error) from None


def check_writable(path: str) -> None:
    """FileError where `write_bytes` could not write now; nothing that is there is touched.

    It is what a long computation asks first.
    """
    try:
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not os.path.exists(path) or os.path.isfile(path):
            descriptor, temporary = _temporary(os.path.realpath(path) if os.path.islink(path) else path)
            os.close(descriptor)
            _remove(temporary)
    except (OSError, ValueError) as error:
        raise unwritten(path, error) from None


def unwritten(path: str, error: Exception) -> FileError:
    """The error that tells why a file is not written."""
    kind = DiskFullError if getattr(error, "errno", None) in FULL else FileError
    return kind(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}")


@contextmanager
def _replacing(path: str) -> Iterator[IO[bytes]]:
    descriptor, temporary = _temporary(path)
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    finally:
        _remove(temporary)


def _temporary(path: str) -> tuple[int, str]:
    """A new file beside this one: its descriptor and its path."""
    return tempfile.mkstemp(prefix=".convmath.", suffix=".tmp", dir=os.path.dirname(path) or ".")


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _remove(path: str) -> None:
    if os.path.exists(path):
        os.unlink(path)
