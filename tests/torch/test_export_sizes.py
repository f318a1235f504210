"""Sizes as formulas: what PyTorch's exporter derives for a dynamic dimension is what is derived here, at every size."""

from __future__ import annotations

from random import Random

import pytest

import convmath as cm
from convmath.report.questions import accepted

torch = pytest.importorskip("torch")

LEAST, MOST = 200, 4000

SIZES = (*range(LEAST, LEAST + 70), 999, 1024, 2047, 4000)


def exported(module, shape, names, multiple=1):
    """The exporter's sizes of the input and of the output, in symbols of its own."""
    dims = {
        axis: multiple * torch.export.Dim(name, min=-(-LEAST // multiple), max=MOST // multiple)
        for axis, name in names.items()
    }
    with torch.device("meta"):
        program = torch.export.export(module.to("meta"), (torch.empty(shape),), dynamic_shapes=(dims,))
    nodes = list(program.graph.nodes)
    (given,) = (node.meta["val"] for node in nodes if node.op == "placeholder" and node.name in {"input", "x"})
    (output,) = nodes[-1].args[0]
    return given.shape, output.meta["val"].shape


def told_by_torch(size, symbol, value):
    """A size of the exporter at a value of its symbol."""
    return size if type(size) is int else int(size.node.expr.subs({symbol: value}))


def told_by_us(size, values):
    return size if type(size) is int else size.at({name: values[name] for name in size.names})


def compare(module, ours, shape, names, multiple=1):
    given, theirs = exported(module, shape, names, multiple)
    own = [cm.symbols(names[axis]) if axis in names else size for axis, size in enumerate(shape)]
    mine = ours.analyze(tuple(own)).rows[-1].outputs[0]
    assert len(mine) == len(theirs)
    for axis, name in names.items():
        (symbol,) = given[axis].node.expr.free_symbols
        for size in SIZES:
            if size % multiple:
                continue
            assert told_by_torch(given[axis], symbol, size // multiple) == size
            assert told_by_torch(theirs[axis], symbol, size // multiple) == told_by_us(mine[axis], {name: size}), size
    fixed = [axis for axis in range(len(shape)) if axis not in names]
    assert [mine[axis] for axis in fixed] == [theirs[axis] for axis in fixed]


def chain(dice, rank):
    """The same layers as PyTorch's modules and as ours."""
    theirs, ours, channels = [], [], 3
    for _ in range(dice.randint(2, 5)):
        pools = ("MaxPool", "AvgPool") if rank == 2 else ()  # the exporter knows no pooling of one axis by formula
        kind = dice.choice(("Conv", "Conv", "ConvTranspose", *pools))
        k, s = dice.randint(1, 5), dice.randint(1, 3)
        if kind.endswith("Pool"):
            arguments = {"kernel_size": k, "stride": s, "padding": dice.randint(0, k // 2)}
            places = ()
        else:
            after = dice.randint(1, 4)
            places, channels = (channels, after), after
            arguments = {"kernel_size": k, "stride": s, "padding": dice.randint(0, 2), "dilation": dice.randint(1, 2)}
            if kind == "ConvTranspose":
                arguments["output_padding"] = dice.randint(0, s - 1)
        theirs.append(
            getattr(torch.nn, f"{kind}{rank}d")(*places, **arguments, **({"device": "meta"} if places else {}))
        )
        ours.append(getattr(cm, f"{kind}{rank}d")(*places, **arguments))
    return torch.nn.Sequential(*theirs), cm.Sequential(*ours)


@pytest.mark.parametrize("seed", range(24))
def test_chains(seed):
    dice = Random(f"export {seed}")
    rank = dice.choice((1, 1, 2))
    names = {2: "L"} if rank == 1 else {2: "H", 3: "W"}
    compare(*chain(dice, rank), (1, 3, *(512,) * rank), names)


class Residual(torch.nn.Module):
    def __init__(self):
        super().__init__()
        nn = torch.nn
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3), nn.MaxPool2d(3, 2, 1))
        self.body = nn.Sequential(nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 16, 3, 1, 1))
        self.beside = nn.Conv2d(8, 16, 1, 2)

    def forward(self, x):
        x = self.stem(x)
        return self.body(x) + self.beside(x)


def residual():
    net = cm.Network("residual")
    x = net.add(cm.Sequential(cm.Conv2d(3, 8, 7, 2, 3), cm.MaxPool2d(3, 2, 1)), net.input(), name="stem")
    body = net.add(cm.Sequential(cm.Conv2d(8, 16, 3, 2, 1), cm.ReLU(), cm.Conv2d(16, 16, 3, 1, 1)), x, name="body")
    net.add(cm.Add(), body, net.add(cm.Conv2d(8, 16, 1, 2), x, name="beside"), name="sum")
    return net


class TwoLevels(torch.nn.Module):
    """A U-Net of depth 2, padded."""

    def __init__(self):
        super().__init__()
        nn = torch.nn
        self.a, self.b, self.c = nn.Conv2d(1, 4, 3, 1, 1), nn.Conv2d(4, 8, 3, 1, 1), nn.Conv2d(8, 16, 3, 1, 1)
        self.pool = nn.MaxPool2d(2)
        self.up_b, self.up_a = nn.ConvTranspose2d(16, 8, 2, 2), nn.ConvTranspose2d(8, 4, 2, 2)
        self.join_b, self.join_a = nn.Conv2d(16, 8, 3, 1, 1), nn.Conv2d(8, 2, 3, 1, 1)

    def forward(self, x):
        a = self.a(x)
        b = self.b(self.pool(a))
        c = self.c(self.pool(b))
        b = self.join_b(torch.cat((b, self.up_b(c)), 1))
        return self.join_a(torch.cat((a, self.up_a(b)), 1))


def two_levels():
    net = cm.Network("two levels")
    a = net.add(cm.Conv2d(1, 4, 3, 1, 1), net.input(), name="a")
    b = net.add(cm.Conv2d(4, 8, 3, 1, 1), net.add(cm.MaxPool2d(2), a, name="pool1"), name="b")
    c = net.add(cm.Conv2d(8, 16, 3, 1, 1), net.add(cm.MaxPool2d(2), b, name="pool2"), name="c")
    up = net.add(cm.ConvTranspose2d(16, 8, 2, 2), c, name="up_b")
    b = net.add(cm.Conv2d(16, 8, 3, 1, 1), net.add(cm.Concat(), b, up, name="cat_b"), name="join_b")
    up = net.add(cm.ConvTranspose2d(8, 4, 2, 2), b, name="up_a")
    net.add(cm.Conv2d(8, 2, 3, 1, 1), net.add(cm.Concat(), a, up, name="cat_a"), name="join_a")
    return net


def test_a_residual_network():
    compare(Residual(), residual(), (1, 3, 512, 480), {2: "H", 3: "W"})


def test_a_u_net_at_multiples_of_four():
    compare(TwoLevels(), two_levels(), (1, 1, 512, 480), {2: "H", 3: "W"}, multiple=4)


def test_the_exporter_too_refuses_a_u_net_at_other_sizes():
    with pytest.raises(torch._dynamo.exc.UserError, match="Constraints violated"):
        exported(TwoLevels(), (1, 1, 512, 480), {2: "H", 3: "W"})
    assert str(accepted(two_levels().analyze((1, 1, *cm.symbols("H W"))))) == (
        "H ≡ 0 (mod 4), H ≥ 4; W ≡ 0 (mod 4), W ≥ 4"
    )
