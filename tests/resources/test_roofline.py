"""The roofline by hand, by published ridges, and of parts against the whole; machines by name, numbers and file."""

from __future__ import annotations

import json

import pytest

import convmath as cm
from convmath.core.errors import ParameterError, ParseError, SpecError, UnknownNameError
from convmath.formats.hardware import load_profile, loads_profile
from convmath.layers import FILE_OF
from convmath.resources.hardware import PROFILES, Profile, profile, rate
from convmath.resources.roofline import roofline
from convmath.resources.roofline_table import roofline_data, roofline_table, show_time
from tests.resources import small

SLOW = Profile("slow", {"float32": 1000, "float16": 4000}, 100)


def test_a_layer_by_hand():
    """a: 18·5·3·3 MACs and 18·5 biases; 60 in, 45 + 5 weights, 90 out."""
    found = roofline(small.chain().analyze(), SLOW)
    a, b, c = found.bounds
    assert (a.row.cost.flops, a.bytes) == (2 * 810 + 90, 4 * (60 + 50 + 90))
    assert (a.seconds, a.by, a.utilisation) == (8.0, "memory", 1.71 / 8)
    assert (b.bytes, b.seconds, b.intensity) == (4 * 180, 7.2, 90 / 720)
    assert c.bytes == 4 * (90 + 32 + 32)
    assert found.seconds == pytest.approx(8.0 + 7.2 + 6.16)
    assert found.fused == pytest.approx(4 * (60 + 50 + 32 + 32) / 100)


def test_arithmetic_is_the_bound_above_the_ridge():
    fast = SLOW._replace(bandwidth=10**9)
    found = roofline(small.chain().analyze(), fast)
    assert {bound.by for bound in found.bounds} == {"arithmetic"}
    assert found.utilisation == pytest.approx(1)
    assert found.seconds == pytest.approx((1710 + 90 + 2 * 16 * 2 * 5 * 3 + 32) / 1000)


def test_half_the_bytes_and_four_times_the_peak():
    report = small.chain().analyze()
    full, half = roofline(report, SLOW), roofline(report, SLOW, "float16")
    assert [bound.bytes for bound in full.bounds] == [2 * bound.bytes for bound in half.bounds]
    assert half.seconds == full.seconds / 2


def test_blocks_are_their_layers_one_after_the_other():
    report = cm.zoo.resnet18().analyze()
    whole, folded = roofline(report, PROFILES["a100"]), roofline(report.fold(1), PROFILES["a100"])
    assert folded.seconds == whole.seconds
    assert sum(bound.seconds for bound in folded.bounds) == pytest.approx(whole.seconds)
    assert sum(bound.bytes for bound in folded.bounds) == sum(bound.bytes for bound in whole.bounds)
    assert folded.bounds[4].row.name == "layer1"


def test_a_view_takes_no_time():
    bound = roofline(cm.zoo.resnet18().analyze(), PROFILES["v100"]).bounds[-2]
    assert (bound.row.op, bound.bytes, bound.seconds, bound.by) == ("Flatten", 0, 0, "nothing")


def test_fusing_never_takes_longer_and_nothing_beats_the_peak():
    for name in ("resnet50", "mobilenet_v2", "unet_padded"):
        for machine in PROFILES.values():
            found = roofline(getattr(cm.zoo, name)().analyze(), machine)
            assert found.fused <= found.seconds
            assert 0 < found.utilisation <= 1
            assert all(0 <= bound.utilisation <= 1 for bound in found.bounds)


@pytest.mark.parametrize(
    ("name", "dtype", "ridge"),
    [("v100", "float16", 138.9), ("a100-40gb", "float16", 200.6), ("a100", "float16", 153), ("h100", "float16", 295.3)],
)
def test_ridges_that_others_quote(name, dtype, ridge):
    """FLOPs a byte: NVIDIA's guide to matrix multiplication gives 138.9 for V100, 200.6 for A100 (40 GB)."""
    assert PROFILES[name].ridge(dtype) == pytest.approx(ridge, abs=0.1)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_every_machine_has_a_source_and_numbers_in_reason(name):
    found = PROFILES[name]
    assert any(str(year) in found.source or "divided" in found.source for year in range(2015, 2030))
    assert 10**10 < found.bandwidth < 10**13
    assert all(10**10 < peak < 10**16 for peak in found.peaks.values())
    assert found.peaks.get("float16", 10**20) >= found.peaks["float32"] >= found.peaks.get("float64", 0)


