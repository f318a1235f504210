"""What exporters take apart, put together again: biases, activations, layer norm, channel shuffles."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.size import is_one, product, same
from ...layers.activation import GELU, Hardsigmoid, Hardswish, Mish, SiLU
from ...layers.norm import LayerNorm, RMSNorm
from ...layers.shuffle import ChannelShuffle, PixelShuffle
from .drafts import Held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...layers.base import Layer
    from .drafts import Draft
    from .values import Flow

    Found = dict[str, Any]


class Node(NamedTuple):
    """A layer of this type that reads these: further nodes, or names for whatever stands there."""

    op: str
    inputs: tuple[Any, ...]
    holds: Callable[[Any], bool] = lambda layer: True
    name: str = ""


class Pattern(NamedTuple):
    """A tree of layers, and the one layer that it is; None from `make` where it is not."""

    title: str
    tree: Node
    make: Callable[[Found], Layer | None]


def of(op: str, *inputs: Any, name: str = "", holds: Callable[[Any], bool] = lambda layer: True) -> Node:
    """A node of a tree."""
    return Node(op, inputs, holds, name)


def near(field: str, value: float) -> Callable[[Any], bool]:
    """Whether a layer's number is this one, as far as 32 bits go."""
    return lambda layer: abs(getattr(layer, field) - value) <= 1e-4 * abs(value)


def _shifted(shape: Any) -> Node:
    return of("ReLU6", of("Shift", shape, holds=near("addend", 3)))


SIXTH = near("factor", 1 / 6)
ROOT = near("factor", 0.5**0.5)
HALF = near("factor", 0.5)
ERF = of("Shift", of("Erf", of("Scale", "x", holds=ROOT)), holds=near("addend", 1))
CENTRED = of("Subtract", "x", of("Mean", "x", name="mean"))
RAISED = of("Shift", of("Mean", of("Square", "x"), name="mean"), name="eps")
ROOTED = of("Sqrt", RAISED)


def _with_bias(found: Found) -> Layer | None:
    """The layer with its bias, where what is added is one number for each of its channels."""
    layer, added, y = found["layer"].layer, found["added"].outputs[0], found["layer"].outputs[0]
    axis = len(y) - 1 if layer.op == "Linear" else 1
    place = axis - (len(y) - len(added))
    if layer.bias or place < 0 or not same(added[place], y[axis]) or not same(product(added), y[axis]):
        return None
    return type(layer)(**({name: layer.__dict__[name] for name in layer.fields} | {"bias": True}))  # type: ignore[no-any-return]


def _centred_norm(found: Found) -> Layer | None:
    """A root mean square norm of what is left without the mean over the same axes, and a shift."""
    x, inner = found["x"], found["inner"].layer
    wanted, axes = inner.normalized_shape, {axis % len(x.shape) for axis in found["mean"].layer.dim or ()}
    if axes != set(range(len(x.shape) - len(wanted), len(x.shape))) or tuple(found["bias"].outputs[0]) != wanted:
        return None
    return LayerNorm(wanted, eps=inner.eps)


def _rms_norm(found: Found) -> Layer | None:
    x, axes = found["x"], {axis % len(found["x"].shape) for axis in found["mean"].layer.dim or ()}
    first = len(x.shape) - len(axes)
    wanted = tuple(x.shape[first:])
    if not axes or min(axes) != first or tuple(found["weight"].outputs[0]) != wanted:
        return None
    return RMSNorm(wanted, eps=found["eps"].layer.addend)


def _channel_shuffle(found: Found) -> Layer | None:
    x, parted, order = found["x"].shape, found["parted"].outputs[0], found["turned"].layer.dims
    rest = tuple(range(3, len(parted)))
    fits = len(parted) == len(x) + 1 and order == (0, 2, 1, *rest) and tuple(found["whole"].outputs[0]) == tuple(x)
    fits = fits and not (is_one(parted[1]) or is_one(parted[2]))
    kept = fits and tuple(parted[3:]) == tuple(x[2:]) and same(parted[0], x[0])
    return ChannelShuffle(parted[1]) if kept else None


def _pixel_shuffle(found: Found) -> Layer | None:
    x, parted, order = found["x"].shape, found["parted"].outputs[0], found["turned"].layer.dims
    if len(x) != 4 or len(parted) != 6 or order != (0, 1, 4, 2, 5, 3) or not same(parted[2], parted[3]):
        return None
    r = parted[2]
    made = (x[0], parted[1], x[2] * r, x[3] * r)
    return PixelShuffle(r) if tuple(parted[4:]) == x[2:] and tuple(found["whole"].outputs[0]) == made else None


MOVED = of("Reshape", of("Permute", of("Reshape", "x", name="parted"), name="turned"), name="whole")

