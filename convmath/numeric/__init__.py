"""Floor 4: layers executed in NumPy, their matrices and gradients; nothing is imported before it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

FILE_OF = {
    "plan": "plans", "Plan": "plans", "run": "networks", "initial_weights": "initial",
    "matrix": "sparse.matrices", "block_matrix": "sparse.matrices", "factored_matrix": "sparse.matrices",
    "matrix_sizes": "sparse.matrices", "operator": "sparse.matrices", "separate": "factors.separations",
    "separate_depthwise": "factors.separations", "gradients": "backpropagation", "reached": "reaching",
    "effective_field": "effective", "EffectiveField": "effective", "demand": "demands", "Demand": "demands",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in FILE_OF:
        return getattr(import_module(f"{__name__}.{FILE_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(FILE_OF)
