"""What a peer makes of the same numbers beside what is made here: bit for bit where nothing rounds, or to rounding."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..layers.norm import LocalResponseNorm
from ..numeric.kernels import kernel, norm
from ..numeric.plans import Plan
from .exactness import is_exact
from .figures import Apart, Shapes
from .peers import Call, NoEqualError
from .values import whole_numbers
from .verdicts import AGREES, DIFFERS, NO_EQUAL, WITHIN, Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.cost import Cost
    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..numeric.arrays import Array, Weights
    from ..numeric.networks import Step
    from .peers import Peer

SLACK = 16
"""How many times what rounding is expected to move a result it may."""

SINGLE = np.dtype(np.float32)

EXACT_BELOW = 1 << 24
"""Sums of whole numbers that stay below are exact in float32, in whatever order."""


class Compared(NamedTuple):
    """A peer, and what it is called with its version: `PyTorch 2.13.0`."""

    peer: Peer
    called: str

    @property
    def name(self) -> str:
        """Without the version."""
        return self.called.partition(" ")[0]

    def on_whole_numbers(self, layer: Layer, inputs: tuple[Shape, ...], generator: np.random.Generator) -> Line | None:
        """Bit for bit, on small whole numbers; None for a layer that rounds, or whose sums would be too large."""
        if not is_exact(layer):
            return None
        ready = Plan(layer, inputs, SINGLE)
        xs, stored = whole_numbers(ready, generator)
        if _largest_sum(ready, xs, stored) >= EXACT_BELOW:
            return None
        mine = _run(ready, xs, stored)
        what, how = f"as {self.name}, exactly", "bit for bit, on small whole numbers"
        try:
            theirs = self._run(layer, inputs, ready.outputs, xs, stored)
        except NoEqualError as error:
            return self._none(what, error)
        return _line(what, mine, theirs, (0.0,) * len(mine), how)

    def on_its_values(self, step: Step, cost: Cost) -> Line:
        """To rounding, on what a layer read in a network, and with the arrays it ran with."""
        layer, ready = step.plan.layer, step.plan
        what = f"as {self.name}, to rounding"
        try:
            theirs = self._run(layer, ready.inputs, ready.outputs, step.inputs, step.weights)
        except NoEqualError as error:
            return self._none(what, error)
        mine, exactly = step.outputs[: len(theirs)], in_double(ready, step.inputs, step.weights)
        terms = max(1.0, (cost.macs + cost.operations) / max(cost.activations, 1))
        scale = max(*map(_magnitude, step.inputs), _of_terms(ready, step.inputs[0]))
        bounds = rounding(mine, exactly, terms, scale)
        return _line(what, mine, theirs, bounds, "the largest difference, on the same random numbers")

    def end_to_end(
        self, calls: Sequence[Call], values: dict[str, Array], wanted: tuple[str, ...],
        mine: tuple[Array, ...], exactly: tuple[Array, ...],
    ) -> Line:  # fmt: skip
        """To rounding, from the network's inputs to its outputs."""
        what = f"as {self.name}, end to end"
        try:
            theirs = self.peer.run(calls, values, wanted)
        except NoEqualError as error:
            return self._none(what, error)
        return _line(what, mine, theirs, rounding(mine, exactly), "the largest difference of any output")

    def _run(
        self,
        layer: Layer,
        inputs: tuple[Shape, ...],
        outputs: tuple[Shape, ...],
        xs: tuple[Array, ...],
        stored: Weights,
    ) -> list[Array]:
        if any(0 in shape for shape in outputs):
            raise NoEqualError("makes no empty outputs")
        reads = tuple(f"x{place}" for place in range(len(xs)))
        writes = tuple(f"y{place}" for place in range(len(outputs)))
        call = Call(layer, inputs, outputs, reads, writes, lambda: stored)
        return self.peer.run((call,), dict(zip(reads, map(np.ascontiguousarray, xs), strict=True)), writes)

    def _none(self, what: str, error: NoEqualError) -> Line:
        return Line(what, None, None, NO_EQUAL, f"{self.name} {error}")


