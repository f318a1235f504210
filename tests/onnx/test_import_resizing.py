"""Which positions a resize by the nearest one reads: onnxruntime's, or a remark says that they are others."""

from itertools import product

import numpy as np
import pytest

import convmath as cm
from convmath.core.positions import members

pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from tests.onnx.models import model, node, whole  # noqa: E402

PLACES = ("half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners")
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
SIZES = ((4, 8), (8, 4), (5, 7), (7, 5), (3, 9), (6, 1), (4, 4))

KNOWN = {("half_pixel", "round_prefer_floor"), ("asymmetric", "floor")}
"""What exporters write: never remarked where sizes are whole multiples."""


@pytest.mark.parametrize(("places", "rounding"), list(product(PLACES, ROUNDINGS)))
def test_positions_are_those_of_a_run_or_remarked(places, rounding):
    for old, new in SIZES:
        resize = node("Resize", "x roi scales sizes", "y", coordinate_transformation_mode=places, nearest_mode=rounding)
        resize.input[1] = resize.input[2] = ""
        made = model([resize], {"x": (1, 1, old)}, {"y": (1, 1, new)}, {"sizes": whole(1, 1, new)}, 19)
        session = onnxruntime.InferenceSession(made.SerializeToString())
        (read,) = session.run(None, {"x": np.arange(old, dtype=np.float32).reshape(1, 1, old)})
        report = cm.from_onnx(made).analyze()
        told = any("reads other positions" in remark for remark in report.remarks)
        assert not told or (places, rounding) not in KNOWN or new % old
        sights = report.receptive_fields()
        ours = [list(members(sights.touched(report.rows[-1].name, (o,)).axes[0])) for o in range(new)]
        assert told or ours == [[int(i)] for i in read.ravel()], (old, new)


def remarks_on(rounding):
    resize = node("Resize", "x roi scales", "y", nearest_mode=rounding, coordinate_transformation_mode="asymmetric")
    resize.input[1] = ""
    stored = {"scales": np.array([1, 1, 2], np.float32)}
    net = cm.from_onnx(model([resize], {"x": (1, 1, "W")}, {"y": (1, 1, "W2")}, stored, 19))
    return [remark for remark in net.remarks if "reads other positions" in remark]


def test_of_formulas_what_is_a_whole_multiple_is_known():
    assert remarks_on("floor") == []
    (remark,) = remarks_on("ceil")
    assert "asymmetric, ceil" in remark
