"""What a reach reads for a set of outputs: against the reads of each of them."""

from hypothesis import given
from hypothesis import strategies as st

from convmath.core.positions import LONGEST_AXIS, members
from convmath.core.window import Window
from convmath.report.reading import image, projection, united

WINDOWS = st.builds(
    Window, st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(-9, 9), st.just(0), st.integers(1, 3)
)


@given(WINDOWS, st.frozensets(st.integers(0, 20)), st.integers(1, 40))
def test_a_window(window, outputs, size):
    bits = sum(1 << output for output in outputs)
    expected = {tap for output in outputs for tap in window.reads(output) if 0 <= tap < size}
    assert set(members(image(window, bits, size, "zeros"))) == expected


def test_taps_far_apart():
    far = 10 * LONGEST_AXIS
    assert image(Window(3, dilation=far, low=far), 0b10, 9, "zeros") == 0b10
    assert image(Window(1, stride=far, low=far - 2), 0b110, 9, "zeros") == 0b100
    assert image(Window(1, low=-far), 0b1, 9, "zeros") == 0


BOXES = st.lists(st.tuples(st.integers(1, 15), st.integers(1, 15)), min_size=1, max_size=7)


def combinations(boxes):
    return {(a, b) for box in boxes for a in members(box[0]) for b in members(box[1])}


@given(BOXES)
def test_fewer_boxes_hold_the_same(boxes):
    fewer = united(boxes)
    assert combinations(fewer) == combinations(boxes)
    assert len(fewer) <= len(boxes)
    assert projection(fewer) == projection(boxes)
