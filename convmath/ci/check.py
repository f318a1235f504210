"""check: files read, analysed and held to what they claim; what is wrong with each of them, in its own order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ConvmathError, FileError, SpecError, UnknownNameError, show
from ..formats.exemptions import exempted
from ..formats.faults import Faults
from ..formats.load import MODELS, load
from ..formats.source import clean, decode, read_bytes
from ..rules.catalogue import chosen, meant
from ..rules.linting import lint
from ..rules.rule import Finding
from .forms import told
from .holding import held
from .lock import drift

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..core.size import Size
    from ..network.network import Network
    from ..render.table import Table
    from .lock import Locked

FAULT, TITLE = "CM001", "the file is at fault"


class Checked(NamedTuple):
    """A file, and what was found in it."""

    path: str
    findings: tuple[Finding, ...]
    claims: int
    """How many claims it makes."""


def check_file(
    path: str,
    given: Mapping[str, Size] | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    locked: Locked | None = None,
) -> Checked:
    """What is wrong with a file: faults, claims that do not hold, sizes that are refused; and what rules find.

    Rules are asked only where some are selected, a lock file where one is given. FileError where there is no file.
    """
    chosen(select, ignore)
    try:
        net = load(path, spare=given)
        unsized = tuple(_unsized(path, net))
        if unsized:
            return Checked(path, unsized, 0)
        report = net.analyze()
        claims = len(net.claims) + (net.required is not None)
        misspelt = list(_misspelt(path))
        found = [*misspelt, *held(report, net.claims, net.required)]
        if select and not misspelt:
            found += lint(report, select, ignore)
        found += drift(path, report, locked) if locked else ()
    except SpecError as error:
        return Checked(path, tuple(_fault(path, line) for line in error.faults), 0)
    except FileError:
        raise
    except ConvmathError as error:
        return Checked(path, (_fault(path, str(error)),), 0)
    return Checked(path, tuple(found), claims)


def check_files(
    paths: Sequence[str],
    given: Mapping[str, Size] | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    locked: Locked | None = None,
    jobs: int = 1,
) -> list[Checked]:
    """What is wrong with each of several files, in their order, by so many processes at once.

    UnknownNameError for a rule that is none; FileError for the first file that is not there, or if a process is ended
    from outside.
    """
    chosen(select, ignore)
    one = partial(check_file, given=given, select=select, ignore=ignore, locked=locked)
    jobs = min(jobs, len(paths))
    if jobs <= 1:
        return [one(path) for path in paths]
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # A fresh interpreter: forking a process that runs threads, as one with NumPy may, can hang.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            return list(pool.map(one, paths, chunksize=-(-len(paths) // (4 * jobs))))
        except BrokenProcessPool:
            raise FileError("a process that checks files was ended from outside (try fewer --jobs)") from None


def _misspelt(path: str) -> Iterator[Finding]:
    """A finding for each comment of a specification that spares a layer a rule which there is not."""
    if path.lower().endswith(MODELS):
        return
    text = clean(decode(read_bytes(path), Faults(path)), Faults(path))
    for line, column, code in exempted(text):
        try:
            meant([code])
        except UnknownNameError as error:
            place = f"{path}:{line}:{column}"
            yield Finding(FAULT, TITLE, "", f"noqa: {error}", "see convmath lint --rules", place, {})


def _fault(path: str, message: str) -> Finding:
    place, _, said = message.partition(": ")
    known = place.startswith(path)
    return Finding(FAULT, TITLE, "", said if known else message, "", place if known else _whole(path), {})


def _whole(path: str) -> str:
    """The place of what is said of a whole file: the first character of a text."""
    return path if path.lower().endswith(MODELS) else f"{path}:1:1"


def _unsized(path: str, net: Network) -> Iterator[Finding]:
    """A finding for each input whose shape is not known."""
    for name, shape in net.input_shapes.items():
        if shape is None:
            opened = name in net.origins
            message = f"the shape of {show(name)} is " + ("open" if opened else "not known")
            mend = "write numbers or letters for its sizes, or give them" if opened else "write input: [1, 3, 224, 224]"
            yield Finding(FAULT, TITLE, "", message, mend, net.origins.get(name, _whole(path)), {})


def check_text(checked: Iterable[Checked]) -> str:
    """Every finding on a line, and a line that sums up."""
    from ..render.table import printable

    files = list(checked)
    lines = [line_of(one) for file in files for one in file.findings]
    return "\n".join(map(printable, [*lines, summed(files)]))


def line_of(one: Finding) -> str:
    """A finding as a line: its place, its code and its words."""
    return f"{one.place}: {one.code} {told(one)}"


def summed(files: Sequence[Checked]) -> str:
    """What was found, in numbers.

    >>> summed([Checked("net.yaml", (), 2)])
    'no findings in 1 file with 2 claims'
    """
    found, claims = sum(len(file.findings) for file in files), sum(file.claims for file in files)
    return (
        f"{found or 'no'} finding{'' if found == 1 else 's'} in {len(files)} file{'' if len(files) == 1 else 's'}"
        f" with {claims} claim{'' if claims == 1 else 's'}"
    )


def check_table(checked: Iterable[Checked]) -> Table:
    """A row for each finding."""
    from ..render.table import Heading, Table

    headings = tuple(map(Heading, ("place", "code", "layer", "finding", "mend")))
    rows = [(one.place, one.code, one.layer, one.message, one.mend) for file in checked for one in file.findings]
    return Table("check", headings, tuple(rows))


def check_data(checked: Iterable[Checked]) -> dict[str, Any]:
    """The same for a program."""
    from ..rules.telling import data_of

    return {"schema": 1, "files": [
        {"path": file.path, "claims": file.claims, "findings": [data_of(one) for one in file.findings]}
        for file in checked
    ]}  # fmt: skip
