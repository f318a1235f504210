"""`load`: a network from a file of any kind that is read, told by the suffix of its name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size
    from ..layers.known import Known
    from ..network.network import Network

SPECIFICATIONS = (".yaml", ".yml", ".json")
"""Suffixes of specification files."""

MODELS = (".onnx",)
"""Suffixes of ONNX models."""

SUFFIXES = (*SPECIFICATIONS, *MODELS)
"""Suffixes of every file that is read."""


def place_of_whole(path: str) -> str:
    """The place of what is said of a whole file: the first character of a text; a model or code has no lines.

    >>> place_of_whole("net.yaml"), place_of_whole("net.onnx"), place_of_whole("mypkg.models:build_net")
    ('net.yaml:1:1', 'net.onnx', 'mypkg.models:build_net')
    """
    from .torch_in.code import is_code

    return path if path.lower().endswith(MODELS) or is_code(path) else f"{path}:1:1"


def load(
    path: str | os.PathLike[str],
    given: Mapping[str, Size] | None = None,
    shapes: Mapping[int | str, object] | None = None,
    *,
    spare: Mapping[str, Size] | None = None,
    known: Known | None = None,
) -> Network:
    """The network that a file describes: an ONNX model (.onnx), or a specification in YAML or JSON (any other name).

    Nothing in the file is executed. `given` gives values to its symbols and overrides a specification's parameters;
    `spare` holds values for names that the file may lack, `known` layers that other specifications have made. An ONNX
    model is read for inputs of these `shapes`, by their names or places, where what it computes from shapes depends on
    them; a specification needs none.

    Raises FileError where there is no file to read, SpecError with every fault of a specification as
    `path:line:column: message`, GraphError for a model that is no network.
    """
    if isinstance(path, str | os.PathLike) and os.fsdecode(path).lower().endswith(MODELS):
        from .onnx_in.load import from_onnx

        return from_onnx(path, given, shapes, spare=spare)
    from .spec import load as load_specification

    return load_specification(path, given, spare=spare, known=known)
