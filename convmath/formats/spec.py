"""Networks from specification files: `load` and `loads`, and the grammar of the file as a whole.

    name: tiny
    input: [1, 3, H, W]                  # or {left: [...], right: [...]}; a size may have a name instead of a number
    params: {w: 16, c: 4*w}              # integers, or arithmetic on those before; `given` overrides them
    convention: keras                    # for every layer that has the field and does not say
    blocks:
      residual:
        params: {c, m: 2*c}              # c must be given, m has a default
        inputs: [input]                  # what the block reads is called; `input` if nothing is said
        layers:                          # names in a block are its own
          - conv1: Conv2d(c, m, 1)
          - conv2: Conv2d(m, c, 1)
          - add: {op: Add, from: [conv2, input]}
        output: add                      # the last one if nothing is said
    layers:                              # each reads what stands before it, or what `from` names
      - stem: Conv2d(3, w, 3, stride=2, padding=1)
      - ReLU                             # called after its type: relu, relu_1, ...
      - {name: parts, op: Chunk(2)}
      - up: {op: ConvTranspose2d, in_channels: w//2, out_channels: w, kernel_size: 2, from: "parts[1]"}
      - body: {block: residual, repeat: 3, with: {c: w}, first: {m: 8}}   # body.0.conv1 ..., `first` for the first
    output: body                         # or a list; what nothing reads if nothing is said

A name in brackets, as in `parts[1]`, is a further output. A file states at most 100,000 layers, blocks expanded.
"""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING

from ..core.convention import CONVENTIONS
from ..core.errors import ParameterError, ParseError, show
from ..core.shape import as_size
from ..core.size import LARGEST, Symbolic
from ..network.network import Network
from .bind import Binder
from .block import check_keys, read_blocks, read_params
from .body import read_body
from .events import read_tree
from .expand import Expander
from .faults import Faults, unknown
from .inputs import read_inputs, shape_of, sizes_with_names
from .names import check_name
from .reference import read_name, read_references
from .scope import UNKNOWN, Scope
from .source import clean, decode, read_bytes
from .tree import Mapping, describe, is_nothing

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from ..core.size import Size
    from .tree import Node

KEYS = ("name", "input", "params", "convention", "blocks", "layers", "output")


def load(path: str | os.PathLike[str], given: Table[str, Size] | None = None) -> Network:
    """The network that a YAML or JSON file specifies; nothing in the file is executed.

    `given` overrides parameters and gives numbers to named sizes of the input. Raises SpecError with every fault
    of the file as `path:line:column: message`, FileError where there is no file to read.
    """
    data = read_bytes(path)
    faults = Faults(os.fsdecode(path))
    return _read(decode(data, faults), given, faults, _title(path))


def loads(text: str | bytes, given: Table[str, Size] | None = None, name: str = "<text>") -> Network:
    """The network that a text specifies; `name` stands for the path in errors.

    >>> text = "{input: [1, 3, H, H], params: {w: 8}, layers: ['Conv2d(3, w, 3)']}"
    >>> loads(text, {"H": 9}).analyze().rows[0].outputs
    ((1, 8, 7, 7),)
    """
    if not isinstance(text, str | bytes):
        raise ParseError(f"a specification is a text, not {show(text)}")
    faults = Faults(name)
    return _read(decode(text, faults) if isinstance(text, bytes) else text, given, faults, "network")


def _read(text: str, given: Table[str, Size] | None, faults: Faults, title: str) -> Network:
    values = _check_given(given or {})
    root = read_tree(clean(text, faults), faults)
    if not isinstance(root, Mapping):
        faults.add(root.place, f"a specification must be a mapping with layers, not {describe(root)}")
        raise faults.error()
    check_keys(root, KEYS, "key of a specification", faults)
    stated, output = root.get("name"), root.get("output")
    name = title if stated is None else read_name(stated, faults)
    inputs = read_inputs(root.get("input"), faults)
    params = read_params(root.get("params"), faults)
    sizes = sizes_with_names(inputs, params)
    scope = _scope(params, sizes, values, faults)
    blocks = read_blocks(root.get("blocks"), faults)
    outputs = () if output is None else read_references(output, faults)
    body = read_body(root.get("layers"), tuple(inputs), outputs, root.place, faults)
    template = Binder(blocks, scope, _defaults(root.get("convention"), faults)).bind_network(body)
    shapes = {label: shape_of(sizes_of, scope) for label, sizes_of in inputs.items()}
    faults.check()
    for unused in values:
        if unused not in params and unused not in sizes:
            raise unknown("parameter or size", str(unused), [*params, *sorted(sizes)])
    network = Network(name)
    tensors = [network.input(label, shape) for label, shape in shapes.items()]
    made = Expander(network, faults).expand(template, tensors)
    if template.outputs:
        network.output(*made)
    return network


def _check_given(given: Table[str, Size]) -> dict[str, Size]:
    values = {}
    for name, value in given.items():
        size = as_size(value, -LARGEST)
        if not isinstance(size, int | Symbolic):
            raise ParameterError(f"given: {name} must be an integer from -10^18 to 10^18, not {show(value)}")
        values[name] = size
    return values


def _scope(params: dict[str, Node], sizes: frozenset[str], given: dict[str, Size], faults: Faults) -> Scope:
    """The file's own names; a parameter sees those before it, and the sizes that have numbers."""
    known = {name: given[name] for name in sizes if name in given}
    mend = "is open here (give it a number, such as"
    unready = {name: f"the size {name} of the input {mend} {name}=224)" for name in sizes - known.keys()}
    unready |= {name: f"the parameter {name} is stated further down (move it up)" for name in params}
    scope = Scope(known, faults, unready)
    for name, node in params.items():
        if name in given:
            value = given[name]
        elif is_nothing(node):
            faults.add(node.place, f"the parameter {name} has no value (write one, or give one such as {name}=64)")
            value = UNKNOWN
        else:
            value = scope.integer(node, name)
        scope.names[name] = value
        del scope.unready[name]
    return scope


def _defaults(node: Node | None, faults: Faults) -> dict[str, str]:
    name = "" if node is None else read_name(node, faults)
    if node is not None and name and name.lower() not in CONVENTIONS:
        faults.add_unknown(node.place, "convention", name, CONVENTIONS)
        name = ""
    return {"convention": name} if name else {}


def _title(path: str | os.PathLike[str]) -> str:
    try:
        return check_name(PurePath(os.fsdecode(path)).stem)
    except ParseError:
        return "network"
