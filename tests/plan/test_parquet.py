"""Parquet files hold what CSV files do."""

import json

import pytest

from convmath.cli.group import run

parquet = pytest.importorskip("pyarrow.parquet")


def test_the_same_rows(tmp_path):
    words = ["sweep", "resnet18", "--vary", "width=8:32:8", "--vary", "H=64:128:32", "--vary", "W=2*H", "-o"]
    for name in ("x.parquet", "x.json"):
        assert run([*words, str(tmp_path / name)]) == 0
    rows = parquet.read_table(tmp_path / "x.parquet").to_pylist()
    assert rows == json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert len(rows) == 12
