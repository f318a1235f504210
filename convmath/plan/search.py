"""Search: the cheapest sequence of layers that reaches a target, by labels that no other one dominates.

Label-setting dynamic programming (Martins, 1984): sequences that end in the same shape with the same jump can be
continued alike, so of those only the ones are kept that no other one beats in receptive field and in all costs.
"""

from __future__ import annotations

from bisect import bisect_right
from operator import add, ge, le
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ParameterError, unknown_name
from ..core.shape import as_shape
from ..core.size import are_numbers
from ..network.network import Network, Sequential
from .moves import Move, Moves
from .target import COSTS, Target, parse_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.shape import Shape

    State = tuple[Shape, tuple[int, ...]]
    """What decides how a sequence can go on: the shape it made, and the jump along every axis."""

MOST_LAYERS = 64

MOST_LABELS = 2_000_000
"""Sequences that are looked at before a search is given up."""


class Label(NamedTuple):
    """A sequence of layers: its receptive field along every axis, what it costs, and how it came about."""

    field: tuple[int, ...]
    costs: tuple[int, ...]
    move: Move | None
    before: Label | None

    def layers(self) -> list[Any]:
        """The layers, first to last."""
        found = []
        label: Label | None = self
        while label is not None and label.move is not None:
            found.append(label.move.layer)
            label = label.before
        return found[::-1]


class Found(NamedTuple):
    """The sequences that reach a target, cheapest first: of each receptive field the one that costs least."""

    minimised: str
    shape: Shape
    front: tuple[Label, ...]
    looked_at: int

    @property
    def best(self) -> Network | None:
        """The cheapest network; None where no sequence reaches the target."""
        return self.network(0) if self.front else None

    def network(self, place: int) -> Network:
        """One of the front, as a network."""
        return Sequential(*self.front[place].layers(), name="found", shape=self.shape)


def search(
    blocks: Sequence[str], shape: object, target: str | Target, *, minimise: str = "macs", layers: int = 20
) -> Found:
    """The sequence of at most so many layers that reaches a target at the least cost; none is cheaper.

    Left out are layers that skip inputs, d(k − 1) + 1 < s, and those whose receptive field would have holes, d·jump
    above what is seen before. Raises ParameterError where there are too many sequences to look at.

    >>> blocks = ["Conv2d(c, c, 3, padding=1)", "Conv2d(c, c, 3, stride=2, padding=1)", "Conv2d(c, c, 5, padding=2)"]
    >>> found = search(blocks, (1, 8, 32, 32), "output=16x16, receptive_field>=11", minimise="macs")
    >>> [layer.kernel_size for layer in found.front[0].layers()], found.front[0].field
    ([(3, 3), (3, 3), (3, 3)], (11, 11))
    """
    goal = parse_target(target) if isinstance(target, str) else target
    if minimise not in COSTS:
        raise unknown_name("cost", minimise, list(COSTS))
    if type(layers) is not int or not 1 <= layers <= MOST_LAYERS:
        raise ParameterError(f"a search takes 1 to {MOST_LAYERS} layers, not {layers}")
    start = as_shape(shape)
    if not are_numbers(*start):
        raise ParameterError("a search begins with a shape in numbers (give its symbols values)")
    if goal.output and len(goal.output) != start.rank:
        raise ParameterError(f"the output has {len(goal.output)} sizes, the input {start.rank} (give as many)")
    costs = tuple(dict.fromkeys((minimise, *(cost for cost, _ in goal.limits))))
    return _Search(Moves(blocks, costs), goal, costs, start).run(start, layers)


