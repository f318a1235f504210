"""Options that several commands share, and how a result leaves: to the terminal, a pipe or a file."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import ParseError, UnknownNameError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..layers.base import Layer
    from ..render.table import Table

FORMATS = ("text", "json", "csv", "markdown", "html")

SUFFIXES = {
    ".json": ("json",), ".csv": ("csv",), ".md": ("markdown",), ".markdown": ("markdown",), ".html": ("html",),
    ".txt": FORMATS,
}  # fmt: skip
"""The formats that may stand in a file of such a name; the first one is meant when no --format says another."""


def form_for(
    form: str | None, output: str | None, suffixes: Mapping[str, tuple[str, ...]], option: str = "--format"
) -> str | None:
    """The form that an option or the suffix of a file asks for; None where neither does.

    ParseError for a suffix that says nothing where no option does, and where the two contradict each other.

    >>> form_for(None, "x.CSV", SUFFIXES), form_for("json", "x.dat", SUFFIXES), form_for(None, "x", SUFFIXES)
    ('csv', 'json', None)
    >>> form_for("csv", "x.md", SUFFIXES)
    Traceback (most recent call last):
    convmath.core.errors.ParseError: --format csv does not go into 'x.md' (end it in .csv, .txt, or leave --format out)
    """
    suffix = PurePath("" if output in {None, "-"} else str(output)).suffix.lower()
    meant = suffixes.get(suffix, ())
    if form is None and suffix and not meant:
        raise ParseError(
            f"{show(output)} does not say in which form to write (end it in {', '.join(suffixes)}, or state {option})"
        )
    if form is not None and meant and form not in meant:
        ends = ", ".join(suffix for suffix, forms in suffixes.items() if form in forms)
        raise ParseError(f"{option} {form} does not go into {show(output)} (end it in {ends}, or leave {option} out)")
    return form or next(iter(meant), None)


def _settled(ctx: click.Context, param: click.Parameter, form: str | None) -> str | None:
    """The form by both options: -o is read first."""
    return form if ctx.resilient_parsing else form_for(form, ctx.params.get("output"), SUFFIXES)


format_option = click.option(
    "--format", "form", type=click.Choice(FORMATS), callback=_settled,
    help="How to write the result; text, or what -o's suffix says.",
)  # fmt: skip


def _writable(ctx: click.Context, param: click.Parameter, output: str | None) -> str | None:
    """The file, if it can be written: that is told before anything is computed."""
    if output is not None and output != "-" and not ctx.resilient_parsing:
        from ..core.files import check_writable

        check_writable(output)
    return output


output_option = click.option(
    "-o", "--output", metavar="FILE", callback=_writable, is_eager=True,
    help="Write to FILE, whole or not at all, instead of standard output (-).",
)  # fmt: skip

shapes_option = click.option(
    "-i",
    "--input",
    "shapes",
    multiple=True,
    metavar="[NAME=]SHAPE",
    help="Input shape, such as 1x3x224x224, or with symbols 1x3xHxW; the network's customary one if left out.",
)


def _chartable(ctx: click.Context, param: click.Parameter, path: str | None) -> str | None:
    """The file of a chart, if it can be drawn and written: that is told before anything is computed."""
    if path is not None and not ctx.resilient_parsing:
        from ..core.files import check_writable
        from ..render.chart import check_chart_name

        check_chart_name(path)
        check_writable(path)
    return path


def plot_option(what: str) -> Callable[[Any], Any]:
    """--plot FILE, which draws what a command has to show."""
    return click.option("--plot", metavar="FILE", callback=_chartable, help=f"Draw {what} into FILE: .svg or .png.")


allow_code_option = click.option(
    "--allow-code", is_flag=True, help="Run the Python code of a network that is named as module:callable."
)

given_option = click.option(
    "--given", "given", multiple=True, metavar="NAME=VALUE", help="A value for a parameter or symbol (repeatable)."
)


lock_file_option = click.option(
    "--lock-file", metavar="FILE",
    help="The lock file; if left out the nearest convmath.lock, here or above, or one beside pyproject.toml.",
)  # fmt: skip


def emit(
    table: Callable[[], Table],
    data: Callable[[], Any],
    form: str | None,
    output: str | None,
    records: Callable[[], Table] | None = None,
) -> None:
    """Writes a result in the asked form, to the asked place; on a terminal, text is coloured.

    `records` is what CSV gets where the table is one for readers, with more than rows can hold.
    """
    output = None if output == "-" else output
    form = form or "text"
    if form == "json":
        text = import_module("convmath.render.json").render(data())
    else:
        renderer = "terminal" if form == "text" and output is None and sys.stdout.isatty() else form
        module = import_module(f"convmath.render.{renderer}")
        text = getattr(module, "page", module.render)((records or table)() if form == "csv" else table())
    write_out(text, output)


def write_out(text: str, output: str | None) -> None:
    """Writes a text, with a newline at its end, to a file or to standard output."""
    text = text if text.endswith("\n") else f"{text}\n"
    if output is None or output == "-":
        # Line by line: of one long write an unbuffered stream drops silently what the system did not take.
        sys.stdout.writelines(text.splitlines(keepends=True))
        return
    from ..core.files import write_text

    write_text(output, text)


def window() -> int | None:
    """Characters of a line of the terminal that is written to; None where it is none."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if sys.stdout.isatty() else None


