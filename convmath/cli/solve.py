"""convmath solve: questions about all sizes at once, answered exactly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from ..core.errors import ParseError, show
from ..core.size import Symbolic
from ..formats.load import SUFFIXES
from ..layers import FILE_OF as LAYERS
from ..layers.base import Layer
from ..symbolic.relation import SIGN
from .networks import NetworkName, is_file, network_of, open_network
from .options import allow_code_option, emit, format_option, given_option, output_option, parse_given, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..network.network import Network
    from ..render.table import Table
    from ..symbolic.proposition import Proposition

SIGNS = {"==": "=", ">=": "≥", "<=": "≤"}
"""Relations that are shown otherwise than they are typed."""

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@click.command()
@click.argument("question", type=NetworkName())
@click.option("-i", "--input", "shapes", multiple=True, metavar="SHAPE", help="Input shape with symbols: 1x3xHxW.")
@click.option("--gives", metavar="SIZES", help="The sizes that a layer's output is to end in: 7x7.")
@click.option("--layer", metavar="NAME", help="Which layer's; the last whose output depends on the input, if left out.")
@click.option("--from", "size", type=click.IntRange(min=1), help="For a layer type: the size that comes in.")
@click.option("--to", "target", type=click.IntRange(min=1), help="For a layer type: the size that is to come out.")
@allow_code_option
@given_option
@format_option
@output_option
def solve(
    question: str,
    shapes: tuple[str, ...],
    gives: str | None,
    layer: str | None,
    size: int | None,
    target: int | None,
    allow_code: bool,
    given: tuple[str, ...],
    form: str | None,
    output: str | None,
) -> None:
    """For which sizes something holds; the answer is exact, or it is said that there is none.

    QUESTION is a network, as analyze takes it (which inputs does it accept?), a layer type with --from and --to
    (which hyper-parameters map the one to the other?), or a relation of formulas (does it always hold, and when?).

    \b
    Examples:
      convmath solve unet
      convmath solve resnet50 --gives 7x7
      convmath solve net.yaml --input 1x3xHxW --gives 1x1
      convmath solve Conv2d --from 224 --to 112 --given k=3..7,p=0..3
      convmath solve "ceil(H/32) = 7"
      convmath solve "2*ceil(H/2) >= H"
    """
    if SIGN.search(question) and not question.lower().endswith(SUFFIXES):
        odd = [word for word, there in (("--input", shapes), ("--gives", gives), ("--layer", layer), ("--from", size),
                                        ("--to", target)) if there]  # fmt: skip
        if odd:
            raise ParseError(f"{odd[0]} does not go with a relation (write the numbers into it)")
        known = parse_given(given)
        emit(lambda: _relation_table(question, known), lambda: _relation_data(question, known), form, output)
    elif size is not None or target is not None:
        if size is None or target is None:
            raise ParseError("--from and --to go together (for example --from 224 --to 112)")
        from ..formulas.design import designs

        ranges = _ranges(given)
        found = [dict(design.values) for design in designs(question, size, target, ranges)]
        title = f"{question}: {size} → {target}"
        emit(
            lambda: _design_table(title, question, found, ranges), lambda: {"schema": 1, "designs": found}, form, output
        )
    elif layer is not None and gives is None:
        raise ParseError("--layer goes with --gives (for example --gives 7x7)")
    else:
        emit(*_answer(question, shapes, gives, layer, allow_code, given), form, output)


def _answer(
    name: str,
    shapes: tuple[str, ...],
    gives: str | None,
    layer: str | None,
    allow_code: bool,
    given: tuple[str, ...],
) -> tuple[Callable[[], Table], Callable[[], Any]]:
    """What inputs a network accepts, or which of them give some sizes: as a table, and as data."""
    from ..report import questions
    from ..report.conditions import demands_data, demands_table

    if name in LAYERS:
        raise ParseError(f"{name} is a layer type: say what comes in and what is to come out (--from 224 --to 112)")
    values = parse_given(given)
    asked = network_of(name, shapes, values, allow_code)
    of_symbols = values and is_file(name) and _is_of_symbols(open_network(name, {}))
    if not shapes and not of_symbols and not _is_of_symbols(asked.network):
        asked = asked._replace(shapes=tuple(map(_with_symbols, asked.network.input_shapes.values())))
    report = asked.network.analyze(*asked.settled())
    if gives is None:
        return lambda: demands_table(report), lambda: demands_data(report)
    sizes = tuple(_number(part, gives) for part in re.split(r"[x×,]", gives))
    answer = questions.giving(report, sizes, layer or "")
    return lambda: questions.answer_table(report, gives, answer), lambda: questions.answer_data(answer)


def _is_of_symbols(net: Network) -> bool:
    """Whether a network's inputs or layers have symbols by themselves: the question is then about those."""
    return any(_has_symbols(tuple(shape or ())) for shape in net.input_shapes.values()) or any(
        _has_symbols(node.layer) for node in net.nodes
    )


def _has_symbols(value: Any) -> bool:
    parts = value.key[1:] if isinstance(value, Layer) else value if isinstance(value, tuple) else ()
    return isinstance(value, Symbolic) or any(map(_has_symbols, parts))


