"""The few words every rule is written in; they mean the same for ints, integer arrays and symbols.

A *size* is a Python int, an array of integers (a million configurations at once) or a `Symbolic` (a
formula). A rule never asks which: it adds, multiplies, uses `//`, and for the rest these words.
"""

from __future__ import annotations

from math import gcd
from typing import Any, TypeAlias

Size: TypeAlias = Any
"""An int, an integer array or a `Symbolic`."""

LARGEST = 10**18
"""No stated size exceeds this; products of sizes may, and stay exact."""


class Symbolic:
    """A size that is not a number yet; the symbolic engine's expressions derive from it.

    A subclass supports `+ - * // %` with ints and itself, and the words below.
    """

    __slots__ = ()

    def larger(self, other: Size) -> Size:
        """The larger of the two."""
        raise NotImplementedError

    def smaller(self, other: Size) -> Size:
        """The smaller of the two."""
        raise NotImplementedError

    def at_least(self, other: Size) -> object:
        """The proposition self ≥ other."""
        raise NotImplementedError

    def equals(self, other: Size) -> object:
        """The proposition self = other."""
        raise NotImplementedError

    def broadcasts_with(self, other: Size) -> object:
        """The proposition that the two are equal, or either is 1."""
        raise NotImplementedError

    def exact_div(self, other: Size) -> Size:
        """self / other, known to leave no remainder."""
        raise NotImplementedError

    def exactly_into(self, other: Size) -> Size:
        """other / self, known to leave no remainder."""
        raise NotImplementedError

    def common_divisor(self, other: Size) -> Size:
        """gcd(self, other)."""
        raise NotImplementedError

    @staticmethod
    def pairs_below(limit: Size, steps: Size, stride: Size, taps: Size, dilation: Size) -> Size:
        """What the function of the same name below means, when any of its arguments is symbolic."""
        raise NotImplementedError


def is_one(size: Size) -> bool:
    """Whether a size is the number 1; symbols and arrays are never asked.

    >>> is_one(1), is_one(2)
    (True, False)
    """
    return type(size) is int and size == 1


def are_numbers(*sizes: Size) -> bool:
    """Whether all sizes are numbers, so that what loops over them can be worked out.

    >>> are_numbers(3, 4)
    True
    """
    return all(type(size) is int for size in sizes)


def same(a: Size, b: Size) -> bool:
    """Whether two sizes are certainly equal: arrays everywhere, formulas by their normal form.

    >>> same(3, 3), same(3, 4)
    (True, False)
    """
    equal: Any = a == b
    return bool(equal.all()) if hasattr(equal, "all") else bool(equal)


