"""How long an analysis takes, in process and as a process: python -m tests.benchmarks.analysis.

Minima of many runs. Nothing is kept from one analysis to the next; building the network is not timed, as the
peers' times (README) do not include building the model either. Where the peers are installed (torchinfo and
PyTorch's FlopCounterMode need torch and torchvision), they are timed in the same process.
"""

from __future__ import annotations

import compileall
import subprocess
import sys
import time
from pathlib import Path

from convmath import zoo

ROOT = Path(__file__).parent.parent.parent


def in_process(name: str, runs: int = 200) -> float:
    """Milliseconds for one analysis with its totals."""
    net = zoo.builder(name)()

    def once() -> float:
        begin = time.perf_counter()
        _ = net.analyze((1, 3, 224, 224)).totals
        return time.perf_counter() - begin

    return min(once() for _ in range(runs)) * 1e3


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
        print(f"{name:12} {in_process(name):6.2f} ms in process")
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
