"""Networks from specification files: `load` and `loads`, and the grammar of the file as a whole.

    name: tiny
    input: [1, 3, H, 2*W]                # or 1x3xHx(2*W), or {left: [...], right: [...]}
    symbols: [batch]                     # names longer than a letter that are open sizes
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
      - stem: Conv2d(3, w, k, stride=2, padding=k//2)
      - ReLU                             # called after its type: relu, relu_1, ...
      - {name: parts, op: Chunk(2)}
      - again: {op: "Conv2d(3, w, k)", from: input, stored: [0, 0]}   # parameters and buffers it adds to the totals
      - twin: {op: "Conv2d(3, w, k)", from: input, stored: stem}   # its arrays are those of a layer before it
      - still: {op: "Conv2d(w, w, 1)", frozen: true}   # not trained; [w, bias] for w parameters, the bias
      - up: {op: ConvTranspose2d, in_channels: w//2, out_channels: w, kernel_size: 2, from: "parts[1]"}
      - body: {block: residual, repeat: 3, with: {c: w}, first: {m: 8}}   # body.0.conv1 ..., `first` for the first
    output: body                         # or a list; what nothing reads if nothing is said
    expect: {params: 5216}               # what `convmath check` holds it to, see formats/claims.py; layers have it too
    limits: {macs: 600M}
    valid_for: 64 <= H <= 4096
    untold: {stem: computed}             # who keeps more in training than is told, and why: report/untold.py
    remarks: [Drawn by hand.]            # sentences that stand beside every table
    built_for: H >= 8                    # sizes for which the layers are worked out, or [224, 224]; others are refused

A comment `# noqa: CM301` at the end of the line on which a layer begins spares it the rules it names, `# noqa` all.
A name in brackets, as in `parts[1]`, is a further output. A file states at most 100,000 layers, blocks expanded.

A letter, maybe with an index (H, k2, C_in), that is no parameter is a symbol, of at least 1, wherever a size may stand;
`given` gives it a value. A longer name must be a parameter or stand under `symbols`, so that one that is misspelt is
found; as a size of the input it may stand by itself, and the shape is then open until the name is given a value. A
block's parameters are parameters inside it and no symbols outside.
"""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from ..core.convention import CONVENTIONS
from ..core.errors import ParameterError, ParseError, show
from ..core.shape import Shape, as_size
from ..core.size import LARGEST, Symbolic
from ..layers.known import Known
from ..network.network import Network
from ..report.claim import OF_NETWORKS
from .bind import Binder
from .body import read_blocks, read_body
from .built import read_built, read_remarks
from .claims import read_claims, read_range
from .events import read_tree
from .exemptions import exemptions
from .expand import Expander
from .faults import Faults, unknown
from .held import read_untold
from .item import check_keys, check_name, read_name, read_references
from .names import RULE, Free
from .scope import IDENTIFIER, UNKNOWN, file_scope, read_params, read_symbols
from .source import clean, decode, read_bytes
from .tree import Listing, Mapping, Place, Scalar, describe, is_nothing, is_word

if TYPE_CHECKING:
    from collections.abc import Mapping as Table

    from ..core.size import Size
    from .scope import Scope
    from .tree import Node

FILE_KEYS = (
    "name", "input", "symbols", "params", "convention", "blocks", "layers", "output", "expect", "limits", "valid_for",
    "built_for", "remarks", "untold",
)  # fmt: skip

SHAPE_EXAMPLE = "[1, 3, 224, 224], or [1, 3, H, W] with names for open sizes"


def load(
    path: str | os.PathLike[str],
    given: Table[str, Size] | None = None,
    *,
    spare: Table[str, Size] | None = None,
    known: Known | None = None,
) -> Network:
    """The network that a YAML or JSON file specifies; nothing in the file is executed.

    `given` overrides parameters and gives values to the file's symbols; `spare` does so for names that the file may
    lack, `known` layers that others have made. Raises SpecError with every fault of the file as
    `path:line:column: message`, FileError where there is no file to read.
    """
    data = read_bytes(path)
    faults = Faults(os.fsdecode(path))
    return _read(decode(data, faults), given, faults, _title(path), spare, known)


