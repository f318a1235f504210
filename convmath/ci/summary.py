"""What GitHub shows on the page of a run: the findings as a Markdown table in the step's summary."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..core.errors import FileError
from ..render import markdown
from ..render.table import printable
from .check import check_table, summed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .check import Checked

MOST_BYTES = 500_000
"""Of a step's summary GitHub shows at most 1 MiB, all commands of the step together."""

VARIABLE = "GITHUB_STEP_SUMMARY"


def summary(files: Sequence[Checked]) -> str:
    """The findings as Markdown: a table where there are any, and a line that sums up.

    >>> from .check import Checked
    >>> print(summary([Checked("net.yaml", (), 2)]))
    ### convmath check
    <BLANKLINE>
    no findings in 1 file with 2 claims
    """
    parts = ["### convmath check", "", summed(files)]
    if any(file.findings for file in files):
        lines = markdown.render(check_table(files)._replace(notes=())).split("\n")[2:]  # the title stands above
        kept: list[str] = []
        size = 0
        for line in lines:
            size += len(line.encode()) + 1
            if size > MOST_BYTES:
                kept += ["", f"{len(lines) - len(kept):,} more are not shown."]
                break
            kept.append(line)
        parts += ["", *kept]
    return "\n".join(parts)


def write_summary(files: Sequence[Checked]) -> None:
    """Adds the summary to the file that GitHub names for it, where it names one; FileError if that cannot be written.

    Source: GitHub, "Workflow commands for GitHub Actions: adding a job summary".
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return
    try:
        with open(path, "a", encoding="utf-8") as file:  # other commands of the step have written to it
            file.write(f"{summary(files)}\n\n")
    except OSError as error:
        raise FileError(f"{printable(path)}: the summary cannot be written: {error.strerror}") from None
