"""Layers that PyTorch has as functions or methods, or by another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...bridge.unequal import NoEqualError
from ...layers.slice import Select
from .lines import CALLED, Line, module, reads

if TYPE_CHECKING:
    from ..leaves import Leaf
    from .lines import Rule


def _call(text: str) -> Rule:
    return lambda leaf: Line(text)


def _between(sign: str) -> Rule:
    return lambda leaf: Line(f" {sign} ".join(reads(leaf)))


def _nested(function: str) -> Rule:
    def write(leaf: Leaf) -> Line:
        first, *rest = reads(leaf)
        for other in rest:
            first = f"{function}({first}, {other})"
        return Line(first)

    return write


def _truth(text: str) -> Rule:
    return lambda leaf: Line(f"({text}).to({{0}}.dtype)")


def _with(text: str, *fields: str) -> Rule:
    """Numbers of the layer in an expression, in the indices <0>, <1> …"""

    def write(leaf: Leaf) -> Line:
        said = text
        for place, field in enumerate(fields):
            said = said.replace(f"<{place}>", str(getattr(leaf.layer, field)))
        return Line(said)

    return write


def _tuple(values: tuple[object, ...]) -> str:
    return str(values[0]) if len(values) == 1 else str(tuple(values))


def _arguments(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))


def _dims(leaf: Leaf) -> tuple[int, ...]:
    stated = leaf.layer.dim
    return tuple(range(len(leaf.inputs[0]))) if stated is None else stated


def _over_axes(function: str, more: str = "") -> Rule:
    def write(leaf: Leaf) -> Line:
        kept = ", keepdim=True" if leaf.layer.keepdim else ""
        words = f"dim={_tuple(_dims(leaf))}{more}{kept}"
        return Line(f"{function}({{0}}, {words})" if "." in function else f"{{0}}.{function}({words})")

    return write


def _one_axis_at_a_time(leaf: Leaf) -> Line:
    kept = ", keepdim=True" if leaf.layer.keepdim else ""
    axes = sorted((axis % len(leaf.inputs[0]) for axis in _dims(leaf)), reverse=True)
    return Line("{0}" + "".join(f".prod(dim={axis}{kept})" for axis in axes))


def _place_of(function: str) -> Rule:
    def write(leaf: Leaf) -> Line:
        layer = leaf.layer
        if layer.dim is not None and len(layer.dim) > 1:
            raise NoEqualError("finds indices along one axis only")
        dim = "None" if layer.dim is None else str(layer.dim[0])
        kept = ", keepdim=True" if layer.keepdim else ""
        return Line(f"{{0}}.{function}(dim={dim}{kept})")

    return write


def _along(leaf: Leaf) -> Line:
    """A module whose axis is stated."""
    return Line(CALLED, f"nn.{leaf.layer.op}(dim={leaf.layer.along(len(leaf.inputs[0]))})")


def _sliced(leaf: Leaf) -> Line:
    layer = leaf.layer
    first = ", ".join([":"] * (layer.dim % len(leaf.inputs[0])))
    stop = "" if layer.stop is None else layer.stop
    cut = f"{layer.start or ''}:{stop}" + (f":{layer.step}" if layer.step > 1 else "")
    return Line(f"{{0}}[{first}{', ' if first else ''}{cut}]")


def _looked_up(leaf: Leaf) -> Line:
    first = ", ".join([*[":"] * (leaf.layer.dim % len(leaf.inputs[0])), "{1}.long()"])
    return Line(f"{{0}}[{first}]")


def _largest(leaf: Leaf) -> Line:
    layer = leaf.layer
    return Line(f"torch.topk({{0}}, {layer.k}, dim={layer.dim}, largest={layer.largest})")


def _added_up(leaf: Leaf) -> Line:
    """PyTorch adds up from the front, each with its own: of others, what is turned over or moved on by a position."""
    layer = leaf.layer
    dim = layer.dim % len(leaf.inputs[0])
    x = f"{{0}}.flip({dim})" if layer.reverse else "{0}"
    if layer.exclusive:
        before = f"{x}.narrow({dim}, 0, {leaf.inputs[0][dim] - 1})"
        x = f"torch.cat((torch.zeros_like({x}.narrow({dim}, 0, 1)), {before}), dim={dim})"
    return Line(f"{x}.cumsum({dim})" + f".flip({dim})" * layer.reverse)


def _sampled(leaf: Leaf) -> Line:
    layer = leaf.layer
    if leaf.inputs[0].rank not in {2, 3}:
        raise NoEqualError("samples two or three axes only")
    how = f'mode="{layer.mode}", padding_mode="{layer.padding_mode}", align_corners={layer.align_corners}'
    return Line(f"F.grid_sample({{0}}, {{1}}, {how})")


REDUCED = {"add": "sum", "mul": "prod", "max": "amax", "min": "amin"}
"""What PyTorch calls the ways in which numbers that go to one place are joined."""


def _scattered(leaf: Leaf) -> Line:
    """Indices may count from the end, which PyTorch takes in an index alone."""
    layer, x = leaf.layer, leaf.inputs[0]
    indices = f"{{1}}.long() % {x[layer.dim]}"
    if layer.reduction == "none":
        return Line(f"{{0}}.scatter({layer.dim}, {indices}, {{2}})")
    return Line(f'{{0}}.scatter_reduce({layer.dim}, {indices}, {{2}}, "{REDUCED[layer.reduction]}")')


def _put(leaf: Leaf) -> Line:
    if leaf.layer.reduction not in {"none", "add"}:
        raise NoEqualError(f"puts nothing at several axes' indices by reduction={leaf.layer.reduction}")
    more = ", accumulate=True" if leaf.layer.reduction == "add" else ""
    return Line(f"{{0}}.index_put({{1}}.long().unbind(-1), {{2}}{more})")


def _cropped(leaf: Leaf) -> Line:
    return Line(_padded(tuple((-low, -high) for low, high in leaf.layer.cropping)))


def _padded(sides: tuple[tuple[int, int], ...]) -> str:
    """What is read with so many zeros on either side; PyTorch begins with the last axis."""
    return f"F.pad({{0}}, {tuple(side for pads in reversed(sides) for side in pads)})"


def _unfolded(leaf: Leaf) -> Line:
    """PyTorch's takes as much padding on either side."""
    sides = tuple((low, high) for low, high in leaf.layer.padding)
    if all(low == high for low, high in sides):
        return Line(CALLED, module(leaf.layer))
    return Line(f"{{m}}({_padded(sides)})", module(leaf.layer, without="padding"))