def loads(
    text: str | bytes,
    given: Table[str, Size] | None = None,
    name: str = "<text>",
    *,
    spare: Table[str, Size] | None = None,
) -> Network:
    """The network that a text specifies; `name` stands for the path in errors, `spare` is as `load` has it.

    >>> text = "{input: [1, 3, H, 9], params: {w: 8}, layers: ['Conv2d(3, w, k)']}"
    >>> str(loads(text).analyze().rows[0].outputs[0])
    '1 × 8 × (H − k + 1) × (−k + 10)'
    >>> loads(text, {"H": 9, "k": 3}).analyze().rows[0].outputs
    ((1, 8, 7, 7),)
    """
    if not isinstance(text, str | bytes):
        raise ParseError(f"a specification is a text, not {show(text)}")
    faults = Faults(name)
    return _read(decode(text, faults) if isinstance(text, bytes) else text, given, faults, "network", spare)


def _read(
    text: str,
    given: Table[str, Size] | None,
    faults: Faults,
    title: str,
    spare: Table[str, Size] | None,
    known: Known | None = None,
) -> Network:
    values, further = _check_given(given or {}), _check_given(spare or {})
    cleaned = clean(text, faults)
    root = read_tree(cleaned, faults)
    if not isinstance(root, Mapping):
        faults.add(root.place, f"a specification must be a mapping with layers, not {describe(root)}")
        raise faults.error()
    check_keys(root, FILE_KEYS, "key of a specification", faults)
    stated, output = root.get("name"), root.get("output")
    name = title if stated is None else read_name(stated, faults)
    params = read_params(root.get("params"), faults)
    inputs = _read_inputs(root.get("input"), params, faults)
    sizes = _sizes_with_names(inputs, params)
    blocks = read_blocks(root.get("blocks"), faults)
    declared = read_symbols(root.get("symbols"), params, faults)
    scope = file_scope(params, sizes, blocks, further | values, declared, faults)
    outputs = () if output is None else read_references(output, faults)
    body = read_body(root.get("layers"), tuple(inputs), outputs, root.place, faults)
    defaults = _defaults(root.get("convention"), faults)
    template = Binder(blocks, scope, defaults, known or Known()).bind_network(body)
    shapes = {label: _shape_of(sizes_of, scope) for label, sizes_of in inputs.items()}
    named = frozenset(params) | sizes | scope.names.free.used
    claims = [
        *read_claims(root.get("expect"), "expect", OF_NETWORKS, scope),
        *read_claims(root.get("limits"), "limits", OF_NETWORKS, scope, relation="≤"),
    ]
    untold = read_untold(root.get("untold"), faults)
    required = read_range(root.get("valid_for"), "valid_for", named, scope)
    made_for, guards = read_built(root.get("built_for"), named, scope)
    faults.warn(3)
    faults.check()
    taken = [*params, *sorted(sizes | scope.names.free.used)]
    for unused in values:
        if unused not in taken:
            raise unknown("parameter or size", str(unused), taken)
    network = Network(name)
    network.claims, network.required, network.untold = claims, required, untold
    network.made_for, network.guards = made_for, guards
    network.remarks += read_remarks(root.get("remarks"), faults)
    tensors = [network.input(label, shape) for label, shape in shapes.items()]
    network.origins |= {label: faults.origin(place) for label, place in _open_sizes(inputs, scope).items()}
    exempt = exemptions(cleaned)
    network.spared = [
        (code, faults.origin(Place(line, column))) for line, codes in exempt.items() for code, column in codes
    ]
    made = Expander(network, faults, exempt).expand(template, tensors)
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


