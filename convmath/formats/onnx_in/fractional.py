"""The arithmetic of numbers that shapes are worked out from: whole, real, formulas, and formulas over a number.

Each function takes what an array may hold and answers None where the answer is not certain.
"""

from __future__ import annotations

import math
import operator
from functools import wraps
from typing import TYPE_CHECKING, Any

from ...core.errors import ConvmathError
from ...core.size import Size, Symbolic, as_fraction, ceil_div, larger, smaller

if TYPE_CHECKING:
    from collections.abc import Callable


class Over:
    """A formula over a whole number of at least 2: what a scale of 0.5 makes of a size.

    No tuple, which NumPy would take for several numbers.
    """

    __slots__ = ("above", "below")

    def __init__(self, above: Size, below: int) -> None:
        self.above = above
        self.below = below


def certain(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule, with None for what has no certain answer."""

    @wraps(rule)
    def guarded(*numbers: Any) -> Any:
        if any(number is None for number in numbers):
            return None
        try:
            return rule(*numbers)
        except (ConvmathError, ArithmeticError, TypeError, ValueError):
            return None

    return guarded


def is_formula(number: Any) -> bool:
    """Whether it depends on symbols."""
    return isinstance(number, Symbolic | Over)


def _parts(number: Any) -> tuple[Size, int]:
    if isinstance(number, Over):
        return number.above, number.below
    above, below = as_fraction(number) if isinstance(number, float) else (number, 1)
    return above, below


def _over(above: Size, below: int) -> Any:
    whole = above // below
    return whole if whole * below == above else Over(above, below)


def _plainly(plain: Callable[[Any, Any], Any], formula: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    def rule(a: Any, b: Any) -> Any:
        return formula(*_parts(a), *_parts(b)) if is_formula(a) or is_formula(b) else plain(a, b)

    return certain(rule)


add = _plainly(operator.add, lambda a, m, b, n: _over(a * n + b * m, m * n))
subtract = _plainly(operator.sub, lambda a, m, b, n: _over(a * n - b * m, m * n))
multiply = _plainly(operator.mul, lambda a, m, b, n: _over(a * b, m * n))
maximum = _plainly(max, lambda a, m, b, n: _over(larger(a * n, b * m), m * n))
minimum = _plainly(min, lambda a, m, b, n: _over(smaller(a * n, b * m), m * n))


@certain
def divide(a: Any, b: Any) -> Any:
    """The exact quotient, of real numbers."""
    if not (is_formula(a) or is_formula(b)):
        return a / b
    above, below = _parts(b)
    if type(above) is not int:
        return _same_over(a, b)
    sign = 1 if above > 0 else -1
    return _over(_parts(a)[0] * below * sign, _parts(a)[1] * above * sign) if above else None


def _same_over(a: Any, b: Any) -> Any:
    """The quotient by a formula, where it leaves nothing over."""
    if isinstance(a, Over) or isinstance(b, Over):
        return None
    whole = a // b
    return whole if whole * b == a else None


@certain
def divide_whole(a: Any, b: Any) -> Any:
    """The quotient of whole numbers, rounded towards zero."""
    if not (is_formula(a) or is_formula(b)):
        whole = abs(a) // abs(b)
        return whole if (a < 0) == (b < 0) else -whole
    return a // b if at_least(a, 0) is True and at_least(b, 1) is True else None


@certain
def remainder(a: Any, b: Any) -> Any:
    """What is left over, with the divisor's sign."""
    return a % b


@certain
def left_over(a: Any, b: Any) -> Any:
    """What is left over, with the dividend's sign; of formulas it is not told."""
    if is_formula(a) or is_formula(b) or not b:
        return None
    size = abs(a) % abs(b)
    return size if a >= 0 else -size


@certain
def power(a: Any, b: Any) -> Any:
    """A small whole power, or a power of numbers."""
    if is_formula(a):
        return a**b if type(b) is int and 0 <= b <= 16 else None
    result = a**b if not (abs(a) > 2**64 or abs(b) > 64) else None
    return result if isinstance(result, int | float) else None


@certain
def floor(a: Any) -> Any:
    """The largest whole number that is not above."""
    return a.above // a.below if isinstance(a, Over) else a if isinstance(a, Symbolic) else math.floor(a)


@certain
def ceiling(a: Any) -> Any:
    """The smallest whole number that is not below."""
    return ceil_div(a.above, a.below) if isinstance(a, Over) else a if isinstance(a, Symbolic) else math.ceil(a)


@certain
def nearest(a: Any) -> Any:
    """The nearest whole number, the even one of two."""
    return round(a) if not isinstance(a, Symbolic | Over) else a if isinstance(a, Symbolic) else None


@certain
def truncate(a: Any) -> Any:
    """Towards zero."""
    if isinstance(a, Over):
        return a.above // a.below if at_least(a.above, 0) is True else None
    return a if isinstance(a, Symbolic) else int(a)


@certain
def equal(a: Any, b: Any) -> Any:
    """Whether the two are certainly equal, or certainly not."""
    if not (is_formula(a) or is_formula(b)):
        return a == b
    (above, below), (over, under) = _parts(a), _parts(b)
    difference = above * under - over * below
    if not isinstance(difference, Symbolic):
        return bool(difference == 0)
    if difference.at_least(1) is True or (-difference).at_least(1) is True:  # type: ignore[operator]
        return False
    verdict = difference.equals(0)
    return verdict if isinstance(verdict, bool) else None


@certain
def at_least(a: Any, b: Any) -> Any:
    """Whether a ≥ b, certainly or certainly not."""
    if not (is_formula(a) or is_formula(b)):
        return a >= b
    (above, below), (over, under) = _parts(a), _parts(b)
    difference = above * under - over * below
    verdict = difference.at_least(0) if isinstance(difference, Symbolic) else difference >= 0
    return verdict if isinstance(verdict, bool) else None


@certain
def above(a: Any, b: Any) -> Any:
    """Whether a > b, certainly or certainly not."""
    opposite = at_least(b, a)
    return None if opposite is None else not opposite


def chosen(condition: Any, a: Any, b: Any) -> Any:
    """`a` where the condition holds, else `b`; what both have in common where the condition is open."""
    if condition is None:
        return a if a is not None and equal(a, b) is True else None
    return a if condition else b
