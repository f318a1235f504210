"""The figures of known machines, worked out from how they are built: units, their rates, clocks, buses."""

import pytest

from convmath.resources.hardware import ANY, PROFILES

BUILT = {
    "v100": (80, 1.53, {"float64": 64, "float32": 128, "float16": 1024}),
    "t4": (40, 1.59, {"float32": 128, "float16": 1024, "int8": 2048}),
    "a100": (
        108, 1.41,
        {"float64": 128, "float32": 128, "tf32": 1024, "float16": 2048, "bfloat16": 2048, "int8": 4096},
    ),
    "h100": (
        132, 1.83, {"tf32": 2048, "float16": 4096, "bfloat16": 4096, "float8": 8192, "int8": 8192},
    ),
    "l4": (58, 2.04, {"float32": 256, "tf32": 512, "float16": 1024, "bfloat16": 1024, "float8": 2048, "int8": 2048}),
    "rtx4090": (
        128, 2.52, {"float32": 256, "tf32": 256, "float16": 1024, "bfloat16": 512, "float8": 2048, "int8": 2048},
    ),
    "mi300x": (
        304, 2.1,
        {"float64": 256, "float32": 256, "tf32": 1024, "float16": 2048, "bfloat16": 2048, "float8": 4096, "int8": 4096},
    ),
    "orin": (16, 1.3, {"float32": 256, "float16": 2048, "int8": 4096}),
    "xeon-8380": (40, 3.4, {"float64": 32, "float32": 64, "int8": 256}),
    "xeon-8380-core": (1, 3.4, {"float64": 32, "float32": 64, "int8": 256}),
    "epyc-9654": (96, 3.7, {"float64": 16, "float32": 32}),
    "m1": (8, 1.278, {"float32": 256}),
    "m1-max": (32, 1.296, {"float32": 256}),
    "m2": (10, 1.398, {"float32": 256}),
}  # fmt: skip
"""Units (multiprocessors, compute units, cores), their clock in GHz, and FLOPs that one does in a cycle, dense."""

BUILT["a100-40gb"] = BUILT["a100"]

FASTER = {"h100": (132, 1.98, {"float64": 256, "float32": 256})}
"""What units do at another clock."""

BUSES = {
    "v100": (4096, 1.75), "t4": (256, 10), "a100": (5120, 3.186), "a100-40gb": (5120, 2.43), "h100": (5120, 5.23),
    "l4": (192, 12.5), "rtx4090": (384, 21), "mi300x": (8192, 5.2), "orin": (256, 6.4), "xeon-8380": (8 * 64, 3.2),
    "xeon-8380-core": (8 * 64, 3.2), "epyc-9654": (12 * 64, 4.8), "m1": (128, 4.266), "m1-max": (512, 6.4),
    "m2": (128, 6.4),
}  # fmt: skip
"""Bits of the memory's bus, and thousands of millions of transfers in a second."""

ROUNDED = 0.025
"""Makers round: Apple states 400 GB/s for 409.6, NVIDIA 900 for 896."""


def test_every_machine_is_here():
    assert set(BUILT) == set(BUSES) == set(PROFILES)


@pytest.mark.parametrize("name", PROFILES)
def test_peaks(name):
    peaks = {
        dtype: units * clock * each * 1e9
        for units, clock, rates in (BUILT[name], *([FASTER[name]] if name in FASTER else []))
        for dtype, each in rates.items()
    }
    assert ANY not in PROFILES[name].peaks
    assert PROFILES[name].peaks == pytest.approx(peaks, rel=ROUNDED)


@pytest.mark.parametrize("name", PROFILES)
def test_bandwidths(name):
    bits, rate = BUSES[name]
    assert PROFILES[name].bandwidth == pytest.approx(bits / 8 * rate * 1e9, rel=ROUNDED)


@pytest.mark.parametrize("name", PROFILES)
def test_sources_say_who_and_when(name):
    assert any(year in PROFILES[name].source for year in map(str, range(2018, 2026))) or "same" in PROFILES[name].source
