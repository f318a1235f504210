"""A network as a specification: every layer written out, in order, so that reading it gives an equal network."""

from __future__ import annotations

import json
import re
from copy import copy
from typing import TYPE_CHECKING, Any

from ..core.errors import ConvmathError, GraphError, ParseError, show
from ..core.size import Symbolic
from ..layers.parse import LONGEST, parse_layer, parse_value
from ..symbolic.implicit import Symbols
from .exemptions import comment
from .item import RESERVED, check_name
from .spell import spell_size, with_text
from .tree import is_word

if TYPE_CHECKING:
    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..network.network import Network, Ref
    from ..report.claim import Claim, Range
    from ..report.frozen import Frozen

PLAIN_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
PLAIN_CALL = re.compile(r"[A-Za-z][A-Za-z0-9_(),.=' +*/-]*")


def dumps(network: Network) -> str:
    """The text of a specification that `loads` reads as an equal network; blocks are not found again.

    Symbols are written as such. Raises GraphError for what no file can state: a symbol that is more than a letter,
    maybe with an index, or is not at least 1; a name that no file may hold.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> print(dumps(Sequential(Conv2d(3, 8, 3), ("head", Conv2d(8, 2, 1)), shape=(1, 3, 9, 9))), end="")
    name: sequential
    input: [1, 3, 9, 9]
    layers:
      - "0": Conv2d(3, 8, 3)
      - head: Conv2d(8, 2, 1)
    """
    if not len(network):
        raise GraphError(f"{network.name}: has no layers, and a specification has at least one")
    names = [_checked(node.name) for node in network.nodes]
    lines = [f"name: {_word(_checked(network.name))}", *_inputs(network)]
    silent = copy(network)
    silent.output()
    if network.outputs != silent.outputs:
        lines.append(f"output: {_references(network.outputs, names)}")
    claims: dict[str, list[Claim]] = {}
    for claim in network.claims:
        claims.setdefault(claim.layer, []).append(claim)
    lines += _whole(claims.get("", []), network.required)
    lines.append("layers:")
    calls: dict[int, str | dict[str, str]] = {}
    before = _word(names[0]) if len(network.input_shapes) == 1 else ""
    for name, node in zip(names, network.nodes, strict=True):
        if node.layer is not None:
            if node.kind not in calls:
                calls[node.kind] = _op(name, node.layer)
            call, read = calls[node.kind], _references(node.inputs, names)
            held = {"stored": _flow(network.stored[name])} if name in network.stored else {}
            if name in network.frozen:
                held["frozen"] = _frozen(network.frozen[name])
            if name in claims:
                held["expect"] = _claims(claims[name])
            if held:
                call = ({"op": _word(call)} if isinstance(call, str) else call) | held
            item = _item(name, call, read, before)
            lines.append(item + (comment(network.exempt[name]) if name in network.exempt else ""))
            before = _word(name)
    return "\n".join(lines) + "\n"


def _frozen(found: Frozen) -> str:
    return "true" if found.arrays is None else _flow((found.params, *found.arrays))


def _whole(claims: list[Claim], required: Range | None) -> list[str]:
    """What must hold of the network; of two claims of one quantity the second is a limit."""
    first: dict[str, Claim] = {}
    for claim in claims:
        first.setdefault(claim.quantity, claim)
    parted = {"expect": list(first.values()), "limits": [one for one in claims if first[one.quantity] is not one]}
    lines = [f"{key}: {_claims(some)}" for key, some in parted.items() if some]
    return lines if required is None else [*lines, f"valid_for: {json.dumps(required.text, ensure_ascii=False)}"]


def _claims(claims: list[Claim]) -> str:
    pairs = ((claim.quantity, claim.relation, _flow(claim.wanted)) for claim in claims)
    said = (f"{what}: {value if sign == '=' else json.dumps(f'{sign} {value}', ensure_ascii=False)}"
            for what, sign, value in pairs)  # fmt: skip
    return f"{{{', '.join(said)}}}"


def _inputs(network: Network) -> list[str]:
    stated = {name: _sizes(network, shape) for name, shape in network.input_shapes.items()}
    if list(stated) == ["input"]:
        return [f"input:{sizes}" for sizes in stated.values() if sizes]
    return ["input:", *(f"  {_word(name)}:{sizes}" for name, sizes in stated.items())]


def _sizes(network: Network, shape: Shape | None) -> str:
    if shape is None:
        return ""
    try:
        return f" {_flow(tuple(shape))}"
    except GraphError:
        raise GraphError(f"{network.name}: the shape {shape} cannot be written (give its symbols numbers)") from None


def _item(name: str, op: str | dict[str, str], read: str, before: str) -> str:
    """One line: `name: call` where it reads what stands before it, the mapping form elsewhere."""
    if name in RESERVED:
        return f"  - {{name: {name}, {_beside(op)}, from: {read}}}"
    if read == before and isinstance(op, str):
        return f"  - {_word(name)}: {op if PLAIN_CALL.fullmatch(op) else json.dumps(op)}"
    return f"  - {_word(name)}: {{{_beside(op)}, from: {read}}}"


def _beside(op: str | dict[str, str]) -> str:
    pairs = {"op": _word(op)} if isinstance(op, str) else op
    return ", ".join(f"{key}: {value}" for key, value in pairs.items())


def _op(name: str, layer: Layer) -> str | dict[str, str]:
    """The layer as a call, or, where that is too long, as a type with every hyper-parameter beside it."""
    try:
        shown = with_text(layer)
        if len(repr(shown)) > LONGEST:
            return {"op": layer.op} | {field: _flow(_spelled(shown, field)) for field in layer.fields}
        same = parse_layer(repr(shown), Symbols()) == layer
    except ConvmathError:
        same = False
    if not same:
        raise GraphError(f"{name}: {show(repr(layer))} cannot be written (give its symbols numbers)")
    return repr(shown).removesuffix("()")


def _spelled(layer: Layer, name: str) -> Any:
    value = layer.__dict__[name]
    spelled = layer.fields[name].spell(value)
    return value if len(spelled) > LONGEST else parse_value(spelled, Symbols())


def _flow(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str):
        return _word(value)
    if isinstance(value, Symbolic):
        return spell_size(value)
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


def _references(refs: tuple[Ref, ...], names: list[str]) -> str:
    words = [_word(f"{names[ref.node]}[{ref.output}]" if ref.output else names[ref.node]) for ref in refs]
    return words[0] if len(words) == 1 else f"[{', '.join(words)}]"  # [] where nothing is read


def _word(text: str) -> str:
    return text if PLAIN_WORD.fullmatch(text) and is_word(text) else json.dumps(text, ensure_ascii=False)


def _checked(name: str) -> str:
    try:
        same = check_name(name) == name
    except ParseError as error:
        raise GraphError(f"{error}; no specification can state it") from None
    if not same:
        raise GraphError(f"the name {show(name)} is not in normal form (write it in Unicode's form NFC)")
    return name
