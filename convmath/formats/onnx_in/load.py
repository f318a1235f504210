"""`from_onnx`: the steps from a model to a network, and the remarks on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.errors import GraphError, ShapeError, show, unknown_name
from ...core.size import are_numbers
from ...render.table import printable
from .building import Built
from .opening import Source, open_model, title_of
from .patterns import Folding
from .reading import Reading
from .roles import roles_of
from .sizes import Sizes
from .stated import StatedShapes
from .values import Flow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...core.size import Size
    from ...network.network import Network
    from .drafts import Draft, Held
    from .operators import Operator
    from .values import Value

MOST_NAMED = 5
"""Operators that a remark names."""


def from_onnx(
    source: Source,
    given: Mapping[str, Size] | None = None,
    shapes: Mapping[int | str, object] | None = None,
    *,
    spare: Mapping[str, Size] | None = None,
) -> Network:
    """The network that an ONNX model describes; it remembers the shapes of its inputs.

    `source` is a path, the bytes of a model, or an onnx.ModelProto. Dynamic sizes are symbols by the file's names, to
    which `given` gives values; `shapes` are those of the inputs, by name or place, from which they follow too, and
    `spare` holds values that the model may not need. Weights count by their shapes: their numbers are not read, nor is
    any file beside the model. Operators that nobody knows are layers of type Unknown; what was folded and what was not
    understood stands in the network's `remarks`.

    Raises FileError where there is no model to read, GraphError for one that is no network (a cycle, a value that
    nothing makes, a loop), ShapeError or ParameterError, naming the operator, where a layer does not accept its input.
    """
    return read_model(source, given, shapes, spare=spare).network


class Imported(NamedTuple):
    """A network with the model that it comes from: what is told here where, and which stored arrays a layer holds."""

    network: Network
    model: Any
    """The onnx.ModelProto, its functions written out."""
    values: Mapping[str, Value]
    """Every value of the model by its name in the file."""
    names: Mapping[int, str]
    """The layer or input of the network that a value's draft became."""
    held: Mapping[str, Held]
    """The stored arrays of every layer, in the order of its own."""
    outputs: tuple[str, ...]
    """The outputs of the network, in its order, by their names in the file."""
    differing: Mapping[str, str]
    """The layers which stand for operators that make other numbers of the same shape, and why these do."""


def read_model(
    source: Source,
    given: Mapping[str, Size] | None = None,
    shapes: Mapping[int | str, object] | None = None,
    *,
    spare: Mapping[str, Size] | None = None,
) -> Imported:
    """The same as `from_onnx`, with the model beside the network."""
    model, who = open_model(source)
    sizes = Sizes(given or {}, spare or {})
    stated = StatedShapes(model, sizes)
    reading = Reading(model, who, sizes, stated)
    values = reading.run(_by_name(model, shapes or {}, who))
    sizes.check()
    missing = next((output.name for output in model.graph.output if output.name not in values), None)
    if missing is not None:
        raise GraphError(f"{who}: its output {show(missing)} is made by nothing")
    found = {output.name: values[output.name] for output in model.graph.output}
    flows = {name: reading.drafts.handed_on(value) for name, value in found.items() if isinstance(value, Flow)}
    outputs = list(flows.values())
    if not outputs:
        raise GraphError(f"{who}: nothing that it makes depends on its inputs")
    drafts = reading.drafts.items
    folding = Folding(drafts, outputs)
    folding.run()
    built = Built(title_of(who), drafts, outputs, who, roles_of(model))
    built.network.remarks += _remarks(reading, folding, built, len(found) - len(outputs))
    if not shapes:
        built.network.remarks += _differences(stated, values)
    if reading.drafts.reads_shapes and len(built.network.input_shapes) == 1:
        (shape,) = built.network.input_shapes.values()
        built.network.made_for = shape.spatial if shape and are_numbers(*shape.spatial) else ()
    ordered = {flow: name for name, flow in reversed(flows.items())}
    distinct = tuple(ordered[flow] for flow in dict.fromkeys(outputs))
    differing = _differing(drafts, built.names, reading.drafts.differing)
    return Imported(built.network, model, values, built.names, built.held, distinct, differing)


