"""A sheet in one of the forms, as text or bytes, and into a file."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from ..core.errors import ParseError, show, unknown_name
from ..core.files import write_bytes

if TYPE_CHECKING:
    from .document import Sheet

FORMS = ("markdown", "latex", "html", "typst", "json", "pdf")
"""Each is a file of this folder that has `render(sheet)`."""

SUFFIXES = {
    ".md": "markdown", ".markdown": "markdown", ".tex": "latex", ".html": "html", ".htm": "html", ".typ": "typst",
    ".json": "json", ".pdf": "pdf",
}  # fmt: skip
"""The form that a file's name asks for."""


def render(sheet: Sheet, form: str) -> str | bytes:
    """The sheet as text, or as bytes for pdf.

    >>> from convmath.sheet.build import formula_sheet
    >>> str(render(formula_sheet(["Linear"]), "markdown")).splitlines()[0]
    '# The arithmetic of convolutions'
    """
    if form not in FORMS:
        raise unknown_name("form of a sheet", form, list(FORMS))
    return cast("str | bytes", import_module(f"{__package__}.{form}").render(sheet))


def form_of(path: str) -> str:
    """The form that a file's name asks for; ParseError if it asks for none.

    >>> form_of("sheet.tex")
    'latex'
    """
    for suffix, form in SUFFIXES.items():
        if path.lower().endswith(suffix):
            return form
    raise ParseError(f"{show(path)} does not say which form the sheet is to have (end it in {', '.join(SUFFIXES)})")


def write(sheet: Sheet, form: str, path: str) -> None:
    """Writes the sheet in this form to a file, whole or not at all."""
    made = render(sheet, form)
    write_bytes(path, made if isinstance(made, bytes) else made.encode())
