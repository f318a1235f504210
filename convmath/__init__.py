"""convmath: the arithmetic of convolutions: shapes, parameters, MACs, memory, receptive fields.

    import convmath as cm

    cm.Conv2d(3, 64, 7, stride=2, padding=3).output_shape((1, 3, 224, 224))
    print(cm.zoo.resnet50().analyze())

Every public name is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "ConvmathError": "core.errors", "DiskFullError": "core.errors", "FileError": "core.errors",
    "FormulaError": "core.errors", "GraphError": "core.errors", "NoGraphvizError": "core.errors",
    "NameHint": "core.errors", "ParameterError": "core.errors", "ParseError": "core.errors",
    "ShapeError": "core.errors", "SpecError": "core.errors", "UnknownNameError": "core.errors",
    "Cost": "core.cost", "ReceptiveField": "core.receptive_field", "Shape": "core.shape", "Window": "core.window",
    "Layer": "layers.base", "Network": "network.network", "Sequential": "network.network",
    "Report": "report.analysis", "Row": "report.analysis", "Port": "bridge.port", "port": "bridge.port",
    "symbols": "symbolic.polynomial", "parse_formula": "symbolic.parse",
    "equal": "symbolic.verdict", "at_least": "symbolic.verdict", "solutions": "symbolic.solve",
    "formula": "formulas.formula", "Formula": "formulas.statement",
    "inference": "resources.inference", "training": "resources.training", "roofline": "resources.roofline",
    "profile": "resources.hardware", "precision": "resources.precision",
    "formula_sheet": "sheet.build", "verify": "verification.verifying",
    "verify_file": "verification.verifying",
    "parse_layer": "layers.parse", "load": "formats.load",
    "from_onnx": "formats.onnx_in.load", "loads": "formats.spec", "dumps": "formats.write",
    "from_torch": "formats.torch_in.importing",
    "to_onnx": "formats.onnx_out.writing", "to_torch": "formats.torch_out.writing",
    "to_keras": "formats.keras_out.writing",
    "Compiled": "plan.compiled", "Sweep": "plan.sweep", "search": "plan.search",
    "lint": "rules.linting", "Finding": "rules.rule",
}  # fmt: skip
"""Where each public name lives; every layer type is public too."""

_ROOMS = ("core", "symbolic", "layers", "network", "zoo", "formats", "report", "render", "resources", "numeric")


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    elif name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    elif name[:1].isupper() and name in (layers := import_module(f"{__name__}.layers")).FILE_OF:
        value = layers.layer_type(name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from .layers import FILE_OF

    return sorted([*_HOMES, *_ROOMS, *FILE_OF, "__version__"])
