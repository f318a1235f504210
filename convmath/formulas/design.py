"""Which hyper-parameters map one size to another: every choice in stated ranges that the layer's own rules accept."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import FormulaError, ShapeError, unknown_name
from .formula import formula

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

USUAL = {
    "k": range(1, 8), "s": range(1, 5), "p": range(4), "d": range(1, 3), "a": range(2), "m": range(1, 3),
}  # fmt: skip
"""What is tried for a symbol that is not given."""

MOST_CHOICES = 200_000


class Design(NamedTuple):
    """One choice of hyper-parameters by their symbols."""

    values: Mapping[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.values.items())


def tried(kind: str, given: Mapping[str, Sequence[int]]) -> dict[str, Sequence[int]]:
    """What is tried for each symbol of a type: what is given, else the usual.

    Raises FormulaError for a symbol that has no usual values, UnknownNameError for one that the type does not have.

    >>> {name: list(values) for name, values in tried("Conv2d", {"k": [3], "s": [2]}).items()}
    {'k': [3], 's': [2], 'p': [0, 1, 2, 3], 'd': [1, 2]}
    """
    own = [name for name in formula(kind, "output").names if name != "i"]
    names = [name for name in USUAL if name in own] + [name for name in own if name not in USUAL]
    for name in given:
        if name not in names:
            raise unknown_name("symbol", name, names)
    ranges: dict[str, Sequence[int]] = {name: given.get(name, USUAL.get(name, ())) for name in names}
    for name, choices in ranges.items():
        if not choices:
            raise FormulaError(f"{kind}: state what {name} may be (for example --given {name}=1)")
    return ranges


def designs(kind: str, size: int, output: int, given: Mapping[str, Sequence[int]]) -> Iterator[Design]:
    """Every choice of k, s, p, d and a in the given ranges that makes `output` positions of `size`, plain ones first.

    Raises FormulaError for more than 200,000 choices, UnknownNameError for a symbol that the type does not have.

    >>> [str(design) for design in designs("Conv2d", 224, 112, {"k": [3], "d": [1]})]
    ['k=3, s=2, p=1, d=1']
    """
    law, ranges = formula(kind, "output"), tried(kind, given)
    names = list(ranges)
    if prod(map(len, ranges.values())) > MOST_CHOICES:
        raise FormulaError(f"{kind}: {prod(map(len, ranges.values()))} choices are too many (state smaller ranges)")
    by_plainness = sorted(product(*ranges.values()), key=lambda choice: _effort(dict(zip(names, choice, strict=True))))
    for choice in by_plainness:
        values = dict(zip(names, choice, strict=True))
        try:
            if law.at(i=size, **values) == output:
                yield Design(values)
        except (FormulaError, ShapeError):
            continue


def _effort(values: Mapping[str, int]) -> tuple[int, ...]:
    """What is unusual comes late: dilation, output_padding, large kernels."""
    return values.get("d", 1), values.get("a", 0), values.get("k", 1), values.get("s", 1), values.get("p", 0)
