"""How fast layers run in NumPy, against PyTorch and onnxruntime on the same layer in the same process.

    python -m tests.benchmarks.numeric [WORDS]

One thread, float32, no bias; all sides take turns, and each time is the least of many. The ratio is ours over theirs:
to PyTorch in its usual layout, and to the best of PyTorch NCHW, PyTorch channels_last and onnxruntime. A second set of
layers is drawn at random from a fixed seed: nothing was tuned on it. WORDS keep the rows whose name has one of them.
"""

from __future__ import annotations

import os
import sys
import time
from math import exp, log, prod
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import convmath as cm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIXED = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    # Without these the allocator's own state moves a time by a factor of two.
    "MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "8589934592",
}  # fmt: skip
"""The environment that a process must be started with."""

ROUNDS, SECONDS = 15, 1.5
"""At least so many turns, and turns for so long."""


class Case(NamedTuple):
    """A layer and the input that it runs on."""

    name: str
    layer: cm.Layer
    shape: tuple[int, ...]


def known() -> Iterator[Case]:
    """Layers of published networks, and one of each kind that has a route of its own."""
    conv = cm.Conv2d
    yield Case("7×7 stride 2, 3→64 at 224", conv(3, 64, 7, 2, 3, bias=False), (1, 3, 224, 224))
    yield Case("3×3, 64→64 at 56", conv(64, 64, 3, 1, 1, bias=False), (1, 64, 56, 56))
    yield Case("3×3, 256→256 at 14", conv(256, 256, 3, 1, 1, bias=False), (1, 256, 14, 14))
    yield Case("1×1, 256→64 at 56", conv(256, 64, 1, bias=False), (1, 256, 56, 56))
    yield Case("depthwise 3×3, 32 at 112", conv(32, 32, 3, 1, 1, 1, 32, bias=False), (1, 32, 112, 112))
    yield Case("dilated 3×3, 128 at 28", conv(128, 128, 3, 1, 2, 2, bias=False), (1, 128, 28, 28))
    yield Case("3×3 stride 2, 128 at 56", conv(128, 128, 3, 2, 1, bias=False), (1, 128, 56, 56))
    yield Case("3×3×3, 32→64 at 8×28×28", cm.Conv3d(32, 64, 3, 1, 1, bias=False), (1, 32, 8, 28, 28))
    yield Case("1-D, 9 taps, 64 at 16384", cm.Conv1d(64, 64, 9, 1, 4, bias=False), (1, 64, 16384))
    yield Case("3×3 in 32 groups of 4 at 56", conv(128, 128, 3, 1, 1, 1, 32, bias=False), (1, 128, 56, 56))
    yield Case("16×16 patches, 3→768 at 224", conv(3, 768, 16, 16, bias=False), (1, 3, 224, 224))
    yield Case("3×3, 64 at 28, batch 8", conv(64, 64, 3, 1, 1, bias=False), (8, 64, 28, 28))
    yield Case("transposed 4×4 stride 2, 128→64 at 28",
               cm.ConvTranspose2d(128, 64, 4, 2, 1, bias=False), (1, 128, 28, 28))  # fmt: skip


def drawn(count: int = 13) -> Iterator[Case]:
    """Random convolutions of 10 to 400 million multiplications, one in five transposed, one in five in groups."""
    dice = Random("layers to be timed")
    while count:
        rank, transposed = dice.choice((1, 2, 2, 2, 3)), dice.random() < 0.2
        groups = dice.choice((1, 1, 1, 1, dice.choice((2, 4, 8, 32))))
        channels, filters = (groups * dice.choice((1, 3, 4, 8, 16, 24, 40, 64, 96, 160, 256)) for _ in range(2))
        taps = dice.choice({1: (3, 5, 7, 15, 31), 2: (1, 2, 3, 3, 3, 5, 7), 3: (1, 2, 3)}[rank])
        size = dice.choice({1: (500, 2000, 9000), 2: (7, 14, 20, 33, 64, 120), 3: (6, 10, 16, 24)}[rank])
        stride, dilation = dice.choice((1, 1, 1, 2, 3)), dice.choice((1, 1, 1, 2))
        kind = getattr(cm, f"Conv{'Transpose' * transposed}{rank}d")
        pad = dilation * (taps - 1) // 2
        layer = kind(channels, filters, taps, stride, pad, groups=groups, dilation=dilation, bias=False)
        shape = (dice.choice((1, 1, 2, 8)), channels, *(size,) * rank)
        if 10**7 <= layer.macs(shape) <= 4 * 10**8:
            count -= 1
            parts = (f"in {groups} groups" * (groups > 1), f"stride {stride}" * (stride > 1),
                     f"dilated by {dilation}" * (dilation > 1), f"batch {shape[0]}" * (shape[0] > 1))  # fmt: skip
            name = f"{'transposed ' * transposed}{rank}-D {taps}, {channels}→{filters} at {size}"
            yield Case(", ".join((name, *filter(None, parts))), layer, shape)


