"""Items to layers: a block is worked out once for each set of values that it is used with, however often that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..core.errors import FormulaError, ParameterError, ParseError, UnknownNameError, show
from ..core.size import Symbolic
from ..layers import FILE_OF
from ..layers.base import say_arity
from ..layers.known import Made
from ..layers.parse import parse_call
from ..report.claim import OF_LAYERS
from .body import MOST_LAYERS
from .claims import read_claims
from .faults import unknown
from .held import number, read_frozen, read_stored
from .item import LAYER_KEYS, BlockItem, LayerItem
from .scope import UNKNOWN, complete, read_arguments
from .tree import Scalar

if TYPE_CHECKING:
    from ..core.size import Size
    from ..layers.base import Layer
    from ..layers.field import Field
    from ..layers.known import Known
    from ..report.claim import Claim
    from ..report.frozen import Frozen
    from .body import Block, Body, Link
    from .scope import Scope
    from .tree import Node, Place


class LayerStep(NamedTuple):
    """A layer of a template."""

    name: str
    place: Place
    links: tuple[Link, ...]
    layer: Layer
    stored: tuple[int, int] | Scalar | None = None
    """What it adds to the totals, or the layer in which its arrays are stored."""
    frozen: Frozen | None = None
    claims: tuple[Claim, ...] = ()

    @property
    def layers(self) -> int:
        """Layers."""
        return 1

    @property
    def outputs(self) -> int:
        """How many outputs may be read; 0 where only the input decides."""
        return self.layer.output_count or 0


class BlockStep(NamedTuple):
    """A block within a template; `repeat` is 0 where it stands once and adds no number to the names."""

    name: str
    place: Place
    links: tuple[Link, ...]
    first: Template
    rest: Template
    repeat: int
    start: int

    @property
    def layers(self) -> int:
        """Layers, all blocks expanded."""
        return self.first.layers + max(self.repeat - 1, 0) * self.rest.layers

    @property
    def outputs(self) -> int:
        """How many outputs may be read."""
        return 1


Step: TypeAlias = LayerStep | BlockStep


class Template(NamedTuple):
    """A body with its layers made; a step stands at its position, counted from the inputs."""

    steps: tuple[tuple[int, Step], ...]
    size: int
    """Positions: inputs and items."""
    outputs: tuple[Link, ...]
    layers: int
    """Layers, all blocks expanded."""


class Binder:
    """Works out bodies against values; `defaults` hold for every layer that has the field, `known` are layers."""

    def __init__(self, blocks: dict[str, Block | None], top: Scope, defaults: dict[str, str], known: Known) -> None:
        self._blocks = blocks
        self._top = top
        self._maker = _Maker(defaults, known)
        self._instances: dict[tuple[str, tuple[Size, ...]], Template] = {}
        self._used: set[str] = set()
        self._items = 0

    def bind_network(self, body: Body) -> Template:
        """The network's own body; blocks that nothing uses are read too, for their faults."""
        template = self._bind(body, self._top)
        for name, block in self._blocks.items():
            if block is not None and name not in self._used:
                self._instance(block, dict.fromkeys(block.params, UNKNOWN))
        if template.layers > MOST_LAYERS:
            largest = max((step for _, step in template.steps), key=lambda step: step.layers)
            self._top.report(
                largest.place,
                f"the blocks expand to {_said(template.layers)} layers (at most {MOST_LAYERS:,}), "
                f"{_said(largest.layers)} of them in {largest.name}",
            )
        return template

    def _bind(self, body: Body, scope: Scope) -> Template:
        self._items += len(body.items)
        if self._items > MOST_LAYERS:
            scope.report(body.items[0].place, f"the file makes more than {MOST_LAYERS:,} different layers and blocks")
            raise scope.faults.error()
        steps: list[tuple[int, Step]] = []
        for index in body.order:
            item, links = body.items[index], body.links[index]
            step: Step | None = None
            if isinstance(item, LayerItem):
                step = self._layer(item, links, scope)
            elif isinstance(item, BlockItem):
                step = self._block(item, links, scope)
            if step is not None:
                steps.append((len(body.inputs) + index, step))
        _check_outputs(body, steps, scope)
        layers = sum(step.layers for _, step in steps)
        return Template(tuple(steps), len(body.inputs) + len(body.items), body.outputs, layers)

    def _layer(self, item: LayerItem, links: tuple[Link, ...], scope: Scope) -> LayerStep | None:
        layer = self._maker.make(item, scope)
        if layer is None:
            return None
        if item.sources is None and layer.arity == (0, 0):
            links = ()  # what reads nothing does not read what stands before it
        _check_read(item, links, layer.arity, f"{layer.op} takes {say_arity(layer.arity)}", scope)
        return LayerStep(
            item.name, item.place, links, layer, read_stored(item.stored, scope),
            read_frozen(item.frozen, layer, scope),
            (
                *read_claims(item.expect, "expect", OF_LAYERS, scope),
                *read_claims(item.limits, "limits", OF_LAYERS, scope, relation="≤"),
            ),
        )  # fmt: skip

    def _block(self, item: BlockItem, links: tuple[Link, ...], scope: Scope) -> BlockStep | None:
        name = item.block.text
        if name not in self._blocks:
            scope.faults.add_unknown(item.block.place, "block", name, self._blocks)
            return None
        self._used.add(name)
        self._items += 1
        block = self._blocks[name]
        if block is None:
            return None
        inputs = block.body.inputs
        arity = len(inputs), len(inputs)
        called = f" ({', '.join(inputs[:5])})" if len(inputs) > 1 else ""
        _check_read(item, links, arity, f"block {name} takes {say_arity(arity)}{called}", scope)
        repeat = number(item.repeat, "repeat", 1, scope)
        start = number(item.start, "start", 0, scope)
        if repeat > 1 and len(inputs) > 1:
            said = f"block {name} takes {len(inputs)} inputs and cannot follow itself (write each use out)"
            scope.report(item.place, f"{item.name}: {said}")
        given = read_arguments(item.given, block, scope)
        rest = first = self._instance(block, complete(given, block, self._top, scope, item.block.place))
        if item.first is not None:
            given = given | read_arguments(item.first, block, scope)
            first = self._instance(block, complete(given, block, self._top, scope, item.block.place))
        return BlockStep(item.name, item.place, links, first, rest, repeat, start)

    def _instance(self, block: Block, values: dict[str, Size]) -> Template:
        key = block.name, tuple(values.values())
        found = self._instances.get(key)
        if found is None:
            said = ", ".join([f"{name}={_value(value)}" for name, value in values.items() if value is not UNKNOWN][:8])
            where = f" (block {block.name} with {said})" if said else f" (block {block.name})"
            scope = self._top.inside(values, where)
            found = self._instances[key] = self._bind(block.body, scope)
        return found


