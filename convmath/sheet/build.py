"""The content of a formula sheet for some layer types, all of it from the rules, each example executed."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING

from ..formula.example import NUMBERS, example
from ..formula.formula import condition_text, formulas
from ..formula.tables import meanings
from ..layers import FILES, layer_type
from ..symbolic.written import Written, symbol
from .comparison import formulas_side_by_side, numbers_side_by_side
from .document import Block, Display, Equation, Paragraph, Rows, Section, Sheet
from .equations import equations, remark
from .relationships import RELATIONSHIPS, checked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..core.conditions import Condition
    from ..formula.formula import Formula
    from ..layers.base import Layer

TITLE = "The arithmetic of convolutions"

CHAPTERS = {
    "Convolutions": (
        "conv", "pointwise", "grouped", "depthwise", "separable", "spatial", "dilated", "causal", "transposed",
        "deformable", "locally_connected",
    ),
    "Pooling": ("pool", "adaptive_pool", "unpool"),
    "Resizing and rearranging": ("upsample", "shuffle", "pad"),
    "Linear layers and shapes": ("linear", "reshape", "merge"),
    "Normalisation": ("norm",),
    "Activations": ("activation",),
}  # fmt: skip
"""The files of layers/ by chapter; what takes its numbers from its input (lazy) is the type it becomes."""


def sheet(names: Sequence[str] = ()) -> Sheet:
    """The sheet for these layer types, or for all: one of each family, in two dimensions where there is a choice.

    >>> [section.title for section in sheet(["Conv2d"]).sections]
    ['Conv2d']
    """
    if names:
        return Sheet(TITLE, ", ".join(names), tuple(type_section(layer_type(name)) for name in names))
    chapters = tuple(
        Section(title, _anchor(title), (), tuple(type_section(kind) for kind in _of_files(files)))
        for title, files in CHAPTERS.items()
    )
    return Sheet(TITLE, "Every layer type: equation, formulas, conditions, examples", (*_front(), *chapters))


def _of_files(files: Sequence[str]) -> Iterator[type[Layer]]:
    """One type of each family in the files."""
    for file in files:
        seen: set[str] = set()
        for name in sorted(FILES[file], key=lambda name: not name.endswith("2d")):
            family = name[:-2] if name.endswith(("1d", "2d", "3d")) else name
            if family not in seen:
                seen.add(family)
                yield layer_type(name)


def _anchor(title: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in title.lower())


def _front() -> tuple[Section, ...]:
    return (
        Section("Words and symbols", "words", tuple(_words())),
        Section("Fifteen relationships", "relationships", tuple(_relationships())),
        Section("Convolutions side by side", "comparison", (formulas_side_by_side(), numbers_side_by_side())),
    )


def _words() -> Iterator[Block]:
    c_in, c_out, g, k_h, k_w = (symbol(name) for name in ("C_in", "C_out", "g", "k_h", "k_w"))
    share = c_in.exact_div(g)
    yield Paragraph((
        "A kernel is one matrix of ", Equation(None, k_h * k_w),
        " weights, for one pair of input and output channel. A filter is the stack of ", Equation(None, share),
        " kernels that makes one output channel. A layer has ", Equation(None, c_out), " filters, and so ",
        Equation(None, c_out * share), " kernels.",
    ))  # fmt: skip
    yield Paragraph((CORRELATION,))
    yield Paragraph((ONE_AXIS,))


CORRELATION = (
    "What deep learning calls convolution does not turn the kernel over: it is a cross-correlation. A"
    " multiply-accumulate (MAC) is one multiplication and the addition of its result: two floating-point operations"
    " (FLOPs). MACs are counted densely, as a kernel does them, padding included; those that touch real input are told"
    " apart."
)
ONE_AXIS = (
    "Along one axis o output positions are made of i input positions by k taps that stand d apart and step by s, with p"
    " positions of padding on either side. ⌊ ⌋ rounds down, ⌈ ⌉ rounds up. All axes go alike; where they need telling"
    " apart, their symbols carry an index for height or width."
)
PROVEN = (
    "By Dumoulin and Visin, “A guide to convolution arithmetic for deep learning” (2016); each is proven here from the"
    " one rule that all layers share. i is the input of the layer, i′ that of the convolution it transposes."
)


def _relationships() -> Iterator[Block]:
    yield Paragraph((PROVEN,))
    rows = tuple((r.number, r.setting, r.conditions, checked(r)) for r in RELATIONSHIPS)
    yield Rows("", ("", "setting", "where", "output size"), rows)


def type_section(kind: type[Layer]) -> Section:
    """All that the sheet says about one layer type.

    >>> from convmath.layers.linear import Linear
    >>> [type(block).__name__ for block in type_section(Linear).blocks]
    ['Paragraph', 'Display', 'Rows', 'Paragraph', 'Rows', 'Paragraph']
    """
    return Section(kind.__name__, _anchor(kind.__name__), tuple(_about(kind)))


def _about(kind: type[Layer]) -> Iterator[Block]:
    stated = list(formulas(kind))
    yield Paragraph((_meaning(kind),))
    defining = equations(kind)
    if defining:
        yield Display(defining)
    if remark(kind):
        yield Paragraph((remark(kind),))
    yield Rows(
        "Formulas", ("quantity", "formula", "for example"),
        tuple((f.meaning, Equation(symbol(f.symbol), f.expression), _result(f)) for f in stated),
    )  # fmt: skip
    where = dict(pair for f in stated for pair in f.where)
    if where:
        yield Display(tuple(Equation(symbol(name), meant) for name, meant in where.items()))
    yield Paragraph((f"The examples are for {_values(stated)}; each is worked out by the formula and by the rule.",))
    conditions = {condition_text(condition): condition for f in stated for condition in f.conditions}
    if conditions:
        yield Paragraph(("Must hold: ", *_listed(list(conditions.values()))))
    yield from _derivation(stated)
    yield Rows("Symbols", ("symbol", "meaning"), tuple(_symbols(stated)))
    source = stated[0].source if stated else ""
    if source:
        yield Paragraph((f"Source: {source}.",))


def _meaning(kind: type[Layer]) -> str:
    """The first paragraph of the documentation."""
    text = next(doc for base in kind.__mro__ if (doc := base.__doc__) and "Source:" in doc)
    return " ".join(cleandoc(text).split("\n\n")[0].split())


def _result(f: Formula) -> str | int:
    result = example(f).result
    return result if type(result) is int else str(result)


def _values(stated: Sequence[Formula]) -> str:
    names = dict.fromkeys(name for f in stated for name in f.names)
    return ", ".join(f"{name} = {NUMBERS[name]}" for name in sorted(names, key=str.lower))


def _listed(conditions: Sequence[Condition]) -> Iterator[str | Equation]:
    for place, condition in enumerate(conditions):
        yield "; " if place else ""
        yield Equation(None, condition.left)
        yield f" {'is divisible by' if condition.relation == 'divisible by' else condition.relation} "
        yield Equation(None, condition.right)
    yield "."


SHOWN = {"i": None, "k": 3, "s": 2, "p": 1, "d": 1, "a": 1}
"""The numbers for which the derivation of an output size is shown."""


def _derivation(stated: Sequence[Formula]) -> Iterator[Block]:
    """From the written output size to its normal form, where a floor has to be worked on."""
    output = next((f for f in stated if f.quantity == "output"), None)
    if output is None or not isinstance(output.expression, Written):
        return
    given = {name: value for name, value in SHOWN.items() if value is not None and name in output.names}
    fixed = output.given(**given)
    steps = fixed.steps()
    if len(steps) < 2:
        return
    values = ", ".join(f"{name} = {value}" for name, value in given.items())
    first = ("as written", Equation(symbol("o"), fixed.expression), "")
    rows = tuple((step.law, Equation(symbol("o"), step.whole), step.checked) for step in steps)
    yield Rows(f"Normal form of the output size for {values}", ("law", "formula", "checked for"), (first, *rows))


def _symbols(stated: Sequence[Formula]) -> Iterator[tuple[Equation, str]]:
    names = dict.fromkeys(name for f in stated for name in f.names)
    of = stated[0].of if stated else ""
    for name, meaning in meanings(of, sorted(names, key=str.lower)).items():
        yield Equation(None, symbol(name)), meaning
