"""The rows that the bridge writes, carried out: calls of a peer's own functions on numbers and on what came before."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ParseError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def carried_out(row: str, words: Mapping[str, Any], otherwise: Callable[[str], Any]) -> Any:
    """What a row gives: nothing but calls, numbers, words, tuples, lists, − * and /.

    Names mean what `words` says, and all others what `otherwise` gives for them.

    >>> carried_out("-x * 9 / float('4')", {"x": 8, "float": float}, len)
    -18.0
    >>> carried_out("x[0]", {"x": [8]}, len)
    Traceback (most recent call last):
    convmath.core.errors.ParseError: 'x[0]' is no row that can be carried out
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
                name = ast.unparse(node)
                return self.words[name] if name in self.words else self.otherwise(name)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return (tuple if isinstance(node, ast.Tuple) else list)(map(self.value, items))
            case ast.Call(func=function, args=args, keywords=words):
                named = {str(word.arg): self.value(word.value) for word in words}
                return self.value(function)(*map(self.value, args), **named)
        return self._arithmetic(node)

    def _arithmetic(self, node: ast.expr) -> Any:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self.value(inner)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return self.value(left) * self.value(right)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self.value(left) / self.value(right)
        raise ParseError(f"{show(self.row)} is no row that can be carried out")
