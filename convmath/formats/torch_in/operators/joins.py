"""What joins several values: arithmetic, comparisons, concatenation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....layers import layer_type
from ....layers.axes import Unsqueeze
from ....layers.function import Floor, Neg, Pow, Reciprocal, Scale, Shift
from ....layers.merge import Add, Concat, Divide, Multiply, Power, Subtract, Where
from ....layers.repeat import Expand
from ....layers.scatter import Scatter, ScatterElements
from ..call import NotReadError, Value, operator_name

if TYPE_CHECKING:
    from ..call import Call


def add(call: Call) -> Value:
    """x + a·y: of an array, or of a number."""
    x, y = call["self"], call["other"]
    if _is_number(y):
        return call.add(Shift(y * call.get("alpha", 1)), x)
    return call.add(Add(), x, _times(call, y, call.get("alpha", 1)))


def subtract(call: Call) -> Value:
    """x − a·y: of an array, or of a number."""
    x, y = call["self"], call["other"]
    if _is_number(y):
        return call.add(Shift(-y * call.get("alpha", 1)), x)
    return call.add(Subtract(), x, _times(call, y, call.get("alpha", 1)))


def reverse_subtract(call: Call) -> Value:
    """y − x, of a number y."""
    x, y = call["self"], call["other"]
    if _is_number(y):
        return call.add(Shift(y), call.add(Neg(), x))
    return call.add(Subtract(), y, x)


def multiply(call: Call) -> Value:
    """x·y: of an array, or of a number."""
    x, y = call["self"], call["other"]
    return call.add(Scale(y), x) if _is_number(y) else call.add(Multiply(), x, y)


def divide(call: Call) -> Value:
    """x/y, of an array or of a number; rounded down if that is asked for, rounded towards 0 unknown."""
    x, y, rounding = call["self"], call["other"], call.get("rounding_mode", None)
    if rounding not in {None, "floor"}:
        raise NotReadError("it rounds towards 0")
    made = call.add(Scale(1 / y), x) if _is_number(y) and y else call.add(Divide(), x, y)
    return made if rounding is None else call.add(Floor(), made)


def floor_divide(call: Call) -> Value:
    """⌊x/y⌋."""
    return call.add(Floor(), divide(call))


def power(call: Call) -> Value:
    """xʸ, where either may be a number."""
    x, y = call["self"], call["exponent"]
    if _is_number(x):
        return call.add(Power(), call.constant(), y)
    return call.add(Pow(y), x) if _is_number(y) else call.add(Power(), x, y)


def reciprocal(call: Call) -> Value:
    """1/x."""
    return call.add(Reciprocal(), call["self"])


def both(op: str) -> Any:
    """A type that joins two values, of which the second may be a number."""

    def read(call: Call) -> Value:
        return call.add(layer_type(op)(), *(_as_array(call, call[name]) for name in ("self", "other")))

    return read


def where(call: Call) -> Value:
    """One of two values, as a third says."""
    return call.add(Where(), *(_as_array(call, call[name]) for name in ("condition", "self", "other")))


def masked_fill(call: Call) -> Value:
    """A stated value where a mask says so."""
    return call.add(Where(), call["mask"], _as_array(call, call["value"]), call["self"])


def addcmul(call: Call) -> Value:
    """x + a·y·z."""
    product = call.add(Multiply(), call["tensor1"], call["tensor2"])
    return call.add(Add(), call["self"], _times(call, product, call.get("value", 1)))


def lerp(call: Call) -> Value:
    """x + w·(y − x)."""
    x, weight = call["self"], call["weight"]
    step = call.add(Subtract(), call["end"], x)
    step = call.add(Scale(weight), step) if _is_number(weight) else call.add(Multiply(), step, weight)
    return call.add(Add(), x, step)


def concat(call: Call) -> Value:
    """Values one after another."""
    values = call["tensors"]
    return values[0] if len(values) == 1 else call.add(Concat(call["dim"]), *values)


def stack(call: Call) -> Value:
    """Values one after another, along an axis that is new."""
    parts = [call.add(Unsqueeze(call["dim"]), value) for value in call["tensors"]]
    return parts[0] if len(parts) == 1 else call.add(Concat(call["dim"]), *parts)


def copy(call: Call) -> Value:
    """The numbers of another value in the place of one's own."""
    x: Value = call["src"]
    return x if call.shape(x) == call.shapes[0] else call.add(Expand(tuple(call.shapes[0])), x)


def scatter(name: str) -> Any:
    """A value of which a part is replaced."""

    def read(call: Call) -> Value:
        joined = Scatter("add") if call.get("accumulate", False) else Scatter()
        return call.add(joined, call["self"], _as_array(call, call[name]))

    return read


def scatter_along(call: Call) -> Value:
    """A value of which parts are replaced, or joined with others, at indices along one axis."""
    reduction = REDUCTIONS.get(call.get("reduce", NAMED.get(operator_name(call.node), "none")))
    indices, source = call["index"], call.get("src", None)
    if reduction is None or not call.get("include_self", True):
        raise NotReadError("it joins numbers in a way that the layer does not know")
    if not isinstance(source, Value) or call.shape(source) != call.shape(indices):
        return call.add(Scatter(reduction), call["self"], _as_array(call, source))
    return call.add(ScatterElements(call["dim"], reduction), call["self"], indices, source)


NAMED = {"scatter_add": "add"}
"""What an operator's name says about joining."""

REDUCTIONS = {
    "none": "none", "add": "add", "sum": "add", "multiply": "mul", "prod": "mul", "amax": "max", "amin": "min",
}  # fmt: skip
"""PyTorch's words for joining, as ONNX's."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _times(call: Call, value: Any, factor: Any) -> Value:
    if not isinstance(value, Value):
        raise NotReadError("a list is no operand")
    return value if factor == 1 else call.add(Scale(factor), value)


def _as_array(call: Call, value: Any) -> Value:
    return value if isinstance(value, Value) else call.constant()


OPERATORS = {
    "add": add,
    "sub": subtract,
    "subtract": subtract,
    "rsub": reverse_subtract,
    "mul": multiply,
    "multiply": multiply,
    "div": divide,
    "divide": divide,
    "true_divide": divide,
    "floor_divide": floor_divide,
    "pow": power,
    "maximum": both("Maximum"),
    "minimum": both("Minimum"),
    "eq": both("Equal"),
    "ne": both("NotEqual"),
    "gt": both("Greater"),
    "ge": both("GreaterEqual"),
    "lt": both("Less"),
    "le": both("LessEqual"),
    "logical_and": both("And"),
    "logical_or": both("Or"),
    "bitwise_and": both("And"),
    "bitwise_or": both("Or"),
    "where": where,
    "masked_fill": masked_fill,
    "addcmul": addcmul,
    "lerp": lerp,
    "cat": concat,
    "concat": concat,
    "stack": stack,
    "copy": copy,
    "index_put": scatter("values"),
    **dict.fromkeys(("slice_scatter", "select_scatter"), scatter("src")),
    **dict.fromkeys(("scatter", "scatter_add", "scatter_reduce"), scatter_along),
    "index_copy": scatter("source"),
    "index_fill": scatter("value"),
}
