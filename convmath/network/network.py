"""Network: named layers and what each of them reads, in an order in which they can run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import ConvmathError, GraphError, ParameterError, show, unknown_name
from ..core.shape import Shape, as_shape, by_axis
from ..core.size import are_numbers
from ..layers.base import Layer
from ..layers.known import Known
from .giving import Guard, settled
from .node import Node, Ref
from .tensor import Tensor
from .trace import trace

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx

    from ..core.size import Size
    from ..report.analysis import Report
    from ..report.claim import Claim, Range
    from ..report.frozen import Frozen


class Network:
    """A directed acyclic graph of named layers, built node by node; nodes lie in topological order.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.layers.merge import Add
    >>> net = Network("residual")
    >>> x = net.input(shape=(1, 8, 32, 32))
    >>> y = net.add(Conv2d(8, 8, 3, padding=1), x, name="conv")
    >>> z = net.add(Add(), x, y, name="sum")
    >>> net.analyze().totals.params
    584
    """

    def __init__(self, name: str = "network") -> None:
        self.name = name
        self.nodes: list[Node] = []
        self.input_shapes: dict[str, Shape | None] = {}
        self.origins: dict[str, str] = {}
        """Where a layer is written, as path:line:column, for networks read from a file."""
        self.stored: dict[str, tuple[int, int]] = {}
        """(params, buffers) that a layer adds to the totals, where that is not what its type has."""
        self.shares: dict[str, str] = {}
        """The layer that stores the arrays of a layer which adds none: all of them, each as large."""
        self.remarks: list[str] = []
        """What to say beside every table of the network: what an importer folded, or did not understand."""
        self.exempt: dict[str, tuple[str, ...]] = {}
        """Which rules a layer is spared, as codes such as CM301 or their beginnings; all of them for ()."""
        self.spared: list[tuple[str, str]] = []
        """Every code that a file's comments name, and where, as path:line:column."""
        self.frozen: dict[str, Frozen] = {}
        """What training leaves as it is of a layer."""
        self.untold: dict[str, str] = {}
        """Layers, and modules that are no layers, of which training keeps more than is told: a word of `REASONS`."""
        self.claims: list[Claim] = []
        """What a file says must hold of the network and of its layers."""
        self.required: Range | None = None
        """The input sizes that a file says every layer must accept."""
        self.guards: list[Guard] = []
        """What holds of the sizes for which the network was imported; others are refused."""
        self.made_for: tuple[Size, ...] = ()
        """The only spatial sizes that fit, where crops or resizes in the network are worked out for one input."""
        self._index: dict[str, int] = {}
        self._blocks: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._kinds: dict[Layer, int] = {}
        self._outputs: tuple[Ref, ...] = ()

    def input(self, name: str = "input", shape: object = None) -> Tensor:
        """A new input of the network; its shape may be left to `analyze`."""
        settled = None if shape is None else as_shape(shape)
        tensor = self._append(name, None, ())
        self.input_shapes[name] = settled
        return tensor

    def add(self, layer: Layer | Network, *inputs: Tensor, name: str | None = None) -> Tensor:
        """Adds a layer that reads `inputs` and returns what it makes; a network is added node by node.

        A network with several outputs gives a Tensor to index or unpack. Without a name a layer is called after its
        type: conv2d, conv2d_1, … Raises GraphError if the name is taken or an input belongs to another network.
        """
        if not inputs and not (isinstance(layer, Layer) and layer.arity[0] == 0):
            raise GraphError(f"{name or 'a layer'}: has no input (pass what net.input() or net.add() returned)")
        refs = self._refs(inputs, name or "a layer")
        if isinstance(layer, Network):
            return self._inline(layer, refs, name)
        if not isinstance(layer, Layer):
            raise GraphError(f"{name or 'a layer'}: {show(layer)} is no layer (write for example Conv2d(3, 64, 7))")
        return self._append(name or self._free_name(layer.op.lower()), layer, refs)

    def share(self, name: str, owner: str) -> None:
        """States that a layer's arrays are those of `owner`, a layer before it: one module that is called again.

        They count once, where they are stored. Raises UnknownNameError for what is no layer, GraphError where the
        arrays are of other shapes or `owner` does not store any.

        >>> from convmath.layers.linear import Linear
        >>> net = Sequential(("first", Linear(3, 3)), ("again", Linear(3, 3)), shape=(1, 3))
        >>> net.share("again", "first")
        >>> net.analyze().totals.params
        12
        """
        own, theirs = ((layer.weights(), layer.buffers()) for layer in (self[name], self[owner]))
        if self._index[owner] >= self._index[name]:
            raise GraphError(
                f"{name}: {owner} does not stand before it, and cannot store its arrays (name one that does)"
            )
        if owner in self.shares:
            raise GraphError(
                f"{name}: {owner} stores none, its arrays are those of {self.shares[owner]} (name that one)"
            )
        if own != theirs or not any(own):
            raise GraphError(
                f"{name}: its arrays are {_arrays(*own)}, those of {owner} are {_arrays(*theirs)}"
                " (what is shared is of one shape)"
            )
        self.shares[name] = owner
        self.stored[name] = (0, 0)

    def output(self, *tensors: Tensor) -> None:
        """States which values the network hands out; without it, those that nothing reads."""
        self._outputs = self._refs(tensors, "output")

    @property
    def outputs(self) -> tuple[Ref, ...]:
        """The values the network hands out."""
        if self._outputs:
            return self._outputs
        read = {ref for node in self.nodes for ref in node.inputs}
        values = (
            Ref(index, output)
            for index, node in enumerate(self.nodes)
            for output in range(1 if node.layer is None else node.layer.output_count or 1)
        )
        return tuple(ref for ref in values if ref not in read)

    def __len__(self) -> int:
        return len(self.nodes) - len(self.input_shapes)

    def __getitem__(self, name: str) -> Layer:
        """The layer of this name; UnknownNameError if there is none."""
        if name not in self._index or name in self.input_shapes:
            raise unknown_name("layer", name, [node.name for node in self.nodes if node.layer is not None])
        layer = self.nodes[self._index[name]].layer
        assert layer is not None
        return layer

    def __repr__(self) -> str:
        return f"<Network {self.name}: {len(self)} layers>"

    def analyze(self, /, *shapes: object, **named: object) -> Report:
        """Shapes, costs and receptive fields of every layer for inputs of these shapes.

        Shapes are given in the order of the inputs or by their names; an input that remembers its shape needs
        none. A size that it remembers as a symbol has a value by that name: analyze(H=224). Raises ShapeError, naming
        the layer, if one does not accept what reaches it, or the guard that a size breaks.
        """
        fixed, given = self.settled(shapes, named)
        return fixed.analyze_with(Known(), given)

    analyse = analyze

    def analyze_with(self, known: Known, given: Mapping[str, Shape]) -> Report:
        """The same for settled shapes of all inputs; what is `known` of layers is not worked out again."""
        from ..report.analysis import Report

        rows = trace(self.nodes, tuple(given.values()), self.origins, self.stored, known)
        handed_out = tuple((self.nodes[ref.node].name, ref.output) for ref in self.outputs)
        report = Report(self.name, given, rows, outputs=handed_out)
        report.remarks = tuple(self.remarks)
        report.origins, report.exempt, report.frozen = self.origins, self.exempt, self.frozen
        report.untold, report.shares = self.untold, self.shares
        report.built_where = tuple((guard.proposition, guard.said) for guard in self.guards)
        if self.made_for and not all(are_numbers(*shape.spatial) for shape in given.values()):
            built = by_axis(self.made_for)
            report.remarks += (f"Built for inputs of {built}: other sizes want another network (size=…).",)
        return report

    def draw(self, path: str, *shapes: object, **looks: Any) -> None:
        """Writes the network as a diagram, for inputs of these shapes, to a file: .svg, .png, .pdf or .dot.

        `looks` are the arguments of `Report.draw`: depth, colour, direction, repeats, limit, seconds.
        """
        self.analyze(*shapes).draw(path, **looks)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the diagram, the table where there is no Graphviz, the name where shapes are open."""
        from ..report.display import shown

        try:
            report = self.analyze()
        except ConvmathError:
            return {"text/plain": repr(self)}
        return {"text/plain": repr(self), **shown(report)}

    def settled(self, shapes: tuple[object, ...], named: Mapping[str, object]) -> tuple[Network, dict[str, Shape]]:
        """The network with values for its symbols, and the shape of every input: what `analyze` makes of its arguments.

        It is the network itself where its layers have no symbols that are given values.
        """
        return settled(self, shapes, named)

    @property
    def graph(self) -> nx.DiGraph[str]:
        """The network as a networkx graph, which is loaded only here.

        Nodes are names with their layer as `layer`, edges say as `outputs` which outputs are read.
        """
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph(name=self.name)
        for node in self.nodes:
            graph.add_node(node.name, layer=node.layer)
            for ref in node.inputs:
                before = self.nodes[ref.node].name
                read = graph.get_edge_data(before, node.name, {"outputs": ()})["outputs"]
                graph.add_edge(before, node.name, outputs=(*read, ref.output))
        return graph

    def _refs(self, tensors: tuple[Tensor, ...], who: str) -> tuple[Ref, ...]:
        for tensor in tensors:
            if not isinstance(tensor, Tensor) or tensor.network is not self:
                raise GraphError(f"{who}: {show(tensor)} is no value of network {self.name!r}")
        return tuple([tensor.refs[0] for tensor in tensors])

    def _append(self, name: str, layer: Layer | None, inputs: tuple[Ref, ...]) -> Tensor:
        if type(name) is not str or not name:
            raise GraphError(f"{show(name)} is no name (give a text such as 'conv1')")
        if name in self._index:
            raise GraphError(f"{name}: the name is used twice (rename one of the two)")
        self._index[name] = len(self.nodes)
        block = name.rpartition(".")[0]
        while block and block not in self._blocks:
            self._blocks.add(block)
            block = block.rpartition(".")[0]
        self.nodes.append(Node(name, layer, inputs, self._kind(layer)))
        node, count = len(self.nodes) - 1, 1 if layer is None else layer.output_count
        return Tensor(self, tuple([Ref(node, output) for output in range(count or 1)]), whole=count is not None)

    def _kind(self, layer: Layer | None) -> int:
        if layer is None:
            return 0
        try:
            return self._kinds.setdefault(layer, len(self._kinds) + 1)
        except TypeError:  # a layer with arrays in it does not hash, so it is a kind of its own
            return -len(self.nodes) - 1

    def _inline(self, other: Network, refs: tuple[Ref, ...], name: str | None) -> Tensor:
        if len(refs) != len(other.input_shapes):
            raise GraphError(f"{name or other.name}: takes {len(other.input_shapes)} inputs, got {len(refs)}")
        prefix = f"{name or self._free_name(other.name)}."
        # What is there now: a network may be added to itself.
        nodes, outputs = tuple(other.nodes), other.outputs
        positions: list[int] = []
        fed = iter(refs)
        renamed: dict[int, Ref] = {}
        for index, node in enumerate(nodes):
            if node.layer is None:
                renamed[index] = next(fed)
                positions.append(-1)
                continue
            inputs = tuple(
                renamed[ref.node] if ref.node in renamed else Ref(positions[ref.node], ref.output)
                for ref in node.inputs
            )
            positions.append(self._append(prefix + node.name, node.layer, inputs).ref.node)
        self.origins |= {prefix + inner: place for inner, place in other.origins.items()}
        self.stored |= {prefix + inner: counts for inner, counts in other.stored.items()}
        self.shares |= {prefix + inner: prefix + owner for inner, owner in other.shares.items()}
        self.exempt |= {prefix + inner: codes for inner, codes in other.exempt.items()}
        self.frozen |= {prefix + inner: found for inner, found in other.frozen.items()}
        self.untold |= {prefix + inner: why for inner, why in other.untold.items()}
        self.claims += [claim._replace(layer=prefix + claim.layer) for claim in other.claims if claim.layer]
        return Tensor(self, tuple(renamed.get(ref.node, Ref(positions[ref.node], ref.output)) for ref in outputs))

    def _free_name(self, stem: str) -> str:
        count = self._numbers.get(stem, 0)
        while (name := f"{stem}_{count}" if count else stem) in self._index or name in self._blocks:
            count += 1
        self._numbers[stem] = count
        return name


def _arrays(weights: Mapping[str, object], buffers: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {shape}" for some in (weights, buffers) for name, shape in some.items()) or "none"


def Sequential(*layers: Any, name: str = "sequential", shape: object = None) -> Network:  # noqa: N802 (as in PyTorch)
    """A network whose layers follow one another: layers, networks, or (name, layer) pairs.

    Unnamed layers are called 0, 1, 2, … as in PyTorch.

    >>> from convmath.layers.conv import Conv2d
    >>> net = Sequential(Conv2d(3, 8, 3), ("head", Conv2d(8, 2, 1)))
    >>> net.analyze((1, 3, 16, 20)).rows[-1].outputs
    ((1, 2, 14, 18),)
    """
    if not layers:
        raise ParameterError("Sequential: has no layers (give it at least one)")
    network = Network(name)
    tensor = network.input(shape=shape)
    for place, item in enumerate(layers):
        label, layer = item if isinstance(item, tuple) and len(item) == 2 else (place, item)
        tensor = network.add(layer, tensor, name=str(label))
    return network
