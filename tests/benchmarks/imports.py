"""How long models of 500 layers take to be read and analysed, and how that grows: python -m tests.benchmarks.imports.

Processor time, minima of many runs in one process, after `import onnx`; the first run of a fresh process, which also
imports what reading needs, stands beside them. An imported ResNet-50 is analysed beside the zoo's, in turn. With
`--growth` each question is asked of 500, 2,000 and 8,000 layers, and the ratio to four times fewer is printed: 4 is
linear, 16 quadratic.
"""

from __future__ import annotations

import compileall
import io
import subprocess
import sys
import time
import warnings
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import convmath as cm
from convmath.render.layout import picture
from convmath.report.sights_table import sights_table
from convmath.resources.inference import inference
from convmath.resources.training import training
from convmath.rules.linting import lint
from tests.formats.skeletons import read_skeleton, skeletons

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent
SIZES = (500, 2000, 8000)
BOUND = 0.3
"""Seconds for 500 layers."""

FIRST = """
import sys, time, onnx, convmath as cm
begin = time.process_time()
cm.from_onnx(sys.argv[1]).analyze().totals
print(time.process_time() - begin)
"""


class Graph:
    """An ONNX graph in the making: operators one after another, stored arrays by name."""

    def __init__(self, opset: int = 17) -> None:
        self.nodes: list[Any] = []
        self.stored: list[Any] = []
        self.opset = opset

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=f"/{kind}_{len(self.nodes)}", **attributes))
        return name

    def store(self, array: Any) -> str:
        name = f"w{len(self.stored)}"
        self.stored.append(numpy_helper.from_array(array, name))
        return name

    def weights(self, *shape: int) -> str:
        return self.store(np.zeros(shape, np.float32))

    def whole(self, *numbers: int) -> str:
        return self.store(np.array(numbers, np.int64))

    def convolution(self, x: str, channels: int, made: int) -> str:
        return self.add("Conv", x, self.weights(made, channels, 3, 3), self.weights(made), pads=[1, 1, 1, 1])

    def model(self, output: str, channels: int) -> Any:
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes, "graph", [value("x", TensorProto.FLOAT, [1, channels, 48, 64])],
            [value(output, TensorProto.FLOAT, None)], self.stored,
        )  # fmt: skip
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)


