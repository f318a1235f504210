"""What several tests ask for: analyses, each worked out once, and a network that is not in the zoo."""

from fractions import Fraction
from functools import cache

from convmath import zoo
from convmath.layers.conv import Conv2d
from convmath.layers.pool import MaxPool2d
from convmath.network.network import Sequential


@cache
def report(name, **arguments):
    return zoo.builder(name)(**arguments).analyze()


def total(quantity, name, **arguments):
    return getattr(report(name, **arguments).totals, quantity)


def cost(quantity, name, row):
    return getattr(report(name)[row].cost, quantity)


def rows_of(name, *ops, within=""):
    """The rows of these types whose names begin with `within`."""
    return [row for row in report(name).rows if row.op in ops and row.name.startswith(within)]


def summed(quantity, rows):
    return sum(getattr(row.cost, quantity) for row in rows)


def side(name, row):
    """The width of what a layer makes."""
    return report(name)[row].outputs[0].spatial[-1]


def last_field(network, *shape):
    """The receptive field of a chain's last layer along the first axis."""
    return network.analyze(shape).rows[-1].fields[0]


def centre(field):
    """Where position 0 of a map looks, on average over the phases of a transposed convolution."""
    places = zip(field.low, field.high, strict=True)
    return sum(Fraction(low + high, 2) - phase * field.jump for phase, (low, high) in enumerate(places)) / field.period


def largefov():
    """DeepLab-LargeFOV: VGG-16 with 3×3 poolings, the last two without stride, and dilated from there on."""
    layers = []
    for convs, stride, dilation in ((2, 2, 1), (2, 2, 1), (3, 2, 1), (3, 1, 1), (3, 1, 2)):
        layers += [Conv2d(1, 1, 3, padding=dilation, dilation=dilation)] * convs
        layers.append(MaxPool2d(3, stride, 1))
    return Sequential(*layers, Conv2d(1, 1, 3, padding=12, dilation=12))
