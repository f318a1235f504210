"""The largest activation of a network, as told for all sizes at once, against every layer's at random sizes."""

from __future__ import annotations

import re
from random import Random

import pytest

import convmath as cm
from convmath.core.errors import ShapeError
from convmath.core.shape import Shape
from convmath.report.peak import exceeds, peak
from convmath.report.questions import accepted, remarks
from convmath.zoo import FILE_OF
from tests.report.test_questions import SYMBOLS, network, symbolic, usual
from tests.symbolic.networks import grow

QUICK = [
    name for name in FILE_OF if name not in {"densenet169", "densenet201", "resnet101", "resnet152", "vgg13", "vgg19"}
]


def at(size, values):
    return size if type(size) is int else size.at({name: values[name] for name in size.names})


def some(dice, sizes, least):
    """A size that is accepted and at least `least`."""
    while True:
        size = dice.randint(least, least + dice.choice((8, 64, 400)))
        if sizes is None or size in sizes:
            return size


def bounds(text):
    return {name: int(least) for name, least in re.findall(r"(\w) ≥ (\d+)", text.partition(") for ")[2])}


@pytest.mark.parametrize("name", QUICK)
def test_no_layer_writes_more_than_is_told(name):
    report = symbolic(name)
    told = next(line for line in remarks(report) if line.startswith("Largest activation: "))
    least = bounds(told)
    found = peak(report, least)
    assert told == f"Largest activation: {found}."
    sizes = accepted(report).sizes
    dice = Random(name)
    shape = usual(name)
    for _ in range(6):
        values = {symbol: some(dice, sizes.get(symbol), least.get(symbol, 1)) for symbol in SYMBOLS[shape.rank]}
        if name in {"lenet5", "alexnet_paper", "c3d"}:
            values = dict(zip(SYMBOLS[shape.rank], shape[2:], strict=True))  # what flattens its map takes no other size
        numbers = network(name).analyze((*shape[:2], *values.values()))
        largest = max(y.elements for row in numbers.rows for y in row.outputs)
        assert at(found.size, values) == largest
        assert largest in {at(candidate.elements, values) for _, candidate in found.candidates}
        for layer, candidate in found.candidates:
            assert numbers[layer].outputs[0].elements == at(candidate.elements, values)


@pytest.mark.parametrize("chunk", range(4))
def test_of_random_networks(chunk):
    compared = 0
    for seed in range(chunk, 160, 4):
        net, channels, rank = grow(Random(f"peak {seed}"))
        names = ("H", "W")[:rank]
        try:
            report = net.analyze((1, channels, *map(cm.symbols, names)))
        except ShapeError:
            continue
        dice = Random(seed)
        least = {name: dice.choice((1, 1, 7, 40)) for name in names}
        found = peak(report, least)
        for _ in range(8):
            values = {name: dice.randint(low, low + 60) for name, low in least.items()}
            try:
                numbers = net.analyze((1, channels, *values.values()))
            except ShapeError:
                continue
            compared += 1
            assert at(found.size, values) == max(y.elements for row in numbers.rows for y in row.outputs), (
                seed,
                values,
            )
    assert compared > 60


H, W = cm.symbols("H W")


@pytest.mark.parametrize(
    ("a", "b", "least", "certain"),
    [
        ((1, 64, H, W), (1, 3, H, W), {}, True),
        ((1, 3, H, W), (1, 64, H, W), {}, False),
        ((1, 64, H, W), (1, 64, H, W), {}, True),
        ((1, 256, (H + 3) // 4, (W + 3) // 4), (1, 64, (H + 1) // 2, (W + 1) // 2), {}, True),
        ((1, 255, (H + 3) // 4, (W + 3) // 4), (1, 64, (H + 1) // 2, (W + 1) // 2), {}, False),
        ((1, 1, H), (1, 1, 100), {"H": 99}, False),
        ((1, 1, H), (1, 1, 100), {"H": 100}, True),
        ((1, 1, 100), (1, 1, H), {}, False),
        ((1, 2, H), (1, 1, W), {}, False),
        ((1, 2 * H), (1, H + W), {}, False),
        ((1, H * W), (1, H * W), {}, False),
        ((1, 2, H * W), (1, 1, H, W), {}, False),
        ((1, 1, H * H), (1, 1, H), {}, False),
    ],
)
def test_exceeding_is_claimed_only_where_it_is_certain(a, b, least, certain):
    a, b = Shape(a), Shape(b)
    told = exceeds(a, b, least)
    assert told is certain
    if told:
        for h in range(least.get("H", 1), 140):
            for w in (1, 2, 3, 50, 301):
                assert at(a.elements, {"H": h, "W": w}) >= at(b.elements, {"H": h, "W": w})


@pytest.mark.parametrize("seed", range(80))
def test_exceeding_is_so_at_every_size(seed):
    dice = Random(f"exceeds {seed}")

    def shape():
        sizes = (
            (dice.randint(1, 3) * symbol + dice.randint(0, 5)) // dice.randint(1, 4) + dice.randint(0, 2)
            for symbol in (H, W)
        )
        return Shape((1, dice.randint(1, 9), *sizes))

    a, b = shape(), shape()
    least = {"H": dice.choice((1, 5, 30)), "W": dice.choice((1, 8))}
    if exceeds(a, b, least):
        for _ in range(300):
            values = {name: dice.randint(low, low + dice.choice((5, 50, 5000))) for name, low in least.items()}
            assert at(a.elements, values) >= at(b.elements, values), (a, b, values)
