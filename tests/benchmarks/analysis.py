"""How long an analysis takes, in process and as a process: python -m tests.benchmarks.analysis.

Minima of many runs. Nothing is kept from one analysis to the next, and building the network is not timed. With
PyTorch installed (and torchinfo, if it is there) the same ResNets are built in it, on its meta device, and counted
in the same process.
"""

from __future__ import annotations

import compileall
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convmath import zoo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent.parent


def in_process(name: str, runs: int = 200) -> float:
    """Milliseconds for one analysis with its totals."""
    net = zoo.builder(name)()
    return best_of(lambda: net.analyze((1, 3, 224, 224)).totals, runs)


def torch_module(name: str) -> Any:
    """The same network as a PyTorch module, made layer by layer from the names of its types."""
    import torch

    net = zoo.builder(name)()

    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            makers = {**vars(torch.nn), "Add": torch.nn.Identity}
            for place, node in enumerate(net.nodes):
                if node.layer is not None:
                    made = eval(repr(node.layer), {"__builtins__": {"True": True, "False": False}}, makers)
                    self.add_module(str(place), made)

        def forward(self, x: Any) -> Any:
            values = [x]
            for place, node in enumerate(net.nodes[1:], 1):
                inputs = [values[ref.node] for ref in node.inputs]
                values.append(sum(inputs) if len(inputs) > 1 else getattr(self, str(place))(*inputs))
            return values[-1]

    with torch.device("meta"):
        return Module().eval()


def peers(name: str) -> Iterator[tuple[str, float]]:
    """(name, milliseconds) of the tools that are installed, each asked for the MACs of the same network."""
    try:
        import torch
        from torch.utils.flop_counter import FlopCounterMode
    except ImportError:
        return
    module = torch_module(name)
    x = torch.empty(1, 3, 224, 224, device="meta")
    ours = zoo.builder(name)().analyze().totals.macs

    def count() -> int:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            module(x)
        return counter.get_total_flops() // 2

    assert count() == ours
    yield "FlopCounterMode", best_of(count, 5)
    try:
        import torchinfo
    except ImportError:
        return
    yield "torchinfo", best_of(lambda: torchinfo.summary(module, input_data=x, verbose=0, device="meta"), 5)


def best_of(call: Callable[[], object], runs: int) -> float:
    """The least milliseconds of so many calls."""
    best = float("inf")
    for _ in range(runs):
        begin = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - begin)
    return best * 1e3


def as_process(*pairs: list[str], runs: int = 40) -> list[float]:
    """Milliseconds for each whole process, run in turn so that a drift of the machine hits all alike."""
    best = [float("inf")] * len(pairs)
    for _ in range(runs):
        for place, command in enumerate(pairs):
            begin = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, cwd=ROOT, check=True)
            best[place] = min(best[place], time.perf_counter() - begin)
    return [seconds * 1e3 for seconds in best]


def main() -> None:
    """Prints the table."""
    compileall.compile_dir(ROOT / "convmath", quiet=1)
    for name in ("resnet50", "resnet152"):
        ours = in_process(name)
        print(f"{name:12} {ours:8.2f} ms in process")
        for peer, milliseconds in peers(name):
            print(f"  {peer:16} {milliseconds:8.1f} ms, {milliseconds / ours:5.0f} times that")
    script = "import sys; from convmath.cli.main import main; sys.exit(main())"
    python = sys.executable
    bare, listing, analysis = as_process(
        [python, "-c", "pass"], [python, "-c", script, "--help"], [python, "-c", script, "analyze", "resnet50"]
    )
    print(f"python -c pass             {bare:6.1f} ms")
    print(f"convmath --help            {listing:6.1f} ms   {listing / bare:4.1f} times that")
    print(f"convmath analyze resnet50  {analysis:6.1f} ms   {analysis / bare:4.1f} times that")


if __name__ == "__main__":
    main()
