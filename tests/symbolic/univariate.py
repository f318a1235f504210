"""Random formulas in one symbol as text: quasi-affine ones, and ones with products; read by integers and by symbols."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from convmath.core.size import ceil_div, larger, smaller

if TYPE_CHECKING:
    from random import Random


def affine(dice: Random, depth: int = 3) -> str:
    """A sum of floors and maxima whose divisors are numbers."""
    if depth == 0 or dice.random() < 0.15:
        return "H" if dice.random() < 0.7 else f"({dice.randint(-12, 12)})"
    kind = dice.choice(("+", "-", "*", "//", "//", "%", "max", "min", "ceil"))
    a = affine(dice, depth - 1)
    if kind in {"max", "min"}:
        return f"{kind}({a}, {affine(dice, depth - 1)})"
    if kind == "*":
        return f"({dice.choice((-3, -1, 2, 3, 5))}*{a})"
    if kind in {"//", "%"}:
        return f"({a} {kind} {dice.randint(2, 6)})"
    if kind == "ceil":
        return f"ceil({a}, {dice.randint(2, 5)})"
    return f"({a} {kind} {affine(dice, depth - 1)})"


def curved(dice: Random) -> str:
    """A sum with products of two or three of them."""
    parts = [affine(dice, 1 if dice.random() < 0.8 else 2) for _ in range(dice.randint(2, 3))]
    return f"({'*'.join(parts)} {dice.choice('+-')} {affine(dice, 2)})"


def by_integers(text: str, size: int) -> int:
    """What Python's own integers make of the text."""
    return function(text)(size)


@cache
def function(text: str) -> Any:
    """The text as a function of plain integers."""
    words = {"max": max, "min": min, "ceil": lambda a, b: -((-a) // b), "__builtins__": {}}
    return eval(f"lambda H: {text}", words)


def by_symbol(text: str, symbol: Any) -> Any:
    """What a symbol makes of it."""
    return eval(text, {"__builtins__": {}}, {"max": larger, "min": smaller, "ceil": ceil_div, "H": symbol})


def question(dice: Random, *, products: bool = False) -> tuple[str, str]:
    """A formula and whether it is to be ≥ 0 or = 0, moved so that the answer is seldom trivial."""
    text = curved(dice) if products else affine(dice)
    return f"({text} - {by_integers(text, dice.randint(1, 60))})", dice.choice(("≥", "="))


def holds(value: int, relation: str) -> bool:
    return value >= 0 if relation == "≥" else value == 0
