"""The MACs of a training step, held against the definition and against gradients that are run on ones."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

import convmath as cm
from convmath.report.training import Step, step_of
from convmath.verification.counting import padded_like

LAYERS = [
    (cm.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2), (2, 4, 9, 7)),
    (cm.Conv1d(3, 5, 3, padding="same"), (1, 3, 8)),
    (cm.Conv3d(2, 4, (1, 2, 3), groups=2, bias=False), (1, 2, 3, 4, 5)),
    (cm.Conv2d(6, 6, 3, padding=1, groups=6), (1, 6, 5, 4)),
    (cm.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), (2, 4, 5, 3)),
    (cm.ConvTranspose1d(3, 5, 4, stride=3), (1, 3, 7)),
    (cm.Linear(7, 5), (3, 7)),
    (cm.LocallyConnected1d(2, 3, 2, input_size=6), (2, 2, 6)),
]


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_gradients_run_on_ones_add_up_to_their_products(layer, shape):
    """Where all factors are 1, a gradient's sum is the number of products in it."""
    filled, inside = padded_like(layer, cm.Shape(shape))
    plan = cm.numeric.plan(filled, inside, "float64")
    weights = {name: np.ones(sizes) for name, sizes in filled.weights().items()}
    dx, dweights = plan.backward(np.ones(inside), np.ones(plan.outputs[0]), weights)
    step = step_of(layer, (cm.Shape(shape),))
    assert step.weight_gradient == dweights["weight"].sum()
    assert step.input_gradient == dx.sum()
    assert step.forward == layer.macs(shape)


def products_of(layer, length, outputs):
    """(output, weight, input) of each product of a grouped layer in one dimension, by definition, with padding.

    A convolution's output o meets tap t at input s·o + t; a transposed one's input o adds its tap t to s·o + t.
    """
    transposed = isinstance(layer, cm.ConvTranspose1d)
    c_in, c_out = layer.in_channels // layer.groups, layer.out_channels // layer.groups
    for group, i, o, place, t in product(
        *map(range, (layer.groups, c_in, c_out, length if transposed else outputs, *layer.kernel_size))
    ):
        far = layer.stride[0] * place + t
        yield (group, o, far if transposed else place), (group, o, i, t), (group, i, place if transposed else far)


@pytest.mark.parametrize("layer", [
    cm.Conv1d(6, 9, 3, stride=2, padding=1, groups=3), cm.ConvTranspose1d(6, 9, 3, stride=2, padding=1, groups=3)
])  # fmt: skip
def test_each_product_adds_one_to_the_gradient_of_either_factor(layer):
    shape = (1, 6, 7)
    to_weights, to_inputs = Counter(), Counter()
    for _, weight, place in products_of(layer, shape[2], layer.output_shape(shape)[2]):
        to_weights[weight] += 1
        to_inputs[place] += 1
    assert len(to_weights) == 6 * 9 // 3 * 3
    step = step_of(layer, (cm.Shape(shape),))
    assert (step.weight_gradient, step.input_gradient) == (to_weights.total(), to_inputs.total())


def test_the_first_layers_need_no_gradient_of_their_input():
    net = cm.Sequential(
        ("pad", cm.ZeroPad2d(1)), ("c1", cm.Conv2d(3, 4, 3)), ("relu", cm.ReLU()), ("c2", cm.Conv2d(4, 5, 1))
    )  # fmt: skip
    steps = net.analyze((1, 3, 6, 5)).training.steps
    assert steps["c1"] == Step(30 * 108, 30 * 108, 0)
    assert steps["c2"] == Step(30 * 20, 30 * 20, 30 * 20)
    assert steps["pad"] == Step()


def test_every_path_from_the_input_has_a_first_layer():
    net = cm.Network()
    x = net.input(shape=(1, 2, 5, 4))
    a = net.add(cm.Conv2d(2, 3, 1), x, name="a")
    b = net.add(cm.Conv2d(2, 3, 1), x, name="b")
    net.add(cm.Conv2d(3, 2, 1), net.add(cm.Add(), a, b, name="sum"), name="c")
    steps = net.analyze().training.steps
    assert [steps[name].input_gradient for name in "abc"] == [0, 0, 120]


