"""What layers and networks keep for their gradients, against what PyTorch's autograd packs while it runs them."""

from __future__ import annotations

import warnings

import pytest

import convmath as cm
from convmath.resources.inference import inference
from convmath.resources.training import training

torch = pytest.importorskip("torch")

from tests.torch import in_torch  # noqa: E402 (they want PyTorch as well)
from tests.torch.test_against_torch import torch_arguments  # noqa: E402 (they want PyTorch as well)

X = (2, 6, 9, 11)


def packed(run):
    """The bytes of all memory that is kept while `run` runs, but for what is stored anyway, which it returns."""
    found = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        found[storage.data_ptr()] = storage  # held on to, so that no later one stands at the same place
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        known = {tensor.untyped_storage().data_ptr() for tensor in run()}
    return sum(storage.nbytes() for place, storage in found.items() if place not in known)


def module_of(layer):
    return getattr(torch.nn, layer.op)(**torch_arguments(layer)).train()


LAYERS = [
    cm.Conv2d(6, 8, 3, 2, 1), cm.Conv2d(6, 6, 3, padding=1, groups=6),
    cm.Conv2d(6, 8, 3, padding=1, padding_mode="reflect"), cm.Conv2d(6, 8, 3, padding=2, padding_mode="circular"),
    cm.Conv2d(6, 8, 3, padding=1, padding_mode="replicate"), cm.ConvTranspose2d(6, 4, 3, 2), cm.Linear(11, 5),
    cm.BatchNorm2d(6), cm.BatchNorm2d(6, affine=False), cm.InstanceNorm2d(6), cm.InstanceNorm2d(6, affine=True),
    cm.GroupNorm(3, 6), cm.LayerNorm((9, 11)), cm.LocalResponseNorm(5), cm.MaxPool2d(2), cm.AvgPool2d(3, 2),
    cm.LPPool2d(3, 2), cm.AdaptiveAvgPool2d(1), cm.AdaptiveAvgPool2d((3, 2)), cm.AdaptiveMaxPool2d((3, 2)),
    cm.Upsample(scale_factor=2), cm.Upsample(scale_factor=2, mode="bicubic"), cm.PixelUnshuffle(1),
    cm.ChannelShuffle(3), cm.PixelShuffle(1), cm.Unfold(3), cm.ZeroPad2d(1), cm.ConstantPad2d(1, 3.0),
    cm.ReflectionPad2d(2), cm.CircularPad2d(1), cm.ReplicationPad2d(1), cm.Flatten(), cm.Identity(), cm.Dropout2d(),
    cm.ReLU(), cm.ReLU6(), cm.LeakyReLU(), cm.PReLU(6), cm.ELU(), cm.CELU(), cm.SELU(), cm.GELU(), cm.Sigmoid(),
    cm.LogSigmoid(), cm.SiLU(), cm.Mish(), cm.Tanh(), cm.Softplus(), cm.Softsign(), cm.Hardsigmoid(), cm.Hardswish(),
    cm.Hardtanh(), cm.Softmax(1), cm.LogSoftmax(1),
]  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_a_layer_keeps_what_autograd_packs(layer):
    """After a layer with a weight, whose output has a gradient, and which keeps its input alone."""
    net = cm.Network()
    x = net.input(shape=X)
    before = net.add(cm.PReLU(1), x, name="before")
    net.add(layer, before, name="layer")
    found = training(net.analyze())
    module = module_of(layer)
    slope = torch.full((1,), 0.25, requires_grad=True)

    def run():
        module(torch.nn.functional.prelu(torch.randn(X), slope))
        return slope, *module.parameters(), *module.buffers()

    assert found.saved == packed(run)


NETWORKS = [
    ("resnet18", (1, 3, 64, 96)), ("resnet50", (1, 3, 64, 32)), ("densenet121", (1, 3, 64, 32)),
    ("unet_padded", (1, 1, 32, 48)), ("vgg11", (1, 3, 32, 64)), ("shufflenet_v2_x1_0", (1, 3, 64, 32)),
    ("mobilenet_v2", (1, 3, 64, 32)), ("efficientnet_b0", (1, 3, 64, 32)), ("squeezenet1_1", (1, 3, 64, 32)),
]  # fmt: skip


def run_training(net, x):
    """Runs the network in training mode; returns what is stored."""
    values, stored = {}, []
    for index, (_, layer, refs, _) in enumerate(net.nodes):
        if layer is None:
            values[index] = (x,)
            continue
        read = [values[ref.node][ref.output] for ref in refs]
        if layer.op in in_torch.JOINS:
            made = in_torch.JOINS[layer.op](layer, read) if layer.op != "Multiply" else read[0] * read[1]
        elif layer.op.startswith("Cropping"):
            made = in_torch.cropped(layer, read)
        else:
            module = module_of(layer)
            stored += [*module.parameters(), *module.buffers()]
            made = module(read[0])
        values[index] = made if isinstance(made, tuple) else (made,)
    return stored


@pytest.mark.parametrize(("name", "shape"), NETWORKS)
def test_a_network_keeps_what_autograd_packs(name, shape):
    net = getattr(cm.zoo, name)()
    assert training(net.analyze(shape)).saved == packed(lambda: run_training(net, torch.randn(shape)))


