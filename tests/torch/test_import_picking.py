"""Operators of PyTorch that sample, rank and pick numbers: a network of the same values."""

import numpy as np
import pytest

import convmath as cm
from convmath import numeric

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402, N812 (its usual name)


class Spatial(nn.Module):
    """A spatial transformer, and what stands at the places that its answer's largest numbers tell."""

    def __init__(self):
        super().__init__()
        self.locate = nn.Linear(4, 6)

    def forward(self, x):
        grid = F.affine_grid(self.locate(x.mean((2, 3))).view(-1, 2, 3), (2, 4, 6, 7), align_corners=False)
        y = F.grid_sample(x, grid, padding_mode="border", align_corners=False).flatten(2)
        values, places = y.topk(5, 2)
        return y.gather(2, places) + values.cumsum(2), y.sort(1, descending=True)[1], y.argsort(2), x.diagonal(-1, 3, 2)


def test_what_is_sampled_ranked_and_picked():
    """Values are PyTorch's, but for the grid of all positions, which is a constant that the network is given."""
    module = Spatial()
    net = cm.from_torch(module, (2, 4, 5, 8))
    report = net.analyze()
    assert not report.unknown
    kinds = [row.op for row in report.rows if row.op not in {"Permute", "Reshape", "Unflatten", "Flatten"}]
    assert kinds == [
        "Mean", "Linear", "Constant", "MatMul", "GridSample", "TopK", "GatherElements", "CumSum", "Add", "TopK", "TopK",
        "Slice",
    ]  # fmt: skip
    assert report.totals.macs == 2 * 4 * 6 + 2 * 6 * 7 * 3 * 2
    x = np.random.default_rng(1).standard_normal((2, 4, 5, 8)).astype("f")
    rows, columns = ((2 * np.arange(size) + 1) / size - 1 for size in (6, 7))
    places = np.stack([*np.meshgrid(columns, rows), np.ones((6, 7))], -1).reshape(42, 3).astype("f")
    (constant,) = (row.name for row in report.rows if row.op == "Constant")
    weights = {f"locate.{name}": array.detach().numpy() for name, array in module.locate.named_parameters()}
    made = numeric.run(net, x, {**weights, f"{constant}.value": places})
    with torch.no_grad():
        expected = module(torch.from_numpy(x))
    assert np.allclose(made[0], expected[0].numpy(), atol=1e-5)
    assert np.array_equal(made[3], expected[3].numpy())
    assert [y.shape for y in made] == [tuple(y.shape) for y in expected]
