"""Questions about a network at all input sizes: which it accepts, which give an output, where paths do not join."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import FormulaError, ShapeError
from ..core.receptive_field import ReceptiveField
from ..core.size import Symbolic
from ..render.table import Heading, Table
from ..symbolic.proposition import Proposition
from ..symbolic.solve import solutions
from .mends import mending

if TYPE_CHECKING:
    from ..core.conditions import Condition
    from ..core.shape import Shape
    from ..symbolic.sets import Sizes
    from .analysis import Report
    from .row import Row


class Demand(NamedTuple):
    """What one layer asks of the input's symbols."""

    layer: str
    condition: Condition
    """The rule that asks for it."""
    proposition: Proposition
    solved: Sizes | None
    """The sizes for which it holds; None where that is not decided."""
    symbol: str
    mend: str

    def __str__(self) -> str:
        return self.condition.claim

    @property
    def in_words(self) -> str:
        """The claim, and the sizes for which it holds where they say more."""
        said = str(self)
        return said if self.holds_for in {"", said} else f"{said}: {self.holds_for}"

    @property
    def holds_for(self) -> str:
        """The sizes for which it holds; nothing where that is not decided."""
        return self.solved.say(self.symbol) if self.solved else ""


class Answer(NamedTuple):
    """The sizes of each symbol for which everything holds, and what was not decided."""

    sizes: dict[str, Sizes]
    undecided: dict[Proposition, str]
    """Each with the words of the rule that asks for it."""

    def __str__(self) -> str:
        parts = [sizes.say(name) for name, sizes in self.sizes.items()]
        parts += [f"{claim} (not decided)" for claim in self.undecided.values()]
        return "; ".join(parts) or "every size"


def demands(report: Report) -> tuple[Demand, ...]:
    """Every condition that the input's symbols leave open, each once, with the sizes that meet it.

    >>> from convmath.symbolic.polynomial import symbols
    >>> from convmath.zoo.vgg import vgg16
    >>> [(d.layer, str(d.solved)) for d in demands(vgg16().analyze((1, 3, symbols("H"), 224)))][-1]
    ('features.30', 'H ≥ 32')
    """
    found: dict[Proposition, Demand] = {}
    for row in report.whole.rows:
        for condition in row.conditions:
            proposition = condition.verdict
            if isinstance(proposition, Proposition) and proposition not in found:
                mend = mending(report, row, condition, [one for one in found if one.relation == "≥"])
                found[proposition] = _demand(row, condition, proposition, mend)
    return tuple(found.values())


def accepted(report: Report) -> Answer:
    """The input sizes that every layer accepts.

    >>> from convmath.symbolic.polynomial import symbols
    >>> from convmath.zoo.unets import unet
    >>> H, W = symbols("H W")
    >>> str(accepted(unet().analyze((1, 1, H, W))))
    'H ≡ 12 (mod 16), H ≥ 188; W ≡ 12 (mod 16), W ≥ 188'
    """
    return together({demand.proposition: str(demand) for demand in demands(report)}, _symbols_of(report))


def giving(report: Report, output: tuple[Any, ...], layer: str = "") -> Answer:
    """The input sizes that every layer accepts and for which a layer's output ends in these sizes.

    Without a name, the layer is the last whose output depends on the input's size.

    >>> from convmath.symbolic.polynomial import symbols
    >>> from convmath.zoo.resnet import resnet50
    >>> str(giving(resnet50().analyze((1, 3, symbols("H"), 224)), (7, 7)))
    '193 ≤ H ≤ 224'
    """
    row = report[layer] if layer else last_open(report, len(output))
    asked = {demand.proposition: str(demand) for demand in demands(report)}
    asked |= {proposition: str(proposition) for proposition in wanted(row, output)}
    return together(asked, _symbols_of(report))


def last_open(report: Report, count: int) -> Row:
    """The last layer one of whose last `count` sizes depends on a symbol."""
    for row in reversed(report.whole.rows):
        if any(isinstance(size, Symbolic) for size in row.outputs[0][2:][-count:]):
            return row
    return report.whole.rows[-1]


def wanted(row: Row, output: tuple[Any, ...]) -> list[Proposition]:
    """That a layer's output ends in these sizes; ShapeError where a number already says otherwise."""
    shape = row.outputs[0]
    if len(output) > len(shape):
        raise ShapeError(f"{row.name}: the output {shape} has {len(shape)} sizes, {len(output)} are asked for")
    result: list[Proposition] = []
    for size, asked in zip(shape[-len(output) :], output, strict=True):
        if isinstance(size, Symbolic):
            result.append(Proposition(size, "=", asked))
        elif size != asked:
            raise ShapeError(f"{row.name}: the output {shape} has {size} where {asked} is asked for, for every input")
    return result


