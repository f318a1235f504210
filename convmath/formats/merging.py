"""What a merge leaves in a file where both sides changed the same lines."""

from __future__ import annotations

import re

MARKER = re.compile(r"^(?:<{7} |\|{7} |={7}\r?$|>{7} )", re.MULTILINE)
"""The lines with which git parts what either side says."""


def conflict(text: str) -> int:
    r"""The line on which a conflict begins that nobody has resolved; 0 if there is none.

    >>> conflict("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> topic\n"), conflict("a: 1\n")
    (2, 0)

    Source: git, "git-merge: how conflicts are presented".
    """
    found = MARKER.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 0
