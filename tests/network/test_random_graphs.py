"""Random networks: the pass tells what asking every layer by itself tells, without sharing anything."""

import random

import pytest

import convmath as cm
from convmath.core.cost import Cost


def grow(seed):
    """A random network, its input shape, and for every layer (layer, [(name read, output)]), by name."""
    dice = random.Random(seed)
    shape = (dice.randint(1, 2), dice.choice((2, 4, 6)), dice.randint(6, 14), dice.randint(6, 14))
    net = cm.Network(f"random{seed}")
    values = [(net.input(shape=shape), "input", 0, shape)]
    plan = {}
    for number in range(dice.randint(3, 25)):
        layer, read = draw(dice, values)
        name = f"{dice.choice(('a', 'b.c', 'd'))}.n{number}"
        made = net.add(layer, *(tensor for tensor, _, _, _ in read), name=name)
        plan[name] = (layer, [(source, output) for _, source, output, _ in read])
        outputs = layer.output_shapes(*(size for _, _, _, size in read))
        values += [(made[place], name, place, size) for place, size in enumerate(outputs)]
    return net, shape, plan


def draw(dice, values):
    """A random layer and the values it reads."""
    value = dice.choice(values[-6:])
    _, _, _, (batch, channels, height, width) = value
    twins = [other for other in values if other[3] == value[3]]
    siblings = [other for other in values if (other[3][0], *other[3][2:]) == (batch, height, width)]
    layers = [
        (cm.Conv2d(channels, dice.randint(1, 6), 3, padding=1), [value]),
        (cm.Conv2d(channels, 2 * channels, 3, padding=1, groups=channels, bias=False), [value]),
        (cm.LazyConv2d(dice.randint(1, 6), 1, stride=2), [value]),
        (cm.DepthwiseSeparableConv2d(channels, dice.randint(1, 4), 3, padding=1), [value]),
        (cm.ConvTranspose2d(channels, 3, 2, stride=1), [value]),
        (cm.BatchNorm2d(channels), [value]),
        (cm.ReLU(), [value]),
        (cm.AvgPool2d(3, 1, 1), [value]),
        (cm.Add(), dice.choices(twins, k=dice.randint(2, 3))),
        (cm.Concat(), dice.choices(siblings, k=dice.randint(1, 3))),
    ]
    if channels > 1:
        layers.append((cm.Split((1, channels - 1)), [value]))
    if channels % 2 == 0:
        layers.append((cm.Chunk(2), [value]))
    if min(height, width) > 3:
        layers.append((cm.MaxPool2d(2), [value]))
    return dice.choice(layers)


@pytest.mark.parametrize("seed", range(150))
def test_shapes_and_costs_equal_a_naive_recursion(seed):
    net, shape, plan = grow(seed)

    def shapes_of(name):
        if name == "input":
            return (shape,)
        layer, read = plan[name]
        return layer.output_shapes(*(shapes_of(source)[output] for source, output in read))

    report = net.analyze()
    assert [row.name for row in report.rows] == list(plan)
    total = Cost()
    for row in report.rows:
        layer, read = plan[row.name]
        inputs = tuple(shapes_of(source)[output] for source, output in read)
        assert row.inputs == inputs
        assert row.outputs == layer.output_shapes(*inputs)
        assert row.cost == layer.cost(*inputs)
        total += layer.cost(*inputs)
    assert report.totals == total


@pytest.mark.parametrize("seed", range(20))
def test_inlined_it_tells_the_same(seed):
    inner, shape, _ = grow(seed)
    outer = cm.Network()
    outer.add(inner, outer.add(cm.Identity(), outer.input(shape=shape), name="first"), name="block")
    told = outer.analyze().rows[1:]
    assert [row.name for row in told] == [f"block.{row.name}" for row in inner.analyze().rows]
    nameless = {"name": "", "reads": ()}
    assert [row._replace(**nameless) for row in told] == [row._replace(**nameless) for row in inner.analyze().rows]


@pytest.mark.parametrize("seed", range(20))
def test_folding_keeps_every_total(seed):
    report = grow(seed)[0].analyze()
    for depth in (1, 2, 3):
        folded = report.fold(depth)
        assert Cost.total(row.cost for row in folded.rows) == report.totals
        assert sum(row.layers for row in folded.rows) == len(report.rows)
        assert Cost.total(row.cost for row in folded.fold(1).rows) == report.totals