def _with_symbols(shape: Any) -> Any:
    """A customary shape with symbols for its spatial sizes."""
    from ..core.shape import Shape
    from ..formulas.general import SPATIAL
    from ..symbolic.polynomial import symbols

    if shape is None:
        raise ParseError("the network remembers no input shape (give one with --input, for example 1x3xHxW)")
    return Shape((*shape[:2], *map(symbols, SPATIAL.get(shape.rank, ()))))


def _number(part: str, whole: str) -> int:
    number = whole_number(part)
    if not number:
        raise ParseError(f"{show(part)} in {show(whole)} is no size (write numbers from 1 on joined by x: 7x7)")
    return number


def relation_of(text: str, given: dict[str, Any]) -> Proposition | bool:
    """The only proposition that a text states with =, >=, <=, > or <; some symbols are given values.

    >>> relation_of("ceil(H/s) = 7", {"s": 32})
    Proposition('⌈H/32⌉ = 7')
    """
    from ..symbolic.implicit import Symbols
    from ..symbolic.relation import relations

    found = relations(text, Symbols(given))
    if len(found) != 1:
        raise ParseError(f"{show(text)} is not one relation (write for example 'ceil(H/2) >= 7')")
    return found[0]


def _relation(text: str, given: dict[str, Any]) -> tuple[str, str]:
    """Whether a relation always holds, and when it does."""
    from ..core.errors import FormulaError
    from ..report.questions import symbols_in
    from ..symbolic.solve import solutions
    from ..symbolic.verdict import at_least, equal

    asked: Any = relation_of(text, given)
    verdict = (equal if asked.relation == "=" else at_least)(asked.left, asked.right)
    names = symbols_in(asked)
    if verdict.state == "proven" and len(names) > 1:
        return str(verdict), "every size"
    try:
        return str(verdict), solutions(asked).say(names[0] if names else "size")
    except FormulaError as error:
        return str(verdict), f"not decided: {error}"


def as_written(text: str, given: dict[str, Any]) -> str:
    """A relation that was understood, typeset in the order in which it was written; as typed, if a symbol cancels.

    >>> as_written("H % m < 3*k", {"m": 16})
    'H mod 16 < 3k'
    """
    from ..symbolic.implicit import Symbols
    from ..symbolic.parse import parse_formula
    from ..symbolic.written import symbol

    names = {word: given.get(word, symbol(word)) for word in WORD.findall(text) if word in Symbols()}
    left, sign, right = SIGN.split(text)
    a, b = parse_formula(left, names), parse_formula(right, names)
    kept = {name for side in (a, b) if type(side) is not int for name in side.names}
    return f"{a} {SIGNS.get(sign, sign)} {b}" if kept == names.keys() - given.keys() else text.strip()


def _relation_table(text: str, given: dict[str, Any]) -> Table:
    from ..render.table import Heading, Table

    verdict, when = _relation(text, given)
    rows = (("for all sizes", verdict), ("holds for", when))
    return Table(as_written(text, given), (Heading("question"), Heading("answer")), rows)


def _relation_data(text: str, given: dict[str, Any]) -> dict[str, Any]:
    verdict, when = _relation(text, given)
    return {"schema": 1, "relation": as_written(text, given), "always": verdict, "holds_for": when}


def _ranges(given: tuple[str, ...]) -> dict[str, range]:
    ranges: dict[str, range] = {}
    for name, text in _pairs(given):
        if name in ranges:
            raise ParseError(f"--given {name} is given twice")
        ranges[name] = _range(name, text)
    return ranges


def _pairs(given: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = [word.partition("=") for whole in given for word in whole.split(",")]
    for name, equals, _ in pairs:
        if not equals:
            raise ParseError(f"--given {show(name)} is not NAME=VALUE or NAME=FIRST..LAST (for example k=1..7)")
    return [(name.strip(), text.strip()) for name, _, text in pairs]


def _range(name: str, text: str) -> range:
    first, dots, last = text.partition("..")
    begin, end = whole_number(first), whole_number(last if dots else first)
    if begin is None or end is None:
        raise ParseError(f"--given {name}={show(text)} is no range (write {name}=3 or {name}=1..7)")
    choices = range(begin, end + 1)
    if not choices:
        raise ParseError(f"--given {name}={text} is empty (write {name}={last}..{first})")
    return choices


def _design_table(title: str, kind: str, found: list[dict[str, int]], ranges: dict[str, range]) -> Table:
    from ..formulas.design import tried
    from ..formulas.formula import formula
    from ..render.table import Heading, Table

    names = list(found[0]) if found else []
    rows = tuple(tuple(choice[name] for name in names) or ("nothing is to choose",) for choice in found)
    spans = (
        f"{name} = {many[0]}" + (f" … {many[-1]}" if len(many) > 1 else "")
        for name, many in tried(kind, ranges).items()
    )
    notes = (f"By {formula(kind, 'output')}.", f"Tried: {', '.join(spans)} (others with --given).")
    headings = tuple(Heading(name, right=True) for name in names) or (Heading("choices"),)
    count = f"{len(found)} choice{'' if len(found) == 1 else 's'}" if found else "no choice does"
    return Table(f"{title}, {count}", headings, rows, notes=notes)
