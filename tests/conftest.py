"""What all tests share: the same examples in every run, and golden files."""

from pathlib import Path

import pytest
from hypothesis import settings

# Hypothesis draws the same examples in every run and on every machine, however slow.
settings.register_profile("convmath", derandomize=True, deadline=None)
settings.load_profile("convmath")

# Scripts that want JAX, PyTorch and onnx.
collect_ignore = ["data/counting/in_jax.py", "data/counting/record.py", "benchmarks/imports.py"]

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser):
    parser.addoption("--renew-golden", action="store_true", help="write tests/golden/ anew from what the tests make")


@pytest.fixture
def golden(request):
    """Asserts that a text is, byte for byte, what the file of this name in tests/golden/ holds."""

    def check(name, text):
        if request.config.getoption("--renew-golden"):
            (GOLDEN / name).write_bytes(text.encode())
        assert text == (GOLDEN / name).read_bytes().decode()

    return check
