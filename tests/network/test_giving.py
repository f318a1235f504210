"""Numbers for open sizes: by name, by shape, and what a network refuses."""

import pytest

import convmath as cm
from convmath import numeric
from convmath.network.giving import Guard

H, W, h, w = cm.symbols("H W h w")


def opened(height=H):
    net = cm.Network("net")
    x = net.input("x", (1, 3, height, W))
    x = net.add(cm.Conv2d(3, w, 3), x, name="conv")
    net.add(cm.Upsample(size=(2 * height, W)), x, name="up")
    return net


@pytest.mark.parametrize(
    ("shapes", "named"),
    [((), {"H": 20, "W": 31, "w": 5}), (((1, 3, 20, 31),), {"w": 5}), ((), {"x": (1, 3, 20, 31), "w": 5})],
)
def test_values_reach_the_layers(shapes, named):
    report = opened().analyze(*shapes, **named)
    assert report.inputs == {"x": (1, 3, 20, 31)}
    assert [row.layer for row in report.rows] == [cm.Conv2d(3, 5, 3), cm.Upsample(size=(40, 31))]
    assert report.rows[-1].outputs == ((1, 5, 40, 31),)


def test_some_values_leave_the_others_open():
    (y,) = opened().analyze(H=20).rows[-1].outputs
    assert y == (1, w, 40, W)
    assert opened().analyze((1, 3, 2 * h, 7), w=5).rows[-1].outputs == ((1, 5, 4 * h, 7),)


def test_the_network_stays_open_and_runs_with_numbers():
    net = opened()
    net.analyze(H=20, W=31, w=5)
    assert net.analyze().inputs == {"x": (1, 3, H, W)}
    assert numeric.demand(net, {"x": (1, 3, 20, 31), "w": 5}).total == numeric.demand(
        cm.Sequential(cm.Conv2d(3, 5, 3), cm.Upsample(size=(40, 31))), (1, 3, 20, 31)
    ).total  # fmt: skip


def test_exporters_take_values():
    assert "nn.Upsample(size=(40, 31))" in cm.to_torch(opened(), H=20, W=31, w=5)


@pytest.mark.parametrize(
    ("shapes", "named", "error", "message"),
    [
        ((), {"Q": 3}, cm.UnknownNameError, "no input or size is called 'Q'"),
        ((), {"H": 0}, cm.ShapeError, "net: H must be a size, an integer of at least 1, not 0"),
        ((), {"H": "a"}, cm.ShapeError, "net: H must be a size, an integer of at least 1, not 'a'"),
        (((1, 3, 20, 31),), {"H": 21}, cm.ShapeError, "net: H is 21 and 20 (sizes of one name are equal)"),
    ],
)
def test_values_that_are_refused(shapes, named, error, message):
    with pytest.raises(error) as caught:
        opened().analyze(*shapes, **named)
    assert str(caught.value) == message


def test_a_multiple_is_divided():
    net = opened(32 * h - 1)
    assert net.analyze((1, 3, 95, 31), w=5).rows[-1].layer == cm.Upsample(size=(190, 31))
    with pytest.raises(cm.ShapeError, match=r"^net: axis 2 of x is 32·h − 1 long, which 96 is for no h$"):
        net.analyze((1, 3, 96, 31), w=5)


def test_guards_are_obeyed_and_written():
    net = cm.Sequential(("conv", cm.Conv2d(3, 4, 3)), name="net", shape=(1, 3, H, W))
    net.guards = [Guard(H <= 300, "H ≤ 300", "code.py:7"), Guard(W // 2 >= 4, "⌊W/2⌋ ≥ 4", "code.py:9")]
    text = cm.dumps(net)
    for one in (net, cm.loads(text)):
        assert one.analyze(H=300, W=8).rows[-1].outputs == ((1, 4, 298, 6),)
        with pytest.raises(cm.ShapeError, match=r"^net: H = 301, and it is built where .*300.*: build it for this"):
            one.analyze((1, 3, 301, 9))
        with pytest.raises(cm.ShapeError, match=r"^net: W = 7, and it is built where"):
            one.analyze(W=7)
    with pytest.raises(cm.SpecError, match="the values that are given break built_for"):
        cm.loads(text, {"H": 301})
