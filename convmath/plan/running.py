"""A sweep run: blocks worked out by a scheduler, gathered as they come, and kept on disk where a file is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.errors import FileError, ShapeError
from .gathering import Best, Front, Grouped, Sample, Summary
from .parts import Parts
from .writing import write_blocks, writer_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .scheduling import Scheduler
    from .sweep import Block, Sweep

    Gatherer = Best | Front | Grouped | Sample


def gather(
    sweep: Sweep,
    scheduler: Scheduler,
    gatherers: Sequence[Gatherer] = (),
    parts: Parts | None = None,
    places: Sequence[int] | None = None,
    tell: Callable[[int], None] = lambda designs: None,
) -> Summary:
    """Works out the blocks at some places, all of them unless told, and hands each on; `tell` hears of its designs.

    What `parts` has of them is read, what it has not is written there. Raises ShapeError, with the reason of the first,
    where no design is a network.

    >>> from convmath.plan.front import Goal
    >>> from convmath.plan.scheduling import scheduler_for
    >>> from convmath.plan.sweep import Sweep
    >>> from convmath.zoo.lenet import lenet5
    >>> found = Sweep(lambda values: lenet5(classes=values["classes"]).analyze(), ["classes=2:9"], "params")
    >>> best = Best(Goal("params", -1), 1)
    >>> gather(found, scheduler_for("here"), [best]).count, best.rows()
    (8, [(9, 60756)])
    """
    summary = Summary()
    wanted = range(len(sweep)) if places is None else places
    done = parts.done() if parts else set()

    def take(block: Block) -> None:
        summary.take(block)
        for gatherer in gatherers:
            gatherer.take(block.numbers, block.columns)
        tell(block.designs)

    if parts:
        for place in wanted:
            if place in done:
                take(parts.read(place))
    for block in scheduler(sweep, [place for place in wanted if place not in done] if done else wanted):
        if parts:
            parts.write(block)
        take(block)
    if summary.count and summary.refused == summary.count:
        raise ShapeError(next(iter(summary.reasons), "no design is a network"))
    return summary


def finish(path: str, blocks: int) -> None:
    """Writes the file of a sweep from its parts, and takes them away; FileError where some are missing."""
    writer_for(path)
    parts = Parts(path)
    done = parts.done()
    missing = next((place for place in range(blocks) if place not in done), None)
    if missing is not None:
        raise FileError(
            f"{parts.folder}: has {len(done)} of {blocks} blocks, and not block {missing} (let the other shards end,"
            " or go on with --resume)"
        )
    write_blocks(path, parts.blocks())
    parts.remove()


def merge(path: str) -> int:
    """Writes the file of a sweep that several shards worked out, and says how many blocks it had."""
    described: dict[str, Any] | None = Parts(path).described()
    if described is None:
        raise FileError(
            f"{path}.parts: there are no parts of a sweep (run convmath sweep … -o {path} --shard 1/8 first)"
        )
    finish(path, described["blocks"])
    return int(described["blocks"])
