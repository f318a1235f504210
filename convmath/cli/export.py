"""convmath export: a network as a file of another program."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import ParseError, show
from ..render.table import printable
from .networks import NetworkName, network_of
from .options import allow_code_option, form_for, given_option, output_option, parse_given, shapes_option, write_out

if TYPE_CHECKING:
    from ..formats.exported import Exported
    from ..network.network import Network

TARGETS = ("yaml", "onnx", "torch", "keras")

SUFFIXES = {".yaml": ("yaml",), ".yml": ("yaml",), ".onnx": ("onnx",), ".py": ("torch", "keras")}
"""What may stand in a file of such a name; the first is meant when no --to says another."""


@click.command()
@click.argument("network", type=NetworkName())
@click.option("--to", "target", type=click.Choice(TARGETS), help="What to write; what -o's suffix says if left out.")
@shapes_option
@allow_code_option
@given_option
@output_option
def export(
    network: str,
    target: str | None,
    shapes: tuple[str, ...],
    allow_code: bool,
    given: tuple[str, ...],
    output: str | None,
) -> None:
    """A network written for another program: a spec file, an ONNX model without weights, PyTorch or Keras source.

    NETWORK is what `convmath analyze` takes. The suffix of FILE says what is written: .yaml, .onnx, or .py for
    PyTorch, and must be the target's if --to says another. What the target has no equal of is refused, naming the
    layer; what is left out, or trained otherwise there, is told on standard error.

    \b
    Examples:
      convmath export resnet18 --to torch
      convmath export unet --input 1x1x572x572 -o unet.onnx
      convmath export mobilenet_v2 --to keras -o mobilenet.py
      convmath export net.yaml --given H=224,W=224 --to yaml
    """
    path = None if output in {None, "-"} else output
    target = form_for(target, path, SUFFIXES, "--to")
    if target is None:
        known = ", ".join(TARGETS)
        raise ParseError(f"nothing says what to write (add --to with one of {known}, or -o net.onnx)")
    _check_suffix(target, path)
    if target == "onnx" and path is None:
        raise ParseError("an ONNX model goes into a file (add for example -o net.onnx)")
    net, unnamed, named = network_of(network, shapes, parse_given(given), allow_code)
    found = _exported(target, net, unnamed, named)
    if isinstance(found.what, str):
        write_out(found.what, path)
    else:
        from ..core.files import write_bytes

        assert path is not None
        write_bytes(path, found.what.SerializeToString())
    for remark in found.remarks:
        click.echo(f"{click.style('note:', fg='yellow')} {printable(remark)}", err=True)


def _check_suffix(target: str, path: str | None) -> None:
    """ParseError for a file whose name says that it holds something else: a .pt of source, a .json of YAML."""
    suffix = PurePath(path or "").suffix.lower()
    if suffix and target not in SUFFIXES.get(suffix, ()):
        ends = ", ".join(end for end, targets in SUFFIXES.items() if target in targets)
        raise ParseError(f"--to {target} does not go into {show(path)} (end it in {ends})")


def _exported(target: str, net: Network, shapes: tuple[object, ...], named: dict[str, Any]) -> Exported[Any]:
    if target == "onnx":
        from ..formats.onnx_out.writing import onnx_model

        return onnx_model(net, *shapes, **named)
    if target == "torch":
        from ..formats.torch_out.writing import torch_source

        return torch_source(net, *shapes, **named)
    if target == "keras":
        from ..formats.keras_out.writing import keras_source

        return keras_source(net, *shapes, **named)
    from ..formats.exported import Exported
    from ..formats.write import dumps

    if shapes or named:
        # A specification remembers the shapes that it was written for, which the network accepts.
        net.input_shapes |= net.analyze(*shapes, **named).inputs
    return Exported(dumps(net), ())