def _differing(
    drafts: Sequence[Draft], names: Mapping[int, str], reasons: Sequence[tuple[Operator, str]]
) -> dict[str, str]:
    told = {id(operator): f"{operator}: {what}" for operator, what in reasons}
    of_operators = {name: id(drafts[place].operator) for place, name in names.items()}
    return {name: told[operator] for name, operator in of_operators.items() if operator in told}


def _by_name(model: Any, shapes: Mapping[int | str, object], who: str) -> dict[str, object]:
    """The shapes given for inputs, by the inputs' names in the file."""
    stored = {tensor.name for tensor in model.graph.initializer}
    names = [value.name for value in model.graph.input if value.name not in stored]
    shown = {printable(name): name for name in names}
    found: dict[str, object] = {}
    for key, shape in shapes.items():
        if isinstance(key, int) and not 0 <= key < len(names):
            raise ShapeError(f"{who}: a shape is given for input {key}, the model has {len(names)}: {_listed(names)}")
        if not isinstance(key, int) and key not in shown:
            error = unknown_name("input", str(key), list(shown))
            raise type(error)(f"{error} (the model has {_listed(names)})")
        name = names[key] if isinstance(key, int) else shown[key]
        if name in found:
            raise ShapeError(f"{who}: the shape of {show(name)} is given twice, by place and by name")
        found[name] = shape
    return found


def _remarks(reading: Reading, folding: Folding, built: Built, constant: int) -> list[str]:
    """What was folded, left out, renamed, or not understood."""
    said = []
    if reading.unknown:
        named = [f"{operator}: {reason}" for operator, reason in reading.unknown[:MOST_NAMED]]
        more = f"; and {len(reading.unknown) - MOST_NAMED} more" if len(reading.unknown) > MOST_NAMED else ""
        said.append(f"Unknown operators, counted as at least 0: {'; '.join(named)}{more}.")
    otherwise = [*reading.drafts.differing, *reading.drafts.handing_on]
    if otherwise:
        told = [f"{operator}: {what}"[:200] for operator, what in otherwise]
        more = f"; and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
        said.append(f"Other numbers than the file's, of the same shape: {'; '.join(told[:MOST_NAMED])}{more}.")
    for title, count in folding.counts.items():
        said.append(f"Folded: {title}, {count} time{'s' * (count > 1)}.")
    if reading.folded:
        said.append(f"Worked out in advance: {reading.folded} operators of shape arithmetic.")
    said += [f"Decided in advance: {branch}." for branch in reading.branches[:MOST_NAMED]]
    said += _on_arrays(reading, built)
    if constant:
        said.append(f"Outputs that are worked out in advance: {constant}.")
    if reading.sizes.renamed:
        pairs = [f"{ours} is {printable(theirs[:60])!r}" for theirs, ours in reading.sizes.renamed[:MOST_NAMED]]
        said.append(f"Sizes by other names than the file's: {', '.join(pairs)}.")
    return said


def _on_arrays(reading: Reading, built: Built) -> list[str]:
    """Which arrays are weights, which only look like them."""
    said = []
    if reading.drafts.as_weights:
        said.append(f"Inputs read as weights: {_listed(list(reading.drafts.as_weights))}.")
    if reading.drafts.filled_in:
        said.append(f"Ones and zeros that no module holds, and no parameters: {reading.drafts.filled_in:,}.")
    read = set(map(printable, reading.drafts.as_weights))
    unread = [name for name in built.unread if name not in read]
    if unread:
        said.append(f"Inputs that nothing reads: {_listed(unread)}.")
    if built.shared:
        said.append(f"Arrays that several layers share, counted once: {len(built.shared)}.")
    return said


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name[:60]) for name in names[:MOST_NAMED])
    return shown + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")


def _differences(stated: StatedShapes, values: Mapping[str, Any]) -> list[str]:
    """Where the file states another shape for a value than the one worked out here."""
    found = []
    for name, value in values.items():
        numbers = stated.numbers(name)
        if isinstance(value, Flow) and numbers is not None and not _agree(numbers, tuple(value.shape)):
            found.append(f"{printable(name[:60])} {'x'.join(map(str, numbers))}, not {value.shape}")
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return [f"The file states other shapes: {'; '.join(found[:MOST_NAMED])}{more}."] if found else []


def _agree(stated: Sequence[int | str], shape: Sequence[Any]) -> bool:
    return len(stated) == len(shape) and all(
        type(a) is not int or type(b) is not int or a == b for a, b in zip(stated, shape, strict=True)
    )