def test_symbols_have_no_time():
    with pytest.raises(ParameterError, match=r"^0: only numbers have a time, and its sizes have symbols"):
        roofline(cm.Sequential(cm.ReLU()).analyze((1, 3, cm.symbols("L"))), SLOW)


def test_a_dtype_without_a_peak():
    with pytest.raises(ParameterError, match=r"^slow: states no peak for int8, only for float32, float16 \("):
        SLOW.peak("int8")


def test_numbers_of_a_machine():
    found = profile("float16=40T, bandwidth=1.5e12 ,peak=10e12")
    assert (found.peak("float16"), found.peak("float64"), found.bandwidth) == (40 * 10**12, 10**13, 15 * 10**11)


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("a10", UnknownNameError, "no hardware profile is called 'a10'; did you mean a100"),
        ("peak=1T", ParseError, "bandwidth is missing"),
        ("bandwidth=1G", ParseError, "peak is missing"),
        ("peak=1T,peak=2T,bandwidth=1G", ParseError, "peak is given twice"),
        ("peak=fast,bandwidth=1G", ParseError, "peak: 'fast' is no number of 1 to 10^24 a second"),
        ("peak=0,bandwidth=1G", ParseError, "is no number of 1 to"),
        ("peak=-1,bandwidth=1G", ParseError, "is no number of 1 to"),
        ("peak=1e99,bandwidth=1G", ParseError, "is no number of 1 to"),
        ("peak=nan,bandwidth=1G", ParseError, "is no number of 1 to"),
        ("float17=1T,bandwidth=1G", UnknownNameError, "no dtype is called 'float17'"),
        ("=,", ParseError, "'=' is not NAME=NUMBER"),
    ],
)
def test_what_is_no_machine(text, error, said):
    with pytest.raises(error) as caught:
        profile(text)
    assert said in str(caught.value)


def test_rates():
    told = {"1": 1, "5k": 5000, "2.5G": 2_500_000_000, "1e3": 1000, "3 TFLOP/s": 3 * 10**12, "7GB/s": 7 * 10**9}
    assert {text: rate(text, "x") for text in told} == told


def test_times():
    told = {2: "2.00 s", 0.5: "500 ms", 1e-6: "1.00 µs", 2.34e-8: "23.4 ns", 0: "0", 86400: "86,400 s"}
    assert {seconds: show_time(seconds) for seconds in told} == told


def test_the_table_says_that_it_is_a_bound():
    table = roofline_table(roofline(small.chain().analyze(), SLOW))
    assert table.rows[0] == ("a", "Conv1d", "1x5x18", 1710, "800 B", "2.14", "memory", "8.00 s", "37.5 %", "21.4 %")
    assert any(note.startswith("A lower bound, not a forecast") for note in table.notes)
    assert roofline_data(roofline(small.chain().analyze(), SLOW))["layers"][1]["bytes"] == 720


GOOD = "name: board\npeak: {float32: 2T, int8: 8e12}\nbandwidth: 25.6G\nsource: data sheet, 2024\n"


def test_a_file(tmp_path):
    path = tmp_path / "board.yaml"
    path.write_text(GOOD)
    assert load_profile(path) == (
        "board",
        {"float32": 2 * 10**12, "int8": 8 * 10**12},
        25_600_000_000,
        "data sheet, 2024",
    )


