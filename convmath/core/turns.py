"""Taking turns at a file: of several processes that read, change and write it, one does so at a time."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from .files import unwritten

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".turn"


@contextmanager
def turn(path: str) -> Iterator[None]:
    """Waits until no other process has its turn at `path`, then has it until the block ends.

    Beside the file a guard of the same name and `.turn` is held locked: the system lets go of it with the process,
    however that ends, so that a guard left behind stops nobody. FileError where none can be made.
    """
    guard = os.path.realpath(path) + SUFFIX
    try:
        descriptor = _held(guard)
    except (OSError, ValueError) as error:
        raise unwritten(guard, error) from None
    try:
        yield
    finally:
        _let_go(descriptor, guard)


def _held(guard: str) -> int:
    """A descriptor of the guard, locked; one that its last holder has removed meanwhile is of no use."""
    while True:
        descriptor = os.open(guard, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            _lock(descriptor)
            if _is_there(descriptor, guard):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_there(descriptor: int, guard: str) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(guard))
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt
    import time

    def _lock(descriptor: int) -> None:
        while True:
            with suppress(PermissionError):
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return
            time.sleep(0.05)

    def _let_go(descriptor: int, guard: str) -> None:
        os.close(descriptor)
        with suppress(OSError):  # who waits has it open, and removes it in turn
            os.unlink(guard)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _let_go(descriptor: int, guard: str) -> None:
        with suppress(OSError):  # a directory that may not be changed any more
            os.unlink(guard)
        os.close(descriptor)
