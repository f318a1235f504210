"""Whatever a file holds: `check` finds something in it or nothing, in time, says where, and runs nothing.

`CONVMATH_FUZZ=100000 python -m pytest tests/ci/test_mutations.py` checks so many mutations; 2,000 otherwise.
"""

from __future__ import annotations

import os
import random
import re
import resource
import sys
import time

import pytest

from convmath.ci.check import check_file, check_text
from convmath.ci.forms import FORMS
from tests.formats.mutations import mutated

COUNT = int(os.environ.get("CONVMATH_FUZZ", "2000"))
BATCHES = 10
SLOWEST = 1.0
"""Seconds of processor time that any one file may take."""
MOST_MEMORY = 400 * 1024
"""KiB by which the process may grow while it checks."""

RUN = re.compile(
    r"os\.(system|exec|posix_spawn|fork|remove|rename|mkdir)|subprocess\.Popen|socket\.(connect|bind)|pty\.spawn"
)


class Canary:
    """Told of everything that Python runs, writes or connects to while it watches."""

    def __init__(self):
        self.watching, self.seen = False, []
        sys.addaudithook(self.hear)

    def hear(self, event, args):
        if self.watching and (RUN.fullmatch(event) or (event == "open" and args[1] and set(args[1]) & set("wax+"))):
            self.seen.append((event, args))


CANARY = Canary()


def check_one(file, data):
    """Whether the bytes, put into the file, are at fault; an AssertionError if that is not told as it should be."""
    file.seek(0)
    file.write(data)
    file.truncate()
    file.flush()
    path = file.name
    begun = time.process_time()
    CANARY.watching = True
    try:
        checked = check_file(path)
    finally:
        CANARY.watching = False
    assert time.process_time() - begun < SLOWEST
    for one in checked.findings:
        assert one.code in {"CM001", "CM011", "CM012"}
        assert re.fullmatch(rf"{re.escape(path)}:[1-9]\d*:[1-9]\d*", one.place), one.place
        assert one.message
    assert check_text([checked]).count("\n") == len(checked.findings)
    for write in FORMS.values():
        write([checked]).encode()
    return bool(checked.findings)


@pytest.fixture(autouse=True)
def nothing_is_compiled(monkeypatch):
    """What is imported for the first time while the canary listens writes no bytecode."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutations(batch, tmp_path, monkeypatch):
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    dice = random.Random(1000 + batch)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    faulty = 0
    with open(tmp_path / "f.yaml", "wb") as file:
        for _ in range(COUNT // BATCHES):
            data = mutated(dice)
            try:
                faulty += check_one(file, data)
            except Exception as error:
                raise AssertionError(f"{type(error).__name__}: {error}; the bytes were {data!r}") from error
    assert CANARY.seen == []
    assert list(empty.iterdir()) == []
    assert COUNT // BATCHES // 50 <= faulty < COUNT // BATCHES
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MEMORY


def test_the_canary_sings(tmp_path):
    CANARY.watching = True
    (tmp_path / "written").write_text("x")
    os.system("true")
    CANARY.watching = False
    assert [event for event, _ in CANARY.seen] == ["open", "os.system"]
    CANARY.seen.clear()
