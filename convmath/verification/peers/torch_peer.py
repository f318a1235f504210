"""Layers run by PyTorch: its modules by their names, or as `convmath port` writes them."""

from __future__ import annotations

import inspect
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

from ...bridge.port import port
from ...bridge.resizing import check_factor
from ...bridge.rows import carried_out
from ...bridge.sliding import KINDS
from ...bridge.unequal import NoEqualError
from ...core.errors import ParameterError
from ...layers.composite import Composite
from ...layers.recurrent import Recurrent
from ...layers.shuffle import PixelShuffle
from ...layers.source import Source
from . import Refusal, RefusedError, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ...core.shape import Shape
    from ...layers.base import Layer
    from ...numeric.arrays import Array
    from . import Call

Tensors = tuple[Any, ...]


def start() -> str:
    """Its name and version."""
    import torch

    return f"PyTorch {torch.__version__.partition('+')[0]}"


def run(calls: Sequence[Call], values: Mapping[str, Array], wanted: tuple[str, ...]) -> list[Array]:
    """Runs the calls in order, and keeps only what is still read."""
    import torch

    held = {name: torch.from_numpy(array) for name, array in values.items()}
    left = Counter([*(name for call in calls for name in call.reads), *wanted])
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of dimensions chosen implicitly, of padding='same' with an even kernel
        for call in calls:
            xs = tuple(held[name] for name in call.reads)
            stored = {name: torch.from_numpy(array) for name, array in call.stored().items()}
            try:
                ys = _apply(call.layer, call.inputs, xs, stored)
            except (RuntimeError, ValueError, TypeError, AssertionError) as error:
                raise refused(_first_line(error), [call.layer], REFUSALS) from None
            held |= {name: y for name, y in zip(call.writes, ys, strict=True) if left[name]}
            for name in call.reads:
                left[name] -= 1
                if not left[name]:
                    del held[name]
    return [held[name].numpy() for name in wanted]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _apply(layer: Layer, inputs: tuple[Shape, ...], xs: Tensors, stored: dict[str, Any]) -> Tensors:
    if isinstance(layer, Source):
        return tuple(stored.values())
    if isinstance(layer, Recurrent):
        return _recurrent(layer, xs, stored)
    check_factor(layer, inputs[0])
    lacking = _lacking(layer)
    if not lacking:
        return _module(layer.op, _arguments(layer, inputs[0]), xs, stored)
    if isinstance(layer, Composite):
        for name, part, x, _ in layer.steps(inputs):
            prefix = f"{name}." if name else ""
            own = {key: stored[prefix + key] for key in (*part.weights(), *part.buffers())}
            xs = _apply(part, x, xs, own)
        return xs
    if isinstance(layer, (*KINDS, PixelShuffle)):
        return _as_ported(layer, inputs[0], xs[0], stored)
    family = next((cls.__name__ for cls in type(layer).__mro__ if cls.__name__ in OTHERWISE), None)
    if family is None:
        raise NoEqualError(f"has no {lacking}")
    if stored:
        raise RefusedError(f"{layer.op} has nothing that reads {', '.join(stored)}")
    return OTHERWISE[family](layer, xs)


def _module(name: str, arguments: dict[str, Any], xs: Tensors, stored: dict[str, Any]) -> Tensors:
    import torch

    with torch.device("meta"):  # so that no time goes into weights which are replaced
        module = getattr(torch.nn, name)(**arguments).train(mode=False)
    if "indices" in stored:
        places = stored["indices"].flatten(2).sort(2)[0]
        if bool((places[:, :, 1:] == places[:, :, :-1]).any()):
            raise NoEqualError("puts several numbers that go to one place there in no order")
        return (module(*xs, stored["indices"]),)
    return _called(module, stored, xs)


def _recurrent(layer: Recurrent, xs: Tensors, stored: dict[str, Any]) -> Tensors:
    """PyTorch takes and gives the states of an LSTM as a pair."""
    import torch

    with torch.device("meta"):
        module = getattr(torch.nn, layer.op)(**{name: layer.__dict__[name] for name in layer.fields}).train(mode=False)
    states = () if len(xs) == 1 else (xs[1:],) if len(xs) > 2 else xs[1:]
    y, last = torch.func.functional_call(module, stored, (xs[0], *states), strict=True)
    return (y, *last) if type(last) is tuple else (y, last)