PATTERNS = (
    *(
        Pattern("bias into its layer", of("Add", of(op, "x", name="layer"), of("Parameter", name="added")), _with_bias)
        for op in (
            "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Linear",
        )
    ),
    Pattern("hard sigmoid", of("Scale", _shifted("x"), holds=SIXTH), lambda found: Hardsigmoid()),
    Pattern("hard swish", of("Multiply", "x", of("Hardsigmoid", "x")), lambda found: Hardswish()),
    Pattern("hard swish", of("Scale", of("Multiply", "x", _shifted("x")), holds=SIXTH), lambda found: Hardswish()),
    Pattern("SiLU", of("Multiply", "x", of("Sigmoid", "x")), lambda found: SiLU()),
    Pattern("Mish", of("Multiply", "x", of("Tanh", of("Softplus", "x"))), lambda found: Mish()),
    Pattern("GELU", of("Scale", of("Multiply", "x", ERF), holds=HALF), lambda found: GELU()),
    Pattern("GELU", of("Multiply", of("Scale", "x", holds=HALF), ERF), lambda found: GELU()),
    Pattern("GELU", of("Multiply", "x", of("Scale", ERF, holds=HALF)), lambda found: GELU()),
    *(
        Pattern("RMS norm", of("Multiply", normed, of("Parameter", name="weight")), _rms_norm)
        for normed in (
            of("Divide", "x", ROOTED), of("Multiply", "x", of("Reciprocal", ROOTED)),
            of("Multiply", "x", of("Rsqrt", RAISED)),
        )
    ),
    Pattern("layer norm", of("Add", of("RMSNorm", CENTRED, name="inner"), of("Parameter", name="bias")), _centred_norm),
    Pattern("channel shuffle", MOVED, _channel_shuffle),
    Pattern("pixel shuffle", MOVED, _pixel_shuffle),
)  # fmt: skip
"""Every pattern; those that stand inside others come first."""

COMMUTATIVE = frozenset({"Add", "Multiply"})


class Folding:
    """One pass over drafts that replaces every tree that is a pattern by its layer, and counts them by title."""

    def __init__(self, drafts: list[Draft], outputs: list[Flow]) -> None:
        self.drafts = drafts
        self._titles: dict[int, str] = {}
        """What the drafts are that stand for a tree."""
        self._readers: dict[int, set[int]] = {}
        for place, draft in enumerate(drafts):
            for flow in draft.inputs:
                self._readers.setdefault(flow.draft, set()).add(place)
        self._kept = {flow.draft for flow in outputs}
        self._by_root: dict[str, list[Pattern]] = {}
        for pattern in PATTERNS:
            self._by_root.setdefault(pattern.tree.op, []).append(pattern)

    def run(self) -> None:
        """Replaces what can be, from the first draft to the last."""
        for place in range(len(self.drafts)):
            self._replace(place)

    @property
    def counts(self) -> dict[str, int]:
        """How many trees were folded, by title; those inside others are not counted by themselves."""
        return dict(Counter(self._titles.values()))

    def _replace(self, place: int) -> None:
        draft = self.drafts[place]
        for pattern in self._by_root.get(draft.layer.op if draft.layer else "", ()):
            for found, inside in self._match(pattern.tree, place, {}, frozenset()):
                layer = pattern.make(found) if self._alone(inside, place) else None
                if layer is not None and layer.facts(found["x"].shape).outputs == draft.outputs:
                    self._put(place, layer, found, inside)
                    for gone in inside:
                        self._titles.pop(gone, None)
                    self._titles[place] = pattern.title
                    return

    def _put(self, place: int, layer: Layer, found: Found, inside: frozenset[int]) -> None:
        draft = self.drafts[place]
        for gone in inside:
            for flow in self.drafts[gone].inputs:
                self._readers[flow.draft].discard(gone)
        self._readers.setdefault(found["x"].draft, set()).add(place)
        held = [self.drafts[other].held for other in sorted(inside, key=self._order(found))]
        weights = tuple(dict.fromkeys(array for one in held for array in one.weights))
        main = found.get("layer", draft)
        self.drafts[place] = main._replace(layer=layer, inputs=(found["x"],), held=Held(weights), outputs=draft.outputs)

    def _order(self, found: Found) -> Callable[[int], tuple[bool, int]]:
        """A layer's own arrays before those that it takes in, and these in the order in which they are read."""
        return lambda place: (self.drafts[place] is not found.get("layer"), place)

    def _alone(self, inside: frozenset[int], root: int) -> bool:
        """Whether nothing but the tree reads what lies in it."""
        return all(
            place not in self._kept and self._readers.get(place, set()) <= inside for place in inside if place != root
        )

    def _match(
        self, tree: Node, place: int, found: Found, inside: frozenset[int]
    ) -> Iterator[tuple[Found, frozenset[int]]]:
        draft = self.drafts[place]
        if draft.layer is None or draft.layer.op != tree.op or not tree.holds(draft.layer):
            return
        if len(draft.inputs) != len(tree.inputs):
            return
        named = found | ({tree.name: draft} if tree.name else {})
        ways = [tree.inputs]
        if tree.op in COMMUTATIVE and len(tree.inputs) == 2:
            ways.append(tree.inputs[::-1])
        for way in ways:
            yield from self._inputs(list(zip(way, draft.inputs, strict=True)), named, inside | {place})

    def _inputs(
        self, pairs: list[tuple[Any, Flow]], found: Found, inside: frozenset[int]
    ) -> Iterator[tuple[Found, frozenset[int]]]:
        if not pairs:
            yield found, inside
            return
        (wanted, flow), *rest = pairs
        if isinstance(wanted, str):
            if _same_value(found.get(wanted, flow), flow):
                yield from self._inputs(rest, found | {wanted: flow}, inside)
            return
        for more, wider in self._match(wanted, flow.draft, found, inside):
            yield from self._inputs(rest, more, wider)


def _same_value(a: Flow, b: Flow) -> bool:
    return (a.draft, a.output) == (b.draft, b.output)
