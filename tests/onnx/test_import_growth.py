"""A model four times as deep is read in four times as many steps of Python, not in sixteen times."""

import pytest

pytest.importorskip("onnx")

import convmath as cm
from tests.benchmarks.imports import NETS
from tests.network.test_growth import steps


@pytest.mark.parametrize("net", NETS)
def test_reading_grows_with_the_model(net):
    small, large = (NETS[net](layers) for layers in (80, 320))
    assert len(cm.from_onnx(large).analyze()) > 310
    assert steps(lambda: cm.from_onnx(large)) < 4.2 * steps(lambda: cm.from_onnx(small))
