"""What is asked of designs: relations of what is varied and measured, all of which must hold."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ParseError, show, unknown_name
from ..formats.claims import FACTORS
from ..symbolic.polynomial import symbols
from ..symbolic.proposition import Proposition
from ..symbolic.relation import relations
from .compiled import Compiled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?:@[\w.]+)?(?:\[\d+\])?")

COUNT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)(?:([eE])(\d+)|\s?([kKMGTP]i?)B?)?(?![\w.])")

EXAMPLE = "write for example 'receptive_field >= 300 and macs <= 600M'"

WORDS = {"max", "min", "gcd", "floor", "ceil"}


class Asked(NamedTuple):
    """Relations over columns, ready to be asked of arrays; `columns` are those they read, by their names there."""

    text: str
    columns: Mapping[str, str]
    margins: Compiled | None
    """What every relation has left over."""
    equal: tuple[bool, ...]
    """Of each, whether it wants nothing left over."""

    def met(self, values: Mapping[str, Any]) -> Any:
        """A mask of the designs for which all holds."""
        import numpy as np

        if self.margins is None:
            return True
        found = self.margins(**{own: values[column] for own, column in self.columns.items()})
        masks = [
            margin == 0 if equal else margin >= 0 for margin, equal in zip(found.values(), self.equal, strict=True)
        ]
        return np.logical_and.reduce(masks)


def asked(text: str, columns: Sequence[str]) -> Asked:
    """The relations that a text states, parted by `and` or commas, of columns; a measure with several numbers is all
    of them.

    >>> import numpy as np
    >>> found = asked("macs <= 1.5k and H % 32 == 0", ["H", "macs"])
    >>> found.met({"H": np.array([32, 40, 64]), "macs": np.array([1500, 2, 1501])})
    array([ True, False, False])
    """
    known = {column: f"x{place}" for place, column in enumerate(columns)}
    names = {own: symbols(own, -(10**18)) for own in known.values()}
    stated: list[Proposition | bool] = []
    for part in filter(None, (part.strip() for part in re.split(r"\band\b|,(?![^()]*\))", text))):
        for own in _spelt(part, known):
            stated += relations(own, names)
    if any(one is False for one in stated):
        raise ParseError(f"{show(text)} holds for no design, whatever is varied ({EXAMPLE})")
    propositions = [one for one in stated if isinstance(one, Proposition)]
    margins = {str(place): one.left - one.right for place, one in enumerate(propositions)}
    used = {name for one in propositions for name in one.names}
    return Asked(
        text,
        {own: column for column, own in known.items() if own in used},
        Compiled(margins) if margins else None,
        tuple(one.relation == "=" for one in propositions),
    )


def _spelt(part: str, known: Mapping[str, str]) -> list[str]:
    """A relation with the columns' own names, once for each number that a measure with several has."""
    several = {
        word: [column for column in known if column.startswith(f"{word}[")]
        for word in WORD.findall(part)
        if word not in known and word not in WORDS
    }
    for word, places in several.items():
        if not places and not COUNT.fullmatch(word):
            raise unknown_name("column", word, list(known))
    numbered = COUNT.sub(written_out, part)
    count = max(map(len, several.values()), default=1)

    def own(place: int) -> str:
        def name(found: re.Match[str]) -> str:
            word = found[0]
            if word in several:
                places = several[word]
                return known[places[min(place, len(places) - 1)]]
            return known.get(word, word)

        return WORD.sub(name, numbered)

    return [own(place) for place in range(count)]


def written_out(found: re.Match[str]) -> str:
    """The number that COUNT found, such as 600M or 6e8, in digits.

    >>> written_out(COUNT.fullmatch("1.5k"))
    '1500'
    """
    number = Decimal(found[1])
    if found[2]:
        number *= Decimal(10) ** min(int(found[3]), 30)
    number *= FACTORS[found[4] or ""]
    if number != int(number):
        raise ParseError(f"{found[0]} is {number.normalize():f}, which is no integer (round it)")
    return str(int(number))
