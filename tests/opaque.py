"""Opaque: a size that tells nobody what it is, so that a rule which branches on a size is found out."""

from __future__ import annotations

from math import gcd
from typing import Any, NoReturn

from convmath.core import size as words
from convmath.core.size import Symbolic


class NotExactError(AssertionError):
    """A rule divided where the condition that it may does not hold."""


class Proposition:
    """What holds or does not, known only to the test."""

    def __init__(self, truth: bool) -> None:
        self.truth = truth

    def __bool__(self) -> NoReturn:
        raise AssertionError("a rule branched on a proposition about sizes")


class Opaque(Symbolic):
    """An int that adds, multiplies and divides, and raises AssertionError when asked what it is.

    >>> str((Opaque(224) + 6 - 7) // 2 + 1)
    'Opaque(112)'
    """

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        assert type(value) is int
        self.value = value

    def __repr__(self) -> str:
        return f"Opaque({self.value})"

    # What the word asks for

    def larger(self, other: Any) -> Opaque:
        return Opaque(max(self.value, reveal(other)))

    def smaller(self, other: Any) -> Opaque:
        return Opaque(min(self.value, reveal(other)))

    def at_least(self, other: Any) -> Proposition:
        return Proposition(self.value >= reveal(other))

    def equals(self, other: Any) -> Proposition:
        return Proposition(self.value == reveal(other))

    def broadcasts_with(self, other: Any) -> Proposition:
        return Proposition(1 in {self.value, reveal(other)} or self.value == reveal(other))

    def exact_div(self, other: Any) -> Opaque:
        if self.value % reveal(other) != 0:
            raise NotExactError(f"{self.value} / {reveal(other)} leaves a remainder")
        return self // other

    def exactly_into(self, other: Any) -> Opaque:
        return Opaque(reveal(other)).exact_div(self)

    def common_divisor(self, other: Any) -> Opaque:
        return Opaque(gcd(self.value, reveal(other)))

    @staticmethod
    def pairs_below(limit: Any, steps: Any, stride: Any, taps: Any, dilation: Any) -> Opaque:
        return Opaque(words.pairs_below(*map(reveal, (limit, steps, stride, taps, dilation))))

    # Arithmetic

    def __neg__(self) -> Opaque:
        return Opaque(-self.value)

    def __add__(self, other: Any) -> Opaque:
        return Opaque(self.value + reveal(other))

    def __sub__(self, other: Any) -> Opaque:
        return Opaque(self.value - reveal(other))

    def __mul__(self, other: Any) -> Opaque:
        return Opaque(self.value * reveal(other))

    def __floordiv__(self, other: Any) -> Opaque:
        return Opaque(self.value // reveal(other))

    def __mod__(self, other: Any) -> Opaque:
        return Opaque(self.value % reveal(other))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Opaque:
        return Opaque(reveal(other) - self.value)

    def __rfloordiv__(self, other: Any) -> Opaque:
        return Opaque(reveal(other) // self.value)

    def __rmod__(self, other: Any) -> Opaque:
        return Opaque(reveal(other) % self.value)

    # Questions that no rule may put

    def _asked(self, *_: object) -> NoReturn:
        raise AssertionError("a rule asked a size what it is")

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = _asked  # type: ignore[assignment]
    __int__ = __index__ = __float__ = __len__ = __abs__ = __round__ = __floor__ = __ceil__ = __trunc__ = _asked
    __truediv__ = __rtruediv__ = __divmod__ = __rdivmod__ = __pow__ = __rpow__ = _asked


def reveal(value: Any) -> Any:
    """The numbers behind opaque sizes, in tuples too."""
    if isinstance(value, Opaque):
        return value.value
    if isinstance(value, tuple):
        return tuple(map(reveal, value))
    return value
