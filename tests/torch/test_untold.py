"""What training keeps of modules that an exported network does not show: at least what is told, and it is said."""

from __future__ import annotations

import pytest

import convmath as cm
from convmath.core.bound import AtLeast, known_part
from convmath.resources.memory_table import training_data, training_table
from convmath.resources.training import training

torch = pytest.importorskip("torch")

from tests.torch.test_saved import packed  # noqa: E402 (it wants PyTorch as well)

nn, functional = torch.nn, torch.nn.functional


class Standardised(nn.Conv2d):
    """Weight standardisation (Qiao et al., 2019)."""

    def forward(self, x):
        rows = self.weight.reshape(1, self.out_channels, -1)
        weight = functional.batch_norm(rows, None, None, training=True).reshape_as(self.weight)
        return functional.conv2d(x, weight, self.bias)


class Depth(nn.Module):
    """Stochastic depth (Huang et al., 2016)."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        return x * torch.rand(len(x), 1, 1, 1) if self.training and self.rate else x


class Helped(nn.Module):
    """A second head that only helps in training."""

    def __init__(self):
        super().__init__()
        self.body, self.head, self.other = (
            nn.Conv2d(3, 4, 3),
            nn.Linear(6, 2),
            nn.Sequential(nn.ReLU(), nn.Linear(6, 3)),
        )

    def forward(self, x):
        x = self.body(x)
        return (self.head(x), self.other(x)) if self.training else self.head(x)


MODULES = {
    "standardised": (nn.Sequential(Standardised(3, 4, 3), nn.ReLU()), {"0": "computed"}),
    "depth": (nn.Sequential(nn.Conv2d(3, 4, 3), Depth(0.2), Depth(0.0), nn.Identity()), {"1": "idle"}),
    "alpha": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.AlphaDropout(0.3), nn.Dropout(0.0)), {"1": "idle"}),
    "attention": (
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(2), nn.TransformerEncoderLayer(42, 2, 8, 0.1, batch_first=True)),
        {"2.self_attn": "idle"},
    ),
    "helped": (Helped(), {"other": "idle"}),
}


@pytest.mark.parametrize(("module", "untold"), MODULES.values(), ids=MODULES)
def test_what_is_not_told_is_kept_besides(module, untold):
    shape = (2, 3, 9, 8)
    net = cm.from_torch(module, shape)
    assert net.untold == untold
    found = training(net.analyze())
    run = packed(lambda: (module.train()(torch.randn(shape)), [*module.parameters(), *module.buffers()])[1])
    assert isinstance(found.saved, AtLeast)
    assert isinstance(found.total, AtLeast)
    assert known_part(found.saved) < run
    (name,) = untold
    assert any(
        note.startswith("Kept besides, and not told") and name in note
        for note in training_table(net.analyze(), found).notes
    )
    assert training_data(net.analyze(), found)["saved"] == f"at least {known_part(found.saved)}"
    again = cm.loads(cm.dumps(net))
    assert again.untold == untold
    assert training(again.analyze()).total == found.total


def test_whole_networks_are_told_exactly():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Dropout(0.2), nn.Identity(), nn.Sequential())
    found = training(cm.from_torch(module, (2, 3, 9, 8)).analyze())
    assert type(found.saved) is type(found.total) is int
