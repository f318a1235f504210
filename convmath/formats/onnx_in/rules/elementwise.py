"""Elementwise operators: of several arrays, of an array and a number, and of one array."""

from __future__ import annotations

from functools import partial
from math import isfinite, log
from typing import TYPE_CHECKING, Any

from ....core.size import is_one, product
from ....layers import layer_type
from ....layers.axes import Reshape
from ....layers.function import Abs, Clip, Floor, Neg, Not, Pow, Reciprocal, Scale, Shift, Sign, Sqrt, Square
from ..step import UnsupportedError, reshaped
from ..values import BOOL, INT64, UNSIGNED_TYPES, WHOLE_TYPES, Array, Flow, array_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....layers.base import Layer
    from ..step import Step
    from ..values import Value


ALPHA, GAMMA = 1.67326319217681884765625, 1.05070102214813232421875
"""What Selu's attributes are where they are left out, and always are in the layer."""


def number_in(value: Value, beside: Value) -> Any:
    """The number that an array is, where it leaves the other's shape as it is; None otherwise."""
    if not isinstance(value, Array) or isinstance(beside, Array) or len(value.shape) > len(beside.shape):
        return None
    number = value.scalar
    if isinstance(number, bool):
        number = int(number)
    return number if type(number) in {int, float} and isfinite(number) and abs(number) < 1e300 else None


def _joined(name: str, right: Callable[[Any], list[Layer]], left: Callable[[Any], list[Layer]]) -> Any:
    """Two arrays joined by the named layer; by layers of one array where the other is a number on either side."""

    def rule(step: Step) -> Value:
        a, b = step.value(0), step.value(1)
        number = number_in(b, a)
        x, layers = a, [] if number is None else right(number)
        if number is None and (number := number_in(a, b)) is not None:
            x, layers = b, left(number)
        if number is None:
            return step.add(layer_type(name)(), a, b)
        return _chained(step, x, layers)

    return rule


def _chained(step: Step, x: Value, layers: list[Layer]) -> Value:
    for layer in layers:
        x = step.add(layer, x, part="" if layer is layers[-1] else layer.op.lower())
    return x


def _powers(exponent: Any) -> list[Layer]:
    return [{2: Square, 0.5: Sqrt, -1: Reciprocal}.get(exponent, partial(Pow, exponent))()]


def _exponential(base: Any) -> list[Layer]:
    if base <= 0:
        raise UnsupportedError(f"powers of {base}")
    return [Scale(log(base)), layer_type("Exp")()]


def _divided_into(number: Any) -> list[Layer]:
    return [Reciprocal()] if number == 1 else [Reciprocal(), Scale(number)]


def _scaled_down(number: Any) -> list[Layer]:
    if number == 0:
        raise UnsupportedError("a division by 0")
    return [Scale(1 / number)]


def _of_all(name: str, of_number: Callable[[Any], Layer] | None = None) -> Any:
    """Any number of arrays joined by one layer."""

    def rule(step: Step) -> Value:
        values = step.values()
        if len(values) == 1:
            return values[0]
        number = number_in(values[1], values[0]) if of_number and len(values) == 2 else None
        if of_number is None or number is None:
            return step.add(layer_type(name)(), *values)
        return step.add(of_number(number), values[0])

    return rule


def _mean(step: Step) -> Value:
    values = step.values()
    total = step.add(layer_type("Add")(), *values, part="sum") if len(values) > 1 else values[0]
    return step.add(Scale(1 / len(values)), total)


def _compared(name: str) -> Any:
    def rule(step: Step) -> Value:
        made = step.add(layer_type(name)(), *step.values())
        return made._replace(type=BOOL) if isinstance(made, Flow) else made

    return rule


def _function(name: str, *reals: tuple[str, float], **how: Any) -> Any:
    """A layer of one array, whose real hyper-parameters are attributes with defaults."""

    def rule(step: Step) -> Value:
        return step.add(layer_type(name)(*(step.real(*attribute) for attribute in reals), **how), step.x)

    return rule


def _clipped(step: Step) -> Value:
    if step.operator.version < 11:
        low, high = step.real("min", -3.5e38), step.real("max", 3.5e38)
        bounds = [low if low > -3.4e38 else None, high if high < 3.4e38 else None]
    elif any(step.has(place) and not isinstance(step.value(place), Array) for place in (1, 2)):
        return _between(step)
    else:
        bounds = [step.scalar(1), step.scalar(2)]
    low, high = (_finite(bound) for bound in bounds)
    if low is None and high is None:
        return step.x
    return step.add(layer_type("ReLU6")() if (low, high) == (0, 6) else Clip(low, high), step.x)


