"""from_torch with open sizes: real factors, what the module's code asks of them, and clear errors; against runs."""

from math import ceil, floor

import pytest

import convmath as cm

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional
H, W, h = cm.symbols("H W h")


class Of(nn.Module):
    """A module with a convolution and this forward."""

    def __init__(self, forward):
        super().__init__()
        self.run, self.conv = forward, nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.run(self, x)


@pytest.mark.parametrize(
    "forward",
    [
        lambda self, x: F.interpolate(x, scale_factor=1.5),
        lambda self, x: F.interpolate(self.conv(x), scale_factor=(0.75, 1.25), mode="bilinear"),
        lambda self, x: F.interpolate(x, scale_factor=0.3, recompute_scale_factor=True),
        lambda self, x: x[:, :, : ceil(x.shape[2] / 2)],
        lambda self, x: x[:, :, : floor(x.shape[2] * 0.25)],
        lambda self, x: self.conv(x[:, :, : x.shape[2] // 2 * 2]),
        lambda self, x: self.conv(F.pad(x, (0, (32 - x.shape[3] % 32) % 32))),
        lambda self, x: F.interpolate(x, size=(x.shape[2] * 3 // 2, x.shape[3] // 4)),
    ],
)
def test_real_factors_are_formulas_that_runs_agree_with(forward):
    module = Of(forward)
    (made,) = cm.from_torch(module, (1, 3, H, W)).analyze().rows[-1].outputs
    for size in ((41, 66), (57, 48), (100, 39)):
        given = {"H": size[0], "W": size[1]}
        stated = tuple(
            one if isinstance(one, int) else one.at({name: given[name] for name in one.names}) for one in made
        )
        assert stated == tuple(module(torch.zeros(1, 3, *size)).shape)


def small(self, x):
    if x.shape[2] > 300:
        return self.conv(x)
    return self.conv(x) * 2


def even(self, x):
    assert x.shape[2] % 2 == 0
    return self.conv(x)


def odd(self, x):
    if x.shape[2] % 2 == 1:
        return self.conv(x)
    return self.conv(x) * 2


def hundred(self, x):
    if x.shape[2] == 100:
        return self.conv(x) * 2
    return self.conv(x)


@pytest.mark.parametrize(
    ("forward", "shape", "told"),
    [
        (small, (1, 3, H, W), "Traced where H ≤ 300 (test_import_open_sizes.py:NN in small)"),
        (small, (1, 3, H, H), "Traced where H ≤ 300 (test_import_open_sizes.py:NN in small)"),
        (small, (1, 3, 32 * h, W), "Traced where 32·h ≤ 300 (test_import_open_sizes.py:NN in small)"),
        (even, (1, 3, H, W), "Traced where H is a multiple of 2 (test_import_open_sizes.py:NN in even)"),
        (even, (1, 3, 32 * h, W), None),
    ],
)
def test_what_the_code_asks_of_sizes_is_told(forward, shape, told):
    line = forward.__code__.co_firstlineno + 1
    said = [remark for remark in cm.from_torch(Of(forward), shape).remarks if "Traced" in remark]
    expected = [] if told is None else [told.replace("NN", str(line))]
    assert [remark.partition(";")[0] for remark in said] == expected


@pytest.mark.parametrize(
    ("forward", "shape", "said"),
    [
        (
            lambda self, x: F.interpolate(x, size=(int(x.shape[2] * 1.5), 9)), (1, 3, H, W),
            r"Of: the module's code takes a size for fixed: H \+ ⌊H/2⌋ = 336 \(test_import_open_sizes.py:\d+ in .*keep",
        ),
        (lambda self, x: x / float(x.shape[2]), (1, 3, H, W), "axis 2 of x cannot stay open as H: .*224 for"),
        (
            lambda self, x: torch.stack([x[:, :, row] for row in range(x.shape[2])]), (1, 3, H, H),
            r"axis 2 of x cannot stay open as H: .*takes 224 for fixed",
        ),
        (lambda self, x: nn.Linear(256, 3)(x), (1, 3, H, W), "axis 3 of x cannot stay open as W"),
        (lambda self, x: x + x.transpose(2, 3), (1, 3, H, W), r"are open sizes: .* equal by the same symbol"),
        (lambda self, x: x[:, :, : round(x.shape[2] * 0.4)], (1, 3, H, W), "slice: .* made by RoundToInt"),
        (lambda self, x: x[x > 0], (1, 3, 8, 9), "index: the size u0 is known only when the module runs"),
    ],
)  # fmt: skip
def test_one_error_names_the_module_the_rule_and_the_mend(forward, shape, said):
    with pytest.raises(cm.GraphError, match=said) as caught:
        cm.from_torch(Of(forward), shape)
    assert "\n" not in str(caught.value)


class Several(nn.Module):
    def forward(self, *inputs):
        return torch.cat(inputs, 1)


def test_open_sizes_of_inputs_without_names_of_their_own():
    net = cm.from_torch(Several(), (1, 3, H, W), (1, 4, H, W), (1, 5, H, W))
    assert net.analyze().rows[-1].outputs == ((1, 12, H, W),)


def test_a_call_that_nobody_foresaw_is_unknown_and_told(monkeypatch):
    from convmath.formats.torch_in import graph

    def fails(call):
        raise KeyError("dims")

    monkeypatch.setitem(graph.OPERATORS, "relu", fails)
    net = cm.from_torch(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), (1, 3, 8, 9))
    assert [row.op for row in net.analyze().rows] == ["Conv2d", "Unknown"]
    assert net.remarks[0].startswith("A call of relu could not be read (KeyError: 'dims')")


@pytest.mark.parametrize(
    ("forward", "shape", "good", "bad", "said"),
    [
        (small, (1, 3, H, W), {"H": 300}, {"H": 301}, "Of: H = 301, and it is built where H ≤ 300"),
        (small, (1, 3, 32 * h, W), {"h": 9}, {"h": 10}, "Of: h = 10, and it is built where 32·h ≤ 300"),
        (even, (1, 3, H, W), {"H": 40}, {"H": 41}, "Of: H = 41, and it is built where H is a multiple of 2"),
        (odd, (1, 3, H, W), {"H": 40}, {"H": 41}, "Of: H = 41, and it is built where H mod 2 ≠ 1"),
        (hundred, (1, 3, H, W), {"H": 99}, {"H": 100}, "Of: H = 100, and it is built where H ≠ 100"),
    ],
)
def test_what_the_code_asks_is_obeyed_when_numbers_come_later(forward, shape, good, bad, said):
    net = cm.from_torch(Of(forward), shape)
    module, given = Of(forward), good | {"W": 50}
    size = tuple(one if isinstance(one, int) else one.at({k: given[k] for k in one.names}) for one in shape)
    assert net.analyze(**given).rows[-1].outputs == (tuple(module(torch.zeros(size)).shape),)
    assert net.analyze(size).rows[-1].outputs == net.analyze(**given).rows[-1].outputs
    for again in (net, cm.loads(cm.dumps(net))):
        with pytest.raises(cm.ShapeError, match=" and it is built where "):
            again.analyze(**bad)
    with pytest.raises(cm.ShapeError) as caught:
        net.analyze(**bad)
    assert str(caught.value).startswith(said)


def test_numbers_at_the_import():
    net = cm.from_torch(Of(small), (1, 3, H, W), given={"H": 400})
    assert (net.input_shapes, net.guards) == ({"x": (1, 3, 400, W)}, [])
    assert [row.op for row in net.analyze().rows] == ["Conv2d"]  # what the module does above 300
    net = cm.from_torch(Of(small), (1, 3, 64, 66), dynamic={"x": {2: "H", 3: "W"}}, given={"W": 70})
    assert net.input_shapes == {"x": (1, 3, H, 70)}
    with pytest.raises(cm.UnknownNameError, match=r"^no open size is called 'Q'"):
        cm.from_torch(Of(small), (1, 3, H, W), given={"Q": 3})


def test_a_shape_of_which_pytorch_has_no_formula_is_worked_out_here():
    module = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.PixelUnshuffle(2))
    report = cm.from_torch(module, (1, 3, H, W)).analyze(H=20, W=27)
    assert not report.unknown
    assert report.rows[-1].outputs == (tuple(module(torch.zeros(1, 3, 20, 27)).shape),)


class Heard(nn.Module):
    """A recurrent layer over what a convolution leaves of an open number of steps."""

    def __init__(self, kind):
        super().__init__()
        self.conv, self.rnn = nn.Conv1d(3, 6, 3, stride=2), kind(6, 5, batch_first=True)

    def forward(self, x):
        return self.rnn(self.conv(x).transpose(1, 2))[0]


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_it_is_said_that_steps_are_traced_as_a_number(kind):
    network = cm.from_torch(Heard(kind), (2, 3, 9), dynamic={"x": {2: "W"}})
    assert any("PyTorch traces rnn for one number of steps" in remark for remark in network.remarks)
    fixed = cm.from_torch(Heard(kind), (2, 3, 11))
    assert network.analyze(W=11).totals == fixed.analyze().totals
    assert not fixed.remarks
