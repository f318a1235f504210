"""Memory is estimated before it is taken: never too little, and for large layers not three times too much."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ParameterError, ParseError, ShapeError, UnknownNameError
from convmath.numeric import memory
from convmath.numeric.arrays import each_shape
from convmath.numeric.demands import Demand
from convmath.verification import verdicts, verifying
from convmath.verification.drawing import drawn
from convmath.verification.measuring import alone, enlarged, traced
from tests.numeric.drawn import with_indices
from tests.strategies import TYPES

DTYPES = ("float32", "float64", "int64")


def taken(layer, shapes, dtype):
    """What a layer takes with its inputs and weights; the second time, when everything is imported."""

    def work():
        xs = with_indices(layer, shapes, tuple(np.ones(shape, dtype) for shape in shapes))
        ready = numeric.plan(layer, list(shapes), dtype)
        stored = {
            name: (np.zeros if name == "indices" or "offset" in name else np.ones)(*asked)
            for name, asked in ready.weights.items()
        }
        with np.errstate(all="ignore"):
            ready(xs if len(xs) > 1 else xs[0], stored)

    work()
    return traced(work)


@pytest.mark.parametrize("name", TYPES)
def test_no_type_takes_more(name):
    for seed in range(3):
        layer, shapes = drawn(name, Random(f"{name} {seed}"))
        shapes = enlarged(alone(layer, shapes), shapes)
        for dtype in ("float32", "float64"):
            assert taken(layer, shapes, dtype) <= numeric.demand(layer, list(shapes), dtype).total, (layer, shapes)


LARGE = [
    ("Conv2d(64, 64, 3, padding=1)", "1x64x112x96"),
    ("Conv2d(64, 64, 3)", "4x64x56x48"),
    ("Conv2d(64, 128, 1)", "1x64x112x96"),
    ("Conv2d(64, 128, 1, stride=2)", "1x64x112x96"),
    ("Conv2d(64, 64, 3, padding=1, padding_mode='reflect')", "1x64x112x96"),
    ("Conv2d(64, 64, 3, padding=1, groups=64)", "1x64x112x96"),
    ("Conv2d(64, 64, 3, padding=1, groups=8)", "1x64x112x96"),
    ("Conv2d(3, 64, 7, stride=2, padding=3)", "1x3x224x192"),
    ("Conv1d(16, 16, 9)", "2x16x60000"),
    ("Conv3d(8, 16, 3, padding=1)", "1x8x20x60x50"),
    ("ConvTranspose2d(64, 64, 4, stride=2, padding=1)", "1x64x56x48"),
    ("ConvTranspose2d(64, 32, 2, stride=2)", "2x64x100x90"),
    ("ConvTranspose3d(8, 4, 3, stride=2)", "1x8x16x30x28"),
    ("Linear(2048, 1000)", "512x2048"),
    ("LocallyConnected2d(8, 8, 3, input_size=(30, 32))", "16x8x30x32"),
    ("DepthwiseSeparableConv2d(64, 128, 3, padding=1)", "1x64x112x96"),
    ("MaxPool2d(3, 2, 1)", "1x64x112x96"),
    ("MaxPool2d(3, 2, 1, return_indices=True)", "1x64x112x96"),
    ("AvgPool2d(3, 2, 1)", "1x64x112x96"),
    ("AdaptiveAvgPool2d(7)", "1x64x112x96"),
    ("AdaptiveMaxPool2d(50)", "1x64x112x96"),
    ("GlobalAvgPool()", "1x64x112x96"),
    ("MaxUnpool2d(2)", "1x64x112x96"),
    ("Upsample(scale_factor=2)", "1x64x56x48"),
    ("PixelShuffle(2)", "1x64x112x96"),
    ("ReflectionPad2d(3)", "1x64x112x96"),
    ("ReLU()", "1x64x112x96"),
    ("PReLU()", "1x64x112x96"),
    ("Flatten()", "1x64x112x96"),
    ("Chunk(2)", "1x64x112x96"),
    ("ReplicationPad3d((-99, 0, -99, 0, 0, 300))", "1x4x10x100x100"),
    ("CircularPad2d((-99, 0, 99, 0))", "1x40x100x100"),
    ("Unfold(1, padding=500, stride=500)", "1x4x10x10"),
    ("Unfold(3, padding=1)", "1x16x60x50"),
    ("ConvTranspose1d(1, 1, 1001, padding=1499)", "1x1x2000"),
    ("AvgPool2d(2, 1)", "1x8x200x190"),
    ("AdaptiveAvgPool2d((300, 1))", "1x2x300x200"),
    ("AdaptiveMaxPool2d(1, return_indices=True)", "1x20x300x200"),
]

NARROW = [
    ("AvgPool2d(1)", "1x2x300x200"),
    ("AvgPool2d(2, 1)", "1x2x300x200"),
    ("AdaptiveAvgPool2d((300, 1))", "1x2x300x200"),
    ("ConvTranspose2d(8, 8, 3, stride=2)", "1x8x50x45"),
    ("Conv2d(8, 8, 3, padding=1)", "1x8x100x90"),
    ("MaxPool2d(2, return_indices=True)", "1x8x100x90"),
]

FLOATS_ONLY = [
    ("DeformConv2d(64, 64, 3, padding=1)", "1x64x56x48"),
    ("DeformConv2d(16, 16, 3, padding=1, mask=True)", "2x16x100x90"),
    ("DeformConv3d(4, 4, 3, padding=1)", "1x4x20x30x28"),
    ("OffsetConv2d(16, 16, 3, padding=1)", ["2x16x100x90", "2x18x100x90", "2x9x100x90"]),
    ("GridSample()", ["2x16x64x48", "2x80x90x2"]),
    ("GridSample('nearest', 'reflection')", ["2x3x64x48", "2x80x90x2"]),
    ("TopK(5, 2)", "2x8x5000"),
    ("CumSum(2, exclusive=True)", "2x8x5000"),
    ("GatherElements(1)", ["2x500x8", "2x5000x8"]),
    ("LPPool2d(2, 3)", "1x64x112x96"),
    ("Upsample(scale_factor=2, mode='bilinear')", "1x64x56x48"),
    ("Upsample(size=30, mode='area')", "1x64x112x96"),
    ("BatchNorm2d(64)", "1x64x112x96"),
    ("GroupNorm(8, 64)", "1x64x112x96"),
    ("LocalResponseNorm(5)", "1x64x112x96"),
    ("LocalResponseNorm(101)", "1x3x100x90"),
    ("Upsample(size=(1000, 1), mode='area')", "1x1x1000x900"),
    ("LPPool2d(2, 8, ceil_mode=True)", "1x16x201x190"),
    ("LPPool3d(2.5, 4, ceil_mode=True)", "3x2x72x24x3"),
    ("AdaptiveMaxPool3d((10, 7, 3))", "3x6x6x3x54"),
    ("AdaptiveAvgPool3d((10, 9, 3))", "3x6x18x6x42"),
    ("MaxPool3d((2, 2, 3), stride=3, dilation=(1, 2, 1))", "3x6x56x48x12"),
    ("ReflectionPad3d((-1, -2, 1, 3, 1, 3))", "3x5x12x54x12"),
    ("CircularPad3d((-2, 1, -2, -2, 3, 0))", "2x4x48x36x9"),
    ("SiLU()", "1x1x224x224"),
    ("Upsample(size=(50, 60, 70), mode='trilinear')", "1x2x20x20x20"),
    *((f"{name}()", "1x64x112x96") for name in ("GELU", "Sigmoid", "Tanh", "Mish", "Softmax", "Hardswish", "ELU")),
]


CASES = [
    *((*case, dtype) for case in LARGE for dtype in DTYPES),
    *((*case, dtype) for case in FLOATS_ONLY for dtype in DTYPES[:2]),
    *((*case, dtype) for case in NARROW for dtype in ("int8", "uint8")),
]


@pytest.mark.parametrize(("call", "shape", "dtype"), CASES)
def test_large_layers(call, shape, dtype):
    layer, shapes = cm.parse_layer(call), tuple(map(cm.core.shape.as_shape, each_shape(shape)))
    measured, estimate = taken(layer, shapes, dtype), numeric.demand(layer, shape, dtype).total
    assert measured <= estimate <= 3 * measured


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("resnet18", (1, 3, 224, 192)), ("unet_padded", (1, 1, 128, 160)), ("mobilenet_v2", (1, 3, 224, 192)),
        ("densenet121", (1, 3, 224, 192)), ("dcgan_generator", None), ("shufflenet_v2_x1_0", None), ("c3d", None),
    ],
)  # fmt: skip
def test_networks(name, shape):
    net = getattr(cm.zoo, name)()
    shapes = [shape] if shape else list(net.input_shapes.values())

    def work():
        numeric.run(net, np.zeros(shapes[0], "float32"))

    work()
    measured, estimate = traced(work), numeric.demand(net, shapes)
    assert measured <= estimate.total <= 3 * measured
    assert estimate.total == sum(estimate)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (4096, 4096), ("4096", 4096), ("7b", 7), ("1kB", 1000), ("500MB", 500_000_000), ("2GiB", 2 << 30),
        ("1.5 gib", 3 << 29), ("1TiB", 1 << 40), (" 3 MB ", 3_000_000),
    ],
)  # fmt: skip
def test_amounts(given, meant):
    assert memory.as_bytes(given) == meant


@pytest.mark.parametrize("given", ["", "much", "2G", "-1", "1e9", "2GiBs", -1, 1.5, True, None])
def test_no_amounts(given):
    with pytest.raises(ParseError, match=r"is no amount of memory \(write bytes, or for example 500MB or 2GiB\)"):
        memory.as_bytes(given)


def test_half_of_what_is_free_is_allowed(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: 2000)
    memory.refuse_above(None, 1000, "net")
    with pytest.raises(ParameterError) as error:
        memory.refuse_above(None, 1024, "net", "a larger --memory")
    assert str(error.value) == (
        "net: takes up to 1.0 KiB of memory, 1,000 B are allowed (use a smaller input, or a larger --memory)"
    )


def test_what_is_free_where_the_system_does_not_tell(monkeypatch):
    def nothing(*given, **named):
        raise OSError

    monkeypatch.setattr(memory.Path, "read_text", nothing)
    assert memory.free_bytes() > 0
    monkeypatch.delattr(memory.os, "sysconf", raising=False)
    assert memory.free_bytes() == 4 << 30


def test_a_container_has_less(monkeypatch):
    files = {"meminfo": "MemTotal: 9 kB\nMemAvailable: 8 kB\n", "memory.max": "5000\n", "memory.current": "2000\n"}
    monkeypatch.setattr(memory.Path, "read_text", lambda self, encoding: files[self.name])
    assert memory.free_bytes() == 3000
    files["memory.max"] = "max\n"
    assert memory.free_bytes() == 8192


@pytest.mark.parametrize(
    "ask",
    [
        lambda net, x: numeric.run(net, x, memory=10_000_000),
        lambda net, x: cm.verify(net, memory="10MB"),
        lambda net, x: cm.verify(cm.Conv3d(300, 300, 5), (1, 300, 60, 61, 62), memory="50MiB"),
    ],
)
def test_nothing_is_made_before_it_is_refused(ask):
    net, x = cm.zoo.vgg16(), np.zeros((1, 3, 224, 224), "float32")

    def work():
        with pytest.raises(ParameterError, match=r"takes up to .* are allowed \(use a smaller input"):
            ask(net, x)

    work()
    assert traced(work) < 2_000_000


@pytest.mark.parametrize(
    ("subject", "shape"),
    [
        (cm.zoo.resnet18(), (1, 3, 96, 128)), (cm.zoo.unet_padded(width=16), (1, 1, 64, 80)),
        (cm.Conv2d(64, 64, 3, padding=1), (1, 64, 56, 48)), (cm.DeformConv2d(16, 32, 3, padding=1), (1, 16, 56, 48)),
        (cm.Linear(2048, 2048), (8, 2048)), (cm.GELU(), (1, 64, 56, 48)),
        (cm.ConvTranspose2d(32, 16, 4, 2, 1), (1, 32, 56, 48)),
    ],
)  # fmt: skip
def test_verifying_takes_no_more_than_it_says(monkeypatch, subject, shape):
    # Tracing within would forget the most that was taken before it.
    monkeypatch.setattr(verifying, "by_tracing", lambda *given: verdicts.line("memory", 0, 0))

    def work():
        assert verifying.verify(subject, shape).agrees

    work()
    net, given = verifying._with_shapes(subject, (shape,), {})
    assert traced(work) <= verifying.needed(net, given, None)


def test_a_run_within_its_memory():
    net = cm.Sequential(cm.Conv2d(2, 3, 3))
    x = np.ones((1, 2, 5, 7), "float32")
    assert np.array_equal(numeric.run(net, x, memory="1GiB"), numeric.run(net, x))


def test_symbols_and_wrong_shapes():
    with pytest.raises(ParameterError, match="only numbers can be run"):
        numeric.demand(cm.Conv2d(2, 3, 3), (1, 2, cm.symbols("H"), 7))
    with pytest.raises(ParameterError, match="only numbers can be run"):
        numeric.demand(cm.zoo.resnet18(), (1, 3, cm.symbols("H"), 7))
    with pytest.raises(ShapeError, match="the input has 5 channels"):
        numeric.demand(cm.Conv2d(2, 3, 3), (1, 5, 7, 7))


def test_a_demand_prints_itself():
    assert str(Demand(1024, 2048, 0, 0)) == (
        "3.0 KiB (inputs 1.0 KiB, weights 2.0 KiB, activations 0 B, workspace 0 B)"
    )


def two_inputs():
    net = cm.Network("two")
    left, right = net.input("left"), net.input("self", (1, 4, 5, 8))
    net.add(cm.Concat(), net.add(cm.Conv2d(2, 4, 3, padding=(0, 1)), left, name="conv"), right, name="join")
    return net


def test_the_shapes_of_several_inputs_have_names():
    net, shapes = two_inputs(), [(1, 2, 7, 8), (1, 4, 5, 8)]
    in_order = numeric.demand(net, shapes)
    assert in_order.inputs == 4 * (2 * 7 * 8 + 4 * 5 * 8)
    assert numeric.demand(net, {"self": shapes[1], "left": "1x2x7x8"}) == in_order
    assert numeric.demand(net, {"left": shapes[0]}) == in_order
    assert numeric.demand(net, shapes[0]) == in_order
    assert numeric.demand(cm.Add(), {"input_1": (2, 3), "input": "2x3"}) == numeric.demand(cm.Add(), [(2, 3), (2, 3)])
    assert numeric.demand(cm.zoo.lenet5()) == numeric.demand(cm.zoo.lenet5(), (1, 1, 32, 32))


def test_shapes_under_wrong_names():
    with pytest.raises(UnknownNameError, match="no input is called 'right'"):
        numeric.demand(two_inputs(), {"right": (1, 4, 5, 8), "left": (1, 2, 7, 8)})
    with pytest.raises(ShapeError, match="two: the shape of 'left' is not known"):
        numeric.demand(two_inputs(), {"self": (1, 4, 5, 8)})
    with pytest.raises(ShapeError, match="Add: the shape of 'input' is not known"):
        numeric.demand(cm.Add(), {})
    with pytest.raises(ParseError, match="is not a size"):
        numeric.demand(two_inputs(), {"left": "1xx"})
    with pytest.raises(ShapeError, match="two: 3 shapes given, the network has 2 inputs: left, self"):
        numeric.demand(two_inputs(), [(1, 2, 7, 8)] * 3)
