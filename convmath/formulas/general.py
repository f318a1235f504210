"""General: a layer type with a symbol in the place of every number, so that its rules answer formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import FormulaError, show
from ..core.shape import Shape
from ..core.size import product
from ..layers import layer_type
from ..layers.base import Layer
from ..layers.composite import Composite
from ..layers.field import REQUIRED, Optional
from ..layers.windowed import Windowed
from ..symbolic.recorded import recorded
from ..symbolic.written import Symbol, Written, symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ..core.size import Size
    from ..symbolic.written import Operand

    Make = Callable[[str, int], Size]

SUFFIXES = {0: (), 1: ("",), 2: ("_h", "_w"), 3: ("_d", "_h", "_w")}
"""What tells a hyper-parameter's axes apart: k_h and k_w."""

SPATIAL = {0: (), 1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""The sizes of an input, without batch and channels."""

ALIKE: dict[int, tuple[str, ...]] = {rank: ("",) * rank for rank in SUFFIXES}
"""Every axis has the same numbers: what one axis is, all are."""

ONE_AXIS = {rank: ("i",) * rank for rank in SUFFIXES}

AXES = {rank: tuple(f"i{suffix}" for suffix in suffixes) for rank, suffixes in SUFFIXES.items()}
"""The sizes of an input whose axes are told apart."""

OF_OUTPUT = {symbol(f"i{suffix}"): f"o{suffix}" for suffix in ("", *SUFFIXES[3])}
"""What becomes of an input's size that is called i: on the other side it is o; of any other name, H_o."""

SAMPLES: Mapping[str, Callable[[Make], Mapping[str, Any]]] = {
    "Upsample": lambda make: {"scale_factor": make("r", 1)},
    "UpsamplingNearest2d": lambda make: {"scale_factor": make("r", 1)},
    "UpsamplingBilinear2d": lambda make: {"scale_factor": make("r", 1)},
    "LPPool": lambda make: {"norm_type": 2},
    "ConstantPad": lambda make: {"value": 0.0},
    "LayerNorm": lambda make: {"normalized_shape": (make("C", 1), make("H", 1), make("W", 1))},
    "LocalResponseNorm": lambda make: {"size": make("n", 1)},
    "Chunk": lambda make: {"chunks": 2},
    "Split": lambda make: {"sizes": (make("C_1", 1), make("C_2", 1))},
    "Unflatten": lambda make: {"dim": 1, "unflattened_size": (make("G", 1), make("c", 1))},
    "RMSNorm": lambda make: {"normalized_shape": (make("C", 1), make("H", 1), make("W", 1))},
    "Scale": lambda make: {"factor": 0.5},
    "Shift": lambda make: {"addend": 1},
    "Pow": lambda make: {"exponent": 2},
    "Clip": lambda make: {"min": 0, "max": 1},
    "Threshold": lambda make: {"threshold": 0, "value": 0},
    "GLU": lambda make: {"dim": 1},
    "Reduction": lambda make: {"dim": (2, 3)},
    "Permute": lambda make: {"dims": (0, 2, 3, 1)},
    "Squeeze": lambda make: {"dim": 2},
    "Unsqueeze": lambda make: {"dim": 2},
    "Reshape": lambda make: {"shape": (make("N", 1), -1)},
    "Expand": lambda make: {"shape": (-1, -1, -1, -1)},
    "Repeat": lambda make: {"repeats": (1, 1, 2, 2)},
    "Slice": lambda make: {"dim": 2, "start": 1},
    "Select": lambda make: {"dim": 2},
    "Roll": lambda make: {"shifts": 1, "dims": 2},
    "Flip": lambda make: {"dims": 2},
    "Gather": lambda make: {"dim": 1},
    "GatherElements": lambda make: {"dim": 1},
    "CumSum": lambda make: {"dim": 2},
    "ScatterElements": lambda make: {"dim": 1},
    "Einsum": lambda make: {"equation": "nchw->nc"},
    "Fold": lambda make: {"output_size": (make("H", 1), make("W", 1))},
}
"""Values for the fields that hold no number of their own, by type or family."""

CHANNELS: Mapping[str, Callable[[Make], Size]] = {
    "Split": lambda make: make("C_1", 1) + make("C_2", 1),
    "Unflatten": lambda make: make("G", 1) * make("c", 1),
}
"""The channels of an input that fit those values."""

INPUTS: Mapping[str, Callable[[Any, Make], tuple[tuple[Size, ...], ...]]] = {
    "MatMul": lambda layer, make: (
        (make("N", 1), make("n", 1), make("k", 1)), (make("N", 1), make("k", 1), make("m", 1)),
    ),
    "ScaledDotProductAttention": lambda layer, make: (
        (make("N", 1), make("L", 1), make("E", 1)), (make("N", 1), make("S", 1), make("E", 1)),
        (make("N", 1), make("S", 1), make("V", 1)),
    ),
    **dict.fromkeys(("RNN", "GRU", "LSTM"), lambda layer, make: ((make("L", 1), make("N", 1), layer.input_size),)),
    "Embedding": lambda layer, make: ((make("N", 1), make("L", 1)),),
    "Gather": lambda layer, make: ((make("N", 1), make("C", 1)), (make("L", 1), make("M", 1))),
    "GatherElements": lambda layer, make: ((make("N", 1), make("C", 1)), (make("N", 1), make("L", 1))),
    "TopK": lambda layer, make: ((make("N", 1), make("n", 1)),),
    "GridSample": lambda layer, make: (
        (make("N", 1), make("C", 1), make("H", 1), make("W", 1)), (make("N", 1), make("L", 1), make("M", 1), 2),
    ),
    "ScatterElements": lambda layer, make: (
        (make("N", 1), make("C", 1)), (make("N", 1), make("L", 1)), (make("N", 1), make("L", 1)),
    ),
    "ScatterND": lambda layer, make: ((make("N", 1), make("C", 1)), (make("L", 1), 1), (make("L", 1), make("C", 1))),
    "Squeeze": lambda layer, make: ((make("N", 1), make("C", 1), 1, make("W", 1)),),
    "Fold": lambda layer, make: (
        (make("N", 1), make("C", 1) * product(layer.kernel_size), layer.placements()),
    ),
}  # fmt: skip
"""Inputs that are of another form than (N, C, H, W)."""


BESIDE: Mapping[str, Callable[[Any, Shape], tuple[Shape, ...]]] = dict.fromkeys(
    ("OffsetConv1d", "OffsetConv2d", "OffsetConv3d"),
    lambda layer, x: (layer.told(layer.infer(x)[0], len(layer.kernel_size)),),
)
"""What goes with an input of that form, where it is of another."""


class General(NamedTuple):
    """A layer of symbols, its inputs and outputs, and what the names of the outputs' sizes stand for."""

    layer: Layer
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    where: tuple[tuple[str, Operand], ...]
    defaults: Mapping[str, Operand]
    """What a symbol is where it is not given: a number, or another symbol."""
    made: tuple[str, ...]
    """The symbols of the input that are not the layer's own."""
    axis: int = 0
    """The spatial axis that is looked along."""


def resolved(kind: Any) -> type[Layer] | Layer:
    """A layer type by itself or by its name, or a layer with its formulas written down; FormulaError for others."""
    if isinstance(kind, str):
        return layer_type(kind)
    if isinstance(kind, Layer):
        return recorded(kind)
    if isinstance(kind, type) and issubclass(kind, Layer):
        return kind
    raise FormulaError(f"{show(kind)} is no layer type (give for example cm.Conv2d or 'Conv2d')")


def general(
    kind: type[Layer] | Layer, *, alike: bool = False, axes: tuple[str, ...] = (), make: Make = symbol, **fixed: Any
) -> General:
    """The type with symbols, or a layer whose input has symbols; `alike` gives all axes the same symbols.

    `make(name, least)` makes what stands for a name: a symbol, or a number where an example is wanted; `axes` are
    names for the input's sizes, `fixed` holds values for fields, such as bias=False. Raises FormulaError for a
    family and for a type that takes its numbers from its input.

    >>> from convmath.layers.conv import Conv2d
    >>> print(general(Conv2d).inputs[0], general(Conv2d).outputs[0])
    N × C_in × H × W N × C_out × H_o × W_o
    """
    made: list[str] = []
    along = dict.fromkeys(SPATIAL[3], "i") if alike else dict(zip(SPATIAL[len(axes)], axes, strict=True))

    def noted(name: str, least: int) -> Size:
        made.append(name)
        return make(along.get(name, name), least)

    layer, defaults = (kind, {}) if isinstance(kind, Layer) else _of_symbols(kind, alike, noted, fixed)
    made.clear()
    inputs = _inputs(layer, axes or (ONE_AXIS if alike else SPATIAL)[_rank(layer)], noted)
    if layer.resolve(*inputs) is not layer:
        settled = type(layer.resolve(*inputs)).__name__
        raise FormulaError(f"{layer.op}: takes numbers from its input (ask for {settled})")
    where: dict[str, Operand] = {}
    made_of = layer.infer(*inputs)
    outputs = made_of if layer.op in INPUTS else tuple(_named(shape, inputs[0], where) for shape in made_of)
    return General(layer, inputs, outputs, tuple(where.items()), {"N": 1, **defaults}, tuple(made))


def _of_symbols(
    kind: type[Layer], alike: bool, make: Make, fixed: Mapping[str, Any]
) -> tuple[Layer, dict[str, Operand]]:
    if kind.abstract:
        raise FormulaError(f"{kind.__name__} is a family of layers (ask for one of its types, such as Conv2d)")
    rank = kind.rank or 1
    axes = (ALIKE if alike else SUFFIXES)[rank]
    named = [SAMPLES[base.__name__](make) for base in kind.__mro__ if base.__name__ in SAMPLES]
    samples = {**(named[0] if named else {}), **fixed}
    given: dict[str, Any] = {}
    defaults: dict[str, Operand] = {}
    for name, field in kind.fields.items():
        if name in samples:
            given[name] = samples[name]
            continue
        value = field.generic(make, axes)
        if value is REQUIRED:
            raise FormulaError(f"{kind.__name__}: {name} has no symbol (ask about a layer: write its arguments)")
        given[name] = value
        if field.default is not REQUIRED:
            _note(defaults, value, _default(kind, name, axes))
    return kind(**given), defaults


def _default(kind: type[Layer], name: str, axes: tuple[str, ...]) -> Any:
    """The default of a field, or what None stands for, in the same shape as its symbols."""
    field = kind.fields[name]
    if isinstance(field, Optional) and field.default is None:
        if isinstance(field.otherwise, str):
            return kind.fields[field.otherwise].generic(symbol, axes)
        return (field.otherwise,) * len(axes)
    return kind.settled_defaults()[name]


def _note(defaults: dict[str, Operand], value: Any, default: Any) -> None:
    """Pairs every symbol in a value with what stands at its place in the default."""
    if isinstance(value, tuple) and isinstance(default, tuple):
        for part, other in zip(value, default, strict=False):
            _note(defaults, part, other)
    elif isinstance(value, tuple):
        for part in value:
            _note(defaults, part, default)
    elif isinstance(value, Written) and (type(default) is int or isinstance(default, Written)):
        defaults[symbol_name(value)] = default


def symbol_name(value: Written) -> str:
    """The name of a formula that is one symbol.

    >>> symbol_name(symbol("k"))
    'k'
    """
    ((_, (factor,)),) = value.terms
    assert isinstance(factor, Symbol)
    return factor.name


def _inputs(layer: Layer, axes: tuple[str, ...], make: Make) -> tuple[Shape, ...]:
    if layer.arity[1] == 0 or layer.op == "Unknown":
        raise FormulaError(f"{layer.op}: has no rule that depends on an input (ask for another type)")
    if layer.op in INPUTS:
        return tuple(map(Shape, INPUTS[layer.op](layer, make)))
    made_for: tuple[Size, ...] = layer.__dict__.get("input_size", ())
    sizes = made_for or tuple(make(name, 1) for name in axes)
    if "in_features" in layer.fields:
        return (Shape((make("N", 1), layer.in_features)),)  # type: ignore[attr-defined]
    own = next((layer.__dict__[name] for name in CHANNEL_FIELDS if name in layer.fields), None)
    channels = CHANNELS[layer.op](make) if layer.op in CHANNELS else make("C", 1) if own is None else own
    if layer.op == "Concat":
        return tuple(Shape((make("N", 1), make(name, 1), *sizes)) for name in ("C_1", "C_2"))
    x = Shape((make("N", 1), channels, *sizes))
    return (x, *BESIDE[layer.op](layer, x)) if layer.op in BESIDE else (x,) * layer.arity[0]


def _rank(layer: Layer) -> int:
    """The spatial axes of the input: the type's own, those its name tells, or two."""
    if layer.rank is not None:
        return layer.rank
    return int(layer.op[-2]) if layer.op.endswith(("1d", "2d", "3d")) else 2


CHANNEL_FIELDS = ("in_channels", "num_features", "num_channels")


def _named(shape: Shape, x: Shape, where: dict[str, Operand]) -> Shape:
    """The output with a name for every spatial size that is neither a number nor one of the input's."""
    sizes: list[Size] = []
    for axis, size in enumerate(shape):
        place = x[axis] if axis < len(x) else None
        if axis < 2 or type(size) is int or size == place or len(shape) != len(x) or not isinstance(place, Written):
            sizes.append(size)
            continue
        spatial = f"{SPATIAL[x.rank][axis - 2]}_o"
        name = OF_OUTPUT.get(place, spatial)
        # A layer may be made for sizes of its own that are called alike.
        name = name if where.get(name, size) == size else spatial
        where[name] = size
        sizes.append(symbol(name))
    return Shape(sizes)


def counts_of(g: General) -> Iterator[tuple[str, Operand]]:
    """The taps on real input along each axis, by name: T_h and T_w, and T2_h … for later parts of a chain."""
    parts = [(g.layer, g.inputs[0], g.outputs[0])]
    if isinstance(g.layer, Composite):
        parts = [(part, inputs[0], outputs[0]) for _, part, inputs, outputs in g.layer.steps(g.inputs)]
    names = {operand: symbol(name) for name, operand in g.where}
    for place, (layer, x, y) in enumerate(parts, start=1):
        if not isinstance(layer, Windowed) or y.rank != x.rank:
            continue
        rows = zip(SUFFIXES[x.rank], layer.windows(x), x.spatial, y.spatial, strict=True)
        for suffix, window, size, outputs in rows:
            for count in {window.touching(size, outputs), window.touching(size, names.get(outputs, outputs))}:
                if isinstance(count, Written) and len(count.terms) > 1:
                    yield f"T{place if place > 1 else ''}{suffix}", count