def deformable() -> Case:
    """The DCN v2 layer of the row of its own; its offsets and masks are given."""
    return Case("deformable v2 3×3, 64 at 56", cm.DeformConv2d(64, 64, 3, 1, 1, mask=True, bias=False), (1, 64, 56, 56))


def least(sides: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The least time of each side in milliseconds; they take turns."""
    best = dict.fromkeys(sides, float("inf"))
    until, turns = time.perf_counter() + SECONDS, 0
    while turns < ROUNDS or time.perf_counter() < until:
        turns += 1
        for side, run in sides.items():
            begin = time.perf_counter()
            run()
            best[side] = min(best[side], time.perf_counter() - begin)
    return {side: seconds * 1000 for side, seconds in best.items()}


def sides_of(case: Case) -> dict[str, Callable[[], object]]:
    """The same layer by us, by PyTorch in its two layouts, and by onnxruntime; all are asked for the same numbers."""
    import numpy as np
    import torch

    from convmath import numeric

    generator = np.random.default_rng(0)
    x = generator.standard_normal(case.shape, np.float32)
    weights = {name: generator.standard_normal(sizes, np.float32) for name, sizes in case.layer.weights().items()}
    ready = numeric.plan(case.layer, case.shape)
    module = _module(case.layer, weights["weight"])
    tensor = torch.from_numpy(x)
    # A strip of height 1 is how channels_last is asked of a 1-D layer.
    flat = 3 if len(case.shape) == 5 else 2
    last = torch.channels_last_3d if flat == 3 else torch.channels_last
    wide = tensor[:, :, None] if len(case.shape) == 3 else tensor
    other = _module(case.layer, weights["weight"], flat).to(memory_format=last)
    wide = wide.contiguous(memory_format=last)
    pads = [pad.low for pad in case.layer.padding] + [pad.high for pad in case.layer.padding]
    attributes = {"strides": case.layer.stride, "dilations": case.layer.dilation, "pads": pads}
    session = _session(
        type(case.layer).__name__[:-2], {**attributes, "group": case.layer.groups}, [x, weights["weight"]]
    )
    expected, ours = module(tensor).numpy(), ready(x, weights)
    if not np.allclose(ours, expected, rtol=1e-3, atol=1e-3 * abs(expected).max()):
        raise SystemExit(f"{case.name}: the values differ by {abs(ours - expected).max()}")
    return {
        "ours": lambda: ready(x, weights),
        "torch": lambda: module(tensor),
        "last": lambda: other(wide),
        "onnx": lambda: session.run(None, {"x": x}),
    }


def sampled(case: Case) -> dict[str, Callable[[], object]]:
    """The deformable layer with random offsets and masks, by us and by onnxruntime."""
    import numpy as np

    from convmath.core.shape import as_shape
    from convmath.numeric.kernels.deformable import Deformed

    generator = np.random.default_rng(0)
    layer, x = case.layer, generator.standard_normal(case.shape, np.float32)
    taps, spatial = prod(layer.kernel_size), layer.output_shape(case.shape).spatial
    offset = generator.standard_normal((len(x), 2 * taps, *spatial), np.float32)
    mask = generator.random((len(x), taps, *spatial), np.float32)
    weight = generator.standard_normal(layer.weights()["weight"], np.float32)
    ready = Deformed(layer, as_shape(case.shape), layer.output_shape(case.shape), np.dtype("float32"))
    session = _session("DeformConv", {"pads": (1, 1, 1, 1)}, [x, weight, offset, None, mask])
    expected, ours = session.run(None, {"x": x})[0], ready(x, offset, mask, {"weight": weight})
    if not np.allclose(ours, expected, rtol=1e-3, atol=1e-3 * abs(expected).max()):
        raise SystemExit(f"{case.name}: the values differ by {abs(ours - expected).max()}")
    return {
        "ours": lambda: ready(x, offset, mask, {"weight": weight}),
        "onnx": lambda: session.run(None, {"x": x}),
    }


def _arguments(layer: cm.Layer, rank: int) -> dict[str, tuple[int, ...]]:
    """Kernel, stride, padding and dilation over `rank` axes; those that the layer lacks stand before its own."""
    lead = rank - len(layer.kernel_size)
    pads = tuple(layer.padding[axis].low for axis in range(len(layer.kernel_size)))
    given = {"kernel_size": (layer.kernel_size, 1), "stride": (layer.stride, 1), "padding": (pads, 0),
             "dilation": (layer.dilation, 1)}  # fmt: skip
    return {name: (one,) * lead + tuple(sizes) for name, (sizes, one) in given.items()}


def _module(layer: cm.Layer, weight, rank: int = 0):
    import torch

    rank = rank or len(layer.kernel_size)
    kind = getattr(torch.nn, f"{type(layer).__name__[:-2]}{rank}d")
    arguments = _arguments(layer, rank)
    module = kind(layer.in_channels, layer.out_channels, groups=layer.groups, bias=False, **arguments).eval()
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(weight).reshape(module.weight.shape))
    return module.requires_grad_(requires_grad=False)


def _session(op: str, attributes, inputs):
    """An onnxruntime session of one node, whose first input is fed and whose others are constants."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    x, *others = inputs
    names = [f"constant {place}" if other is not None else "" for place, other in enumerate(others)]
    node = helper.make_node(op, ["x", *names], ["y"], **attributes)
    graph = helper.make_graph(
        [node], "one", [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(other, name) for name, other in zip(names, others, strict=True) if name],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def row(name: str, best: dict[str, float]) -> list[float]:
    """Prints a case's times; returns the ratios to PyTorch and to the best peer."""
    ours, peers = best["ours"], {side: best[side] for side in best if side != "ours"}
    ratios = [ours / best["torch"]] if "torch" in best else []
    ratios.append(ours / min(peers.values()))
    columns = [f"{best[side]:8.2f}" if side in best else f"{'':8}" for side in SIDES]
    told = "".join(f"{ratio:8.2f}" for ratio in ratios)
    print(f"{name:52}", *columns, f"{told:>15}", flush=True)
    return ratios


SIDES = ("ours", "torch", "last", "onnx")


def table(title: str, cases: Iterator[Case], words: list[str]) -> None:
    """A set of layers, a row each, and the geometric means of their ratios."""
    kept = [case for case in cases if not words or any(word in case.name for word in words)]
    if not kept:
        return
    heads = ("ours", "PyTorch", "ch. last", "onnxrt", "/ NCHW", "/ best")
    print(f"{title:52}", *(f"{head:>8}" for head in heads[:4]), *(f"{head:>7}" for head in heads[4:]))
    ratios = [row(case.name, least(sides_of(case))) for case in kept]
    means = [exp(sum(map(log, column)) / len(column)) for column in zip(*ratios, strict=True)]
    worst = [max(column) for column in zip(*ratios, strict=True)]
    print(f"{'geometric mean':88}", *(f"{mean:7.2f}" for mean in means))
    print(f"{'worst':88}", *(f"{most:7.2f}" for most in worst), end="\n\n")


def main(words: list[str]) -> None:
    missing = {name: value for name, value in FIXED.items() if os.environ.get(name) != value}
    if missing:
        os.execve(sys.executable, [sys.executable, "-m", "tests.benchmarks.numeric", *words], {**os.environ, **FIXED})
    import torch

    torch.set_num_threads(1)
    with torch.inference_mode():
        table("layers of published networks (ms)", known(), words)
        table("layers drawn at random (ms)", drawn(), words)
        case = deformable()
        if not words or any(word in case.name for word in words):
            row(case.name, least(sampled(case)))


if __name__ == "__main__":
    main(sys.argv[1:])
