"""Scaling: the largest design of a family that keeps to a budget, and what changes around it.

A family grows by one exponent φ: each size v becomes v·r^φ, rounded to its step. Depth, width and resolution at rates
with d·w²·r² ≈ 2 take about 2^φ times the MACs. Source: Tan and Le, "EfficientNet" (2019), equation 3.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ConvmathError, ParameterError, ParseError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Measured = Callable[[Mapping[str, int]], Mapping[str, Any]]
    """The measures of a design."""

MOST_TIMES = 64
"""Doublings of a size that are tried."""


class Growing(NamedTuple):
    """A size that grows: from `base`, at `rate` for each unit of φ, in steps."""

    name: str
    base: int
    rate: Fraction
    step: int = 1

    def at(self, phi: float) -> int:
        """The size for an exponent, rounded to the nearest step and never below the first.

        >>> Growing("width", 64, Fraction("1.1"), 8).at(2)  # 77.4
        80
        """
        exact = self.base * float(self.rate) ** phi
        steps: int = round(exact / self.step)
        return max(steps, 1) * self.step


def parse_growing(text: str) -> Growing:
    """The size that a text states: NAME=BASE*RATE, or NAME=BASE*RATE:STEP.

    >>> parse_growing("H=224*1.15:32")
    Growing(name='H', base=224, rate=Fraction(23, 20), step=32)
    """
    name, _, told = text.partition("=")
    base, _, more = told.partition("*")
    rate, _, step = more.partition(":")
    try:
        found = Growing(name.strip(), int(base), Fraction(rate.strip()), int(step or 1))
    except (ValueError, ZeroDivisionError):
        raise ParseError(f"{show(text)} does not say how a size grows (write for example width=64*1.1:8)") from None
    if not found.name.isidentifier() or found.base < 1 or found.step < 1 or not 1 <= found.rate <= 16:
        raise ParseError(f"{show(text)} does not grow (a base and a step of at least 1, a rate from 1 to 16)")
    return found


class Design(NamedTuple):
    """A design of a family: its exponent, its sizes, its measures."""

    phi: float
    sizes: Mapping[str, int]
    measures: Mapping[str, Any]


def largest(family: Sequence[Growing], measured: Measured, fits: Callable[[Mapping[str, Any]], bool]) -> Design:
    """The design with the largest exponent, to three decimals, that fits, found by bisection.

    What fits must stop fitting once for all as sizes grow, as it does below a bound on costs. Raises ParameterError
    where the family's first design does not fit, or where every one does.

    >>> area = lambda sizes: {"area": sizes["side"] ** 2}
    >>> found = largest([Growing("side", 10, Fraction(2))], area, lambda sizes: sizes["area"] <= 5000)
    >>> found.sizes, found.measures  # 71 squared is 5041
    ({'side': 70}, {'area': 4900})
    """
    if all(one.rate == 1 for one in family):
        raise ParameterError("nothing grows (give a rate above 1, such as width=64*1.1)")

    def design(number: int) -> Design:
        sizes = {one.name: one.at(number / 1000) for one in family}
        return Design(number / 1000, sizes, measured(sizes))

    def fitting(number: int) -> bool:
        found = design(number)
        return fits({**found.sizes, **found.measures})

    if not fitting(0):
        told = ", ".join(f"{name}={size}" for name, size in design(0).sizes.items())
        raise ParameterError(f"even {told} does not fit (begin with smaller sizes, or allow more)")
    below, above = 0, 1000
    while fitting(above):
        below, above = above, 2 * above
        if above > 1000 * MOST_TIMES:
            raise ParameterError(
                f"every design fits, however large (state a bound on what grows with {family[0].name})"
            )
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if fitting(middle) else (below, middle)
    return design(below)


class Change(NamedTuple):
    """What one step of one size does to each measure: its new value, and its elasticity."""

    name: str
    size: int
    measures: Mapping[str, Any]
    elasticities: Mapping[str, Fraction | None]
    """(Δm/m) / (Δv/v): how many per cent a measure changes by for each per cent of the size; None beside 0."""


def changes(design: Design, family: Sequence[Growing], measured: Measured) -> list[Change]:
    """One step more and one step less of every size, as far as that is a network.

    >>> area = lambda sizes: {"area": sizes["side"] ** 2}
    >>> [float(one.elasticities["area"]) for one in changes(Design(0, {"side": 10}, {"area": 100}),
    ...                                                      [Growing("side", 10, Fraction(2))], area)]
    [1.9, 2.1]
    """
    found = []
    for one in family:
        old = design.sizes[one.name]
        for size in (old - one.step, old + one.step):
            if size < 1:
                continue
            try:
                new = measured({**design.sizes, one.name: size})
            except ConvmathError:
                continue
            share = Fraction(size - old, old)
            elastic = {
                name: Fraction(new[name] - value, value) / share if value else None
                for name, value in design.measures.items()
            }
            found.append(Change(one.name, size, new, elastic))
    return found
