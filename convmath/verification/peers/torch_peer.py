"""Layers run by PyTorch: the lines that an export would write of them, carried out."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

from ...bridge.rows import carried_out
from ...bridge.unequal import NoEqualError
from ...core.errors import ParameterError
from ...formats.leaves import Leaf, Value, parts_of
from ...formats.torch_out.lines import written
from ...layers.ranking import TopK
from ...layers.source import Source
from ...layers.unpool import MaxUnpool
from . import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ...formats.torch_out.lines import Line
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
        warnings.simplefilter("ignore")  # of padding='same' with an even kernel, of dropout in a single layer
        for call in calls:
            xs = tuple(held[name] for name in call.reads)
            stored = {name: torch.from_numpy(array) for name, array in call.stored().items()}
            try:
                ys = _apply(call, xs, stored)
            except (RuntimeError, ValueError, TypeError, AssertionError, IndexError) as error:
                raise RefusedError(str(error).strip().partition("\n")[0]) from None
            held |= {name: y for name, y in zip(call.writes, ys, strict=True) if left[name]}
            for name in call.reads:
                left[name] -= 1
                if not left[name]:
                    del held[name]
    return [held[name].numpy() for name in wanted]


def _apply(call: Call, xs: Tensors, stored: dict[str, Any]) -> Tensors:
    if isinstance(call.layer, Source):
        return tuple(stored.values())
    named = {f"x.{name}": array for name, array in stored.items()}
    for name, layer, inputs, outputs in parts_of("x", call.layer, call.inputs, call.outputs):
        xs = (*xs, *_places(layer, named, name))
        _check_order(layer, xs)
        leaf = Leaf(name, layer, tuple(map(Value, range(len(xs)))), inputs, outputs)
        own = {key: named.pop(f"{name}.{key}") for key in (*layer.weights(), *layer.buffers())}
        xs = _carried_out(leaf, xs, own)
    if named:
        raise RefusedError(f"{call.layer.op} has nothing that reads {', '.join(named)}")
    return xs


def _places(layer: Any, named: dict[str, Any], name: str) -> Tensors:
    """The indices that an unpooling is not given by another layer, as one more input."""
    if not isinstance(layer, MaxUnpool) or f"{name}.indices" not in named:
        return ()
    indices = named.pop(f"{name}.indices")
    ordered = indices.flatten(2).sort(2)[0]
    if bool((ordered[:, :, 1:] == ordered[:, :, :-1]).any()):
        raise NoEqualError("puts several numbers that go to one place there in no order")
    return (indices,)


def _check_order(layer: Any, xs: Tensors) -> None:
    """PyTorch's topk says nothing of the order of equal numbers."""
    if isinstance(layer, TopK):
        ordered = xs[0].sort(layer.dim)[0]
        along = ordered.shape[layer.dim]
        if bool((ordered.narrow(layer.dim, 1, along - 1) == ordered.narrow(layer.dim, 0, along - 1)).any()):
            raise NoEqualError("leaves the order of equal numbers open")


def _carried_out(leaf: Leaf, xs: Tensors, stored: dict[str, Any]) -> Tensors:
    """What the lines make one after the other, the arrays held by the one whose module has any."""
    try:
        lines = written(leaf)
    except ParameterError as error:
        raise NoEqualError(f"cannot write it: {error}") from None
    unread = set(stored)
    for line in lines:
        words = _words() | {f"x{place}": x for place, x in enumerate(xs)}
        if line.module:
            module = _module(line, words)
            own = stored if list(module.state_dict()) else {}
            unread -= set(own)
            words["xm"] = _holding(module, own)
        xs = _flat(carried_out(re.sub(r"\{(\w)\}", r"x\1", line.call), words, _unknown))
    if unread:
        raise RefusedError(f"{leaf.layer.op} has nothing that reads {', '.join(sorted(unread))}")
    return xs


def _words() -> dict[str, Any]:
    import torch

    return {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "float": float}


def _unknown(name: str) -> Any:
    raise RefusedError(f"nothing is called {name}")


def _module(line: Line, words: Mapping[str, Any]) -> Any:
    import torch

    with torch.device("meta"):  # so that no time goes into weights which are replaced
        return carried_out(line.module, words, _unknown).train(mode=False)


def _holding(module: Any, stored: dict[str, Any]) -> Callable[..., Any]:
    """The module with exactly these arrays: none is missing, none is left over."""
    import torch

    counters = {name: torch.tensor(0) for name in module.state_dict() if name.endswith("num_batches_tracked")}
    return lambda *xs, **how: torch.func.functional_call(module, counters | stored, xs, how, strict=True)


def _flat(made: Any) -> Tensors:
    """All tensors of what a call gives, one after the other: the states of an LSTM are a pair beside its sequence."""
    return tuple(y for one in made for y in _flat(one)) if isinstance(made, tuple | list) else (made,)
