"""What equations say of arrays, in every notation: places, Σ, max and mean over an index, roots, Greek letters."""

import pytest
import typst as compiler

from convmath.core.errors import FormulaError
from convmath.sheet.entries import largest, mean, of, total
from convmath.sheet.equations import EQUATIONS
from convmath.symbolic import latex, mathml, python, text, typst
from convmath.symbolic.sympy_bridge import to_sympy
from convmath.symbolic.written import operation, symbol

a, c, i, k, o, q, t = (symbol(name) for name in "acikoqt")
X = of("x", t)
SUM = total("t", X)

WRITTEN = [
    (total("q", SUM), "Σ_q Σ_t x(t)", r"\sum_{q} \sum_{t} x(t)", "sum_(q) sum_(t) x(t)"),
    (largest("t", X), "max_t x(t)", r"\max_{t} x(t)", "max_(t) x(t)"),
    (mean("t", X), "mean_t x(t)", r"\operatorname*{mean}_{t} x(t)", 'op("mean", limits: #true)_(t) x(t)'),
    (SUM + a, "Σ_t x(t) + a", r"\sum_{t} x(t) + a", "sum_(t) x(t) + a"),
    (a - SUM, "a − Σ_t x(t)", r"a - \sum_{t} x(t)", "a - sum_(t) x(t)"),
    (2 * SUM, "2·Σ_t x(t)", r"2 \, \sum_{t} x(t)", "2 thin sum_(t) x(t)"),
    (SUM * a, "(Σ_t x(t))·a", r"\left( \sum_{t} x(t) \right) \, a", "(sum_(t) x(t)) thin a"),
    (total("t", X + a), "Σ_t (x(t) + a)", r"\sum_{t} (x(t) + a)", "sum_(t) (x(t) + a)"),
    (total("t", -X), "Σ_t (−x(t))", r"\sum_{t} (-x(t))", "sum_(t) (-x(t))"),
    (total("t", X % a), "Σ_t (x(t) mod a)", r"\sum_{t} (x(t) \bmod a)", "sum_(t) (x(t) mod a)"),
    (SUM % a, "(Σ_t x(t)) mod a", r"\left( \sum_{t} x(t) \right) \bmod a", "(sum_(t) x(t)) mod a"),
    (SUM**2, "(Σ_t x(t))²", r"\left( \sum_{t} x(t) \right)^2", "(sum_(t) x(t))^2"),
    (X**2, "x(t)²", "x(t)^2", "x(t)^2"),
    (X * (a + 1), "x(t)·(a + 1)", r"x(t) \cdot (a + 1)", "x(t) dot (a + 1)"),
    (of("x", q // a), "x(⌊q/a⌋)", r"x\left( \left\lfloor \frac{q}{a} \right\rfloor \right)", "x(floor(frac(q, a)))"),
    (of("x_1", o), "x_1(o)", "x_1(o)", "x_1 (o)"),
    (of("Delta", t, o), "Δ(t, o)", r"\Delta(t, o)", "Δ(t, o)"),
    (symbol("epsilon") * symbol("mu"), "ε·μ", r"\varepsilon \, \mu", "ε thin μ"),
    (operation("√", a + 1), "√(a + 1)", r"\sqrt{a + 1}", "sqrt(a + 1)"),
    (operation("√", a), "√a", r"\sqrt{a}", "sqrt(a)"),
]


@pytest.mark.parametrize(("operand", "as_text", "as_latex", "as_typst"), WRITTEN, ids=[row[1] for row in WRITTEN])
def test_notations(operand, as_text, as_latex, as_typst):
    assert text.render(operand) == as_text
    assert latex.render(operand) == as_latex
    assert typst.render(operand) == as_typst


def test_mathml():
    assert "<munder><mo>∑</mo><mi>q</mi></munder><munder><mo>∑</mo><mi>t</mi></munder>" in mathml.render(
        total("q", SUM)
    )
    assert "<msqrt><mi>a</mi></msqrt>" in mathml.render(operation("√", a))
    assert "<mi>Δ</mi>" in mathml.render(of("Delta", t))
    assert ">max</mo><mi>t</mi></munder>" in mathml.render(largest("t", X))


def test_a_dot_before_whatever_is_no_sum():
    width, whole = symbol("W"), symbol("C_out")
    assert str(width * whole.exact_div(k)) == "W·(C_out/k)"
    assert str(width * (k - 1)) == "W(k − 1)"
    assert str(2 * (k - 1)) == "2(k − 1)"


@pytest.mark.parametrize("operand", [X, SUM, largest("t", X), mean("t", X)])
def test_no_integer_expression(operand):
    with pytest.raises(FormulaError, match="an equation about arrays is no expression of integers"):
        python.render(operand)
    with pytest.raises(FormulaError, match="an equation about arrays has no expression in SymPy"):
        to_sympy(operand)


def test_typst_reads_every_equation():
    lines = (
        f"$ {typst.render(side)} $" for rows in EQUATIONS.values() for row in rows for side in (row.left, row.right)
    )
    made = compiler.Compiler("\n".join(lines).encode(), ignore_system_fonts=True)
    _, warnings = made.compile_with_warnings(format="svg")
    assert warnings == []
