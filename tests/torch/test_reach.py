"""Which inputs each output reads, against PyTorch's own gradients: where they are not zero, a position is read.

In float64, with positive weights on positive inputs, so that nothing cancels and nothing underflows.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import convmath as cm
from tests.strategies import layers_with_inputs

torch = pytest.importorskip("torch")

from tests.torch.test_against_torch import torch_arguments  # noqa: E402

LINEAR = [
    *(f"{family}1d" for family in ("Conv", "ConvTranspose", "AvgPool", "AdaptiveAvgPool", "ZeroPad")),
    *(f"{family}2d" for family in ("Conv", "ConvTranspose", "AvgPool", "AdaptiveAvgPool", "ZeroPad")),
    "PixelShuffle", "PixelUnshuffle",
]  # fmt: skip


def measured(module, shape: tuple[int, ...], axis: int) -> list[set[int]]:
    """For each output position of a spatial axis, the input positions with a gradient."""
    module = module.double().eval()
    for parameter in module.parameters():
        torch.nn.init.constant_(parameter, 1.0)
    x = torch.ones(shape, dtype=torch.float64, requires_grad=True)
    y = module(x)
    seen = []
    for place in range(y.shape[2 + axis]):
        (gradient,) = torch.autograd.grad(y.select(2 + axis, place).sum(), x, retain_graph=True)
        other = [dim for dim in range(len(shape)) if dim != 2 + axis]
        # PyTorch computes where it interpolates in floats: a weight of 0 may come out as 1e-17.
        seen.append(set((gradient.sum(other).abs() > 1e-9).nonzero().flatten().tolist()))
    return seen


@pytest.mark.parametrize("name", LINEAR)
@settings(max_examples=12, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.data())
def test_reads(name: str, data: st.DataObject) -> None:
    layer, ((x,),) = data.draw(layers_with_inputs(name))
    arguments = torch_arguments(layer)
    assume(arguments is not None and arguments.get("padding_mode", "zeros") == "zeros")
    assume("Pad" not in name or min(arguments["padding"]) >= 0)  # a crop may leave no input on the other axis
    module = getattr(torch.nn, name)(**arguments)
    (stage,) = layer.stages(x)
    for axis, reach in enumerate(stage):
        inside = set(range(x.spatial[axis]))
        for output, seen in enumerate(measured(module, x, axis)):
            assert seen == (inside if reach is None else inside & set(reach.reads(output))), (layer, x, axis, output)


RESIZED = [(i, o) for i in range(1, 9) for o in range(1, 13)]


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear", "linear, corners", "area"])
def test_reads_of_a_resize(mode: str) -> None:
    """Beyond the border the border itself is read."""
    kind, _, corners = mode.partition(", ")
    aligned = bool(corners) if kind == "linear" else None
    for i, o in RESIZED:
        layer = cm.Upsample(o, mode=kind, align_corners=aligned)
        module = torch.nn.Upsample(o, mode=kind, align_corners=aligned)
        ((reach,),) = layer.stages(cm.Shape((1, 2, i)))
        for output, seen in enumerate(measured(module, (1, 2, i), 0)):
            clamped = {min(max(position, 0), i - 1) for position in reach.reads(output)}
            assert seen == clamped, (mode, i, o, output)
        (field,) = layer.receptive_field((1, 2, i))
        assert field is None or all(field.interval(j) == reach.interval(j) for j in range(o))


def test_reads_of_a_cubic_resize() -> None:
    """A bicubic kernel spans two inputs on either side; its weights may vanish, so it reads no more than told."""
    for i, o in RESIZED:
        layer = cm.Upsample((o, 4), mode="bicubic")
        reach, _ = layer.stages(cm.Shape((1, 2, i, 4)))[0]
        module = torch.nn.Upsample((o, 4), mode="bicubic")
        for output, seen in enumerate(measured(module, (1, 2, i, 4), 0)):
            assert seen <= {min(max(position, 0), i - 1) for position in reach.reads(output)}, (i, o, output)


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear"])
def test_reads_of_a_resize_by_a_factor(mode: str) -> None:
    """A stated factor places the outputs, though their number is rounded down.

    PyTorch takes short cuts past its factor where that number is the input's, or twice it for 'nearest'.
    """
    for factor in (0.5, 0.75, 1.25, 1.5, 2, 2.25, 3):
        for i in range(2, 12):
            layer = cm.Upsample(scale_factor=factor, mode=mode)
            outputs = layer.output_shape((1, 2, i))[2]
            if outputs == i or (mode == "nearest" and outputs == 2 * i):
                continue
            module = torch.nn.Upsample(scale_factor=factor, mode=mode)
            ((reach,),) = layer.stages(cm.Shape((1, 2, i)))
            for output, seen in enumerate(measured(module, (1, 2, i), 0)):
                clamped = {min(max(position, 0), i - 1) for position in reach.reads(output)}
                assert seen == clamped, (mode, factor, i, output)
