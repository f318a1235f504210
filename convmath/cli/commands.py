"""The commands: where each lives and what it does in a line. Nothing is imported to list them."""

from __future__ import annotations

COMMANDS = {
    "layer": ("layer", "What one layer makes of an input, what it costs, what it sees."),
    "analyze": ("analyze", "The same for every layer of a network, with totals."),
    "explain-count": ("counting", "Where another tool's count of a network and ours part."),
    "compare": ("compare", "Two networks side by side: totals, and layer by layer."),
    "check": ("check", "Files held to what they claim: budgets, shapes, all sizes."),
    "lock": ("lock", "What networks are, written down for check --locked."),
    "diff": ("diff", "What changed from one version of a network to another."),
    "schema": ("schema", "The JSON schema of what check, diff, analyze and lock write."),
    "lint": ("lint", "What in a network had better be otherwise, and why."),
    "draw": ("draw", "A network as a diagram: SVG, PNG, PDF or DOT."),
    "field": ("field", "What layers see of the input, with holes and shifted paths."),
    "export": ("export", "A network as a spec file, ONNX, PyTorch or Keras source."),
    "port": ("port", "A layer as another framework must write it, weights included."),
    "formula": ("formula", "The formulas of a layer type, as a textbook writes them."),
    "sheet": ("sheet", "The formulas of all layer types, or of some, as a document."),
    "solve": ("solve", "For which sizes a network accepts its input, or a claim holds."),
    "memory": ("memory", "What running or training a network takes in memory, and where."),
    "roofline": ("roofline", "The least time that a network can take on a machine."),
    "verify": ("verify", "Every claim about a layer or network, held against a run."),
    "sweep": ("sweep", "Every design of some ranges measured, and the best of them."),
    "scale": ("scale", "The largest design of a family that keeps to a budget."),
    "search": ("search", "The cheapest sequence of layers that reaches a target."),
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
