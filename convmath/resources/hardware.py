"""Hardware profiles: the most arithmetic and the most traffic that a machine can do in a second, by its data sheet.

Peaks are dense: no sparsity is assumed. Matrix units count where a dtype has them. The numbers are their makers';
what a program reaches lies below.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..core.cost import bytes_per
from ..core.errors import ParameterError, ParseError, show, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

GIGA, TERA = 10**9, 10**12

ANY = "any"
"""Stands for every dtype that a profile does not name."""


class Profile(NamedTuple):
    """A machine: FLOP/s by dtype, bytes/s of its memory, and where that is written."""

    name: str
    peaks: Mapping[str, int]
    bandwidth: int
    source: str = "stated by the user"

    def peak(self, dtype: str) -> int:
        """FLOP/s in a dtype; UnknownNameError for no dtype, ParameterError for one that the profile does not state.

        >>> PROFILES["a100"].peak("float16")
        312000000000000
        """
        bytes_per(dtype)
        found = self.peaks.get(dtype, self.peaks.get(ANY))
        if found is None:
            raise ParameterError(
                f"{self.name}: states no peak for {dtype}, only for {', '.join(self.peaks)} (choose one with --dtype)"
            )
        return found

    def ridge(self, dtype: str) -> float:
        """FLOPs per byte from which on arithmetic, and no longer memory, sets the bound.

        >>> PROFILES["v100"].ridge("float32")
        17.444444444444443
        """
        return self.peak(dtype) / self.bandwidth


def _tera(**peaks: float) -> dict[str, int]:
    return {dtype: round(peak * TERA) for dtype, peak in peaks.items()}


PROFILES = {
    "v100": Profile(
        "NVIDIA V100 SXM2", _tera(float64=7.8, float32=15.7, float16=125), 900 * GIGA,
        "NVIDIA, Tesla V100 data sheet (2018)",
    ),
    "t4": Profile(
        "NVIDIA T4", _tera(float32=8.1, float16=65, int8=130), 320 * GIGA,
        "NVIDIA, T4 data sheet (2018); bandwidth by the Turing white paper",
    ),
    "a100": Profile(
        "NVIDIA A100 SXM 80 GB",
        _tera(float64=19.5, float32=19.5, tf32=156, float16=312, bfloat16=312, int8=624), 2039 * GIGA,
        "NVIDIA, A100 data sheet (2021)",
    ),
    "a100-40gb": Profile(
        "NVIDIA A100 SXM 40 GB",
        _tera(float64=19.5, float32=19.5, tf32=156, float16=312, bfloat16=312, int8=624), 1555 * GIGA,
        "NVIDIA, A100 architecture white paper (2020)",
    ),
    "h100": Profile(
        "NVIDIA H100 SXM5",
        _tera(float64=66.9, float32=66.9, tf32=494.7, float16=989.4, bfloat16=989.4, float8=1978.9, int8=1978.9),
        3350 * GIGA, "NVIDIA, H100 architecture white paper and data sheet (2023)",
    ),
    "l4": Profile(
        "NVIDIA L4", _tera(float32=30.3, tf32=60, float16=121, bfloat16=121, float8=242.5, int8=242.5), 300 * GIGA,
        "NVIDIA, L4 data sheet (2023); half of what it states with sparsity",
    ),
    "rtx4090": Profile(
        "NVIDIA GeForce RTX 4090",
        _tera(float32=82.6, tf32=82.6, float16=330.3, bfloat16=165.2, float8=660.6, int8=660.6), 1008 * GIGA,
        "NVIDIA, Ada architecture white paper (2022); float16 and float8 accumulated in float16",
    ),
    "mi300x": Profile(
        "AMD Instinct MI300X",
        _tera(float64=163.4, float32=163.4, tf32=653.7, float16=1307.4, bfloat16=1307.4, float8=2614.9, int8=2614.9),
        5300 * GIGA, "AMD, Instinct MI300X data sheet (2023)",
    ),
    "orin": Profile(
        "NVIDIA Jetson AGX Orin 64 GB, GPU", _tera(float32=5.3, float16=42.5, int8=85), 204_800_000_000,
        "NVIDIA, Jetson AGX Orin technical brief (2022); dense, half of what it states with sparsity",
    ),
    "xeon-8380": Profile(
        "Intel Xeon Platinum 8380, one socket", _tera(float64=4.352, float32=8.704, int8=34.816), 204_800_000_000,
        "Intel, product specification (2021): 40 cores, two AVX-512 units, at most 3.4 GHz, eight channels DDR4-3200",
    ),
    "xeon-8380-core": Profile(
        "Intel Xeon Platinum 8380, one core", _tera(float64=0.1088, float32=0.2176, int8=0.8704), 204_800_000_000,
        "the same divided by 40 cores; the memory is the whole socket's",
    ),
    "epyc-9654": Profile(
        "AMD EPYC 9654, one socket", _tera(float64=5.6832, float32=11.3664), 460_800_000_000,
        "AMD, product specification (2022): 96 cores, 32 FLOPs a cycle in float32, at most 3.7 GHz, 12 × DDR5-4800",
    ),
    "m1": Profile(
        "Apple M1, GPU", _tera(float32=2.6), 68_250_000_000, "Apple, press release (2020); bandwidth of LPDDR4X-4266"
    ),
    "m1-max": Profile(
        "Apple M1 Max, GPU", _tera(float32=10.4), 400 * GIGA,
        "Apple, presentation (2021); bandwidth by the press release",
    ),
    "m2": Profile(
        "Apple M2, GPU", _tera(float32=3.6), 100 * GIGA,
        "Apple, presentation (2022); bandwidth by the press release",
    ),
}  # fmt: skip
"""The machines that --profile knows."""

PREFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}

NUMBER = re.compile(r"([0-9]{1,18}(?:\.[0-9]{0,18})?(?:[eE][+]?[0-9]{1,2})?)\s*([kMGTP]?)(?:FLOPS|FLOP/s|B/s|OPS)?")

FASTEST = 10**24
"""No machine does more in a second."""


def rate(text: str, who: str) -> int:
    """So many a second: a number, with a prefix of the SI if need be; ParseError for anything else.

    >>> rate("312T", "peak"), rate("1.5e12", "bandwidth"), rate("900 GB/s", "bandwidth")
    (312000000000000, 1500000000000, 900000000000)
    """
    found = NUMBER.fullmatch(text.strip())
    value = 0 if found is None else round(float(found[1]) * PREFIXES[found[2]])
    if not 1 <= value <= FASTEST:
        raise ParseError(f"{who}: {show(text)} is no number of 1 to 10^24 a second (write 312e12, or 312T)")
    return value


def profile(text: str) -> Profile:
    """A machine by its name in PROFILES, or by its numbers: `peak=19.5T,bandwidth=900G`, or `float16=125T,…` by dtype.

    UnknownNameError for another name or dtype, ParseError for what is no number or not complete.

    >>> profile("peak=10T,float16=40T,bandwidth=500G").peak("float16")
    40000000000000
    """
    if "=" not in text:
        if text not in PROFILES:
            raise unknown_name("hardware profile", text, list(PROFILES))
        return PROFILES[text]
    stated: dict[str, str] = {}
    for word in text.split(","):
        name, equals, value = (part.strip() for part in word.partition("="))
        if not (name and equals):
            raise ParseError(f"--profile {show(text)}: {show(word)} is not NAME=NUMBER (such as bandwidth=900G)")
        if name in stated:
            raise ParseError(f"--profile {show(text)}: {name} is given twice")
        stated[name] = value
    if "bandwidth" not in stated:
        raise ParseError(f"--profile {show(text)}: bandwidth is missing (such as bandwidth=900G, in bytes a second)")
    bandwidth = rate(stated.pop("bandwidth"), f"--profile {show(text)}: bandwidth")
    peaks = {dtype_of(name): rate(value, f"--profile {show(text)}: {name}") for name, value in stated.items()}
    if not peaks:
        raise ParseError(f"--profile {show(text)}: peak is missing (such as peak=19.5T, in FLOP/s)")
    return Profile(text, peaks, bandwidth)


def dtype_of(name: str) -> str:
    """The dtype that a key of a profile means; `peak` is any. UnknownNameError for what is none.

    >>> dtype_of("peak"), dtype_of("float16")
    ('any', 'float16')
    """
    if name == "peak":
        return ANY
    bytes_per(name)
    return name
