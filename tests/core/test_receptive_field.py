"""Receptive fields against reachability: which inputs a position can depend on, set by set."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import pytest

import convmath as cm
from convmath.core.receptive_field import (
    IDENTITY,
    LONGEST_PERIOD,
    UNTOLD,
    WHOLE,
    ReceptiveField,
    after,
    figure,
    joined,
)  # fmt: skip
from convmath.core.window import Window
from convmath.layers.adaptive_pool import Bins

Chain = list[Window]


def reached(chain: Chain, position: int) -> set[int]:
    """The inputs of a chain that a position of its output depends on, by the definition of each window."""
    positions = {position}
    for window in reversed(chain):
        taps = {
            p * window.stride - window.low + tap * window.dilation for p in positions for tap in range(window.kernel)
        }
        positions = {p // window.input_dilation for p in taps if p % window.input_dilation == 0}
    return positions


def field_of(chain: Chain) -> ReceptiveField:
    field: ReceptiveField | None = IDENTITY
    for window in chain:
        assert field is not None
        field = field.then(window)
    assert field is not None
    return field


def check(field: ReceptiveField, sees) -> None:
    """The field's interval holds what is seen, and no less would do."""
    for position in range(-3, 2 * field.period + 3):
        seen = sees(position)
        low, high = field.interval(position)
        assert (low, high) == (min(seen), max(seen)) if seen else low == high + 1, position


def plain(rng: random.Random) -> Window:
    return Window(rng.randint(1, 5), rng.randint(1, 3), rng.randint(1, 3), rng.randint(-2, 3), rng.randint(-2, 3))


def covering(rng: random.Random) -> Window:
    """A transposed window that leaves no output without input."""
    stretch = rng.randint(1, 4)
    return Window(rng.randint(stretch, stretch + 3), 1, 1, rng.randint(-2, 4), 0, stretch)


def any_transposed(rng: random.Random) -> Window:
    return Window(rng.randint(1, 4), 1, rng.randint(1, 3), rng.randint(-2, 4), 0, rng.randint(1, 4))


KINDS = {
    "plain": (plain,),
    "transposed": (plain, covering),
    "with dead outputs": (plain, any_transposed),
}  # fmt: skip


def chains(kind: str, seed: int, count: int):
    rng = random.Random(seed)
    for _ in range(count):
        yield [rng.choice(KINDS[kind])(rng) for _ in range(rng.randint(1, 4))]


@pytest.mark.parametrize("kind", KINDS)
def test_composition(kind: str) -> None:
    for chain in chains(kind, 7, 1500):
        field = field_of(chain)
        check(field, lambda position, chain=chain: reached(chain, position))


def test_composition_of_a_plain_chain_is_the_closed_form() -> None:
    """r = 1 + Σ (d(k − 1))·S, S = ∏ s, P = Σ p·S: Araujo, Norris and Sim (2019)."""
    for chain in chains("plain", 11, 500):
        size, jump, pad = 1, 1, 0
        for window in chain:
            size += window.dilation * (window.kernel - 1) * jump
            pad += window.low * jump
            jump *= window.stride
        field = field_of(chain)
        assert (field.size, field.jump, field.start, field.period) == (size, jump, -pad, 1)
        assert field.sizes == (size,)


def test_phases_are_told_apart() -> None:
    """Transposed layers: how many inputs each output sees, phase by phase."""
    assert field_of([Window(3, low=1, input_dilation=2)]).sizes == (1, 2)
    assert field_of([Window(5, low=2, input_dilation=2)]).sizes == (3, 2)
    assert field_of([Window(4, low=2, input_dilation=2)]).sizes == (2, 2)
    assert field_of([Window(2, low=1, input_dilation=3)]).sizes == (1, 1, 0)
    assert field_of([Window(3, low=1, input_dilation=2)]).size == 2
    assert field_of([Window(5, low=2, input_dilation=2)]).size == 3


def test_a_dead_output_stays_dead_whatever_came_before() -> None:
    field = field_of([Window(3, low=1, high=1), Window(2, low=1, high=1, input_dilation=3)])
    assert field.sizes == (3, 3, 0)
    assert field.then(Window(2)).sizes == (3, 3, 3)
    assert field.then(Window(2, dilation=3)).sizes == (4, 4, 0)


