"""Whole networks against PyTorch's autograd: their gradients to rounding, and exactly which inputs have one."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from tests.symbolic.networks import grow

torch = pytest.importorskip("torch")

from tests.torch import in_torch  # noqa: E402

NETWORKS = 60


def tracked(net, shape, generator, positive=False):
    """An input and weights: normal numbers of a size that keeps what is added up near 1, or all of them positive."""
    draw = generator.uniform if positive else generator.normal
    x = draw(*((0.5, 1.5) if positive else (0, 1)), shape)
    weights = {}
    for row in net.analyze(shape).rows:
        for own, sizes in {**row.layer.weights(), **row.layer.buffers()}.items():
            scale = 1 if positive or len(sizes) == 1 else np.sqrt(2 / np.prod(sizes[1:]))
            array = draw(*((0.5, 1.5) if positive else (0, 1)), sizes) * scale
            weights[f"{row.name}.{own}"] = abs(array) + 0.5 if own == "running_var" else array
    return x, weights


def by_autograd(net, x, weights, dy_of):
    """The gradients of the input and the weights."""
    (name,) = net.input_shapes
    given = {own: torch.from_numpy(array).requires_grad_("running" not in own) for own, array in weights.items()}
    start = torch.from_numpy(x).requires_grad_()
    y = in_torch.run(net, {name: start}, given)
    y.backward(torch.from_numpy(dy_of(tuple(y.shape))))
    return start.grad.numpy(), {own: tensor.grad for own, tensor in given.items() if tensor.requires_grad}


def small_networks():
    """Random networks that PyTorch has every layer of, each with a shape that it takes."""
    found, seed = [], 0
    while len(found) < NETWORKS:
        seed += 1
        dice = Random(f"in torch {seed}")
        net, channels, rank = grow(dice)
        shape = (2, channels, *(dice.randint(9, 19) for _ in range(rank)))
        if in_torch.runs(net) and len(net) >= 3 and len(net.outputs) == 1:
            try:
                if net.analyze(shape).rows[-1].outputs[0].elements:
                    found.append((net, shape))
            except cm.ShapeError:
                pass
    return found


SMALL = small_networks()

LARGE = [("resnet18", (1, 3, 70, 64)), ("unet_padded", (1, 1, 48, 64)), ("googlenet_like", (2, 3, 12, 15))]


def built(name):
    if name != "googlenet_like":
        return getattr(cm.zoo, name)()
    net = cm.Network(name)
    x = net.input()
    stem = net.add(cm.PReLU(6), net.add(cm.GroupNorm(2, 6), net.add(cm.Conv2d(3, 6, 3, padding=1, groups=3), x)))
    paths = [net.add(cm.Conv2d(6, 4, k, padding=k // 2), stem) for k in (1, 3, 5)]
    pooled = net.add(cm.Conv2d(6, 4, 1), net.add(cm.AvgPool2d(3, 1, 1), stem))
    joined = net.add(cm.SiLU(), net.add(cm.Concat(), *paths, pooled))
    gate = net.add(cm.Sigmoid(), net.add(cm.Conv2d(16, 16, 1), net.add(cm.GlobalAvgPool(), joined)))
    gated = net.add(cm.Multiply(), joined, gate)
    small = net.add(cm.LPPool2d(2, 2), net.add(cm.Hardswish(), gated))
    large = net.add(cm.Upsample(size=(12, 15), mode="bicubic"), net.add(cm.ConvTranspose2d(16, 16, 3, 2, 1), small))
    left, right = net.add(cm.Chunk(2), net.add(cm.Subtract(), large, gated))
    net.add(cm.Softmax(1), net.add(cm.LayerNorm((12, 15)), net.add(cm.Add(), left, right)))
    return net


def compare(net, shape, seed):
    x, weights = tracked(net, shape, np.random.default_rng(seed))
    dy_of = lambda y: np.random.default_rng(seed + 1).standard_normal(y)  # noqa: E731
    dx, dweights = numeric.gradients(net, x, dy_of(net.analyze(shape).rows[-1].outputs[0]), weights)
    expected, others = by_autograd(net, x, weights, dy_of)
    for made, theirs in [(dx, expected), *((array, others[name].numpy()) for name, array in dweights.items())]:
        assert made.shape == theirs.shape
        assert abs(made - theirs).max() <= 1e-10 * abs(theirs).max() + 1e-13  # a shift that a norm takes away has none
    assert dweights.keys() == others.keys()


@pytest.mark.parametrize(("name", "shape"), LARGE)
def test_gradients_of_networks(name, shape):
    compare(built(name), shape, 3)


@pytest.mark.parametrize("number", range(NETWORKS))
def test_gradients_of_random_networks(number):
    compare(*SMALL[number], number)


@pytest.mark.parametrize("number", range(NETWORKS))
def test_what_is_reached_has_a_gradient(number):
    """With positive weights on positive inputs nothing cancels; means stand for maxima, which hide what is smaller."""
    net, shape = SMALL[number]
    soft = cm.Network()
    tensors = {}
    for index, (name, layer, refs, _) in enumerate(net.nodes):
        if layer is None:
            tensors[index] = soft.input(name)
            continue
        if layer.op.startswith("MaxPool"):
            given = {field: getattr(layer, field) for field in ("kernel_size", "stride", "ceil_mode")}
            pads = tuple((side.low, side.high) for side in layer.padding)
            layer = getattr(cm, layer.op.replace("Max", "Avg"))(padding=pads, **given)  # noqa: PLW2901
        tensors[index] = soft.add(layer, *(tensors[ref.node][ref.output] for ref in refs), name=name)
    x, weights = tracked(soft, shape, np.random.default_rng(number), positive=True)
    y = soft.analyze(shape).rows[-1].outputs[0]
    at = tuple(Random(number).randrange(size) for size in y.spatial)
    dy = np.zeros(y)
    dy[(0, slice(None), *at)] = 1
    dx, _ = by_autograd(soft, x, weights, lambda _: dy)
    assert np.array_equal(dx[0] != 0, numeric.reached(net, shape, at))
    assert not dx[1].any()
