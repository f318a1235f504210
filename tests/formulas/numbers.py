"""Layers of numbers for every type: what each symbol of its formulas is, and the layer and inputs made of the same."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from convmath.layers import FILE_OF, layer_type
from convmath.layers.field import REQUIRED

if TYPE_CHECKING:
    from random import Random

    from convmath.layers.base import Layer

OF_GRAPHS = (
    "axes", "slice", "repeat", "roll", "reduction", "matmul", "einsum", "attention", "recurrent", "lookup", "scatter",
    "fold", "grid_sample", "ranking", "cumulative",
)  # fmt: skip
"""Files of types whose inputs are of another form: test_of_graphs.py is theirs."""

WITHOUT = ("lazy", "source", "unknown")
"""Files of types that have no formulas."""

TYPES = [name for name, file in FILE_OF.items() if file not in (*OF_GRAPHS, *WITHOUT)]

AXES = {0: (), 1: ("",), 2: ("_h", "_w"), 3: ("_d", "_h", "_w")}

SIZES = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}

PER_AXIS = {"kernel_size": "k", "stride": "s", "dilation": "d", "output_padding": "a", "input_size": "i"}

COUNTS = {
    "in_channels": "C_in", "out_channels": "C_out", "groups": "g", "offset_groups": "g_off", "multiplier": "m",
    "mid_channels": "M", "num_features": "C", "num_channels": "C", "num_groups": "G", "upscale_factor": "r",
    "downscale_factor": "r", "in_features": "I", "out_features": "O",
}  # fmt: skip

RANGES = {
    "N": (1, 4), "C": (1, 12), "C_in": (1, 12), "C_out": (1, 12), "g": (1, 4), "m": (1, 3), "M": (1, 9),
    "g_off": (1, 3), "G": (1, 4), "c": (1, 4), "C_1": (1, 7), "C_2": (1, 7), "k": (1, 5), "s": (1, 4), "d": (1, 3),
    "a": (0, 3),
    "p": (0, 3), "o": (1, 9), "r": (1, 3), "n": (1, 5), "I": (1, 12), "O": (1, 12), "b": (1, 8), "i": (1, 14),
}  # fmt: skip


class Drawn(NamedTuple):
    """The values of symbols, and the same as a type's arguments and the shapes of its inputs."""

    values: dict[str, int]
    arguments: dict[str, Any]
    shapes: tuple[tuple[int, ...], ...]

    def of_axis(self, suffix: str, size: str) -> dict[str, int]:
        """The values along one axis, by the names that have no suffix; i is the input's size."""
        own = {name.removesuffix(suffix): value for name, value in self.values.items() if name.endswith(suffix)}
        return {**self.values, **own, "i": self.values[size]}


def rank_of(name: str) -> int:
    if name.endswith(("1d", "2d", "3d")):
        return int(name[-2])
    return 0 if name == "Linear" else 2


class Dice:
    """Random values for symbols, each drawn once; wild ones may lie one below what is allowed."""

    def __init__(self, dice: Random, name: str, *, wild: bool) -> None:
        self.dice, self.wild = dice, wild
        self.values: dict[str, int] = {}

    def __call__(self, symbol: str) -> int:
        low, high = RANGES[symbol.partition("_")[0] if symbol not in RANGES else symbol]
        may_break = self.wild and symbol not in {"b", "m"}  # which are no layer's
        drawn = low - 1 if may_break and self.dice.random() < 0.02 else self.dice.randint(low, high)
        return self.values.setdefault(symbol, drawn)


