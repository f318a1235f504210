"""Models of torchvision and timm: parameters as their libraries count, MACs as PyTorch does, shapes as a run has them.

`CONVMATH_MODELS=all python -m pytest tests/torch/test_import_models.py` takes all 230, in about half an hour;
`CONVMATH_MODELS=timm/dla34,torchvision/alexnet` those; otherwise a few.
"""

import os
from collections import defaultdict
from copy import deepcopy

import pytest

import convmath as cm
from convmath.core.bound import is_known, known_part
from tests.formats.skeletons import Skeleton, read_skeleton, skeletons, write_skeletons

torch = pytest.importorskip("torch")
flop_counter = pytest.importorskip("torch.utils.flop_counter")

from tests.torch.library_models import QUICK, SKELETONS, build, every_model, libraries  # noqa: E402 (they want PyTorch as well)

ASKED = os.environ.get("CONVMATH_MODELS", "")

UNUSED = {
    "torchvision/googlenet": 6_379_984,
    "torchvision/inception_v3": 3_326_696,
}
"""Parameters of classifiers that only help in training: they take no part in predicting."""

UNKNOWN = {
    "timm/efficientnet_cc_b0_4e": "conv2d",
    "timm/test_vit": "_upsample_bicubic2d_aa",
}
"""What stays unknown: weights that depend on the input (CondConv), and resizing with a low-pass filter."""


def asked():
    if ASKED == "all":
        return every_model()
    return ASKED.split(",") if ASKED else list(QUICK)


def run_on_meta(module, shape):
    """FLOPs by FlopCounterMode, and the output shape of every call of every module by its path, on the meta device."""
    still, calls = deepcopy(module).to("meta"), defaultdict(list)

    def hook(path):
        def record(_module, _inputs, output):
            if isinstance(output, torch.Tensor):
                calls[path].append(tuple(output.shape))

        return record

    for path, part in still.named_modules():
        part.register_forward_hook(hook(path))
    with flop_counter.FlopCounterMode(display=False) as counter, torch.no_grad():
        still(torch.empty(shape, device="meta"))
    return counter.get_total_flops(), calls


def check_shapes(report, calls):
    """Layers, and blocks of layers, that are called once or bear the number of the call, have the shape of the run."""
    checked = 0
    names = {row.name for row in report.rows}
    blocks = {name[:place] for name in names for place, sign in enumerate(name) if sign == "."}
    for path, shapes in calls.items():
        if path in names:
            for number, shape in enumerate(shapes):
                name = f"{path}_{number}" if number else path
                assert report[name].outputs[0] == shape, name
                checked += 1
        elif path in blocks and len(shapes) == 1:
            assert report[path].outputs[0] == shapes[0], path
            checked += 1
    return checked


@pytest.mark.parametrize("name", asked())
def test_a_model_of_a_library(name):
    libraries()
    module, shape = build(name)
    report = cm.from_torch(module, shape).analyze()
    flops, calls = run_on_meta(module, shape)
    assert report.totals.params == sum(p.numel() for p in module.parameters()) - UNUSED.get(name, 0)
    unknown = {row.layer.name for row in report.rows if row.op == "Unknown"}
    assert unknown == ({UNKNOWN[name]} if name in UNKNOWN else set())
    assert is_known(report.totals.macs) == (name not in UNKNOWN)
    if name in UNKNOWN:
        assert 2 * known_part(report.totals.macs) <= flops
    else:
        assert 2 * report.totals.macs == flops
    assert check_shapes(report, calls) > 10


def test_skeletons_are_what_the_libraries_build(request):
    """`CONVMATH_MODELS=all` holds the files of tests/data/models against the libraries; --renew-golden writes them."""
    renewed = request.config.getoption("--renew-golden")
    if ASKED != "all" and not renewed:
        pytest.skip("wants CONVMATH_MODELS=all")
    torchvision, timm, _ = libraries()
    versions = {"torchvision": torchvision.__version__.partition("+")[0], "timm": timm.__version__}
    made = {}
    for name in SKELETONS:
        module, shape = build(name)
        network = cm.from_torch(module, shape)
        network.name = name.partition("/")[2]
        flops, calls = run_on_meta(module, shape)
        params = sum(p.numel() for p in module.parameters()) - UNUSED.get(name, 0)
        assert check_shapes(network.analyze(), calls) > 10
        version = versions[name.partition("/")[0]]
        made[Skeleton(name, version, "x".join(map(str, shape)), params, flops // 2)] = cm.dumps(network)
    if renewed:
        write_skeletons(made)
    assert list(made) == list(skeletons())
    assert [read_skeleton(skeleton) for skeleton in made] == list(made.values())