class _Maker:
    """Makes layers; `defaults` hold for every type that has the field and is not told otherwise.

    The same call with the same values gives the same layer, which is then made once.
    """

    def __init__(self, defaults: dict[str, str], known: Known) -> None:
        self._defaults = defaults
        self._known = known
        self._stated = tuple(defaults.items())

    def make(self, item: LayerItem, scope: Scope) -> Layer | None:
        """The layer, or None with its faults noted."""
        text = item.op.text
        if item.fields and text.count("(") > text.count(")"):
            scope.report(item.op.place, f"the call {show(text)} ends at the comma (inside {{}} write a call in quotes)")
            return None
        made = self._from_fields(item, scope) if item.fields else self._from_call(item.op, scope)
        if made is None:
            return None
        layer, hints = made
        for hint in hints:
            scope.faults.add_hint(item.op.place, hint)
        return layer

    def _from_call(self, op: Scalar, scope: Scope) -> Made | None:
        if not scope.is_settled(op.text):
            return self._called(op, scope)
        return self._known.made((op.text, self._stated, scope.values_in(op.text)), lambda: self._called(op, scope))

    def _called(self, op: Scalar, scope: Scope) -> Made | None:
        # A call begins with its type, so that names stand behind the first column only.
        call = scope.read(op, lambda text, names: parse_call(text, names, self._defaults), first=2)
        if call is UNKNOWN:
            return None
        try:
            return _build(*call)
        except (ParameterError, FormulaError) as error:
            scope.report(op.place, str(error))
        return None

    def _from_fields(self, item: LayerItem, scope: Scope) -> Made | None:
        text = item.op.text.strip()
        if "(" in text:
            key = item.fields[0][0]
            said = f"{show(key.text)} stands beside a call (write it inside the brackets of {show(text)})"
            scope.report(key.place, said)
            return None
        try:
            cls, _, given = parse_call(text, {}, self._defaults)
        except (ParseError, UnknownNameError):
            scope.faults.add_unknown(item.op.place, "layer type", text, FILE_OF)
            return None
        stated: list[tuple[Node, Field, Any]] = []
        for key, node in item.fields:
            field, value = cls.field_named(key.text), scope.value(node)
            if field is None:
                scope.faults.add_unknown(key.place, f"argument of {cls.__name__}", key.text, [*cls.fields, *LAYER_KEYS])
            elif value is not UNKNOWN:
                given[key.text] = value
                stated.append((node, field, value))
        fault = ""
        if len(stated) == len(item.fields):
            try:
                return _build(cls, [], given)
            except (ParameterError, FormulaError) as error:
                fault = str(error)
        if not _blamed(cls, stated, scope) and fault:
            scope.report(item.op.place, fault)
        return None