def test_a_first_layer_that_is_a_chain_passes_the_gradient_to_its_own_first_part():
    layer = cm.DepthwiseSeparableConv2d(4, 6, 3)
    depthwise, pointwise = 7 * 5 * 9 * 4, 7 * 5 * 4 * 6
    assert step_of(layer, (cm.Shape((1, 4, 9, 7)),), wanted=(False,)) == Step(
        depthwise + pointwise, depthwise + pointwise, pointwise
    )


def test_a_first_layer_that_is_deformed_must_know_how_to_move_its_samples():
    layer = cm.DeformConv2d(4, 6, 3)
    main, branch = 7 * 5 * 9 * 4 * 6, 7 * 5 * 9 * 4 * 18
    assert step_of(layer, (cm.Shape((1, 4, 9, 7)),), wanted=(False,)) == Step(main + branch, main + branch, main)


@pytest.mark.parametrize(("trained", "gradients"), [("", 0), ("a", 1), ("b", 1), ("ab", 2)])
@pytest.mark.parametrize("layer", [cm.MatMul(), cm.Einsum("nij,njk->nik")], ids=str)
def test_a_product_of_two_values_has_a_gradient_for_each_that_is_trained(layer, trained, gradients):
    net = cm.Network()
    values = {"a": net.input("a", (1, 4, 5)), "b": net.input("b", (1, 5, 6))}
    values |= {
        name: net.add(cm.Linear(size, size), values[name]) for name, size in (("a", 5), ("b", 6)) if name in trained
    }
    net.add(layer, values["a"], values["b"], name="product")
    assert net.analyze().training.steps["product"] == Step(4 * 5 * 6, 0, gradients * 4 * 5 * 6)


def test_a_first_recurrent_layer_passes_the_gradient_from_step_to_step():
    """By hand: L·N·D products with G·H·I, and at each layer L·N·D with G·H·H, of which N·D have no state before."""
    layer, (length, batch, width) = cm.LSTM(7, 4, 2, bidirectional=True), (5, 3, 7)
    steps = length * batch * 2
    first, inner, again = steps * 16 * 7, steps * 16 * 8, 2 * steps * 16 * 4
    begun = 2 * batch * 2 * 16 * 4
    shape = cm.Shape((length, batch, width))
    macs = first + inner + again
    assert step_of(layer, (shape,), wanted=(False,)) == Step(macs, macs, inner + again - begun)
    assert step_of(layer, (shape,)) == Step(macs, macs, macs - begun)
    states = cm.Shape((4, batch, 4))
    assert step_of(layer, (shape, states, states)) == Step(macs, macs, macs)


def test_formulas_and_blocks():
    h = cm.symbols("H")
    net = cm.zoo.mobilenet_v2()
    report = net.analyze((1, 3, h, 224))
    numbers = net.analyze()
    assert report.training.total.total.at(H=224) == numbers.training.total.total
    steps = [numbers.training.of(row) for row in numbers.fold(2)]
    assert sum(steps, Step()) == numbers.training.total


def test_arrays():
    net = cm.Sequential(cm.Conv2d(3, 4, 3), cm.Conv2d(4, 5, 1))
    sizes = np.array([6, 9])
    totals = net.analyze((1, 3, sizes, 5)).training.total.total
    assert totals.tolist() == [net.analyze((1, 3, int(i), 5)).training.total.total for i in sizes]


def test_the_step_of_an_unknown_operator_is_unknown():
    net = cm.Network("net")
    x = net.add(cm.Conv1d(2, 4, 3), net.input("x", (1, 2, 8)), name="conv")
    net.add(cm.Unknown("Mystery", ((1, 4, 6),)), x, name="odd")
    training = net.analyze().training
    assert training.steps["conv"] == Step(144, 144, 0)
    assert [str(macs) for macs in training.steps["odd"]] == ["?", "?", "?"]
    assert str(training.total.total) == "at least 288"