def whole_number(word: str) -> int | None:
    """The number of at most 18 digits that a word is; None for any other word.

    >>> whole_number(" 96"), whole_number("²"), whole_number("9" * 5000)
    (96, None, None)
    """
    digits = word.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None


def parse_shapes(words: tuple[str, ...], given: dict[str, Any]) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    """(name, shape) of every --input, the name empty where there is none, and the values that no shape took up.

    Shapes may hold symbols; those that are given a value get it.

    >>> parse_shapes(("x=1x3xHxW",), {"W": 5, "width": 8})
    ([('x', (1, 3, Polynomial('H'), 5))], {'width': 8})
    """
    pairs = [word.rpartition("=") for word in words]
    if not any(c.isalpha() and c not in "xX" for _, _, shape in pairs for c in shape):
        return [(name, shape) for name, _, shape in pairs], given
    from ..core.shape import Shape
    from ..symbolic.implicit import parse_symbolic_shape
    from ..symbolic.polynomial import Polynomial

    taken: set[str] = set()

    def fixed(size: Any) -> Any:
        values = {name: given[name] for name in size.names if name in given} if isinstance(size, Polynomial) else {}
        taken.update(values)
        return size.at(values) if values else size

    shapes = [(name, Shape(map(fixed, parse_symbolic_shape(shape)))) for name, _, shape in pairs]
    return shapes, {name: value for name, value in given.items() if name not in taken}


class Given(dict[str, Any]):
    """Values by name; what has none is looked for among `others`. `used` gathers the names that were asked for.

    >>> given = Given({"k": 3, "q": 2})
    >>> given["k"], given.unused
    (3, ['q'])
    """

    def __init__(self, values: Mapping[str, Any], others: Mapping[str, Any] | None = None) -> None:
        super().__init__(values)
        self.others: Mapping[str, Any] = {} if others is None else others
        self.used: set[str] = set()

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.others

    def __getitem__(self, name: str) -> Any:
        self.used.add(name)
        return super().__getitem__(name) if name in self.keys() else self.others[name]

    @property
    def unused(self) -> list[str]:
        """The values that nobody asked for."""
        return [name for name in self if name not in self.used]


def parse_call_with(
    call: str, values: Mapping[str, Any], rest: Mapping[str, Any], others: Any, **defaults: Any
) -> Layer:
    """The layer that a text writes, with values for its letters; ParseError for one that it does not have.

    `rest` are those that no shape took up, `others` what letters without a value are.
    """
    from ..layers.parse import parse_layer

    given = Given(values, others)
    layer = parse_layer(call, given, **defaults)
    idle = [name for name in given.unused if name in rest]
    if idle:
        letters = ", ".join(sorted(given.used)) or "none"
        raise ParseError(f"--given {idle[0]}=…: {show(call)} has no letter {idle[0]!r} (its letters: {letters})")
    return layer


def parse_given(words: tuple[str, ...]) -> dict[str, Any]:
    """NAME=VALUE pairs as a dictionary; commas part several in one word.

    >>> parse_given(("H=224,W=192", "w=16"))
    {'H': 224, 'W': 192, 'w': 16}
    """
    if not words:
        return {}
    from ..layers.parse import parse_value
    from ..symbolic.implicit import Symbols

    given: dict[str, Any] = {}
    for word in (part for whole in words for part in whole.split(",")):
        name, equals, value = word.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ParseError(f"--given {show(word)} is not NAME=VALUE (for example --given H=224)")
        if name.strip() in given:
            raise ParseError(f"--given {name.strip()} is given twice")
        try:
            given[name.strip()] = parse_value(value, Symbols())
        except ParseError as error:
            raise ParseError(f"--given {show(word)}: {error}") from None
        except UnknownNameError as error:
            raise ParseError(f"--given {show(word)}: {error} (write a number, True, False or a quoted word)") from None
    return given
