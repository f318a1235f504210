"""Processes that tests start and do not wait for."""

import subprocess
from contextlib import contextmanager

AT_ITS_END = """
import signal

signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background hand down that it is ignored
signal.alarm(60)  # if nobody is left who kills it
"""
"""How the code begins of a process that runs until it gets a signal."""


@contextmanager
def started(command, **more):
    """A process that is gone at the end of the block, whatever happens in it: leaving a Popen's own waits for it."""
    with subprocess.Popen(command, **more) as process:
        try:
            yield process
        finally:
            process.kill()