def _called(module: Any, stored: dict[str, Any], xs: Tensors) -> Tensors:
    """What a module makes with exactly these arrays: none is missing, none is left over."""
    import torch

    own = {name for name, _ in (*module.named_parameters(), *module.named_buffers())}
    counters = {name: torch.tensor(0) for name in own if name.endswith("num_batches_tracked")}  # which nothing reads
    y = torch.func.functional_call(module, {**counters, **stored}, xs, strict=True)
    return y if type(y) is tuple else (y,)


def _lacking(layer: Layer) -> str:
    """What PyTorch has no module for, in words; '' where it has one."""
    import torch

    if not hasattr(torch.nn, layer.op):
        return "layer of this kind"
    known = inspect.signature(getattr(torch.nn, layer.op)).parameters
    for name, field in layer.fields.items():
        value = layer.__dict__[name]
        if name == "convention":
            taken = value.name == "pytorch"
        elif name == "padding":
            taken = _padded(layer) is not None
        else:
            taken = name in known or value == layer.settled_defaults()[name]
        if not taken:
            return f"{layer.op} with {name}={field.spell(value)}"
    return ""


def _arguments(layer: Layer, x: Shape) -> dict[str, Any]:
    """The arguments of PyTorch's module of the same name."""
    import torch

    given = {name: layer.__dict__[name] for name in layer.fields}
    if "padding" in given:
        given["padding"] = _padded(layer)
    if "output_padding" in given:
        given["output_padding"] = given["output_padding"] or 0
    if "output_size" in given and "Adaptive" in layer.op:  # an only axis may not be left as it is by None
        given["output_size"] = layer.infer(x)[0].spatial
    for name in ("size", "scale_factor"):  # one of them for every axis
        if type(given.get(name)) is tuple and len(given[name]) == 1:
            (given[name],) = given[name]
    if layer.op in PLAIN_NUMBERS:
        given = {name: value[0] if type(value) is tuple else value for name, value in given.items()}
    known = inspect.signature(getattr(torch.nn, layer.op)).parameters
    return {name: value for name, value in given.items() if name in known}


PLAIN_NUMBERS = {"LPPool1d", "AvgPool1d", "AdaptiveAvgPool1d", "AdaptiveMaxPool1d"}
"""Modules that take no tuple of one."""


def _padded(layer: Layer) -> Any:
    """A layer's padding as its module takes it; None where it takes no such padding."""
    named = layer.op.startswith("Conv") and "T" not in layer.op
    return _padding(layer.__dict__["padding"], "Pad" in layer.op, named)


def _padding(axes: Any, sides: bool, named: bool = False) -> Any:
    """Padding as a module takes it: of padding layers every side, the last axis first, of others one number an axis."""
    if sides:
        return tuple(side for pads in reversed(axes) for side in pads)
    names = {getattr(pads, "name", None) for pads in axes}
    if named and names in ({"same"}, {"valid"}):
        return names.pop()
    if names != {None}:
        return None
    if all(type(pads) is int for pads in axes):
        return axes
    return tuple(low for low, _ in axes) if all(low == high for low, high in axes) else None


def _as_ported(layer: Layer, shape: Shape, x: Any, stored: dict[str, Any]) -> Tensors:
    """What the rows that the bridge writes make of x, one after the other."""
    import torch

    try:
        rows = port(layer, "pytorch", shape).code
    except ParameterError as error:
        raise NoEqualError(f"cannot write it: {error}") from None
    y, unread = (x,), stored
    for row in rows:
        words = {"x": y[0], "float": float, "torch.ones_like": torch.ones_like}
        made = carried_out(row, words, lambda name: getattr(torch.nn, name.removeprefix("nn.")))
        if not callable(made):
            y = (made,)
            continue
        own = stored if list(made.parameters()) else {}
        y, unread = _called(made, own, (y[0],)), {} if own else unread
    if unread:
        raise RefusedError(f"{layer.op} has nothing that reads {', '.join(unread)}")
    if len(y) > 1 and len(rows) > 1:
        raise NoEqualError("counts the places of maxima in a padded copy")
    return y