def ceil_div(a: Size, b: Size) -> Size:
    """⌈a / b⌉ for b ≥ 1.

    >>> ceil_div(7, 2), ceil_div(-7, 2)
    (4, -3)
    """
    return -(-a // b)


def exact_div(a: Size, b: Size) -> Size:
    """a / b where a condition says that b divides a.

    >>> exact_div(12, 4)
    3
    """
    if isinstance(a, Symbolic):
        return a.exact_div(b)
    if isinstance(b, Symbolic):
        return b.exactly_into(a)
    return a // b


def larger(a: Size, b: Size) -> Size:
    """max(a, b).

    >>> larger(3, 5)
    5
    """
    if type(a) is int and type(b) is int:
        return max(a, b)
    if isinstance(a, Symbolic):
        return a.larger(b)
    if isinstance(b, Symbolic):
        return b.larger(a)
    return _namespace(a, b).maximum(a, b)


def smaller(a: Size, b: Size) -> Size:
    """min(a, b).

    >>> smaller(3, 5)
    3
    """
    if type(a) is int and type(b) is int:
        return min(a, b)
    if isinstance(a, Symbolic):
        return a.smaller(b)
    if isinstance(b, Symbolic):
        return b.smaller(a)
    return _namespace(a, b).minimum(a, b)


def clip(a: Size, low: Size, high: Size) -> Size:
    """`a` moved into low … high, where low ≤ high.

    >>> clip(9, 0, 4), clip(-2, 0, 4)
    (4, 0)
    """
    return smaller(larger(a, low), high)


def product(sizes: Any) -> Size:
    """∏ sizes, 1 for none; exact for Python ints of any length.

    >>> product((64, 3, 7, 7))
    9408
    """
    result: Size = 1
    for size in sizes:
        result = result * size
    return result


def pairs_below(limit: Size, steps: Size, stride: Size, taps: Size, dilation: Size) -> Size:
    """The number of pairs (o, t), 0 ≤ o < steps, 0 ≤ t < taps, with o·stride + t·dilation ≤ limit.

    Σ over t of clip(⌊(limit − t·dilation) / stride⌋ + 1, 0, steps); for ints in O(log) steps. Taps that
    read real input are a difference of two such counts.

    >>> pairs_below(limit=2, steps=3, stride=1, taps=3, dilation=1)  # 0+0 0+1 0+2 1+0 1+1 2+0
    6
    """
    if type(limit) is type(steps) is type(stride) is type(taps) is type(dilation) is int:
        last_in_full_column = limit - stride * (steps - 1)
        full = clip(last_in_full_column // dilation + 1, 0, taps)
        some = larger(clip(limit // dilation + 1, 0, taps), full)
        first = limit - (some - 1) * dilation + stride
        return full * steps + floor_sum(some - full, dilation, first, stride)
    for size in (limit, steps, stride, taps, dilation):
        if isinstance(size, Symbolic):
            return size.pairs_below(limit, steps, stride, taps, dilation)
    total: Size = 0 * (limit + steps + stride + taps + dilation)
    for tap in range(taps if type(taps) is int else int(taps.max())):
        column = clip((limit - tap * dilation) // stride + 1, 0, steps)
        total = total + column * clip(taps - tap, 0, 1)
    return total


def floor_sum(count: int, slope: int, first: int, divisor: int) -> int:
    """Σ ⌊(first + slope·j) / divisor⌋ over j = 0 … count − 1, by Euclid's recursion.

    >>> floor_sum(4, 3, 1, 2), sum((1 + 3 * j) // 2 for j in range(4))
    (10, 10)
    """
    total = 0
    sign = 1
    while count > 0:
        total += sign * (slope // divisor * (count * (count - 1) // 2) + first // divisor * count)
        slope %= divisor
        first %= divisor
        top = slope * (count - 1) + first
        # Counting the same lattice points by columns instead of rows swaps slope and divisor.
        rows = top // divisor
        if rows == 0:
            break
        total += sign * rows * count
        sign = -sign
        count, first, slope, divisor = rows, divisor - first + slope - 1, divisor, slope
    return total


def scaled(size: Size, factor: Any) -> Size:
    """⌊size·factor⌋; a float factor multiplies as a double, as in every framework, so 45 · 1.4 gives 62.

    A symbol is multiplied by the decimal fraction that the float is written as.

    >>> scaled(45, 1.4), scaled(45, 2)
    (62, 90)
    """
    if type(factor) is int or isinstance(factor, Symbolic):
        return size * factor
    if type(size) is int:
        return int(size * factor)
    if isinstance(size, Symbolic):
        numerator, denominator = as_fraction(factor)
        exact: Any = size
        return exact * numerator // denominator
    return (size * factor // 1).astype(size.dtype)


def as_fraction(factor: Any) -> tuple[Size, int]:
    """The simple fraction that a number stands for, or else the decimal that it is written as, in lowest terms.

    >>> as_fraction(1.4), as_fraction(2), as_fraction(1 / 3)
    ((7, 5), (2, 1), (1, 3))
    """
    if type(factor) is int or isinstance(factor, Symbolic):
        return factor, 1
    from fractions import Fraction

    simple = Fraction(factor).limit_denominator(1000)
    return (simple if float(simple) == factor else Fraction(repr(factor))).as_integer_ratio()


def common_period(a: int, b: int) -> int:
    """The least common multiple of two whole periods.

    >>> common_period(4, 6)
    12
    """
    return a // gcd(a, b) * b


def common_divisor(a: Size, b: Size) -> Size:
    """gcd(a, b).

    >>> common_divisor(14, 7)
    7
    """
    if is_one(a) or is_one(b):
        return 1
    if are_numbers(a, b):
        return gcd(a, b)
    if isinstance(a, Symbolic):
        return a.common_divisor(b)
    if isinstance(b, Symbolic):
        return b.common_divisor(a)
    return _namespace(a, b).gcd(a, b)


def _namespace(a: Size, b: Size) -> Any:
    return (a if hasattr(a, "__array_namespace__") else b).__array_namespace__()
