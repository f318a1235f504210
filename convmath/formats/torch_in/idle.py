"""Modules of which a network that predicts shows nothing, and which do something when it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...layers.attention import ScaledDotProductAttention

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .arrays import Arrays
    from .graph import Step


def idle_parts(module: Any, called: Collection[str], arrays: Arrays, used: Collection[str]) -> list[str]:
    """The paths of modules, outermost first, that are not called, and do something in training.

    Those are modules with parameters of which none is used, such as classifiers that only help in training, and
    modules whose code asks whether it is in training, unless all rates that it goes by are 0. `called` are the paths of
    modules whose operators were seen, or names that PyTorch has for no module, `used` those of arrays that these read.
    """
    parts = dict(module.named_modules(remove_duplicate=False))
    seen = {id(parts[path]) for path in called if path in parts}  # nodes that torch.export adds are of no module
    inside = {path[:place] for path in called for place, sign in enumerate(path) if sign == "."}
    found: list[str] = []
    for path, part in module.named_modules():
        if not path or id(part) in seen or path in inside or any(path.startswith(f"{one}.") for one in found):
            continue
        own = [arrays.names[f"{path}.{name}"] for name, _ in part.named_parameters()]
        if (own and not any(name in used for name in own)) or (not own and _trains(part)):
            found.append(path)
    return found


def dropping(module: Any, steps: Iterable[Step]) -> list[str]:
    """The paths of modules whose attention leaves weights out in training, by a rate that is no layer's."""
    parts = dict(module.named_modules(remove_duplicate=False))
    paths = dict.fromkeys(step.path for step in steps if isinstance(step.layer, ScaledDotProductAttention))
    return [path for path in paths if path in parts and _trains(parts[path])]


def _trains(part: Any) -> bool:
    code = getattr(type(part).forward, "__code__", None)
    rates = [value for value in vars(part).values() if isinstance(value, float)]
    return code is not None and "training" in code.co_names and (not rates or any(rates))
