"""How much memory there is, and refusing what takes more of it than is allowed."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path

from ..core.errors import ParameterError, ParseError, show
from ..report.describe import show_bytes

UNITS = {
    "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30,
    "tib": 2**40,
}  # fmt: skip
"""Bytes of every unit that an amount may have."""


def as_bytes(value: int | str) -> int:
    """A number of bytes, written plainly or with a unit: kB, MB, GB, TB of 1000, KiB, MiB, GiB, TiB of 1024.

    >>> as_bytes("2GiB"), as_bytes("1.5 MB"), as_bytes(4096)
    (2147483648, 1500000, 4096)
    """
    if type(value) is int and value >= 0:
        return value
    found = (
        re.fullmatch(r"\s*([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*([a-z]*)\s*", value.lower())
        if isinstance(value, str)
        else None
    )
    if found is None or found[2] not in UNITS:
        raise ParseError(f"{show(value)} is no amount of memory (write bytes, or for example 500MB or 2GiB)")
    return int(Fraction(found[1]) * UNITS[found[2]])


def free_bytes() -> int:
    """The bytes of memory that this process may still take; 4 GiB where the system does not tell.

    >>> free_bytes() > 0
    True
    """
    told = [count for count in (_from_meminfo(), _from_control_group()) if count is not None]
    return min(told) if told else 4 << 30


def _from_meminfo() -> int | None:
    try:
        told = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return _from_sysconf()
    found = re.search(r"^MemAvailable:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _from_sysconf() -> int | None:
    try:  # half of all there is, as not every system tells how much of it is free
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return None


def _from_control_group() -> int | None:
    """What a container leaves."""
    try:
        limit, used = (Path(f"/sys/fs/cgroup/memory.{name}").read_text(encoding="ascii") for name in ("max", "current"))
    except OSError:
        return None
    return max(int(limit) - int(used), 0) if limit.strip().isdigit() else None


def allowed_bytes(limit: int | str | None = None) -> int:
    """The limit in bytes; half of what is free where none is given.

    >>> allowed_bytes("2MB")
    2000000
    """
    return free_bytes() // 2 if limit is None else as_bytes(limit)


def refuse_above(limit: int | str | None, needed: int, who: str, mend: str = "allow more memory") -> None:
    """ParameterError with both numbers where more memory is needed than the limit, by default half of what is free.

    >>> refuse_above("1MB", 3 << 20, "net")
    Traceback (most recent call last):
    convmath.core.errors.ParameterError: net: takes up to 3.0 MiB of memory, 976.6 KiB are allowed (use a smaller input, or allow more memory)
    """  # noqa: E501 (an error is one line)
    allowed = allowed_bytes(limit)
    if needed > allowed:
        raise ParameterError(
            f"{who}: takes up to {show_bytes(needed)} of memory, {show_bytes(allowed)} are allowed"
            f" (use a smaller input, or {mend})"
        )