def _read_inputs(node: Node | None, params: Table[str, Node], faults: Faults) -> dict[str, Listing | None]:
    """Each input by its name with the list of its sizes; None for one that states no shape."""
    if isinstance(node, Mapping) and node.pairs:
        names = [read_name(key, faults) for key, _ in node.pairs]
        return {
            name: _sizes(name or "an input", value, params, faults)
            for name, (_, value) in zip(names, node.pairs, strict=True)
        }
    return {"input": None if node is None else _sizes("input", node, params, faults)}


def _sizes_with_names(inputs: Table[str, Listing | None], params: Table[str, Node]) -> frozenset[str]:
    """The names of sizes: words that stand alone and are no parameters."""
    return frozenset(
        size.text
        for sizes in inputs.values()
        if sizes is not None
        for size in sizes.items
        if isinstance(size, Scalar) and _is_name(size) and size.text not in params
    )


def _shape_of(sizes: Listing | None, scope: Scope) -> Shape | None:
    """The shape, or None where a size is open or at fault."""
    if sizes is None:
        return None
    if len(sizes.items) < 2:
        said = f"a shape must have at least 2 sizes, batch and channels, not {len(sizes.items)}"
        scope.report(sizes.place, f"{said} (write {SHAPE_EXAMPLE})")
        return None
    found = [
        UNKNOWN if isinstance(size, Scalar) and size.text in scope.names.unready else scope.integer(size, "a size", 1)
        for size in sizes.items
    ]
    return None if any(size is UNKNOWN for size in found) else Shape(found)


def _open_sizes(inputs: Table[str, Listing | None], scope: Scope) -> dict[str, Place]:
    """Where the first size without a value stands, of each input that has one."""
    found: dict[str, Place] = {}
    for label, sizes in inputs.items():
        for size in sizes.items if sizes is not None else ():
            if isinstance(size, Scalar) and size.text in scope.names.unready:
                found.setdefault(label, size.place)
    return found


def _is_name(size: Scalar) -> bool:
    return IDENTIFIER.fullmatch(size.text) is not None and (not size.plain or is_word(size.text))


def _sizes(name: str, node: Node, params: Table[str, Node], faults: Faults) -> Listing | None:
    if isinstance(node, Listing):
        return node
    parts = split_shape(node) if isinstance(node, Scalar) else ()
    for part in parts:
        # In a text the letters of a word may be x's between sizes: no word is a size's name there.
        if _is_name(part) and part.text not in params and part.text not in Free({}):
            faults.add(part.place, f"{unknown('parameter', part.text, params)} ({RULE})")
    if parts:
        return Listing(parts, node.place)
    if not is_nothing(node):
        said = "an empty mapping" if isinstance(node, Mapping) and not node.pairs else describe(node)
        faults.add(node.place, f"{name} must be a list of sizes, not {said} (write {SHAPE_EXAMPLE})")
    return None


def split_shape(scalar: Scalar) -> tuple[Scalar, ...]:
    """The sizes that a text such as 1x3xHxW joins, each with its place; nothing if it joins none.

    >>> [part.text for part in split_shape(Scalar("1x3x(2*H)xW", True, Place(1, 8), 8))]
    ['1', '3', '(2*H)', 'W']
    """
    sign = "[xX×,]" if LETTER.search(scalar.text) is None else "[x×,]"
    parts = []
    for match in re.finditer(f"(?:(?!{sign}).)+", scalar.text):
        column = match.end() - len(match[0].lstrip()) + 1
        inner = scalar.inner + column - 1 if scalar.inner else 0
        parts.append(Scalar(match[0].strip(), True, scalar.at(column), inner))
    return tuple(parts) if len(parts) == len(re.findall(sign, scalar.text)) + 1 > 1 else ()


LETTER = re.compile(r"[A-WYZa-wyz_]")
"""What makes an X a symbol, not a sign between sizes, as at the command line."""


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