def _joined(function: str) -> Callable[[Any, Tensors], Tensors]:
    def join(layer: Any, xs: Tensors) -> Tensors:
        import torch

        y = xs[0]
        for other in xs[1:]:
            y = getattr(torch, function)(y, other)
        return (y,)

    return join


def _over_space(function: str) -> Callable[[Any, Tensors], Tensors]:
    def pool(layer: Any, xs: Tensors) -> Tensors:
        axes = tuple(range(2, xs[0].ndim))
        return (getattr(xs[0], function)(axes, keepdim=True) if axes else xs[0],)

    return pool


def _cropped(layer: Any, xs: Tensors) -> Tensors:
    import torch

    return (torch.nn.functional.pad(xs[0], _padding(layer.padding, sides=True)),)


def _concatenated(layer: Any, xs: Tensors) -> Tensors:
    import torch

    return (torch.cat(xs, layer.dim),)


def _looked_up(layer: Any, xs: Tensors) -> Tensors:
    x, places = xs
    axis = layer.dim % x.ndim
    return (
        x.index_select(axis, places.reshape(-1)).unflatten(axis, places.shape)
        if places.ndim
        else x.select(axis, places),
    )


REDUCED = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}
"""What PyTorch calls the ways in which numbers that go to one place are joined."""


def _scattered(layer: Any, xs: Tensors) -> Tensors:
    x, places, values = xs
    if layer.reduction == "none":
        return (x.scatter(layer.dim, places, values),)
    return (x.scatter_reduce(layer.dim, places, values, REDUCED[layer.reduction]),)


def _put(layer: Any, xs: Tensors) -> Tensors:
    x, places, values = xs
    if layer.reduction not in {"none", "add"}:
        raise NoEqualError(f"puts nothing at several axes' places by reduction={layer.reduction}")
    return (x.index_put(tuple(places.unbind(-1)), values, accumulate=layer.reduction == "add"),)


OTHERWISE: dict[str, Callable[[Any, Tensors], Tensors]] = {
    "Add": _joined("add"),
    "Subtract": _joined("sub"),
    "Multiply": _joined("mul"),
    "Concat": _concatenated,
    "Split": lambda layer, xs: xs[0].split(list(layer.sizes) if len(layer.sizes) > 1 else layer.sizes[0], layer.dim),
    "Chunk": lambda layer, xs: xs[0].chunk(layer.chunks, layer.dim),
    "GlobalAvgPool": _over_space("mean"),
    "GlobalMaxPool": _over_space("amax"),
    "Cropping": _cropped,
    "Gather": _looked_up,
    "ScatterElements": _scattered,
    "ScatterND": _put,
}
"""Types that PyTorch has as functions."""

REFUSALS = (
    Refusal(
        ("AvgPool3d", "LPPool3d"),
        "smaller than kernel size",
        "pools no volume smaller than the kernel",
    ),
    Refusal(("BatchNorm", "InstanceNorm"), "Expected more than 1 (value|spatial)", "takes no moments of one number"),
    Refusal(("BatchNorm", "InstanceNorm"), "eps must be positive", "asks for an eps above 0"),
    Refusal(("CELU",), "alpha cannot be 0", "divides by alpha, which is 0"),
    Refusal(("ChannelShuffle",), "expects input with > 2 dims", "shuffles channels of positions only"),
    Refusal(("Hardtanh",), "must be greater than min_val", "asks for a max_val above min_val"),
    Refusal(("LocalResponseNorm",), "Expected 3D or higher", "takes neighbours of positions only"),
    Refusal(("RReLU",), "Lower bound should be less", "asks for lower at most upper"),
    Refusal(("Upsample",), "Only 3D, 4D and 5D input", "resizes one to three axes"),
)
"""What PyTorch does not run, and why."""
