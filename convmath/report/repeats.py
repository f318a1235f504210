"""Blocks that follow one another and are equal, told once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .row import Row


DEEPEST = 16
"""Names of a block at most that is looked at: no real network nests as deep."""


class Repeat(NamedTuple):
    """A block that stands for `times` equal ones, from the one of this name to the one called `last`."""

    name: str
    last: str
    times: int


def once(rows: Sequence[Row], handed: Iterable[str] = ()) -> tuple[tuple[Row, ...], dict[str, Repeat]]:
    """The rows of layers with every run of equal blocks told by its first, whose cost is that of all; and the runs.

    Blocks are equal if their layers, shapes and connections are; each must read nothing but what the one before it
    makes, and nobody else may read those between, nor may they be among what the network hands out.

    >>> from convmath.zoo.resnet import resnet101
    >>> rows, repeats = once(resnet101().analyze().rows)
    >>> repeats["layer3.1"]
    Repeat(name='layer3.1', last='layer3.22', times=22)
    """
    found: dict[str, Repeat] = {}
    results = set(handed)
    for depth in range(1, DEEPEST + 1):
        for run in _runs(rows, depth, results):
            rows = _joined(rows, run)
            found[run[0]] = Repeat(run[0], run[-1], len(run))
    return tuple(rows), found


def standing(name: str, runs: dict[str, Repeat]) -> str:
    """The layer that stands for the one of this name, if that lies in the last of some equal blocks."""
    for run in runs.values():
        if _inside(name, run.last):
            name = run.name + name[len(run.last) :]
    return name


def _runs(rows: Sequence[Row], depth: int, results: set[str]) -> list[list[str]]:
    """The names of equal blocks of so many names that follow one another, run by run."""
    blocks: dict[str, list[Row]] = {}
    for row in rows:
        if row.name.count(".") >= depth - 1:
            blocks.setdefault(".".join(row.name.split(".")[:depth]), []).append(row)
    readers = {name: {""} for name in results}
    for row in rows:
        for source in row.reads:
            readers.setdefault(source, set()).add(row.name)
    runs: list[list[str]] = []
    for name in blocks:
        before = runs[-1][-1] if runs else ""
        if before and _follows(name, before, blocks, readers):
            runs[-1].append(name)
        else:
            runs.append([name])
    return [run for run in runs if len(run) > 1]


def _follows(name: str, before: str, blocks: dict[str, list[Row]], readers: dict[str, set[str]]) -> bool:
    """Whether a block is equal to the one before it, whose one value it alone reads."""
    if name.rpartition(".")[0] != before.rpartition(".")[0] or _told(name, blocks) != _told(before, blocks):
        return False
    outside = {source for row in blocks[name] for source in row.reads if not _inside(source, name)}
    inside = {row.name for row in blocks[name]}
    handed = {row.name for row in blocks[before] if readers.get(row.name, set()) - {r.name for r in blocks[before]}}
    return len(outside) == 1 and outside == handed and readers[next(iter(outside))] - _names(blocks[before]) <= inside


def _told(name: str, blocks: dict[str, list[Row]]) -> list[object]:
    """What a block is but for its name; what comes from outside has none."""
    start = len(name)
    return [
        (
            row.name[start:], row.op, row.layer, row.inputs, row.outputs, row.cost, row.aligned,
            tuple(source[start:] if _inside(source, name) else None for source in row.reads),
        )
        for row in blocks[name]
    ]  # fmt: skip


def _inside(name: str, block: str) -> bool:
    return name == block or name.startswith(f"{block}.")


def _names(rows: Sequence[Row]) -> set[str]:
    return {row.name for row in rows}


def _joined(rows: Sequence[Row], run: Sequence[str]) -> tuple[Row, ...]:
    """The rows with the first block of a run in place of all."""
    first, *copies = run
    last, gone, depth = copies[-1], set(copies), first.count(".") + 1

    def renamed(source: str) -> str:
        return first + source[len(last) :] if _inside(source, last) else source

    kept = [row for row in rows if ".".join(row.name.split(".")[:depth]) not in gone]
    return tuple(
        row._replace(cost=Cost(*(len(run) * part for part in row.cost)), layers=len(run) * row.layers)
        if _inside(row.name, first)
        else row._replace(reads=tuple(map(renamed, row.reads)))
        for row in kept
    )
