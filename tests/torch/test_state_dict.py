"""Modules in and out again: the source loads the module's own state_dict, and computes what the module does."""

import pytest

import convmath as cm

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

X = (2, 3, 8, 9)


class Lists(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Conv2d(3, 3, 3, padding=1) for _ in range(3)])
        self.heads = nn.ModuleDict({"left": nn.Conv2d(3, 2, 1), "right": nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU())})

    def forward(self, x):
        x = F.relu(self.layers[0](x))
        y = self.heads["left"](x)
        x = F.relu(self.layers[1](x))
        z = self.heads["right"](x)
        return y + z + self.layers[2](x).mean(1, keepdim=True)


class Bare(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale, self.conv = nn.Parameter(torch.ones(3, 1, 1)), nn.Conv2d(3, 4, 1)
        self.register_buffer("mean", torch.zeros(3, 1, 1))
        self.pos = nn.Parameter(torch.zeros(1, 4, 8, 9))

    def forward(self, x):
        return self.conv((x - self.mean) * self.scale) + self.pos


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(3, 4, 1))
        self.b = nn.Sequential(nn.Sequential(nn.Conv2d(4, 4, 1)), nn.ReLU())

    def forward(self, x):
        return self.b(F.relu(self.a(x)))


class Stated(nn.Module):
    """Numbers that stand in the code are no array of the state."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        return self.conv(x) + torch.zeros(3, 1, 1)


def written(net):
    names = {}
    exec(compile(cm.to_torch(net), "<source>", "exec"), names)
    classes = [one for one in names.values() if isinstance(one, type) and issubclass(one, nn.Module)]
    return classes[-1]().eval()


@pytest.mark.parametrize(
    "module",
    [
        Lists(), Bare(), Nested(), Stated(),
        nn.Sequential(nn.Conv2d(3, 4, 1), nn.Dropout(), nn.Identity(), nn.BatchNorm2d(4, affine=False)),
        nn.Sequential(nn.PReLU(3), nn.LayerNorm((8, 9)), nn.GroupNorm(3, 3), nn.InstanceNorm2d(3, affine=True)),
    ],
    ids=lambda module: type(module).__name__,
)  # fmt: skip
def test_the_source_loads_the_state_of_the_module(module):
    module = module.eval()
    net = cm.from_torch(module, X)
    assert not any("state_dict" in remark for remark in net.remarks)
    again = written(net)
    again.load_state_dict(module.state_dict())
    x = torch.randn(X)
    torch.testing.assert_close(again(x), module(x), rtol=0, atol=1e-6)


def test_names_that_no_layer_has_are_told():
    net = cm.from_torch(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (2, 7, 8))
    (said,) = (remark for remark in net.remarks if "state_dict" in remark)
    assert said.startswith(
        "Called otherwise in state_dict than here (in brackets): self_attn.in_proj_weight (self_attn."
    )
    assert "self_attn.out_proj.weight (self_attn.linear_1.weight)" in said


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (
            nn.Sequential(torch.nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3))),
            "112 parameters and 0 buffers, of which 116 and 0 are stored: its arrays are computed from others, as by",
        ),
        (nn.Sequential(torch.nn.utils.parametrizations.spectral_norm(nn.Conv2d(3, 4, 3))), "112 and 31 are stored"),
    ],
)
def test_what_cannot_be_written_says_why(module, said):
    with pytest.raises(cm.ParameterError, match=said):
        cm.to_torch(cm.from_torch(module, X))
