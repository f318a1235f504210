"""convmath port: one layer in another framework's words."""

from __future__ import annotations

import click

from .options import emit, format_option, output_option


@click.command()
@click.argument("call")
@click.option("--to", "target", required=True, metavar="NAME", help="pytorch, tensorflow (keras), onnx or jax.")
@click.option("--from", "source", metavar="NAME", help="Whose layer it is; pytorch unless CALL says another.")
@click.option("-i", "--input", "shape", metavar="SHAPE", help="Input shape, such as 1x3x224x224.")
@format_option
@output_option
def port(call: str, target: str, source: str | None, shape: str | None, form: str | None, output: str | None) -> None:
    """How another framework must write a layer to give the same values.

    CALL is written as in PyTorch: "Conv2d(3, 8, 3, stride=2, padding=1)". Told are the code, what the target's own
    names of padding would do instead, and how weights change their layout. Without --input this holds for all sizes.

    \b
    Examples:
      convmath port "Conv2d(3, 8, 3, stride=2, padding=1)" --to keras
      convmath port "Conv2d(3, 64, 7, stride=2, padding='same')" --from keras --to pytorch -i 1x3x224x224
    """
    from ..bridge.port import port as carry
    from ..core.convention import PYTORCH
    from ..core.convention import convention as known
    from ..core.errors import ParameterError
    from ..layers.parse import parse_layer

    defaults: dict[str, object] = {"convention": known(source)} if source else {}
    layer = parse_layer(call, None, **defaults)
    if source and known(source) is not PYTORCH and "convention" not in type(layer).fields:
        raise ParameterError(
            f"{layer.op}: has no convention and is read as PyTorch's, not as --from {source} has it (leave --from out)"
        )
    ported = carry(layer, target, shape)
    emit(ported.table, ported.data, form, output)