def _globally(kind: str) -> Rule:
    def write(leaf: Leaf) -> Line:
        rank = leaf.inputs[0].rank
        if rank > 3:
            raise NoEqualError("pools over three axes at most")
        return Line(CALLED, f"nn.Adaptive{kind}Pool{rank}d(1)" if rank else "nn.Identity()")

    return write


def _into_bins(leaf: Leaf) -> Line:
    """None keeps a size, which over one axis must be stated."""
    layer, y = leaf.layer, leaf.outputs[0]
    sizes = tuple(y.spatial) if y.rank == 1 else layer.output_size
    told = sizes[0] if len(set(sizes)) == 1 and sizes[0] is not None else sizes
    indices = ", return_indices=True" if layer.makes_indices else ""
    return Line(CALLED, f"nn.{layer.op}({told}{indices})")


def _unpooled(leaf: Leaf) -> Line:
    layer = leaf.layer
    if len(leaf.reads) == 1:
        raise NoEqualError("reads the indices of the maxima, which the network does not state")
    size = "" if layer.output_size is None else f", output_size={tuple(leaf.outputs[0].spatial)}"
    return Line(f"{{m}}({{0}}, {{1}}.long(){size})", module(layer, without="output_size"))


def _unsqueezed(leaf: Leaf) -> Line:
    axes = sorted(axis % len(leaf.outputs[0]) for axis in leaf.layer.dim)
    return Line("{0}" + "".join(f".unsqueeze({axis})" for axis in axes))


def _parted(leaf: Leaf) -> Line:
    sizes, dim = leaf.layer.sizes, leaf.layer.dim
    text = f"torch.split({{0}}, {list(sizes) if len(sizes) > 1 else sizes[0]}, dim={dim})"
    return _pieces(leaf, text)


def _pieces(leaf: Leaf, text: str) -> Line:
    return Line(text if len(leaf.outputs) > 1 else f"{text}[0]")


def _attended(leaf: Leaf) -> Line:
    layer = leaf.layer
    more = (", is_causal=True" if layer.is_causal else "") + (
        f", scale={layer.scale}" if layer.scale is not None else ""
    )
    return Line(f"F.scaled_dot_product_attention({', '.join(reads(leaf))}{more})")


def _recurrent(leaf: Leaf) -> Line:
    x, *states = reads(leaf)
    many = leaf.layer.op == "LSTM"
    begin = f", ({', '.join(states)})" if many and states else "".join(f", {state}" for state in states)
    idle = "dropout" if leaf.layer.num_layers == 1 else ""  # it comes between layers, and PyTorch says so
    return Line(f"{{m}}({x}{begin})", module(leaf.layer, without=idle), "{0}, ({1}, {2})" if many else "{0}, {1}")


def _clipped(leaf: Leaf) -> Line:
    words = [f"{name}={getattr(leaf.layer, name)}" for name in ("min", "max") if getattr(leaf.layer, name) is not None]
    return Line(f"{{0}}.clamp({', '.join(words)})" if words else "{0}")


