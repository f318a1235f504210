"""Forty models that others wrote, read without their libraries: the counts are those of torchvision, timm, PyTorch."""

import pytest

import convmath as cm
from convmath.core.bound import is_known
from tests.formats.skeletons import FOLDER, read_skeleton, skeletons


@pytest.mark.parametrize("skeleton", skeletons(), ids=lambda skeleton: skeleton.name)
def test_a_model_is_counted_as_by_its_library(skeleton):
    network = cm.loads(read_skeleton(skeleton))
    report = network.analyze()
    assert "x".join(map(str, next(iter(network.input_shapes.values())))) == skeleton.input
    assert is_known(report.totals.macs)
    assert (report.totals.params, report.totals.macs) == (skeleton.params, skeleton.macs)


def test_a_file_says_what_its_network_is():
    for skeleton in skeletons()[::8]:
        text = read_skeleton(skeleton)
        assert cm.dumps(cm.loads(text)) == text


def test_every_file_is_listed_and_together_they_are_small():
    files = sorted(path.name for path in FOLDER.glob("*.gz"))
    assert files == sorted(skeleton.path.name for skeleton in skeletons())
    assert len(files) >= 25
    assert sum(path.stat().st_size for path in FOLDER.glob("*.gz")) < 500_000
