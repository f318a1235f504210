"""What `convmath diff` is given: spec files, ONNX models, lock files, and any of them as a git revision has it."""

from __future__ import annotations

import os
import subprocess
from shutil import which
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import FileError, show
from ..formats.load import MODELS, load
from .diff import Difference, diff
from .lock import key_of, parse_lock, read_lock
from .snapshot import EMPTY, Snapshot, snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..core.size import Size

LOCKS = (".lock",)
"""Suffixes of lock files."""

SECONDS = 60
"""How long git may take."""


class Side(NamedTuple):
    """One of the two that are told apart: its networks by name, and whether they are those of a lock file."""

    title: str
    path: str
    """The path in it, without the revision."""
    networks: dict[str, Snapshot]
    many: bool


def sides(old: str, new: str, given: Mapping[str, Size] | None = None) -> tuple[Side, Side]:
    """What two words name; a file beside a lock file is read with the values with which it was locked."""
    kept = [
        read_lock(word).given(other) if word.endswith(LOCKS) and os.path.lexists(word) else {}
        for word, other in ((old, new), (new, old))
    ]
    one, two = ({**values, **(given or {})} for values in kept)
    return side(old, two), side(new, one)


def side(word: str, given: Mapping[str, Size] | None = None) -> Side:
    """What a word names: a file that is there, or REVISION:PATH as `git show` takes it.

    FileError where there is no such file or revision, SpecError with every fault of a specification.
    """
    _, colon, path = word.partition(":")
    if os.path.lexists(word) or not colon:
        if word.endswith(LOCKS):
            return Side(word, word, read_lock(word).networks, True)
        return Side(word, word, {word: snapshot(load(word, spare=given).analyze())}, False)
    data = _of_git(word)
    if path.endswith(LOCKS):
        return Side(word, path, parse_lock(data, word), True)
    return Side(word, path, {word: _read(data, word, given)}, False)


def _read(data: bytes, word: str, given: Mapping[str, Size] | None) -> Snapshot:
    if word.lower().endswith(MODELS):
        from ..formats.onnx_in.load import from_onnx

        return snapshot(from_onnx(data, spare=given).analyze())
    from ..formats.spec import loads

    return snapshot(loads(data, name=word, spare=given).analyze())


def _of_git(word: str) -> bytes:
    """The bytes of a file as a revision has it; nothing but git's own store is asked, and no filter is run."""
    git = which("git")
    if git is None:
        raise FileError(f"{show(word)} is no file, and git, which would know the revision, is not installed")
    if word.startswith("-") or "\0" in word:
        raise FileError(f"{show(word)} is no revision (write REVISION:PATH, for example HEAD~1:net.yaml)")
    try:
        run = subprocess.run(  # noqa: S603 (one word, which begins with no -)
            [git, "show", "--no-textconv", "--no-ext-diff", word], capture_output=True, timeout=SECONDS, check=False,
            env={**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FileError(f"{show(word)}: git does not answer: {error}") from None
    if run.returncode or run.stdout.startswith(f"tree {word}\n".encode()):
        said = run.stderr.decode(errors="replace").splitlines() or ["it is a directory"]
        raise FileError(f"{show(word)}: git finds no such file: {said[0].removeprefix('fatal: ')}")
    return run.stdout


def differences(old: Side, new: Side) -> list[Difference]:
    """What changed from one side to the other, network by network; nothing of what is as it was.

    Two files are two versions of one network; a file and a lock file meet in the entry of that file; of two lock files
    the networks of one name belong together, and those of which one has none are told as a whole.
    """
    if old.many and new.many:
        names = sorted({**old.networks, **new.networks})
        pairs = [(name, old.networks.get(name, EMPTY), new.networks.get(name, EMPTY)) for name in names]
    else:
        pairs = [(f"{old.title} → {new.title}", _entry(old, new), _entry(new, old))]
    return [found for name, a, b in pairs if (found := diff(a, b, name))]


def _entry(own: Side, other: Side) -> Snapshot:
    """The one network of a side that is to be told apart from that of the other."""
    key = key_of(other.path, own.path)
    if len(own.networks) == 1:
        return next(iter(own.networks.values()))
    if key in own.networks:
        return own.networks[key]
    known = ", ".join(map(show, list(own.networks)[:3])) or "nothing"
    more = ", …" if len(own.networks) > 3 else ""
    raise FileError(f"{own.title}: {show(key)} is not in it (it holds {known}{more})")