class Chain(torch.nn.Module):
    """A weight, so that what follows reads what has a gradient and keeps its input alone; then a module."""

    def __init__(self, module):
        super().__init__()
        self.slope, self.module = torch.nn.PReLU(1), module.train()

    def forward(self, *inputs):
        found = self.module(*map(self.slope, inputs))
        return found[0] if isinstance(found, tuple) else found


def saved(module, *shapes):
    """(what is kept of a module by our account, by autograd's), with PReLU's inputs in both."""
    inputs = [torch.randn(shape) for shape in shapes]
    with warnings.catch_warnings(action="ignore"), torch.backends.mkldnn.flags(enabled=False):  # oneDNN's LSTM
        run = packed(lambda: (module(*inputs), [*module.parameters(), *module.buffers()])[1])
    return training(cm.from_torch(module, *shapes).analyze()).saved, run


SEQUENCES = [
    {"kind": kind, **more}
    for kind in ("LSTM", "GRU", "RNN")
    for more in (
        {}, {"batch_first": True}, {"bias": False}, {"num_layers": 3}, {"bidirectional": True, "num_layers": 2},
        {"bidirectional": True, "batch_first": True},
        {"num_layers": 2, "dropout": 0.5},
    )
] + [{"kind": "LSTM", "proj_size": 3, "num_layers": 2}, {"kind": "RNN", "nonlinearity": "relu"}]  # fmt: skip


@pytest.mark.parametrize("words", SEQUENCES, ids=str)
def test_a_recurrent_layer_keeps_what_its_steps_pack(words):
    shape = (6, 8) if "bias" in words else (7, 2, 8)
    kind, *_ = words.values()
    module = getattr(torch.nn, kind)(8, 5, **dict(list(words.items())[1:]))
    ours, run = saved(Chain(module), shape)
    assert ours == run
    for array in module.parameters():
        array.requires_grad_(False)
    ours, run = saved(Chain(module), shape)
    assert ours == run


class Begun(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.layer = getattr(torch.nn, kind)(8, 5)

    def forward(self, x, *states):
        return self.layer(x, states if len(states) > 1 else states[0])[0]


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_a_state_that_is_given_is_kept_once(kind):
    ours, run = saved(Chain(Begun(kind)), (7, 2, 8), *[(1, 2, 5)] * (1 + (kind == "LSTM")))
    assert ours == run


class Attention(torch.nn.Module):
    def __init__(self, **words):
        super().__init__()
        self.words = words

    def forward(self, *inputs):
        return torch.nn.functional.scaled_dot_product_attention(*inputs, **self.words)


LONG, FIVE = ((2, 4, 7, 16),) * 2 + ((2, 4, 7, 8),), ((2, 3, 4, 7, 16),) * 3


class Columns(torch.nn.Module):
    """Queries, keys and values whose rows lie far apart, parted from one array."""

    def forward(self, x):
        return torch.nn.functional.scaled_dot_product_attention(*x.transpose(-1, -2).chunk(3, -1))


HEADS = ((2, 4, 9, 16), (2, 4, 7, 16), (2, 4, 7, 16))


@pytest.mark.parametrize(
    ("module", "shapes"),
    [
        (Attention(), HEADS), (Attention(is_causal=True), HEADS), (Attention(), [shape[1:] for shape in HEADS]),
        (Attention(), (*HEADS, (2, 4, 9, 7))), (Attention(scale=0.1), HEADS), (Attention(), LONG), (Attention(), FIVE),
        (Columns(), ((2, 4, 24, 7),)),
    ],
    ids=["fused", "causal", "no heads", "mask with a gradient", "scale", "other values", "five axes", "columns"],
)  # fmt: skip
def test_attention_keeps_what_autograd_packs(module, shapes):
    ours, run = saved(Chain(module), *shapes)
    assert ours == run


@pytest.mark.parametrize("module", [torch.nn.RMSNorm((11,)), torch.nn.RMSNorm((9, 11), elementwise_affine=False)])
def test_root_mean_squares_keep_what_autograd_packs(module):
    ours, run = saved(Chain(module), X)
    assert ours == run


def body(dropout):
    """A network with dropout, or with nothing in its place."""
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), *([nn.Dropout2d(0.2)] if dropout else []), nn.Conv2d(8, 8, 3), nn.Flatten(),
        *([nn.Dropout()] if dropout else []), nn.Linear(8 * 35, 5), *([nn.Dropout(0.1)] if dropout else []),
    )  # fmt: skip


