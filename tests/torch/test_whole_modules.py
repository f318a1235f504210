"""Modules as people write them: parameters, MACs, shapes, the state and what is kept, against PyTorch."""

import pytest

import convmath as cm
from convmath.resources.training import training

torch = pytest.importorskip("torch")
flop_counter = pytest.importorskip("torch.utils.flop_counter")
nn, F = torch.nn, torch.nn.functional

from tests.torch.test_saved import packed  # noqa: E402 (it wants PyTorch as well)


class ConvLSTM(nn.Module):
    """Shi et al. (2015), two cells over three frames."""

    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList([nn.Conv2d(3 + 8, 4 * 8, 3, padding=1), nn.Conv2d(8 + 6, 4 * 6, 5, padding=2)])
        self.head = nn.Conv2d(6, 1, 1)

    def forward(self, x):
        n, times, _, *size = x.shape
        states = [(x.new_zeros(n, width, *size), x.new_zeros(n, width, *size)) for width in (8, 6)]
        made = []
        for time in range(times):
            y = x[:, time]
            for place, cell in enumerate(self.cells):
                h, c = states[place]
                i, f, o, g = torch.chunk(cell(torch.cat([y, h], 1)), 4, 1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                y = torch.sigmoid(o) * torch.tanh(c)
                states[place] = (y, c)
            made.append(self.head(y))
        return torch.stack(made, 1)


class Block(nn.Module):
    """ConvNeXt V2, Woo et al. (2023): global response normalisation between the two linear layers."""

    def __init__(self, width):
        super().__init__()
        self.dwconv, self.norm = nn.Conv2d(width, width, 7, padding=3, groups=width), nn.LayerNorm(width)
        self.pw1, self.pw2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.gamma, self.beta = (nn.Parameter(torch.zeros(1, 1, 1, 4 * width)) for _ in range(2))

    def forward(self, x):
        y = F.gelu(self.pw1(self.norm(self.dwconv(x).permute(0, 2, 3, 1))))
        size = torch.norm(y, p=2, dim=(1, 2), keepdim=True)
        y = self.gamma * (y * (size / (size.mean(dim=-1, keepdim=True) + 1e-6))) + self.beta + y
        return x + self.pw2(y).permute(0, 3, 1, 2)


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = nn.Sequential(
            nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 12, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
            nn.Flatten(), nn.Linear(12, 6),
        )  # fmt: skip
        self.alike = nn.Linear(6, 1)

    def forward(self, left, right):
        return torch.sigmoid(self.alike(torch.abs(self.seen(left) - self.seen(right))))


class Recogniser(nn.Module):
    """CRNN, Shi et al. (2015): convolutions, a recurrent layer over columns, a score for each letter."""

    def __init__(self):
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv2d(1, 8, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 12, 3, 1, 1), nn.BatchNorm2d(12),
            nn.ReLU(), nn.MaxPool2d((2, 1), (2, 1)), nn.Conv2d(12, 16, (8, 2)), nn.ReLU(),
        )  # fmt: skip
        self.rnn, self.fc = nn.GRU(16, 9, 2, bidirectional=True), nn.Linear(18, 11)

    def forward(self, x):
        y, _ = self.rnn(self.cnn(x).squeeze(2).permute(2, 0, 1).contiguous())
        return F.log_softmax(self.fc(y), 2)


MODULES = [
    (ConvLSTM(), [(2, 3, 3, 10, 12)], False),
    (nn.Sequential(nn.Conv2d(3, 12, 4, 4), Block(12), Block(12), nn.BatchNorm2d(12)), [(2, 3, 32, 40)], True),
    (Siamese(), [(2, 1, 20, 24)] * 2, False),
    (Recogniser(), [(2, 1, 32, 40)], True),
]


@pytest.mark.parametrize(("module", "shapes", "written"), MODULES, ids=lambda one: type(one).__name__)
def test_every_number_is_that_of_pytorch(module, shapes, written):
    inputs = [torch.randn(shape) for shape in shapes]
    net = cm.from_torch(module, *shapes)
    report = net.analyze()
    with flop_counter.FlopCounterMode(display=False) as counter, torch.no_grad():
        made = module.eval()(*inputs)
    assert not report.unknown
    assert report.totals.params == sum(array.numel() for array in module.parameters())
    assert 2 * report.totals.macs == counter.get_total_flops()
    assert report.rows[-1].outputs[0] == tuple(made.shape)
    run = packed(lambda: (module.train()(*inputs), [*module.parameters(), *module.buffers()])[1])
    # `contiguous` is no layer here, so that each direction is told to copy the turned sequence for itself.
    copied = 4 * report["rnn"].inputs[0].elements if "rnn" in report else 0
    assert training(report).saved - copied == run
    if written:
        names = {}
        exec(compile(cm.to_torch(net), "<source>", "exec"), names)
        again = [one for one in names.values() if isinstance(one, type)][-1]()
        again.load_state_dict(module.state_dict())
        torch.testing.assert_close(again.eval()(*inputs), module.eval()(*inputs))
