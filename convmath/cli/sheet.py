"""convmath sheet: the formulas of layer types as a document."""

from __future__ import annotations

import click

from ..core.errors import ParseError
from .formula import TypeName
from .options import form_for, output_option, write_out

FORMS = ("markdown", "latex", "html", "typst", "json", "pdf")


@click.command()
@click.argument("names", metavar="[TYPE]…", nargs=-1, type=TypeName())
@click.option(
    "--format", "form", type=click.Choice(FORMS), help="The kind of document; what -o's suffix says, or markdown."
)
@output_option
def sheet(names: tuple[str, ...], form: str | None, output: str | None) -> None:
    """A formula sheet: each layer type's equation, formulas with a worked example, conditions and source.

    Without a TYPE it holds them all, and before them the words, symbols, relationships and a comparison of the kinds
    of convolution. The suffix of FILE says the kind of document: .md, .tex, .html, .typ, .json or .pdf; a PDF needs
    pip install 'convmath[pdf]'.

    \b
    Examples:
      convmath sheet -o sheet.html
      convmath sheet -o sheet.pdf
      convmath sheet Conv2d ConvTranspose2d -o convolutions.tex
      convmath sheet MaxPool2d
    """
    from ..sheet.build import formula_sheet
    from ..sheet.write import SUFFIXES, form_of, write

    path = None if output in {None, "-"} else output
    form = form_for(form, path, {suffix: (kind,) for suffix, kind in SUFFIXES.items()})
    form = form or (form_of(path) if path else "markdown")
    if path is None and form == "pdf":
        raise ParseError("a PDF goes into a file (add for example -o sheet.pdf)")
    made = formula_sheet(names)
    if path is None:
        write_out(str(made.render(form)), None)
    else:
        write(made, form, path)
