"""One layer type: what it does, its equation, formulas with an example, conditions, source."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import TYPE_CHECKING

from ..formulas.formula import formula
from ..symbolic.written import Symbol, Written, symbol
from .document import Code, Display, Equation, Link, Paragraph, Rows, Section, anchor
from .equations import equations, remark
from .symbols import otherwise
from .told import AT_STRIDE_ONE, TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..core.conditions import Condition
    from ..layers.base import Layer
    from .document import Block, Part, Run
    from .told import Told


def type_section(each: Told, usual: Mapping[str, str], before: Sequence[Told]) -> Section:
    """All that the sheet says about one layer type; formulas that an earlier type has too are told there."""
    model = next((other for other in before if _same(each, other)), None)
    return Section(each.kind.__name__, tuple(_about(each, usual, model)))


def _same(each: Told, other: Told) -> bool:
    """Whether the other has the same formulas, and nothing more but what is for stride 1."""
    own, others = ({line.quantity: line.expression for line in t.lines} for t in (each, other))
    return own == {name: value for name, value in others.items() if name in own or name not in AT_STRIDE_ONE}


def _about(each: Told, usual: Mapping[str, str], model: Told | None) -> Iterator[Block]:
    yield Paragraph(meaning(each.kind))
    if equations(each.kind):
        yield Display(equations(each.kind))
    if remark(each.kind):
        yield Paragraph(remark(each.kind))
    if model is not None:
        name = model.kind.__name__
        yield Paragraph(("Its formulas are those of ", Link(name, anchor(name)), "."))
    else:
        yield _formulas(each)
        if each.where:
            yield Paragraph(("where",))
            yield Display(tuple(Equation(symbol(name), meant) for name, meant in each.where))
        yield from otherwise(each, usual)
    if each.conditions and (model is None or each.conditions != model.conditions):
        yield Paragraph(("It must hold that ", *listed(each.conditions)))
    if each.source:
        yield Paragraph(("Source: ", *_parts(printed(each.source)), "."))


def _formulas(each: Told) -> Rows:
    rows = []
    for line in each.lines:
        left = symbol("o") if line.quantity == "output" else None
        rows.append((TITLES[line.quantity], Equation(left, line.expression), line.result))
    return Rows("", ("quantity", "formula", "example"), tuple(rows))


def meaning(kind: type[Layer]) -> Run:
    """The first paragraph of the documentation, names in it as mathematics or code.

    >>> from convmath.layers.conv import Conv2d
    >>> [str(part.right) for part in meaning(Conv2d) if isinstance(part, Equation)]
    ['C_out', 'C_in/g']
    """
    text = next(doc for base in kind.__mro__ if (doc := base.__doc__) and "Source:" in doc)
    first = " ".join(cleandoc(text).split("\n\n")[0].split())
    # A paper raises no errors and leads to no class.
    return tuple(_parts(printed(re.sub(r"; see \w+ for [^.]*|\s*Raises [^.]*\.", "", first))))


def printed(text: str) -> str:
    """Words with the quotation marks and apostrophes of print.

    >>> printed('its "same"'), printed("PyTorch's 'same'")
    ('its “same”', 'PyTorch’s ‘same’')
    """
    return re.sub(r"(?<!\w)'(\w+)'", r"‘\1’", re.sub(r'"([^"]*)"', r"“\1”", text)).replace("'", "’")


def _parts(text: str) -> Iterator[Part]:
    for piece in re.split(r"(`[^`]+`|\b[A-Za-z]_[a-z]+(?:/[a-z])?\b|\b[a-z]+_[a-z_]+\b)", text):
        if re.fullmatch(r"[A-Za-z]_[a-z]+(?:/[a-z])?", piece):
            above, _, below = piece.partition("/")
            yield Equation(None, symbol(above).exact_div(symbol(below)) if below else symbol(above))
        elif piece.startswith("`") or "_" in piece:
            yield Code(piece.strip("`"))
        elif piece:
            yield piece


def listed(conditions: Sequence[Condition]) -> Iterator[Part]:
    """Conditions in a sentence."""
    for place, condition in enumerate(conditions):
        if place:
            yield "; " if place < len(conditions) - 1 or len(conditions) > 2 else " and "
        if condition.relation == "divisible by":
            yield Equation(None, condition.left)
            yield " is divisible by "
            yield Equation(None, condition.right)
        elif _is_symbol(condition.right):
            yield Equation(condition.right, condition.left, "≤")
        else:
            yield Equation(condition.left, condition.right, condition.relation)
    yield "."


def _is_symbol(operand: object) -> bool:
    match operand:
        case Written(terms=((1, (Symbol(),)),), constant=0):
            return True
    return False


SHOWN = {"k": 3, "s": 2, "p": 1, "d": 1}
"""The numbers for which the derivation of an output size is shown."""


def derivation(kind: type[Layer]) -> Iterator[Block]:
    """From the written output size to its normal form, a law at a time."""
    fixed = formula(kind, "output").given(**SHOWN)
    yield Paragraph((
        "A floor of a sum may give up whole multiples of what divides it. For ",
        *_given(), " the output size of a convolution so becomes half the input, rounded up; every step is checked for",
        " one input size of each remainder:",
    ))  # fmt: skip
    first = ("as written", Equation(symbol("o"), fixed.expression))
    steps = fixed.steps()
    rows = tuple((LAWS.get(step.law, step.law), Equation(symbol("o"), step.whole)) for step in steps)
    yield Rows("", ("law", "output size"), (first, *rows))


a, c, m = (symbol(name) for name in "acm")
LAWS = {f"{law.left} = {law.right}": law for law in (Equation((a + c * m) // m, a // m + c),)}
"""Laws of derivations that are equations, by their text."""


def _given() -> Iterator[Part]:
    for place, (name, value) in enumerate(SHOWN.items()):
        if place:
            yield ", "
        yield Equation(symbol(name), value)
