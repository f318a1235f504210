"""Convolution problems recorded by other projects, read from tests/data; see the README there."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

DATA = Path(__file__).parent.parent / "data"

LINES = {
    "onednn_conv": 7_236,
    "onednn_deconv": 214,
    "miopen_conv": 40_012,
    "miopen_deconv": 33_102,
    "deepbench_conv": 217,
    "stablehlo_conv": 43,
    "axis_tuples": 14_784,
}
"""Problems in each file."""

Axes = tuple[int, ...]


class Problem(NamedTuple):
    """One recorded problem, its sizes one for each spatial axis."""

    mb: int
    g: int
    ic: int
    oc: int
    in_spatial: Axes
    kernel: Axes
    stride: Axes
    pad_l: Axes
    pad_r: Axes
    dilation: Axes
    output_padding: Axes
    lhs_dilation: Axes
    batch_groups: int
    kind: str
    rule: str
    out_spatial: Axes

    @property
    def rank(self) -> int:
        return len(self.in_spatial)

    @property
    def pads(self) -> tuple[tuple[int, int], ...]:
        return tuple(zip(self.pad_l, self.pad_r, strict=True))

    @property
    def x(self) -> tuple[int, ...]:
        return (self.mb, self.ic, *self.in_spatial)

    @property
    def y(self) -> tuple[int, ...]:
        return (self.mb // self.batch_groups, self.oc, *self.out_spatial)


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The lines of a file as they stand."""
    with gzip.open(DATA / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def problems(name: str) -> tuple[Problem, ...]:
    """The lines of a file, in its order."""
    return tuple(_problem(row) for row in rows(name))


def distinct(name: str) -> dict[Problem, int]:
    """Each different problem of a file, and on how many lines it stands."""
    counts: dict[Problem, int] = defaultdict(int)
    for problem in problems(name):
        counts[problem] += 1
    return counts


def columns(axes: list[tuple[int, ...]]) -> tuple[np.ndarray, ...]:
    """Tuples with one entry for each field, turned into one array for each field."""
    return tuple(np.array(axes, dtype=np.int64).T)


def _problem(row: dict[str, str]) -> Problem:
    rank = int(row["ndim"])

    def axes(name: str, default: int = 0) -> Axes:
        text = row.get(name) or "x".join([str(default)] * rank)
        sizes = tuple(map(int, text.split("x")))
        assert len(sizes) == rank, row
        return sizes

    return Problem(
        int(row["mb"]), int(row["g"]), int(row["ic"]), int(row["oc"]),
        axes("in_spatial"), axes("kernel"), axes("stride"), axes("pad_l"), axes("pad_r"), axes("dilation"),
        axes("output_padding"), axes("lhs_dilation", 1), int(row.get("batch_groups") or 1),
        row["kind"], row.get("rule") or "", axes("out_spatial"),
    )  # fmt: skip
