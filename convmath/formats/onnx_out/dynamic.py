"""Models whose inputs have open sizes: written for two sets of numbers, on which nothing but shapes may depend."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ...core.errors import ConvmathError, ParameterError, ShapeError, show
from ...core.shape import Shape
from ...core.size import Symbolic, are_numbers, same
from ...render.table import printable
from ..exported import Exported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from onnx import ModelProto

    from ...network.network import Network
    from ...report.analysis import Report

    Written = Callable[[Mapping[str, Shape]], Exported[ModelProto]]

TRIED = (7, 10, 4, 13, 16, 3, 19, 22, 25, 28, 34, 40)
"""The multiples that are tried, until the network has accepted two of them: customary sizes, then others."""

COMMON = 32
"""What all sizes that are tried are multiples of, as networks halve them again and again."""


def with_symbols(net: Network, report: Report, written: Written) -> Exported[ModelProto]:
    """The model of a network some of whose input sizes are symbols: they are the dynamic sizes of its inputs.

    It is written for two sets of numbers, and must hold the same nodes and arrays for both; then it is read back, and
    must give the same parameters and MACs for all sizes. Raises ParameterError, naming the node, where it is otherwise.
    """
    names = _symbols(net, report)
    exported, other = _two(net, report, names, written)
    first, second = exported.what, other.what
    for a, b in zip_longest(first.graph.node, second.graph.node):
        if a is None or a != b:
            raise ParameterError(_holding(net, (a or b).name))
    constants = {tensor.name: tensor for tensor in second.graph.initializer}
    for tensor in first.graph.initializer:
        if constants.get(tensor.name) != tensor:
            reader = next(node for node in first.graph.node if tensor.name in node.input)
            raise ParameterError(_holding(net, reader.name))
    _opened(first, second, report)
    _check(net, report, first)
    told = [f"Only for sizes where {guard.said}: for others it was built otherwise." for guard in net.guards]
    remarks = (*exported.remarks, *told)
    first.doc_string = " ".join(remarks)
    return Exported(first, remarks)


def _symbols(net: Network, report: Report) -> list[str]:
    """The names of the sizes that are open, each of which is a size of an input by itself."""
    found: dict[str, None] = {}
    for name, shape in report.inputs.items():
        for size in shape:
            if isinstance(size, Symbolic):
                (only, *more) = sorted(getattr(size, "names", ())) or [""]
                if more or str(size) != only:
                    raise ParameterError(
                        f"{net.name}: the input {printable(name[:60])} has a size of {show(str(size))}; ONNX has names"
                        " for open sizes, no formulas (call it by a letter)"
                    )
                found[only] = None
    return list(found)


def _two(net: Network, report: Report, names: list[str], written: Written) -> list[Exported[ModelProto]]:
    """Two models, written for different numbers."""
    found: list[Exported[ModelProto]] = []
    refusal: ConvmathError = ShapeError(f"{net.name}: no sizes are known that it accepts")
    for values in _numbers(names):
        shapes = {name: Shape(_at(size, values) for size in shape) for name, shape in report.inputs.items()}
        try:
            found.append(written(shapes))
        except ShapeError as error:
            refusal = error
        if len(found) == 2:
            return found
    raise ParameterError(
        f"{net.name}: is written with open sizes by way of numbers, and accepts too few of those that were tried"
        f" ({refusal})"
    )


def _numbers(names: list[str]) -> Iterator[dict[str, int]]:
    for multiple in TRIED:
        yield {name: COMMON * (multiple + 2 * place) for place, name in enumerate(names)}


def _at(size: Any, values: Mapping[str, int]) -> Any:
    return values[str(size)] if isinstance(size, Symbolic) else size


def _holding(net: Network, node: str) -> str:
    layer = printable(node.rpartition("/")[0][:60])
    return f"{layer or net.name}: its nodes hold sizes, which are open here (give its symbols values)"


def _opened(model: ModelProto, other: ModelProto, report: Report) -> None:
    """Inputs get the symbols' names; of all other values the sizes that depend on them are left out."""
    for info, shape in zip(model.graph.input, report.inputs.values(), strict=True):
        for dim, size in zip(info.type.tensor_type.shape.dim, shape, strict=True):
            if not are_numbers(size):
                dim.dim_param = str(size)
    there = {info.name: info for info in (*other.graph.value_info, *other.graph.output)}
    for info in (*model.graph.value_info, *model.graph.output):
        beside = there[info.name].type.tensor_type.shape.dim
        for dim, its in zip(info.type.tensor_type.shape.dim, beside, strict=True):
            if dim.dim_value != its.dim_value:
                dim.Clear()


def _handed_out(report: Report) -> list[Shape]:
    """The shapes of a network's outputs."""
    outputs = report.outputs or ((report.whole.rows[-1].name, 0),)
    return [report.inputs[name] if name in report.inputs else report[name].outputs[port] for name, port in outputs]


def _check(net: Network, report: Report, model: ModelProto) -> None:
    from ..onnx_in.load import from_onnx

    again = from_onnx(model).analyze()
    for one, other in zip(_handed_out(report), _handed_out(again), strict=True):
        if len(one) != len(other) or not all(map(same, one, other)):
            raise ParameterError(
                f"{net.name}: with open sizes it would hand out {other}, not {one}: a padding or a size is that of the"
                " numbers tried (give its symbols values)"
            )
    ours, theirs = report.totals, again.totals
    for what in ("params", "buffers", "macs"):
        if not same(getattr(ours, what), getattr(theirs, what)):
            raise ParameterError(
                f"{net.name}: with open sizes it would be read back with {getattr(theirs, what)} {what}, not"
                f" {getattr(ours, what)} (give its symbols values)"
            )