def test_dropout_costs_a_mask_in_training_and_nothing_else():
    with_it, without = (cm.from_torch(body(dropout), (2, 3, 9, 11)).analyze() for dropout in (True, False))
    written = sum(row.outputs[0].elements for row in with_it.rows if row.op.startswith("Dropout"))
    assert with_it.totals == without.totals._replace(activations=without.totals.activations + written)
    assert inference(with_it)[1:5] == inference(without)[1:5]
    assert inference(with_it).peak == inference(without).peak
    mask, channels, last = 4 * 2 * 8 * 35, 4 * 2 * 8, 4 * 2 * 5
    # The second convolution reads what the dropout of channels makes, the linear layer what the other one does.
    made = 4 * 2 * 8 * (7 * 9 + 5 * 7)
    assert training(with_it).saved == training(without).saved + mask + channels + last + made - 4 * 2 * 8 * 35
    assert {row.op for row in with_it.rows} - {row.op for row in without.rows} == {"Dropout", "Dropout2d"}
    idle = cm.from_torch(torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.0), torch.nn.ReLU()), (2, 3))
    assert training(idle.analyze()).saved == 4 * (2 * 3 + 2 * 4)


class Tuned(torch.nn.Module):
    """A backbone, and a head with a linear layer in between of which the bias alone may be trained."""

    def __init__(self):
        super().__init__()
        nn = torch.nn
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Sigmoid())
        self.mid, self.head = nn.Linear(7, 6), nn.Linear(6, 2)

    def forward(self, x):
        return self.head(torch.tanh(self.mid(self.body(x))))


@pytest.mark.parametrize(
    "frozen", [(), ("body",), ("body", "mid.weight"), ("body", "head"), ("mid", "head.bias"), ("body", "mid", "head")]
)
def test_frozen_weights_keep_less(frozen):
    module = Tuned().train()
    for name, array in module.named_parameters():
        array.requires_grad_(not name.startswith(frozen or ("none",)))
    net = cm.from_torch(module, (2, 3, 9, 11))
    found = training(net.analyze())
    run = packed(lambda: (module(torch.randn(2, 3, 9, 11)), [*module.parameters(), *module.buffers()])[1])
    assert found.saved == run
    trained = sum(array.numel() for array in module.parameters() if array.requires_grad)
    assert (found.trained, found.gradients, found.optimizer) == (trained, 4 * trained, 8 * trained)
    assert cm.loads(cm.dumps(net)).analyze().totals == net.analyze().totals
    assert training(cm.loads(cm.dumps(net)).analyze())[:9] == found[:9]


class Fixed(torch.nn.Module):
    """A filter that is a buffer, before or behind what is trained."""

    def __init__(self, first):
        super().__init__()
        self.first = first
        self.register_buffer("taps", torch.ones(3, 1, 3, 3))
        self.conv = torch.nn.Conv2d(3, 3 if not first else 8, 3, bias=False)

    def blurred(self, x):
        return torch.nn.functional.conv2d(x, self.taps, padding=1, groups=3)

    def forward(self, x):
        return self.conv(self.blurred(x)) if self.first else self.blurred(self.conv(x))


@pytest.mark.parametrize("first", [True, False])
def test_filters_that_are_buffers_are_not_trained(first):
    from torch.utils.flop_counter import FlopCounterMode

    module, x = Fixed(first), torch.randn(1, 3, 16, 14)
    report = cm.from_torch(module, (1, 3, 16, 14)).analyze()
    run = packed(lambda: (module(x), [*module.parameters(), *module.buffers()])[1])
    assert training(report).saved == run
    with FlopCounterMode(display=False) as counter:
        module(x).sum().backward()
    assert 2 * report.training.total.total == counter.get_total_flops()
    assert report.totals.params == sum(array.numel() for array in module.parameters())


@pytest.mark.parametrize(
    "made",
    [
        lambda conv, x, fixed: conv(x) / fixed, lambda conv, x, fixed: fixed / conv(x),
        lambda conv, x, fixed: conv(x) / conv(x + 1), lambda conv, x, fixed: conv(x).var(dim=(2, 3)),
    ],
)  # fmt: skip
def test_quotients_and_variances_keep_what_they_read(made):
    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 2, 3)
            self.register_buffer("fixed", torch.rand(1, 2, 7, 6) + 1)

        def forward(self, x):
            return made(self.conv, x, self.fixed)

    module, x = Module(), torch.randn(2, 3, 9, 8)
    run = packed(lambda: (module(x), [*module.parameters(), *module.buffers()])[1])
    assert training(cm.from_torch(module, (2, 3, 9, 8)).analyze()).saved == run


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (cm.CumSum(2), lambda x: x.cumsum(2)),
        (cm.TopK(3, 2), lambda x: x.topk(3, 2)),
        (cm.GridSample(), lambda x, grid: torch.nn.functional.grid_sample(x, grid, align_corners=False)),
    ],
    ids=["CumSum", "TopK", "GridSample"],
)
def test_sums_ranks_and_samples_keep_what_autograd_packs(layer, function):
    """Nothing; the places; what is sampled and where, of which the grid is the network's own input."""
    net, grid = cm.Network(), (X[0], 4, 5, 2)
    before = net.add(cm.PReLU(1), net.input("x", shape=X), name="before")
    beside = [net.input("grid", shape=grid)] if layer.arity == (2, 2) else []
    net.add(layer, before, *beside, name="layer")
    slope = torch.full((1,), 0.25, requires_grad=True)

    def run():
        function(torch.nn.functional.prelu(torch.randn(X), slope), *(torch.zeros(grid) for _ in beside))
        return (slope,)

    assert training(net.analyze()).saved == packed(run)
