"""What is at work, told on a terminal while it lasts."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .table import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Gives what tells of each step: its name, its place, and how many there are; shown on standard error if that is a
    terminal, and gone at the end.

    >>> with progress() as tell:
    ...     tell("conv1", 0, 2)
    """
    if not sys.stderr.isatty():
        yield lambda name, place, count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    said = TextColumn("{task.description}", markup=False)
    columns = (BarColumn(20), MofNCompleteColumn(), said, TimeRemainingColumn(compact=True, elapsed_when_finished=True))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=None)
        yield lambda name, place, count: shown.update(task, description=printable(name), completed=place, total=count)
