"""The tools themselves, where they are installed: what is recorded of them is what they say now, and what we say."""

import contextlib
import importlib
import warnings

import pytest

import convmath as cm

pytest.importorskip("torch")

NEEDED = {
    "torchvision": "torch", "pytorch": "torch", "fvcore": "fvcore.nn", "ptflops": "ptflops", "ptflops-aten": "ptflops",
    "thop": "thop", "torchinfo": "torchinfo", "calflops": "calflops", "calflops-macs": "calflops",
}  # fmt: skip
"""The module that each tool needs."""

LAYERS = [
    ("Conv2d(4, 6, (3, 5), stride=2, padding=(1, 2), groups=2)", "1x4x11x14"),
    ("ConvTranspose2d(4, 6, 3, stride=2, padding=1, groups=2)", "1x4x8x5"),
    ("Linear(13, 7)", "1x13"),
    ("BatchNorm2d(5)", "1x5x7x6"),
    ("LayerNorm((7, 6))", "1x5x7x6"),
    ("ReLU()", "1x5x7x6"),
    ("PReLU(5)", "1x5x7x6"),
    ("MaxPool2d(3, stride=2)", "1x5x7x6"),
    ("AvgPool2d(2)", "1x5x7x6"),
    ("AdaptiveAvgPool2d(1)", "1x5x7x6"),
    ("Upsample(scale_factor=3, mode='bilinear')", "1x5x7x6"),
    ("Softmax(dim=1)", "1x5x7x6"),
]


@pytest.fixture(scope="module")
def record():
    """The recording script, with the schemas that torchvision needs beside a torch without CUDA."""
    from tests.data.counting import record

    with contextlib.suppress(RuntimeError):  # they are there if torchvision's own operators are
        record.kept = record.declare_operators()
    return record


@pytest.mark.parametrize("tool", NEEDED)
def test_a_tool_counts_layers_as_its_convention_says(record, tool):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs
        if tool.startswith("calflops"):
            record.without_transformers()
        try:
            importlib.import_module(NEEDED[tool])
        except Exception as error:  # noqa: BLE001 (a tool that does not load is not there)
            pytest.skip(f"{tool}: {error}")
        for text, shape in LAYERS:
            told = record.counted(tool, record.layer_of(text), shape)
            assert cm.Sequential(cm.parse_layer(text)).analyze(shape).counted_like(tool).total == told, text


@pytest.mark.parametrize("tool", ["torchvision", "pytorch", "torchinfo"])
@pytest.mark.parametrize("network", ["unet_padded", "dcgan_generator"])
def test_networks_with_transposed_convolutions(record, tool, network):
    pytest.importorskip(NEEDED[tool])
    build, _ = record.NETWORKS[network]
    shape, given = ("1x1x32x48", {"size": (32, 48)}) if network == "unet_padded" else ("1x100x1x1", {})
    told = record.counted(tool, build(), shape)
    assert getattr(cm.zoo, network)(**given).analyze(shape).counted_like(tool).total == told
