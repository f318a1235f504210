"""Comments that spare a layer some rules: `# noqa: CM301, CM4`, or `# noqa` for all of them.

The parser drops comments, so they are read by line; codes of other tools are none of ours.
"""

from __future__ import annotations

import re

COMMENT = re.compile(r"(?:^|[ \t])#[ \t]*noqa\b(.*)", re.IGNORECASE)

WORD = re.compile(r"[^\s,]+")

CODE = re.compile(r"CM[0-9]*", re.IGNORECASE)


def exemptions(text: str) -> dict[int, tuple[tuple[str, int], ...]]:
    """The codes that a comment names, each with its column, by the number of its line, from 1; none for all rules.

    >>> exemptions("layers:\\n- Conv2d(3, 8, 3)  # noqa: CM101, cm4 (as published)\\n- ReLU  # noqa")
    {2: (('CM101', 28), ('CM4', 35)), 3: ()}
    """
    found: dict[int, tuple[tuple[str, int], ...]] = {}
    if "noqa" not in text.lower():
        return found
    for number, line in enumerate(text.split("\n"), 1):
        match = COMMENT.search(line)
        codes = _codes(match) if match else ()
        if codes or (match and not match[1].strip()):
            found[number] = codes
    return found


def _codes(comment: re.Match[str]) -> tuple[tuple[str, int], ...]:
    """The codes after the colon, up to the first word that is none, each with its column."""
    codes: list[tuple[str, int]] = []
    begun = re.match(r"\s*:", comment[1])
    for word in WORD.finditer(comment[1], begun.end()) if begun else ():
        if CODE.fullmatch(word[0]) is None:
            break
        codes.append((word[0].upper(), comment.start(1) + word.start() + 1))
    return tuple(codes)


def comment(codes: tuple[str, ...]) -> str:
    """The comment that names these codes.

    >>> comment(("CM101", "CM4")), comment(())
    ('  # noqa: CM101, CM4', '  # noqa')
    """
    return f"  # noqa: {', '.join(codes)}" if codes else "  # noqa"
