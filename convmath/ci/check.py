"""check: files read, analysed and held to what they claim; what is wrong with each of them, in its own order."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ConvmathError, FileError, SpecError, UnknownNameError, show
from ..core.size import Symbolic
from ..formats.load import load, place_of_whole
from ..formats.torch_in.code import is_code, network_from_code, refusal
from ..layers.known import Known
from ..render.table import printable
from ..rules.catalogue import check_words
from ..rules.rule import Finding
from .forms import told
from .holding import held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ..core.shape import Shape
    from ..core.size import Size
    from ..network.network import Network
    from ..render.table import Table
    from ..symbolic.proposition import Proposition
    from .lock import Locked

Inputs = list[tuple[str, "Any"]]
"""Shapes by the names of inputs, which are empty where they go by their places."""

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
    code: Inputs | None = None,
    known: Known | None = None,
) -> Checked:
    """What is wrong with a file: faults, claims that do not hold, sizes that are refused; and what rules find.

    Rules are asked only where some are selected, a lock file where one is given; `known` is what other files told of
    layers. Where `code` is given, the path may be module:callable, which is run for inputs of these shapes. FileError
    where there is no file.
    """
    check_words(select, ignore)
    known = known or Known()
    try:
        values = {**(locked.given(path) if locked else {}), **(given or {})}
        net = _opened(path, values, code, known)
        unsized = tuple(_unsized(path, net))
        if unsized:
            return Checked(path, unsized, 0)
        fixed, given = net.settled((), {})
        report = fixed.analyze_with(known, given)
        report.built_where += tuple(_made_for(net, given))
        claims = len(net.claims) + (net.required is not None)
        misspelt = list(_misspelt(net))
        found = [*misspelt, *held(report, net.claims, net.required)]
        if select and not misspelt:
            from ..rules.linting import lint

            found += lint(report, select, ignore)
        if locked:
            from .lock import drift

            found += drift(path, report, locked)
    except SpecError as error:
        return Checked(path, tuple(_fault(path, line) for line in error.faults), 0)
    except FileError:
        raise
    except ConvmathError as error:
        return Checked(path, (_fault(path, str(error)),), 0)
    placed = [one if one.place else one._replace(place=place_of_whole(path)) for one in found]
    return Checked(path, tuple(placed), claims)


def check_files(
    paths: Sequence[str],
    given: Mapping[str, Size] | None = None,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    locked: Locked | None = None,
    jobs: int = 1,
    code: Inputs | None = None,
) -> list[Checked]:
    """What is wrong with each of several files, in their order, by so many processes at once.

    UnknownNameError for a rule that is none; FileError for the first file that is not there, or if a process is ended
    from outside.
    """
    check_words(select, ignore)
    some = partial(_check_some, given=given, select=select, ignore=ignore, locked=locked, code=code)
    jobs = min(jobs, len(paths))
    if jobs <= 1:
        return some(paths)
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # A fresh interpreter: forking a process that runs threads, as one with NumPy may, can hang.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            size = -(-len(paths) // (4 * jobs))
            parts = [paths[start : start + size] for start in range(0, len(paths), size)]
            return [one for part in pool.map(some, parts) for one in part]
        except BrokenProcessPool:
            raise FileError("a process that checks files was ended from outside (try fewer --jobs)") from None


def locked_away(locked: Locked) -> list[Checked]:
    """The lock file among what is checked, where it holds files that are not there any more."""
    from .lock import gone

    found = tuple(gone(locked))
    return [Checked(locked.path, found, 0)] if found else []


def _made_for(net: Network, given: Mapping[str, Shape]) -> Iterator[tuple[Proposition, str]]:
    """The only sizes of its input for which a file says that the network is built, where those are open."""
    spatial = next((shape.spatial for shape in given.values()), ())
    for size, only in zip(spatial, net.made_for, strict=False):
        if isinstance(size, Symbolic):
            from ..symbolic.proposition import Proposition

            yield Proposition(size, "=", only), f"{size} = {only}"


def _opened(path: str, values: Mapping[str, Size], code: Inputs | None, known: Known) -> Network:
    if not is_code(path) or os.path.lexists(path):
        return load(path, spare=values, known=known)
    if code is None:
        raise FileError(str(refusal(path)))
    return network_from_code(path, code, values, "give --input 1x3x224x224")


def _check_some(paths: Sequence[str], **stated: Any) -> list[Checked]:
    """What is wrong with each of the files that one process checks: equal layers are worked out once for all."""
    known = Known()
    return [check_file(path, **stated, known=known) for path in paths]


def _misspelt(net: Network) -> Iterator[Finding]:
    """A finding for each comment of a specification that spares a layer a rule which there is not."""
    for code, place in net.spared:
        try:
            check_words(code)
        except UnknownNameError as error:
            yield Finding(FAULT, TITLE, "", f"noqa: {error}", "see convmath lint --rules", place, {})


def _fault(path: str, message: str) -> Finding:
    place, _, said = message.partition(": ")
    known = place.startswith(printable(path))
    return Finding(FAULT, TITLE, "", said if known else message, "", place if known else place_of_whole(path), {})


def _unsized(path: str, net: Network) -> Iterator[Finding]:
    """A finding for each input whose shape is not known."""
    for name, shape in net.input_shapes.items():
        if shape is None:
            opened = name in net.origins
            message = f"the shape of {show(name)} is " + ("open" if opened else "not known")
            mend = "write numbers or letters for its sizes, or give them" if opened else "write input: [1, 3, 224, 224]"
            yield Finding(FAULT, TITLE, "", message, mend, net.origins.get(name, place_of_whole(path)), {})


def check_text(checked: Iterable[Checked]) -> str:
    """Every finding on a line, and a line that sums up."""
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
    """A row for each finding, and a line that sums up."""
    from ..render.table import Heading, Table

    headings = tuple(map(Heading, ("place", "code", "layer", "finding", "mend")))
    files = list(checked)
    rows = [(one.place, one.code, one.layer, one.message, one.mend) for file in files for one in file.findings]
    return Table("check", headings, tuple(rows), (), (f"{summed(files)}.",))


def check_data(checked: Iterable[Checked]) -> dict[str, Any]:
    """The same for a program."""
    from ..rules.telling import data_of

    return {"schema": 1, "files": [
        {"path": file.path, "claims": file.claims, "findings": [data_of(one) for one in file.findings]}
        for file in checked
    ]}  # fmt: skip
