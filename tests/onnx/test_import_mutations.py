"""Ten thousand files that differ from sound ones by a few bytes or meanings: a network, or one error of ours in a line.

`CONVMATH_FUZZ=100000 python -m pytest tests/onnx/test_import_mutations.py` tries more.
"""

import os
import random
import resource
import time

import pytest

import convmath as cm

onnx = pytest.importorskip("onnx")

from tests.onnx.mutations import MODELS, of_bytes, of_meaning  # noqa: E402

COUNT = int(os.environ.get("CONVMATH_FUZZ", "10000"))
BATCHES = 10

SLOWEST = 1.0
"""Seconds of the processor that one file may take."""


def attempt(source):
    """A network whose table is text, or an error of ours in one line."""
    try:
        said = str(cm.from_onnx(source).analyze()).replace("\n", "")
    except cm.ConvmathError as error:
        said = str(error)
        assert len(said) < 2000
    assert not said or said.isprintable()


@pytest.mark.parametrize("made", MODELS, ids=lambda made: made.__name__)
def test_the_models_that_are_mutated_are_sound(made):
    onnx.checker.check_model(made())
    unknown = [row.layer.name for row in cm.from_onnx(made()).analyze().rows if row.op == "Unknown"]
    assert unknown == (["own.Foo"] if made.__name__ == "looking" else [])


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutated_files(batch, tmp_path, monkeypatch):
    """Half of them differ in their bytes, half in what they mean."""
    monkeypatch.chdir(tmp_path)
    sound = [made().SerializeToString() for made in MODELS]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(batch, COUNT, BATCHES):
        rng = random.Random(seed)
        source = rng.choice((of_bytes, of_meaning))(rng, rng.choice(sound))
        start = time.process_time()
        attempt(source)
        assert time.process_time() - start < SLOWEST, seed
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 128 << 10
    assert os.listdir(tmp_path) == []