def _build(cls: type[Layer], args: list[Any], kwargs: dict[str, Any]) -> Made:
    """The layer, and what to say of Keras' names among its arguments."""
    hints: list[str] = []
    given = cls.bind(tuple(args), kwargs, hints.append)
    return Made(cls(**given), tuple(hints))


def _blamed(cls: type[Layer], stated: list[tuple[Node, Field, Any]], scope: Scope) -> bool:
    """Whether any value is outside its own field's domain; notes each that is, at its place."""
    blamed = False
    for node, field, value in stated:
        try:
            field.settled(value, cls.__name__, cls.rank or 1)
        except ParameterError as error:
            scope.report(node.place, _refusal(cls, node, field, value, scope) or str(error))
            blamed = True
    return blamed


def _refusal(cls: type[Layer], node: Node, field: Field, value: Any, scope: Scope) -> str:
    """What is said of a text that a field refuses: a formula as the file writes it, and what a word may have meant."""
    if not isinstance(node, Scalar) or not isinstance(value, str | Symbolic):
        return ""
    try:
        field.settled(node.text, cls.__name__, cls.rank or 1)
    except ParameterError as error:
        meant = str(unknown("parameter", node.text, scope.names)) if isinstance(value, str) else ""
        return f"{error} ({meant})" if "did you mean" in meant else str(error)
    return ""


def _value(value: Size) -> str:
    """A value as a message quotes it; a long formula is not written out."""
    return str(value) if type(value) is int or len(getattr(value, "terms", "")) < 4 else "…"


def _said(count: int) -> str:
    return f"{count:,}" if count < 10**15 else "more than 10^15"


def _check_read(
    item: LayerItem | BlockItem, links: tuple[Link, ...], arity: tuple[int, int], takes: str, scope: Scope
) -> None:
    read = len(links) if item.sources is None else len(item.sources)
    if (links or (isinstance(item, LayerItem) and item.alone)) and not arity[0] <= read <= arity[1]:
        mend = "write one name after from" if arity[1] == 1 else "write from: and a list of names"
        scope.report(item.place, f"{item.name}: {takes}, got {read} ({mend})")


def _check_outputs(body: Body, steps: list[tuple[int, Step]], scope: Scope) -> None:
    known = {position: (step.name, step.outputs) for position, step in steps}
    known.update((position, (name, 1)) for position, name in enumerate(body.inputs))
    for links in (*body.links, body.outputs):
        for link in links:
            name, count = known.get(link.position, ("", 0))
            if count and link.output >= count:
                said = f"{count} outputs" if count > 1 else "one output"
                scope.report(link.place, f"{name}[{link.output}] is read, but {name} has {said} (counted from 0)")
