"""convmath export: a network as a file of another program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.errors import ParseError
from .networks import NetworkName, network_of
from .options import allow_code_option, form_for, given_option, output_option, parse_given, shapes_option, write_out

if TYPE_CHECKING:
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
    PyTorch. What the target has no equal of is refused, naming the layer.

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
    if target == "onnx" and path is None:
        raise ParseError("an ONNX model goes into a file (add for example -o net.onnx)")
    net, unnamed, named = network_of(network, shapes, parse_given(given), allow_code)
    if target == "onnx":
        from ..core.files import write_bytes
        from ..formats.onnx_out.writing import to_onnx

        assert path is not None
        write_bytes(path, to_onnx(net, *unnamed, **named).SerializeToString())
    else:
        write_out(_text(target, net, unnamed, named), path)


def _text(target: str, net: Network, shapes: tuple[object, ...], named: dict[str, Any]) -> str:
    if target == "torch":
        from ..formats.torch_out.writing import to_torch

        return to_torch(net, *shapes, **named)
    if target == "keras":
        from ..formats.keras_out.writing import to_keras

        return to_keras(net, *shapes, **named)
    from ..formats.write import dumps

    if shapes or named:
        # A specification remembers the shapes that it was written for, which the network accepts.
        net.input_shapes |= net.analyze(*shapes, **named).inputs
    return dumps(net)