def test_a_file_with_one_peak_is_called_after_itself():
    found = loads_profile("{peak: 1T, bandwidth: 1000000000}", "b.json")
    assert (found.name, found.peak("int8"), found.source) == ("b.json", 10**12, "stated in b.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("peak: 1T", "<text>:1:1: bandwidth is missing"),
        ("bandwidth: 1G", "<text>:1:1: peak is missing"),
        ("[1]", "<text>:1:1: a hardware profile must be a mapping with peak and bandwidth, not a list"),
        ("peak: 1T\nbandwidth: wide", "<text>:2:12: bandwidth: 'wide' is no number"),
        ("peak: {float17: 1T}\nbandwidth: 1G", "<text>:1:8: no dtype is called 'float17'"),
        ("peak: {}\nbandwidth: 1G", "<text>:1:7: peak states no dtype"),
        ("peak: [1T]\nbandwidth: 1G", "<text>:1:7: peak: a list is no number a second"),
        ("peak: 1T\nbandwidth: 1G\nspeed: 3", "<text>:3:1: no key of a hardware profile is called 'speed'"),
        ("peak: 1T\nbandwidth: 1G\nname: [a]", "<text>:3:7: name is a text, not a list"),
    ],
)
def test_faults_of_a_file(text, said):
    with pytest.raises(SpecError) as caught:
        loads_profile(text)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("name", ["Flatten", "Unflatten", "Identity", "Dropout", "Split", "Chunk"])
def test_views_move_nothing(name):
    from convmath.layers.view import View

    assert issubclass(getattr(cm, name), View)


def test_only_views_move_nothing():
    report = cm.zoo.efficientnet_b0().analyze()
    still = {row.op for row in report if row.cost.moved == 0}
    assert still <= {"Flatten", "Dropout"} <= FILE_OF.keys()
    for row in report:
        if row.op not in still:
            numbers = sum(x.elements for x in (*row.inputs, *row.outputs))
            assert row.cost.moved == numbers + row.cost.params + row.cost.buffers


def with_unknown():
    net = cm.Network("net")
    x = net.add(cm.Conv1d(2, 4, 3), net.input("x", (1, 2, 10)), name="block.conv")
    net.add(cm.Unknown("Mystery", ((1, 4, 8),)), x, name="block.odd")
    return net.analyze()


def test_of_unknown_operators_nothing_is_counted():
    # 2 · 4 · 2 · 3 · 8 FLOPs and 32 of the bias, on 4 · (20 + 28 + 32) bytes.
    found = roofline(with_unknown(), Profile("slow", {"float32": 16}, 10))
    conv, odd = found.bounds
    assert (conv.seconds, conv.bytes, conv.by, conv.intensity, conv.utilisation) == (
        32,
        320,
        "memory",
        416 / 320,
        26 / 32,
    )
    assert (odd.seconds, str(odd.bytes), odd.by, odd.intensity, odd.utilisation) == (0, "?", "unknown", None, None)
    assert (found.seconds, str(found.bytes), found.utilisation) == (32, "at least 320", None)
    # The inputs, the 28 weights of the convolution and the outputs, whoever makes them.
    assert found.fused == 4 * (20 + 28 + 32) / 10
    (block,) = roofline(with_unknown().fold(1), Profile("slow", {"float32": 16}, 10)).bounds
    assert (block.seconds, str(block.bytes), block.by, block.utilisation) == (32, "at least 320", "memory", None)


def test_unknown_operators_in_the_table():
    found = roofline(with_unknown(), Profile("slow", {"float32": 16}, 10))
    table = roofline_table(found)
    assert table.rows[1][3:] == (table.rows[1][3], "?", "?", "unknown", "?", "?", "?")
    assert table.totals[4:] == ("at least 320 B", "?", None, "32.0 s", None, "?")
    assert "Unknown operator: block.odd (Mystery); what that takes is not counted." in table.notes
    data = json.loads(json.dumps(roofline_data(found)))
    assert data["layers"][1] == {
        "name": "block.odd", "flops": "?", "bytes": "?", "intensity": None, "bound_by": "unknown",
        "seconds_at_least": 0.0, "utilisation_at_most": None,
    }  # fmt: skip
