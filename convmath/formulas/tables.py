"""Formulas as tables: all that a layer type has, or one of them in full."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError
from ..layers import FILE_OF, layer_type
from ..render.table import Heading, Table
from ..symbolic.derivation import normal as normal_form
from .example import example
from .formula import formula

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .statement import Formula

OWN = {
    "N": "batch", "C": "channels", "i": "input size along one axis", "o": "output size along one axis",
    "L": "input length", "D": "input depth", "H": "input height", "W": "input width",
    "C_1": "channels of the first part", "C_2": "channels of the second part",
    "b": "bytes of one number", "m": "outputs of a tile along one axis", "r": "factor of the resizing",
    "n": "channels a sum goes over", "G": "groups of channels", "c": "channels of a group",
}  # fmt: skip
"""Symbols that are no hyper-parameter's."""

AXIS = {"_d": " in depth", "_h": " in height", "_w": " in width"}


def formula_table(title: str, stated: Sequence[Formula]) -> Table:
    """Every formula of a layer type, one a line, and below what names, symbols and conditions they share.

    >>> from convmath.formulas.formula import formulas
    >>> formula_table("Linear", list(formulas("Linear"))).rows[2]
    ('params', 'P = O·I + O', 'trainable parameters')
    """
    rows = tuple((f.quantity, str(f), f.meaning) for f in stated)
    return Table(title, (Heading("quantity"), Heading("formula"), Heading("what it is")), rows, notes=notes(stated))


def one_formula_table(f: Formula) -> Table:
    """One formula in full.

    >>> from convmath.formulas.formula import formula
    >>> one_formula_table(formula("Conv2d", "output")).rows[1]
    ('normal form', '⌈(i + 2p − d(k − 1))/s⌉')
    """
    rows: list[tuple[str, str]] = [("formula", str(f))]
    normal = normal_text(f)
    if normal not in {None, str(f.expression)}:
        rows.append(("normal form", str(normal)))
    rows += [("where" if not place else "", f"{name} = {meant}") for place, (name, meant) in enumerate(f.where)]
    rows += [("must hold" if not place else "", c.claim) for place, c in enumerate(f.conditions)]
    rows += [
        ("symbols" if not place else "", f"{name}: {meaning}{_default(f, name)}")
        for place, (name, meaning) in enumerate(meanings(f.of, f.names).items())
    ]
    if f.names and not _is_general(f):
        rows += [("by default", told) for told in _by_default(f)]
    elif f.names:
        shown = example(f)
        rows.append(("for example", f"{f.symbol} = {shown.result} for {_values(shown.values)}"))
    rows.append(("unit", f.unit))
    if f.source:
        rows.append(("source", f.source))
    return Table(f"{f.of}: {f.meaning}", (Heading("what"), Heading("value")), tuple(rows))


def _is_general(f: Formula) -> bool:
    """Whether it is a layer type's, and nothing is given yet."""
    return f.of in FILE_OF and f == formula(f.of, f.quantity)


def _by_default(f: Formula) -> Iterator[str]:
    """The number, if nothing but hyper-parameters with defaults is left open and these keep the conditions."""
    values = f.completed({})
    if values.keys() >= f.names.keys():
        with suppress(FormulaError):
            yield f"{f.symbol} = {f.at()} for {_values(values)}"


def steps_table(f: Formula) -> Table:
    """The derivation of the normal form, one law a line.

    >>> from convmath.formulas.formula import formula
    >>> steps_table(formula("Conv2d", "output").given(k=3, s=2, p=1, d=1)).rows[1][0]
    '⌊(a + c·m)/m⌋ = ⌊a/m⌋ + c'
    """
    steps = f.steps()
    rows = [("as written" if steps else "as written, in normal form", str(f), "")]
    rows += [(step.law, f"{f.symbol} = {step.whole}", step.checked) for step in steps]
    headings = (Heading("law"), Heading("formula"), Heading("checked over"))
    return Table(f"{f.of}: {f.meaning}", headings, tuple(rows), notes=notes([f]))


def _values(values: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def formulas_data(stated: Sequence[Formula]) -> dict[str, Any]:
    """Every formula of a layer type as data."""
    return {"schema": 1, "of": stated[0].of if stated else "", "formulas": [formula_data(f) for f in stated]}


def steps_data(f: Formula) -> dict[str, Any]:
    """The derivation as the data that --format json writes."""
    steps = [{"law": step.law, "text": f"{f.symbol} = {step.whole}", "checked": step.checked} for step in f.steps()]
    return {**formula_data(f), "steps": steps}


def normal_text(f: Formula) -> str | None:
    """The normal form, with names that stand for formulas left as they are; None where there is none."""
    try:
        return str(normal_form(f.expression))
    except FormulaError:
        return None


def notes(stated: Sequence[Formula]) -> tuple[str, ...]:
    """What names stand for, what must hold and what symbols mean, over several formulas; each once."""
    where: dict[str, str] = {}
    for f in stated:
        for name, meant in f.where:
            text = str(meant)
            # What is stated for some values only has sizes of its own.
            where.setdefault(name if where.get(name, text) == text else f"{name} of {f.quantity}", text)
    conditions = dict.fromkeys(condition.claim for f in stated for condition in f.conditions)
    names = {name: least for f in stated for name, least in f.names.items()}
    of = stated[0].of if stated else ""
    lines = [f"{name} = {meant}" for name, meant in where.items()]
    if conditions:
        lines.append("Must hold: " + "; ".join(conditions) + ".")
    if names:
        lines.append("Symbols: " + "; ".join(f"{name} {text}" for name, text in meanings(of, names).items()) + ".")
    sources = dict.fromkeys(f.source for f in stated if f.source)
    if sources:
        lines.append("Source: " + "; ".join(sources) + ".")
    return tuple(lines)


def meanings(of: str, names: Iterable[str]) -> dict[str, str]:
    """What each symbol means: a hyper-parameter, or a size of the input.

    >>> meanings("Conv2d", ["k_h", "H"])
    {'k_h': 'taps in height', 'H': 'input height'}
    """
    fields = layer_type(of.partition("(")[0]).fields.values()
    known: dict[str, str] = {f"i{suffix}": f"input size{words}" for suffix, words in AXIS.items()}
    for field in fields:
        if field.symbol:
            known[field.symbol] = field.meaning
            for suffix, words in AXIS.items():
                known[field.symbol + suffix] = field.meaning.removesuffix(" along each axis") + words
    return {name: known.get(name) or OWN.get(name, "") for name in names}


def formula_data(f: Formula) -> dict[str, Any]:
    """A formula as the data that --format json writes.

    >>> from convmath.formulas.formula import formula
    >>> formula_data(formula("Linear", "params"))["python"]
    'O*I + O'
    """
    return {
        "schema": 1,
        "of": f.of,
        "quantity": f.quantity,
        "meaning": f.meaning,
        "unit": f.unit,
        "text": str(f),
        "latex": f.latex(),
        "python": f.python(),
        "where": {name: str(meant) for name, meant in f.where},
        "conditions": [condition.claim for condition in f.conditions],
        "symbols": meanings(f.of, f.names),
        "source": f.source,
    }


def _default(f: Formula, name: str) -> str:
    default = f.defaults.get(name)
    return "" if default is None else f" (default {default})"
