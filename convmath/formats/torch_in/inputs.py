"""What a module is exported with: shapes, texts and tensors to example tensors and open dimensions."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.errors import ShapeError, UnknownNameError, show, unknown_name
from ...core.shape import Shape, as_shape
from ...core.size import Size, Symbolic
from ...layers.values import at
from ...symbolic.implicit import parse_symbolic_shape
from ...symbolic.polynomial import Polynomial, symbols

if TYPE_CHECKING:
    from collections.abc import Mapping

TRACED_BATCH = 2
"""The batch that a module is traced with where it is open: of 1, PyTorch would take it for fixed."""

TRACED_SIZES = (224, 256, 288, 320, 352, 384)
"""The sizes that it is traced with where they are open: different, and divisible as networks want them."""


class Examples(NamedTuple):
    """Arguments for torch.export: values by the names of the parameters, what is open, and what is told of each."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    by_name: dict[str, Any]
    """All of them, by the names that forward has for them."""
    names: dict[int, str]
    """The name of every tensor by its identity."""
    shapes: dict[str, Shape]
    """The shape of every tensor by its name, in the order in which they are given; symbols where it is open."""
    hints: dict[str, int]
    """The number that each symbol is traced with."""


def read_examples(
    module: Any, inputs: tuple[Any, ...], named: Mapping[str, Any], dynamic: Any, given: Mapping[str, Size] | None
) -> Examples:
    """Shapes, texts, tensors, and dictionaries of them, as tensors; a list is several inputs.

    Raises ShapeError for what is none of these, UnknownNameError for a keyword that forward does not have, or a value
    for a symbol that no shape has.
    """
    values = _several(inputs)
    names = _names(module, len(values), named)
    reader = _Reader(module, _axes(dynamic, [*names[: len(values)], *named]), given or {})
    args = tuple(reader.read(name, value) for name, value in zip(names, values, strict=False))
    kwargs = {name: reader.read(name, value) for name, value in named.items()}
    reader.check()
    return Examples(
        args, kwargs, dict(zip(names, args, strict=False)) | kwargs, reader.names, reader.shapes, reader.hints
    )


