"""What must hold for a layer to accept its input: raised for numbers, collected for symbols, a mask for arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .errors import ConvmathError, ShapeError
from .size import Size, Symbolic, is_one

if TYPE_CHECKING:
    from collections.abc import Iterable


class Condition(NamedTuple):
    """`left relation right`, and how to say that it fails.

    `message` and `mend` may quote {left} and {right}, and {about}: what else the words are about. They are only
    formatted when the condition fails: writing out a formula takes longer than working it out.

    >>> at_least(5, 7, "the kernel spans {right} positions of {left}", "use padding").verdict
    False
    """

    left: Size
    relation: str
    right: Size
    message: str
    mend: str
    about: object = None

    @property
    def verdict(self) -> object:
        """True or False for ints, a boolean array for arrays, a proposition for symbols."""
        return RELATIONS[self.relation](self.left, self.right)

    @property
    def claim(self) -> str:
        """What must hold, as it is written.

        >>> divides(4, 12, "").claim
        '12 is divisible by 4'
        """
        left, right = self.left, self.right
        if self.relation == "divisible by":
            return f"{left} is divisible by {right}"
        if self.relation == "=" and type(left) is int:
            left, right = right, left
        return f"{left} {self.relation} {right}"

    def explain(self) -> str:
        """The message with its numbers, and the mend."""
        numbers = {"left": self.left, "right": self.right, "about": self.about, "choices": _Divisors(self.left)}
        return f"{self.message.format(**numbers)} ({self.mend.format(**numbers)})"


def at_least(left: Size, right: Size, message: str, mend: str, about: object = None) -> Condition:
    """left ≥ right."""
    return Condition(left, "≥", right, message, mend, about)


def equal(left: Size, right: Size, message: str, mend: str, about: object = None) -> Condition:
    """left = right."""
    return Condition(left, "=", right, message, mend, about)


def divides(divisor: Size, whole: Size, message: str, mend: str = "use {choices}") -> Condition:
    """`divisor` divides `whole`; in the text {left} is the whole, {right} the divisor, {choices} what would do."""
    return Condition(whole, "divisible by", divisor, message, mend)


def broadcastable(left: Size, right: Size, message: str, mend: str, about: object = None) -> Condition:
    """left = right, or either is 1."""
    return Condition(left, "broadcasts with", right, message, mend, about)


def _at_least(left: Size, right: Size) -> object:
    if isinstance(left, Symbolic):
        return left.at_least(right)
    if isinstance(right, Symbolic):
        return (-right).at_least(-left)  # type: ignore[operator]
    return left >= right


def _equal(left: Size, right: Size) -> object:
    if isinstance(left, Symbolic):
        return left.equals(right)
    if isinstance(right, Symbolic):
        return right.equals(left)
    return left == right


def _divides(whole: Size, divisor: Size) -> object:
    return _equal(whole % divisor, 0)


def _broadcasts(left: Size, right: Size) -> object:
    if is_one(left) or is_one(right):
        return True
    if isinstance(left, Symbolic):
        return left.broadcasts_with(right)
    if isinstance(right, Symbolic):
        return right.broadcasts_with(left)
    return (left == right) | (left == 1) | (right == 1)


RELATIONS = {"≥": _at_least, "=": _equal, "divisible by": _divides, "broadcasts with": _broadcasts}


class _Divisors:
    """The divisors of a number in words, worked out only when an error quotes them."""

    def __init__(self, whole: Size) -> None:
        self.whole = whole

    def __format__(self, spec: str) -> str:
        if type(self.whole) is not int:
            return f"a divisor of {self.whole}"
        found = [d for d in range(1, min(self.whole, 4096) + 1) if self.whole % d == 0]
        listed = found if len(found) <= 8 else found[:7]
        if len(found) > 8 or self.whole > 4096:
            return f"a divisor of {self.whole}: {', '.join(map(str, listed))}, …"
        words = ", ".join(map(str, listed[:-1]))
        return f"{words} or {listed[-1]}" if words else str(listed[-1])


def enforce(
    conditions: Iterable[Condition], who: str, error: type[ConvmathError] = ShapeError
) -> tuple[Condition, ...]:
    """Raises `error` for the first condition that is false; returns those not decided (symbols, arrays).

    >>> enforce([equal(3, 4, "{left} channels come in, {right} are expected", "use 4")], "conv1")
    Traceback (most recent call last):
        ...
    convmath.core.errors.ShapeError: conv1: 3 channels come in, 4 are expected (use 4)
    """
    open_conditions: list[Condition] = []
    for condition in conditions:
        verdict = condition.verdict
        if verdict is True:
            continue
        if verdict is False:
            raise error(f"{who}: {condition.explain()}")
        open_conditions.append(condition)
    return tuple(open_conditions)
