"""Flow: an analysed network as the values that its layers read and make, and what each of them holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import ParameterError
from ..core.size import are_numbers
from ..layers.activation import Activation, LogSoftmax, Softmax
from ..layers.reshape import Dropout
from ..layers.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.shape import Shape
    from ..core.size import Size
    from ..report.analysis import Report
    from ..report.row import Row


class Value(NamedTuple):
    """What a layer makes: its output number `output`; an input of the network has that input's name."""

    layer: str
    output: int = 0

    def __str__(self) -> str:
        return f"{self.layer}[{self.output}]" if self.output else self.layer


class Task(NamedTuple):
    """A layer that runs: what it reads, each value once, what it makes, and what it may write over."""

    row: Row
    reads: tuple[Value, ...]
    makes: tuple[Value, ...]
    overwrites: Value | None
    """What nobody else reads and the layer could make its output in, number by number."""


class Flow(NamedTuple):
    """The tasks of a network in an order in which they can run, and the shape of every value."""

    title: str
    tasks: tuple[Task, ...]
    shapes: Mapping[Value, Shape]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    """What the network hands out, which is held to the end."""
    report: Report

    @property
    def readers(self) -> dict[Value, int]:
        """By how many tasks each value is still to be read; being handed out counts as one more."""
        left = dict.fromkeys(self.shapes, 0)
        for task in self.tasks:
            for value in task.reads:
                left[value] += 1
        for value in self.outputs:
            left[value] += 1
        return left

    def need_numbers(self, what: str) -> None:
        """ParameterError where a size is a symbol: what must be compared needs numbers."""
        for value, shape in self.shapes.items():
            if not are_numbers(*shape):
                raise ParameterError(
                    f"{self.title}: {what} compares sizes, and that of {value} is {shape}"
                    " (give its symbols values, such as --given H=224)"
                )


def flow(report: Report) -> Flow:
    """The values and tasks of an analysed network, of all its rows and in their order.

    >>> from convmath.zoo.resnet import resnet18
    >>> found = flow(resnet18().analyze())
    >>> found.tasks[0].reads, found.tasks[0].makes, found.outputs
    ((Value(layer='input', output=0),), (Value(layer='conv1', output=0),), (Value(layer='fc', output=0),))
    """
    return _built(report, {})


def predicting(report: Report) -> Flow:
    """The same of a pass that only predicts: dropout hands its input on there, and makes nothing.

    >>> from convmath.zoo.alexnets import alexnet
    >>> found = predicting(alexnet().analyze())
    >>> [(task.row.name, task.reads[0].layer, len(task.makes)) for task in found.tasks][-5:-3]
    [('classifier.2', 'classifier.1', 1), ('classifier.3', 'classifier.2', 0)]
    """
    same: dict[Value, Value] = {}
    for row in report.whole.rows:
        if isinstance(row.layer, Dropout):
            read = Value(row.reads[0], row.ports[0])
            same[Value(row.name)] = same.get(read, read)
    return _built(report, same)


def written(report: Report) -> Size:
    """The numbers that such a pass writes."""
    return sum((row.cost.activations for row in report.whole.rows if not isinstance(row.layer, Dropout)), 0)


def _built(report: Report, same: Mapping[Value, Value]) -> Flow:
    """The flow where each value of `same` is another one, which is made before."""
    rows = report.whole.rows
    shapes = {Value(name): shape for name, shape in report.inputs.items()}
    shapes |= {Value(row.name, place): shape for row in rows for place, shape in enumerate(row.outputs)}
    shapes = {value: shape for value, shape in shapes.items() if value not in same}
    reads = {
        row.name: tuple(dict.fromkeys(same.get(value, value) for value in map(Value, row.reads, row.ports)))
        for row in rows
    }
    outputs = tuple(dict.fromkeys(same.get(value, value) for value in (Value(*one) for one in report.outputs)))
    once = _read_once(reads, {*outputs, *map(Value, report.inputs)})
    tasks = tuple(
        Task(
            row, reads[row.name],
            tuple(value for value in (Value(row.name, place) for place in range(len(row.outputs))) if value in shapes),
            _overwritten(row, reads[row.name], once),
        )
        for row in rows
    )  # fmt: skip
    inputs = tuple(Value(name) for name in report.inputs)
    return Flow(report.title, tasks, shapes, inputs, outputs, report)


def numbers(shapes: Mapping[Value, Shape]) -> dict[Value, Size]:
    """How many numbers each value holds."""
    return {value: shape.elements for value, shape in shapes.items()}


def _read_once(reads: Mapping[str, tuple[Value, ...]], held: set[Value]) -> set[Value]:
    """What a single layer reads, and nobody outside."""
    readers: dict[Value, int] = {}
    for values in reads.values():
        for value in values:
            readers[value] = readers.get(value, 0) + 1
    return {value for value, count in readers.items() if count == 1 and value not in held}


def _overwritten(row: Row, reads: tuple[Value, ...], once: set[Value]) -> Value | None:
    """The input that the layer could write over: activations number by number, and views of a whole value."""
    whole = len(row.outputs) == len(row.inputs) == 1 and isinstance(row.layer, Activation | View)
    by_number = whole and not isinstance(row.layer, Softmax | LogSoftmax | Dropout)
    return reads[0] if by_number and reads[0] in once else None
