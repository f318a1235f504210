"""Which step counts an array, so that each is counted once; and what no step uses."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.size import are_numbers
from ...layers.source import Source
from ...report.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .graph import Step


class Arrays:
    """The stored arrays of a module; one that has several names goes by the first."""

    def __init__(self, module: Any) -> None:
        named = [*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)]
        first: dict[int, str] = {}
        self.names = {name: first.setdefault(id(array), name) for name, array in named}
        """The name that each name stands for."""
        self.sizes = {name: prod(array.shape) for name, array in named if self.names[name] == name}
        self.params = frozenset(self.names[name] for name, _ in module.named_parameters())
        self.frozen = frozenset(self.names[name] for name, one in module.named_parameters() if not one.requires_grad)
        """Parameters that training leaves as they are."""


class Tally(NamedTuple):
    """What the steps of a network store: for each that does not store what its type has, (params, buffers)."""

    stored: dict[int, tuple[int, int]]
    uses: Counter[str]
    """How many numbers of an array steps hold, all together; of one step at most all there are."""
    frozen: dict[int, Frozen]
    """What of each of them training leaves as it is."""
    computed: tuple[int, ...]
    """The steps that hold what is computed from stored arrays, by their places."""
    shares: dict[int, int]
    """The step before it whose arrays, all of them, a step holds too."""


def tally(arrays: Arrays, steps: Iterable[Step]) -> Tally:
    """Counts every array at the first step that holds it."""
    stored: dict[int, tuple[int, int]] = {}
    uses: Counter[str] = Counter()
    frozen: dict[int, Frozen] = {}
    shares: dict[int, int] = {}
    owners: dict[object, int] = {}
    computed = []
    for place, step in enumerate(steps):
        if step.layer is None:
            continue
        names = dict.fromkeys(name for weight in step.weights for name in weight.stored)
        new = [name for name in names if not uses[name]]
        uses.update({name: max(_held(step, name, arrays.sizes[name]), 1) for name in names})
        if any(weight.computed for weight in step.weights):
            computed.append(place)
        counts = (
            sum(arrays.sizes[name] for name in new if name in arrays.params),
            sum(arrays.sizes[name] for name in new if name not in arrays.params),
        )
        if counts != (step.layer.params, sum(map(prod, step.layer.buffers().values()))):
            stored[place] = counts
        shapes = (*step.layer.weights().items(), *step.layer.buffers().items())
        if 0 < len(shapes) == len(step.weights) and not any(weight.computed for weight in step.weights):
            owner = owners.setdefault((step.weights, shapes), place)
            if owner != place and counts == (0, 0):
                shares[place] = owner
        still = _still(arrays, step)
        if still:
            frozen[place] = _frozen(arrays, step, still, [name for name in new if name in arrays.frozen])
    return Tally(stored, uses, frozen, tuple(computed), shares)


def _still(arrays: Arrays, step: Step) -> tuple[str, ...]:
    """The arrays of a step's layer of which nothing is trained: parameters that are frozen, and buffers."""
    assert step.layer is not None
    own = zip(step.layer.weights(), step.weights, strict=False)
    return tuple(
        name for name, weight in own
        if weight.stored and arrays.params.intersection(weight.stored) <= arrays.frozen
    )  # fmt: skip


def _frozen(arrays: Arrays, step: Step, still: tuple[str, ...], new: list[str]) -> Frozen:
    """What of a step training leaves as it is; `new` are the frozen parameters that are counted here."""
    assert step.layer is not None
    if len(still) == len(step.layer.weights()):
        return Frozen()
    return Frozen(still, sum(arrays.sizes[name] for name in new))


def called_otherwise(names: Sequence[str], steps: Sequence[Step], arrays: Arrays) -> list[str]:
    """A remark on stored arrays that the module calls otherwise than the layer that holds them would."""
    pairs = []
    holding = Counter(stored for step in steps for weight in step.weights for stored in weight.stored)
    for label, step in zip(names, steps, strict=True):
        if step.layer is None or isinstance(step.layer, Source):
            continue
        held = [weight for weight in step.weights if not arrays.params.isdisjoint(weight.stored)]
        own = {
            weight.stored[0]: name for name, weight in zip(step.layer.weights(), held, strict=False)
            if len(weight.stored) == 1 and not weight.computed
        }  # fmt: skip
        pairs += [
            f"{stored} ({label}.{name})" for stored, name in own.items()
            if stored in arrays.params and holding[stored] == 1 and stored != f"{label}.{name}"
        ]  # fmt: skip
    return [f"Called otherwise in state_dict than here (in brackets): {_listed(pairs)}."] if pairs else []


def _held(step: Step, name: str, size: int) -> int:
    """How many numbers of an array a step holds: a part of it, or all."""
    shapes = [weight.shape for weight in step.weights if name in weight.stored]
    return min(sum(map(prod, shapes)), size) if are_numbers(*(n for shape in shapes for n in shape)) else size


def remarks(names: Sequence[str], arrays: Arrays, found: Tally) -> list[str]:
    """What is said of arrays that are used several times, are computed from others, or not used at all."""
    said = []
    # Attention cuts one array into those of its queries, keys and values: its parts are used once each.
    several = [name for name, held in found.uses.items() if held > max(arrays.sizes[name], 1) and name in arrays.params]
    if several:
        owners = list(dict.fromkeys(name.rpartition(".")[0] or name for name in several))
        said.append(f"Used more than once and counted once: {_listed(owners)}.")
    used = [name for name in arrays.sizes if name in arrays.params and found.uses[name]]
    frozen = [name for name in used if name in arrays.frozen]
    if frozen:
        count, total = (sum(arrays.sizes[name] for name in some) for some in (frozen, used))
        said.append(f"{count:,} of {total:,} parameters are frozen: training leaves them as they are.")
    if found.computed:
        layers = _listed([names[place] for place in found.computed])
        said.append(
            f"Weights are computed from stored arrays, of {layers}: these are counted, the computation, which needs no"
            " input, is not, nor what it keeps in training."
        )
    unused = [name for name in arrays.sizes if name in arrays.params and not found.uses[name]]
    if unused:
        count = sum(arrays.sizes[name] for name in unused)
        owners = _owners(unused, [name for name in arrays.params if found.uses[name]])
        said.append(f"{count:,} parameters that take no part in predicting are not counted: {_listed(owners)}.")
    return said


def _owners(unused: list[str], used: list[str]) -> list[str]:
    """The modules that hold only unused arrays, outermost first, or the arrays by themselves."""
    taken = {name[:place] for name in used for place, sign in enumerate(name) if sign == "."}
    owners: dict[str, None] = {}
    for name in unused:
        parts = name.split(".")
        paths = [".".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        owners[next(path for path in paths if path not in taken)] = None
    return list(owners)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
