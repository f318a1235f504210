"""Reads formulas as a person reads them, from Unicode text straight to a number; shares nothing with the printers.

    sum       [−] term {+ − term}
    term      product [/ product]
    product   power {[·] power}
    power     one [⁰¹²…]
    one       7, H, (sum), ⌊sum⌋, ⌈sum⌉, max(sum, …), min(…), gcd(…)

and after ', where ' the names of parts, 'n1 = sum; n2 = sum', each of which may use those before it.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil, floor, gcd

TOKEN = re.compile(r"[0-9]+|[A-Za-z_][A-Za-z0-9_]*|[⁰¹²³⁴⁵⁶⁷⁸⁹]+|[-+−·/(),⌊⌋⌈⌉]| +")

LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")

CALLS = {"max": max, "min": min, "gcd": lambda *sizes: gcd(*map(whole, sizes))}

OPENING = {"(": ")", "⌊": "⌋", "⌈": "⌉"}


def read(text: str, **values: int) -> int:
    """The value of a text."""
    formula, _, parts = text.partition(", where ")
    for part in filter(None, parts.split("; ")):
        name, _, meaning = part.partition(" = ")
        assert name not in values, f"{name} has two meanings"
        values[name] = read(meaning, **values)
    return whole(Reader(formula, values).everything())


def whole(value: Fraction) -> int:
    assert value.denominator == 1, f"{value} is no integer"
    return value.numerator


class Reader:
    def __init__(self, text: str, values: dict[str, int]) -> None:
        self.tokens = [token for token in TOKEN.findall(text) if not token.isspace()]
        assert "".join(TOKEN.findall(text)) == text, f"unknown signs in {text}"
        self.tokens.append("end")
        self.values = values

    def everything(self) -> Fraction:
        value = self.sum()
        assert self.tokens == ["end"], self.tokens
        return value

    def taken(self, *wanted: str) -> str:
        return self.tokens.pop(0) if self.tokens[0] in wanted else ""

    def sum(self) -> Fraction:
        total = -self.term() if self.taken("−") else self.term()
        while sign := self.taken("+", "−"):
            total = total + self.term() if sign == "+" else total - self.term()
        return total

    def term(self) -> Fraction:
        value = self.product()
        while self.taken("/"):
            value /= self.product()
        return value

    def product(self) -> Fraction:
        value = self.power()
        while self.taken("·") or self.tokens[0] not in {"end", "+", "−", "/", ")", ",", "⌋", "⌉"}:
            value *= self.power()
        return value

    def power(self) -> Fraction:
        value = self.one()
        if self.tokens[0][0] in "⁰¹²³⁴⁵⁶⁷⁸⁹":
            value **= int(self.tokens.pop(0).translate(LOWERED))
        return value

    def one(self) -> Fraction:
        token = self.tokens.pop(0)
        if token.isdigit():
            return Fraction(int(token))
        if token in CALLS and self.taken("("):
            sizes = [self.sum()]
            while self.taken(","):
                sizes.append(self.sum())
            assert self.taken(")")
            return Fraction(CALLS[token](*sizes))
        if token in OPENING:
            value = self.sum()
            assert self.taken(OPENING[token]), token
            return Fraction({"⌊": floor, "⌈": ceil, "(": Fraction}[token](value))
        return Fraction(self.values[token])
