"""Field: how a layer type declares one hyper-parameter: its domain, its spellings, its meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.convention import CONVENTIONS, Convention
from ..core.errors import ParameterError, show
from ..core.padding import NamedPads, Pads, settle_padding, spell_padding
from ..core.shape import as_size
from ..core.size import LARGEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..core.size import Size

REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "required"})()


def spell_tuple(values: tuple[Any, ...]) -> str:
    """The one value that all axes share, or all of them.

    >>> spell_tuple((3, 3)), spell_tuple((3, 5))
    ('3', '(3, 5)')
    """
    words = [str(value) for value in values]
    return words[0] if len(set(words)) == 1 else f"({', '.join(words)})"


def spell_list(values: tuple[Any, ...]) -> str:
    """A value for each axis, where a single one is not the same as one for all of them.

    >>> spell_list((3, 3)), spell_list((3,))
    ('(3, 3)', '3')
    """
    return str(values[0]) if len(values) == 1 else f"({', '.join(map(str, values))})"


class Field:
    """One hyper-parameter. A subtype says what it accepts (`settle`) and how it is written (`spell`)."""

    expects = "a value"

    def __init__(self, meaning: str, default: Any = REQUIRED, symbol: str = "", keras: str = "") -> None:
        self.name = ""
        self.meaning = meaning
        self.default = default
        self.symbol = symbol
        self.keras = keras

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> Any:
        return self  # on a class; a layer's own settled value lies in its __dict__ and is found first

    def settle(self, value: Any, rank: int) -> Any:
        """The one form in which rules see the value, or None if it is outside the domain."""
        raise NotImplementedError

    def spell(self, value: Any) -> str:
        """The settled value as a person would write it."""
        return repr(value)

    def generic(self, symbol: Callable[[str, int], Size], axes: tuple[str, ...]) -> Any:
        """The value with a symbol for every number, made by `symbol(name, least)`; the default where it has none.

        `axes` holds what is added to a symbol's name along each axis.
        """
        return self.default

    def settled(self, value: Any, who: str, rank: int) -> Any:
        """`settle`, or a ParameterError that names the layer, the rule and the value."""
        result = self.settle(value, rank)
        if result is None:
            expects = self.expects.replace("{rank}", str(rank))
            raise ParameterError(f"{who}: {self.name} must be {expects}, not {show(value)}")
        return result


class Count(Field):
    """An integer of at least `least`."""

    def __init__(self, meaning: str, default: Any = REQUIRED, least: int = 1, **names: str) -> None:
        super().__init__(meaning, default, **names)
        self.least = least
        self.expects = f"an integer from {least} to 10^{len(str(LARGEST)) - 1}"

    def settle(self, value: Any, rank: int) -> Any:
        return as_size(value, self.least)

    def generic(self, symbol: Callable[[str, int], Size], axes: tuple[str, ...]) -> Any:
        return symbol(self.symbol, self.least) if self.symbol else self.default

    def spell(self, value: Any) -> str:
        return str(value)


class PerAxis(Count):
    """An integer of at least `least` for each spatial axis; a single one serves for all."""

    def __init__(self, meaning: str, default: Any = REQUIRED, least: int = 1, **names: str) -> None:
        super().__init__(meaning, default, least, **names)
        self.expects += ", or a tuple of {rank}, one for each axis"

    def settle(self, value: Any, rank: int) -> Any:
        if isinstance(value, tuple | list):
            sizes = tuple(as_size(size, self.least) for size in value)
            return None if len(sizes) != rank or any(size is None for size in sizes) else sizes
        size = as_size(value, self.least)
        return None if size is None else (size,) * rank

    def generic(self, symbol: Callable[[str, int], Size], axes: tuple[str, ...]) -> Any:
        return tuple(symbol(self.symbol + axis, self.least) for axis in axes)

    def spell(self, value: Any) -> str:
        return spell_tuple(value)


class PaddingField(Field):
    """Padding in any spelling; `names` are those the type understands."""

    def __init__(
        self, meaning: str, default: Any = 0, names: tuple[str, ...] = ("valid", "same", "same_lower", "causal", "full")
    ) -> None:
        super().__init__(meaning, default, symbol="p")
        self.names = names
        self.expects = (
            "an integer, a tuple of {rank} integers or (low, high) pairs, or "
            f"{', '.join(map(repr, names[:-1]))} or {names[-1]!r}"
            if names
            else "an integer, or a tuple of {rank} integers or (low, high) pairs"
        )

    def settle(self, value: Any, rank: int) -> Any:
        axes = settle_padding(value, rank)
        if axes is None or any(isinstance(axis, NamedPads) and axis.name not in self.names for axis in axes):
            return None
        return axes

    def generic(self, symbol: Callable[[str, int], Size], axes: tuple[str, ...]) -> Any:
        return tuple(Pads(side, side) for side in (symbol(self.symbol + axis, 0) for axis in axes))

    def spell(self, value: Any) -> str:
        return spell_padding(value)


class Flag(Field):
    """True or False."""

    expects = "True or False"

    def settle(self, value: Any, rank: int) -> Any:
        return value if type(value) is bool else None


class Choice(Field):
    """One of a few words."""

    def __init__(self, meaning: str, default: str, options: tuple[str, ...]) -> None:
        super().__init__(meaning, default)
        self.options = options
        self.expects = f"one of {', '.join(map(repr, options))}"

    def settle(self, value: Any, rank: int) -> Any:
        return value if isinstance(value, str) and value in self.options else None


class ConventionField(Choice):
    """The framework whose rules decide where frameworks disagree."""

    def __init__(self) -> None:
        super().__init__("the framework whose rules decide", "pytorch", tuple(CONVENTIONS))

    def settle(self, value: Any, rank: int) -> Any:
        return (
            CONVENTIONS.get(value.lower())
            if isinstance(value, str)
            else value
            if isinstance(value, Convention)
            else None
        )

    def spell(self, value: Any) -> str:
        return repr(value.name)


class Real(Field):
    """A finite real number, or one from `least` to `most`; rules of sizes and costs never use it."""

    def __init__(
        self, meaning: str, default: Any = REQUIRED, least: float = -1e300, most: float = 1e300, **names: str
    ) -> None:
        super().__init__(meaning, default, **names)
        self.least = least
        self.most = most
        bounds = (f"of at least {least}" if most == 1e300 else f"from {least} to {most}") if least > -1e300 else ""
        self.expects = f"a number {bounds}" if bounds else "a finite number"

    def settle(self, value: Any, rank: int) -> Any:
        return value if type(value) in (int, float) and self.least <= value <= self.most else None


class Optional(Field):
    """Another field's domain, or None, which stands for a number or for the value of the field called `otherwise`."""

    def __init__(self, inner: Field, default: Any = None, otherwise: int | str | None = None) -> None:
        super().__init__(inner.meaning, default, inner.symbol, inner.keras)
        self.inner = inner
        self.otherwise = otherwise
        self.expects = f"None or {inner.expects}"

    def settled(self, value: Any, who: str, rank: int) -> Any:
        return None if value is None else super().settled(value, who, rank)

    def settle(self, value: Any, rank: int) -> Any:
        return self.inner.settle(value, rank)

    def generic(self, symbol: Callable[[str, int], Size], axes: tuple[str, ...]) -> Any:
        return self.default if self.otherwise is None else self.inner.generic(symbol, axes)

    def spell(self, value: Any) -> str:
        return "None" if value is None else self.inner.spell(value)


