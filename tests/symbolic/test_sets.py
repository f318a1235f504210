"""Sets of sizes: membership, first members and words, for sets that are built run by run, and as solutions."""

from __future__ import annotations

import re
from itertools import pairwise
from random import Random

import pytest

import convmath as cm
from convmath.core.errors import FormulaError
from convmath.symbolic import sets
from convmath.symbolic.proposition import Proposition
from convmath.symbolic.sets import Sizes
from convmath.symbolic.solve import solutions
from tests.symbolic.univariate import by_symbol, question

FAR = 400

H = cm.symbols("H")


def rows(dice, period):
    """For each residue some runs of steps that lie apart; the last may have no end."""
    table = []
    for _ in range(period):
        cuts = sorted(dice.sample(range(30), 2 * dice.randint(0, 3)))
        runs = list(zip(cuts[::2], cuts[1::2], strict=True))
        runs = [(a, b) for (a, b), (after, _) in pairwise([*runs, (99, 99)]) if b + 1 < after]
        if dice.random() < 0.5:
            runs.append((dice.randint(31, 36), None))
        table.append(tuple(runs))
    return table


def members(least, period, table):
    """All sizes up to FAR, by the definition."""
    return [
        size
        for size in range(least, FAR)
        if any(a <= size // period and (b is None or size // period <= b) for a, b in table[size % period])
    ]


@pytest.fixture(params=[0, 3, sets.MOST_LISTED], ids=lambda most: f"at most {most} listed")
def most_listed(request, monkeypatch):
    """Long runs stay in classes; here short ones too, so that both ways are tried."""
    monkeypatch.setattr(sets, "MOST_LISTED", request.param)


@pytest.mark.parametrize("chunk", range(6))
@pytest.mark.usefixtures("most_listed")
def test_a_set_is_what_its_rows_say(chunk):
    for seed in range(chunk, 300, 6):
        dice = Random(f"rows {seed}")
        period, least = dice.randint(1, 7), dice.choice((0, 1, 2, 17, 90))
        table = rows(dice, period)
        found, expected = Sizes.of(least, period, table.__getitem__), members(least, period, table)
        assert [size for size in range(-5, FAR) if size in found] == expected
        assert [size for size in found.first(60) if size < FAR] == expected[:60]
        assert found.is_empty == (not expected)
        assert found.is_all == (expected == list(range(least, FAR)))
        if found.threshold > least:
            before = found.threshold - 1
            assert (before in found) != (before % found.period in found.residues)


@pytest.mark.parametrize("seed", range(60))
def test_the_same_set_is_told_the_same(seed):
    """Whatever period it is made with."""
    dice = Random(f"same {seed}")
    period = dice.randint(1, 4)
    table, finer = rows(dice, period), dice.randint(2, 5)

    def steps(r):
        """The row of every `finer`-th step."""
        place, own = divmod(r, period)
        result = []
        for a, b in table[own]:
            begin = -((place - a) // finer)
            end = None if b is None else (b - place) // finer
            if end is None or begin <= end:
                result.append((begin, end))
        return tuple(result)

    assert Sizes.of(1, period * finer, steps) == Sizes.of(1, period, table.__getitem__)


def test_what_is_no_size_is_in_no_set():
    every = Sizes.of(1, 1, lambda r: ((0, None),))
    assert 5 in every
    assert not any(nonsense in every for nonsense in (0, -1, True, 5.0, "5", None))


# The words, read back


CLASSES = re.compile(r"H (≡|≢) ([-\d, …]+) \(mod (\d+)\)")


def listed(text):
    if "…" in text:
        first, last = map(int, text.split("…"))
        return set(range(first, last + 1))
    return set(map(int, text.split(",")))


def read(text):
    """A test for sizes from a set's words: runs joined by 'or', each of a range, classes, or both."""
    if text == "no H":
        return lambda size: False
    runs = []
    for part in text.removeprefix("every ").split(" or "):
        tests = []
        for sign, numbers, period in CLASSES.findall(part):
            tests.append((listed(numbers), int(period), sign == "≡"))
        bounds = CLASSES.sub("", part).strip(" ,")
        low, high = None, None
        for pattern, at in (
            (r"^(-?\d+) ≤ H ≤ (-?\d+)$", (1, 2)),
            (r"^H ≥ (-?\d+)$", (1, None)),
            (r"^H = (-?\d+)$", (1, 1)),
        ):
            found = re.match(pattern, bounds)
            if found:
                low = int(found[at[0]])
                high = None if at[1] is None else int(found[at[1]])
        assert low is not None, part
        runs.append((low, high, tests))
    return lambda size: any(
        low <= size and (high is None or size <= high) and all((size % p in r) is wanted for r, p, wanted in tests)
        for low, high, tests in runs
    )


@pytest.mark.parametrize("chunk", range(6))
def test_words_say_what_the_set_is(chunk):
    told = 0
    for seed in range(chunk, 900, 6):
        least = Random(seed).choice((1, 1, 0, -9, 40))
        text, relation = question(Random(f"words {seed}"), products=seed % 4 == 0)
        try:
            found = solutions(Proposition(by_symbol(text, cm.symbols("H", least)), relation, 0))
        except FormulaError:
            continue
        words = found.say()
        if " more below " in words or " in " in words:
            continue
        told += 1
        holds = read(words)
        top = found.threshold + 2 * found.period + 5
        assert [s for s in range(found.least, top) if holds(s)] == [s for s in range(found.least, top) if s in found], (
            words
        )
    assert told > 130


def test_long_sets_are_told_in_short():
    many = solutions(Proposition((H % 2) * (30 - H).larger(0) + (H % 3) * (H - 40).larger(0), "=", 0))
    assert len(many.below) > 12
    assert " 1 more below " in str(many) or re.search(r" or \d+ more below \d+", str(many))
    classes = solutions(Proposition(H * H % 97, "≥", 40))
    assert re.fullmatch(r"H in \d+ classes \(mod 97\), H ≥ \d+", str(classes))


def test_a_set_of_too_many_pieces_is_refused():
    with pytest.raises(FormulaError, match=r"^the set falls into \d+ pieces of period \d+, too many to list"):
        Sizes.of(1, 10_000, lambda r: ((r, 2 * r),))


def test_a_long_gap_takes_no_time():
    assert Sizes.of(1, 2, lambda r: ((10**15, 10**15),) if r else ()).first(2) == [2 * 10**15 + 1]
    assert str(Sizes.of(1, 2, lambda r: ((3, 10**15),) if r else ())) == f"7 ≤ H ≤ {2 * 10**15 + 1}, H ≡ 1 (mod 2)"
