"""Text to formulas: read through a whitelist of syntax straight into the normal form; nothing is executed."""

from __future__ import annotations

import ast
import operator
import re
from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError, ParseError, UnknownNameError, show, unknown_name
from ..core.size import LARGEST, ceil_div, common_divisor, larger, smaller
from .implicit import Symbols
from .polynomial import Polynomial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size

LONGEST = 4000
"""Characters of a formula."""

DEEPEST = 64
"""Levels of brackets inside one another; a sum or product of many terms counts as one level."""

MOST_FACTORS = 32
"""Factors of a product, powers multiplied out."""

NUMBER = re.compile(r"(?<![A-Za-z0-9_])[0-9][A-Za-z0-9_]*")
"""A number, and whatever is written right behind it."""

OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip

FUNCTIONS = {"max": larger, "min": smaller, "gcd": common_divisor}

ROUNDED = {"floor": operator.floordiv, "ceil": ceil_div}


def parse_formula(text: str, names: Mapping[str, Any] | None = None) -> Size:
    """The size that a text states: integers, symbols, + - * // % **, max, min, gcd, floor(a/b), ceil(a/b).

    `names` holds the symbols that are known; without it every name is one, of at least 1. Raises ParseError with
    the column of what does not belong, FormulaError for what would be wrong or too large.

    >>> parse_formula("(H - 1)//2 + 1"), parse_formula("ceil(H/4) * 2")
    (Polynomial('⌈H/2⌉'), Polynomial('2·⌈H/4⌉'))
    """
    _check_characters(text)
    indent = len(text) - len(text.lstrip())
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        return _value(tree, Symbols() if names is None else names, 0)
    except SyntaxError as error:
        column = indent + (error.offset or len(text) + 1 - indent)
        raise ParseError(f"{show(text)} is not a formula: {error.msg}", column) from None
    except (ParseError, UnknownNameError) as error:
        error.column += indent
        raise
    except (RecursionError, MemoryError, ValueError):
        raise ParseError(f"{show(text)} is nested too deeply (at most {DEEPEST} levels)") from None


def _check_characters(text: object) -> None:
    if not isinstance(text, str):
        raise ParseError(f"{show(text)} is no formula (write for example '(H + 1)//2')")
    if len(text) > LONGEST:
        raise ParseError(f"a formula of {len(text)} characters is too long (at most {LONGEST})")
    for place, character in enumerate(text):
        if not (character.isascii() and character.isprintable()) or character == "#":
            raise ParseError(f"the character {character!a} has no place here (use plain ASCII)", place + 1)
    for number in NUMBER.finditer(text):
        if not number[0].isdigit():
            raise ParseError(f"{show(number[0])} is no integer (use digits only)", number.start() + 1)


def _value(node: ast.expr, names: Mapping[str, Any], depth: int) -> Size:
    if depth > DEEPEST:
        raise ParseError(f"nested too deeply (at most {DEEPEST} levels)", node.col_offset + 1)
    match node:
        case ast.Constant(value=value) if type(value) is int:
            return _bounded(value, node)
        case ast.Name():
            return _symbol(node, names)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=inner):
            value = _value(inner, names, depth + 1)
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp(op=ast.Pow(), left=base, right=ast.Constant(value=exponent)):
            return _power(_value(base, names, depth + 1), exponent, node)
        case ast.BinOp(op=op) if type(op) in OPERATORS:
            return _chain(node, names, depth)
        case ast.Call():
            return _call(node, names, depth)
    raise _misplaced(node)


def _symbol(node: ast.Name, names: Mapping[str, Any]) -> Size:
    if node.id in names:
        return names[node.id]
    if isinstance(names, Symbols):
        raise ParseError(
            f"{show(node.id)} is no symbol (use a letter, maybe with an index: H, k2, C_in)", node.col_offset + 1
        )
    raise unknown_name("symbol", node.id, list(names), node.col_offset + 1)


def _call(node: ast.Call, names: Mapping[str, Any], depth: int) -> Size:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.BinOp(op=ast.Div(), left=a, right=b)], keywords=[]) if (
            name in ROUNDED
        ):
            return _applied(ROUNDED[name], _value(a, names, depth + 1), _value(b, names, depth + 1), node)
        case ast.Call(func=ast.Name(id=name), args=[first, *others], keywords=[]) if name in FUNCTIONS:
            result = _value(first, names, depth + 1)
            for other in others:
                result = _applied(FUNCTIONS[name], result, _value(other, names, depth + 1), node)
            return result
    raise _misplaced(node)


def _misplaced(node: ast.expr) -> ParseError:
    return ParseError(
        "only integers, symbols, + - * // % **, max, min, gcd, floor(a/b) and ceil(a/b) have a place here",
        node.col_offset + 1,
    )


def _chain(node: ast.BinOp, names: Mapping[str, Any], depth: int) -> Size:
    """a + b + c + …, which the syntax nests leftwards, without a level for each."""
    links: list[ast.BinOp] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and type(left.op) in OPERATORS:
        links.append(left)
        left = left.left
    result = _value(left, names, depth + 1)
    for link in reversed(links):
        result = _applied(OPERATORS[type(link.op)], result, _value(link.right, names, depth + 1), link)
    return result


def _applied(apply: Any, a: Size, b: Size, node: ast.expr) -> Size:
    try:
        return _bounded(apply(a, b), node)
    except ZeroDivisionError:
        raise FormulaError(f"{a} is divided by 0 (at column {node.col_offset + 1})") from None


def _power(base: Size, exponent: object, node: ast.expr) -> Size:
    if type(exponent) is not int or not 0 <= exponent <= MOST_POWER:
        raise ParseError(f"{show(exponent)} is no exponent (use a number from 0 to {MOST_POWER})", node.col_offset + 1)
    result: Size = 1
    for _ in range(exponent):
        result = _bounded(result * base, node)
    return result


MOST_POWER = 8


def _bounded(value: Size, node: ast.expr) -> Size:
    if type(value) is int and abs(value) > LARGEST:
        raise ParseError(f"{show(value)} is too large (at most 10^{len(str(LARGEST)) - 1})", node.col_offset + 1)
    if type(value) is Polynomial and max(map(len, value.terms)) > MOST_FACTORS:
        raise ParseError(f"a product has more than {MOST_FACTORS} factors", node.col_offset + 1)
    return value
