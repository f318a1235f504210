"""convmath formula: the formulas of a layer type, as a textbook writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..core.errors import ParseError, UnknownNameError, show
from ..core.size import Symbolic
from .options import FORMATS, emit, form_for, given_option, output_option, parse_given, write_out
from .options import SUFFIXES as TABLE_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ..formulas.statement import Formula

NOTATIONS = ("latex", "mathml", "typst", "python", "sympy")

SUFFIXES = {
    **TABLE_SUFFIXES, ".tex": ("latex",), ".mathml": ("mathml",), ".typ": ("typst",), ".py": ("python", "sympy"),
    ".txt": (*FORMATS, *NOTATIONS),
}  # fmt: skip
"""What may stand in a file of such a name; the first is meant when no --format says another."""


class TypeName(click.ParamType):  # type: ignore[type-arg]
    """A layer type or a call; completes the types."""

    name = "type"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from ..layers import FILE_OF

        return [CompletionItem(name) for name in FILE_OF if name.startswith(incomplete)]


class QuantityName(click.ParamType):  # type: ignore[type-arg]
    """A quantity; completes them."""

    name = "quantity"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from ..formulas.quantities import QUANTITIES

        return [CompletionItem(name) for name in QUANTITIES if name.startswith(incomplete)]


@click.command()
@click.argument("kind", metavar="TYPE", type=TypeName())
@click.option("-q", "--quantity", type=QuantityName(), metavar="NAME", help="One quantity: output, macs, params, ….")
@click.option("--axis", type=click.Choice(("0", "1", "2")), help="Along which axis; 0 is the first spatial one.")
@click.option("--steps", is_flag=True, help="Every step from the formula to its normal form.")
@click.option("--over", metavar="TYPE", help="The ratio of the quantity to that of another type.")
@click.option("--growth", metavar="SYMBOL", help="How the quantity grows with a symbol.")
@given_option
@click.option(
    "--format", "form", type=click.Choice(("text", *NOTATIONS, "json", "csv", "markdown", "html")),
    help="How to write the result; text, or what -o's suffix says.",
)  # fmt: skip
@output_option
def formula(
    kind: str,
    quantity: str | None,
    axis: str | None,
    steps: bool,
    over: str | None,
    growth: str | None,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> None:
    """The formulas of a layer type, in written order, with their symbols and conditions.

    TYPE is a name that `convmath layers` lists, or a call such as "Conv2d(3, 64, 7, stride=2)", whose input alone
    is then a symbol. With --given for every symbol the number is told, with defaults for what is left out if it has
    one. Sizes are told along any one axis; with --axis along that one, in its own symbols.

    \b
    Examples:
      convmath formula ConvTranspose2d
      convmath formula ConvTranspose2d --quantity macs --given k_h=4,k_w=4
      convmath formula Conv2d -q output --steps --given k=3,s=2,p=1,d=1
      convmath formula "Conv2d(3, 64, (7, 5))" -q output --axis 1
      convmath formula Conv2d -q output --format latex
      convmath formula DepthwiseSeparableConv2d -q macs --over Conv2d --given m=1,g=1
      convmath formula Conv2d -q macs --growth H
      convmath formula Conv2d -q output --given i=224,k=7,s=2,p=3
      convmath formula Conv2d -q output --given "p=(k-1)//2,s=1,d=1"
    """
    form = form_for(form, output, SUFFIXES)
    asked = [word for word, there in (("--steps", steps), ("--over", over), ("--growth", growth)) if there]
    if asked and quantity is None:
        raise ParseError(f"{asked[0]} is about one quantity (add for example --quantity macs)")
    if len(asked) > 1 and steps:
        raise ParseError(f"{asked[0]} and {asked[1]} are two questions (ask one at a time)")
    if asked and form in NOTATIONS:
        raise ParseError(f"{asked[0]} is told as a table (use --format text, json, csv, markdown or html)")
    along = None if axis is None else int(axis)
    if over is not None or growth is not None:
        assert quantity is not None
        _answer(kind, quantity, along, over, growth, parse_given(given), form, output)
        return
    stated = stated_formulas(kind, quantity, along, parse_given(given))
    if form in NOTATIONS:
        write_out("\n".join(_in_notation(f, form) for f in stated), output)
        return
    from ..formulas.tables import formula_data, formula_table, formulas_data, one_formula_table, steps_data, steps_table

    if quantity is None:
        emit(lambda: formula_table(stated[0].of, stated), lambda: formulas_data(stated), form, output)
    elif steps:
        emit(lambda: steps_table(stated[0]), lambda: steps_data(stated[0]), form, output)
    else:
        emit(lambda: one_formula_table(stated[0]), lambda: formula_data(stated[0]), form, output)


def _answer(
    kind: str,
    quantity: str,
    axis: int | None,
    over: str | None,
    growth: str | None,
    given: dict[str, Any],
    form: str | None,
    output: str | None,
) -> None:
    """A ratio or a growth as a table of one line."""
    from ..render.table import Heading, Table

    (f,) = stated_formulas(kind, quantity, axis, {} if over else given)
    rows: list[tuple[str, str]] = []
    if over is not None:
        (other,) = stated_formulas(over, quantity, axis, {})
        names = {*f.names, *other.names}
        for name, value in given.items():
            if not {*f.spread({name: value}), *other.spread({name: value})} & names:
                raise UnknownNameError(f"--given {name}: neither formula has it (they have {', '.join(sorted(names))})")
        f, other = (_taking(part, given, names) for part in (f, other))
        rows.append((f"{f.of} over {other.of}", str(f.over(other))))
    if growth is not None:
        rows.append((f"grows with {growth}", str(f.growth(growth))))
    table = Table(f"{f.of}: {f.meaning}", (Heading("question"), Heading("answer")), tuple(rows))
    emit(lambda: table, lambda: {"schema": 1, **dict(rows)}, form, output)


def _taking(f: Formula, given: dict[str, Any], known: Collection[str]) -> Formula:
    """The formula with what is given for its symbols; `known` are those of all formulas that are asked for."""
    from ..formulas.statement import axes_of

    own = f.names
    meant = dict(given)
    for name in given:
        axes = axes_of(name, own)
        if name in known and axes and given.keys() >= set(axes):
            del meant[name]  # it is for another formula; this one has its own for every axis
    values = {name: value for name, value in f.spread(meant).items() if name in own}
    return f.given(**{name: _beside(name, value, own, given) for name, value in values.items()})


def _beside(name: str, value: Any, own: Mapping[str, int], given: Mapping[str, Any]) -> Any:
    """A formula that is given, with numbers that are given put in: for p_h, the k in it is k_h where there is no k."""
    if not isinstance(value, Symbolic):
        return value
    from ..formulas.general import SUFFIXES as AXES
    from ..symbolic.write import written
    from ..symbolic.written import symbol

    suffix = name[-2:] if name[-2:] in AXES[3] else ""
    operand = written(value)
    meant = {}
    for inner, least in operand.names.items():
        called = inner if inner in own or inner + suffix not in own else inner + suffix
        number = given.get(called, given.get(inner))
        meant[inner] = number if type(number) is int else symbol(called, own.get(called, least))
    return operand.worked_out(meant)


def stated_formulas(kind: str, quantity: str | None, axis: int | None, given: dict[str, Any]) -> list[Formula]:
    """The formulas asked for, with the values that are given put in; every value must be some formula's."""
    from ..formulas.formula import formula as state
    from ..formulas.formula import formulas
    from ..layers.parse import parse_layer
    from ..symbolic.implicit import Symbols

    what: Any = parse_layer(kind, Symbols()) if "(" in kind else kind
    found = list(formulas(what, axis)) if quantity is None else [state(what, quantity, axis)]
    known = {name for f in found for name in f.names}
    others = {name for f in formulas(what, axis) for name in f.names} if given.keys() - known else known
    for name, value in given.items():
        # What another quantity of the type depends on is known, and makes no difference here.
        if name not in others and not any({*f.spread({name: value})} & known for f in found):
            raise UnknownNameError(f"--given: {found[0].of} has no symbol {show(name)} ({_listed(known)})")
        if type(value) is not int and not isinstance(value, Symbolic):
            raise ParseError(f"--given {name}={show(value)} is no integer and no formula (for example {name}=3)")
    return [_taking(f, given, known) for f in found]


def _listed(names: set[str]) -> str:
    return f"it has {', '.join(sorted(names))}" if names else "it has none"


def _in_notation(f: Formula, form: str) -> str:
    return str(getattr(f, form)())
