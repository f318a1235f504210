"""The catalogue of broken specifications: what is told of each, to the letter, and a twin of each that passes.

`python -m pytest tests/ci/test_broken.py --renew-golden` writes what is told anew.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from convmath.cli.group import run

BROKEN = Path(__file__).parents[1] / "data" / "broken"

NAMES = sorted(path.stem for path in BROKEN.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_broken_and_mended(name, golden, monkeypatch, capsys):
    monkeypatch.chdir(BROKEN)
    assert run(["check", f"{name}.yaml", "--format", "text"]) == 1
    told = capsys.readouterr().out
    golden(BROKEN / f"{name}.txt", told)
    assert re.fullmatch(
        rf"{name}\.yaml:[1-9]\d*:[1-9]\d*: CM0(01|11|12) .+\n1 finding in 1 file with \d+ claims?\n", told
    )
    assert run(["check", f"mended/{name}.yaml", "--format", "text"]) == 0
    assert capsys.readouterr().out.startswith("no findings in 1 file ")


@pytest.mark.parametrize("name", NAMES)
def test_one_fault_in_one_place(name):
    """A file and its twin are the same but for one run of lines."""
    broken, mended = (
        (BROKEN / f"{kind}{name}.yaml").read_text(encoding="utf-8").split("\n") for kind in ("", "mended/")
    )
    changes = [op for op in SequenceMatcher(None, broken, mended, autojunk=False).get_opcodes() if op[0] != "equal"]
    assert len(changes) == 1


def test_the_catalogue_is_whole():
    assert len(NAMES) >= 130
    assert {path.stem for path in BROKEN.glob("mended/*")} == {path.stem for path in BROKEN.glob("*.txt")} == set(NAMES)
    kinds = {name.partition("-")[0] for name in NAMES}
    assert kinds >= {
        "argument", "block", "circle", "convention", "expect", "input", "key", "layer", "limit", "name", "noqa",
        "parameter", "reference", "relation", "shape", "unit", "valid", "yaml",
    }  # fmt: skip
