"""Which names layers, blocks and parameters may have."""

from __future__ import annotations

import re
from keyword import iskeyword
from unicodedata import normalize

from ..core.errors import ParseError, show

LONGEST = 255
"""Characters of a name, the names of the blocks around it included."""

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")


def check_name(text: str) -> str:
    """The name in normal form (NFC), so that what looks the same is the same; ParseError for what no name may be.

    >>> check_name("layer1.0.conv1")
    'layer1.0.conv1'
    """
    name = normalize("NFC", text) if len(text) <= LONGEST else text
    if not name:
        raise ParseError("a name is empty (write at least one character)")
    if len(name) > LONGEST:
        raise ParseError(f"the name {show(name)} has {len(name)} characters (at most {LONGEST})")
    if name != name.strip():
        raise ParseError(f"the name {show(name)} begins or ends with a space (remove it)")
    if not name.isprintable():
        raise ParseError(f"the name {name!a} holds a character that cannot be shown (remove it)")
    if "[" in name or "]" in name:
        raise ParseError(f"the name {show(name)} holds a bracket, which stands for an output (use a dot)")
    return name


def check_identifier(text: str) -> str:
    """The name of a parameter or size; ParseError for what cannot stand in an expression.

    >>> check_identifier("width_2")
    'width_2'
    """
    if not IDENTIFIER.fullmatch(text) or iskeyword(text):
        raise ParseError(f"{show(text)} cannot name a number (use a letter, then at most 31 letters, digits and _)")
    return text
