"""A formula means the same in another process, whatever symbols that one has made before."""

import pickle
import subprocess
import sys
from pathlib import Path

import convmath as cm

ROOT = Path(__file__).parent.parent.parent

OTHER = """
import pickle, sys
import convmath as cm
s, p, W = cm.symbols("s p W")  # other numbers for other atoms
_ = (s * 7 + p) // 3
formula = pickle.loads(sys.stdin.buffer.read())
print(formula, formula.at(H=7, W=5, C=12, g=4), sep=chr(10))
"""


def test_a_formula_is_itself_in_another_process():
    H, W, C, g = cm.symbols("H W C g")  # noqa: N806 (sizes)
    formula = ((H + 3) // 4 * W - 2).larger(W) * C.exact_div(g) + C.common_divisor(W) + W % H
    run = subprocess.run(
        [sys.executable, "-c", OTHER], input=pickle.dumps(formula), capture_output=True, check=True, cwd=ROOT
    )
    text, value = run.stdout.decode().splitlines()
    assert text == str(formula)
    assert int(value) == formula.at(H=7, W=5, C=12, g=4) == max(2 * 5 - 2, 5) * 3 + 1 + 5
    assert pickle.loads(pickle.dumps(formula)) == formula
