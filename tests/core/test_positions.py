"""Sets of positions as bits: against sets of Python's."""

from hypothesis import given
from hypothesis import strategies as st

from convmath.core.positions import Block, bits_of, blocks, every_way, gaps, lowest, members, runs, smeared

SETS = st.frozensets(st.integers(0, 60))


def as_bits(positions):
    return sum(1 << position for position in positions)


def positions(block):
    return [
        block.first + number * block.every + place for number in range(block.times) for place in range(block.length)
    ]


@given(SETS)
def test_members_and_gaps(some):
    bits = as_bits(some)
    assert list(members(bits)) == sorted(some)
    inside = set(range(min(some), max(some))) if some else set()
    assert set(members(gaps(bits))) == inside - some
    assert lowest(bits) == min(some, default=-1)


@given(SETS, st.integers(-5, 5))
def test_blocks_hold_every_position_once(some, first):
    found = [position for block in blocks(as_bits(some), first) for position in positions(block)]
    assert sorted(found) == sorted(position + first for position in some)
    assert len(runs(as_bits(some))) == sum(block.times for block in blocks(as_bits(some)))


@given(st.lists(st.builds(range, st.integers(-40, 80), st.integers(-40, 80), st.integers(1, 9)), max_size=5))
def test_ranges_are_cut_off_at_both_ends(ranges):
    expected = {position for one in ranges for position in one if 0 <= position < 50}
    assert set(members(bits_of(ranges, 50))) == expected
    assert bits_of(ranges, 0) == 0


@given(SETS, st.integers(1, 7), st.integers(1, 9))
def test_copies_in_a_row(some, step, count):
    expected = {position + step * number for position in some for number in range(count)}
    assert set(members(smeared(as_bits(some), step, count))) == expected


@given(st.lists(SETS, max_size=4))
def test_parts_of_which_every_set_is_a_union(sets):
    parts = every_way(map(as_bits, sets))
    assert sum(parts) == as_bits(frozenset().union(*sets))
    for part in parts:
        assert part
        assert all(part & as_bits(one) in {0, part} for one in sets)
    assert sum(part.bit_count() for part in parts) == len(frozenset().union(*sets))


def test_text():
    assert list(map(str, blocks(0b1110111))) == ["0–2, 4–6"]
    assert str(Block(0, 1, 4, 9)) == "0, 4 … 32"
