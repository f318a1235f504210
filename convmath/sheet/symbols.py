"""What the symbols mean: a table for the whole sheet, and for a layer type what it uses otherwise."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from ..formulas.example import NUMBERS
from ..formulas.tables import meanings
from ..symbolic.written import symbol
from .document import Equation, Paragraph, Rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .document import Part, Run
    from .told import Told

ORDER = (
    "N", "C", "C_in", "C_out", "C_1", "C_2", "G", "c", "L", "D", "H", "W", "i", "o", "L_o", "D_o", "H_o", "W_o",
    "k", "s", "p", "d", "a", "g", "m", "M", "g_off", "r", "n", "I", "O", "T", "e",
)  # fmt: skip
"""The order in which a reader looks for them: sizes, hyper-parameters, what is counted."""

SIZES = {"L": "length", "D": "depth", "H": "height", "W": "width"}

MADE = {
    "o": "output size along one axis",
    "T": "pairs of an output and a tap that meet real input, along one axis",
    "e": "exponent of the least power of two that holds a whole convolution, along one axis",
    "MACs": "",
}
"""What is no parameter, but made of them."""


def glossary(all_told: Iterable[Told]) -> dict[str, str]:
    """The usual meaning of every symbol in the sheet, without its axis."""
    counted: dict[str, Counter[str]] = {}
    for each in all_told:
        for stem, meaning in _meanings(each).items():
            counted.setdefault(stem, Counter())[meaning] += 1
    return {stem: counter.most_common(1)[0][0] for stem, counter in counted.items()}


def _meanings(each: Told) -> dict[str, str]:
    found: dict[str, str] = {}
    names = [name for name in each.names if name not in MADE]
    for name, meaning in meanings(each.kind.__name__, names).items():
        stem = stem_of(name)
        if stem not in SIZES and stem not in MADE and not name.endswith("_o"):
            text = re.split(r"[;:]", meaning)[0].removesuffix(f" {name}").removesuffix(f" {stem}")
            text = re.sub(r" in (depth|height|width)$", "", text).replace("along each axis", "along an axis")
            found.setdefault(stem, text.replace("'", "’"))
    return found


def stem_of(name: str) -> str:
    """A symbol without its axis.

    >>> stem_of("k_h"), stem_of("C_in")
    ('k', 'C_in')
    """
    return re.sub(r"_[dhw](?=_o$|$)", "", name)


def symbol_table(all_told: Sequence[Told]) -> Rows:
    """Every symbol once, its axes beside it, with the numbers of the examples."""
    usual = glossary(all_told)
    used = sorted({name for each in all_told for name in each.names}, key=_place)
    stems = dict.fromkeys(map(stem_of, used))
    alike = {stem: _of_stem(stem, used) for stem in stems}
    rows = [(_listed(names), _meaning(stem, usual), _values(names)) for stem, names in alike.items()]
    return Rows("", ("symbol", "meaning", "in the examples"), tuple(row for row in rows if row[1]))


def _place(name: str) -> tuple[int, str, str]:
    stem = stem_of(name)
    return (ORDER.index(stem) if stem in ORDER else len(ORDER), stem, name)


def _of_stem(stem: str, used: Sequence[str]) -> list[str]:
    return [name for name in used if stem_of(name) == stem]


def _listed(names: Iterable[str]) -> Run:
    parts: list[Part] = []
    for name in names:
        parts += [", "] if parts else []
        parts.append(Equation(None, symbol(name)))
    return tuple(parts)


def _meaning(stem: str, usual: Mapping[str, str]) -> str:
    size = SIZES.get(stem.removesuffix("_o"))
    if size:
        return f"{'output' if stem.endswith('_o') else 'input'} {size}"
    return MADE.get(stem) or usual.get(stem, "")


def _values(names: Iterable[str]) -> str:
    return ", ".join(str(NUMBERS[name]) for name in names if name in NUMBERS and stem_of(name) not in MADE)


def otherwise(each: Told, usual: Mapping[str, str]) -> Iterator[Paragraph]:
    """What symbols mean to a layer type that mean something else elsewhere."""
    parts: list[Part] = []
    for stem, meaning in _meanings(each).items():
        if meaning and not usual[stem].startswith(meaning):
            value = f" ({NUMBERS[stem]} in the examples)" if stem in NUMBERS else ""
            parts += ["; " if parts else "Here ", Equation(None, symbol(stem)), f" stands for {meaning}{value}"]
    if parts:
        yield Paragraph((*parts, "."))
