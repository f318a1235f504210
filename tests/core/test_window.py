"""Window against windows that are laid down and counted one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from convmath.core.window import Window

INPUT = True
"""What a cell of the padded input holds where it is real input; padding and stretched-in zeros hold False."""


def cells(size: int, low: int, high: int, stretch: int) -> list[bool]:
    """The stretched and padded (or cropped) input, cell by cell."""
    row = []
    for position in range(size):
        row += [False] * (stretch - 1 if position else 0) + [INPUT]
    row = [False] * low + row if low >= 0 else row[-low:]
    return row + [False] * high if high >= 0 else row[:high]


def placements(row: list[bool], kernel: int, stride: int, dilation: int) -> list[list[bool]]:
    """What each placement of the kernel reads."""
    taps = [tap * dilation for tap in range(kernel)]
    found = []
    begin = 0
    while begin + taps[-1] < len(row):
        found.append([row[begin + tap] for tap in taps])
        begin += stride
    return found


SMALL = (range(1, 65), range(1, 12), range(1, 9), range(6), range(1, 5))
"""i ≤ 64, k ≤ 11, s ≤ 8, p ≤ 5, d ≤ 4."""


@pytest.fixture(scope="module")
def counts() -> list[int]:
    """How many placements of the kernel begin on the padded input and end there too, for every small problem."""
    return [len(range(0, i + p + p - (k - 1) * d, s)) for i, k, s, p, d in product(*SMALL)]


def test_output_size_of_every_small_problem(counts: list[int]) -> None:
    checked = 0
    for (i, k, s, p, d), count in zip(product(*SMALL), counts, strict=True):
        assert max(Window(k, s, d, p, p).output_size(i), 0) == count, (i, k, s, p, d)
        checked += 1
    assert checked == 135_168


def test_output_size_of_every_small_problem_as_arrays(counts: list[int]) -> None:
    i, k, s, p, d = (grid.ravel() for grid in np.meshgrid(*SMALL, indexing="ij"))
    assert np.array_equal(np.maximum(Window(k, s, d, p, p).output_size(i), 0), counts)


def test_sizes_and_taps_with_uneven_and_negative_pads() -> None:
    checked = 0
    for i, k, s, d in product(range(1, 9), range(1, 5), range(1, 4), range(1, 4)):
        for low, high in product(range(-2, 5), repeat=2):
            if i + low <= 0 or i + high <= 0:
                continue  # a crop past the other end
            found = placements(cells(i, low, high, 1), k, s, d)
            window = Window(k, s, d, low, high)
            outputs = max(window.output_size(i), 0)
            assert outputs == len(found), (i, window)
            assert window.touching(i, outputs) == sum(map(sum, found)), (i, window)
            checked += 1
    assert checked > 10_000


def test_sizes_and_taps_over_a_stretched_input() -> None:
    checked = 0
    for i, k, d, stretch in product(range(1, 7), range(1, 5), range(1, 4), range(1, 5)):
        for low, high in product(range(-1, 6), repeat=2):
            row = cells(i, low, high, stretch)
            if (i - 1) * stretch + 1 + min(low, high) <= 0:
                continue
            window = Window(k, 1, d, low, high, stretch)
            found = placements(row, k, 1, d)
            outputs = max(window.output_size(i), 0)
            assert outputs == len(found), (i, window)
            assert window.padded_size(i) == len(row)
            assert window.touching(i, outputs) == sum(map(sum, found)), (i, window)
            checked += 1
    assert checked > 10_000


def test_size_of_a_window_that_strides_over_a_stretched_input() -> None:
    for i, k, s, d, stretch in product(range(1, 7), range(1, 4), range(1, 4), range(1, 4), range(1, 5)):
        for low, high in product(range(4), repeat=2):
            found = placements(cells(i, low, high, stretch), k, s, d)
            assert max(Window(k, s, d, low, high, stretch).output_size(i), 0) == len(found)


def test_taps_of_a_window_that_strides_over_a_stretched_input() -> None:
    for i, k, s, d, stretch in product(range(1, 6), range(1, 5), range(1, 5), range(1, 4), range(1, 5)):
        window = Window(k, s, d, 2, 1, stretch)
        outputs = max(window.output_size(i), 0)
        found = placements(cells(i, 2, 1, stretch), k, s, d)
        assert window.touching(i, outputs) == sum(map(sum, found)), (i, window)


def test_taps_of_arrays_are_those_of_their_numbers() -> None:
    i, k, s, d = (grid.ravel() for grid in np.meshgrid(range(1, 9), range(1, 5), range(1, 4), range(1, 4)))
    for window, stretched in ((Window(k, s, d, 2, 1), 0), (Window(k, 1, d, 2, 1, s), 1)):
        outputs = np.maximum(window.output_size(i), 0)
        touching = window.touching(i, outputs)
        for n in range(len(i)):
            stride, stretch = (1, int(s[n])) if stretched else (int(s[n]), 1)
            one = Window(int(k[n]), stride, int(d[n]), 2, 1, stretch)
            assert touching[n] == one.touching(int(i[n]), int(outputs[n]))


def test_taps_of_large_inputs_stay_exact() -> None:
    """Counted by columns: tap t misses the padding on either side, and no loop over outputs is needed."""
    i, k, p = 10**15, 1001, 500
    outputs = Window(k, low=p, high=p).output_size(i)
    missed = 2 * sum(range(1, p + 1))
    assert Window(k, low=p, high=p).touching(i, outputs) == k * outputs - missed


def reads(window: Window, output: int) -> list[int]:
    """The inputs of an output by the definition: its taps' positions that a stretched-in zero does not hold."""
    positions = [output * window.stride - window.low + tap * window.dilation for tap in range(window.kernel)]
    return [p // window.input_dilation for p in positions if p % window.input_dilation == 0]


WINDOWS = [
    Window(*fields)
    for fields in product(range(1, 6), range(1, 4), range(1, 4), range(-2, 4), (0,), range(1, 5))
]  # fmt: skip


def test_reads_and_intervals() -> None:
    for window in WINDOWS:
        for output in range(-4, 8):
            seen = reads(window, output)
            assert list(window.reads(output)) == seen, (window, output)
            low, high = window.interval(output)
            assert (low, high) == (seen[0], seen[-1]) if seen else high == low - 1, (window, output)


def test_pace() -> None:
    """After `outputs` further outputs the same inputs are read, `inputs` further on."""
    for window in WINDOWS:
        outputs, inputs = window.pace
        assert outputs * window.stride == inputs * window.input_dilation
        for output in range(outputs):
            assert reads(window, output + outputs) == [position + inputs for position in reads(window, output)]


def test_defaults_leave_the_input_as_it_is() -> None:
    assert Window().output_size(17) == 17
    assert Window().touching(17, 17) == 17
    assert Window().interval(5) == (5, 5)
    assert Window().pace == (1, 1)
    assert Window(5, dilation=3).extent == 13
