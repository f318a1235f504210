"""Operators on numbers that are known in advance: the arithmetic that shapes are worked out by.

A rule takes a step whose inputs are arrays with known numbers (formulas among them) and gives an array; None where it
cannot, and then the operator is read as any other.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from ...core.size import are_numbers, product
from . import fractional as word
from .step import UnsupportedError
from .values import BOOL, FLOAT, INT64, MOST_NUMBERS, WHOLE_TYPES, Array, Flow, array_of, roots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .step import Step
    from .values import Root, Value

    Rule = Callable[[Step], Array | None]


def fold(step: Step) -> Array | None:
    """What an operator makes of known numbers; None if they are not known, or if there is no rule."""
    rule = FOLDS.get(step.operator.type) if step.operator.standard else None
    if rule is None:
        return None
    if step.operator.type not in OF_SHAPES and not _are_known(step.inputs):
        return None
    try:
        made = rule(step)
    except (UnsupportedError, ValueError):
        return None
    if made is None or not are_numbers(*made.shape) or made.count > MOST_NUMBERS:
        return None
    if step.operator.type in OF_SHAPES and isinstance(step.x, Flow):
        step.drafts.reads_shapes = True
    if made.is_whole or made.roots:
        return made
    held = roots_of(value for value in step.inputs if isinstance(value, Array) and not value.is_whole)
    return Array(made.shape, made.type, held, made.numbers)


def _are_known(values: Sequence[Value | None]) -> bool:
    # Numbers are read only where nothing else is in the way: most operators have weights beside what flows.
    arrays = [value for value in values if isinstance(value, Array)]
    others = any(isinstance(value, Flow) for value in values)
    return not others and all(value.numbers is not None for value in arrays)


def _known(step: Step, place: int = 0) -> Any:
    value = step.value(place)
    assert isinstance(value, Array)
    return value.numbers


def _elementwise(rule: Callable[..., Any], kind: int | None = None) -> Rule:
    def folded(step: Step) -> Array:
        values = step.values()
        made = _known(step)
        for place in range(1, len(values)):
            made = _each(rule, made, _known(step, place))
        return array_of(made, values[0].type if kind is None else kind)

    return folded


def _one(rule: Callable[..., Any], kind: int | None = None) -> Rule:
    return lambda step: array_of(_each(rule, _known(step)), step.x.type if kind is None else kind)


def _each(rule: Callable[..., Any], *arrays: Any) -> Any:
    """A rule number by number, broadcast; always an array of objects."""
    import numpy as np

    if product(np.broadcast_shapes(*(array.shape for array in arrays))) > MOST_NUMBERS:
        raise ValueError("too many numbers")
    made = np.frompyfunc(rule, len(arrays), 1)(*arrays)
    if isinstance(made, np.ndarray):
        return made
    single = np.empty((), object)
    single[()] = made
    return single


def _divided(step: Step) -> Array:
    rule = word.divide_whole if step.x.type in WHOLE_TYPES else word.divide
    return array_of(_each(rule, _known(step), _known(step, 1)), step.x.type)


def _cast(step: Step) -> Array:
    kind = step.integer("to", FLOAT)
    if kind == BOOL:
        return array_of(_each(lambda n: None if (zero := word.equal(n, 0)) is None else not zero, _known(step)), kind)
    return array_of(_each(word.truncate, _known(step)) if kind in WHOLE_TYPES else _known(step), kind)


def _shape(step: Step) -> Array:
    sizes = list(step.x.shape)
    start, end = step.integer("start", 0), step.integer("end", len(sizes))
    return array_of(sizes[slice(start, end)], INT64)


def _gather(step: Step) -> Array | None:
    import numpy as np

    data, indices = _known(step), _known(step, 1)
    axis = step.axis(step.integer("axis", 0), data.ndim)
    if not all(type(place) is int for place in indices.reshape(-1)):
        return None
    made = np.take(data, indices.astype(np.int64), axis)
    return array_of(made if isinstance(made, np.ndarray) else _as_array(made), step.x.type)


def _as_array(number: Any) -> Any:
    import numpy as np

    single = np.empty((), object)
    single[()] = number
    return single


def _concat(step: Step) -> Array:
    import numpy as np

    arrays = [_known(step, place) for place in range(len(step.values()))]
    return array_of(np.concatenate(arrays, step.axis(step.integer("axis", 0), arrays[0].ndim)), step.x.type)


def _slice(step: Step) -> Array:
    data = _known(step)
    cuts: list[Any] = [slice(None)] * data.ndim
    for axis, start, end, pace in slices(step, data.ndim):
        cuts[axis] = slice(_plain(start), _plain(end), _plain(pace))
    return array_of(data[tuple(cuts)], step.x.type)


def _plain(number: Any) -> int:
    if type(number) is not int:
        raise ValueError("a place is a formula")
    return number


def slices(step: Step, axes: int) -> list[tuple[int, Any, Any, Any]]:
    """(axis, start, end, step) of every axis that a Slice cuts, from attributes or inputs."""
    if step.operator.version < 10:
        starts, ends = step.integers("starts", ()), step.integers("ends", ())
        which, paces = step.integers("axes"), None
    else:
        starts, ends = step.numbers(1), step.numbers(2)
        which = step.numbers(3) if step.has(3) else None
        paces = step.numbers(4) if step.has(4) else None
    assert starts is not None
    assert ends is not None
    which = list(range(len(starts))) if which is None else [step.axis(axis, axes) for axis in which]
    paces = [1] * len(starts) if paces is None else paces
    return list(zip(which, starts, ends, paces, strict=True))


def axes_of(step: Step, since: int) -> list[int] | None:
    """The axes an operator names: an attribute until a version of the set, then its second input."""
    if step.operator.version < since:
        return step.integers("axes")
    return step.numbers(1) if step.has(1) else None


def _unsqueeze(step: Step) -> Array:
    import numpy as np

    data, axes = _known(step), axes_of(step, 13) or []
    return array_of(np.expand_dims(data, tuple(axes)), step.x.type)


def _squeeze(step: Step) -> Array:
    data, axes = _known(step), axes_of(step, 13)
    return array_of(data.squeeze(None if axes is None else tuple(axes)), step.x.type)


def _turned(step: Step) -> Array:
    return array_of(_known(step).transpose(step.integers("perm")), step.x.type)


def _reshape(step: Step) -> Array:
    sizes = step.numbers(1) if step.has(1) else step.integers("shape", ())
    assert sizes is not None
    data = _known(step)
    copied = not step.integer("allowzero", 0)
    kept = [data.shape[axis] if size == 0 and copied and axis < data.ndim else size for axis, size in enumerate(sizes)]
    return array_of(data.reshape(kept), step.x.type)


def _range(step: Step) -> Array | None:
    start, limit, pace = (step.scalar(place) for place in range(3))
    if not all(type(number) in {int, float} for number in (start, limit, pace)) or not pace:
        return None
    count = ceil((limit - start) / pace)
    return array_of([start + place * pace for place in range(count)], step.x.type) if count <= MOST_NUMBERS else None


def _filled(step: Step) -> Array | None:
    sizes, value = step.numbers(0), step.tensor("value")
    kind = FLOAT if value is None else value.type
    number = 0 if value is None else value.scalar
    if not are_numbers(*sizes) or product(sizes) > MOST_NUMBERS or any(size < 0 for size in sizes):
        return None
    import numpy as np

    roots = roots_of_fill(step, sizes, value) if kind not in WHOLE_TYPES else ()
    return array_of(np.full(sizes, number, object), kind, roots)


def roots_of_fill(step: Step, sizes: list[Any], value: Array | None) -> tuple[Root, ...]:
    """What ConstantOfShape stores: weights, in models without any; but zeros are where a state or a sum begins."""
    return () if value is None or value.scalar == 0 else ((step.operator.outputs[0], product(sizes)),)


def _expand(step: Step) -> Array:
    import numpy as np

    data, sizes = _known(step), [_plain(size) for size in step.numbers(1)]
    shape = np.broadcast_shapes(data.shape, tuple(sizes))
    if product(shape) > MOST_NUMBERS:
        raise ValueError("too many numbers")
    return array_of(np.broadcast_to(data, shape).copy(), step.x.type)


def _where(step: Step) -> Array:
    return array_of(_each(word.chosen, *(_known(step, place) for place in range(3))), step.value(1).type)


def _reduced(rule: Callable[[Any, Any], Any]) -> Rule:
    def folded(step: Step) -> Array | None:
        if not axes_of(step, 13 if rule is word.add else 18) and step.integer("noop_with_empty_axes", 0):
            return array_of(_known(step), step.x.type)
        if _known(step).ndim != 1 or not _known(step).size or axes_of(step, 13 if rule is word.add else 18) not in (
            None, [0], [-1], []
        ):  # fmt: skip
            return None
        first, *others = _known(step).tolist()
        for number in others:
            first = rule(first, number)
        return array_of([first] if step.integer("keepdims", 1) else first, step.x.type)

    return folded


FOLDS: dict[str, Rule] = {
    "Add": _elementwise(word.add),
    "Sub": _elementwise(word.subtract),
    "Mul": _elementwise(word.multiply),
    "Div": _divided,
    "Mod": lambda step: _elementwise(word.left_over if step.integer("fmod", 0) else word.remainder)(step),
    "Pow": _elementwise(word.power),
    "Max": _elementwise(word.maximum),
    "Min": _elementwise(word.minimum),
    "Equal": _elementwise(word.equal, BOOL),
    "Greater": _elementwise(word.above, BOOL),
    "GreaterOrEqual": _elementwise(word.at_least, BOOL),
    "Less": _elementwise(lambda a, b: word.above(b, a), BOOL),
    "LessOrEqual": _elementwise(lambda a, b: word.at_least(b, a), BOOL),
    "And": _elementwise(word.certain(lambda a, b: a and b), BOOL),
    "Or": _elementwise(word.certain(lambda a, b: a or b), BOOL),
    "Not": _one(word.certain(lambda a: not a), BOOL),
    "Neg": _one(lambda a: word.subtract(0, a)),
    "Abs": _one(word.certain(abs)),
    "Sqrt": _one(word.certain(lambda a: a**0.5 if not word.is_formula(a) and a >= 0 else None)),
    "Floor": _one(word.floor),
    "Ceil": _one(word.ceiling),
    "Round": _one(word.nearest),
    "Cast": _cast,
    "Shape": _shape,
    "Size": lambda step: array_of(product(step.x.shape), INT64),
    "Gather": _gather,
    "Concat": _concat,
    "Slice": _slice,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Reshape": _reshape,
    "Transpose": _turned,
    "Range": _range,
    "ConstantOfShape": _filled,
    "Expand": _expand,
    "Where": _where,
    "ReduceProd": _reduced(word.multiply),
    "ReduceSum": _reduced(word.add),
    "ReduceMax": _reduced(word.maximum),
    "ReduceMin": _reduced(word.minimum),
}
"""The operators that are worked out in advance where their inputs are known."""

OF_SHAPES = frozenset({"Shape", "Size"})
"""Those that take only the shape of what they read."""
