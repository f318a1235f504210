"""convmath verify: every claim held against what happens when the layer or network is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.errors import ParseError, UnknownNameError, unknown_name
from ..formats.load import MODELS
from ..layers import FILE_OF as LAYERS
from ..zoo import FILE_OF as NETWORKS
from .main import FAILED, FINE
from .networks import NetworkName, is_elsewhere, network_of, told_apart
from .options import (
    allow_code_option,
    emit,
    format_option,
    given_option,
    output_option,
    parse_call_with,
    parse_given,
    parse_shapes,
)

if TYPE_CHECKING:
    from ..layers.base import Layer
    from ..verification.verdicts import Verification


class Subject(NetworkName):
    """A layer type, or a network of the zoo or in a file; completes all of them."""

    name = "subject"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        types = [CompletionItem(name) for name in LAYERS if name.startswith(incomplete)]
        others = super().shell_complete(ctx, param, incomplete)
        return [*types, *(item for item in others if not (types and item.type == "file"))]


@click.command()
@click.argument("subject", type=Subject())
@click.option(
    "-i",
    "--input",
    "shapes",
    multiple=True,
    metavar="[NAME=]SHAPE",
    help="Input shape, such as 1x3x224x224; the network's customary one, or small ones that fit, if left out.",
)
@click.option(
    "--against", type=click.Choice(("torch", "onnxruntime")), help="Run the same there too, and compare what comes out."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Of all random numbers; 0 if left out.")
@click.option(
    "--memory", metavar="SIZE", help="The most it may take, such as 2GiB or 500MB; half of what is free if left out."
)
@allow_code_option
@given_option
@format_option
@output_option
def verify(
    subject: str,
    shapes: tuple[str, ...],
    against: str | None,
    seed: int,
    memory: str | None,
    allow_code: bool,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> int:
    """Runs a layer or a network, and holds everything that is claimed of it against what was measured.

    SUBJECT is a layer type (20 layers of it are drawn at random), a layer as in PyTorch, a network that `convmath zoo`
    lists, a spec file (.yaml, .json), an ONNX model (.onnx), or, with --allow-code, Python code, as analyze takes it.
    Measured are shapes, weights, multiplications, receptive fields and memory; with --against every output is compared
    with PyTorch's or onnxruntime's as well. Of an ONNX model, --against onnxruntime also runs the file itself, with its
    own weights (drawn where it has none), and compares every layer with its operator: without it, only the network
    that was read from the file is run. The exit code is 0 if all agrees, 1 if anything does not.

    \b
    Examples:
      convmath verify ConvTranspose2d
      convmath verify "Conv2d(64, 128, 3, stride=2, padding=1)" --input 1x64x56x56
      convmath verify resnet18 --against torch
      convmath verify model.onnx --against onnxruntime
      convmath verify net.yaml --input 1x3x64x96 --format json -o verified.json
    """
    from ..render.progress import progress

    with progress() as tell:
        found = _verified(subject, shapes, given, allow_code, against=against, seed=seed, memory=memory, watch=tell)
    emit(found.table, found.data, form, output, records=found.claims)
    for line in found.disagreements:
        click.echo(f"{click.style('differs:', fg='red', bold=True)} {line}", err=True)
    return FINE if found.agrees else FAILED


def _verified(
    subject: str, shapes: tuple[str, ...], given: tuple[str, ...], allow_code: bool, **how: Any
) -> Verification:
    from ..verification.verifying import verify as run
    from ..verification.verifying import verify_file, verify_type

    if subject in LAYERS:
        odd = [word for word, there in (("--input", shapes), ("--given", given)) if there]
        if odd:
            raise ParseError(f'{odd[0]} does not go with a layer type (write one of its layers, "{subject}(…)")')
        return verify_type(subject, **how)
    values = parse_given(given)
    if how["against"] == "onnxruntime" and subject.lower().endswith(MODELS):
        del how["against"]
        pairs, rest = parse_shapes(shapes, values)
        named, plain = told_apart(pairs)
        return verify_file(subject, *plain, given=rest, spare=values, **how, **named)
    if is_elsewhere(subject) or subject in NETWORKS:
        asked = network_of(subject, shapes, values, allow_code)
        return run(asked.network, *asked.settled(), **how)
    if "(" not in subject:
        raise unknown_name("layer type or network", subject, [*LAYERS, *NETWORKS])
    pairs, rest = parse_shapes(shapes, values)
    for name, _ in pairs:
        if name:
            raise ParseError(f"--input {name}=…: a layer's inputs have no names, they go by their place (leave it out)")
    return run(_layer(subject, values, rest), *(shape for _, shape in pairs), **how)


def _layer(call: str, values: dict[str, Any], rest: dict[str, Any]) -> Layer:
    """A layer in numbers; letters in it have the values that --given gives them."""
    try:
        return parse_call_with(call, values, rest, {})
    except UnknownNameError as error:
        if "parameter" not in str(error):
            raise
        raise ParseError(f"{error} (only numbers can be run: give it a value with --given)", error.column) from None
