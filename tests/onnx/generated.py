"""The node cases that the onnx package makes, which it does once only."""

import warnings
from functools import cache

import pytest

pytest.importorskip("onnx")

from onnx.backend.test.case.node import collect_testcases


@cache
def generated():
    """Every case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some overflow on purpose
        return list(collect_testcases(None))
