"""Random formulas as text, which plain integers, arrays, symbols and the parser each read in their own way.

term(dice)      any formula of H, W, k and small numbers, such as 'max(((H - 3)*2)//(k + 1), W % 4)'
positive(dice)  one that is at least 1 wherever its symbols are, to divide by
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Any

from convmath.core.size import ceil_div, common_divisor, larger, smaller
from convmath.symbolic.polynomial import symbols

if TYPE_CHECKING:
    from random import Random

NAMES = ("H", "W", "k")

H, W, K = symbols("H W k")

SYMBOLS = {"H": H, "W": W, "k": K}


def term(dice: Random, depth: int = 3) -> str:
    if depth == 0 or dice.random() < 0.15:
        return dice.choice(NAMES) if dice.random() < 0.65 else f"({dice.randint(-9, 9)})"
    kind = dice.choice(("+", "-", "*", "//", "//", "%", "max", "min", "gcd", "ceil"))
    a = term(dice, depth - 1)
    if kind in {"+", "-", "*"}:
        return f"({a} {kind} {term(dice, depth - 1)})"
    if kind in {"max", "min"}:
        return f"{kind}({a}, {term(dice, depth - 1)})"
    if kind in {"//", "%"}:
        return f"({a} {kind} {positive(dice, depth - 1)})"
    if kind == "ceil":
        return f"ceil({a}, {positive(dice, depth - 1)})"
    return f"gcd({positive(dice, depth - 1)}, {positive(dice, depth - 1)})"


def positive(dice: Random, depth: int = 2) -> str:
    if depth <= 0 or dice.random() < 0.5:
        return dice.choice(NAMES) if dice.random() < 0.4 else str(dice.randint(1, 6))
    a = positive(dice, depth - 1)
    kind = dice.choice(("+", "*", "max", "gcd"))
    if kind == "max":
        return f"max({term(dice, depth - 1)}, {a})"
    other = positive(dice, depth - 1)
    return f"({a} {kind} {other})" if kind != "gcd" else f"gcd({a}, {other})"


def by_integers(text: str, **values: int) -> int:
    """What Python's own integers make of the text."""
    words = {"max": max, "min": min, "gcd": gcd, "ceil": lambda a, b: -((-a) // b)}
    return eval(text, {"__builtins__": {}}, words | values)


def by_symbols(text: str, **values: Any) -> Any:
    """What the words of core/size.py make of it."""
    words = {"max": larger, "min": smaller, "gcd": common_divisor, "ceil": ceil_div}
    return eval(text, {"__builtins__": {}}, words | SYMBOLS | values)


def place(dice: Random) -> dict[str, int]:
    """Values of the symbols, mostly small ones."""
    return {name: dice.choice((1, 2, 3, dice.randint(1, 12), dice.randint(1, 400))) for name in NAMES}
