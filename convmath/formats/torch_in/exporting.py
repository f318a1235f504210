"""A module to a graph of ATen operators, by torch.export: nothing is allocated, and the module stays as it is."""

from __future__ import annotations

import inspect
import logging
import re
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from copy import deepcopy
from io import StringIO
from typing import TYPE_CHECKING, Any

from ...core.errors import GraphError, ParameterError, show
from ...core.size import Symbolic
from .inputs import linear

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .inputs import Examples

MOST = 1 << 30
"""No open dimension is longer."""


def export(module: Any, examples: Examples) -> Any:
    """The exported program of a module as it predicts; GraphError, with PyTorch's reason, where it cannot be traced.

    What is traced is a copy that has the module's own arrays, so that none is copied and no flag of the module's
    changes. Its parameters are fake while it is traced.
    """
    import torch

    try:
        still = _copy(module)
        with _quiet(), torch.no_grad():
            try:
                return _traced(still, examples, exact=True)
            except Exception:
                if not examples.hints:
                    raise
                return _traced(still, examples, exact=False)
    except Exception as error:  # noqa: BLE001  the module's own code may raise anything
        raise GraphError(
            f"{type(module).__name__}: torch.export cannot trace it for {_told(examples)}: {_reason(error)}"
        ) from None


def _traced(still: Any, examples: Examples, exact: bool) -> Any:
    """The program for dimensions as their formulas hang together, or else for each by itself.

    Of formulas PyTorch asks that they hold for all their values, which a module with an assertion fails; by themselves
    sizes are what its guards say.
    """
    import torch

    opened = _open_dimensions(still, examples, exact)
    return torch.export.export(still, examples.args, examples.kwargs, dynamic_shapes=opened, strict=False)


def checked(module: Any) -> Any:
    """The module, or ParameterError with what to give instead."""
    try:
        import torch
    except ModuleNotFoundError:
        raise ParameterError("from_torch needs PyTorch, which is missing (pip install 'convmath[torch]')") from None

    if isinstance(module, type) and issubclass(module, torch.nn.Module):
        raise ParameterError(f"from_torch takes a module, not the class {module.__name__} (write {module.__name__}(…))")
    if isinstance(module, torch.jit.ScriptModule):
        raise ParameterError(
            f"from_torch: {type(module).__name__} is TorchScript, which cannot be traced again (give the module that it"
            " was made of, or export it to ONNX)"
        )
    if not isinstance(module, torch.nn.Module):
        raise ParameterError(f"from_torch takes a torch.nn.Module, not {show(module)}")
    for name, array in [*module.named_parameters(), *module.named_buffers()]:
        if torch.nn.parameter.is_lazy(array):
            raise ParameterError(
                f"from_torch: {name} has no shape yet (run the module once on an input, or state its channels)"
            )
    return module


def _copy(module: Any) -> Any:
    """A module of its own with the same arrays, which predicts."""
    import torch

    arrays = [*module.parameters(), *module.buffers()]
    arrays += [value for part in module.modules() for value in vars(part).values() if isinstance(value, torch.Tensor)]
    still = deepcopy(module, {id(array): array for array in arrays})
    for part in still.modules():
        part.training = False  # `eval` may be overridden, to merge weights for example
    return still


def _open_dimensions(module: Any, examples: Examples, exact: bool) -> Any:
    """What torch.export is told of every argument: which of its dimensions are open, and how they hang together."""
    from torch.export import Dim

    used = [size for shape in examples.shapes.values() for size in shape if isinstance(size, Symbolic)]
    if not used:
        return None
    free: dict[str, Any] = {}

    def dimension(size: Any) -> Any:
        ((name,), zero, step) = size.names, *linear(size)
        if not exact:
            return Dim.AUTO
        if (zero, step) == (0, 1) and sum(name in other.names for other in used) == 1:  # type: ignore[attr-defined]
            return Dim.AUTO
        dim = free.setdefault(name, Dim(f"_{name}", min=2, max=MOST))
        scaled = dim if step == 1 else step * dim
        return scaled if zero == 0 else scaled + zero

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: told(part) for key, part in value.items()}
        if isinstance(value, tuple):  # what *args take
            return tuple(map(told, value))
        shape = examples.shapes[examples.names[id(value)]]
        return {axis: dimension(size) for axis, size in enumerate(shape) if isinstance(size, Symbolic)}

    given = inspect.signature(module.forward).bind(*examples.args, **examples.kwargs)
    return {name: told(value) for name, value in given.arguments.items()}


def _told(examples: Examples) -> str:
    return ", ".join(f"{name} {shape}" for name, shape in examples.shapes.items()) or "no input"


def _reason(error: BaseException) -> str:
    """PyTorch's first line, and the mend: another where it names open sizes, which it calls s0, s1 …"""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = show(lines[0] if lines else type(error).__name__, 300)[1:-1]
    sizes = list(dict.fromkeys(re.findall(r"\bs\d+\b", said)))
    if not sizes:
        return (
            f"{said} (check the shape, or give an example tensor; a module whose steps depend on data is imported in"
            " parts, such as module.backbone)"
        )
    one = len(sizes) == 1
    return (
        f"{said} ({' and '.join(sizes)} {'is an open size' if one else 'are open sizes'}: write what must be divisible"
        " as a multiple, such as 32*h, what must be equal by the same symbol, and what must be fixed as a number)"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """PyTorch's warnings, and what it logs before it raises, say nothing that the error does not."""
    disabled = logging.root.manager.disable
    with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(disabled)
