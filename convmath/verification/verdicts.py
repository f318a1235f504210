"""A verification as plain data: every claim beside its measurement, as tables and as what --format json writes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ..render.table import Heading, Table, show_cell
from .figures import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..core.shape import Shape

AGREES, WITHIN, DIFFERS, NOT_COMPARED = "equal", "within", "differs", "not compared"
"""What may come of a claim: measured the same, within what is claimed, otherwise, or there is nothing to compare."""

MARKS = {AGREES: "✓", WITHIN: "✓", DIFFERS: "✗", NOT_COMPARED: "–"}


class Line(NamedTuple):
    """One claim: what is claimed, what was measured, what comes of it, and how it was measured."""

    what: str
    claimed: Any
    measured: Any
    verdict: str
    how: str = ""

    @property
    def marked(self) -> str:
        """The verdict as a reader sees it."""
        return f"{MARKS[self.verdict]} {self.verdict}"

    @property
    def cell(self) -> Any:
        """The claim where it agrees, both where it does not."""
        if self.verdict == NOT_COMPARED:
            return "–"
        return f"{show_cell(self.claimed)} ≠ {show_cell(self.measured)}" if self.verdict == DIFFERS else self.claimed


def line(what: str, claimed: Any, measured: Any, how: str = "") -> Line:
    """A claim that is to be measured exactly.

    >>> line("parameters", 10, 9).marked
    '✗ differs'
    """
    return Line(what, claimed, measured, AGREES if claimed == measured else DIFFERS, how)


class Checked(NamedTuple):
    """A layer and all its claims; `labels` tell a reader which it is."""

    name: str
    labels: tuple[str, ...]
    op: str
    call: str
    inputs: tuple[Shape, ...]
    lines: tuple[Line, ...]

    def named(self, what: str) -> Line | None:
        """The claim of this name."""
        return next((line for line in self.lines if line.what == what), None)

    @property
    def marked(self) -> str:
        """What comes of all claims together."""
        wrong = [line.what for line in self.lines if line.verdict == DIFFERS]
        return f"✗ {', '.join(wrong)}" if wrong else f"✓ {_agreeing(self.lines)}"


COLUMNS = ("output", "parameters", "MACs", "touching MACs")
"""The claims that a table of several layers shows; all are measured and counted in the verdict."""

AS_FILE = "as the file"
"""How the claims begin that a file itself is run for."""

SHOWN = 5
"""The most reasons for having no equal that a table gives."""


class Verification:
    """Every claim about a layer, a network, or several layers of a type; `agrees` says whether all were measured so."""

    def __init__(
        self, title: str, rows: tuple[Checked, ...], whole: tuple[Line, ...] = (), against: str = "",
        labels: tuple[str, ...] = ("layer",), seed: int = 0,
    ) -> None:  # fmt: skip
        self.title, self.rows, self.whole, self.against, self.labels = title, rows, whole, against, labels
        self.seed = seed

    def __iter__(self) -> Iterator[tuple[str, Line]]:
        """(whose, claim) of every line, the whole's last."""
        for row in self.rows:
            yield from ((row.name, line) for line in row.lines)
        yield from ((self.title, line) for line in self.whole)

    @property
    def agrees(self) -> bool:
        """Whether nothing was measured otherwise than claimed."""
        return all(line.verdict != DIFFERS for _, line in self)

    @property
    def disagreements(self) -> tuple[str, ...]:
        """Each as a sentence with both numbers."""
        return tuple(
            f"{who}: {line.what}: claimed {show_cell(line.claimed)}, measured {show_cell(line.measured)}"
            for who, line in self
            if line.verdict == DIFFERS
        )

    @property
    def summary(self) -> str:
        """How many claims there were, and what came of them."""
        lines = [line for _, line in self]
        wrong, none = (sum(line.verdict == kind for line in lines) for kind in (DIFFERS, NOT_COMPARED))
        count = len(lines) - none
        claims = f"{count:,} claim{'s' if count != 1 else ''}"
        said = f"{wrong:,} of {claims} measured otherwise" if wrong else f"{claims} measured, all agree"
        return f"{'✗' if wrong else '✓'} {said}{f'; {none:,} not compared' if none else ''}."

    def table(self) -> Table:
        """One layer claim by claim; several a row each, and the claims about the whole below."""
        of_one = len(self.rows) == 1
        headings, rows, totals = self._of_claims() if of_one else self._of_layers()
        told = () if of_one else tuple(one for one in self.whole if one.what not in COLUMNS)
        notes = (*map(_sentence, told), *self._reasons, self.summary)
        return Table(f"{self.title}{self._beside}", headings, rows, totals, notes)

    def claims(self) -> Table:
        """Every claim a row, the whole's last: what a program reads as CSV."""
        names = ("layer", "claim", "claimed", "measured", "verdict", "measured by")
        rows = tuple(
            (who, one.what, _counted(one.claimed), _counted(one.measured), one.verdict, one.how) for who, one in self
        )
        return Table(f"{self.title}{self._beside}", tuple(map(Heading, names)), rows, (), (self.summary,))

    @property
    def _beside(self) -> str:
        return f", against {self.against}" if self.against else ""

    @property
    def _reasons(self) -> tuple[str, ...]:
        """Why there was nothing to compare."""
        counts = Counter(line.how for _, line in self if line.verdict == NOT_COMPARED)
        told = [
            f"– not compared: {reason}" + (f" ({count} comparisons)" if count > 1 else "")
            for reason, count in counts.items()
        ]
        more = len(told) - SHOWN
        return (*told[:SHOWN], f"– and {more} more reasons (--format json has all)") if more > 0 else tuple(told)

    def _of_claims(self) -> Body:
        lines = (*(line for row in self.rows for line in row.lines), *self.whole)
        headings = (
            Heading("claim"), Heading("claimed", right=True), Heading("measured", right=True), Heading("verdict"),
            Heading("measured by", apart=True),
        )  # fmt: skip
        return headings, tuple((one.what, one.claimed, one.measured, one.marked, one.how) for one in lines), ()

    def _of_layers(self) -> Body:
        peers = [f"as {self.against.partition(' ')[0]}"] if self.against else []
        peers += [AS_FILE] if any(one.what.startswith(AS_FILE) for row in self.rows for one in row.lines) else []
        headings = (
            *(Heading(label, apart=True) for label in self.labels),
            *(Heading(what, right=what != "output", apart=what == "output") for what in COLUMNS),
            *(Heading(peer, right=True) for peer in peers), Heading("verdict"),
        )  # fmt: skip
        rows = []
        for row in self.rows:
            cells = [None if (one := row.named(what)) is None else one.cell for what in COLUMNS]
            compared = [_largest(row, peer) for peer in peers]
            rows.append((*row.labels, *cells, *compared, row.marked))
        totals = {one.what: one for one in self.whole}
        if "MACs" not in totals:
            return headings, tuple(rows), ()
        sums = (totals[what].cell if what in totals else None for what in COLUMNS)
        blank = [None] * len(peers)
        wrong = [what for what in COLUMNS if what in totals and totals[what].verdict == DIFFERS]
        foot = ("total", *(None,) * (len(self.labels) - 1), *sums, *blank, f"✗ {', '.join(wrong)}" if wrong else "✓")
        return headings, tuple(rows), foot

    def data(self) -> dict[str, Any]:
        """The same as the data that --format json writes."""
        return {
            "schema": 1,
            "verified": self.title,
            "against": self.against or None,
            "seed": self.seed,
            "dtype": "float32",
            "agrees": self.agrees,
            "layers": [
                {
                    "name": row.name, "op": row.op, "call": row.call, "inputs": [list(shape) for shape in row.inputs],
                    "claims": [_data(line) for line in row.lines],
                }
                for row in self.rows
            ],
            "whole": [_data(line) for line in self.whole],
        }  # fmt: skip

    def __str__(self) -> str:
        from ..render.text import render

        return render(self.table())


