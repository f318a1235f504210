"""How long 100 files of the size of ResNet-50 take to be checked by one process: python -m tests.benchmarks.checking.

User time of whole processes, minima of some runs, every kind of file in turn. The files are what a team may have: one
network again and again, of other widths, written out layer by layer, of any size, and claims for every size of a range.
A second clone, named as an argument, is measured in turn with this one.
"""

from __future__ import annotations

import compileall
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import convmath as cm

ROOT = Path(__file__).parent.parent.parent
FILES, RUNS, BOUND = 100, 10, 1.0

SCRIPT = "import sys; from convmath.cli.main import main; sys.exit(main())"

CLAIMS = """\
expect: {params: %d, output: [%d], receptive_field: [H, W]}
valid_for: H %% 32 == 0, W %% 32 == 0, 64 <= H <= 4096, 64 <= W <= 4096
"""


def texts() -> dict[str, list[str]]:
    """The files of each kind."""
    blocks = (ROOT / "tests" / "data" / "specs" / "resnet50.yaml").read_text(encoding="utf-8")
    classes = [10 + number for number in range(FILES)]
    widths = [blocks.replace("width: 64", f"width: {16 + 4 * number}") for number in range(FILES)]
    opened = [blocks.replace("224, 224", "H, W").replace("classes: 1000", f"classes: {count}") for count in classes]
    params = [cm.loads(text).analyze().totals.params for text in opened]
    return {
        "blocks": [blocks] * FILES,
        "widths": widths,
        "written out": [cm.dumps(cm.loads(blocks.replace("classes: 1000", f"classes: {count}"))) for count in classes],
        "any size": opened,
        "claims": [text + CLAIMS % (total, count) for text, total, count in zip(opened, params, classes, strict=True)],
    }


def seconds(clone: Path, folder: Path) -> float:
    """User time of one process that checks every file of a folder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    words = [sys.executable, "-c", SCRIPT, "check", f"{folder}/*.yaml"]
    subprocess.run(words, cwd=clone, stdout=subprocess.DEVNULL, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def main() -> None:
    """Prints the table."""
    clones = [ROOT, *(Path(word).resolve() for word in sys.argv[1:])]
    for clone in clones:
        compileall.compile_dir(clone / "convmath", quiet=1)  # as an installed package is
    with TemporaryDirectory() as name:
        least: dict[tuple[str, Path], float] = {}
        for kind, files in texts().items():
            (Path(name) / kind).mkdir()
            for number, text in enumerate(files):
                (Path(name) / kind / f"net{number}.yaml").write_text(text, encoding="utf-8")
            least |= {(kind, clone): float("inf") for clone in clones}
        for _ in range(RUNS):
            for kind, clone in least:
                least[kind, clone] = min(least[kind, clone], seconds(clone, Path(name) / kind))
    print(f"{FILES} files of ResNet-50's size, seconds of user time (at most {BOUND})")
    for (kind, clone), found in least.items():
        print(f"{kind:12} {found:6.2f}  {clone}")


if __name__ == "__main__":
    main()
