"""Where values lie in memory, against the strides of what PyTorch makes; and what is kept because of it."""

from __future__ import annotations

import pytest

import convmath as cm
from convmath.resources.flow import Value, flow
from convmath.resources.layout import layouts

torch = pytest.importorskip("torch")

from tests.torch.test_saved import Chain, saved  # noqa: E402 (it wants PyTorch as well)

nn, functional = torch.nn, torch.nn.functional

ORDERS = {"channels last": (0, 3, 1, 2), "turned": (0, 3, 2, 1), "as it is": (0, 1, 2, 3)}


def heads_side_by_side(x):
    return functional.scaled_dot_product_attention(*[x.transpose(1, 2)] * 3)


OPERATORS = {
    "relu": functional.relu, "softmax": lambda x: x.softmax(1), "convolution": nn.Conv2d(6, 8, 3),
    "depthwise": nn.Conv2d(6, 6, 3, groups=6), "transposed": nn.ConvTranspose2d(6, 4, 3, 2),
    "batch norm": nn.BatchNorm2d(6), "group norm": nn.GroupNorm(3, 6), "layer norm": nn.LayerNorm((9, 11)),
    "max": nn.MaxPool2d(2), "average": nn.AvgPool2d(2), "bins": nn.AdaptiveAvgPool2d(3),
    "largest of bins": nn.AdaptiveMaxPool2d(3), "resized": nn.Upsample(scale_factor=2), "padded": nn.ZeroPad2d(1),
    "mirrored": nn.ReflectionPad2d(1), "wrapped": nn.CircularPad2d(1), "mean": lambda x: x.mean((2, 3), keepdim=True),
    "variance": lambda x: x.var(1, keepdim=True), "sum with rows": lambda x: torch.ones(2, 6, 9, 11) + x,
    "sum": lambda x: x + torch.ones(2, 6, 9, 11), "scaled": lambda x: torch.ones(6, 1, 1) * x,
    "joined": lambda x: torch.cat([x, x], 1),
    "joined with rows": lambda x: torch.cat([x, torch.ones(2, 6, 9, 11)], 1),
    "rolled": lambda x: x.roll((1, 2), (2, 3)), "reversed": lambda x: x.flip(1),
    "copies": lambda x: x.repeat(1, 2, 1, 1),
    "shuffled": lambda x: functional.channel_shuffle(x, 3), "linear": nn.Linear(11, 5),
    "gated": lambda x: functional.glu(x, 1),
    "product": lambda x: x @ torch.ones(2, 6, 11, 4), "slopes": nn.PReLU(6), "root mean square": nn.RMSNorm((11,)),
    "by letters": lambda x: torch.einsum("bchw,cd->bdhw", x, torch.ones(6, 4)), "cut": lambda x: x[:, 1:, ::2],
    "attention": lambda x: heads_side_by_side(torch.ones(2, 9, 6, 11) + x.transpose(1, 2)),
    "part": lambda x: x.chunk(2, 1)[1],
    "cut and scaled": lambda x: x[:, 1:4].exp(), "flat": lambda x: x.flatten(2),
    "repeated": lambda x: x[:, :1].expand(-1, 4, -1, -1),
}  # fmt: skip


class Turned(nn.Module):
    """All operators, reading what lies in another order of axes."""

    def __init__(self, order):
        super().__init__()
        self.order, self.layers = order, nn.ModuleList(one for one in OPERATORS.values() if isinstance(one, nn.Module))

    def forward(self, x):
        return tuple(operator(x.permute(self.order)) for operator in OPERATORS.values())


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_what_operators_make_lies_as_pytorch_lays_it(order):
    shape = tuple((2, 6, 9, 11)[order.index(axis)] for axis in range(4))
    module = Turned(order)
    with torch.no_grad():
        wanted = module(torch.randn(shape))
    graph = flow(cm.from_torch(module, shape).analyze())
    found = layouts(graph).by_value
    for name, value, made in zip(OPERATORS, graph.outputs, wanted, strict=True):
        assert found[value].sizes == tuple(made.shape), name
        longer = [axis for axis, size in enumerate(made.shape) if size > 1]
        assert [found[value].strides[axis] for axis in longer] == [made.stride()[axis] for axis in longer], name


