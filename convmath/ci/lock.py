"""The lock file: what the arithmetic of a team's networks is, written down so that it changes only on purpose.

`{"networks": {path: {"given": {name: value}, "layers": [{"name", "op", "call", "reads", "inputs", "outputs", costs,
"receptive_field", "jump", "start", "aligned"}], "totals": {"takes", "accepts", "asks", "returns", "layers", costs}}},
"schema": 1}`, keys sorted, one layer a line, in plain ASCII. Paths are relative to the file, with /; `given` is there
where values were given to symbols or parameters. What depends on symbols is an expression of
Python, as in `report/data.py`; `asks` are the relations that layers leave to hold, `accepts` the sizes that meet them.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.errors import ConvmathError, FileError, show
from ..core.files import write_bytes
from ..core.turns import turn
from ..formats.contents import contents
from ..formats.load import load, place_of_whole
from ..formats.merging import conflict
from ..rules.rule import Finding
from .diff import diff, told
from .settings import settings
from .snapshot import LABELS, WORDS, Entry, Snapshot, number, said, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..core.size import Size
    from ..report.analysis import Report
    from .diff import Change, Step

SCHEMA = 1

NAME = "convmath.lock"

DRIFTED, TITLE = "CM021", "a network is not as it is locked"

MOST_BYTES = 256 << 20

MOST_BITS = 512
"""Bits of a number."""

LONGEST = 120
"""Characters of a value in a message."""


class Locked(NamedTuple):
    """A lock file as it was read."""

    path: str
    networks: dict[str, Snapshot]

    def given(self, path: str) -> dict[str, Size]:
        """The values with which a file was locked."""
        kept = self.networks.get(key_of(path, self.path))
        return {name: size for name, value in kept.given.items() if (size := number(value)) is not None} if kept else {}


def lock_path() -> str:
    """The lock file that is meant where none is named: the nearest, in this folder or above it.

    Where there is none yet, it belongs beside the pyproject.toml that has a [tool.convmath], or else here.
    """
    folder = "."
    while not os.path.samefile(folder, os.path.join(folder, os.pardir)):
        if os.path.lexists(os.path.join(folder, NAME)):
            return os.path.normpath(os.path.join(folder, NAME))
        folder = os.path.join(folder, os.pardir)
    return os.path.normpath(os.path.join(os.path.dirname(settings().path), NAME))


def locking(path: str, given: Mapping[str, Size]) -> Snapshot:
    """What is locked of a file: its network for the values that are given, and those of them that make a difference."""
    report = load(path, spare=given).analyze()
    return snapshot(report, {name: value for name, value in given.items() if _matters(name, path, given, report)})


def _matters(name: str, path: str, given: Mapping[str, Size], report: Report) -> bool:
    """Whether the network is another one, or none, without this value."""
    try:
        other = load(path, spare={key: value for key, value in given.items() if key != name}).analyze()
    except ConvmathError:
        return True
    return snapshot(other) != snapshot(report)


def lock_text(networks: Mapping[str, Snapshot]) -> str:
    """The text of a lock file, which depends on nothing but the networks.

    >>> print(lock_text({"a.yaml": Snapshot(Entry("", {"params": 224}), (Entry("c1", {"op": "Conv2d"}),))}), end="")
    {
      "networks": {
        "a.yaml": {
          "layers": [
            {"name": "c1", "op": "Conv2d"}
          ],
          "totals": {"params": 224}
        }
      },
      "schema": 1
    }
    """
    told = ",\n".join(f"    {_json(name)}: {_network(kept)}" for name, kept in sorted(networks.items()))
    return f'{{\n  "networks": {{{told and chr(10) + told + chr(10)}  }},\n  "schema": {SCHEMA}\n}}\n'


def _network(kept: Snapshot) -> str:
    layers = ",\n".join(f"        {_json({'name': entry.name, **entry.figures})}" for entry in kept.layers)
    given = f'\n      "given": {_json(kept.given)},' if kept.given else ""
    return f'{{{given}\n      "layers": [\n{layers}\n      ],\n      "totals": {_json(kept.whole.figures)}\n    }}'


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def read_lock(path: str) -> Locked:
    """The networks of a lock file; FileError where it is none."""
    mend = (
        f"write it with convmath lock --lock-file {path} FILE" if path != NAME else "write it with convmath lock FILE"
    )
    if not os.path.lexists(path):
        raise FileError(f"{path}: does not exist ({mend})")
    return Locked(path, parse_lock(contents(path, MOST_BYTES, NAME, f"a lock file at most {MOST_BYTES:,}"), path))


def parse_lock(data: bytes, path: str) -> dict[str, Snapshot]:
    """The networks by their paths that the bytes of a lock file hold; `path` stands for it in errors."""
    mend = "delete it and write it anew with convmath lock FILE"
    try:
        held = json.loads(data.decode(), parse_constant=_no_number, parse_float=_no_number)
    except json.JSONDecodeError as error:
        if unmerged := conflict(data.decode()):
            keep = "keep either side whole, then convmath lock --update"
            raise FileError(f"{path}:{unmerged}:1: a merge conflict is not resolved ({keep})") from None
        raise FileError(f"{path}:{error.lineno}:{error.colno}: is no lock file: {error.msg} ({mend})") from None
    except (ValueError, RecursionError) as error:  # bytes, numbers or brackets beyond all bounds
        raise FileError(f"{path}: is no lock file: {show(str(error))} ({mend})") from None
    schema = held.get("schema") if isinstance(held, dict) else None
    if type(schema) is int and schema != SCHEMA:
        newer = "install the convmath that wrote it, or a newer one"
        raise FileError(
            f"{path}: has schema {show(schema)}, this version reads schema {SCHEMA}"
            f" ({newer if schema > SCHEMA else mend})"
        )
    try:
        return {name: _read(network) for name, network in _stated(held, schema).items()}
    except (KeyError, TypeError, ValueError, AttributeError):  # something else stands where one of these should
        raise FileError(f"{path}: is no lock file of schema {SCHEMA} ({mend})") from None


def _stated(held: Any, schema: object) -> dict[str, Any]:
    if schema != SCHEMA or not isinstance(held["networks"], dict):
        raise ValueError("a lock file has a schema and networks")
    return dict(held["networks"])


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no integer")


def _read(network: dict[str, Any]) -> Snapshot:
    layers = tuple(Entry(layer["name"], _figures(layer)) for layer in network["layers"])
    names = {entry.name for entry in layers}
    if len(names) < len(layers) or not all(type(name) is str for name in names):
        raise ValueError("names are texts, each of one layer")
    given = network.get("given", {})
    if not all(
        type(name) is str and name.isidentifier() and number(value) is not None for name, value in given.items()
    ):
        raise ValueError("values are sizes by their names")
    return Snapshot(Entry("", _figures(network["totals"])), layers, given)


def _figures(told: dict[str, Any]) -> dict[str, Any]:
    if not all(map(_is_plain, told.values())):
        raise ValueError("quantities are numbers, texts, or lists of those")
    if not all(_is_worded(told[quantity]) for quantity in WORDS if quantity in told):
        raise ValueError("words are texts, or lists of those")
    return {key: value for key, value in told.items() if key != "name"}


def _is_worded(value: Any) -> bool:
    return all(isinstance(part, str) for part in value) if isinstance(value, list) else isinstance(value, str)


def _is_plain(value: Any, depth: int = 2) -> bool:
    if isinstance(value, list | dict):
        parts = value.values() if isinstance(value, dict) else value
        return depth > 0 and all(_is_plain(part, depth - 1) for part in parts)
    return value is None or isinstance(value, str) or (isinstance(value, int) and value.bit_length() <= MOST_BITS)


def key_of(path: str, lock: str) -> str:
    """A file's name in a lock file: its path from there, with /.

    >>> key_of("nets/a.yaml", "convmath.lock"), key_of("nets/a.yaml", "locks/convmath.lock")
    ('nets/a.yaml', '../nets/a.yaml')
    """
    folder, name = os.path.split(path)
    start = os.path.realpath(os.path.dirname(lock) or ".")
    try:
        found = os.path.relpath(os.path.join(os.path.realpath(folder or "."), name), start)
    except ValueError:  # on another drive
        found = os.path.abspath(path)
    return found.replace(os.sep, "/")


def path_of(key: str, lock: str) -> str:
    """Where a network of a lock file lies, as seen from here."""
    return os.path.normpath(os.path.join(os.path.dirname(lock), *key.split("/")))


def write_lock(path: str, fresh: Mapping[str, Snapshot | None], *, renew: bool) -> tuple[str, ...]:
    """Writes networks into a lock file, beside those it holds; the names of those that are otherwise than before.

    None takes a network out. Without `renew` a file that is there stays as it is, and FileError says what would change
    in it. The file is read, changed and written in one turn, so that others who write it lose nothing.
    """
    with turn(path):
        held = read_lock(path).networks if os.path.lexists(path) else None
        kept = {name: one for name, one in ({**(held or {}), **fresh}).items() if one is not None}
        changed = tuple(sorted(name for name in fresh if (held or {}).get(name) != kept.get(name)))
        if held is not None and changed and not renew:
            raise FileError(f"{path}: {_otherwise(changed[0], held, kept)} (convmath lock --update writes it anew)")
        if changed or held is None:
            write_bytes(path, lock_text(kept).encode("ascii"))
    return changed


def _otherwise(name: str, held: Mapping[str, Snapshot], kept: Mapping[str, Snapshot]) -> str:
    if name not in held:
        return f"{show(name)} is not in it"
    found = diff(held[name], kept[name])
    step = next(iter(found.changed), found.whole)
    return f"{show(name)} is locked otherwise: {step.name and step.name + ': '}{_message(step)}"


def drift(path: str, report: Report, locked: Locked) -> Iterator[Finding]:
    """A finding for what the network is as a whole, and one for each layer that makes it another, at its place.

    Layers that only follow, because what reaches them is otherwise, are not told one by one.
    """
    key = key_of(path, locked.path)
    mend = _renewal(locked, path)
    if key not in locked.networks:
        message = f"{show(key)} is not in {locked.path}"
        yield Finding(DRIFTED, TITLE, "", message, mend, place_of_whole(path), {})
        return
    own, kept = snapshot(report), locked.networks[key]
    if own[:2] == kept[:2]:
        return
    found = diff(kept, own)
    for step in (*([found.whole] if found.whole.changes else []), *found.causes):
        layer = (step.new or step.old or found.whole.new or Entry("", {})).name
        place = report.origins.get(layer, place_of_whole(path))
        yield Finding(DRIFTED, TITLE, layer, _message(step), mend, place, _told(step))


def gone(locked: Locked) -> Iterator[Finding]:
    """A finding for each file that is locked but is not there any more."""
    for key in locked.networks:
        if not os.path.lexists(path_of(key, locked.path)):
            message = f"{show(key)} is locked, but the file is not there any more"
            yield Finding(DRIFTED, TITLE, "", message, _renewal(locked), f"{locked.path}:1:1", {})


def _renewal(locked: Locked, path: str = "") -> str:
    """The command that makes a lock file as it now is: of one file, or of all."""
    named = "" if os.path.basename(locked.path) == NAME else f" --lock-file {locked.path}"
    return f"if that is meant: convmath lock --update{named}{path and ' ' + path}"


def _message(step: Step) -> str:
    if step.old is None or step.new is None:
        return "is locked, but is not there any more" if step.new is None else "is not locked"
    parts = [f"is called {step.old.name} where it is locked"] if step.what == "renamed" else []
    parts += [
        f"{LABELS.get(one.quantity, one.quantity)} is {_short(one, one.new)} (locked: {_short(one, one.old)})"
        for one in told(step.changes)
    ]
    return "; ".join(parts)


def _short(change: Change, value: Any) -> str:
    text = said(change.quantity, value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _told(step: Step) -> dict[str, Any]:
    return {change.quantity: {"old": change.old, "new": change.new} for change in step.changes}
