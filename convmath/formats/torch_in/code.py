"""module:callable: a network from Python code, which is run; the command line asks for it only with --allow-code."""

from __future__ import annotations

import os
import re
import sys
from contextlib import redirect_stdout
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...core.errors import ConvmathError, FileError, GraphError, ParameterError, show
from ...network.network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CODE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")

PICKLES = (".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".pt2")
"""Suffixes of what torch.save writes."""


def is_code(name: str) -> bool:
    """Whether a name means something in a Python module.

    >>> is_code("mypkg.models:build_net"), is_code("net.yaml")
    (True, False)
    """
    return CODE.fullmatch(name) is not None


def refusal(name: str) -> ConvmathError:
    """Why code is not run: what would run, and how to allow it."""
    module, _, attribute = name.partition(":")
    return ParameterError(
        f"{name} is Python code: it would import {module}, looked for in {show(os.getcwd())} first, and call"
        f" {attribute} (if you trust it, add --allow-code)"
    )


def no_pickle(name: str) -> ConvmathError:
    """Why a file of torch.save is not read."""
    return FileError(
        f"{show(name)} is not loaded: a file of torch.save is a pickle, which can run any code when it is read, and it"
        " mostly holds weights without the network (name the code that builds it, mypkg.models:build_net --allow-code,"
        " or export it to ONNX)"
    )


def network_from_code(
    name: str, inputs: Sequence[tuple[str, Any]], given: Mapping[str, Any], missing: str = "give a shape"
) -> Network:
    """The network that `module:callable` makes: called with `given`, or taken as it is if it is a module already.

    `inputs` are (name, shape), the name empty where an input goes by its place. Raises FileError where nothing can be
    imported, GraphError where the code fails, ParameterError where it makes no torch.nn.Module and no Network.
    """
    with redirect_stdout(sys.stderr):  # what the code prints is no part of what a command writes
        made = _made(name, _found(name), given)
        if isinstance(made, Network):
            return made
        from .importing import from_torch

        if not inputs:
            raise ParameterError(f"{name}: the shape of its input is not known ({missing})")
        plain = [shape for label, shape in inputs if not label]
        return from_torch(made, *plain, **{label: shape for label, shape in inputs if label})


def _found(name: str) -> Any:
    module, _, attribute = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = import_module(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001  a module's code may raise anything
        raise FileError(f"{name}: importing {module} fails: {_told(error)}") from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise FileError(f"{name}: {module} has no {part} (the name behind the colon must be defined there)")
        found = getattr(found, part)
    return found


def _made(name: str, found: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(found, Network) or not callable(found) or _is_module(found):
        if given:
            raise ParameterError(f"{name} is no function, so it takes no {', '.join(given)} (leave --given out)")
        return found
    try:
        return found(**given)
    except (Exception, SystemExit) as error:  # noqa: BLE001  the code may raise anything
        called = ", ".join(f"{key}={value}" for key, value in given.items())
        raise GraphError(f"{name}: {name.partition(':')[2]}({called}) fails: {_told(error)}") from None


def _is_module(value: Any) -> bool:
    """Whether a value is a module of PyTorch, which is callable too; PyTorch is loaded already if one is."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)


def _told(error: BaseException) -> str:
    text = show(str(error), 200)
    return f"{type(error).__name__}: {text[1:-1]}" if str(error) else type(error).__name__
