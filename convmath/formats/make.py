"""One layer from what a specification says of it: a call, or a type with hyper-parameters beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import NameHint, ParameterError, ParseError, UnknownNameError, show
from ..layers import FILE_OF, layer_type
from ..layers.parse import PREFIXES, parse_layer
from .item import LAYER_KEYS
from .scope import UNKNOWN

if TYPE_CHECKING:
    from ..layers.base import Layer
    from .item import LayerItem
    from .scope import Scope


def make_layer(item: LayerItem, scope: Scope, defaults: dict[str, str]) -> Layer | None:
    """The layer, or None with its faults noted; `defaults` hold where a type has the field and nothing is stated."""
    text = item.op.text
    if item.fields and text.count("(") > text.count(")"):
        scope.report(item.op.place, f"the call {show(text)} ends at the comma (inside {{}} write a call in quotes)")
        return None
    if item.fields:
        return _from_fields(item, scope, defaults)
    if scope.concerns_unknown(text):
        return None
    try:
        return parse_layer(text, scope.names, **defaults)
    except (ParseError, UnknownNameError) as error:
        scope.report_inside(item.op, error)
    except (ParameterError, NameHint) as error:  # a hint arrives here where warnings are errors
        scope.report(item.op.place, str(error))
    return None


def _from_fields(item: LayerItem, scope: Scope, defaults: dict[str, str]) -> Layer | None:
    cls = _type_of(item, scope)
    if cls is None:
        return None
    keras = {field.keras: name for name, field in cls.fields.items() if field.keras}
    given: dict[str, Any] = {name: value for name, value in defaults.items() if name in cls.fields}
    whole = True
    for key, node in item.fields:
        field = cls.fields.get(keras.get(key.text, key.text))
        value = scope.value(node)
        whole = whole and field is not None and value is not UNKNOWN
        if field is None:
            scope.faults.add_unknown(key.place, f"argument of {cls.__name__}", key.text, [*cls.fields, *LAYER_KEYS])
        elif value is not UNKNOWN:
            try:
                given[key.text] = field.settled(value, cls.__name__, cls.rank or 1)
            except ParameterError as error:
                scope.report(node.place, str(error))
                whole = False
    if not whole:
        return None
    try:
        return cls(**given)
    except (ParameterError, NameHint) as error:
        scope.report(item.op.place, str(error))
        return None


def _type_of(item: LayerItem, scope: Scope) -> type[Layer] | None:
    text = item.op.text.strip()
    if "(" in text:
        key = item.fields[0][0]
        scope.report(key.place, f"{show(key.text)} stands beside a call (write it inside the brackets of {show(text)})")
        return None
    prefix, _, kind = text.rpartition(".")
    if kind in FILE_OF and (not prefix or prefix in PREFIXES):
        return layer_type(kind)
    scope.faults.add_unknown(item.op.place, "layer type", text, FILE_OF)
    return None
