"""A sheet as JSON: the same sections and blocks, each formula in every notation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..core.errors import FormulaError
from ..symbolic import latex, mathml, python, text, typst
from .document import Code, Display, Equation, Link, Paragraph, Rows, run

if TYPE_CHECKING:
    from .document import Block, Cell, Part, Section, Sheet


def render(sheet: Sheet) -> str:
    """The whole document.

    >>> from convmath.sheet.build import formula_sheet
    >>> json.loads(render(formula_sheet(["Linear"])))["sections"][0]["title"]
    'Linear'
    """
    return json.dumps(data(sheet), ensure_ascii=False, indent=1) + "\n"


def data(sheet: Sheet) -> dict[str, Any]:
    """The document as lists and dictionaries; schema 1."""
    return {
        "schema": 1,
        "title": sheet.title,
        "subtitle": sheet.subtitle,
        "sections": [_section(section) for section in sheet.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "anchor": section.anchor,
        "blocks": [_block(block) for block in section.blocks],
        "sections": [_section(part) for part in section.parts],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(parts):
            return {"kind": "paragraph", "parts": _cell(parts)}
        case Display(equations):
            return {"kind": "display", "equations": [formula(equation) for equation in equations]}
        case Rows(title, headings, rows):
            cells = [[_cell(cell) for cell in row] for row in rows]
            return {"kind": "table", "title": _cell(title), "headings": list(headings), "rows": cells}


def _cell(cell: Cell) -> list[Any]:
    return [_part(part) for part in run(cell)]


def _part(part: Part) -> Any:
    match part:
        case Equation():
            return formula(part)
        case Code(name):
            return {"code": name}
        case Link(words, anchor):
            return {"link": words, "anchor": anchor}
    return part


def formula(equation: Equation) -> dict[str, Any]:
    """An equation with its two sides in every notation; Python is null for what is no expression of integers.

    >>> from convmath.symbolic.written import symbol
    >>> formula(Equation(symbol("o"), symbol("i") // 2))["python"]
    {'left': 'o', 'right': 'i//2'}
    """
    notations = {"text": text, "latex": latex, "mathml": mathml, "typst": typst}
    sides = {"left": equation.left, "right": equation.right}
    made: dict[str, Any] = {"relation": None if equation.left is None else equation.relation}
    for name, notation in notations.items():
        made[name] = {side: None if part is None else notation.render(part) for side, part in sides.items()}
    try:
        made["python"] = {side: None if part is None else python.render(part) for side, part in sides.items()}
    except FormulaError:
        made["python"] = None
    return made
