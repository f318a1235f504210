"""Layers run by PyTorch: its modules by their names, or as `convmath port` writes them."""

from __future__ import annotations

import inspect
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

from ...bridge.port import port
from ...bridge.sliding import KINDS
from ...core.errors import ParameterError
from ...layers.composite import Composite
from ...layers.shuffle import PixelShuffle
from . import NoEqualError
from .rows import carried_out

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
                raise NoEqualError(f"refuses it: {_first_line(error)}") from None
            held |= dict(zip(call.writes, ys, strict=False))
            for name in call.reads:
                left[name] -= 1
                if not left[name]:
                    del held[name]
    return [held[name].numpy() for name in wanted]


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _apply(layer: Layer, inputs: tuple[Shape, ...], xs: Tensors, stored: dict[str, Any]) -> Tensors:
    import torch

    if layer.__dict__.get("scale_factor"):
        _check_factor(layer, inputs[0])
    if hasattr(torch.nn, layer.op):
        arguments = _arguments(layer)
        if arguments is not None:
            return _module(layer.op, arguments, xs, stored)
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
        raise NoEqualError("has no layer of this kind")
    return OTHERWISE[family](layer, xs)


def _check_factor(layer: Any, x: Shape) -> None:
    """PyTorch copies where a size stays, and doubles where it doubles, though the factor places outputs otherwise."""
    factors = layer.scale_factor * x.rank if len(layer.scale_factor) == 1 else layer.scale_factor
    for i, o, factor in zip(x.spatial, layer.output_shape(x).spatial, factors, strict=False):
        if o in {i, 2 * i} and o != i * factor:
            raise NoEqualError(f"takes {i} positions to {o} as by a factor of {o // i}, not of {factor}")


def _module(name: str, arguments: dict[str, Any], xs: Tensors, stored: dict[str, Any]) -> Tensors:
    import torch

    with torch.device("meta"):  # so that no time goes into weights which are replaced
        module = getattr(torch.nn, name)(**arguments).train(mode=False)
    if "indices" in stored:
        places = stored["indices"].flatten(2).sort(2)[0]
        if bool((places[:, :, 1:] == places[:, :, :-1]).any()):
            raise NoEqualError("puts several numbers that go to one place there in no order")
        return (module(*xs, stored["indices"]),)
    y = torch.func.functional_call(module, stored, xs)
    return y if type(y) is tuple else (y,)


def _arguments(layer: Layer) -> dict[str, Any] | None:
    """The arguments of PyTorch's module of the same name; None where it does not take them."""
    import torch

    given = {name: layer.__dict__[name] for name in layer.fields if name != "convention"}
    if layer.__dict__.get("convention") and layer.__dict__["convention"].name != "pytorch":
        return None
    if "padding" in given:
        padding = _padding(given["padding"], "Pad" in layer.op, layer.op.startswith("Conv") and "T" not in layer.op)
        if padding is None:
            return None
        given["padding"] = padding
    if "output_padding" in given:
        given["output_padding"] = given["output_padding"] or 0
    if given.get("scale_factor") is not None and len(given["scale_factor"]) == 1:
        (given["scale_factor"],) = given["scale_factor"]
    if layer.op in PLAIN_NUMBERS:
        given = {name: value[0] if type(value) is tuple else value for name, value in given.items()}
    known = inspect.signature(getattr(torch.nn, layer.op)).parameters
    unsaid = [name for name in given if name not in known]
    if any(layer.__dict__[name] != layer.settled_defaults()[name] for name in unsaid):
        return None
    return {name: value for name, value in given.items() if name in known}


PLAIN_NUMBERS = {"LPPool1d", "AvgPool1d", "AdaptiveAvgPool1d", "AdaptiveMaxPool1d"}
"""Modules that take no tuple of one."""


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
    y = (x,)
    for row in rows:
        words = {"x": y[0], "float": float, "torch.ones_like": torch.ones_like}
        made = carried_out(row, words, lambda name: getattr(torch.nn, name.removeprefix("nn.")))
        if not callable(made):
            y = (made,)
            continue
        own = stored if list(made.parameters()) else {}
        z = torch.func.functional_call(made, own, (y[0],))
        y = z if type(z) is tuple else (z,)
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
}
"""Types that PyTorch has as functions."""