class Axis(Field):
    """The number of an axis; negative ones count from the end."""

    expects = "an axis number from -8 to 7"

    def settle(self, value: Any, rank: int) -> Any:
        return value if type(value) is int and -8 <= value <= 7 else None


class Sizes(Field):
    """A tuple of integers of at least 1; a single one stands for a tuple of one."""

    expects = "an integer from 1 to 10^18, or a tuple of them"

    def settle(self, value: Any, rank: int) -> Any:
        values = value if isinstance(value, tuple | list) else (value,)
        sizes = tuple(as_size(size) for size in values)
        return None if not sizes or any(size is None for size in sizes) else sizes

    def spell(self, value: Any) -> str:
        return spell_list(value)


class Axes(Field):
    """A tuple of axis numbers; a single one stands for a tuple of one."""

    expects = "an axis number from -8 to 7, or a tuple of different ones"

    def settle(self, value: Any, rank: int) -> Any:
        axes = tuple(value) if isinstance(value, tuple | list) else (value,)
        fits = axes and all(type(axis) is int and -8 <= axis <= 7 for axis in axes)
        return axes if fits and len(set(axes)) == len(axes) else None

    def spell(self, value: Any) -> str:
        return spell_list(value)


class Extents(Field):
    """The sizes of every axis, none for a single number; some may be -1, which leaves them to the input."""

    def __init__(self, meaning: str, left_open: int = 0) -> None:
        super().__init__(meaning)
        self.left_open = left_open
        mark = ", one of which may be -1" if left_open == 1 else ", or -1" if left_open else ""
        self.expects = f"a tuple of integers from 1 to 10^18{mark}"

    def settle(self, value: Any, rank: int) -> Any:
        values = value if isinstance(value, tuple | list) else (value,)
        sizes = tuple(-1 if type(size) is int and size == -1 else as_size(size) for size in values)
        fits = not any(size is None for size in sizes) and sum(is_open(size) for size in sizes) <= self.left_open
        return sizes if fits else None

    def spell(self, value: Any) -> str:
        return f"({_listed(value)})"


def is_open(size: object) -> bool:
    """Whether a size is left to the input.

    >>> is_open(-1), is_open(3)
    (True, False)
    """
    return type(size) is int and size == -1


class Offset(Field):
    """An integer; negative ones count from the end."""

    expects = "an integer to 10^18 on either side"

    def settle(self, value: Any, rank: int) -> Any:
        return as_size(value, -LARGEST)

    def spell(self, value: Any) -> str:
        return str(value)


class Text(Field):
    """A name of at most 200 characters."""

    expects = "a text of 1 to 200 characters"

    def settle(self, value: Any, rank: int) -> Any:
        return value if isinstance(value, str) and 1 <= len(value) <= 200 else None

    def spell(self, value: Any) -> str:
        return ascii(value)


class Shapes(Field):
    """A tuple of shapes, each a tuple of sizes."""

    expects = "a tuple of shapes, each a tuple of integers from 1 to 10^18"

    def settle(self, value: Any, rank: int) -> Any:
        if not isinstance(value, tuple | list) or not value:
            return None
        shapes = tuple(tuple(map(as_size, one)) if isinstance(one, tuple | list) else None for one in value)
        return None if any(one is None or any(size is None for size in one) for one in shapes) else shapes

    def spell(self, value: Any) -> str:
        return f"({', '.join(f'({_listed(shape)})' for shape in value)}{',' * (len(value) == 1)})"


def _listed(sizes: tuple[Any, ...]) -> str:
    return f"{', '.join(map(str, sizes))}{',' * (len(sizes) == 1)}"
