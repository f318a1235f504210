"""The front door: lists the commands by itself, hands everything else to click.

Loading click takes longer than all else that --help does, and the list needs nothing of it.
"""

from __future__ import annotations

import gc
import os
import sys

from .commands import overview

FINE, FAILED, BAD_INPUT, DISK_FULL = 0, 1, 2, 3


def main() -> int:
    """Runs the command line; returns the exit code: 0 fine, 1 a check failed, 2 bad input, 3 no room on the disk."""
    if sys.stdout is None:  # closed before the start: what writes to it fails as on any output that takes nothing
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    words = sys.argv[1:]
    try:
        if words in ([], ["--help"], ["-h"]) and "_CONVMATH_COMPLETE" not in os.environ:
            return _print(overview())
        # Start-up makes many objects and hardly any garbage; collecting as often as usual costs 4 ms.
        gc.set_threshold(50_000)
        from .group import run

        return run(words)
    except KeyboardInterrupt:
        return 130


def _print(text: str) -> int:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        let_go_of_output()
        return 141
    except OSError as error:
        let_go_of_output()
        sys.stderr.write(f"error: {unwritable(error)}\n")
        return code_of(error)
    return FINE


def unwritable(error: OSError) -> str:
    """What is to be said of standard output that takes nothing."""
    return f"standard output cannot be written: {error.strerror}"


def code_of(error: OSError) -> int:
    """The exit code for standard output that takes nothing."""
    from ..core.files import FULL

    return DISK_FULL if error.errno in FULL else BAD_INPUT


def let_go_of_output() -> None:
    """Standard output has failed; the interpreter must not find that out again when it closes the stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
