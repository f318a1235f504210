"""The theorems that floor division rests on, against plain integers; and that nested floors do collapse."""

from __future__ import annotations

from math import gcd
from random import Random

import pytest

import convmath as cm
from convmath.symbolic.atoms import Common, Floor, Positive, inside

H, W = cm.symbols("H W")

VALUES = (*range(1, 40), 63, 64, 65, 223, 224, 225, 999, 1000)


def atoms(formula, *kinds):
    return [atom for atom in inside([formula.terms]) if isinstance(atom, kinds or (Floor, Positive, Common))]


def agrees(formula, meaning):
    assert [formula if type(formula) is int else formula.at(H=h) for h in VALUES] == [meaning(h) for h in VALUES]


# T1


@pytest.mark.parametrize("seed", range(200))
def test_a_floor_of_a_floor_is_one_floor(seed):
    dice = Random(seed)
    a, b, c = dice.randint(1, 9), dice.randint(-20, 20), dice.randint(1, 9)
    collapsed = (H // a + b) // c
    assert collapsed == (H + a * b) // (a * c)
    agrees(collapsed, lambda h: (h // a + b) // c)


def test_a_floor_of_a_floor_is_one_floor_for_symbolic_divisors():
    a, c, b = cm.symbols("a c b")
    assert (H // a + b) // c == (H + a * b) // (a * c)
    assert (H // a + 3) // 4 == (H + 3 * a) // (4 * a)
    assert len(atoms((H // a + b) // c)) == 1


def test_what_stands_beside_an_inner_floor_is_taken_into_it():
    collapsed = (H // 2 + W) // 3
    assert collapsed == (H + 2 * W) // 6
    assert (H // 2 + W).at(H=5, W=4) // 3 == collapsed.at(H=5, W=4) == 2


# T2


def random_chain(dice):
    """Window layers as (kernel, stride, dilation, low, high)."""
    draws = ((1, 5), (1, 4), (1, 3), (0, 3), (0, 3))
    return [tuple(dice.randint(*bounds) for bounds in draws) for _ in range(dice.randint(1, 6))]


def as_layer(dice, kernel, stride, dilation, low, high):
    if max(low, high) <= kernel // 2 and dice.random() < 0.5:
        return cm.MaxPool1d(kernel, stride, ((low, high),), dilation)
    return cm.Conv1d(1, 1, kernel, stride, ((low, high),), dilation)


@pytest.mark.parametrize("seed", range(300))
def test_a_chain_of_convolutions_and_pools_is_one_convolution(seed):
    dice = Random(seed)
    chain = random_chain(dice)
    net = cm.Sequential(*(as_layer(dice, *window) for window in chain))
    size = net.analyze((1, 1, H)).rows[-1].outputs[0][2]
    steps, field, pads = 1, 1, 0
    for kernel, stride, dilation, low, high in chain:
        field += dilation * (kernel - 1) * steps
        pads += (low + high) * steps
        steps *= stride
    assert size == (H + pads - field) // steps + 1
    assert len(atoms(size)) <= 1
    for h in range(max(1, field), field + 40):
        plain = h
        for kernel, stride, dilation, low, high in chain:
            plain = len(range(0, plain + low + high - dilation * (kernel - 1), stride))
        assert size.at(H=h) == plain


def test_a_hundred_strided_layers_make_one_floor():
    net = cm.Sequential(*(cm.Conv1d(1, 1, 3, stride=2, padding=1) for _ in range(100)))
    size = net.analyze((1, 1, H)).rows[-1].outputs[0][2]
    assert size == (H + 2**100 - 1) // 2**100
    assert len(atoms(size)) == 1


def test_layers_of_symbolic_kernels_strides_and_pads_make_one_floor():
    size = H
    plain, values = 10**7, {"H": 10**7}
    for n in range(10):
        k, s, p, d = cm.symbols(f"k{n} s{n} p{n} d{n}")
        size = (size + 2 * p - d * (k - 1) - 1) // s + 1
        values |= {f"k{n}": 3 + n % 3, f"s{n}": 1 + n % 4, f"p{n}": 1 + n % 2, f"d{n}": 1 + n % 3}
        plain = (plain + 2 * (1 + n % 2) - (1 + n % 3) * (2 + n % 3) - 1) // (1 + n % 4) + 1
    (only,) = atoms(size)
    assert sorted(atom.name for atom in inside([only.parts[1]])) == [f"s{n}" for n in range(10)]
    assert size.at(values) == plain


def test_the_output_of_a_convolution_inside_its_input_range():
    """T3: the inputs with output o are S(o − 1) + RF − P … S·o + RF − P − 1."""
    net = cm.Sequential(cm.Conv1d(1, 1, 7, 2, 3), cm.MaxPool1d(3, 2, 1), cm.Conv1d(1, 1, 3, 2))
    size = net.analyze((1, 1, H)).rows[-1].outputs[0][2]
    steps, field, pads = 8, 1 + 6 + 2 * 2 + 4 * 2, 6 + 4
    for output in range(1, 40):
        first, last = steps * (output - 1) + field - pads, steps * output + field - pads - 1
        assert [size.at(H=h) for h in (first - 1, first, last, last + 1)] == [output - 1, output, output, output + 1]


def test_the_smallest_legal_input_of_a_chain():
    """T3: max(1, max over prefixes of RF − P), here 3 + 2·4 = 11 after the second layer."""
    net = cm.Sequential(cm.Conv1d(1, 1, 3, 2), cm.Conv1d(1, 1, 5), cm.ConvTranspose1d(1, 1, 9))
    conditions = [c.verdict for row in net.analyze((1, 1, H)).rows for c in row.conditions]
    held = [h for h in range(1, 40) if all(v is True or v.at(H=h) for v in conditions)]
    assert held == list(range(11, 40))


# T4


@pytest.mark.parametrize("seed", range(200))
def test_rounding_up_is_one_floor(seed):
    dice = Random(seed)
    kernel, stride, dilation = dice.randint(1, 6), dice.randint(1, 5), dice.randint(1, 3)
    pad = dice.randint(0, kernel // 2)
    layer = cm.MaxPool1d(kernel, stride, pad, dilation, ceil_mode=True)
    size = layer.facts((1, 1, H)).outputs[0][2]
    reach = dilation * (kernel - 1)
    assert size == (H + min(2 * pad - reach - 2 + stride, pad - 1)) // stride + 1
    for h in range(max(1, reach + 1 - 2 * pad), 60):
        plain = -(-(h + 2 * pad - reach - 1) // stride) + 1
        plain -= (plain - 1) * stride >= h + pad  # the last window starts on the input or its low padding
        assert size.at(H=h) == plain


@pytest.mark.parametrize("stride", range(1, 7))
@pytest.mark.parametrize("kernel", range(1, 6))
def test_same_padding_is_one_floor(kernel, stride):
    layer = cm.Conv1d(1, 1, kernel, stride, "same", convention="tensorflow")
    size = layer.facts((1, 1, H)).outputs[0][2]
    assert size == (H + stride - 1) // stride
    agrees(size, lambda h: len(range(0, h, stride)))


# T5


@pytest.mark.parametrize("seed", range(300))
def test_common_factors_leave_a_floor(seed):
    dice = Random(seed)
    a, e, m = dice.choice((-1, 1)) * dice.randint(1, 24), dice.randint(-40, 40), dice.randint(1, 24)
    reduced = (a * H + e) // m
    agrees(reduced, lambda h: (a * h + e) // m)
    for atom in [] if type(reduced) is int else atoms(reduced):
        numerator, _ = atom.parts
        varying = [c for monomial, c in numerator.items() if monomial]
        assert gcd(*varying, atom.steps) == 1
        assert all(0 < coefficient < atom.steps for coefficient in varying)
        assert 0 <= numerator.get((), 0) < atom.steps


@pytest.mark.parametrize("seed", range(200))
def test_powers_of_two_collapse_to_a_multiple_of_one_floor(seed):
    """Ups and downs by 2 make A·⌊(H + b)/m⌋ + c."""
    dice = Random(seed)
    size, moves = H, []
    for _ in range(dice.randint(1, 12)):
        factor, shift = dice.choice((1, 2, 4)), dice.randint(-3, 3)
        moves.append((factor, shift) if dice.random() < 0.4 else (-factor, shift))
    for factor, shift in moves:
        size = size * factor + shift if factor > 0 else (size + shift) // -factor
    assert len(size.terms) <= 2
    assert len(atoms(size)) <= 1

    def plain(h):
        for factor, shift in moves:
            h = h * factor + shift if factor > 0 else (h + shift) // -factor
        return h

    agrees(size, plain)


def test_a_padded_u_net_joins_its_skips_at_multiples_of_16():
    report = cm.zoo.unet_padded(size=(H, 16)).analyze()
    verdicts = {c.verdict for row in report.rows for c in row.conditions}
    assert [h for h in range(1, 100) if all(v.at(H=h) for v in verdicts)] == list(range(16, 100, 16))


def test_mixed_ratios_may_stay_nested():
    nested = ((3 * H) // 2 * 3) // 2
    assert len(atoms(nested)) == 2
    agrees(nested, lambda h: ((3 * h) // 2 * 3) // 2)


# Whole networks


def maps(m):
    """⌈H/m⌉⌈W/m⌉."""
    return ((H + m - 1) // m) * ((W + m - 1) // m)


def test_macs_of_resnet152_are_five_products_and_a_constant():
    macs = cm.zoo.resnet152().analyze((1, 3, H, W)).totals.macs
    counts = {2: 9408, 4: 245760, 8: 2424832, 16: 40894464, 32: 14417920}
    assert macs == sum(count * maps(m) for m, count in counts.items()) + 2048 * 1000
    assert len(macs.terms) == 6
    assert len(atoms(macs)) == 10


def test_macs_of_resnet50_of_any_width():
    w = cm.symbols("w")
    macs = cm.zoo.resnet50(width=w).analyze((1, 3, H, W)).totals.macs
    assert macs == 147 * w * maps(2) + w * w * (
        60 * maps(4) + 320 * maps(8) + 1824 * maps(16) + 3520 * maps(32)
    ) + 32 * w * 1000  # fmt: skip
    assert macs.at(H=224, W=224, w=64) == cm.zoo.resnet50().analyze((1, 3, 224, 224)).totals.macs


def test_inputs_of_resnet50_with_seven_outputs():
    report = cm.zoo.resnet50().analyze((1, 3, H, W))
    size = report["layer4.2.conv3"].outputs[0][2]
    assert [h for h in range(1, 400) if size.at(H=h) == 7] == list(range(193, 225))
