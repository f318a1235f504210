"""Names for source code: whatever a layer is called, what stands in the code is an identifier and nothing else."""

from __future__ import annotations

import re
from keyword import iskeyword, issoftkeyword

LONGEST = 60
"""Characters of an identifier."""


def identifier(name: str, otherwise: str = "layer") -> str:
    """The letters, digits and underscores of a name as an identifier of ASCII; `otherwise` where there are none.

    It begins with a letter and is no word of Python's.

    >>> [identifier(name) for name in ("conv1", "x\\"); import os", "3d", "class", "Größe", "→", "__init__")]
    ['conv1', 'x_import_os', 'layer_3d', 'class_', 'Gr_e', 'layer', 'init']
    """
    found = re.sub(r"[^0-9A-Za-z]+", "_", name[: 4 * LONGEST]).strip("_")[:LONGEST].rstrip("_")
    if not found:
        return otherwise
    if found[0].isdigit():
        found = f"{otherwise}_{found}"
    return f"{found}_" if iskeyword(found) or issoftkeyword(found) else found


def class_name(name: str, otherwise: str = "Network") -> str:
    """A name as one of a class.

    >>> [class_name(name) for name in ("resnet18", "unet_padded", "3d", "none", "")]
    ['Resnet18', 'UnetPadded', 'Network3d', 'None_', 'Network']
    """
    words = identifier(name, "").split("_")
    found = "".join(word[:1].upper() + word[1:] for word in words)
    found = found if found and not found[0].isdigit() else otherwise + found
    return f"{found}_" if iskeyword(found) else found


class Identifiers:
    """Gives each name once.

    >>> names = Identifiers({"forward"})
    >>> [names.free(stem) for stem in ("conv", "conv", "forward")]
    ['conv', 'conv_1', 'forward_1']
    """

    def __init__(self, taken: set[str] | frozenset[str] = frozenset()) -> None:
        self._taken = set(taken)
        self._numbers: dict[str, int] = {}

    def free(self, stem: str) -> str:
        """The stem, with a number where that is taken."""
        name, number = stem, self._numbers.get(stem, 0)
        while name in self._taken:
            number += 1
            name = f"{stem}_{number}"
        self._numbers[stem] = number
        self._taken.add(name)
        return name
