"""A network analysed once with symbols tells at every size what it tells when it is analysed at that size.

All sizes are analysed at once as an integer array, and some of them one by one as Python's integers
(CONVMATH_PLAIN_SIZES=450 takes all, in some ten minutes).
"""

from __future__ import annotations

import os
from random import Random

import numpy as np
import pytest

import convmath as cm
from tests.symbolic.networks import grow

NETWORKS = int(os.environ.get("CONVMATH_RANDOM_NETWORKS", "1200"))

PLAIN = int(os.environ.get("CONVMATH_PLAIN_SIZES", "10"))

CHUNKS = 30

SIZES = np.arange(1, 451)

QUANTITIES = ("params", "buffers", "macs", "macs_touching", "operations", "activations", "flops")


def other(sizes):
    """The other axis at each place: small, and of all residues."""
    return (sizes * 7 + 3) % 61 + 1


def at(size, sizes):
    """A size or proposition at each of the sizes, as a list."""
    if isinstance(size, int | np.bool_):
        return [int(size)] * len(sizes)
    given = {name: {"H": sizes, "W": other(sizes)}[name] for name in size.names}
    return np.broadcast_to(size.at(given), sizes.shape).tolist()


def told(report, sizes):
    """What a report tells at each of the sizes: the output's shape, the totals, and whether all conditions hold."""
    spread = lambda value: at(value, sizes) if not isinstance(value, np.ndarray) else value.tolist()  # noqa: E731
    numbers = [spread(size) for size in report.rows[-1].outputs[0]]
    numbers += [spread(getattr(report.totals, name)) for name in QUANTITIES]
    holds = np.ones(len(sizes), dtype=bool)
    for row in report.rows:
        for condition in row.conditions:
            holds &= np.array(spread(condition.verdict), dtype=bool)
    return list(zip(*numbers, strict=True)), holds


def shape(rank, channels, *sizes):
    return (2, channels, *sizes[:rank])


def check(seed):
    net, channels, rank = grow(Random(f"network {seed}"))
    try:
        symbolic = net.analyze(shape(rank, channels, *cm.symbols("H W")))
    except cm.ShapeError:
        symbolic = None
    few = SIZES[seed % (len(SIZES) // PLAIN) :: len(SIZES) // PLAIN]
    if symbolic is None:
        numbers, holds = [], np.zeros(len(SIZES), dtype=bool)
    else:
        numbers, holds = told(symbolic, SIZES)
        arrays = net.analyze(shape(rank, channels, SIZES, other(SIZES)))
        same, fits = told(arrays, SIZES)
        assert holds.tolist() == fits.tolist()
        assert [n for n, h in zip(numbers, holds, strict=True) if h] == [
            n for n, h in zip(same, fits, strict=True) if h
        ]
    for size in few:
        try:
            plain = net.analyze(shape(rank, channels, int(size), int(other(size))))
        except cm.ShapeError:
            assert not holds[size - 1], size
        else:
            assert holds[size - 1], size
            totals = tuple(getattr(plain.totals, name) for name in QUANTITIES)
            assert numbers[size - 1] == (*plain.rows[-1].outputs[0], *totals), size


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_symbols_arrays_and_numbers_tell_the_same(chunk):
    for seed in range(chunk, NETWORKS, CHUNKS):
        check(seed)
