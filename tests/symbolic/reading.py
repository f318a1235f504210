"""Reads presentation MathML as a person does, and works it out; it shares nothing with what writes it.

KaTeX makes MathML from LaTeX, Typst from its own notation: so this reads all three.

    value_of('<math>…</math>', {"H": 7})
"""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from fractions import Fraction
from math import gcd
from typing import Any, NamedTuple

OPEN = {"(": ")", "⌊": "⌋", "⌈": "⌉"}
UNSEEN = {"\u2061", "\u2062", "⋅", "·"}
CALLED = {"max": max, "min": min, "gcd": lambda *x: gcd(*map(int, x))}


class Token(NamedTuple):
    kind: str
    value: Any = None


def plain(text: str) -> str:
    """Letters without their slant."""
    return unicodedata.normalize("NFKC", text)


def content(element: ET.Element) -> str:
    return plain("".join(element.itertext())).strip()


def name(text: str) -> str:
    """A symbol is known by its letters and digits, wherever they stand."""
    return text.replace("_", "").replace(",", "")


def tokens(element: ET.Element) -> list[Token]:  # noqa: C901, PLR0911  a case for each element
    tag = element.tag.rpartition("}")[2]
    parts = list(element)
    match tag:
        case "mn":
            return [Token("number", int(content(element)))]
        case "mi":
            return [Token("letter" if element.get("mathvariant") == "normal" else "name", content(element))]
        case "mtext":
            return [Token("word", content(element))] if content(element) else []
        case "mo":
            text = content(element)
            return [] if text in UNSEEN else [Token("sign", "-" if text == "−" else text)]
        case "mspace" | "annotation" | "style":
            return []
        case "mfrac":
            return [Token("fraction", tuple(map(tokens, parts)))]
        case "msub" if content(parts[0]).strip("\u2061") == "log":
            return [Token("name", "log")]
        case "msub":
            return [Token("name", content(parts[0]) + content(parts[1]))]
        case "msup":
            return [*tokens(parts[0]), Token("power", tokens(parts[1]))]
        case "msubsup" if content(parts[0]) != "∑":
            return [Token("name", content(parts[0]) + content(parts[1])), Token("power", tokens(parts[2]))]
        case "munderover" | "msubsup":
            return [Token("sum", (tokens(parts[1]), tokens(parts[2])))]
        case "mtr":
            return [Token("row"), *(token for part in parts for token in tokens(part))]
    found = [token for part in parts for token in tokens(part)]
    return joined(found)


def joined(found: list[Token]) -> list[Token]:
    """Upright letters side by side are one word."""
    result: list[Token] = []
    for token in found:
        if token.kind == "letter" and result and result[-1].kind == "letter":
            result[-1] = Token("letter", result[-1].value + token.value)
        else:
            result.append(token)
    return result


class Reader:
    def __init__(self, found: list[Token], values: dict[str, Any]) -> None:
        self.found = joined(found)
        self.place = 0
        self.values = values

    def next(self) -> Token:
        return self.found[self.place] if self.place < len(self.found) else Token("end")

    def take(self) -> Token:
        token = self.next()
        self.place += 1
        return token

    def sign(self, text: str) -> bool:
        if self.next() == Token("sign", text):
            self.place += 1
            return True
        return False

    def skip_rows(self, followed_by: tuple[str, ...]) -> None:
        after = self.found[self.place + 1 : self.place + 2]
        if self.next().kind == "row" and after and after[0].value in followed_by:
            self.place += 1

    def sum(self) -> Any:
        total = -self.term() if self.sign("-") else self.term()
        while True:
            self.skip_rows(("+", "-"))
            if self.sign("+"):
                total += self.term()
            elif self.sign("-"):
                total -= self.term()
            else:
                return total

    def term(self) -> Any:
        product = self.factor()
        while self.begins_factor():
            product *= self.factor()
        if self.is_mod():
            self.take()
            return product % self.term()
        return product

    def is_mod(self) -> bool:
        return self.next().value == "mod"

    def begins_factor(self) -> bool:
        token = self.next()
        return token.kind in {"number", "fraction", "sum"} or (
            (token.kind in {"name", "letter", "word"} and token.value not in {"mod", "where"})
            or (token.kind == "sign" and (token.value in OPEN or token.value in CALLED or token.value == "log"))
        )

    def factor(self) -> Any:
        value = self.primary()
        while self.next().kind == "power":
            value = value ** read(self.take().value, self.values)
        return value

    def primary(self) -> Any:  # noqa: PLR0911  a case for each kind of token
        token = self.take()
        match token:
            case Token("number", number):
                return Fraction(number)
            case Token("fraction", (above, below)):
                return Fraction(read(above, self.values)) / read(below, self.values)
            case Token("sum", (first, last)):
                index = name(first[0].value)
                assert first[1:] == [Token("sign", "="), Token("number", 0)]
                return self.summed(index, int(read(last, self.values)))
            case Token("sign", text) if text in OPEN:
                inside = self.sum()
                assert self.sign(OPEN[text]), self.found
                return {"(": inside, "⌊": inside // 1, "⌈": -(-inside // 1)}[text]
            case Token("name" | "letter" | "word" | "sign", "log"):
                x = self.factor()
                assert x.denominator == 1
                return Fraction((int(x) - 1).bit_length())  # rounded up: it only stands inside ⌈ ⌉
            case Token("name" | "letter" | "word" | "sign", text) if text in CALLED:
                return self.called(text)
            case Token("name" | "letter" | "word", text):
                return Fraction(self.values[name(text)])
        raise AssertionError((token, self.place, self.found))

    def called(self, text: str) -> Any:
        assert self.sign("("), self.found
        arguments = [self.sum()]
        while self.sign(","):
            arguments.append(self.sum())
        assert self.sign(")"), self.found
        return Fraction(CALLED[text](*arguments))

    def summed(self, index: str, last: int) -> Any:
        start, total = self.place, Fraction(0)
        for value in range(last + 1):
            inner = Reader(self.found, self.values | {index: value})
            inner.place = start
            total += inner.term()
            self.place = inner.place
        return total


def read(found: list[Token], values: dict[str, Any]) -> Any:
    reader = Reader(found, values)
    total = reader.sum()
    assert reader.next().kind == "end", (reader.place, reader.found)
    return total


def statements(found: list[Token]) -> tuple[list[Token], list[tuple[str, list[Token]]]]:
    """The formula, and what follows 'where': each name with what it stands for."""
    if Token("word", "where") not in found:
        return found, []
    at = found.index(Token("word", "where"))
    formula, rest = found[:at], found[at + 1 :]
    assert formula.pop() == Token("sign", ",")
    starts = [n - 1 for n, token in enumerate(rest) if token == Token("sign", "=")]
    named = []
    for start, end in zip(starts, [*starts[1:], len(rest)], strict=True):
        part = rest[start + 2 : end]
        while part[-1].kind == "row" or part[-1] == Token("sign", ","):
            part.pop()
        named.append((name(rest[start].value), part))
    return formula, named


def value_of(mathml: str, values: dict[str, int]) -> Any:
    """The value of the first <math> element in a text."""
    text = mathml[mathml.index("<math") : mathml.index("</math>") + len("</math>")]
    found = tokens(ET.fromstring(text))
    if found and found[0].kind == "row":
        del found[0]
    formula, named = statements(joined(found))
    known: dict[str, Any] = {name(key): value for key, value in values.items()}
    for what, part in named:
        known[what] = read(part, known)
    return read(formula, known)
