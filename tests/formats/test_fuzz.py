"""Whatever the bytes: a network, or an error of convmath's own with a place for every fault; and nothing is run.

`CONVMATH_FUZZ=100000 python -m pytest tests/formats/test_fuzz.py` tries so many mutations; 3,000 otherwise.
"""

import os
import random
import re

import pytest

import convmath as cm
from convmath.formats.write import dumps
from tests.formats.mutations import mutated

COUNT = int(os.environ.get("CONVMATH_FUZZ", "3000"))
BATCHES = 10


def check_faults(error: cm.SpecError, data: bytes) -> None:
    assert str(error).splitlines() == list(error.faults)
    assert all(fault.isprintable() for fault in error.faults)
    matches = [re.match(r"f:([1-9]\d*):([1-9]\d*): \S", fault) for fault in error.faults]
    places = [(int(match[1]), int(match[2])) for match in matches if match]
    assert places == sorted(places)
    assert len(places) == len(matches) >= 1
    assert places[-1][0] <= data.count(b"\n") + data.count(b"\r") + 2


def check_network(network: cm.Network) -> None:
    """It is written as it was read, and an error about it, if any, leads to the file."""
    again = cm.loads(dumps(network), name="f")
    assert (again.name, again.nodes, again.outputs) == (network.name, network.nodes, network.outputs)
    opened = {name for name, shape in network.input_shapes.items() if shape is None}
    assert set(network.origins) - opened == {node.name for node in network.nodes if node.layer is not None}
    if None not in network.input_shapes.values():
        assert re.match(r"$|f:\d+:\d+: ", complaint(network))


def complaint(network: cm.Network) -> str:
    try:
        network.analyze()
    except cm.ConvmathError as error:
        return str(error)
    return ""


def try_one(data: bytes) -> bool:
    """Whether the bytes are a network; an AssertionError if an error is not what it should be."""
    try:
        network = cm.loads(data, name="f")
    except cm.SpecError as error:
        check_faults(error, data)
        return False
    check_network(network)
    return True


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutations(batch, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = random.Random(batch)
    networks = 0
    for _ in range(COUNT // BATCHES):
        data = mutated(rng)
        try:
            networks += try_one(data)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}; the bytes were {data!r}") from error
    assert list(tmp_path.iterdir()) == []
    assert networks >= COUNT // BATCHES // 50
