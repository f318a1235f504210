"""Values for symbols: what may be one, and how arrays of them stay exact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError, show, unknown_name
from ..core.foreign import is_foreign, read
from ..core.size import exact_div
from .atoms import Floor, Name, Pairs, inside
from .signs import is_nonnegative
from .terms import ONE, Terms, plus

if TYPE_CHECKING:
    from ..core.size import Size
    from .polynomial import Polynomial

WORD = 2**63
"""Magnitudes below this are exact in arrays of 64-bit integers."""


def settled(known: Mapping[str, int], values: Mapping[str, Size] | None, named: Mapping[str, Size]) -> dict[str, Size]:
    """The values given by position and by name, checked against the symbols that are known and what they assume.

    >>> settled({"H": 1, "W": 1}, {"H": 224}, {"W": 7})
    {'H': 224, 'W': 7}
    """
    if values is not None and not isinstance(values, Mapping):
        raise FormulaError(f"{show(values)} names no symbols (write for example .at(H=224))")
    given = {**(values or {}), **named}
    for name in given:
        if type(name) is not str or name not in known:
            raise unknown_name("symbol", str(name), sorted(known))
    return {name: _checked(name, value, known[name]) for name, value in given.items()}


def _checked(name: str, value: Any, least: int) -> Size:
    value = read(value) if is_foreign(value) else value
    if isinstance(getattr(value, "terms", None), dict):
        if not is_nonnegative(plus(value.terms, {ONE: -least} if least else {})):
            raise FormulaError(
                f"{name}={value} is not provably at least {least}, as the formula assumes"
                " (give its symbols a larger least value, or numbers)"
            )
        return value
    kind = getattr(getattr(value, "dtype", None), "kind", "none")
    if type(value) is not int and kind not in "iu":
        raise FormulaError(f"{name}={show(value)} is no size (use an integer, an array of integers or a formula)")
    if type(value) is not int and value.ndim and not value.size:
        return value
    first = value if type(value) is int else int(value.min())
    if first < least:
        raise FormulaError(f"{name}={show(first)} is below {least}, which the formula assumes at least")
    return value if type(value) is int or value.ndim else int(value)


def exact(formula: Polynomial, given: dict[str, Size]) -> dict[str, Size]:
    """The values with arrays wide enough for every number that comes up on the way: of 64 bits, or of Python integers.

    >>> from convmath.symbolic.polynomial import symbols
    >>> exact(symbols("H"), {"H": 7})
    {'H': 7}
    """
    arrays = {name: value for name, value in given.items() if hasattr(value, "dtype")}
    if not arrays:
        return given
    missing = [name for name in formula.names if hasattr(given.get(name), "terms") or name not in given]
    if missing:
        raise FormulaError(f"{', '.join(missing)} must be numbers or arrays too, where {', '.join(arrays)} is one")
    magnitudes = {
        name: (max(abs(int(value.min())), abs(int(value.max()))) if value.size else 0) if name in arrays else abs(value)
        for name, value in given.items()
    }
    wide = "int64" if _largest(formula.terms, magnitudes) < WORD else object
    return {**given, **{name: value.astype(wide) for name, value in arrays.items()}}


def _largest(terms: Terms, magnitudes: Mapping[str, int]) -> int:
    """A number that nothing exceeds in magnitude while the terms are worked out."""
    sizes: dict[int, int] = {}
    largest = 0
    for atom in inside([terms]):
        parts = [_sum(part, sizes) for part in atom.parts]
        if type(atom) is Name:
            size = magnitudes[atom.name]
        elif type(atom) is Pairs:
            limit, steps, stride, taps, dilation = parts
            size = limit + stride + dilation + taps * (steps + dilation) + 1
        elif type(atom) is Floor:
            size = parts[0]
        else:
            size = max(parts)
        sizes[atom.number] = size
        largest = max(largest, size, *parts)
    return max(largest, _sum(terms, sizes))


def _sum(terms: Terms, sizes: Mapping[int, int]) -> int:
    total = 0
    for monomial, coefficient in terms.items():
        size = abs(coefficient)
        for number in monomial:
            size *= max(sizes[number], 1) if number > 0 else 1
        total += size
    return total


def divided(a: Size, b: Size) -> Size:
    """a / b, where the formula assumes that it leaves no remainder; FormulaError if it does.

    >>> divided(12, 4)
    3
    """
    if type(a) is int and type(b) is int and a % b:
        raise FormulaError(f"{b} does not divide {a}, which the formula assumes")
    return exact_div(a, b)
