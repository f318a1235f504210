"""The commands: where each lives and what it does in a line. Nothing is imported to list them."""

from __future__ import annotations

COMMANDS = {
    "layer": ("layer", "What one layer makes of an input, what it costs, what it sees."),
    "analyze": ("analyze", "The same for every layer of a network or a spec file, with totals."),
    "port": ("port", "A layer as another framework must write it, weights included."),
    "formula": ("formula", "The formulas of a layer type, as a textbook writes them."),
    "sheet": ("sheet", "The formulas of all layer types, or of some, as a document."),
    "solve": ("solve", "For which sizes a network accepts its input, or a relation holds."),
    "verify": ("verify", "Every claim about a layer or network, held against running it."),
    "layers": ("listing", "The layer types, or one of them in full."),
    "zoo": ("listing", "The published networks that are built in."),
    "completion": ("completion", "The script that makes a shell complete commands and names."),
}
"""Every command: the file of this folder that holds it, and its summary."""

OVERVIEW = """\
Usage: convmath COMMAND [ARGUMENTS] [OPTIONS]

  The arithmetic of convolutions: shapes, parameters, MACs and receptive
  fields, from one layer to a whole network.

Commands:
{commands}

Options:
  --version  Show the version.
  --help     Show this message; after a command, its own.

Examples:
  convmath layer "Conv2d(3, 64, 7, stride=2, padding=3)" --input 1x3x224x224
  convmath analyze resnet50 --depth 1
  convmath analyze net.yaml --format json -o report.json
"""


def overview() -> str:
    """What `convmath --help` prints.

    >>> overview().splitlines()[0]
    'Usage: convmath COMMAND [ARGUMENTS] [OPTIONS]'
    """
    width = max(map(len, COMMANDS))
    return OVERVIEW.format(commands="\n".join(f"  {name:{width}}  {line}" for name, (_, line) in COMMANDS.items()))
