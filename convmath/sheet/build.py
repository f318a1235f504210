"""The content of a formula sheet for some layer types, all of it from the rules, each example executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import FormulaError, show
from ..formulas.formula import formulas
from ..layers import FILES, layer_type
from ..symbolic.written import symbol
from .comparison import formulas_side_by_side, numbers_side_by_side
from .document import Equation, Paragraph, Rows, Section, Sheet
from .equations import equations
from .front import quantities, relationships, words
from .section import derivation, meaning, printed, type_section
from .symbols import glossary, symbol_table
from .told import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..layers.base import Layer
    from .document import Block, Part
    from .told import Told

TITLE = "The arithmetic of convolutions"

CHAPTERS = {
    "Convolutions": (
        "conv", "pointwise", "grouped", "depthwise", "separable", "spatial", "dilated", "causal", "transposed",
        "deformable", "locally_connected",
    ),
    "Pooling": ("pool", "adaptive_pool", "unpool"),
    "Resizing and rearranging": ("upsample", "shuffle", "unfold"),
    "Padding and cropping": ("pad",),
    "Linear layers": ("linear",),
    "Normalisation": ("norm",),
}  # fmt: skip
"""The files of layers/ by chapter; what takes its numbers from its input (lazy) is the type it becomes."""


SHAPES = ("reshape", "axes", "slice", "repeat", "roll", "merge", "comparison", "function", "reduction")
"""Files whose types compute little or nothing, and are told in one table."""


def formula_sheet(names: Sequence[str] = ()) -> Sheet:
    """The sheet for these layer types, or for all: one of each family, in two dimensions where there is a choice.

    >>> [section.title for section in formula_sheet(["Conv2d", "Linear"]).sections]
    ['Conv2d', 'Linear', 'Symbols', 'Quantities']
    """
    for name in names:
        if not isinstance(name, str):
            raise FormulaError(f"{show(name)} is no layer type's name (give for example 'Conv2d')")
    if names:
        some = [told(layer_type(name)) for name in dict.fromkeys(names)]
        sections = (*_type_sections(some, glossary(some)), _symbols(some), Section("Quantities", tuple(quantities())))
        return Sheet(TITLE, ", ".join(dict.fromkeys(names)), sections)
    chapters = {title: [told(kind) for kind in _of_files(files)] for title, files in CHAPTERS.items()}
    all_told = [each for chapter in chapters.values() for each in chapter]
    usual = glossary(all_told)
    sections = (
        Section("Words", tuple(words())),
        _symbols(all_told),
        Section("Quantities", tuple(quantities())),
        Section("Fifteen relationships", tuple(relationships())),
        Section("From a formula to its normal form", tuple(derivation(layer_type("Conv2d")))),
        Section("Convolutions side by side", (formulas_side_by_side(), numbers_side_by_side())),
        *(Section(title, (), tuple(_type_sections(chapter, usual))) for title, chapter in chapters.items()),
        Section("Shapes and merging", tuple(_shapes(_of_files(SHAPES)))),
        Section("Activations", tuple(_activations(_of_files(("activation",))))),
    )
    return Sheet(TITLE, "Every layer type: equation, formulas, conditions, examples", sections)


def _symbols(all_told: Sequence[Told]) -> Section:
    return Section("Symbols", (Paragraph((EXAMPLES,)), symbol_table(all_told)))


EXAMPLES = (
    "Where symbols stand side by side, the first is for an axis by itself, the others are for depth, height and width."
    " The last column holds the numbers of all examples; each example is worked out by the formula and by the layer’s"
    " rules, which must agree."
)


def _type_sections(chapter: Sequence[Told], usual: Mapping[str, str]) -> Iterator[Section]:
    for place, each in enumerate(chapter):
        yield type_section(each, usual, chapter[:place])


def _shapes(kinds: Iterable[type[Layer]]) -> Iterator[Block]:
    yield Paragraph(("These compute little or nothing; FLOPs are for each number of an input.",))
    rows = tuple((kind.__name__, meaning(kind), _flops_each(kind)) for kind in kinds)
    yield Rows("", ("layer", "what it does", "FLOPs"), rows)


def _activations(kinds: Iterable[type[Layer]]) -> Iterator[Block]:
    yield Paragraph((
        "An activation is a function of each number by itself, or of all numbers along an axis; the shape stays. ",
        *_letters("a", "b", "beta"), " are parameters of the layer, but for SELU, where ", Equation(None, symbol("a")),
        " is 1.6733 and ", Equation(None, symbol("b")), " is 1.0507. FLOPs are for each number.",
    ))  # fmt: skip
    rows = tuple((kind.__name__, equations(kind)[0], _flops_each(kind), printed(told(kind).source)) for kind in kinds)
    yield Rows("", ("activation", "equation", "FLOPs", "source"), rows)


def _letters(*names: str) -> Iterator[Part]:
    for place, name in enumerate(names):
        yield ", " if place else ""
        yield Equation(None, symbol(name))


def _flops_each(kind: type[Layer]) -> int:
    return next((f.at(**dict.fromkeys(f.names, 1)) for f in formulas(kind) if f.quantity == "flops"), 0)


def _of_files(files: Sequence[str]) -> Iterator[type[Layer]]:
    """One type of each family in the files, the one of two dimensions if there is one."""
    families: dict[str, str] = {}
    for file in files:
        for name in FILES[file]:
            family = name[:-2] if name.endswith(("1d", "2d", "3d")) else name
            if family not in families or name.endswith("2d"):
                families[family] = name
    return map(layer_type, families.values())
