"""How fast formulas are composed, against plain SymPy composing the same rules in the same process.

    python -m tests.benchmarks.symbolic

The rules are the layers' own on both sides: `Plain` is a size whose arithmetic is SymPy's. Times are minima of many
runs with every cache of SymPy cleared before each; the engine's own atoms stay, as they do in a program.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import sympy
from sympy.core.cache import clear_cache

import convmath as cm
from convmath.core.shape import Shape
from convmath.core.size import Symbolic
from convmath.core.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from convmath.network.network import Network


class Plain(Symbolic):
    """A size that is a SymPy expression and nothing else."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __add__(self, other: Any) -> Plain:
        return Plain(self.value + _plain(other))

    def __neg__(self) -> Plain:
        return Plain(-self.value)

    def __sub__(self, other: Any) -> Plain:
        return Plain(self.value - _plain(other))

    def __rsub__(self, other: Any) -> Plain:
        return Plain(_plain(other) - self.value)

    def __mul__(self, other: Any) -> Plain:
        return Plain(self.value * _plain(other))

    def __floordiv__(self, other: Any) -> Plain:
        return Plain(sympy.floor(self.value / _plain(other)))

    __radd__ = __add__
    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plain) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Plain) else value


def plain(name: str) -> Plain:
    return Plain(sympy.Symbol(name, integer=True, positive=True))


def convolution_macs(net: Network, shape: Shape) -> Any:
    """Sizes and MACs of every layer, each distinct (layer, input) once, as any of the two engines."""
    known: dict[Any, Any] = {}
    made: list[tuple[Shape, ...]] = []
    total: Any = 0
    for node in net.nodes:
        if node.layer is None:
            made.append((shape,))
            continue
        # A sum's output has the shape of its first input; comparing sizes is no part of the arithmetic timed here.
        first = node.inputs[0]
        inputs = (made[first.node][first.output],)
        key = node.kind, inputs
        found = known.get(key)
        if found is None:
            outputs = inputs if node.layer.op == "Add" else node.layer.infer(*inputs)
            found = known[key] = outputs, node.layer.count_macs(inputs, outputs)
        outputs, macs = found
        made.append(outputs)
        total = total + macs
    return total


def chain(sizes: list[Window], size: Any) -> Any:
    for window in sizes:
        size = window.output_size(size)
    return size


def symbolic_chain(count: int, make: Callable[[str], Any]) -> Any:
    """A chain whose every kernel, stride, padding and dilation is a symbol of its own."""
    size = make("H")
    for n in range(count):
        k, s, p, d = (make(f"{name}{n}") for name in "kspd")
        size = (size + p + p - d * (k - 1) - 1) // s + 1
    return size


def best(run: Callable[[], Any], times: int, before: Callable[[], Any] = lambda: None) -> float:
    found = []
    for _ in range(times):
        before()
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


def compare(what: str, ours: Callable[[], Any], theirs: Callable[[], Any], times: tuple[int, int]) -> None:
    """Rounds of both in turn, so that a slow stretch of the machine meets the two alike."""
    mine = plain_time = float("inf")
    for _ in range(times[1]):
        mine, plain_time = min(mine, best(ours, times[0])), min(plain_time, best(theirs, 1, clear_cache))
    print(f"{what:44} {mine * 1e3:9.3f} ms   SymPy {plain_time * 1e3:9.1f} ms   {plain_time / mine:7.0f} times")


def process(words: list[str]) -> Callable[[], Any]:
    command = [sys.executable, "-m", "convmath", *words]
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    H, W = cm.symbols("H W")  # noqa: N806 (sizes)
    for name in ("resnet50", "resnet152"):
        net = getattr(cm.zoo, name)()
        ours, theirs = Shape((1, 3, H, W)), Shape((1, 3, plain("H"), plain("W")))
        compare(
            f"{name}: MACs in H and W",
            lambda net=net, shape=ours: convolution_macs(net, shape),
            lambda net=net, shape=theirs: convolution_macs(net, shape),
            (20, 10),
        )
        print(f"{'  all that analyze() tells, with totals':44} "
              f"{best(lambda net=net: net.analyze((1, 3, H, W)).totals, 30) * 1e3:9.3f} ms")  # fmt: skip
    halves = [Window(3, 2, 1, 1, 1)] * 100
    compare("100 layers of stride 2", lambda: chain(halves, H), lambda: chain(halves, plain("H")), (20, 3))
    compare(
        "50 layers, every k, s, p, d a symbol", lambda: symbolic_chain(50, cm.symbols),
        lambda: symbolic_chain(50, plain), (5, 3),
    )  # fmt: skip
    thousand = [Window(3, 1 + n % 2, 1, 1, 1) for n in range(1000)]
    print(f"{'1,000 layers':44} {best(lambda: chain(thousand, H), 10) * 1e3:9.3f} ms")
    mixed = cm.Sequential(*(cm.Conv2d(8, 8, 3, stride=1, padding=1) for _ in range(1000)))
    print(f"{'1,000 convolutions, all that analyze() tells':44} "
          f"{best(lambda: mixed.analyze((1, 8, H, W)).totals, 5) * 1e3:9.3f} ms")  # fmt: skip
    commands = process(["analyze", "resnet50"]), process(["analyze", "resnet50", "--input", "1x3xHxW"])
    rounds = [[best(run, 1) for run in commands] for _ in range(30)]
    numeric, symbolic = map(min, zip(*rounds, strict=True))
    print(f"convmath analyze resnet50 --input 1x3xHxW, as a process: {symbolic / numeric:.2f} times the numeric one")


if __name__ == "__main__":
    main()
