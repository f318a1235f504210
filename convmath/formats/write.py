"""A network as a specification: every layer written out, in order, so that reading it gives an equal network."""

from __future__ import annotations

import json
import re
from copy import copy
from typing import TYPE_CHECKING, Any

from ..core.errors import ConvmathError, GraphError, ParseError, show
from ..core.size import Symbolic
from ..layers.parse import LONGEST, parse_layer, parse_value
from ..layers.values import symbols_of
from ..report.claim import LATENCY
from ..symbolic.implicit import SHORT, Symbols
from ..symbolic.proposition import Proposition
from .built import spell_built, spell_relation, spell_remarks
from .exemptions import comment
from .item import RESERVED, check_name
from .spell import spell_size, with_text
from .tree import is_word

if TYPE_CHECKING:
    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..network.network import Network
    from ..network.node import Ref
    from ..report.claim import Claim, Range
    from ..report.frozen import Frozen

PLAIN_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
PLAIN_CALL = re.compile(r"[A-Za-z][A-Za-z0-9_(),.=' +*/-]*")


class _Stated(Symbols):
    """Every name that may stand in the file: those that are symbols by themselves, and longer ones that it declares."""

    def __init__(self, longer: tuple[str, ...]) -> None:
        super().__init__()
        self.longer = longer

    def __contains__(self, name: object) -> bool:
        return name in self.longer or super().__contains__(name)


def longer_symbols(network: Network) -> tuple[str, ...]:
    """The symbols of a network that are longer than a letter with an index."""
    shapes = [size for shape in network.input_shapes.values() for size in shape or ()]
    found = {name for size in shapes for name in getattr(size, "names", ())}
    found |= {name for node in network.nodes if node.layer is not None for name in symbols_of(node.layer)}
    return tuple(sorted(name for name in found if not SHORT.fullmatch(name)))


def dumps(network: Network) -> str:
    """The text of a specification that `loads` reads as an equal network; blocks are not found again.

    Symbols are written as such. Raises GraphError for what no file can state: a symbol that may be below 1, a shape of
    less than two sizes, a name that no file may hold.

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
    stated = _Stated(longer_symbols(network))
    if stated.longer:
        lines.append(f"symbols: {_flow(stated.longer)}")
    silent = copy(network)
    silent.output()
    if network.outputs != silent.outputs:
        lines.append(f"output: {_references(network.outputs, names)}")
    claims: dict[str, list[Claim]] = {}
    for claim in network.claims:
        claims.setdefault(claim.layer, []).append(claim)
    lines += [*_whole(claims.get("", []), network.required), *spell_built(network), *spell_remarks(network)]
    lines += _untold(network)
    lines.append("layers:")
    calls: dict[int, str | dict[str, str]] = {}
    before = _word(names[0]) if len(network.input_shapes) == 1 else ""
    for name, node in zip(names, network.nodes, strict=True):
        if node.layer is not None:
            if node.kind not in calls:
                calls[node.kind] = _op(name, node.layer, stated)
            call, read = calls[node.kind], _references(node.inputs, names)
            held = _held(network, name)
            if name in claims:
                held |= _parted(claims[name])
            if held:
                call = ({"op": _word(call)} if isinstance(call, str) else call) | held
            item = _item(name, call, read, before)
            lines.append(item + (comment(network.exempt[name]) if name in network.exempt else ""))
            before = _word(name)
    return "\n".join(lines) + "\n"


def _held(network: Network, name: str) -> dict[str, str]:
    """What is told of a layer's arrays beside its type."""
    held = {}
    if name in network.shares:
        held["stored"] = _word(_checked(network.shares[name]))
    elif name in network.stored:
        held["stored"] = _flow(network.stored[name])
    if name in network.frozen:
        held["frozen"] = _frozen(network.frozen[name])
    return held


def _frozen(found: Frozen) -> str:
    return "true" if found.arrays is None else _flow((found.params, *found.arrays))


def _whole(claims: list[Claim], required: Range | None) -> list[str]:
    """What must hold of the network."""
    lines = [f"{key}: {said}" for key, said in _parted(claims).items()]
    return lines if required is None else [*lines, f"valid_for: {json.dumps(_ranged(required), ensure_ascii=False)}"]


def _ranged(required: Range) -> str:
    """The relations as they were typed, unless they speak of parameters, of which only the numbers are left."""
    found = [one for one in required.propositions if isinstance(one, Proposition)]
    return required.text if all(one.names for one in found) else ", ".join(map(spell_relation, found))


def _parted(claims: list[Claim]) -> dict[str, str]:
    """Claims by the keys under which they stand: of two claims of one quantity the second is a limit."""
    first: dict[str, Claim] = {}
    for claim in claims:
        first.setdefault(claim.quantity, claim)
    parted = {"expect": list(first.values()), "limits": [one for one in claims if first[one.quantity] is not one]}
    return {key: _claims(some) for key, some in parted.items() if some}


def _untold(network: Network) -> list[str]:
    lines = [f"  {_word(_checked(name))}: {why}" for name, why in network.untold.items()]
    return ["untold:", *lines] if lines else []


def _claims(claims: list[Claim]) -> str:
    pairs = ((claim.quantity, claim.relation, _stated(claim)) for claim in claims)
    said = (f"{_word(what)}: {value if sign == '=' else json.dumps(f'{sign} {value}', ensure_ascii=False)}"
            for what, sign, value in pairs)  # fmt: skip
    return f"{{{', '.join(said)}}}"


def _stated(claim: Claim) -> str:
    return f"{claim.wanted} ns" if LATENCY.fullmatch(claim.quantity) else _flow(claim.wanted)


def _inputs(network: Network) -> list[str]:
    stated = {name: _sizes(network, shape) for name, shape in network.input_shapes.items()}
    if list(stated) == ["input"]:
        return [f"input:{sizes}" for sizes in stated.values() if sizes]
    return ["input:", *(f"  {_word(name)}:{sizes}" for name, sizes in stated.items())]


def _sizes(network: Network, shape: Shape | None) -> str:
    if shape is None:
        return ""
    if len(shape) < 2:
        raise GraphError(
            f"{network.name}: the shape {shape} cannot be written (a specification states batch and channels at least;"
            " put an axis before it)"
        )
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


def _op(name: str, layer: Layer, stated: _Stated) -> str | dict[str, str]:
    """The layer as a call, or, where that is too long, as a type with every hyper-parameter beside it."""
    try:
        shown = with_text(layer)
        if len(repr(shown)) > LONGEST:
            return {"op": layer.op} | {field: _flow(_spelled(shown, field, stated)) for field in layer.fields}
        same = parse_layer(repr(shown), stated) == layer
    except ConvmathError:
        same = False
    if not same:
        raise GraphError(f"{name}: {show(repr(layer))} cannot be written (give its symbols numbers)")
    return repr(shown).removesuffix("()")


def _spelled(layer: Layer, name: str, stated: _Stated) -> Any:
    value = layer.__dict__[name]
    spelled = layer.fields[name].spell(value)
    return value if len(spelled) > LONGEST else parse_value(spelled, stated)


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
