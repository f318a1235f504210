"""from_torch: a module of PyTorch as a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.errors import FormulaError, GraphError
from ...core.size import are_numbers
from ...layers.recurrent import Recurrent
from ...network.network import Network
from .arrays import Arrays, called_otherwise, remarks, tally
from .exporting import checked, export
from .graph import Graph, Origin, several
from .idle import dropping, idle_parts
from .inputs import read_examples
from .naming import names_of
from .opening import opened

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

    from ...core.size import Size
    from .inputs import Examples


def from_torch(
    module: Any,
    /,
    *inputs: Any,
    dynamic: dict[str, dict[int, str]] | None = None,
    given: Mapping[str, Size] | None = None,
    **named: Any,
) -> Network:
    """The network that a module of PyTorch is when it predicts; it remembers the shape of its input.

    An input is a shape, a text such as "1x3xHxW", a tensor, or a dictionary of these; a list is several inputs, and a
    keyword goes to the input of that name. A size may be a symbol, or a multiple of one; `dynamic` names axes instead:
    {"x": {2: "H", 3: "W"}}. `given` gives values to symbols before the module is traced; `analyze(H=224)` does later,
    and refuses those for which the module's own code would have done otherwise. The module is traced by torch.export:
    its code runs on tensors without numbers, no weight is made or copied, and the module stays as it is. Layers are
    called by the paths of their modules. Operators without a layer type are Unknown, with PyTorch's shapes. Remarks of
    the network say what was left out or shared.

    Raises ParameterError for what is no module, ShapeError for what is no input of it, GraphError where it cannot be
    traced. Needs PyTorch: pip install "convmath[torch]".

        net = cm.from_torch(torchvision.models.resnet18(), (1, 3, 224, 224))
        net.analyze().totals.params          # 11689512
        net["layer1.0.conv1"]                # Conv2d(64, 64, 3, padding=1, bias=False)

    Source: PyTorch 2, torch.export (2023).
    """
    module = checked(module)
    examples = read_examples(module, inputs, named, dynamic, given)
    program = export(module, examples)
    arrays = Arrays(module)
    placeholders = {node.name: node for node in program.graph.nodes if node.op == "placeholder"}
    taken = list(_inputs(program, examples, placeholders))
    sizes, asked, guards = opened(type(module).__name__, taken, examples)
    graph = Graph(sizes, examples.hints, _origins(program, arrays))
    for node, name in taken:
        graph.add_input(node, examples.shapes[name], name)
    *nodes, output = program.graph.nodes
    try:
        for node in nodes:
            graph.visit(node)
        outputs = [value for node in output.all_input_nodes for value in several(graph.value(node))]
    except GraphError as error:
        raise GraphError(f"{type(module).__name__}: {error} (import the part before)") from None
    except FormulaError as error:
        raise GraphError(
            f"{type(module).__name__}: {error}; where sizes must be divisible, write them as multiples, such as 32*h"
        ) from None
    network = _network(module, graph, arrays, outputs)
    network.remarks += asked
    network.guards += guards
    return network


def _network(module: Any, graph: Graph, arrays: Arrays, outputs: list[Any]) -> Network:
    network = Network(type(module).__name__)
    tensors: list[Any] = []
    found = tally(arrays, graph.steps)
    names = names_of(graph.steps)
    for place, (label, step) in enumerate(zip(names, graph.steps, strict=True)):
        if step.layer is None:
            tensors.append(network.input(label, step.shapes[0]))
            continue
        tensors.append(network.add(step.layer, *(tensors[at][output] for at, output in step.reads), name=label))
        if place in found.shares:
            network.share(label, names[found.shares[place]])
        elif place in found.stored:
            network.stored[label] = found.stored[place]
        if place in found.frozen:
            network.frozen[label] = found.frozen[place]
    idle = [
        *idle_parts(module, graph.called, arrays, found.uses), *dropping(module, graph.steps), *graph.random
    ]  # fmt: skip
    network.untold = {names[place]: "computed" for place in found.computed} | dict.fromkeys(idle, "idle")
    network.output(*(tensors[at][output] for at, output in outputs))
    network.remarks += [
        *_told(graph),
        *_unrolled(graph),
        *remarks(names, arrays, found),
        *called_otherwise(names, graph.steps, arrays),
    ]
    return network


def _told(graph: Graph) -> Iterator[str]:
    if graph.dropped:
        yield f"Left out, as they compute nothing when the network predicts: {_counted(graph.dropped)}."
    for name, error in graph.unread.items():
        yield f"A call of {name} could not be read ({error}): it is unknown here, which is a fault of convmath's."


def _unrolled(graph: Graph) -> Iterator[str]:
    """What is said of recurrent layers over an open number of steps."""
    for step in graph.steps:
        layer, made = step.layer, step.shapes[0]
        if not isinstance(layer, Recurrent):
            continue
        steps = made[1 if layer.batch_first and len(made) == 3 else 0]
        if not are_numbers(steps):
            yield (
                f"PyTorch traces {step.path} for one number of steps: where the module's code goes by sizes behind it,"
                f" as by x.shape, the network has numbers, and does not take every {steps} (give its symbols values)."
            )


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" if count > 1 else name for name, count in counts.most_common())


def _inputs(program: Any, examples: Examples, placeholders: dict[str, Any]) -> Iterator[tuple[Any, str]]:
    """The placeholder of every tensor that is given, and its name."""
    from torch.utils import _pytree

    leaves = _pytree.tree_leaves((examples.args, examples.kwargs))
    taken = [spec.arg.name for spec in program.graph_signature.input_specs if spec.kind.name == "USER_INPUT"]
    for leaf, placeholder in zip(leaves, taken, strict=True):
        if id(leaf) in examples.names:
            yield placeholders[placeholder], examples.names[id(leaf)]


def _origins(program: Any, arrays: Arrays) -> dict[str, Origin]:
    """What each placeholder that is no input stands for."""
    made = {}
    for spec in program.graph_signature.input_specs:
        name = arrays.names.get(spec.target or "")
        one = frozenset([name]) if name is not None else frozenset()
        made[spec.arg.name] = Origin(one, frozenset()) if name in arrays.params else Origin(frozenset(), one)
    return made
