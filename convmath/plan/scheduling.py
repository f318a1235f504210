"""Schedulers: who works the blocks of a sweep out, one process or many, here or on other machines."""

from __future__ import annotations

import os
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..core.errors import ConvmathError, ParseError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .sweep import Block, Sweep

    Scheduler = Callable[[Sweep, Iterable[int]], Iterator[Block]]

WAITING = 4
"""Blocks that are asked for ahead of those that are taken, for each worker."""

SHARD = re.compile(r"(\d+)/(\d+)")


def scheduler_for(name: str, jobs: int | None = None) -> Scheduler:
    """What works blocks out: "here", "processes" or "dask://HOST:PORT"; they come in whatever order they are done.

    >>> scheduler_for("threads")
    Traceback (most recent call last):
    convmath.core.errors.ParseError: 'threads' is no scheduler (write here, processes or dask://HOST:PORT)
    """
    if name == "here":
        return _here
    if name == "processes":
        return lambda sweep, places: _in_processes(sweep, places, jobs or os.cpu_count() or 1)
    if name.startswith("dask://"):
        return lambda sweep, places: _by_dask(sweep, places, f"tcp://{name.removeprefix('dask://')}")
    raise ParseError(f"{show(name)} is no scheduler (write here, processes or dask://HOST:PORT)")


def shard(text: str | None, places: Iterable[int]) -> list[int]:
    """The places that are a shard's, of those that are to be done.

    >>> shard("2/3", range(8))
    [1, 4, 7]
    """
    if text is None:
        return list(places)
    found = SHARD.fullmatch(text.strip())
    own, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= own <= count:
        raise ParseError(f"{show(text)} is no shard (write I/N with I from 1 to N, such as 2/8)")
    return [place for place in places if place % count == own - 1]


def _here(sweep: Sweep, places: Iterable[int]) -> Iterator[Block]:
    return map(sweep.block, places)


_own: list[Sweep] = []
"""The sweep of a worker process, which keeps the structure that it built last."""


def _begin(sweep: Sweep) -> None:
    _own.append(sweep)


def _block(place: int) -> Block:
    return _own[0].block(place)


def _in_processes(sweep: Sweep, places: Iterable[int], jobs: int) -> Iterator[Block]:
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    left = iter(places)
    # A fresh interpreter: forking a process that runs threads, as one with NumPy may, can hang.
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (sweep,)) as pool:
        asked = {pool.submit(_block, place) for place in islice(left, WAITING * jobs)}
        try:
            while asked:
                done, asked = wait(asked, return_when=FIRST_COMPLETED)
                asked |= {pool.submit(_block, place) for place in islice(left, len(done))}
                for future in done:
                    yield future.result()
        except BrokenProcessPool:
            raise ConvmathError("a process of the sweep was ended from outside (go on with --resume)") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _by_dask(sweep: Sweep, places: Iterable[int], address: str) -> Iterator[Block]:
    """Dask's workers; what a lost one had in hand is worked out by another."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ConvmathError("dask:// wants Dask distributed (pip install 'convmath[dask]')") from None
    try:
        client = Client(address, timeout=5)
    except OSError as error:
        raise ConvmathError(f"{address}: no scheduler of Dask answers ({error})") from None
    with client:
        workers = max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)
        left = iter(places)
        shared: Any = client.scatter(sweep, broadcast=True)
        arriving: Any = as_completed(
            client.submit(_of, shared, place, pure=False) for place in islice(left, WAITING * workers)
        )
        for future in arriving:
            yield future.result()
            for place in islice(left, 1):
                arriving.add(client.submit(_of, shared, place, pure=False))


def _of(sweep: Sweep, place: int) -> Block:
    return sweep.block(place)
