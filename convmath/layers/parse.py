"""Text to layers: a call such as `Conv2d(3, 64, 7)` read through a whitelist of syntax; nothing is executed."""

from __future__ import annotations

import ast
import operator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..core.errors import ParseError, show, unknown_name
from ..core.size import LARGEST, Symbolic
from . import FILE_OF, layer_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .base import Layer

LONGEST = 1000
"""Characters of a text; no layer needs more."""

DEEPEST = 32
"""Levels of brackets and operators inside one another."""

PREFIXES = ("nn", "torch.nn", "cm", "convmath")
"""What may stand before a type's name, so that code can be pasted."""

OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip


def parse_layer(text: str, names: Mapping[str, Any] | None = None, **defaults: object) -> Layer:
    """The layer that a call describes; its arguments are numbers, words, tuples and arithmetic on `names`.

    `defaults` (such as convention='keras') hold for every type that has a field of the name and is not told
    otherwise. Raises ParseError with the column where the text is no such call, UnknownNameError for a type or
    name nobody knows, ParameterError for values outside their domain. Spaces around the text count no columns.

    >>> parse_layer("Conv2d(3, 4*w, 7, stride=2)", {"w": 16})
    Conv2d(3, 64, 7, stride=2)
    """
    cls, args, kwargs = parse_call(text, {} if names is None else names, defaults)
    return cls(*args, **kwargs)


def parse_call(
    text: str, names: Mapping[str, Any], defaults: Mapping[str, object]
) -> tuple[type[Layer], list[Any], dict[str, Any]]:
    """What `parse_layer` makes a layer of: the type, its arguments by position and those by name.

    >>> parse_call("nn.Conv2d(3, w, kernel_size=3)", {"w": 8}, {})
    (<class 'convmath.layers.conv.Conv2d'>, [3, 8], {'kernel_size': 3})
    """
    node = _syntax(text)
    call = node if isinstance(node, ast.Call) else None
    name = _dotted(node if call is None else call.func)
    prefix, _, kind = name.rpartition(".")
    if not name or (prefix and prefix not in PREFIXES):
        raise ParseError(
            f"{show(text)} is not a layer (write a call such as Conv2d(3, 64, 7, stride=2))", _column(node)
        )
    if kind not in FILE_OF:
        raise unknown_name("layer type", kind, list(FILE_OF), _column(node))
    args, kwargs = ([], {}) if call is None else _arguments(call, names)
    cls = layer_type(kind)
    for field in list(cls.fields)[len(args) :]:
        if field in defaults and field not in kwargs:
            kwargs[field] = defaults[field]
    return cls, args, kwargs


def parse_value(text: str, names: Mapping[str, Any] | None = None) -> Any:
    """The number, word or tuple that a text writes.

    >>> parse_value("(w, 2*w + 1)", {"w": 16})
    (16, 33)
    """
    return _value(_syntax(text), {} if names is None else names, 0)


def _syntax(text: str) -> ast.expr:
    if not isinstance(text, str):
        raise ParseError(f"{show(text)} is no text (write for example 'Conv2d(3, 64, 7)')")
    text = text.strip()
    if len(text) > LONGEST:
        raise ParseError(f"a text of {len(text)} characters is too long (at most {LONGEST})")
    if not text.isascii() or not text.isprintable():
        place = next(place for place, c in enumerate(text) if not (c.isascii() and c.isprintable()))
        raise ParseError(f"the character {text[place]!a} has no place here (use plain ASCII)", place + 1)
    try:
        return _parsed(text)
    except SyntaxError as error:
        raise ParseError(f"{show(text)} is not an expression: {error.msg}", error.offset or len(text) + 1) from None
    except (RecursionError, MemoryError, ValueError):
        raise ParseError(f"{show(text)} is nested too deeply (at most {DEEPEST} levels)") from None


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _arguments(call: ast.Call, names: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    kwargs: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise ParseError("** has no place here (write each argument)", _column(keyword.value))
        if keyword.arg in kwargs:
            raise ParseError(f"{keyword.arg} is given twice (keep one)", _column(keyword.value))
        kwargs[keyword.arg] = _value(keyword.value, names, 0)
    return [_value(argument, names, 0) for argument in call.args], kwargs


def _value(node: ast.expr, names: Mapping[str, Any], depth: int) -> Any:
    if depth > DEEPEST:
        raise ParseError(f"nested too deeply (at most {DEEPEST} levels)", _column(node))
    match node:
        case ast.Constant(value=bool() | float() | str() | None as value):
            return value
        case ast.Constant(value=int() as value):
            return _bounded(value, node)
        case ast.Name(id=name):
            if name not in names:
                raise unknown_name("parameter", name, list(names), _column(node))
            return names[name]
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return tuple(_value(item, names, depth + 1) for item in items)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=inner):
            value = _number(inner, names, depth)
            return -value if isinstance(sign, ast.USub) else value
        case ast.BinOp(op=op) if type(op) in OPERATORS:
            return _arithmetic(node, names, depth)
        case ast.BinOp(op=ast.Div()):
            raise ParseError("/ does not keep integers (use //)", _column(node))
    raise ParseError(
        f"{_quoted(node)} has no place here (use numbers, words, tuples, names and + - * // %)", _column(node)
    )


def _arithmetic(node: ast.BinOp, names: Mapping[str, Any], depth: int) -> Any:
    a, b = _number(node.left, names, depth), _number(node.right, names, depth)
    if type(b) in {int, float} and b == 0 and isinstance(node.op, ast.FloorDiv | ast.Mod):
        raise ParseError(f"{show(a)} is divided by 0", _column(node))
    if float in (type(a), type(b)) and (isinstance(a, Symbolic) or isinstance(b, Symbolic)):
        raise ParseError(f"{_quoted(node)} mixes a fraction with a formula (keep to integers: 3*w//2)", _column(node))
    return _bounded(OPERATORS[type(node.op)](a, b), node)


def _number(node: ast.expr, names: Mapping[str, Any], depth: int) -> Any:
    value = _value(node, names, depth + 1)
    if type(value) not in (int, float) and not isinstance(value, Symbolic):
        raise ParseError(f"{show(value)} is not a number", _column(node))
    return value


def _quoted(node: ast.expr) -> str:
    try:
        return show(ast.unparse(node))
    except RecursionError:  # what ast reads, it cannot always write
        return "an expression this deep"


def _bounded(value: Any, node: ast.expr) -> Any:
    if type(value) is int and abs(value) > LARGEST:
        raise ParseError(f"{show(value)} is too large (at most 10^{len(str(LARGEST)) - 1})", _column(node))
    return value


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=name):
            before = _dotted(inner)
            return f"{before}.{name}" if before else ""
    return ""


def _column(node: ast.AST) -> int:
    return getattr(node, "col_offset", 0) + 1
