"""The rows that the bridge writes, carried out: calls of a peer's own functions on numbers and on what came before."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ParseError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def carried_out(row: str, words: Mapping[str, Any], otherwise: Callable[[str], Any]) -> Any:
    """What a row gives: calls, numbers, words and what belongs to them, tuples, lists, places in them, arithmetic.

    Names mean what `words` says, and all others, dots and all, what `otherwise` gives for them. Nothing that begins
    with an underscore is reached.

    >>> carried_out("-x * 9 / float('4')", {"x": 8, "float": float}, len)
    -18.0
    >>> carried_out("x.upper()[1:] @ y", {"x": "abc"}, len)
    Traceback (most recent call last):
    TypeError: unsupported operand type(s) for @: 'str' and 'int'
    >>> carried_out("x.__class__", {"x": 8}, len)
    Traceback (most recent call last):
    convmath.core.errors.ParseError: 'x.__class__' is no row that can be carried out
    """
    return _Reading(row, words, otherwise).value(ast.parse(row, mode="eval").body)


class _Reading(NamedTuple):
    row: str
    words: Mapping[str, Any]
    otherwise: Callable[[str], Any]

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=plain):
                return plain
            case ast.Name() | ast.Attribute():
                return self._named(node)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return (tuple if isinstance(node, ast.Tuple) else list)(map(self.value, items))
            case ast.Call(func=function, args=args, keywords=words):
                named = {str(word.arg): self.value(word.value) for word in words}
                return self.value(function)(*map(self.value, args), **named)
        return self._part(node)

    def _named(self, node: ast.Name | ast.Attribute) -> Any:
        name = ast.unparse(node)
        if name in self.words:
            return self.words[name]
        if isinstance(node, ast.Name) or _root(node) not in {*self.words, ""}:
            return self.otherwise(name)
        if node.attr.startswith("_"):
            raise self._unread()
        return getattr(self.value(node.value), node.attr)

    def _part(self, node: ast.expr) -> Any:
        match node:
            case ast.Subscript(value=whole, slice=places):
                return self.value(whole)[self.value(places)]
            case ast.Slice(lower=start, upper=stop, step=step):
                return slice(*(None if end is None else self.value(end) for end in (start, stop, step)))
        return self._arithmetic(node)

    def _arithmetic(self, node: ast.expr) -> Any:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self.value(inner)
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in SIGNS:
                return SIGNS[type(sign)](self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in SIGNS:
                return SIGNS[type(sign)](self.value(left), self.value(right))
        raise self._unread()

    def _unread(self) -> ParseError:
        return ParseError(f"{show(self.row)} is no row that can be carried out")


def _root(node: ast.expr) -> str:
    """The name that dots begin with; '' where it is no name."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


SIGNS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
"""What stands between two values."""
