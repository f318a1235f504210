"""A sheet as PDF, compiled from its Typst document by the package typst, which brings its fonts."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..core.errors import ConvmathError
from .typst import render as typst_document

if TYPE_CHECKING:
    from .document import Sheet


def render(sheet: Sheet) -> bytes:
    """The whole document; equal sheets make equal bytes. ConvmathError if the package typst is missing."""
    try:
        import typst
    except ImportError:
        raise ConvmathError("a PDF needs the package typst (pip install 'convmath[pdf]')") from None
    # A stated time and no fonts but its own: the same file on every machine.
    document = typst.Compiler(typst_document(sheet).encode(), ignore_system_fonts=True)
    return cast("bytes", document.compile(format="pdf", timestamp=0))
