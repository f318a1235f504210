"""The largest design of a family against all of its designs, one after the other."""

from fractions import Fraction

import pytest

import convmath as cm
from convmath.plan.scaling import Growing, changes, largest, parse_growing

FAMILY = [parse_growing(text) for text in ("width=16*1.1:4", "H=96*1.2:32", "W=64*1.2:16")]


def measured(sizes):
    report = cm.zoo.resnet18(width=sizes["width"]).analyze((1, 3, sizes["H"], sizes["W"]))
    return {"macs": report.totals.macs, "params": report.totals.params}


@pytest.mark.parametrize("budget", [60_000_000, 400_000_000, 1_000_000_000])
def test_nothing_larger_fits(budget):
    found = largest(FAMILY, measured, lambda values: values["macs"] <= budget)
    assert found.measures == measured(found.sizes)
    designs = [{one.name: one.at(number / 1000) for one in FAMILY} for number in range(0, 12_000, 200)]
    fitting = [costs for costs in (measured(sizes)["macs"] for sizes in designs) if costs <= budget]
    assert max(fitting) <= found.measures["macs"] <= budget
    after = {one.name: one.at(found.phi + 0.001) for one in FAMILY}
    assert measured(after)["macs"] > budget


def test_elasticities():
    """MACs of a convolution grow as its height, as the square of its width; parameters not with the height."""

    def of_one(sizes):
        layer = cm.Conv2d(sizes["c"], sizes["c"], 3, padding=1, bias=False)
        return {"macs": layer.macs((1, sizes["c"], sizes["H"], 50)), "params": layer.params}

    family = [Growing("c", 100, Fraction(2), 1), Growing("H", 40, Fraction(2), 10)]
    found = largest(family, of_one, lambda values: values["c"] <= 100)
    told = {(one.name, one.size): one.elasticities for one in changes(found, family, of_one)}
    assert told["H", 50] == told["H", 30] == {"macs": 1, "params": 0}
    assert told["c", 101]["macs"] == Fraction(201, 100)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("H=224", "does not say how a size grows"), ("H=a*2", "does not say"), ("H=0*2", "does not grow"),
        ("H=2*0.5", "does not grow"), ("H=2*2:0", "does not"), ("2=2*2", "does not grow"), ("H=2*1/0", "does not say"),
    ],
)  # fmt: skip
def test_what_does_not_grow(text, said):
    with pytest.raises(cm.ConvmathError, match=said):
        parse_growing(text)


def test_no_end():
    with pytest.raises(cm.ParameterError, match="even width=16, H=96, W=64 does not fit"):
        largest(FAMILY, lambda sizes: {}, lambda values: False)
    with pytest.raises(cm.ParameterError, match="every design fits, however large"):
        largest(FAMILY, lambda sizes: {}, lambda values: True)
    with pytest.raises(cm.ParameterError, match="nothing grows"):
        largest([Growing("H", 3, Fraction(1))], lambda sizes: {}, lambda values: True)
