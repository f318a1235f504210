"""The parameters of published networks: what each accepts, and the decorator that checks them."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from ..core.errors import ParameterError, unknown_name
from ..core.shape import as_size
from ..core.size import Symbolic
from ..layers.field import Count, Flag, PerAxis, Real

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..layers.field import Field
    from ..network.network import Network

    Builder = TypeVar("Builder", bound=Callable[..., Network])

PARAMETERS: dict[str, dict[str, Field]] = {}
"""The parameters of each network whose file is loaded."""


def published(**fields: Field) -> Callable[[Builder], Builder]:
    """Makes a function that builds a network settle its keyword arguments, defaults included, in these fields.

    Raises ParameterError, naming the network, for a value outside a field's domain and for an unknown name.

    >>> from convmath.zoo.resnet import resnet18
    >>> resnet18(width=0)
    Traceback (most recent call last):
    convmath.core.errors.ParameterError: resnet18: width must be an integer from 1 to 1000000, not 0
    """
    for name, field in fields.items():
        field.name = name

    def declare(build: Builder) -> Builder:
        who, defaults = build.__name__, build.__kwdefaults__ or {}
        PARAMETERS[who] = fields

        @wraps(build)
        def settling(**given: Any) -> Network:
            for name in given:
                if name not in fields:
                    raise ParameterError(
                        f"{who}: {unknown_name('parameter', name, list(fields))} (it takes {', '.join(fields)})"
                    )
            values = defaults | given
            return build(**{name: field.settled(values[name], who, rank=2) for name, field in fields.items()})

        return settling  # type: ignore[return-value]

    return declare


class Limited(Count):
    """A multiple of `step` from `least` to `most`; what symbols and arrays stand for is not asked."""

    def __init__(self, meaning: str, most: int, least: int = 1, step: int = 1) -> None:
        super().__init__(meaning, least=least)
        self.most = most
        self.step = step
        self.expects = f"{'an integer' if step == 1 else f'a multiple of {step}'} from {least} to {most}"

    def settle(self, value: Any, rank: int) -> Any:
        size = as_size(value, self.least)
        return None if type(size) is int and (size > self.most or size % self.step) else size


class Repeats(Limited):
    """How often something is built: a number, never a symbol."""

    def settle(self, value: Any, rank: int) -> Any:
        size = super().settle(value, rank)
        return size if type(size) is int else None


class Multiplier(Real):
    """A number that multiplies channels, or a symbol."""

    def settle(self, value: Any, rank: int) -> Any:
        return value if isinstance(value, Symbolic) else super().settle(value, rank)


def width_field(least: int = 1, step: int = 1) -> Limited:
    """The field of a network whose widths follow from one, which must be a multiple of `step`."""
    return Limited("channels of the first convolution; the others are in proportion", 10**6, least, step)


WIDTH = width_field()
CLASSES = Count("classes that are told apart")
IN_CHANNELS = Count("channels of the input")
SIZE = PerAxis("height and width of the input")
AUX = Flag("whether to add the classifier that only training uses")
