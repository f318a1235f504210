"""Layer: what every layer type declares, and everything that follows from it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ..core.conditions import Condition, enforce
from ..core.cost import Cost
from ..core.errors import NameHint, ParameterError, ShapeError, unknown_name
from ..core.receptive_field import IDENTITY, Known, Stage, see
from ..core.shape import Shape, as_shape
from ..core.size import Size, product
from .dependence import Dependence
from .field import REQUIRED, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


ShapeLike = Any
"""A Shape, a tuple or list of sizes, or a text like '1x3x224x224'."""


class Facts(NamedTuple):
    """All that one layer says about its input: what it makes, takes and sees, and what is left to hold."""

    layer: Layer
    outputs: tuple[Shape, ...]
    cost: Cost
    stages: tuple[Stage, ...]
    conditions: tuple[Condition, ...]


class Layer(Dependence):
    """A layer's hyper-parameters, settled and frozen, and the rules of its type.

    A type declares its fields and overrides the hooks `constraints`, `conditions`, `infer`, those of
    `Dependence`, `weights`, `buffers`, `count_macs`, `count_touching`, `count_operations`, `count_activations` and
    `count_moved`; the hooks are plain arithmetic on sizes. Everything else is derived here.
    """

    rank: ClassVar[int | None] = None
    """Spatial axes of the input; None for a type that takes any number of them."""
    arity: ClassVar[tuple[int, int]] = (1, 1)
    """The fewest and the most inputs."""
    least_axes: ClassVar[int] = 2
    """The fewest axes of the first input."""
    fields: ClassVar[dict[str, Field]] = {}
    unsupported: ClassVar[dict[str, str]] = {}
    """Arguments that PyTorch's layer has and this one has not, with what to write instead."""
    _defaults: ClassVar[dict[str, Any]]
    key: tuple[Any, ...]
    """The type and its settled values: layers are equal where these are."""
    open_constraints: tuple[Condition, ...]
    """What symbolic hyper-parameters leave to hold."""
    abstract: ClassVar[bool] = True

    def __init_subclass__(cls, abstract: bool = False) -> None:
        cls.abstract = abstract
        own = {name: field for name, field in vars(cls).items() if isinstance(field, Field)}
        cls.fields = {**cls.fields, **own} if own else cls.fields

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        cls = type(self)
        if cls.abstract:
            raise ParameterError(
                f"{cls.__name__} is a family of layers; use one of its types, such as {_member(cls).__name__}"
            )
        given = (
            cls.bind(args, kwargs)
            if kwargs or len(args) > len(cls.fields)
            else dict(zip(cls.fields, args, strict=False))
        )
        own, who, rank = self.__dict__, cls.__name__, cls.rank or 1
        own.update(cls.settled_defaults())
        for name, value in given.items():
            own[name] = cls.fields[name].settled(value, who, rank)
        for name in cls.fields:
            if own[name] is REQUIRED:
                raise ParameterError(f"{who}: {name} is missing; write {cls.signature()}")
        own["key"] = (cls, *own.values())
        own["open_constraints"] = enforce(self.constraints(), who, ParameterError)

    @classmethod
    def settled_defaults(cls) -> dict[str, Any]:
        """Every field's default in the form that rules see, worked out once for each type."""
        if "_defaults" not in cls.__dict__:
            cls._defaults = {
                name: REQUIRED
                if field.default is REQUIRED
                else field.settled(field.default, cls.__name__, cls.rank or 1)
                for name, field in cls.fields.items()
            }
        return cls._defaults

    # Hooks: what a type declares.

    def constraints(self) -> Iterable[Condition]:
        """What must hold among the hyper-parameters alone."""
        return ()

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        """What must hold for these inputs."""
        return ()

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        """The output shapes, by the rule alone: `conditions` are assumed."""
        return inputs[:1]

    def weights(self) -> dict[str, tuple[Size, ...]]:
        """The shapes of the trainable arrays by PyTorch's names, in PyTorch's layout."""
        return {}

    def buffers(self) -> dict[str, tuple[Size, ...]]:
        """The shapes of stored arrays that are not trained, such as running statistics."""
        return {}

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        """Multiply-accumulates as a dense kernel does them, padding included."""
        return 0

    def count_touching(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        """Multiply-accumulates that touch real input."""
        return self.count_macs(inputs, outputs)

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        """Arithmetic operations that are not multiply-accumulates."""
        return 0

    def count_activations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        """Numbers written."""
        return sum(product(shape) for shape in outputs)

    def count_moved(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        """Numbers read and written: inputs, parameters, buffers and outputs, each once."""
        return sum(map(product, (*inputs, *self.weights().values(), *self.buffers().values(), *outputs)))

    def resolve(self, *inputs: Shape) -> Layer:
        """The layer with whatever it takes from its input filled in; itself unless it is lazy."""
        return self

    # Derived: the same for every type.

    @property
    def op(self) -> str:
        """The type's name, as PyTorch writes it."""
        return type(self).__name__

    @property
    def output_count(self) -> int | None:
        """How many outputs the layer has; None where only the input decides."""
        return 1

    @property
    def makes_indices(self) -> bool:
        """Whether the second output holds indices instead of numbers, which are int64 whatever the network runs in."""
        return False

    @property
    def params(self) -> Size:
        """The number of trainable parameters.

        >>> from convmath.layers.conv import Conv2d
        >>> Conv2d(3, 64, 7, stride=2, padding=3).params
        9472
        """
        return sum(product(shape) for shape in self.weights().values())

    def facts(self, *shapes: ShapeLike) -> Facts:
        """Everything about inputs of these shapes at once; ShapeError where a condition fails.

        >>> from convmath.layers.conv import Conv2d
        >>> Conv2d(3, 8, 3).facts((1, 3, 9, 9)).outputs
        ((1, 8, 7, 7),)
        """
        inputs = tuple([as_shape(shape) for shape in shapes])
        self._accept(inputs)
        layer = self.resolve(*inputs)
        if layer is not self:
            return layer.facts(*inputs)
        conditions = self.open_constraints + enforce(self.conditions(*inputs), self.op)
        outputs = self.infer(*inputs)
        counts = (self.count_macs, self.count_touching, self.count_operations, self.count_activations, self.count_moved)
        buffers = sum(product(shape) for shape in self.buffers().values())
        cost = Cost(self.params, buffers, *[count(inputs, outputs) for count in counts])
        return Facts(self, outputs, cost, self.stages(*inputs), conditions)

    def _accept(self, inputs: tuple[Shape, ...]) -> None:
        cls = type(self)
        least, most = cls.arity
        if not least <= len(inputs) <= most:
            raise ShapeError(f"{cls.__name__}: takes {say_arity(cls.arity)}, got {len(inputs)} (give it as many)")
        if inputs and len(inputs[0]) < cls.least_axes:
            raise ShapeError(f"{cls.__name__}: takes {cls.least_axes} axes or more, got {inputs[0]!r} (reshape before)")
        if cls.rank is not None and len(inputs[0]) != cls.rank + 2:
            axes = ", ".join(_AXES[cls.rank])
            raise ShapeError(
                f"{cls.__name__}: takes {cls.rank + 2} sizes ({axes}), got {len(inputs[0])}: {inputs[0]}"
                f" (give one for each of {axes})"
            )

    def output_shapes(self, *shapes: ShapeLike) -> tuple[Shape, ...]:
        """The shape of every output; ShapeError if the layer does not accept the input."""
        return self.facts(*shapes).outputs

    def output_shape(self, *shapes: ShapeLike) -> Shape:
        """The shape of the output (of the first one, where a type has several).

        >>> from convmath.layers.conv import Conv2d
        >>> Conv2d(3, 64, 7, stride=2, padding=3).output_shape((1, 3, 224, 224))
        (1, 64, 112, 112)
        """
        return self.output_shapes(*shapes)[0]

    def cost(self, *shapes: ShapeLike) -> Cost:
        """Parameters, MACs, FLOPs and activations for inputs of these shapes."""
        return self.facts(*shapes).cost

    def macs(self, *shapes: ShapeLike) -> Size:
        """Multiply-accumulates as a dense kernel does them (what most tools quote).

        >>> from convmath.layers.conv import Conv2d
        >>> Conv2d(16, 32, 3, padding=1).macs((1, 16, 10, 10))
        460800
        """
        return self.cost(*shapes).macs

    def macs_touching(self, *shapes: ShapeLike) -> Size:
        """Multiply-accumulates that touch real input, not padding (what XLA counts).

        >>> from convmath.layers.conv import Conv2d
        >>> Conv2d(16, 32, 3, padding=1).macs_touching((1, 16, 10, 10))
        401408
        """
        return self.cost(*shapes).macs_touching

    def flops(self, *shapes: ShapeLike) -> Size:
        """Floating-point operations: 2·MACs and every other arithmetic operation."""
        return self.cost(*shapes).flops

    def receptive_field(self, *shapes: ShapeLike) -> tuple[Known, ...]:
        """The receptive field along each spatial axis of the input.

        None sees the whole axis; UNTOLD is for symbols, MOVED for positions that are put elsewhere.
        """
        inputs = tuple(as_shape(shape) for shape in shapes)
        stages = self.facts(*inputs).stages
        fields: tuple[Known, ...] = (IDENTITY,) * inputs[0].rank if inputs else ()
        for stage in stages:
            fields = see(fields, stage)
        return fields

    @classmethod
    def signature(cls) -> str:
        """How the type is written: `Conv2d(in_channels, out_channels, kernel_size, stride=1, …)`."""
        words = (
            name if field.default is REQUIRED else f"{name}={field.default!r}" for name, field in cls.fields.items()
        )
        return f"{cls.__name__}({', '.join(words)})"

    @classmethod
    def field_named(cls, name: str) -> Field | None:
        """The field that an argument's name means, be it Keras' name; None if there is none."""
        known = cls.fields.get(name)
        return known or next((field for field in cls.fields.values() if field.keras and field.keras == name), None)

    @classmethod
    def bind(
        cls, args: tuple[Any, ...], kwargs: dict[str, Any], hint: Callable[[str], None] | None = None
    ) -> dict[str, Any]:
        """The arguments by the names of their fields; `hint`, or else a NameHint, tells of Keras' names."""
        if len(args) > len(cls.fields):
            raise ParameterError(
                f"{cls.__name__}: {len(args)} arguments given, at most {len(cls.fields)} taken; write {cls.signature()}"
            )
        given = dict(zip(cls.fields, args, strict=False))
        for name, value in kwargs.items():
            field = cls.field_named(name)
            if field is None and name in cls.unsupported:
                raise ParameterError(f"{cls.__name__}: {name} is not supported ({cls.unsupported[name]})")
            if field is None:
                raise ParameterError(f"{cls.__name__}: {unknown_name('argument', name, list(cls.fields))}")
            if field.name in given:
                raise ParameterError(f"{cls.__name__}: {field.name} is given twice")
            if field.name != name:
                (hint or _warn)(f"{cls.__name__}: {name} is Keras' name for {field.name}")
            given[field.name] = value
        return given

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{self.op} is frozen; make a new one instead of setting {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{self.op} is frozen; {name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layer) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        words = []
        positional = True
        for name, field in self.fields.items():
            value = self.__dict__[name]
            if field.default is REQUIRED and positional:
                words.append(field.spell(value))
                continue
            positional = False
            spelled = field.spell(value)
            if spelled != field.spell(self.settled_defaults()[name]):
                words.append(f"{name}={spelled}")
        return f"{self.op}({', '.join(words)})"


_AXES = {0: ("N", "C"), 1: ("N", "C", "L"), 2: ("N", "C", "H", "W"), 3: ("N", "C", "D", "H", "W")}


def say_arity(arity: tuple[int, int]) -> str:
    """How many inputs are taken, in words.

    >>> say_arity((1, 1)), say_arity((2, 10**18))
    ('one input', 'at least 2 inputs')
    """
    least, most = arity
    if least == most:
        return "one input" if least == 1 else f"{least or 'no'} inputs"
    return f"at least {least} input{'s' if least > 1 else ''}"


def _warn(hint: str) -> None:
    warnings.warn(hint, NameHint, stacklevel=4)


def _member(family: type[Layer]) -> type[Layer]:
    """A type that can be made: the family's own, or the first that derives from it."""
    while family.abstract and family.__subclasses__():
        family = family.__subclasses__()[0]
    return family