def test_what_sees_nothing_goes_on_seeing_nothing() -> None:
    """A stride that meets dead outputs only."""
    field = field_of([Window(1, input_dilation=2), Window(1, stride=2, low=1)])
    assert field.sizes == (0,)
    later = field.then(Window(5, low=2, high=2))
    assert later is not None
    assert later.sizes == (0,)
    joined = later.join(IDENTITY.then(Window(1)))
    assert joined == IDENTITY


def test_the_jump_of_phases() -> None:
    upsampled = field_of([Window(4, low=2, input_dilation=2)])
    assert upsampled.jump == Fraction(1, 2)
    assert upsampled.then(Window(3, stride=2, low=1, high=1)).jump == 1
    assert field_of([Window(4, stride=4), Window(4, low=2, input_dilation=2)]).jump == 2


def test_the_interval_bounds_holes() -> None:
    cases = [
        ([Window(1, stride=2), Window(3)], 5, 3),
        ([Window(3, dilation=2)] * 3, 13, 7),
        ([Window(3, dilation=d) for d in (1, 2, 5)], 17, 17),
        ([Window(3, dilation=d) for d in (1, 2, 9)], 25, 21),
    ]
    for chain, size, support in cases:
        assert field_of(chain).size == size
        assert len(reached(chain, 0)) == support


def test_published_stacks() -> None:
    """Yu and Koltun's context module; WaveNet's blocks of k = 2 and dilations 1 … 512."""
    sizes, field = [], IDENTITY
    for dilation in (1, 1, 2, 4, 8, 16, 1):
        field = field.then(Window(3, dilation=dilation))
        sizes.append(field.size)
    assert sizes == [3, 5, 9, 17, 33, 65, 67]
    block = [Window(2, dilation=2**n) for n in range(10)]
    assert field_of(block).size == 1024
    assert field_of(block * 3).size == 3070


def test_join_is_the_union() -> None:
    """Two paths of the same jump: both bounds, phase by phase."""
    rng = random.Random(3)
    joined = 0
    for kind in KINDS:
        for one in chains(kind, 5, 300):
            other = [*one[:-1], one[-1]._replace(kernel=rng.randint(1, 4), low=rng.randint(-2, 3))]
            field = field_of(one).join(field_of(other))
            assert field is not None
            assert field == field_of(other).join(field_of(one))
            check(field, lambda position, one=one, other=other: reached(one, position) | reached(other, position))
            joined += 1
    assert joined > 800


def test_join_tells_fields_with_the_longer_period() -> None:
    up_and_down = field_of([Window(4, low=2, high=2, input_dilation=2), Window(2, stride=2)])
    twice = [Window(3, low=1, input_dilation=2), Window(1, low=1, high=1), Window(3, stride=2)]
    assert up_and_down.period == field_of(twice).period == 1
    half = field_of([Window(2, stride=2), Window(4, low=2, input_dilation=2)])
    quarter = field_of([Window(4, stride=4), Window(4, low=3, input_dilation=4)])
    assert (half.period, quarter.period) == (2, 4)
    field = half.join(quarter)
    assert field is not None
    assert field.period == 4
    check(
        field,
        lambda p: (
            reached([Window(2, stride=2), Window(4, low=2, input_dilation=2)], p)
            | reached([Window(4, stride=4), Window(4, low=3, input_dilation=4)], p)
        ),
    )


def test_paths_whose_jumps_differ_have_no_interval() -> None:
    assert IDENTITY.join(IDENTITY.then(Window(2, stride=2))) is UNTOLD
    assert not IDENTITY.aligned(IDENTITY.then(Window(2, stride=2)))


def test_aligned_means_the_same_centre_everywhere() -> None:
    """Araujo, Norris and Sim: equal jump and equal (r − 1)/2 − P on every path."""
    for one, other in product(product(range(1, 6), range(-1, 4), range(1, 3)), repeat=2):
        chain, beside = [Window(one[0], one[2], low=one[1])], [Window(other[0], other[2], low=other[1])]
        centred = [min(reached(c, 0)) + max(reached(c, 0)) for c in (chain, beside)]
        expected = one[2] == other[2] and centred[0] == centred[1]
        assert field_of(chain).aligned(field_of(beside)) == expected


