"""What a peer makes of the same numbers beside what is made here: bit for bit where nothing rounds, or to rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..bridge.unequal import NoEqualError
from ..numeric.kernels import cancelling, sums_exactly
from .figures import Apart, Shapes
from .peers import Call, RefusedError
from .rounding import EXACT_BELOW, apart, bounds, in_double, magnitude, run, shaken
from .values import whole_numbers
from .verdicts import AGREES, DIFFERS, NOT_COMPARED, WITHIN, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..core.cost import Cost
    from ..numeric.arrays import Array, Weights
    from ..numeric.networks import Step
    from ..numeric.plans import Plan
    from .peers import Peer


class InDouble(NamedTuple):
    """What comes out in float64, and how far rounding to float32 may move each of it."""

    outputs: tuple[Array, ...]
    bounds: tuple[float, ...]


class Compared(NamedTuple):
    """A peer, and what it is called with its version: `PyTorch 2.13.0`."""

    peer: Peer
    called: str

    @property
    def name(self) -> str:
        """Without the version."""
        return self.called.partition(" ")[0]

    def on_whole_numbers(self, ready: Plan, generator: np.random.Generator) -> Line | None:
        """Bit for bit, on small whole numbers; None for a layer that rounds, or whose sums would be too large."""
        if not sums_exactly(ready.layer):
            return None
        xs, stored = whole_numbers(ready, generator)
        if _largest_sum(ready, xs, stored) >= EXACT_BELOW:
            return None
        mine = run(ready, xs, stored)
        what, how = f"as {self.name}, exactly", "bit for bit, on small whole numbers"
        exactly = InDouble(mine, (0.0,) * len(mine))
        return self.beside(what, how, mine, lambda: self._run(ready, xs, stored), exactly)

    def on_its_values(self, step: Step, cost: Cost, generator: np.random.Generator) -> Line:
        """To rounding, on what a layer read in a network, and with the arrays it ran with."""
        what = f"as {self.name}, to rounding"
        ready, stored = step.plan, step.weights
        xs = ready.whole_indices(step.inputs)  # which nothing may shake
        exactly = in_double(ready, xs, stored)
        nearby = in_double(ready, tuple(shaken(dict(enumerate(xs)), generator).values()), shaken(stored, generator))
        terms = max(1.0, (cost.macs + cost.operations) / max(cost.activations, 1))
        scale = max(map(magnitude, (*xs, np.asarray(cancelling(ready.layer, xs)))))
        allowed = bounds(exactly, nearby, terms, scale)
        how = "the furthest from float64 that float32 is here or there, on the same random numbers"
        return self.beside(what, how, step.outputs, lambda: self._run(ready, xs, stored), InDouble(exactly, allowed))

    def end_to_end(
        self, calls: Sequence[Call], values: dict[str, Array], wanted: tuple[str, ...],
        mine: tuple[Array, ...], exactly: InDouble,
    ) -> Line:  # fmt: skip
        """To rounding, from the network's inputs to its outputs."""
        what, how = f"as {self.name}, end to end", "the furthest from float64 that any output is, here or there"
        return self.beside(what, how, mine, lambda: self.peer.run(calls, values, wanted), exactly)

    def _run(self, ready: Plan, xs: tuple[Array, ...], stored: Weights) -> list[Array]:
        if any(0 in shape for shape in ready.outputs):
            raise NoEqualError("makes no empty outputs")
        reads = tuple(f"x{place}" for place in range(len(xs)))
        writes = tuple(f"y{place}" for place in range(len(ready.made)))
        call = Call(ready.layer, ready.inputs, ready.outputs, reads, writes, lambda: stored)
        return self.peer.run((call,), dict(zip(reads, (np.asarray(x, order="C") for x in xs), strict=True)), writes)

    def beside(
        self, what: str, how: str, mine: Sequence[Array], run_there: Callable[[], Sequence[Array]], exactly: InDouble
    ) -> Line:
        """The furthest that anything is from float64, here or there, beside what is allowed."""
        try:
            theirs = run_there()
        except NoEqualError as error:
            return Line(what, None, None, NOT_COMPARED, f"{self.name} {error}")
        except RefusedError as error:
            return Line(what, "runs", f"{self.name} says: {error}", DIFFERS, how)
        found, differs = 0.0, False
        for a, b, double, bound in zip(mine, theirs, *exactly, strict=True):
            if a.shape != b.shape:
                return Line(what, Shapes((a.shape,)), Shapes((b.shape,)), DIFFERS, how)
            furthest = float(np.maximum(apart(a, double), apart(b, double)))  # NaN where either is
            found, differs = float(np.maximum(found, furthest)), differs or not furthest <= bound
        allowed = max(exactly.bounds, default=0.0)
        return Line(what, Apart(allowed), Apart(found), DIFFERS if differs else WITHIN if allowed else AGREES, how)


def _largest_sum(ready: Plan, xs: tuple[Array, ...], stored: Weights) -> float:
    """What no partial sum exceeds: the layer's own result where nothing cancels."""
    positive = {name: array if name.startswith("offset") else abs(array) for name, array in stored.items()}
    made = in_double(ready, tuple(map(abs, xs)), positive)
    return max(map(magnitude, made[: len(ready.outputs)]), default=0.0)
