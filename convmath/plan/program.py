"""Program: formulas as one straight line of steps, what they share worked out once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import FormulaError
from ..symbolic.atoms import Atom, Common, Floor, Name, Pairs, Positive, inside
from ..symbolic.polynomial import Polynomial, names_in, terms_of
from ..symbolic.terms import ONE
from ..symbolic.unroll import unrolled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.size import Size
    from ..symbolic.terms import Monomial, Terms


class Step(NamedTuple):
    """A word of arithmetic, and the steps that it is applied to; of a number, itself; of a name, its place."""

    word: str
    parts: tuple[int, ...]


NUMBER, NAME, ADD, MULTIPLY, FLOOR, SHIFT, LARGER, DIVISOR, PAIRS = (
    "number", "name", "add", "multiply", "floor", "shift", "larger", "divisor", "pairs",
)  # fmt: skip


class Program(NamedTuple):
    """Steps in an order in which they can be taken; `results` are those that the formulas asked for."""

    names: tuple[str, ...]
    least: tuple[int, ...]
    """The least value that the formulas assume of each name."""
    steps: tuple[Step, ...]
    results: tuple[int, ...]

    def operands(self, step: Step) -> tuple[int, ...]:
        """The steps whose values a step takes."""
        return () if step.word in {NUMBER, NAME} else step.parts


def program(formulas: Sequence[Size | Sequence[Size]]) -> Program:
    """The steps that work some formulas out: common factors taken out, equal parts once, halves by shifting.

    Several formulas in the place of one stand for the largest of them.

    >>> from convmath.symbolic.polynomial import symbols
    >>> H, W = symbols("H W")
    >>> len(program([(H + 1) // 2 * 64 * W, (H + 1) // 2 * W]).steps)  # 1, H, +, shift, W, 64, and three products
    9
    """
    groups = [tuple(one) if isinstance(one, tuple | list) else (one,) for one in formulas]
    terms = [[_terms(size) for size in group] for group in groups]
    names = names_in(*[size for group in groups for size in group if isinstance(size, Polynomial)])
    line = _Line(sorted(names))
    results = tuple([line.largest([line.sum(one) for one in group]) for group in terms])
    return Program(tuple(sorted(names)), tuple([names[name] for name in sorted(names)]), tuple(line.steps), results)


def _terms(size: Size) -> Terms:
    terms = terms_of(size)
    if terms is None:
        raise FormulaError(f"{type(size).__name__} is no formula that can be compiled (use integers and symbols)")
    return terms


class _Line:
    """Steps as they are found to be needed, each once."""

    def __init__(self, names: list[str]) -> None:
        self.steps: list[Step] = []
        self._known: dict[Step, int] = {}
        self._places = {name: place for place, name in enumerate(names)}
        self._atoms: dict[int, int] = {}

    def _step(self, word: str, *parts: int) -> int:
        step = Step(word, parts)
        if step not in self._known:
            self._known[step] = len(self.steps)
            self.steps.append(step)
        return self._known[step]

    def _number(self, value: int) -> int:
        return self._step(NUMBER, value)

    def _atom(self, atom: Atom) -> int:
        match atom:
            case Name(name=name):
                return self._step(NAME, self._places[name])
            case Floor(steps=int(divisor), parts=(above, _)) if divisor & (divisor - 1) == 0:
                return self._step(SHIFT, self.sum(above), self._number(divisor.bit_length() - 1))
            case Floor(parts=(above, below)):
                return self._step(FLOOR, self.sum(above), self.sum(below))
            case Positive(parts=(x,)):
                return self._step(LARGER, self.sum(x), self._number(0))
            case Common(parts=(a, b)):
                return self._step(DIVISOR, self.sum(a), self.sum(b))
            case Pairs(parts=parts):
                return self._step(PAIRS, *[self.sum(part) for part in parts])
        raise AssertionError(atom)

    def largest(self, found: list[int]) -> int:
        """The step for the largest of some."""
        result, *others = dict.fromkeys(found)
        for other in others:
            result = self._step(LARGER, result, other)
        return result

    def sum(self, terms: Terms) -> int:
        """The step for terms, and all that they are made of."""
        counted = unrolled(terms)
        for atom in inside([counted]):
            if atom.number not in self._atoms:
                self._atoms[atom.number] = self._atom(atom)
        return self._sum(counted)

    def _sum(self, terms: Terms) -> int:
        """What most terms share is taken out, and so on in what is left."""
        left = dict(terms)
        parts = [self._divided(monomial, left.pop(monomial)) for monomial in terms if monomial and monomial[0] < 0]
        while left:
            counts = Counter(atom for monomial in left for atom in set(monomial))
            atom, count = max(counts.items(), key=lambda found: (found[1], -found[0]), default=(0, 0))
            if count < 2:
                parts += [self._product(monomial, coefficient) for monomial, coefficient in left.items()]
                break
            shared = {_without(monomial, atom): c for monomial, c in left.items() if atom in monomial}
            left = {monomial: c for monomial, c in left.items() if atom not in monomial}
            parts.append(self._times(self._sum(shared), self._atoms[atom]))
        return self._added(parts)

    def _added(self, parts: list[int]) -> int:
        if not parts:
            return self._number(0)
        total, *others = sorted(parts, key=lambda part: self.steps[part].word == NUMBER)
        for other in others:
            total = self._step(ADD, total, other)
        return total

    def _product(self, monomial: Monomial, coefficient: int) -> int:
        result = self._number(coefficient) if coefficient != 1 or monomial == ONE else None
        for atom in monomial:
            found = self._atoms[atom]
            result = found if result is None else self._times(result, found)
        assert result is not None
        return result

    def _times(self, a: int, b: int) -> int:
        first, second = sorted((a, b))
        return self._step(MULTIPLY, first, second)

    def _divided(self, monomial: Monomial, coefficient: int) -> int:
        """A term with divisors, which only as a whole leaves no remainder."""
        above = tuple(number for number in monomial if number > 0)
        below = tuple(-number for number in monomial if number < 0)
        return self._step(FLOOR, self._product(above, coefficient), self._product(below, 1))


def _without(monomial: Monomial, atom: int) -> Monomial:
    place = monomial.index(atom)
    return monomial[:place] + monomial[place + 1 :]
