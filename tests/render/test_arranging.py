"""How drawings fill a page: counted on networks whose shape is known."""

import pytest

import convmath as cm
from convmath.render.arranging import arranged
from convmath.render.drawing import Arrow, Box, Drawing


def chain(count, *skips, direction="down"):
    """Boxes in a row, and arrows that skip some."""
    ends = [*((place, place + 1) for place in range(count - 1)), *skips]
    return Drawing("chain", (), tuple(Box((f"b{place}",)) for place in range(count)),
                   tuple(Arrow(*pair) for pair in ends), direction=direction)  # fmt: skip


def test_a_u_turns_inside_its_skips():
    assert arranged(chain(8, (1, 6), (2, 5))) == (((0, 1, 2, 3), (4, 5, 6, 7)), True)


@pytest.mark.parametrize("skips", [[(1, 6)], [(1, 5), (2, 6)], [(0, 2), (2, 4), (4, 6)], [(1, 4), (2, 4)]])
def test_what_does_not_nest_is_no_u(skips):
    assert arranged(chain(8, *skips)) == ((tuple(range(8)),), False)


def test_a_small_u_inside_a_long_chain_is_no_turn():
    assert not arranged(chain(40, (10, 15), (11, 14))).turned


@pytest.mark.parametrize(("direction", "strips"), [("down", [10] * 4), ("right", [7] * 5 + [5])])
def test_a_chain_is_broken_into_equal_strips(direction, strips):
    # Down, n strips are 28/n inches long and 2.1·n broad, to the right 76/n long and 1.6·n high: 1.4 times at most.
    assert [len(strip) for strip in arranged(chain(40, direction=direction)).strips] == strips


def test_strips_part_where_one_value_crosses():
    drawing = cm.zoo.resnet34().analyze().drawing()
    strips = arranged(drawing).strips
    of = {place: number for number, strip in enumerate(strips) for place in strip}
    assert sorted(of) == list(range(len(drawing.boxes)))
    for number in range(1, len(strips)):
        assert len({arrow.tail for arrow in drawing.arrows if of[arrow.tail] < number <= of[arrow.head]}) == 1


def test_nothing_to_draw():
    assert arranged(Drawing("t", (), (), ())) == (((),), False)