def _several(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    first = inputs[0] if len(inputs) == 1 else None
    if not isinstance(first, list) or not first or all(isinstance(size, int | Symbolic) for size in first):
        return inputs
    return tuple(first)


def _names(module: Any, count: int, named: Mapping[str, Any]) -> list[str]:
    """What forward calls its inputs."""
    found = inspect.signature(module.forward).parameters.values()
    plain = [p.name for p in found if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    if not any(p.kind == p.VAR_POSITIONAL for p in found) and count > len(plain):
        raise ShapeError(
            f"{type(module).__name__}: {count} inputs given, forward takes {len(plain)}: {', '.join(plain)}"
            " (give one shape for each)"
        )
    known = [p.name for p in found if p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}]
    for name in named:
        if name not in known and not any(p.kind == p.VAR_KEYWORD for p in found):
            raise unknown_name(f"input of {type(module).__name__}", name, known)
    missing = [p.name for p in found if p.default is p.empty and p.name in plain[count:] and p.name not in named]
    if missing:
        raise ShapeError(
            f"{type(module).__name__}: the input {missing[0]} is missing"
            f" (give its shape: from_torch(module, (1, 3, 224, 224)), or {missing[0]}=…)"
        )
    return plain[:count] + [f"input_{number}" for number in range(len(plain), count)]


def _axes(dynamic: Any, names: list[str]) -> dict[str, dict[int, str]]:
    """The open axes that `dynamic` names: {"x": {2: "H", 3: "W"}}."""
    axes = {} if dynamic is None else dynamic
    if not isinstance(axes, dict) or not all(isinstance(of, dict) for of in axes.values()):
        raise ShapeError(
            f'dynamic={show(dynamic)} names no axes (write {{"{names[0] if names else "x"}": {{2: "H"}}}})'
        )
    for name in axes:
        if name.partition(".")[0] not in names:
            raise unknown_name("input", name, names)
    return axes


class _Reader:
    """Reads one input after another; a symbol is traced with one number throughout."""

    def __init__(self, module: Any, axes: dict[str, dict[int, str]], given: Mapping[str, Size]) -> None:
        import torch

        first = next((p for p in module.parameters() if p.is_floating_point()), None)
        self._device = torch.device("cpu") if first is None else first.device
        self._dtype = torch.get_default_dtype() if first is None else first.dtype
        self._axes = axes
        self._given = given
        self._taken: set[str] = set()
        self.names: dict[int, str] = {}
        self.shapes: dict[str, Shape] = {}
        self.hints: dict[str, int] = {}

    def read(self, name: str, value: Any) -> Any:
        """The example tensor, or a dictionary of them."""
        import torch

        if isinstance(value, dict):
            return type(value)((key, self.read(f"{name}.{key}", part)) for key, part in value.items())
        if isinstance(value, torch.Tensor):
            self.shapes[name] = self._opened(name, Shape(value.shape))
            tensor = value
        else:
            self.shapes[name] = self._opened(name, _shape(name, value))
            tensor = self._made(name, self.shapes[name])
        self.names[id(tensor)] = name
        return tensor

    def _made(self, name: str, shape: Shape) -> Any:
        import torch

        try:
            return torch.empty(self._numbers(name, shape), dtype=self._dtype, device=self._device)
        except (RuntimeError, TypeError) as error:  # a size beyond 64 bits is a TypeError
            raise ShapeError(f"{name}: no tensor of {shape} can be made ({str(error).splitlines()[0]})") from None

    def _opened(self, name: str, shape: Shape) -> Shape:
        sizes = list(shape)
        for axis, symbol in self._axes.get(name, {}).items():
            if type(axis) is not int or not -len(sizes) <= axis < len(sizes):
                raise ShapeError(f"{name}: dynamic names axis {show(axis)}, the shape {shape} has {len(sizes)}")
            number, sizes[axis] = sizes[axis], symbols(symbol)
            if type(number) is int and symbol not in self._given:
                self.hints.setdefault(symbol, number)
        self._taken |= {symbol for size in sizes for symbol in getattr(size, "names", ())}
        made = tuple(at(size, self._given) for size in sizes)
        return Shape(made) if made == tuple(sizes) else as_shape(made)  # a value that is given is asked for its size

    def check(self) -> None:
        """UnknownNameError for a value that no shape has a symbol for."""
        for name in self._given:
            if name not in self._taken:
                raise unknown_name("open size", name, sorted(self._taken))

    def _numbers(self, name: str, shape: Shape) -> tuple[int, ...]:
        spare = iter(TRACED_SIZES)
        numbers = []
        for axis, size in enumerate(shape):
            usual = TRACED_BATCH if axis == 0 else next(spare, TRACED_SIZES[-1]) if axis > 1 else TRACED_SIZES[0]
            numbers.append(size if type(size) is int else self._number(name, size, usual))
        return tuple(numbers)

    def _number(self, name: str, size: Size, usual: int) -> int:
        if not isinstance(size, Polynomial) or len(size.names) != 1:
            raise ShapeError(f"{name}: the size {size} must be a number, or made of one symbol (such as H, or 32*h)")
        (symbol,) = size.names
        if symbol not in self.hints:
            self.hints[symbol] = max(usual // linear(size)[1], 2)
        return size.at({symbol: self.hints[symbol]})  # type: ignore[no-any-return]


def _shape(name: str, value: Any) -> Shape:
    try:
        return parse_symbolic_shape(value) if isinstance(value, str) else as_shape(value)
    except (ShapeError, UnknownNameError) as error:
        raise ShapeError(f"{name}: {error}") from None


def linear(size: Any) -> tuple[int, int]:
    """(b, a) of a size a·s + b; ShapeError for another formula.

    >>> linear(32 * symbols("h") - 1)
    (-1, 32)
    """
    (name,) = size.names
    one, two, three = (size.at({name: number}) for number in (1, 2, 3))
    if two - one != three - two or two <= one:
        raise ShapeError(f"the size {size} is no multiple of {name} with a number added (write for example 32*{name})")
    return one - (two - one), two - one
