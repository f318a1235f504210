"""What a formula is put together from: names for what repeats, values for symbols, the source of a law."""

from __future__ import annotations

from fractions import Fraction
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError, show
from ..core.foreign import is_foreign, read
from ..core.size import Symbolic
from ..layers.base import Layer
from ..symbolic.write import written
from ..symbolic.written import Written, operation, symbol
from .general import counts_of, symbol_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..symbolic.written import Operand
    from .general import General


def names_of(operand: Any) -> dict[str, int]:
    """The symbols of a formula, each with its least value; none of a number.

    >>> names_of(symbol("k") + 1), names_of(3)
    ({'k': 1}, {})
    """
    return operand.names if isinstance(operand, Written) else {}


def fixed_at(operand: Operand, values: Mapping[str, Any]) -> Any:
    """A formula, or a number, with values for some of its symbols.

    >>> str(fixed_at(symbol("i") - symbol("k") + 1, {"k": 3}))
    'i − 2'
    """
    return operand.worked_out(values) if isinstance(operand, Written) else operand


def as_operand(name: str, value: Any) -> Operand:
    """A value that is put into a formula: an integer, or a formula as it is written."""
    value = read(value) if is_foreign(value) else value
    if type(value) is int or isinstance(value, Written):
        return value
    if isinstance(value, Symbolic):
        return written(value)
    raise FormulaError(f"{name}={show(value)} is no size (use an integer or a formula)")


def shortened(stated: Operand, g: General) -> tuple[Operand, dict[str, Operand]]:
    """The formula with names for output sizes and for counts of taps, and what those stand for."""
    sizes = {operand: symbol(name) for name, operand in g.where}
    counts = {count: symbol(name) for name, count in counts_of(g)}
    short = stated.replaced(counts).replaced(sizes)
    meant = {symbol_name(name): operand for operand, name in {**sizes, **counts}.items()}
    where: dict[str, Operand] = {}
    waiting = [short]
    while waiting:
        for name in names_of(waiting.pop()):
            if name in meant and name not in where:
                where[name] = meant[name].replaced(sizes) if name not in dict(g.where) else meant[name]
                waiting.append(where[name])
    return short, where


def with_defaults(
    values: Mapping[str, Any], defaults: Mapping[str, Operand], known: Mapping[str, int]
) -> dict[str, Any]:
    """The values, and for names without one the default of their hyper-parameter, if that can be told.

    >>> with_defaults({"k": 3}, {"s": symbol("k"), "p": 0}, {"k": 1, "s": 1, "p": 0})
    {'k': 3, 's': 3, 'p': 0}
    """
    given = dict(values)
    for name in known:
        default = defaults.get(name)
        if name not in given and default is not None and all(other in given for other in names_of(default)):
            given[name] = fixed_at(default, given)
    return given


def refuse_ambiguous(layer: Layer, g: General, names: set[str]) -> None:
    """FormulaError if a symbol of the layer is called as one that the formula brings along: they would be one."""
    own = {name for key in layer.fields for name in _symbols_in(layer.__dict__[key])}
    clash = sorted(own & (names | set(g.made)))
    if clash:
        raise FormulaError(
            f"{layer!r}: {', '.join(clash)} would mean two things (call the layer's own symbol differently)"
        )


def _symbols_in(value: Any) -> dict[str, int]:
    if isinstance(value, tuple):
        return {name: least for part in value for name, least in _symbols_in(part).items()}
    return value.names if isinstance(value, Symbolic) else {}  # type: ignore[attr-defined]


def as_fraction(value: Any) -> Any:
    """A fraction as an operation that leaves it standing, a whole one as its number; anything else as it is.

    >>> str(as_fraction(Fraction(1, 2))), as_fraction(Fraction(2, 1))
    ('1/2', 2)
    """
    if not isinstance(value, Fraction):
        return value
    return value.numerator if value.denominator == 1 else operation("÷", value.numerator, value.denominator)


def source_of(who: type[Layer] | Layer) -> str:
    """The source that a layer type's docstring, or its family's, names.

    >>> from convmath.layers.unpool import MaxUnpool2d
    >>> source_of(MaxUnpool2d)[:6]
    'Zeiler'
    """
    kind = type(who) if isinstance(who, Layer) else who
    text = next((doc for base in kind.__mro__ if (doc := base.__doc__) and "Source:" in doc), "")
    paragraphs = [part for part in cleandoc(text).split("\n\n") if part.startswith("Source:")]
    return " ".join(paragraphs[0].removeprefix("Source:").split()).rstrip(".") if paragraphs else ""