def together(claims: dict[Proposition, str], names: dict[str, int]) -> Answer:
    """The sizes of each symbol for which all propositions hold; those in several symbols stay undecided."""
    by_symbol: dict[str, list[Proposition]] = {name: [] for name in names}
    undecided: list[Proposition] = []
    for proposition in claims:
        own = symbols_in(proposition)
        (by_symbol.setdefault(own[0], []) if len(own) == 1 else undecided).append(proposition)
    sizes: dict[str, Sizes] = {}
    for name, own_propositions in by_symbol.items():
        if not own_propositions:
            continue
        try:
            sizes[name] = solutions(*own_propositions)
        except FormulaError:
            undecided += own_propositions
    return Answer(sizes, {proposition: claims[proposition] for proposition in undecided})


def symbols_in(proposition: Proposition) -> list[str]:
    """The symbols on either side."""
    sides = (proposition.left, proposition.right)
    return list(dict.fromkeys(name for side in sides if type(side) is not int for name in side.names))


def remarks(report: Report) -> list[str]:
    """What a reader of an analysis with symbols wants to know beside it: which inputs are accepted, the largest map."""
    from .chain import one_convolution
    from .peak import peak

    answer = accepted(report)
    lines = [f"Accepted: {answer}."]
    if report.whole.rows:
        lines.append(f"Largest activation: {peak(report, usual_least(report, answer))}.")
    chain = one_convolution(report)
    if chain is not None:
        lines.append(f"As far as {chain.last}, sizes and fields are those of {chain}.")
    return lines


def usual_least(report: Report, answer: Answer) -> dict[str, int]:
    """Of each spatial symbol the least size that is accepted and at which no map is smaller than one whole step."""
    least = {name: sizes.first(1)[0] if sizes.first(1) else 1 for name, sizes in answer.sizes.items()}
    names = [name for name in _symbols_of(report) if name in _spatial_symbols(report)]
    return {name: max(least.get(name, 1), _longest_jump(report)) for name in names}


def _longest_jump(report: Report) -> int:
    """The largest step from one output position to the next, in input positions: below it a map is one position."""
    jumps = (field.jump for row in report.whole.rows for field in row.fields if isinstance(field, ReceptiveField))
    return max((jump for jump in jumps if type(jump) is int), default=1)


def _spatial_symbols(report: Report) -> set[str]:
    sizes = (size for shape in report.inputs.values() for size in shape[2:] if isinstance(size, Symbolic))
    return {name for size in sizes for name in size.names}  # type: ignore[attr-defined]


def answer_table(report: Report, asked: str, answer: Answer) -> Table:
    """The sizes that give a stated output."""
    rows = tuple((name, sizes.say(name), ", ".join(map(str, sizes.first(5)))) for name, sizes in answer.sizes.items())
    rows += tuple((", ".join(symbols_in(p)), f"{claim} (not decided)", "") for p, claim in answer.undecided.items())
    headings = (Heading("symbol"), Heading("sizes"), Heading("the first"))
    return Table(f"{report.title}: inputs that give {asked}", headings, rows or (("", "every size", ""),))


def answer_data(answer: Answer) -> dict[str, Any]:
    """An answer as the data that --format json writes."""
    return {
        "schema": 1,
        "sizes": {
            name: {
                "text": sizes.say(name),
                "first": sizes.first(5),
                "below": [[run.begin, run.end, run.period, list(run.residues)] for run in sizes.below],
                "threshold": sizes.threshold,
                "period": sizes.period,
                "residues": list(sizes.residues),
            }
            for name, sizes in answer.sizes.items()
        },
        "undecided": list(answer.undecided.values()),
    }


def _demand(row: Row, condition: Condition, proposition: Proposition, mend: str) -> Demand:
    own = symbols_in(proposition)
    solved: Sizes | None = None
    if len(own) == 1:
        try:
            solved = solutions(proposition)
        except FormulaError:
            solved = None
    return Demand(row.name, condition, proposition, solved, own[0] if own else "", mend)


def _symbols_of(report: Report) -> dict[str, int]:
    names: dict[str, int] = {}
    for shape in report.inputs.values():
        names |= _names(shape)
    return names


def _names(shape: Shape) -> dict[str, int]:
    return {name: least for size in shape if isinstance(size, Symbolic) for name, least in size.names.items()}  # type: ignore[attr-defined]
