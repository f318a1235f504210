"""Patterns: holes worked by hand, and against a walk through every tap."""

from hypothesis import given
from hypothesis import strategies as st

from convmath.core.pattern import POINT, WIDEST, Pattern
from convmath.core.positions import members
from convmath.core.receptive_field import IDENTITY, UNTOLD
from convmath.core.window import Window

DILATIONS = [
    ((2, 2, 2), 13, 7),
    ((1, 2, 5), 17, 17),
    ((1, 2, 9), 25, 21),
    ((1, 2, 4, 8, 16), 63, 63),
    ((4, 4), 17, 5),
]
"""Kernels of 3 with these dilations: what they span, and how much of that they see."""


def through(windows):
    pattern, field = POINT, IDENTITY
    for window in windows:
        pattern, field = pattern.then(window), field.then(window)
    return pattern, field


def test_stacked_dilations():
    for dilations, span, seen in DILATIONS:
        pattern, field = through([Window(3, dilation=d, low=d, high=d) for d in dilations])
        assert (pattern.span, pattern.seen, pattern.holes) == (field.size, seen, span - seen)


def test_a_stride_that_skips():
    # 1 by 2, then 3: of five positions every other one is read.
    pattern, field = through([Window(1, stride=2), Window(3)])
    assert (field.size, pattern) == (5, Pattern(2, (0,), (0b10101,)))


def test_a_transposed_window_sees_by_phase():
    # Kernel 3 by 2: even outputs read one input, odd ones two. A kernel of 2 by 3 leaves every third output without.
    pattern, _ = through([Window(3, low=1, high=1, input_dilation=2)])
    assert [bits.bit_count() for bits in pattern.bits] == [1, 2]
    pattern, _ = through([Window(2, low=1, high=1, input_dilation=3)])
    assert sorted(bits.bit_count() for bits in pattern.bits) == [0, 1, 1]


def test_what_is_too_wide_is_untold():
    assert POINT.then(Window(2, dilation=WIDEST + 1)) is UNTOLD
    assert POINT.join(POINT.then(Window(1, low=-WIDEST - 1))) is UNTOLD
    assert POINT.join(POINT.then(Window(1, stride=2))) is UNTOLD


WINDOWS = st.builds(
    Window, st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(-2, 4), st.just(0), st.integers(1, 3)
)


@given(st.lists(WINDOWS, min_size=1, max_size=4), st.integers(-7, 20))
def test_against_every_tap(windows, position):
    pattern, field = through(windows)
    read = {position}
    for window in reversed(windows):
        read = {tap for output in read for tap in window.reads(output)}
    first, bits = pattern.at(position)
    assert {first + place for place in members(bits)} == read
    low, high = field.interval(position)
    assert (low, high) == (min(read), max(read)) if read else low > high


@given(st.lists(WINDOWS, max_size=2), st.lists(WINDOWS, max_size=2), st.integers(0, 12))
def test_two_paths(left, right, position):
    a, b = through(left)[0], through(right)[0]
    both = a.join(b)
    if both is not UNTOLD:
        expected = {first + place for first, bits in (a.at(position), b.at(position)) for place in members(bits)}
        first, bits = both.at(position)
        assert {first + place for place in members(bits)} == expected
