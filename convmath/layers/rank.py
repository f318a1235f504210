"""The same convolution over one, two or three spatial axes."""

from __future__ import annotations

from .conv import Conv, Conv1d, Conv2d, Conv3d

CONV: dict[int | None, type[Conv]] = {1: Conv1d, 2: Conv2d, 3: Conv3d}
"""The convolution over so many spatial axes, for composites that are written once for all ranks."""
