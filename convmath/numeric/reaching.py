"""Which inputs an output depends on: the backward pass in booleans, where every weight counts as something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import ParameterError, ShapeError, show, unknown_name
from ..core.shape import by_axis
from ..core.size import are_numbers
from ..network.node import Ref
from .kernels import reading
from .memory import refuse_above
from .rooms import room_for_reaching
from .subjects import settled

if TYPE_CHECKING:
    from ..core.shape import Shape
    from ..layers.base import Layer
    from ..network.network import Network
    from ..report.analysis import Report
    from ..report.row import Row
    from .arrays import Array
    from .kernels import Reads


def reached(
    net: Layer | Network,
    shape: Any = None,
    at: tuple[int, ...] | None = None,
    input: str | None = None,  # noqa: A002 (the word for it in every other place)
    memory: int | str | None = None,
) -> Array:
    """The input numbers that the last output depends on at the position `at`, in any channel: booleans (C, *spatial).

    Exactly those of one sample that some path of the network reads, with all holes that dilations, strides and groups
    leave: every weight counts as not 0, a pooling or an unpooling reads all its window, a function of one number that
    number, softmax its whole axis, moments all that they are taken of, running statistics nothing. Deformable taps
    stand where they are without offsets, which are data; there the branch that tells the offsets reads all channels.

    `shape` is as `analyze` takes it, several as a list or by the inputs' names. `at` is the middle (size // 2 along
    every axis) unless given, `input` the first. What may take more than `memory`, half of what is free if left out, is
    refused. Raises ShapeError for a position that is not in the output, UnknownNameError for an input that is none,
    ParameterError for symbols and for too much memory.

    >>> from convmath.layers.conv import Conv1d
    >>> reached(Conv1d(1, 1, 3, dilation=2), (1, 1, 9), at=(1,)).astype(int)
    array([[0, 1, 0, 1, 0, 1, 0, 0, 0]])

    Source: Araujo, Norris and Sim (2019) for what it is compared with.
    """
    network, report = asked(net, shape)
    names = list(network.input_shapes)
    if input is not None and input not in names:
        raise unknown_name("input", input, names)
    source = next(index for index, node in enumerate(network.nodes) if node.name == (input or names[0]))
    last = network.outputs[-1]
    y = output_shape(network, report, last)
    where = position(network, y, at)
    refuse_above(memory, room_for_reaching(report), network.name)
    marked = np.zeros(y, bool)
    # Of the first of the batch every channel, where the output has such axes.
    marked[(0, slice(None), *where)[: len(y)]] = True
    found = _walk(network, report, {last: marked})
    return found.get(Ref(source), np.zeros(report.inputs[names[0] if input is None else input], bool))[0]


def asked(net: Layer | Network, shape: Any) -> tuple[Network, Report]:
    """A network, be it of a single layer, and its report for these shapes; ParameterError where sizes are symbols."""
    network, given = settled(net, shape)
    report = network.analyze(*given.values())
    if not all(are_numbers(*one) for row in report.rows for one in (*row.inputs, *row.outputs)):
        raise ParameterError(f"{network.name}: only numbers can be run, and the sizes have symbols (give them values)")
    return network, report


def output_shape(net: Network, report: Report, ref: Ref) -> Shape:
    """The shape of a value of the network."""
    node = net.nodes[ref.node]
    return report.inputs[node.name] if node.layer is None else report[node.name].outputs[ref.output]


def position(net: Network, y: Shape, at: Any) -> tuple[Any, ...]:
    """The position asked for, or the middle one; ShapeError where the output does not have it."""
    if 0 in y:
        raise ShapeError(f"{net.name}: the output is empty, {y}, so it has no position (give a larger input)")
    if at is None:
        return tuple(size // 2 for size in y.spatial)
    inside = isinstance(at, tuple | list) and len(at) == len(y.spatial)
    if not inside or not all(type(o) is int and 0 <= o < size for o, size in zip(at, y.spatial, strict=True)):
        raise ShapeError(
            f"{net.name}: {show(at)} is no position of the output, which has {by_axis(y.spatial) or 'none'}"
            " (give one number for each axis, counted from 0)"
        )
    return tuple(at)


def _walk(net: Network, report: Report, marked: dict[Ref, Array]) -> dict[Ref, Array]:
    """What is marked of the outputs taken back to the inputs, node by node; each distinct layer is prepared once."""
    rows = {row.name: row for row in report.rows}
    prepared: dict[tuple[int, tuple[Shape, ...]], Reads] = {}
    for index in range(len(net.nodes) - 1, -1, -1):
        name, layer, refs, kind = net.nodes[index]
        if layer is None:
            continue
        row = rows[name]
        found = [marked.pop(Ref(index, output), None) for output in range(len(row.outputs))]
        if all(one is None for one in found):
            continue
        key = kind, row.inputs
        if key not in prepared:
            prepared[key] = _reads(row)
        whole = tuple(np.zeros(y, bool) if one is None else one for one, y in zip(found, row.outputs, strict=True))
        for ref, read in zip(refs, prepared[key](whole), strict=True):
            marked[ref] = marked[ref] | read if ref in marked else read
    return marked


def _reads(row: Row) -> Reads:
    assert row.layer is not None
    return reading(row.layer, row.inputs, row.outputs)
