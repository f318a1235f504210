"""convmath draw: a network as a diagram."""

from __future__ import annotations

import click

from ..core.errors import NoGraphvizError, ParseError
from .networks import NetworkName, report_of
from .options import allow_code_option, form_for, given_option, output_option, parse_given, shapes_option, write_out

FORMS = ("dot", "svg", "png", "pdf")


@click.command()
@click.argument("network", type=NetworkName())
@shapes_option
@click.option("--depth", type=click.IntRange(min=1), help="Fold blocks below this many names into one box.")
@click.option("--repeats", is_flag=True, help="Draw equal blocks that follow one another once, with ×n.")
@click.option(
    "--colour",
    "--color",
    "colour",
    type=click.Choice(("macs", "params", "activations", "none")),
    default="macs",
    show_default=True,
    help="The cost by whose share boxes are coloured.",
)
@click.option(
    "--direction",
    type=click.Choice(("down", "right")),
    default="down",
    show_default=True,
    help="Where arrows lead.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    help="Boxes at most; a larger network is folded, and the picture says so.",
)
@click.option(
    "--seconds",
    type=float,
    default=60.0,
    show_default=True,
    help="How long Graphviz may take to lay it out.",
)
@allow_code_option
@given_option
@click.option("--format", "form", type=click.Choice(FORMS), help="The kind of picture; what -o's suffix says, or dot.")
@output_option
def draw(
    network: str,
    shapes: tuple[str, ...],
    depth: int | None,
    repeats: bool,
    colour: str,
    direction: str,
    limit: int,
    seconds: float,
    allow_code: bool,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> None:
    """A network as a diagram: blocks, branches, shapes where they change, colours for what each layer costs.

    NETWORK is a name that `convmath zoo` lists, a file (.yaml, .json, .onnx), or, with --allow-code, Python code, as
    analyze takes it. The suffix of FILE says the kind of picture: .svg, .png, .pdf, or .dot for Graphviz's text. All
    but .dot need Graphviz: the system's, or, for SVG and PNG, pip install 'convmath[graphviz]'. Where there is none,
    the DOT text goes to standard output instead, and the exit code is 2.

    \b
    Examples:
      convmath draw resnet18 -o resnet18.dot
      convmath draw unet --direction right --colour activations -o unet.dot
      convmath draw resnet50 --depth 2 --repeats
      convmath draw net.yaml --given H=224,W=224 -o net.dot
    """
    from ..core.files import write_bytes
    from ..render.layout import SUFFIXES, form_of, picture

    path = None if output in {None, "-"} else output
    form = form_for(form, path, {suffix: (kind,) for suffix, kind in SUFFIXES.items()})
    form = form or (form_of(path) if path else "dot")
    if path is None and form in {"png", "pdf"}:
        raise ParseError(f"a {form.upper()} goes into a file (add for example -o net.{form})")
    report = report_of(network, shapes, parse_given(given), allow_code)
    drawing = report.drawing(depth=depth, colour=colour, direction=direction, repeats=repeats, limit=limit)  # type: ignore[arg-type]
    try:
        made = picture(drawing, form, seconds)
    except NoGraphvizError as error:
        write_out(picture(drawing, "dot").decode(), None)
        raise NoGraphvizError(f"{error}; the DOT text is on standard output") from None
    if path is None:
        write_out(made.decode(), None)
    else:
        write_bytes(path, made)
