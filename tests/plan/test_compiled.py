"""Compiled formulas against the same formulas worked out one number at a time, and against a compiler."""

from __future__ import annotations

import shutil
import subprocess
from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath.core.size import pairs_below
from convmath.plan.bounds import intervals
from convmath.plan.compiled import Compiled
from convmath.plan.slabs import SLAB, Slabs
from convmath.plan.source import source

H, W, C, G = cm.symbols("H W C g")


def formula(dice: Random, depth: int = 3):
    """A formula of every kind of atom."""
    if not depth:
        return dice.choice([H, W, C, dice.randint(-5, 9)])
    a, b = formula(dice, depth - 1), formula(dice, depth - 1)
    made = [
        lambda: a + b, lambda: a * b, lambda: a - 2 * b, lambda: a // dice.choice([2, 3, 4, 7, 32]),
        lambda: cm.core.size.larger(a, b), lambda: a // (W + 1), lambda: cm.core.size.common_divisor(a, 12),
        lambda: pairs_below(a, H, 2, 3, 1),
    ]  # fmt: skip
    return dice.choice(made)()


@pytest.mark.parametrize("seed", range(40))
def test_random_formulas(seed):
    dice = Random(f"compiled {seed}")
    formulas = {str(number): formula(dice) for number in range(3)}
    compiled = Compiled(formulas)
    values = {"H": np.array([[1], [5], [8], [33]]), "W": np.array([1, 2, 9]), "C": 7}
    found = compiled(**{name: values[name] for name in compiled.names})
    for label, one in formulas.items():
        for i, h in enumerate((1, 5, 8, 33)):
            for j, w in enumerate((1, 2, 9)):
                given = {"H": h, "W": w, "C": 7}
                want = one if type(one) is int else one.at({name: given[name] for name in one.names})
                assert np.broadcast_to(found[label], (4, 3))[i, j] == want, (label, str(one))


def test_bounds_hold_what_comes_up():
    dice = Random("bounds")
    for _ in range(60):
        compiled = Compiled({"x": formula(dice)})
        program = compiled.program
        for _ in range(4):
            ends = [sorted(dice.choices(range(1, 60), k=2)) for _ in program.names]
            low, high = intervals(program, [tuple(end) for end in ends])[program.results[0]]
            values = {name: np.arange(a, b + 1) for name, (a, b) in zip(program.names, ends, strict=True)}
            grid = dict(zip(values, np.ix_(*values.values()), strict=True))
            found = compiled(**grid)["x"]
            assert low <= found.min()
            assert found.max() <= high


@pytest.mark.parametrize("most", [2**31, 2**62])
def test_beyond_64_bits_nothing_wraps(most):
    found = Compiled({"x": H * W - H // 2})(H=np.array([most, 3]), W=np.array([most, 5]))["x"]
    assert found.tolist() == [most * most - most // 2, 14]


def test_the_largest_of_several():
    found = Compiled({"x": (H, 2 * W, 7)})(H=np.array([1, 9, 3]), W=np.array([1, 2, 5]))["x"]
    assert found.tolist() == [7, 9, 10]


@pytest.mark.parametrize("shape", [(3 * SLAB + 5,), (7, SLAB - 1), (3, 50, 400), (2, 1, SLAB + 1), (5, 3, 2)])
def test_slabs_cover_every_place_once(shape):
    counts = np.zeros(shape, int)
    pieces = Slabs(shape)
    for number in range(len(pieces)):
        piece = counts[pieces[number]]
        assert piece.size <= SLAB
        piece += 1
    assert (counts == 1).all()


def test_grids_and_columns_tell_the_same():
    macs = cm.zoo.resnet50(width=C).analyze((1, 3, H, W)).totals.macs
    compiled = Compiled({"macs": macs})
    h, w, c = np.arange(32, 72), np.arange(40, 61), np.arange(8, 30)
    grid = compiled(H=h[:, None, None], W=w[:, None], C=c)["macs"]
    columns = compiled(
        **{name: axis.ravel() for name, axis in zip("HWC", np.meshgrid(h, w, c, indexing="ij"), strict=True)}
    )
    assert (grid.ravel() == columns["macs"]).all()
    assert grid[3, 5, 7] == cm.zoo.resnet50(width=15).analyze((1, 3, 35, 45)).totals.macs


def test_few_steps():
    macs = cm.zoo.resnet50(width=C).analyze((1, 3, H, W)).totals.macs
    steps = [step for step in Compiled({"macs": macs}).program.steps if step.word not in {"number", "name"}]
    assert len(steps) <= 40  # one for each layer would be some hundred


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"H": 3}, "W has no value"),
        ({"H": 3, "W": 2, "X": 1}, "no symbol is called 'X'"),
        ({"H": 0, "W": 2}, "H=0 is below 1"),
        ({"H": 1.5, "W": 2}, "H=1.5 is no size"),
        ({"H": np.array([1, "x"], object), "W": 2}, "is no size"),
        ({"H": True, "W": 2}, "H=True is no size"),
    ],
)
def test_refusals(values, said):
    with pytest.raises(cm.ConvmathError, match=said):
        Compiled({"x": H * W})(**values)


# Source

FORMULAS = [(H + 3) // 4 * W - 7, cm.core.size.larger(H - 9, 0) + (W - 50) // 3, cm.core.size.common_divisor(H, 12) * W]


@pytest.mark.parametrize("language", ["python", "numpy"])
def test_source_runs(language):
    text = source(Compiled(dict(enumerate(FORMULAS))).program, ["a", "b", "c"], language)
    names: dict[str, object] = {}
    exec(text, names)
    for h, w in ((1, 1), (13, 60), (144, 7)):
        assert tuple(names["formulas"](h, w)) == tuple(one.at(H=h, W=w) for one in FORMULAS)


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_source_of_c(tmp_path):
    text = source(Compiled(dict(enumerate(FORMULAS))).program, ["a", "b", "c"], "c")
    program = text + (
        "#include <stdio.h>\nint main(void) { int64_t h, w, a, b, c;\n"
        'while (scanf("%ld %ld", &h, &w) == 2) { formulas(h, w, &a, &b, &c); printf("%ld %ld %ld\\n", a, b, c); } }\n'
    )
    (tmp_path / "x.c").write_text(program)
    subprocess.run(["cc", "-Wall", "-Werror", "-o", tmp_path / "x", tmp_path / "x.c"], check=True)
    sizes = [(1, 1), (13, 60), (144, 7), (10**6, 10**5)]
    asked = "\n".join(f"{h} {w}" for h, w in sizes)
    run = subprocess.run([tmp_path / "x"], input=asked, capture_output=True, text=True, check=True)
    want = [" ".join(str(one.at(H=h, W=w)) for one in FORMULAS) for h, w in sizes]
    assert run.stdout.splitlines() == want


def test_source_says_no_name_that_it_did_not_make():
    text = source(Compiled({"*/ evil(); /*\n": H}).program, ["*/ evil(); /*\n"], "c")
    assert "evil()" not in text
    with pytest.raises(cm.FormulaError, match="give the kernel a number"):
        source(Compiled({"x": pairs_below(H, H, 2, C, 1)}).program, ["x"], "c")
    with pytest.raises(cm.UnknownNameError, match="no language is called 'rust'"):
        source(Compiled({"x": H}).program, ["x"], "rust")