Body = tuple[tuple[Heading, ...], tuple[tuple[Any, ...], ...], tuple[Any, ...]]
"""The headings, rows and totals of a table."""


def _largest(row: Checked, peer: str) -> str | None:
    """How far a row is from what the peer makes: on whole numbers if it differs there, else on its own."""
    lines = [one for one in row.lines if one.what.startswith(peer)]
    if not lines:
        return None
    wrong = next((one for one in lines if one.verdict == DIFFERS), None)
    return str(wrong.cell if wrong else "–" if lines[-1].measured is None else lines[-1].measured)


def _agreeing(lines: tuple[Line, ...]) -> str:
    none = sum(line.verdict == NOT_COMPARED for line in lines)
    return f"{len(lines) - none}, – {none}" if none else f"all {len(lines)}"


def _sentence(line: Line) -> str:
    claimed, measured = show_cell(line.claimed), show_cell(line.measured)
    if line.verdict == NOT_COMPARED:
        return f"– {line.what}: not compared: {line.how}"
    most = "at most " if line.verdict == WITHIN else ""
    said = f"{claimed} claimed" + (" and measured" if line.verdict == AGREES else f", {measured} measured")
    differs = "differs: " if line.verdict == DIFFERS else ""
    return f"{MARKS[line.verdict]} {differs}{line.what}: {most}{said}{f' ({line.how})' if line.how else ''}"


def _counted(value: Any) -> Any:
    """A number as a program reads it; shapes and intervals as they are written."""
    return plain(value) if isinstance(value, int | float) else value


def _data(line: Line) -> dict[str, Any]:
    data = {name: plain(value) for name, value in line._asdict().items()}
    return {"claim": data.pop("what"), **data}
