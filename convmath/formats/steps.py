"""Steps as lines of source: each value has a variable as long as it is to be read, and then lends it to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .leaves import Value

LETTERS = ("x", "y", "z", "w", "v", "u")
"""What variables are called, as long as there are letters."""

WIDEST = 90
"""Characters of a line into which calls are put together."""

MOST_NESTED = 3
"""Calls in one expression."""


class Step(NamedTuple):
    """An expression in {0}, {1} … of these values, and the values that it gives."""

    call: str
    reads: tuple[Value, ...]
    makes: tuple[Value, ...]
    target: str = ""
    plain: bool = False
    """Whether it is a call of one module on one value, which may stand inside another."""


class Body:
    """Writes steps as assignments; `inputs` are there before, by the names they have."""

    def __init__(self, inputs: dict[Value, str], outputs: Sequence[Value]) -> None:
        self.names = dict(inputs)
        self.outputs = outputs

    def written(self, steps: Sequence[Step]) -> list[str]:
        """The lines of a function that returns the outputs."""
        lines, returned = self.assigned(steps), ", ".join(self.names[value] for value in self.outputs)
        if lines and lines[-1][0] == returned:
            return [*(f"{target} = {text}" for target, text in lines[:-1]), f"return {lines[-1][1]}"]
        return [*(f"{target} = {text}" for target, text in lines), f"return {returned}"]

    def assigned(self, steps: Sequence[Step]) -> list[tuple[str, str]]:
        """(variables, expression) for each line; afterwards `names` has those of the outputs."""
        left: dict[Value, int] = {}
        for value in (*(value for step in steps for value in set(step.reads)), *set(self.outputs)):
            left[value] = left.get(value, 0) + 1
        for value in [value for value in self.names if value not in left]:
            del self.names[value]
        lines: list[tuple[str, str]] = []
        nested = 0
        for step in steps:
            reads = [self.names[value] for value in step.reads]
            for value in set(step.reads):
                left[value] -= 1
            spent = [self.names.pop(value) for value in dict.fromkeys(step.reads) if not left[value]]
            alone = step.plain and bool(spent)
            names = self._targets(step, spent, left)
            target = step.target.format(*names) if step.target else ", ".join(names)
            inside = step.call.format(lines[-1][1]) if alone and names == reads and 0 < nested < MOST_NESTED else ""
            if inside and lines[-1][0] == target and len(inside) + len(target) <= WIDEST:
                lines[-1] = (target, inside)
                nested += 1
            else:
                lines.append((target, step.call.format(*reads)))
                nested = int(step.plain)
        return lines

    def _targets(self, step: Step, spent: list[str], left: dict[Value, int]) -> list[str]:
        """A variable for each result: one that is not needed any more, or a new one; _ where nobody reads it."""
        names = []
        for value in step.makes:
            if value not in left:
                names.append("_")
                continue
            name = spent.pop(0) if spent else self._free([*names, *spent])
            names.append(name)
            self.names[value] = name
        return names

    def _free(self, more: list[str]) -> str:
        taken = {*self.names.values(), *more}
        letters = (*LETTERS, *(f"x{count}" for count in range(1, len(taken) + 2)))
        return next(letter for letter in letters if letter not in taken)