def _between(step: Step) -> Value:
    """Bounds that the network itself works out."""
    x = step.add(layer_type("Maximum")(), step.x, step.value(1), part="maximum") if step.has(1) else step.x
    return step.add(layer_type("Minimum")(), x, step.value(2)) if step.has(2) else x


def _finite(bound: Any) -> Any:
    return bound if type(bound) in {int, float} and isfinite(bound) and abs(bound) < 3.4e38 else None


def _sloped(step: Step) -> Value:
    """PRelu: a slope for each channel, or one; until version 7 channels were meant whatever the axis."""
    slope, x = step.weight(1), step.x
    several = [axis for axis, size in enumerate(slope.shape, len(x.shape) - len(slope.shape)) if not is_one(size)]
    if several and several != [1] and (step.operator.version >= 7 or len(slope.shape) > 1):
        relu = layer_type("ReLU")
        below = step.add(relu(), step.add(Neg(), x, part="neg"), part="below")
        sloped = step.add(layer_type("Multiply")(), below, slope, part="slope")
        return step.add(layer_type("Subtract")(), step.add(relu(), x, part="above"), sloped)
    return step.add(layer_type("PReLU")(slope.count), x, weights=(slope,))


def _hard_sigmoid(step: Step) -> Value:
    slope, shift = step.real("alpha", 0.2), step.real("beta", 0.5)
    if abs(slope - 1 / 6) < 1e-6 and shift == 0.5:
        return step.add(layer_type("Hardsigmoid")(), step.x)
    return _chained(step, step.x, [Scale(slope), Shift(shift), Clip(0.0, 1.0)])


def _along(name: str) -> Any:
    """Along an axis; until version 13 along all from that one on, as if they were one."""

    def rule(step: Step) -> Value:
        x, old = step.x, step.operator.version < 13
        axis = step.axis(step.integer("axis", 1 if old else -1), len(x.shape))
        if not old or is_one(product(x.shape[axis + 1 :])):
            return step.add(layer_type(name)(axis), x)
        rows = reshaped(step, x, (*x.shape[:axis], product(x.shape[axis:])), part="flatten")
        return reshaped(step, step.add(layer_type(name)(axis), rows), x.shape, part="unflatten")

    return rule


def _gaussian(step: Step) -> Value:
    return step.add(layer_type("GELU")(step.text("approximate", "none")), step.x)


def _swish(step: Step, part: str = "") -> Value:
    alpha = step.real("alpha", 1.0)
    if alpha == 1:
        return step.add(layer_type("SiLU")(), step.x, part=part)
    gate = step.add(layer_type("Sigmoid")(), step.add(Scale(alpha), step.x, part="scale"), part="gate")
    return step.add(layer_type("Multiply")(), step.x, gate, part=part)


def _gated(step: Step) -> Value:
    return step.add(layer_type("Multiply")(), _swish(step, "swish"), step.value(1))


def _scaled_exponential(step: Step) -> Value:
    alpha, gamma = step.real("alpha", ALPHA), step.real("gamma", GAMMA)
    if (abs(alpha - ALPHA), abs(gamma - GAMMA)) < (1e-4, 1e-4):
        return step.add(layer_type("SELU")(), step.x)
    return _chained(step, step.x, [layer_type("ELU")(alpha), Scale(gamma)])


def _left_over(step: Step) -> Value:
    """Mod: a − b·⌊a/b⌋, or rounded towards 0 where it takes the sign of a."""
    a, b = step.value(0), step.value(1)
    quotient = step.add(layer_type("Divide")(), a, b, part="divide")
    if step.integer("fmod", 0):
        size = step.add(Floor(), step.add(Abs(), quotient, part="abs"), part="floor")
        whole = step.add(layer_type("Multiply")(), step.add(Sign(), quotient, part="sign"), size, part="whole")
    else:
        whole = step.add(Floor(), quotient, part="whole")
    return step.add(layer_type("Subtract")(), a, step.add(layer_type("Multiply")(), whole, b, part="multiply"))


def _hardest(step: Step) -> Value:
    """Hardmax: 1 at the first of the largest along an axis, 0 elsewhere."""
    x, old = step.x, step.operator.version < 13
    axis = step.axis(step.integer("axis", 1 if old else -1), len(x.shape))
    if old and not is_one(product(x.shape[axis + 1 :])):
        raise UnsupportedError("several axes as one")
    size = x.shape[axis]
    sizes = [size if place == axis else 1 for place in range(len(x.shape))]
    counted = array_of(list(range(size)), INT64) if type(size) is int else Array((size,), INT64)
    indices = step.turned(counted, Reshape(tuple(sizes)))
    return step.add(
        layer_type("Equal")(), step.add(layer_type("Argmax")(axis, keepdim=True), x, part="argmax"), indices
    )