def rounding(
    mine: tuple[Array, ...], exactly: tuple[Array, ...], terms: float = 1.0, scale: float = 0.0
) -> tuple[float, ...]:
    """How far rounding to float32 may move each output: 16 (d + √n·ε·m), where it moved it by d here.

    d is seen where the same is done in float64: to first order rounding moves a result in proportion to ε, by how much
    is up to the numbers. Another order of the same operations moves it about as far, but for long sums, whose error
    grows with the square root of their n terms where it is added up term by term; m is the largest number, of the
    outputs and of what goes in (`scale`).

    >>> rounding((np.array([1.0], np.float32),), (np.array([1.0]),))
    (1.9073486328125e-06,)

    Source: Higham and Mary, "A new approach to probabilistic rounding error analysis" (2019).
    """
    step = sqrt(terms) * float(np.finfo(SINGLE).eps)
    return tuple(SLACK * (_apart(a, b) + step * max(_magnitude(b), scale)) for a, b in zip(mine, exactly, strict=False))


def _of_terms(ready: Plan, x: Array) -> float:
    """What a normalisation by moments subtracts, which may cancel: the largest x over the least deviation."""
    if kernel(ready.layer) is not norm or isinstance(ready.layer, LocalResponseNorm):
        return 0.0
    parts, axes = norm._moments_over(ready.layer, ready.inputs[0])  # type: ignore[arg-type] # noqa: SLF001
    least = float(x.reshape(parts).var(axes).min()) + float(ready.layer.eps)  # type: ignore[attr-defined]
    return _magnitude(x) / sqrt(max(least, float(np.finfo(SINGLE).tiny)))


def in_double(ready: Plan, xs: tuple[Array, ...], stored: Weights) -> tuple[Array, ...]:
    """What a layer makes of the same numbers in float64."""
    double = Plan(ready.layer, ready.inputs, np.dtype(np.float64))
    return _run(double, xs, stored)


def _run(ready: Plan, xs: tuple[Array, ...], stored: Weights) -> tuple[Array, ...]:
    with np.errstate(all="ignore"):
        y = ready(xs if len(xs) > 1 else xs[0], stored)
    return y if type(y) is tuple else (y,)


def _largest_sum(ready: Plan, xs: tuple[Array, ...], stored: Weights) -> float:
    """What no partial sum exceeds: the layer's own result where nothing cancels."""
    positive = {name: array if name.startswith("offset") else abs(array) for name, array in stored.items()}
    made = in_double(ready, tuple(map(abs, xs)), positive)
    return max((_magnitude(y) for y in made), default=0.0)


def _line(what: str, mine: Sequence[Array], theirs: Sequence[Array], bounds: Sequence[float], how: str) -> Line:
    """The largest difference of any output beside what is allowed for it."""
    apart, allowed = 0.0, max(bounds, default=0.0)
    differs = False
    for a, b, bound in zip(mine, theirs, bounds, strict=False):
        if a.shape != b.shape:
            return Line(what, Shapes((a.shape,)), Shapes((b.shape,)), DIFFERS, how)
        found = _apart(a, b)
        apart, differs = float(np.maximum(apart, found)), differs or not found <= bound
    verdict = DIFFERS if differs else WITHIN if allowed else AGREES
    return Line(what, Apart(allowed), Apart(apart), verdict, how)


def _apart(a: Array, b: Array) -> float:
    """The largest difference; what is NaN or infinite in both alike does not count."""
    a, b = a.astype(np.float64, copy=False), b.astype(np.float64, copy=False)
    with np.errstate(invalid="ignore"):
        difference: Any = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0, abs(a - b))
    return float(difference.max(initial=0))


def _magnitude(a: Array) -> float:
    finite = a[np.isfinite(a)] if a.dtype.kind == "f" else a
    return float(abs(finite).max(initial=0))