class _Search:
    def __init__(self, moves: Moves, goal: Target, costs: tuple[str, ...], start: Shape) -> None:
        self._moves = moves
        self._goal = goal
        self._costs = costs
        self._limits = tuple(dict(goal.limits).get(cost) for cost in costs)
        self._kept: dict[State, list[Label]] = {}
        self._cheapest: int | None = None
        """The least that a sequence costs which reaches the target, once one is known."""
        self._enough = None if goal.field is None else max(goal.field, moves.widest * max(start.spatial, default=1))
        """A receptive field from which on more of it decides nothing."""
        self._looked_at = 0

    def run(self, start: Shape, layers: int) -> Found:
        state = start, (1,) * start.rank
        fresh = {state: [Label((1,) * start.rank, (0,) * len(self._costs), None, None)]}
        self._kept[state] = list(fresh[state])
        for _ in range(layers):
            fresh = self._extended(fresh)
        found = [label for state, labels in self._kept.items() for label in labels if self._reaches(state, label)]
        return Found(self._costs[0], start, tuple(_front(found, self._enough)), self._looked_at)

    def _reaches(self, state: State, label: Label) -> bool:
        (shape, _), goal = state, self._goal
        return (
            (not goal.output or tuple(shape.spatial) == goal.output)
            and (goal.channels is None or shape[1] == goal.channels)
            and (goal.field is None or min(label.field) >= goal.field)
        )

    def _extended(self, fresh: dict[State, list[Label]]) -> dict[State, list[Label]]:
        """The labels that one more layer makes of the fresh ones, as far as no other one dominates them."""
        made: dict[State, list[Label]] = {}
        for (shape, jumps), labels in fresh.items():
            for move in self._moves.of(shape):
                state = move.output, _jumps(jumps, move)
                for label in labels:
                    found = self._taken(jumps, label, move)
                    if found is not None and self._keep(state, found):
                        made.setdefault(state, []).append(found)
        alive = {state: set(map(id, self._kept[state])) for state in made}
        return {state: [one for one in labels if id(one) in alive[state]] for state, labels in made.items()}

    def _taken(self, jumps: tuple[int, ...], label: Label, move: Move) -> Label | None:
        """A sequence with one more layer; None where that leaves holes, or costs too much."""
        self._looked_at += 1
        if self._looked_at > MOST_LABELS:
            raise ParameterError(
                f"the search looked at {MOST_LABELS:,} sequences without an end (give fewer layers or blocks)"
            )
        costs = tuple(map(add, label.costs, move.costs))
        if self._cheapest is not None and costs[0] >= self._cheapest:
            return None
        if any(limit is not None and cost > limit for cost, limit in zip(costs, self._limits, strict=True)):
            return None
        field = label.field
        for stage in move.stages:
            if any(w.kernel > 1 and w.dilation * j > r for w, j, r in zip(stage, jumps, field, strict=True)):
                return None
            field = tuple([r + (w.extent - 1) * j for w, j, r in zip(stage, jumps, field, strict=True)])
            jumps = tuple([w.stride * j for w, j in zip(stage, jumps, strict=True)])
        return Label(field, costs, move, label)

    def _keep(self, state: State, label: Label) -> bool:
        """Keeps a label unless one that is kept dominates it; those that it dominates go."""
        kept = self._kept.setdefault(state, [])
        cut = bisect_right(kept, label.costs, key=_costs_of)
        field = self._useful(label.field)
        for other in reversed(kept[:cut]):
            if all(map(ge, self._useful(other.field), field)) and all(map(le, other.costs, label.costs)):
                return False
        kept[cut:] = [
            other
            for other in kept[cut:]
            if not (all(map(ge, field, self._useful(other.field))) and all(map(le, label.costs, other.costs)))
        ]
        kept.insert(cut, label)
        if self._goal.field is not None and self._reaches(state, label):
            self._cheapest = label.costs[0]
        return True

    def _useful(self, field: tuple[int, ...]) -> tuple[int, ...]:
        return field if self._enough is None else tuple([min(r, self._enough) for r in field])


def _costs_of(label: Label) -> tuple[int, ...]:
    return label.costs


def _jumps(jumps: tuple[int, ...], move: Move) -> tuple[int, ...]:
    for stage in move.stages:
        jumps = tuple([w.stride * j for w, j in zip(stage, jumps, strict=True)])
    return jumps


def _front(labels: list[Label], enough: int | None) -> list[Label]:
    """The labels, cheapest first, that see more than every cheaper one; where all see enough, the cheapest."""
    found: list[Label] = []
    for label in sorted(labels, key=lambda label: (label.costs, tuple(-r for r in label.field))):
        if not found or (enough is None and not any(all(map(ge, one.field, label.field)) for one in found)):
            found.append(label)
    return found
