"""Comments that spare a layer some rules: `# noqa: CM301, CM4`, or `# noqa` for all of them.

The parser drops comments, so they are read by line; codes of other tools are none of ours.
"""

from __future__ import annotations

import re

COMMENT = re.compile(r"(?:^|[ \t])#[ \t]*noqa\b(.*)", re.IGNORECASE)

WORD = re.compile(r"[^\s,]+")

CODE = re.compile(r"CM[0-9]*", re.IGNORECASE)


def exemptions(text: str) -> dict[int, tuple[str, ...]]:
    """The codes that a comment names, by the number of its line, counted from 1; none for all rules.

    >>> exemptions("layers:\\n- Conv2d(3, 8, 3)  # noqa: CM101, cm4 (as published)\\n- ReLU  # noqa")
    {2: ('CM101', 'CM4'), 3: ()}
    """
    found = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = COMMENT.search(line)
        codes = _codes(match) if match else ()
        if codes or (match and not match[1].strip()):
            found[number] = tuple(code for _, code in codes)
    return found


def exempted(text: str) -> list[tuple[int, int, str]]:
    """Every code that a comment names, with its line and column.

    >>> exempted("layers:\\n- ReLU  # noqa: CM101, cm4")
    [(2, 17, 'CM101'), (2, 24, 'CM4')]
    """
    lines = [(number, COMMENT.search(line)) for number, line in enumerate(text.split("\n"), 1)]
    return [(number, column, code) for number, match in lines if match for column, code in _codes(match)]


def _codes(comment: re.Match[str]) -> list[tuple[int, str]]:
    """The codes after the colon, up to the first word that is none, each with its column."""
    codes: list[tuple[int, str]] = []
    begun = re.match(r"\s*:", comment[1])
    for word in WORD.finditer(comment[1], begun.end()) if begun else ():
        if CODE.fullmatch(word[0]) is None:
            break
        codes.append((comment.start(1) + word.start() + 1, word[0].upper()))
    return codes


def comment(codes: tuple[str, ...]) -> str:
    """The comment that names these codes.

    >>> comment(("CM101", "CM4")), comment(())
    ('  # noqa: CM101, CM4', '  # noqa')
    """
    return f"  # noqa: {', '.join(codes)}" if codes else "  # noqa"
