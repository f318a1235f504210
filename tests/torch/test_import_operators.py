"""Operators that several layers make up, or that PyTorch states by others: parameters, MACs and values of a run."""

import numpy as np
import pytest

import convmath as cm

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional
flop_counter = pytest.importorskip("torch.utils.flop_counter")

X = (2, 3, 8, 9)


class Of(nn.Module):
    def __init__(self, forward, part):
        super().__init__()
        self.run, self.part = forward, part

    def forward(self, *inputs):
        return self.run(self.part, *inputs)


def imported(forward, *shapes, part=None):
    """(the module, tensors, the network), after what can be counted has been compared."""
    module, inputs = Of(forward, part).eval(), [torch.randn(shape) * 3 for shape in shapes]
    net = cm.from_torch(module, *shapes)
    report = net.analyze()
    assert not report.unknown
    assert report.totals.params == sum(array.numel() for array in module.parameters())
    with flop_counter.FlopCounterMode(display=False) as counter, torch.no_grad():
        made = module(*inputs)
    return report, counter.get_total_flops() // 2, inputs, made, net


@pytest.mark.parametrize(
    "forward",
    [
        lambda _, x: torch.remainder(x, 2.5), lambda _, x: torch.remainder(x, -1.5), lambda _, x: torch.fmod(x, 2.5),
        lambda _, x: x % (x.square() + 1), lambda _, x: torch.fmod(x, x.square() + 1), lambda _, x: torch.trunc(x),
        lambda _, x: torch.frac(x), lambda _, x: torch.log1p(x.abs()), lambda _, x: torch.expm1(x),
        lambda _, x: torch.exp2(x), lambda _, x: torch.log2(x.abs()), lambda _, x: torch.rot90(x, 1, (2, 3)),
        lambda _, x: torch.rot90(x, 2, (2, 3)), lambda _, x: torch.rot90(x, -1, (2, 3)), lambda _, x: x.mT,
        lambda _, x: x.adjoint(), lambda _, x: torch.roll(x, 3), lambda _, x: torch.logsumexp(x, 1),
        lambda _, x: torch.std_mean(x, 1, correction=0)[1], lambda _, x: torch.hstack([x, -x]),
        lambda _, x: torch.tile(x, (1, 2)), lambda _, x: x.argmin(1).to(x.dtype), lambda _, x: torch.kron(x, x),
        lambda _, x: (x > 0).to(x.dtype).amax(1), lambda _, x: F.pairwise_distance(x, -x),
        lambda _, x: torch.linalg.norm(x, dim=(2, 3)),
    ],
)  # fmt: skip
def test_values_are_those_of_a_run(forward):
    report, macs, (x,), made, net = imported(forward, X)
    assert report.totals.macs in {0, macs}
    ours = cm.numeric.run(net, x.numpy())
    np.testing.assert_allclose(ours, made.numpy(), rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize(
    ("forward", "shapes", "part"),
    [
        (lambda cell, x, h, c: cell(x, (h, c))[0], ((2, 8), (2, 5), (2, 5)), nn.LSTMCell(8, 5)),
        (lambda cell, x: cell(x)[1], ((2, 8),), nn.LSTMCell(8, 5, bias=False)),
        (lambda cell, x, h: cell(x, h), ((2, 8), (2, 5)), nn.GRUCell(8, 5)),
        (lambda cell, x, h: cell(x, h), ((2, 8), (2, 5)), nn.RNNCell(8, 5, nonlinearity="relu")),
        (lambda _, x, y, z: torch.einsum("bij,bjk,bkl->bil", x, y, z), ((2, 3, 4), (2, 4, 5), (2, 5, 6)), None),
        (lambda conv, x: conv(x), ((3, 8, 9),), nn.Conv2d(3, 4, 3, 2, 1)),
        (lambda conv, x: conv(x), ((3, 8),), nn.ConvTranspose1d(3, 4, 3, 2)),
        (lambda _, x: F.avg_pool2d(F.max_pool2d(x, 2), 2), ((3, 8, 9),), None),
        (lambda _, x: F.adaptive_avg_pool2d(x, 2), ((3, 8, 9),), None),
        (lambda _, x: torch.linalg.multi_dot([x, x.T, x]), ((5, 3),), None),
        (lambda _, x: torch.tensordot(x, x, ([1], [1])), ((5, 3),), None),
        (lambda _, x: torch.triu(x, 1) + torch.tril(x), (X,), None),
    ],
)
def test_shapes_and_macs_are_those_of_a_run(forward, shapes, part):
    report, macs, _, made, _ = imported(forward, *shapes, part=part)
    assert report.totals.macs == macs
    assert report.rows[-1].outputs[0] == tuple(made.shape)


def test_a_bilinear_layer_is_two_products():
    """x·W_o·y of 2·7 pairs: 8·3·5 and 3·5 products each, beside 3·8·5 + 3 parameters."""
    report, *_ = imported(lambda part, x, y: part(x, y), (2, 7, 8), (2, 7, 5), part=nn.Bilinear(8, 5, 3))
    assert (report.totals.macs, report.totals.params) == (2 * 7 * (8 * 3 * 5 + 3 * 5), 3 * 8 * 5 + 3)