def test_aligned_by_phases() -> None:
    chain = [Window(4, stride=2, low=1), Window(4, low=2, input_dilation=2)]
    assert field_of(chain).aligned(field_of([*chain, Window(3, low=1, high=1)]))
    assert not field_of(chain).aligned(field_of([*chain, Window(3, low=0, high=2)]))
    assert field_of(chain).aligned(IDENTITY)


def test_over_tells_the_same_field_longer() -> None:
    field = field_of([Window(3, low=1, input_dilation=2)])
    longer = field.over(6)
    assert longer.period == 6
    assert all(longer.interval(position) == field.interval(position) for position in range(-9, 9))
    assert field.over(2) is field


def test_too_many_phases_are_untold() -> None:
    assert LONGEST_PERIOD == 1024
    assert IDENTITY.then(Bins(LONGEST_PERIOD - 1, LONGEST_PERIOD)) is not UNTOLD
    assert IDENTITY.then(Bins(LONGEST_PERIOD, LONGEST_PERIOD + 1)) is UNTOLD
    one, other = IDENTITY.then(Bins(1023, 1024)), IDENTITY.then(Bins(1022, 1023))
    assert isinstance(one, ReceptiveField)
    assert isinstance(other, ReceptiveField)
    assert one.join(other) is UNTOLD
    assert one.join(one) == one
    assert not one.aligned(other)


def test_pools_to_a_stated_size_repeat_their_pattern() -> None:
    field = IDENTITY.then(Bins(14, 6))
    assert field is not None
    assert (field.advance, field.period) == (7, 3)
    for j in range(6):
        # ⌊j·i/o⌋ … ⌈(j + 1)·i/o⌉ − 1, in fractions
        first, end = Fraction(j * 14, 6), Fraction((j + 1) * 14, 6)
        assert field.interval(j) == (first.__floor__(), end.__ceil__() - 1)


def test_what_symbols_leave_open_is_untold():
    H, W, r, s = cm.symbols("H W r s")  # noqa: N806 (sizes)
    for layer, shape in [
        (cm.AdaptiveAvgPool2d(7), (1, 12, H, W)),
        (cm.PixelShuffle(r), (1, 12 * r * r, H, W)),
        (cm.ConvTranspose2d(12, 5, 4, stride=s), (1, 12, H, W)),
        (cm.Upsample(size=(7, 9)), (1, 12, H, W)),
    ]:
        assert layer.receptive_field(shape) == (UNTOLD, UNTOLD)
    assert cm.GlobalAvgPool().receptive_field((1, 12, H, W)) == (WHOLE, WHOLE)
    assert cm.AdaptiveAvgPool2d((7, None)).receptive_field((1, 12, H, W)) == (UNTOLD, IDENTITY)
    assert cm.AdaptiveAvgPool2d((1, 7)).receptive_field((1, 12, H, W)) == (WHOLE, UNTOLD)


def test_untold_stays_untold_and_whole_wins():
    window = Window(3, low=1, high=1)
    assert after(UNTOLD, window) is UNTOLD
    assert after(IDENTITY, UNTOLD) is UNTOLD
    assert after(UNTOLD, WHOLE) is WHOLE
    assert joined(UNTOLD, IDENTITY) is UNTOLD
    assert joined(WHOLE, UNTOLD) is WHOLE
    s = cm.symbols("s")
    assert IDENTITY.join(IDENTITY.then(Window(3, stride=s))) is UNTOLD
    assert [figure(field, "size") for field in (IDENTITY, WHOLE, UNTOLD)] == [1, "all", "?"]


def test_paths_of_symbols_are_aligned_for_some_of_their_values():
    k, s = cm.symbols("k s")
    own = IDENTITY.then(Window(k, low=(k - 1) // 2, high=(k - 1) // 2))
    assert IDENTITY.aligned(own) is None
    assert IDENTITY.aligned(IDENTITY.then(Window(2 * k + 1, low=k, high=k))) is True
    assert IDENTITY.aligned(IDENTITY.then(Window(2 * k + 2, low=k, high=k))) is False
    assert IDENTITY.aligned(IDENTITY.then(Window(1, stride=s))) is None
    assert IDENTITY.aligned(IDENTITY.then(Window(1, stride=2))) is False


def test_one_tap_is_read_whatever_the_dilation():
    d = cm.symbols("d")
    field = IDENTITY.then(Window(3, 1, 1, 2, 2, 2)).then(Window(1, dilation=d))
    assert field == IDENTITY.then(Window(3, 1, 1, 2, 2, 2))