def _joined(leaf: Leaf) -> Line:
    return Line(f"torch.cat([{', '.join(reads(leaf))}], dim={leaf.layer.dim})")


FUNCTIONS: dict[str, Rule] = {
    "Add": _between("+"),
    "Subtract": _between("-"),
    "Multiply": _between("*"),
    "Divide": _between("/"),
    "Power": _between("**"),
    "MatMul": _between("@"),
    "Maximum": _nested("torch.maximum"),
    "Minimum": _nested("torch.minimum"),
    "Where": _call("torch.where({0} != 0, {1}, {2})"),
    "Equal": _truth("{0} == {1}"),
    "NotEqual": _truth("{0} != {1}"),
    "Greater": _truth("{0} > {1}"),
    "GreaterEqual": _truth("{0} >= {1}"),
    "Less": _truth("{0} < {1}"),
    "LessEqual": _truth("{0} <= {1}"),
    "And": _truth("{0}.bool() & {1}.bool()"),
    "Or": _truth("{0}.bool() | {1}.bool()"),
    "Not": _truth("{0} == 0"),
    **{name: _call(f"{{0}}.{name.lower()}()") for name in (
        "Abs", "Neg", "Sign", "Sqrt", "Rsqrt", "Square", "Reciprocal", "Exp", "Log", "Erf", "Sin", "Cos", "Floor",
        "Ceil", "Round",
    )},
    "Scale": _with("{0} * <0>", "factor"),
    "Shift": _with("{0} + <0>", "addend"),
    "Pow": _with("{0} ** <0>", "exponent"),
    "Clip": _clipped,
    "Softmax": _along,
    "LogSoftmax": _along,
    "Softmin": _along,
    "Mean": _over_axes("mean"),
    "Sum": _over_axes("sum"),
    "Amax": _over_axes("amax"),
    "Amin": _over_axes("amin"),
    "Var": _over_axes("var", ", correction=0"),
    "VectorNorm": _over_axes("torch.linalg.vector_norm"),
    "Prod": _one_axis_at_a_time,
    "Argmax": _place_of("argmax"),
    "Argmin": _place_of("argmin"),
    "Concat": _joined,
    "Split": _parted,
    "Chunk": lambda leaf: _pieces(leaf, f"torch.chunk({{0}}, {leaf.layer.chunks}, dim={leaf.layer.dim})"),
    "AdaptivePool": _into_bins,
    "GlobalAvgPool": _globally("Avg"),
    "GlobalMaxPool": _globally("Max"),
    "Cropping": _cropped,
    "Unfold": _unfolded,
    "MaxUnpool": _unpooled,
    "Einsum": lambda leaf: Line(f"torch.einsum({leaf.layer.equation!r}, {', '.join(reads(leaf))})".replace("'", '"')),
    "ScaledDotProductAttention": _attended,
    "Recurrent": _recurrent,
    "Embedding": lambda leaf: Line("{m}({0}.long())", module(leaf.layer)),
    "Gather": _looked_up,
    "GatherElements": lambda leaf: Line(f"torch.gather({{0}}, {leaf.layer.dim}, {{1}}.long())"),
    "TopK": _largest,
    "CumSum": _added_up,
    "GridSample": _sampled,
    "ScatterElements": _scattered,
    "ScatterND": _put,
    "Slice": _sliced,
    "Select": _with("{0}.select(<0>, <1>)", *Select.fields),
    "Permute": lambda leaf: Line(f"{{0}}.permute({_arguments(leaf.layer.dims)})"),
    "Squeeze": lambda leaf: Line(f"{{0}}.squeeze({_tuple(leaf.layer.dim)})"),
    "Unsqueeze": _unsqueezed,
    "Reshape": lambda leaf: Line(f"{{0}}.reshape({_arguments(leaf.layer.shape) or '()'})"),
    "Roll": lambda leaf: Line(f"{{0}}.roll({_tuple(leaf.layer.shifts)}, {_tuple(leaf.layer.dims)})"),
    "Flip": lambda leaf: Line(f"{{0}}.flip({_tuple(leaf.layer.dims)})"),
    "Expand": lambda leaf: Line(f"{{0}}.expand({_arguments(leaf.outputs[0]) or '()'})"),
    "Repeat": lambda leaf: Line(f"{{0}}.repeat({_arguments(leaf.layer.repeats)})"),
    "Parameter": lambda leaf: Line("{m}", f"nn.Parameter(torch.zeros({tuple(leaf.layer.shape)}))"),
    "Constant": lambda leaf: Line(
        "{m}", f"torch.zeros({tuple(leaf.layer.shape)})" + ("" if leaf.arrays.counted else ", persistent=False")
    ),
}  # fmt: skip
"""Families by how they are written."""