def _is_none(step: Step) -> Value:
    """IsNaN: only what is no number differs from itself."""
    made = step.add(layer_type("NotEqual")(), step.x, step.x)
    return made._replace(type=BOOL) if isinstance(made, Flow) else made


def _shrunk(step: Step) -> Value:
    bias, threshold = step.real("bias", 0.0), step.real("lambd", 0.5)
    if bias not in {0.0, threshold}:
        raise UnsupportedError(f"bias={bias} with lambd={threshold}")
    return step.add(layer_type("Softshrink" if bias else "Hardshrink")(threshold), step.x)


def _same(step: Step) -> Value:
    return step.x


def _cast(step: Step) -> Value:
    kind = step.integer("to", 1)
    x = step.x
    return x._replace(type=kind) if isinstance(x, Flow) else Array(x.shape, kind, x.roots)


def _dropped(step: Step) -> tuple[Value, ...]:
    stated = step.value(1) if step.has(1) else None
    ratio = stated.scalar if isinstance(stated, Array) else step.real("ratio", 0.5)
    y = step.add(layer_type("Dropout")(ratio if isinstance(ratio, float) and 0 <= ratio <= 1 else 0.5), step.x)
    return (y, y)


_divided = _joined("Divide", _scaled_down, _divided_into)


def _quotient(step: Step) -> Value:
    if isinstance(step.x, Flow) and step.x.type in WHOLE_TYPES:
        step.differs("cuts off what whole numbers leave over")
    return _divided(step)  # type: ignore[no-any-return]


_subtracted = _joined("Subtract", lambda n: [Shift(-n)], lambda n: [Neg(), Shift(n)])


def _difference(step: Step) -> Value:
    if isinstance(step.x, Flow) and step.x.type in UNSIGNED_TYPES:
        step.differs("goes on from the largest number below 0, for there are no signs")
    return _subtracted(step)  # type: ignore[no-any-return]


RULES = {
    "Add": _joined("Add", lambda n: [Shift(n)], lambda n: [Shift(n)]),
    "Sub": _difference,
    "Mul": _joined("Multiply", lambda n: [Scale(n)], lambda n: [Scale(n)]),
    "Div": _quotient,
    "Pow": _joined("Power", _powers, _exponential),
    "Sum": _of_all("Add"),
    "Max": _of_all("Maximum", lambda n: Clip(min=n)),
    "Min": _of_all("Minimum", lambda n: Clip(max=n)),
    "Mean": _mean,
    "Where": _of_all("Where"),
    **{
        name: _compared(layer)
        for name, layer in (
            ("Equal", "Equal"), ("Greater", "Greater"), ("GreaterOrEqual", "GreaterEqual"), ("Less", "Less"),
            ("LessOrEqual", "LessEqual"), ("And", "And"), ("Or", "Or"), ("Xor", "NotEqual"),
        )
    },
    "Not": lambda step: step.add(Not(), step.x),
    "Abs": lambda step: step.add(Abs(), step.x),
    **{name: _function(name) for name in (
        "Neg", "Sign", "Sqrt", "Reciprocal", "Exp", "Log", "Erf", "Sin", "Cos", "Floor", "Ceil", "Round", "Sigmoid",
        "Tanh", "Softplus", "Softsign", "Mish",
    )},
    "Relu": _function("ReLU"),
    "LeakyRelu": _function("LeakyReLU", ("alpha", 0.01)),
    "ThresholdedRelu": lambda step: step.add(layer_type("Threshold")(step.real("alpha", 1.0), 0.0), step.x),
    "Elu": _function("ELU", ("alpha", 1.0)),
    "Celu": _function("CELU", ("alpha", 1.0)),
    "Selu": _scaled_exponential,
    "HardSwish": _function("Hardswish"),
    "HardSigmoid": _hard_sigmoid,
    "Gelu": _gaussian,
    "Swish": _swish,
    "SwiGLU": _gated,
    "Mod": _left_over,
    "Hardmax": _hardest,
    "IsNaN": _is_none,
    "Shrink": _shrunk,
    "PRelu": _sloped,
    "Clip": _clipped,
    "Softmax": _along("Softmax"),
    "LogSoftmax": _along("LogSoftmax"),
    "Identity": _same,
    "Cast": _cast,
    "CastLike": _same,
    "Dropout": _dropped,
}  # fmt: skip
