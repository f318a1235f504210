"""Formulas that every notation writes: forty by hand, and random trees of all operations, with values to try."""

from __future__ import annotations

from random import Random
from typing import Any

from convmath.symbolic.polynomial import symbols
from convmath.symbolic.write import written
from convmath.symbolic.written import Written, operation, symbol

i, k, s, p, d, a, b, g, n = (symbol(name) for name in "ikspdabgn")
H, W, C, k_h, og, o = (symbol(name) for name in ("H", "W", "C_in", "k_h", "og", "H_o"))
k2, pad, x12 = symbol("k2"), symbol("pad_h"), symbol("x12_in")

conv = (i + 2 * p - d * (k - 1) - 1) // s + 1
pairs = operation("#", i + p - 1, conv, s, k, d)

HAND: dict[str, Any] = {
    "number": 12,
    "negative number": -3,
    "zero": 0,
    "symbol": H,
    "index": C,
    "word": og,
    "digit": k2,
    "word with an index": pad,
    "two indices": x12,
    "sum": i + 2 * p - k,
    "negative first": -k + p,
    "product of letters": H * W,
    "coefficient": 3 * H * W,
    "large coefficient": 9408 * H,
    "letter and bracket": d * (k - 1),
    "word and bracket": og * (k - 1),
    "bracket and letter": (k - 1) * d,
    "brackets": (k - 1) * (d + 1),
    "names": C * k_h * o,
    "square": k * k,
    "square of an index": C * C * k_h,
    "cube of a bracket": (k - 1) * (k - 1) * (k - 1) * 2,
    "convolution": conv,
    "floor": H // 2,
    "negative floor": -(H // s) + 3,
    "subtracted floor": H - H // 2,
    "product above": (H * W) // 4,
    "product below": H // (a * b),
    "sum below": H // (a + b),
    "floor of a floor": (H // a - 1) // b,
    "ceiling": -(-H // 4),
    "ceilings": -(-H // 4) * -(-W // 4) * 2,
    "square of a floor": (H // 2) * (H // 2),
    "factor and floor": a * (b // s),
    "subtracted ceiling": H - 2 * -(-H // 4),
    "exact": operation("/", C, g) * k * k,
    "square of a quotient": operation("/", C, g) * operation("/", C, g),
    "quotient in a quotient": operation("/", operation("/", C, g), k),
    "fraction": operation("÷", k * k + C, C * k * k),
    "mod": operation("mod", i, s),
    "mod in a sum": 2 * operation("mod", i + 1, 2 * s) + 1,
    "mod of mods": operation("mod", i, operation("mod", a, b) + 1),
    "max": operation("max", i - 1, 0) * C,
    "max of a floor": operation("max", H // 2, W),
    "square of a max": operation("max", i, k) * operation("max", i, k) * (k - 1),
    "min in max": operation("max", operation("min", a, b), 0),
    "gcd": operation("gcd", C, g) * (i + 1),
    "gcd with a quotient": operation("gcd", operation("/", C, g), g),
    "log": operation("log₂", i + k - 1) * C,
    "power of two": operation("2^", k) * (i + 1) + operation("2^", k - 1),
    "pairs": pairs,
    "pairs in a sum": 2 * pairs - operation("#", p - 1, conv, s, k, d) + 1,
}


def deep(levels: int, start: Any = H) -> Any:
    """A formula of so many floors inside one another, which do not collapse."""
    for _ in range(levels):
        start = (3 * start + 1) // 2
    return start


def shared(levels: int, start: Any = H) -> Any:
    """A formula whose every level has the one before in it twice."""
    for _ in range(levels):
        start = operation("max", start // 2 + 3, start - W)
    return start


def tree(dice: Random, depth: int = 4) -> Any:  # noqa: PLR0911  a case for each operation
    """A random formula of every operation, never undefined where symbols are at least 1."""
    if depth == 0 or dice.random() < 0.12:
        return dice.choice((H, W, k, C, og, k2)) if dice.random() < 0.7 else dice.randint(-5, 12)
    x = tree(dice, depth - 1)
    word = dice.choice(("+", "-", "*", "*", "²", "⌊⌋", "⌊⌋", "⌈⌉", "mod", "max", "min", "gcd", "#", "÷"))
    if word in {"+", "-", "*"}:
        y = tree(dice, depth - 1)
        return x + y if word == "+" else x - y if word == "-" else x * y
    if word == "²":
        return x * x
    if word in {"max", "min"}:
        return operation(word, x, tree(dice, depth - 1))
    if word == "gcd":
        return operation("gcd", positive(dice, depth - 1), positive(dice, depth - 1))
    if word == "#":
        return operation("#", x, *(positive(dice, 0) for _ in range(4)))
    if word == "÷":
        return operation("⌊⌋", operation("÷", x, positive(dice, depth - 2)) + 1, positive(dice, depth - 2))
    return operation(word, x, positive(dice, depth - 1))


def positive(dice: Random, depth: int) -> Any:
    """One that is at least 1."""
    if depth <= 0 or dice.random() < 0.5:
        return dice.choice((H, W, k, C, og, k2)) if dice.random() < 0.5 else dice.randint(1, 6)
    x = positive(dice, depth - 1)
    y = positive(dice, depth - 1)
    return dice.choice((x + y, x * y, operation("max", tree(dice, depth - 1), x), operation("gcd", x, y)))


def place(dice: Random, formula: Any) -> dict[str, int]:
    """Values of a formula's symbols, mostly small ones."""
    names = formula.names if isinstance(formula, Written) else ()
    return {name: dice.choice((1, 2, 3, dice.randint(1, 12), dice.randint(1, 60))) for name in names}


def example(name: str) -> list[dict[str, int]]:
    """Two places to try a formula by hand; where it is defined."""
    dice = Random(name)
    return [place(dice, HAND[name]) | DEFINED.get(name, {}) for _ in range(2)]


DEFINED: dict[str, dict[str, int]] = {
    "exact": {"C_in": 24, "g": 4},
    "square of a quotient": {"C_in": 24, "g": 4},
    "quotient in a quotient": {"C_in": 24, "g": 4, "k": 3},
    "gcd with a quotient": {"C_in": 24, "g": 4},
    "pairs": {"i": 30, "k": 3, "d": 2, "s": 2, "p": 1},
    "pairs in a sum": {"i": 29, "k": 4, "d": 3, "s": 2, "p": 5},
}


def value(operand: Any, values: dict[str, int]) -> Any:
    """What the formula is, by the arithmetic of the tree itself."""
    return operand.worked_out(values) if isinstance(operand, Written) else operand


def polynomials() -> list[Any]:
    """Normal forms with what they are written as."""
    h, w, c, kernel = symbols("H W C_in k")
    q = [-(-h // m) * -(-w // m) for m in (2, 4, 8, 16, 32)]
    return [
        h * w,
        (h + 3) // 4 * w + h - 3,
        9408 * q[0] + 245760 * q[1] + 2424832 * q[2] + 40894464 * q[3] + 14417920 * q[4],
        c * c * kernel**2 * q[0] + c * (60 * q[1] + 320 * q[2]),
        (h - kernel).larger(0) + 1,
        h.smaller(w) * kernel,
        h.common_divisor(w) * 3,
        (c * h).exact_div(c) + 1,
        h.pairs_below(h + 2, w, kernel, kernel, 2),
        h % 7 * (w % kernel),
    ]


def random_formulas(count: int) -> list[Any]:
    """Random trees, and normal forms as they are written."""
    return [tree(Random(seed)) for seed in range(count)] + [written(size) for size in polynomials()]
