"""Comments that spare a layer some rules: `# noqa: CM301, CM4`, or `# noqa` for all of them.

The parser drops comments, so they are read by line; codes of other tools are none of ours.
"""

from __future__ import annotations

import re

COMMENT = re.compile(r"(?:^|[ \t])#[ \t]*noqa\b(.*)", re.IGNORECASE)

CODE = re.compile(r"CM[0-9]*", re.IGNORECASE)


def exemptions(text: str) -> dict[int, tuple[str, ...]]:
    """The codes that a comment names, by the number of its line, counted from 1; none for all rules.

    >>> exemptions("layers:\\n- Conv2d(3, 8, 3)  # noqa: CM101, cm4 (as published)\\n- ReLU  # noqa")
    {2: ('CM101', 'CM4'), 3: ()}
    """
    found = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = COMMENT.search(line)
        rest = match[1].strip() if match else "no comment"
        codes = _codes(rest)
        if codes or not rest:
            found[number] = codes
    return found


def _codes(rest: str) -> tuple[str, ...]:
    """The codes after the colon, up to the first word that is none."""
    codes: list[str] = []
    for word in rest[1:].replace(",", " ").split() if rest.startswith(":") else ():
        if CODE.fullmatch(word) is None:
            break
        codes.append(word.upper())
    return tuple(codes)


def comment(codes: tuple[str, ...]) -> str:
    """The comment that names these codes.

    >>> comment(("CM101", "CM4")), comment(())
    ('  # noqa: CM101, CM4', '  # noqa')
    """
    return f"  # noqa: {', '.join(codes)}" if codes else "  # noqa"
