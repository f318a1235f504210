"""What can be stated as a formula: one row for each quantity, worked out by the layers' own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.cost import Cost
from ..core.errors import FormulaError, show, unknown_name
from ..core.receptive_field import ReceptiveField
from ..core.shape import Shape
from ..core.size import exact_div, is_one, product
from ..core.window import Window
from ..layers.conv import Conv
from ..layers.deformable import Deformable
from ..layers.transposed import ConvTranspose
from ..layers.windowed import Windowed
from ..symbolic.written import operation, symbol
from .general import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..layers.base import Layer
    from ..symbolic.written import Operand
    from .general import General


class Quantity(NamedTuple):
    """How a quantity is called, what it means, and how a general layer states it (None where it has none)."""

    symbol: str
    meaning: str
    unit: str
    state: Callable[[General], Any]
    """None where a layer has no such quantity; a pair where names in the formula stand for formulas."""
    alike: bool = False
    """Whether it is told along one axis, i in and o out, as all axes are alike."""
    only: Mapping[str, Any] = {}
    """Values of fields for which alone it is stated."""
    source: str = ""
    """Where the quantity's own law is from; otherwise it is the layer's."""
    names: tuple[str, ...] = ()
    """Symbols that it brings along."""
    may_be_0: bool = False
    """Whether 0 is an answer, rather than that there is none."""

    def fits(self, who: type[Layer] | Layer) -> bool:
        """Whether the type has the fields, and the layer the values, for which alone it is stated."""
        return all(
            name in who.fields and (isinstance(who, type) or _all_are(who.__dict__[name], value))
            for name, value in self.only.items()
        )


def _all_are(value: Any, wanted: object) -> bool:
    return all(part == wanted for part in (value if isinstance(value, tuple) else (value,)))


def _output(g: General) -> Operand | None:
    x, y = g.inputs[0], g.layer.infer(*g.inputs)[0]
    if x.rank < 1 or y.rank != x.rank:
        return y[1] if len(x) == len(y) else None
    return y.spatial[g.axis]


def _window(g: General) -> Window | None:
    """What the layer reads along an axis, if it is one window."""
    stages = g.layer.stages(*g.inputs)
    reach = stages[0][g.axis] if len(stages) == 1 and stages[0] else None
    return reach if isinstance(reach, Window) else None


def _padded(g: General) -> Operand | None:
    """Only of layers that slide, pad or crop: what others do is told as a window too, but is no padding."""
    if {"kernel_size", "padding", "cropping"}.isdisjoint(g.layer.fields):
        return None
    window = g.layer.windows(g.inputs[0])[g.axis] if isinstance(g.layer, Windowed) else _window(g)
    return None if window is None else window.padded_size(g.inputs[0].spatial[g.axis])


def _keeping(g: General) -> Operand | None:
    """From ⌊(i + P − extent)/s⌋ + 1 = i: at least (i − 1)s + extent − i, and at most s − 1 more."""
    window = _window(g)
    if window is None or not is_one(window.input_dilation) or not {"padding", "kernel_size"} <= g.layer.fields.keys():
        return None
    size = g.inputs[0].spatial[g.axis]
    return (size - 1) * window.stride + window.extent - size


def _channels(g: General) -> Operand | None:
    return g.outputs[0][1]


def _field(g: General) -> ReceptiveField | None:
    """The receptive field along an axis, if symbols can tell it."""
    fields = g.layer.receptive_field(*g.inputs)
    field = fields[g.axis] if fields else None
    return field if isinstance(field, ReceptiveField) else None


def _receptive_field(g: General) -> Operand | None:
    window, field = _window(g), _field(g)
    if window is not None:
        return window.span
    return None if field is None else field.size


def _jump(g: General) -> Operand | None:
    window, field = _window(g), _field(g)
    if field is not None:
        return field.jump
    return None if window is None else operation("÷", window.stride, window.input_dilation)


def _start(g: General) -> Operand | None:
    field = _field(g)
    return None if field is None else field.start


def _cost(g: General) -> Cost:
    inputs, outputs, layer = g.inputs, g.outputs, g.layer
    return Cost(
        layer.params,
        0,
        layer.count_macs(inputs, outputs),
        layer.count_touching(inputs, outputs),
        layer.count_operations(inputs, outputs),
        layer.count_activations(inputs, outputs),
    )


def _of_cost(read: Callable[[Cost], Operand]) -> Callable[[General], Operand]:
    return lambda g: read(_cost(g))


def _if_macs(read: Callable[[General], Operand]) -> Callable[[General], Operand | None]:
    """Only for layers that multiply and accumulate."""
    return lambda g: None if _cost(g).macs == 0 else read(g)


def _intensity(g: General) -> Operand:
    cost = _cost(g)
    moved = sum(product(shape) for shape in g.inputs) + cost.params + sum(product(shape) for shape in g.outputs)
    return operation("÷", cost.flops, symbol("b") * moved)


def _single(g: General) -> General:
    """The same for one sample."""
    return g._replace(
        inputs=tuple(Shape((1, *shape[1:])) for shape in g.inputs),
        outputs=tuple(Shape((1, *shape[1:])) for shape in g.outputs),
    )


def _if_linear(read: Callable[[General], Operand]) -> Callable[[General], Operand | None]:
    """Only for layers that are one linear map from an input to an output: those of one window, which stays in place."""
    return lambda g: (
        None if isinstance(g.layer, Deformable) or _window(g) is None or _cost(g).macs == 0 else read(_single(g))
    )


def _nonzeros(g: General) -> Operand | None:
    """Where padding copies the input, several taps may be one entry of the matrix: then they are not told."""
    return _cost(g).macs_touching if getattr(g.layer, "padding_mode", "zeros") == "zeros" else None


def _im2col(g: General) -> Operand:
    """Columns are placements of the window: outputs, or inputs where the layer is transposed."""
    (windows,) = g.layer.stages(*g.inputs)
    transposed = isinstance(g.layer, ConvTranspose)
    slid, still = (g.inputs[0], g.outputs[0]) if transposed else (g.outputs[0], g.inputs[0])
    return still.channels * product(window.kernel for window in windows) * product(slid.spatial)  # type: ignore[union-attr]


def _if_plain(read: Callable[[General], Operand]) -> Callable[[General], Operand | None]:
    """Only for a convolution."""
    return lambda g: read(g) if isinstance(g.layer, Conv) and g.layer.op.startswith("Conv") else None


def _winograd(g: General) -> Operand:
    x, y, layer = g.inputs[0], g.outputs[0], g.layer
    m = symbol("m")
    tiles = product(-(-size // m) for size in y.spatial)
    share = exact_div(x.channels, layer.groups)  # type: ignore[attr-defined]
    return x.batch * tiles * y.channels * share * product(m + k - 1 for k in layer.kernel_size)  # type: ignore[attr-defined]


def _fft(g: General) -> tuple[Operand, dict[str, Operand]]:
    x, y, layer = g.inputs[0], g.outputs[0], g.layer
    where: dict[str, Operand] = {}
    for suffix, size, k in zip(SUFFIXES[x.rank], x.spatial, layer.kernel_size, strict=True):  # type: ignore[attr-defined]
        # The least power of two that holds the whole linear convolution.
        where[f"e{suffix}"] = operation("log₂", size + k - 1)
    points = product(operation("2^", symbol(name)) for name in where)
    stages = sum((symbol(name) for name in list(where)[1:]), symbol(next(iter(where))))
    kernels = y.channels * exact_div(x.channels, layer.groups)  # type: ignore[attr-defined]
    transforms = x.batch * x.channels + kernels + x.batch * y.channels
    return transforms * exact_div(points * stages, 2) + x.batch * kernels * points, where


LAVIN = 'Lavin and Gray, "Fast algorithms for convolutional neural networks" (2016)'
MATHIEU = 'Mathieu, Henaff and LeCun, "Fast training of convolutional networks through FFTs" (2014)'
ARAUJO = 'Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks" (2019)'
DUMOULIN = 'Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016)'
WILLIAMS = 'Williams, Waterman and Patterson, "Roofline" (2009)'
UNIT = {"stride": 1, "dilation": 1}
CHELLAPILLA = "Chellapilla, Puri and Simard (2006)"

QUANTITIES = {
    "output": Quantity("o", "output size along one axis", "positions", _output, alike=True),
    "channels": Quantity("C_o", "channels of the output", "channels", _channels),
    "padded": Quantity(
        "i_p", "input size with its padding (stretched first, where the layer is transposed)", "positions",
        _padded, alike=True, source=DUMOULIN,
    ),
    "keeping_padding": Quantity(
        "p_k", "least padding, both sides together, that keeps the size (up to s − 1 more does too)", "positions",
        _keeping, alike=True, source=DUMOULIN,
    ),
    "params": Quantity("P", "trainable parameters", "numbers", lambda g: g.layer.params),
    "params_without_bias": Quantity(
        "P_w", "parameters without the bias", "numbers", lambda g: g.layer.params, only={"bias": False}
    ),
    "macs": Quantity(
        "MACs", "multiply-accumulates as a dense kernel does them, padding included", "MACs", _of_cost(lambda c: c.macs)
    ),
    "macs_touching": Quantity(
        "MACs_t", "multiply-accumulates on real input, not on padding", "MACs",
        _if_macs(lambda g: _cost(g).macs_touching),
    ),
    "flops": Quantity(
        "FLOPs", "floating-point operations: 2 for each MAC, and all other arithmetic", "FLOPs",
        _of_cost(lambda c: c.flops),
    ),
    "activations": Quantity("A", "numbers written", "numbers", _of_cost(lambda c: c.activations)),
    "memory": Quantity(
        "B", "bytes of what is written, at b bytes a number", "bytes", _of_cost(lambda c: symbol("b") * c.activations),
        names=("b",),
    ),
    "receptive_field": Quantity(
        "RF", "input positions that one output can see, first to last (offsets of a deformable layer apart)",
        "positions", _receptive_field, alike=True,
        source=ARAUJO,
    ),
    "jump": Quantity(
        "j", "input positions between the fields of neighbouring outputs", "positions", _jump, alike=True, source=ARAUJO
    ),
    "start": Quantity(
        "u", "the first input position that output 0 sees, negative inside the padding", "position", _start, alike=True,
        source=ARAUJO, may_be_0=True,
    ),
    "intensity": Quantity(
        "AI", "arithmetic intensity: FLOPs for each byte of input, weights and output, at b bytes a number",
        "FLOPs/byte", _if_macs(_intensity), source=WILLIAMS, names=("b",),
    ),
    "matrix_rows": Quantity(
        "rows", "rows of the sparse matrix of the layer, for one sample: outputs", "rows",
        _if_linear(lambda g: product(g.outputs[0])),
    ),
    "matrix_columns": Quantity(
        "columns", "columns of that matrix: inputs", "columns", _if_linear(lambda g: product(g.inputs[0]))
    ),
    "nonzeros": Quantity(
        "Z", "nonzeros of that matrix: MACs that touch real input", "numbers",
        _if_linear(_nonzeros), source=DUMOULIN,
    ),
    "im2col": Quantity(
        "E", "numbers in the unfolded input of one sample, as im2col copies it", "numbers", _if_linear(_im2col),
        source=CHELLAPILLA,
    ),
    "backward_macs": Quantity(
        "MACs_b", "MACs of the backward pass: as many for the input's gradient as for the weights'", "MACs",
        _if_macs(lambda g: 2 * _cost(g).macs),
    ),
    "winograd": Quantity(
        "W_m", "multiplications by Winograd's algorithm on tiles of m outputs a side, for stride and dilation 1",
        "multiplications", _if_plain(_winograd), only=UNIT, source=LAVIN, names=("m",),
    ),
    "fft": Quantity(
        "X", "complex multiplications by radix-2 FFTs of whole maps, for stride and dilation 1", "multiplications",
        _if_plain(_fft), only=UNIT, source=MATHIEU,
    ),
}  # fmt: skip
"""Every quantity by the name that --quantity takes."""


def quantity(name: str) -> Quantity:
    """The quantity of this name; UnknownNameError with the nearest names if there is none.

    >>> quantity("output").meaning
    'output size along one axis'
    """
    if not isinstance(name, str):
        raise FormulaError(f"{show(name)} is no quantity (give for example 'output')")
    if name not in QUANTITIES:
        raise unknown_name("quantity", name, list(QUANTITIES))
    return QUANTITIES[name]