def test_symbols_lie_as_numbers_do():
    def last(shape):
        net = cm.Sequential(cm.Permute((0, 2, 3, 1)), cm.Flatten(1, 2), cm.ReLU(), cm.Flatten(1))
        found = layouts(flow(net.analyze(shape))).by_value
        return [str(found[Value(name)].root) for name in "0123"]

    assert last((2, 8, 5, 7)) == last(cm.Shape((2, 8, *cm.symbols("H W")))) == ["input", "input", "2", "3"]


class Lambdas(nn.Module):
    """Products of what must be repeated, and of what lies otherwise (as in LambdaNetworks: Bello, 2021)."""

    def forward(self, q, k, v, near):
        context = k.softmax(-1) @ v.transpose(-1, -2)
        q = q.transpose(-1, -2)
        return q @ context.unsqueeze(1) + (q.unsqueeze(-2) @ near.transpose(2, 3)).squeeze(-2)


class Windows(nn.Module):
    """Attention within windows of 2 x 3, heads parted from channels (as in Swin: Liu et al., 2021)."""

    def __init__(self):
        super().__init__()
        self.parts, self.join = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x):
        x = x.view(2, 2, 2, 2, 3, 8).permute(0, 1, 3, 2, 4, 5).reshape(-1, 6, 8)
        q, k, v = self.parts(x).reshape(-1, 6, 3, 2, 4).permute(2, 0, 3, 1, 4)
        weights = ((q * 0.5) @ k.transpose(-2, -1)).softmax(-1)
        return self.join((weights @ v).transpose(1, 2).reshape(-1, 6, 8))


class Heads(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.layer = nn.MultiheadAttention(8, 2, batch_first=batch_first)

    def forward(self, x):
        return self.layer(x, x, x, need_weights=False)[0]


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.forward = function


KEPT = {
    "lambdas": (Lambdas(), (2, 3, 4, 10), (2, 4, 10), (2, 5, 10), (2, 1, 4, 10, 5)),
    "windows": (Windows(), (2, 4, 6, 8)),
    "heads": (Heads(True), (2, 7, 8)),
    "heads of a sequence": (Heads(False), (7, 2, 8)),
    "relative positions": (Function(lambda q, p: torch.einsum("byhwc,hkc->byhwk", q, p)), (2, 3, 4, 5, 6), (4, 7, 6)),
    "an outer product": (Function(lambda x, y: torch.einsum("bi,bj->bij", x, y)), (2, 3), (2, 4)),
    "a turned matrix": (Function(lambda x, y: x @ y.transpose(-1, -2)), (4, 3), (2, 5, 3)),
    "rows of a turned array": (nn.Sequential(nn.Conv1d(3, 4, 1), Function(lambda x: x.mT), nn.Linear(4, 2)), (2, 3, 5)),
}  # fmt: skip


@pytest.mark.parametrize(("module", "shapes"), [(module, shapes) for module, *shapes in KEPT.values()], ids=KEPT)
def test_what_must_be_copied_is_kept_as_a_copy(module, shapes):
    ours, run = saved(Chain(module), *shapes)
    assert ours == run


@pytest.mark.parametrize("kind", ["ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "Hardtanh", "SiLU", "Hardswish"])
def test_in_place_the_result_is_kept_where_it_tells_the_slope(kind):
    for inplace in (True, False):
        function = getattr(nn, kind)(inplace=inplace)
        ours, run = saved(Chain(nn.Sequential(nn.Conv2d(6, 4, 3), function, nn.Conv2d(4, 2, 1))), (2, 6, 9, 11))
        assert ours == run


@pytest.mark.parametrize("layer", [nn.Dropout(0.3), nn.Dropout(0.3, inplace=True), nn.Dropout2d(0.3, inplace=True)])
def test_dropout_keeps_a_mask_in_the_dtype_of_what_it_reads(layer):
    ours, run = saved(Chain(nn.Sequential(nn.Conv2d(6, 4, 3), layer, nn.Conv2d(4, 2, 1))), (2, 6, 9, 11))
    assert ours == run
