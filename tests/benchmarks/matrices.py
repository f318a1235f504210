"""How fast a convolution's matrix is made and applied: python -m tests.benchmarks.matrices.

Made: nonzeros a second of `matrix` and `block_matrix`, and of SciPy's COO → CSR in the same process, which is handed
its triplets ready made. Applied: milliseconds for one vector by each form. One thread, minima of many runs, all sides
taking turns, so that a slow stretch of the machine meets them alike.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array

import convmath as cm
from convmath import numeric
from convmath.numeric.sparse import sizes

if TYPE_CHECKING:
    from collections.abc import Callable

LAYERS = {
    "3x3 64->64 at 28x28": (cm.Conv2d(64, 64, 3, padding=1, bias=False), (1, 64, 28, 28)),
    "3x3 64->64 at 48x48": (cm.Conv2d(64, 64, 3, padding=1, bias=False), (1, 64, 48, 48)),
    "3x3 depthwise 256 at 56x56": (cm.Conv2d(256, 256, 3, padding=1, groups=256, bias=False), (1, 256, 56, 56)),
    "3x3x3 8->16 at 16x16x16": (cm.Conv3d(8, 16, 3, padding=1, bias=False), (1, 8, 16, 16, 16)),
    "7x7 stride 2 3->64 at 112x112": (cm.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), (1, 3, 112, 112)),
    "9 taps 1->1 at 1,000,000": (cm.Conv1d(1, 1, 9, padding=4, bias=False), (1, 1, 1_000_000)),
    "3x3 64->64 at 28x28, reflected": (
        cm.Conv2d(64, 64, 3, padding=1, bias=False, padding_mode="reflect"), (1, 64, 28, 28),
    ),
}  # fmt: skip

ROUNDS = 12


def minima(runs: dict[str, Callable[[], Any]], rounds: int = ROUNDS, seldom: str = "") -> dict[str, float]:
    """The least seconds of each, all taking turns; the `seldom` one only in the first three rounds."""
    found = dict.fromkeys(runs, float("inf"))
    for number in range(rounds):
        for name, run in runs.items():
            if name == seldom and number >= 3:
                continue
            start = time.perf_counter()
            run()
            found[name] = min(found[name], time.perf_counter() - start)
    return found


def made(layer: Any, shape: tuple[int, ...], weights: dict[str, Any]) -> tuple[int, dict[str, float]]:
    """Nonzeros, and how many of them are made in a second."""
    c = numeric.matrix(layer, shape, weights)
    count, rows = c.nnz, np.repeat(np.arange(c.shape[0], dtype=c.indices.dtype), np.diff(c.indptr))
    triplets, size = (c.data, (rows, c.indices)), c.shape
    times = minima(
        {
            "CSR": lambda: numeric.matrix(layer, shape, weights),
            "BSR": lambda: numeric.block_matrix(layer, shape, weights),
            "COO → CSR": lambda: coo_array(triplets, shape=size).tocsr(),
        },
        seldom="COO → CSR",
    )
    return count, {name: count / seconds for name, seconds in times.items()}


def applied(layer: Any, shape: tuple[int, ...], weights: dict[str, Any]) -> dict[str, float]:
    """Milliseconds for one vector, there and back."""
    forms = {
        "CSR": numeric.matrix(layer, shape, weights),
        "BSR": numeric.block_matrix(layer, shape, weights),
        "factored": numeric.factored_matrix(layer, shape, weights),
        "operator": numeric.operator(layer, shape, weights),
    }
    dtype = weights["weight"].dtype
    x, y = np.ones(forms["CSR"].shape[1], dtype), np.ones(forms["CSR"].shape[0], dtype)
    back = {name: form.T for name, form in forms.items()}
    times = minima(
        {name: lambda form=form: form @ x for name, form in forms.items()}
        | {f"{name} back": lambda form=form: form @ y for name, form in back.items()}
    )
    return {name: 1e3 * seconds for name, seconds in times.items()}


def main() -> None:
    sizes.MOST_NONZEROS = 10**9  # one of the layers is larger than what is ordinarily written out
    generator = np.random.default_rng(0)
    print(f"{'million nonzeros a second':32} {'dtype':8} {'nonzeros':>12} {'CSR':>6} {'BSR':>6} {'COO → CSR':>10}")
    for name, (layer, shape) in LAYERS.items():
        for dtype in ("float32", "float64"):
            weights = {"weight": generator.standard_normal(layer.weights()["weight"]).astype(dtype)}
            count, rates = made(layer, shape, weights)
            csr, bsr, coo = (rate / 1e6 for rate in rates.values())
            print(f"{name:32} {dtype:8} {count:12,} {csr:6.0f} {bsr:6.0f} {coo:10.0f}", flush=True)
    print(f"\n{'ms for one vector, and back':32} {'CSR':>13} {'BSR':>13} {'factored':>13} {'operator':>13}")
    for name, (layer, shape) in LAYERS.items():
        weights = {"weight": generator.standard_normal(layer.weights()["weight"]).astype("float32")}
        times = applied(layer, shape, weights)
        told = (f"{times[form]:6.2f} {times[form + ' back']:6.2f}" for form in ("CSR", "BSR", "factored", "operator"))
        print(f"{name:32} {' '.join(told)}", flush=True)


if __name__ == "__main__":
    main()
