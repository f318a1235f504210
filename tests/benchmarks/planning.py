"""How fast designs are measured: ResNet-50's MACs over sizes and widths, against other ways in the same process.

    python -m tests.benchmarks.planning

Every way answers for the same sizes, drawn from a fixed seed; each time is the least of several runs, taken in turns.
The per-layer formulas are worked out by SymPy's lambdify; torchinfo, where it is installed, builds and runs the model
on the meta device for every size.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

import convmath as cm
from convmath.plan.compiled import Compiled
from convmath.plan.search import search

if TYPE_CHECKING:
    from collections.abc import Callable

H, W, C = cm.symbols("H W C")


def least(work: Callable[[], Any], runs: int) -> float:
    """The seconds of the fastest run."""
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def show(name: str, count: int, seconds: float) -> None:
    """A line of the table."""
    print(f"{name:54} {count / seconds / 1e6:12,.3f} M designs/s   {seconds * 1e3:10.3f} ms")


def main() -> None:
    """Prints the table."""
    report = cm.zoo.resnet50(width=C).analyze((1, 3, H, W))
    macs = report.totals.macs
    rng = np.random.default_rng(50)
    count = 10**6
    values = {"H": rng.integers(32, 1024, count), "W": rng.integers(32, 1024, count), "C": rng.integers(8, 256, count)}
    compiled = Compiled({"macs": macs})
    few = {name: column[:10_000] for name, column in values.items()}
    layered = per_layer(report)
    names = sorted(values)
    assert (layered(*(few[name] for name in names)) == compiled(**few)["macs"]).all()

    ours = least(lambda: compiled(**values), 9)
    theirs = least(lambda: layered(*(values[name] for name in names)), 3)
    show("random H, W and width, compiled", count, ours)
    show("random H, W and width, lambdify layer by layer", count, theirs)
    print(f"{'':54} {theirs / ours:12,.1f} times as fast")

    grid = {"C": np.arange(16, 48)[:, None, None], "H": np.arange(32, 544)[:, None], "W": np.arange(32, 544)}
    show("a grid of 32 × 512 × 512", 32 * 512 * 512, least(lambda: compiled(**grid), 5))

    sizes = Compiled({"macs": cm.zoo.resnet50().analyze((1, 3, H, W)).totals.macs})
    two = {name: few[name] for name in "HW"}
    show("10,000 input sizes", 10_000, least(lambda: sizes(**two), 50))
    by_torchinfo(few, count / ours)

    blocks = [
        "Conv2d(c, 2*c, 3, stride=2, padding=1)", "Conv2d(c, c, 3, padding=1)", "Conv2d(c, c, 5, padding=2)",
        "Conv2d(c, c, 3, padding=2, dilation=2)", "DepthwiseConv2d(c, 7, padding=3)", "Conv2d(c, c, 1)", "MaxPool2d(2)",
    ]  # fmt: skip
    target = "output=14x14, receptive_field>=200"
    taken = least(lambda: search(blocks, (1, 16, 224, 224), target, layers=20), 5)
    print(f"{'a search of 20 layers among 7 blocks':54} {'':12}                {taken * 1e3:10.3f} ms")


def per_layer(report: Any) -> Callable[..., Any]:
    """The sum of every layer's own formula, as SymPy compiles it."""
    import sympy

    formulas = [row.cost.macs for row in report.rows]
    total = sympy.Add(*[one.sympy() if hasattr(one, "sympy") else one for one in formulas], evaluate=False)
    names = sorted({str(symbol) for symbol in total.free_symbols})
    symbols = {str(symbol): symbol for symbol in total.free_symbols}
    return sympy.lambdify([symbols[name] for name in names], total, "numpy")  # type: ignore[no-any-return]


def by_torchinfo(few: dict[str, Any], rate: float) -> None:
    """The same by building and running the model, for a few sizes."""
    try:
        import torch
        from torchinfo import summary
    except ImportError:
        return
    source: dict[str, Any] = {}
    exec(cm.to_torch(cm.zoo.resnet50()), source)
    *_, network = (one for one in source.values() if isinstance(one, type) and issubclass(one, torch.nn.Module))
    with torch.device("meta"):
        model = network()
    sizes = [(int(few["H"][place]), int(few["W"][place])) for place in range(5)]

    def work() -> None:
        for height, width in sizes:
            summary(model, (1, 3, height, width), device="meta", verbose=0)

    each = least(work, 3) / len(sizes)
    print(
        f"{'torchinfo, the model there already':54} {1 / each:12,.1f} designs/s     {rate * each:10,.0f} times as slow"
    )


if __name__ == "__main__":
    main()
