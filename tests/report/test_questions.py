"""Questions about a network at all sizes, against the network at every size."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest

import convmath as cm
from convmath.core.errors import ShapeError
from convmath.report.conditions import demands_table
from convmath.report.questions import accepted, demands, giving, last_open
from convmath.zoo import FILE_OF, builder
from tests.symbolic.networks import grow

SYMBOLS = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}

SLOW = {"densenet121": 23, "densenet169": 61, "densenet201": 83, "resnet101": 29, "resnet152": 41, "inception_v3": 17}
"""So many sizes apart those networks are tried beyond the first ones."""

every_network = pytest.mark.parametrize("name", FILE_OF)


@cache
def network(name):
    """The network, which takes any size that its layers take: its own crops stay."""
    net = builder(name)()
    net.made_for = ()
    return net


def usual(name):
    (shape,) = network(name).input_shapes.values()
    return shape


@cache
def symbolic(name, alone=False):
    """The report for symbols in the place of all spatial sizes, or of the one before the last (of the last, of one)."""
    shape = usual(name)
    names = SYMBOLS[shape.rank]
    sizes = [cm.symbols(symbol) for symbol in names]
    if alone and shape.rank > 1:
        sizes = [
            size if symbol == "H" else number for size, symbol, number in zip(sizes, names, shape[2:], strict=True)
        ]
    return network(name).analyze((*shape[:2], *sizes))


def at(name, size):
    """The report for a number in the place of H (or L), or None where the network refuses it."""
    shape = list(usual(name))
    shape[-2 if len(shape) > 3 else -1] = size
    try:
        return network(name).analyze(tuple(shape))
    except ShapeError:
        return None


@cache
def reports(name):
    """Reports by size."""
    step = SLOW.get(name, 11)
    own = usual(name)[3 if usual(name).rank > 1 else 2]
    sizes = {*range(1, 90 if name not in SLOW else 34), *range(90, 301, step), own}
    return {size: at(name, size) for size in sorted(sizes)}


@every_network
def test_the_accepted_sizes_are_those_that_no_layer_refuses(name):
    answer = accepted(symbolic(name, alone=True))
    assert not answer.undecided
    symbol = "H" if usual(name).rank > 1 else "L"
    for size, report in reports(name).items():
        holds = symbol not in answer.sizes or size in answer.sizes[symbol]
        assert holds == (report is not None), size


@every_network
def test_sizes_that_give_an_output(name):
    report = symbolic(name, alone=True)
    rank = usual(name).rank
    row = last_open(report, rank)
    by_output = {}
    for size, numbers in reports(name).items():
        if numbers is not None:
            by_output.setdefault(numbers[row.name].outputs[0][2:], []).append(size)
    for output, sizes in list(by_output.items())[:: max(1, len(by_output) // 6)]:
        ((_, found),) = giving(report, output, row.name).sizes.items()
        assert [size for size in reports(name) if size in found] == sizes, output


@every_network
def test_demands_are_told_with_the_sizes_that_meet_them(name):
    report = symbolic(name, alone=True)
    refused = {size for size, numbers in reports(name).items() if numbers is None}
    told = demands(report)
    for demand in told:
        assert demand.layer in {row.name for row in report.whole.rows}
        assert demand.solved is not None
        assert all(size not in demand.solved or any(size not in other.solved for other in told) for size in refused)
    table = demands_table(report)
    assert [row[0] for row in table.rows] == ([demand.layer for demand in told] or ["every layer"])
    assert table.notes == (f"All layers accept: {accepted(report)}.",)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("unet", "H ≡ 12 (mod 16), H ≥ 188; W ≡ 12 (mod 16), W ≥ 188"),
        ("unet_padded", "H ≡ 0 (mod 16), H ≥ 16; W ≡ 0 (mod 16), W ≥ 16"),
        ("resnet50", "every size"),
        ("vgg16", "H ≥ 32; W ≥ 32"),
        ("inception_v3", "H ≥ 75; W ≥ 75"),
        ("alexnet", "H ≥ 63; W ≥ 63"),
    ],
)
def test_what_is_published_of_input_sizes(name, told):
    assert str(accepted(symbolic(name))) == told


def test_sizes_of_the_textbook():
    assert str(giving(symbolic("resnet50"), (7, 7))) == "193 ≤ H ≤ 224; 193 ≤ W ≤ 224"
    assert str(giving(symbolic("unet"), (388, 388))) == "H = 572; W = 572"
    assert str(giving(symbolic("unet"), (389, 388))) == "no H; W = 572"


def test_a_layer_by_name():
    report = symbolic("resnet50")
    assert str(giving(report, (56, 28), "conv1")) == "111 ≤ H ≤ 112; 55 ≤ W ≤ 56"
    assert str(giving(report, (64, 56, 28), "conv1")) == "111 ≤ H ≤ 112; 55 ≤ W ≤ 56"
    with pytest.raises(ShapeError, match=r"^conv1: the output 1 × 64 × .* has 64 where 65 is asked for, for every"):
        giving(report, (65, 56, 28), "conv1")
    with pytest.raises(ShapeError, match=r"^conv1: the output .* has 4 sizes, 5 are asked for$"):
        giving(report, (1, 1, 64, 56, 28), "conv1")
    with pytest.raises(cm.ConvmathError, match="no layer is called 'conv9'"):
        giving(report, (1,), "conv9")


# Random networks whose paths join


@pytest.mark.parametrize("chunk", range(6))
def test_conditions_of_random_networks(chunk):
    asked = 0
    for seed in range(chunk, 300, 6):
        net, channels, rank = grow(Random(f"questions {seed}"))
        names = ("H", "W")[:rank]
        try:
            report = net.analyze((1, channels, *map(cm.symbols, names)))
        except ShapeError:
            continue  # no size is accepted: test_random_networks holds that
        answer = accepted(report)
        asked += bool(answer.sizes)
        dice = Random(seed)
        for size in range(1 + seed % 2, 45, 2):
            values = dict(zip(names, (size, dice.randint(1, 44)), strict=False))
            holds = all(values[name] in sizes for name, sizes in answer.sizes.items()) and all(
                p.at({name: values[name] for name in p.names}) for p in answer.undecided
            )
            try:
                net.analyze((1, channels, *values.values()))
            except ShapeError:
                assert not holds, (seed, values, str(answer))
            else:
                assert holds, (seed, values, str(answer))
    assert asked > 15


# Where paths do not join

H, W = cm.symbols("H W")


def joined(first, second):
    net = cm.Network("joined")
    x = net.input()
    net.add(cm.Concat(), net.add(first, x, name="a"), net.add(second, x, name="b"), name="join")
    return net


def test_paths_that_differ_say_by_how_much_and_where():
    net = joined(cm.Conv1d(1, 1, 2, stride=2), cm.Conv1d(1, 1, 3, stride=2, padding=1))
    (demand,) = [d for d in demands(net.analyze((1, 1, H))) if d.layer == "join"]
    assert str(demand.solved) == "H ≡ 0 (mod 2), H ≥ 2"
    assert demand.mend == "for H ≡ 1 (mod 2), H ≥ 3: crop b by 1"


def test_paths_that_differ_ever_more_say_by_what():
    net = joined(cm.Identity(), cm.Conv1d(1, 1, 1, stride=2))
    (demand,) = demands(net.analyze((1, 1, H)))
    assert str(demand.solved) == "H = 1"
    assert demand.mend == "a is longer than b by H − ⌈H/2⌉: pad or crop one of them by it"


def test_paths_of_two_symbols_say_by_what():
    net = cm.Network("two")
    x, y = net.input(), net.input("other")
    net.add(cm.Add(), x, y, name="join")
    report = net.analyze((1, 1, H), other=(1, 1, W))
    (demand,) = demands(report)
    assert demand.solved is None
    assert demand.mend == (
        "input is longer than other by H − W, or shorter where that is negative: pad or crop one of them by it"
    )
    assert str(accepted(report)) == f"{demand.proposition} (not decided)"
    assert demands_table(report).rows[0][2] == "not decided"


@pytest.mark.parametrize("seed", range(60))
def test_what_is_said_of_differences_is_so(seed):
    """Every advice makes the paths join at every size that it is told for, and every size that differs is told."""
    from tests.symbolic.test_sets import read

    dice = Random(f"differences {seed}")
    first, second = (
        cm.Conv1d(1, 1, dice.randint(1, 5), stride=dice.choice((2, 3)), padding=dice.randint(0, 3)) for _ in range(2)
    )
    try:
        report = joined(first, second).analyze((1, 1, cm.symbols("H")))
    except ShapeError:
        return  # they join at no size
    for demand in demands(report):
        if demand.layer != "join" or not demand.mend.startswith("for "):
            continue
        told = []
        for part in demand.mend.split("; "):
            sizes, _, advice = part.removeprefix("for ").partition(": ")
            what, _, count = advice.partition(" b by ")
            told.append((int(count) * {"pad": 1, "crop": -1}[what], read(sizes)))
        for size in range(6, 80):
            difference = first.output_shape((1, 1, size))[2] - second.output_shape((1, 1, size))[2]
            assert [value for value, holds in told if holds(size)] == ([difference] if difference else [])


def u_net(extra=(0, 0, 0)):
    """Down three times and up again, each step up with its own output_padding."""
    net = cm.Network("u")
    x, kept = net.input(), []
    for level in range(3):
        kept.append(x)
        x = net.add(cm.MaxPool1d(2), x, name=f"down{level}")
    for level in reversed(range(3)):
        up = cm.ConvTranspose1d(x_channels(level), 1, 2, stride=2, output_padding=extra[level])
        x = net.add(cm.Concat(), kept[level], net.add(up, x, name=f"up{level}"), name=f"join{level}")
    return net


def x_channels(level):
    return 1 if level == 2 else 2


def test_the_advice_mends_the_whole_network():
    from tests.symbolic.test_sets import read

    told = {}
    for demand in demands(u_net().analyze((1, 1, H))):
        if demand.layer.startswith("join"):
            level = int(demand.layer[-1])
            sizes, _, advice = demand.mend.removeprefix("for ").partition(": ")
            assert advice == f"give up{level} output_padding=1"
            told[level] = read(sizes)
    assert told.keys() == {0, 1, 2}
    for size in range(9, 90):
        extra = tuple(int(told[level](size)) for level in range(3))
        u_net(extra).analyze((1, 1, size))
        if any(extra):
            with pytest.raises(ShapeError):
                u_net().analyze((1, 1, size))
