"""Layers drawn at random from the domains that their fields declare, and inputs that a layer accepts."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from ..core.convention import CONVENTIONS
from ..core.errors import ConvmathError, ParameterError
from ..core.shape import Shape
from ..layers import layer_type
from ..layers.field import REQUIRED
from ..layers.unknown import Unknown
from .fitting import AXES, VALUES, fitted

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from ..layers.base import Layer
    from ..layers.field import Field

TRIES = 2000

MOST = 20_000
"""Larger tensors, and layers of a hundred times as many multiplications, are drawn anew."""

SPATIAL = (9, 12, 7, 10, 8, 11, 13)
"""Sizes that differ; of these come the spatial axes, those left out that batch or channels have already."""


def drawn(name: str, dice: Random) -> tuple[Layer, tuple[Shape, ...]]:
    """A layer of a type with random hyper-parameters, small, and inputs that it accepts.

    The same state of the dice gives the same layer.

    >>> from random import Random
    >>> layer, inputs = drawn("Conv2d", Random(3))
    >>> drawn("Conv2d", Random(3)) == (layer, inputs)
    True
    """
    kind = layer_type(name)
    if issubclass(kind, Unknown):
        raise ParameterError(f"{name}: stands for an operator that nobody knows, so that there is nothing to run")
    for _ in range(TRIES):
        try:
            layer = kind(**_values(kind, dice))
            inputs = accepted(layer, dice)
            facts = layer.facts(*inputs)
        except ConvmathError:  # the fields go together as little as they may when each is drawn by itself
            continue
        shapes = (*inputs, *facts.outputs, *facts.layer.weights().values())
        if all(prod(shape) <= MOST for shape in shapes) and facts.cost.macs <= 100 * MOST:
            return layer, inputs
    raise ParameterError(f"{name}: nothing drawn at random is a layer (give --input and a layer, {kind.signature()})")


def _values(kind: type[Layer], dice: Random) -> dict[str, Any]:
    given: dict[str, Any] = {}
    share = dice.choice((1, 1, 2, 3))  # one number for groups, so that it divides the channels
    for name, field in kind.fields.items():
        if field.default is REQUIRED or name == "groups" or dice.random() < 0.5:
            special = VALUES.get((kind.__name__, name))
            given[name] = special(dice.randint) if special else _value(field, name, kind.rank or 1, share, dice)
    return given


def _value(field: Field, name: str, rank: int, share: int, dice: Random) -> Any:
    if name in BY_NAME:
        return BY_NAME[name](rank, share, dice)
    draw = next(DOMAINS[cls.__name__] for cls in type(field).__mro__ if cls.__name__ in DOMAINS)
    return draw(field, name, rank, share, dice)


def _optional(field: Any, name: str, rank: int, share: int, dice: Random) -> Any:
    return None if dice.random() < 0.5 else _value(field.inner, name, rank, share, dice)


def _per_axis(field: Any, name: str, rank: int, share: int, dice: Random) -> Any:
    least, most = (6, 9) if name == "input_size" else (field.least, field.least + 2)
    return _each(lambda: dice.randint(least, most), rank, dice)


def _padding(field: Any, name: str, rank: int, share: int, dice: Random) -> Any:
    def side() -> int:
        return dice.choice((-1, 0, 0, 1, 1, 2))

    if field.names and dice.random() < 0.3:
        return dice.choice(field.names)
    return _each(lambda: (side(), side()) if dice.random() < 0.3 else max(side(), 0), rank, dice)


def _real(field: Any, name: str, rank: int, share: int, dice: Random) -> Any:
    low, high = max(field.least, -3), min(field.most, 3)
    return dice.choice((dice.randint(int(low), int(high)), round(dice.uniform(low, high), 2)))


def _sides(field: Any, name: str, rank: int, share: int, dice: Random) -> Any:
    # All sides pad or all crop: circular padding copies nothing that is cropped on the other side.
    low, high = dice.choice(((0, 2), (max(field.least, -2), 0)))
    return dice.choice((dice.randint(low, high), tuple(dice.randint(low, high) for _ in range(2 * rank))))


def _each(draw: Callable[[], Any], rank: int, dice: Random) -> Any:
    """One value for all axes, or one for each."""
    one = draw()
    return one if type(one) is int and dice.random() < 0.4 else (one, *(draw() for _ in range(rank - 1)))


DOMAINS: dict[str, Callable[[Any, str, int, int, Random], Any]] = {
    "Optional": _optional,
    "PerAxis": _per_axis,
    "Count": lambda field, name, rank, share, dice: dice.randint(field.least, field.least + 3),
    "PaddingField": _padding,
    "Flag": lambda field, name, rank, share, dice: dice.random() < 0.5,
    "ConventionField": lambda field, name, rank, share, dice: dice.choice(sorted(CONVENTIONS)),
    "Choice": lambda field, name, rank, share, dice: dice.choice(field.options),
    "Real": _real,
    "OfPlane": lambda field, name, rank, share, dice: _per_axis(field, name, 2, share, dice),
    "Axes": lambda field, name, rank, share, dice: tuple(dice.sample(range(-2, 2), dice.randint(1, 2))),
    "Axis": lambda field, name, rank, share, dice: dice.randint(-2, 3),
    "Sizes": lambda field, name, rank, share, dice: _each(lambda: dice.randint(2, 5), dice.randint(1, 2), dice),
    "Extents": lambda field, name, rank, share, dice: tuple(dice.randint(1, 5) for _ in range(dice.randint(0, 4))),
    "Scale": lambda field, name, rank, share, dice: dice.choice((1, 2, 3, 0.5, 1.5, 2.25, 0.3)),
    "OutputSize": lambda field, name, rank, share, dice: _each(lambda: dice.choice((None, 2, 3, 4, 5)), rank, dice),
    "Sides": _sides,
}
"""How a field of each class is drawn, small numbers from its domain."""


def _channels(rank: int, share: int, dice: Random) -> int:
    return share * dice.randint(1, 3)


BY_NAME: dict[str, Callable[[int, int, Random], Any]] = {
    **dict.fromkeys(("groups", "num_groups", "offset_groups"), lambda rank, share, dice: share),
    **dict.fromkeys(("in_channels", "out_channels", "num_channels", "num_parameters"), _channels),
    "kernel_size": lambda rank, share, dice: _each(lambda: dice.randint(1, 4), rank, dice),
    "num_layers": lambda rank, share, dice: dice.randint(1, 2),
    "norm_type": lambda rank, share, dice: dice.choice((1, 2, 3)),
}
"""Fields that ask something of each other, or whose domain is wider than what has a value."""


def accepted(layer: Layer, dice: Random | None = None) -> tuple[Shape, ...]:
    """Inputs that a layer accepts: small ones whose sizes all differ, or, with dice, random ones.

    Raises ConvmathError where none of those tried fits.

    >>> from convmath.layers.conv import Conv2d
    >>> accepted(Conv2d(3, 8, 5))
    ((2, 3, 9, 12),)
    """
    if layer.arity[1] == 0:
        return ()
    ranks = [2, 1, 3, 0] if layer.rank is None else [layer.rank]
    if layer.op in AXES:
        ranks = [AXES[layer.op](layer) - 2]
    if dice:
        dice.shuffle(ranks)
    refusal: ConvmathError | None = None
    for room in (0, 8, 24, 72, 240):
        for rank in ranks:
            inputs = _inputs(layer, rank, room, dice)
            try:
                layer.facts(*inputs)
            except ConvmathError as error:
                refusal = refusal or error
                continue
            return inputs
    assert refusal is not None
    raise refusal


def _inputs(layer: Layer, rank: int, room: int, dice: Random | None) -> tuple[Shape, ...]:
    stated = layer.__dict__
    batch = dice.randint(1, 3) if dice else 2
    channels = next((stated[name] for name in CHANNELS if name in stated), 1)
    if channels == 1 and "in_channels" not in stated and "num_features" not in stated:  # any number will do
        channels = dice.randint(1, 4) if dice else 3
        channels *= stated.get("groups", 1) * stated.get("upscale_factor", 1) ** 2
    lengths = [dice.randint(1, 9) for _ in range(rank)] if dice else [n for n in SPATIAL if n not in {batch, channels}]
    spatial = [(size + room) * stated.get("downscale_factor", 1) for size in lengths[:rank]]
    if isinstance(stated.get("input_size"), tuple):
        spatial = [*stated["input_size"]]
    sizes = _as_stated(layer, [batch, channels, *spatial])
    fits = fitted(layer, sizes, dice.randint if dice else lambda low, high: high)
    if fits is not None:
        return fits
    first = Shape(sizes)
    least, most = layer.arity
    count = dice.randint(least, min(most, 3)) if dice else least
    return (first, *(_beside(layer, first, dice) for _ in range(count - 1)))


CHANNELS = ("in_channels", "num_features", "num_channels", "num_parameters")
"""Fields that state the channels of the input."""


def _as_stated(layer: Layer, sizes: list[int]) -> list[int]:
    """The sizes, changed where the layer says what an axis must be."""
    stated = layer.__dict__
    axes = range(-len(sizes), len(sizes))
    if "in_features" in stated:
        sizes[-1] = stated["in_features"]
    if "normalized_shape" in stated:
        sizes[-len(stated["normalized_shape"]) :] = stated["normalized_shape"]
    if "unflattened_size" in stated and stated["dim"] in axes:
        sizes[stated["dim"]] = prod(stated["unflattened_size"])
    if len(stated.get("sizes", ())) > 1 and stated["dim"] in axes:
        sizes[stated["dim"]] = sum(stated["sizes"])
    return sizes


def _beside(layer: Layer, first: Shape, dice: Random | None) -> Shape:
    """A shape that a layer of several inputs takes beside the first."""
    sizes = list(first)
    if "dim" in layer.fields:
        sizes[layer.__dict__["dim"] % len(sizes)] += dice.randint(0, 3) if dice else 1
    elif dice:
        sizes = [dice.choice((size, size, 1)) for size in sizes]
    return Shape(sizes)