def chain(layers: int) -> Any:
    """Convolutions and activations, one after another."""
    graph, x = Graph(), "x"
    for _ in range(layers // 2):
        x = graph.add("Relu", graph.convolution(x, 8, 8))
    return graph.model(x, 8)


def residual(layers: int) -> Any:
    """Residual blocks of seven layers, batch norms unfolded."""
    graph, x = Graph(), "x"
    for _ in range(layers // 7):
        y = x
        for _ in range(2):
            y = graph.add("Conv", y, graph.weights(8, 8, 3, 3), pads=[1, 1, 1, 1])
            y = graph.add("BatchNormalization", y, *(graph.weights(8) for _ in range(4)))
            y = graph.add("Relu", y) if len(graph.nodes) % 7 == 3 else graph.add("Add", y, x)
        x = graph.add("Relu", y)
    return graph.model(x, 8)


def noisy(layers: int) -> Any:
    """Shuffled channels by sizes read from shapes, a bias beside its layer and hard swish in pieces."""
    graph, x = Graph(), "x"
    zero, three, six = (graph.store(np.array(number, np.float32)) for number in (0, 3, 6))
    for _ in range(layers // 4):
        sizes = [
            graph.add("Unsqueeze", graph.add("Gather", graph.add("Shape", x), graph.whole(axis)), graph.whole(0))
            for axis in (0, 1, 2, 3)
        ]
        sizes = [graph.add("Squeeze", size, graph.whole(0)) for size in sizes]
        half = graph.add("Div", sizes[1], graph.whole(2))
        parted = graph.add("Concat", sizes[0], graph.whole(2), half, *sizes[2:], axis=0)
        turned = graph.add("Transpose", graph.add("Reshape", x, parted), perm=[0, 2, 1, 3, 4])
        x = graph.add("Reshape", turned, graph.add("Concat", *sizes, axis=0))
        y = graph.add("Conv", x, graph.weights(8, 8, 3, 3), pads=[1, 1, 1, 1])
        y = graph.add("Add", y, graph.weights(8, 1, 1))
        gate = graph.add("Clip", graph.add("Add", y, three), zero, six)
        x = graph.add("Add", x, graph.add("Div", graph.add("Mul", y, gate), six))
    return graph.model(x, 8)


def mixed(layers: int) -> Any:
    """Steps of eight layers: half the size and back by Resize, half the channels by Slice, joined by Concat."""
    graph, x = Graph(), "x"
    for _ in range(layers // 8):
        down = graph.add("Relu", graph.add("MaxPool", graph.convolution(x, 8, 8), kernel_shape=[2, 2], strides=[2, 2]))
        scales = graph.store(np.array([1, 1, 2, 2], np.float32))
        up = graph.add("Resize", down, "", scales, mode="nearest")
        left = graph.add("Slice", up, graph.whole(0), graph.whole(4), graph.whole(1))
        right = graph.add("Slice", x, graph.whole(4), graph.whole(8), graph.whole(1))
        x = graph.add("Sigmoid", graph.add("Concat", left, right, axis=1))
    return graph.model(x, 8)


NETS: dict[str, Callable[[int], Any]] = {"chain": chain, "residual": residual, "noisy": noisy, "mixed": mixed}


def best(call: Callable[[], object], runs: int) -> float:
    """The least seconds of processor time of so many calls."""
    found = float("inf")
    for _ in range(runs):
        begin = time.process_time()
        call()
        found = min(found, time.process_time() - begin)
    return found


def first(path: str) -> float:
    """Seconds of the first analysis in a fresh process, after `import onnx` and `import convmath`."""
    return min(
        float(subprocess.run([sys.executable, "-c", FIRST, path], capture_output=True, cwd=ROOT, check=True).stdout)
        for _ in range(5)
    )


def five_hundred(folder: Path) -> None:
    """Reads and analyses each net of 500 layers."""
    print(f"{'500 layers':12} {'operators':>9} {'layers':>7} {'ms':>8} {'first ms':>9} {'of 300':>7}")
    for name, make in NETS.items():
        model, path = make(SIZES[0]), str(folder / f"{name}.onnx")
        onnx.save(model, path)
        layers = len(cm.from_onnx(path))
        seconds, cold = best(lambda path=path: cm.from_onnx(path).analyze().totals, 20), first(path)  # type: ignore[misc]
        print(
            f"{name:12} {len(model.graph.node):9} {layers:7} {seconds * 1e3:8.1f} {cold * 1e3:9.1f} {cold / BOUND:7.2f}"
        )


def imported_resnets() -> dict[str, Any]:
    """ResNet-50 from each source that is there."""
    skeleton = next(each for each in skeletons() if each.name == "torchvision/resnet50")
    found = {"skeleton": cm.loads(read_skeleton(skeleton))}
    try:
        import torch
    except ImportError:
        return found
    from tests.benchmarks.analysis import torch_module

    module = torch_module("resnet50")
    found["from_torch"] = cm.from_torch(module, (1, 3, 224, 224))
    for folded in (True, False):
        mode = torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE
        file = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module.to_empty(device="cpu"), (torch.zeros(1, 3, 224, 224),), file, dynamo=False, training=mode,
                do_constant_folding=folded,
            )  # fmt: skip
        found["from_onnx" if folded else "from_onnx, norms"] = cm.from_onnx(file.getvalue())
    return found


def resnets() -> None:
    """Analyses the zoo's ResNet-50 and imported ones in turn, so that a slow stretch of the machine meets all alike."""
    nets = {"zoo": cm.zoo.builder("resnet50")(), **imported_resnets()}
    least = dict.fromkeys(nets, float("inf"))
    for _ in range(100):
        for name, net in nets.items():
            least[name] = min(least[name], best(lambda net=net: net.analyze().totals, 2))  # type: ignore[misc]
    print(f"\n{'ResNet-50':20} {'layers':>7} {'ms':>8} {'of the zoo’s':>13}")
    for name, seconds in least.items():
        print(f"{name:20} {len(nets[name]):7} {seconds * 1e3:8.2f} {seconds / least['zoo']:13.2f}")


QUESTIONS: dict[str, Callable[[Any], object]] = {
    "analyze": lambda net: net.analyze().totals,
    "field": lambda net: sights_table(net.analyze().receptive_fields()),
    "lint": lambda net: lint(net.analyze()),
    "memory": lambda net: inference(net.analyze()),
    "training": lambda net: training(net.analyze(), "adam"),
    "draw": lambda net: picture(net.analyze().drawing(), "dot"),
    "table": lambda net: str(net.analyze()),
    "dumps": cm.dumps,
}
"""What is asked of an imported network; the analysis is a part of most, as a user meets it."""


def growth() -> None:
    """Every question of every net, at each size: milliseconds, and how many times those of four times fewer layers."""
    print(f"\n{'':20}" + "".join(f"{size:>10,} layers" for size in SIZES))
    for name, make in NETS.items():
        models = [make(size).SerializeToString() for size in SIZES]
        say_growth(f"{name} import", [best(lambda model=model: cm.from_onnx(model), 2) for model in models])  # type: ignore[misc]
        nets = [cm.from_onnx(model) for model in models]
        for question, ask in QUESTIONS.items():
            say_growth(f"{name} {question}", [best(lambda net=net, ask=ask: ask(net), 2) for net in nets])  # type: ignore[misc]


def say_growth(what: str, seconds: list[float]) -> None:
    ratios = ["", *(f" ×{b / a:.1f}" for a, b in pairwise(seconds))]
    print(f"{what:20}" + "".join(f"{s * 1e3:10.0f}{r:>7}" for s, r in zip(seconds, ratios, strict=True)), flush=True)


def main() -> None:
    """Prints the tables."""
    if "--growth" in sys.argv[1:]:
        growth()
        return
    compileall.compile_dir(ROOT / "convmath", quiet=1)  # as an installed package is
    with TemporaryDirectory() as folder:
        five_hundred(Path(folder))
    resnets()


if __name__ == "__main__":
    main()
