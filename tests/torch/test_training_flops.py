"""The MACs of a training step beside PyTorch's FlopCounterMode, whose faults are named where they show."""

from itertools import product

import pytest

import convmath as cm
from convmath.report.training import step_of

torch = pytest.importorskip("torch")

from tests.torch.test_against_torch import torch_arguments  # noqa: E402 (they want PyTorch as well)

LAYERS = [
    (cm.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0)), (2, 4, 9, 7)),
    (cm.Conv1d(3, 5, 3, dilation=2, bias=False), (1, 3, 9)),
    (cm.Conv3d(2, 4, (1, 2, 3)), (1, 2, 3, 4, 5)),
    (cm.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1), (2, 4, 5, 3)),
    (cm.ConvTranspose1d(3, 5, 4, stride=3), (1, 3, 7)),
    (cm.Linear(7, 5), (3, 7)),
]

GROUPED = [
    (cm.Conv2d(8, 12, 3, padding=1, groups=4), (1, 8, 9, 7)),
    (cm.Conv2d(6, 6, 3, padding=1, groups=6), (1, 6, 5, 4)),
    (cm.ConvTranspose2d(6, 9, 3, stride=2, groups=3), (1, 6, 5, 4)),
]


def flops(layer, shape, to_input, to_weights):
    """What FlopCounterMode counts of a forward pass and the asked gradients."""
    from torch.utils.flop_counter import FlopCounterMode

    module = getattr(torch.nn, layer.op)(**torch_arguments(layer))
    module.requires_grad_(to_weights)
    x = torch.ones(shape, requires_grad=to_input)
    with FlopCounterMode(display=False) as counter:
        module(x).sum().backward()
    return counter.get_total_flops()


@pytest.mark.parametrize(("layer", "shape"), [*LAYERS, *GROUPED], ids=str)
def test_the_gradient_of_the_input(layer, shape):
    step = step_of(layer, (cm.Shape(shape),))
    assert flops(layer, shape, to_input=True, to_weights=False) == 2 * (step.forward + step.input_gradient)


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_a_whole_step(layer, shape):
    step = step_of(layer, (cm.Shape(shape),))
    assert flops(layer, shape, to_input=True, to_weights=True) == 2 * step.total


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=str)
def test_a_step_of_a_first_layer(layer, shape):
    step = step_of(layer, (cm.Shape(shape),), wanted=(False,))
    assert step.input_gradient == 0
    assert flops(layer, shape, to_input=False, to_weights=True) == 2 * step.total


@pytest.mark.parametrize(("layer", "shape"), GROUPED, ids=str)
def test_its_gradient_of_grouped_weights_is_not_divided_by_the_groups(layer, shape):
    """FlopCounterMode of PyTorch 2.13.0 counts the products of all channels, not of each group's own."""
    step = step_of(layer, (cm.Shape(shape),))
    told = flops(layer, shape, to_input=False, to_weights=True) // 2 - step.forward
    assert told in {step.weight_gradient, layer.groups * step.weight_gradient}
    if torch.__version__.startswith("2.13."):
        assert told == layer.groups * step.weight_gradient


@pytest.mark.parametrize("wanted", list(product((False, True), repeat=3))[1:], ids=str)
def test_attention_of_what_is_trained_in_part(wanted):
    from torch.utils.flop_counter import FlopCounterMode

    shapes = (2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 7)
    q, k, v = (torch.ones(shape, requires_grad=one) for shape, one in zip(shapes, wanted, strict=True))
    y = torch.softmax(q @ k.mT, -1) @ v
    with FlopCounterMode(display=False) as counter:
        y.sum().backward()
    step = step_of(cm.ScaledDotProductAttention(), tuple(map(cm.Shape, shapes)), wanted)
    assert counter.get_total_flops() == 2 * step.input_gradient


@pytest.mark.parametrize("to_input", [False, True])
def test_a_recurrent_layer_step_by_step(to_input):
    """The cells are written out, as the operator of all steps is none that FlopCounterMode knows."""
    from torch.utils.flop_counter import FlopCounterMode

    layer, (length, batch, width) = cm.RNN(7, 4, 2), (5, 3, 7)
    values = list(torch.ones(length, batch, width, requires_grad=to_input))
    for reads in (7, 4):
        own, again = torch.nn.Linear(reads, 4), torch.nn.Linear(4, 4)
        state, made = torch.zeros(batch, 4), []
        for x in values:
            state = torch.tanh(own(x) + again(state))
            made.append(state)
        values = made
    with FlopCounterMode(display=False) as counter:
        torch.stack(values).sum().backward()
    step = step_of(layer, (cm.Shape((length, batch, width)),), (to_input,))
    assert counter.get_total_flops() == 2 * (step.weight_gradient + step.input_gradient)


def test_a_network():
    """Two layers by hand: 3 times the forward pass, less the first layer's gradient of its input."""
    net = cm.Sequential(cm.Conv2d(3, 8, 3, padding=1), cm.ReLU(), cm.Conv2d(8, 4, 3))
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(8, 4, 3))
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        module(torch.ones(2, 3, 9, 7)).sum().backward()
    assert counter.get_total_flops() == 2 * net.analyze((2, 3, 9, 7)).training.total.total