def draw(dice: Random, name: str, *, wild: bool = False) -> Drawn:
    """Numbers for a type: mostly such that groups divide channels, all of a layer's dimensions different.

    Wild ones are any numbers in their ranges, so that many break a rule.
    """
    number = Dice(dice, name, wild=wild)
    values = number.values
    for symbol in ("N", "b", "m"):
        number(symbol)
    for channels, parts in (("C_in", ("g", "g_off")), ("C_out", ("g", "g_off")), ("C", ("g", "G"))):
        share = 1 if wild else prod(map(number, parts))
        values[channels] = number(channels) * share
    if name == "PixelShuffle" and not wild:
        values["C"] *= number("r") ** 2
    for place, size in enumerate(SIZES[rank_of(name)]):
        values[size] = dice.randint(1 if wild else 5, 14) + 7 * place
        if name == "PixelUnshuffle" and not wild:
            values[size] *= number("r")
    arguments = arguments_of(name, number)
    return Drawn(values, arguments, shapes_of(name, number, arguments))


def arguments_of(name: str, number: Dice) -> dict[str, Any]:
    """The type's arguments, by the symbols that its formulas have for them."""
    suffixes, values = AXES[rank_of(name)], number.values
    pads = tuple(number(f"p{axis}") for axis in suffixes)
    if has_sides(name):
        pads = tuple(side for pad in reversed(pads) for side in (pad, pad))
    special = {
        "padding": pads, "cropping": pads, "norm_type": 2, "value": 0.5,
        "normalized_shape": (values["C"], *(values[size] for size in SIZES[rank_of(name)])), "size": number("n"),
        "sizes": (number("C_1"), number("C_2")), "unflattened_size": (number("G"), number("c")), "chunks": 2, "dim": 1,
        "output_size": tuple(number(f"o{axis}") for axis in suffixes), "scale_factor": number("r"),
        "factor": 0.5, "addend": 1, "exponent": 2, "threshold": 0, "min": 0, "max": 1,
    }  # fmt: skip
    arguments: dict[str, Any] = {}
    for key, field in layer_type(name).fields.items():
        if key in PER_AXIS:
            arguments[key] = tuple(number(f"{PER_AXIS[key]}{axis}") for axis in suffixes)
        elif key in COUNTS:
            arguments[key] = number(COUNTS[key])
        elif key in special and (
            field.default is REQUIRED or key in {"padding", "scale_factor", "min", "max"} or name == "GLU"
        ):
            arguments[key] = special[key]
    return arguments


def shapes_of(name: str, number: Dice, arguments: dict[str, Any]) -> tuple[tuple[int, ...], ...]:
    """The shapes of the type's inputs."""
    values = number.values
    sizes = arguments.get("input_size") or tuple(values[size] for size in SIZES[rank_of(name)])
    if name == "Concat":
        return tuple((values["N"], values[part], *sizes) for part in ("C_1", "C_2"))
    channels = {
        "Split": values["C_1"] + values["C_2"], "Unflatten": values["G"] * values["c"], "Linear": values.get("I", 0),
    }.get(name, values["C_in" if "in_channels" in arguments else "C"])  # fmt: skip
    if name.startswith("OffsetConv"):
        return (values["N"], channels, *sizes), offsets_of(arguments, values["N"], sizes)
    return ((values["N"], channels, *sizes),) * layer_type(name).arity[0]


def offsets_of(arguments: dict[str, Any], batch: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """A number for each axis, tap and offset group at every output."""
    taps = arguments["kernel_size"]
    given = zip(sizes, taps, *(arguments[name] for name in ("stride", "padding", "dilation")), strict=True)
    made = (max((i + 2 * p - d * (k - 1) - 1) // s + 1, 1) if s else 1 for i, k, s, p, d in given)
    return batch, len(taps) * prod(taps) * arguments["offset_groups"], *made


def has_sides(name: str) -> bool:
    """Whether the type's padding is spelled by sides, the last axis first."""
    fields = layer_type(name).fields
    return any(type(fields[key]).__name__ == "Sides" for key in ("padding", "cropping") if key in fields)


def made(name: str, drawn: Drawn, **other: Any) -> Layer:
    """The layer of these numbers."""
    return layer_type(name)(**{**drawn.arguments, **other})
