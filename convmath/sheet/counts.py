"""The counts of taps on real input, T_h and T_w, in a formula: named where they are not, left out where all touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.size import clip
from ..symbolic.written import Operation, Written, operation, symbol
from .entries import total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..symbolic.written import Factor, Operand


def with_counts(expression: Operand, where: dict[str, Operand]) -> Operand:
    """The formula with each count by its name, which `where` then explains.

    >>> from convmath.formulas.formula import formula
    >>> f = formula("PointwiseConv2d", "macs_touching")
    >>> str(with_counts(f.expression, dict(f.where)))
    'N·C_out·(C_in/g)·H_o·W_o'
    """
    if not isinstance(expression, Written):
        return expression
    for factor in _factors(expression):
        if isinstance(factor, Written) and all(map(_is_count, factor.terms)):
            expression = expression.replaced({factor: symbol(_name(factor))})
            where[_name(factor)] = factor
    for name in [name for name in expression.names if name.startswith("T")]:
        steps = _all_of(where[name])
        if steps is not None:
            expression = expression.replaced({symbol(name): steps})
            del where[name]
    for name in [name for name in expression.names if name[0] == "T" and name[1:2].isdigit()]:
        # A chain's later window counts along an axis that those before it did not.
        expression = expression.replaced({symbol(name): symbol(f"T{name[2:]}")})
        where[f"T{name[2:]}"] = where.pop(name)
    return expression


def _factors(operand: Operand) -> Iterator[Factor]:
    for _, factors in operand.terms:
        yield from factors


def _is_count(term: tuple[int, tuple[Factor, ...]]) -> bool:
    _, factors = term
    return len(factors) == 1 and isinstance(factors[0], Operation) and factors[0].word == "#"


def _name(count: Written) -> str:
    axes = {name[-2:] for name in count.names if name.startswith("k_")} or {""}
    return f"T{min(axes)}"


def as_series(count: Operand) -> Operand:
    """A count as a sum over the taps: the outputs whose tap is not behind the input, less those where it is before.

    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.sheet.told import told
    >>> str(dict(told(Conv2d).where)["T"])
    'Σ_t (min(max(⌈(i + p − t·d)/s⌉, 0), o) − min(max(⌈(p − t·d)/s⌉, 0), o))'
    """
    if not isinstance(count, Written) or not count.terms or not all(map(_is_count, count.terms)):
        return count
    first, *others = [c * _of_tap(symbol("t", 0), *factor.operands) for c, (factor,) in count.terms]
    return total("t", sum(others, first))


def _of_tap(tap: Operand, limit: Operand, steps: Operand, stride: Operand, taps: Operand, dilation: Operand) -> Operand:
    """The outputs whose tap lies at the limit or before; ⌈x/s⌉ is ⌊(x − 1)/s⌋ + 1."""
    behind = limit + 1 - tap * dilation
    return clip(behind if stride == 1 else operation("⌈⌉", behind, stride), 0, steps)


def _all_of(count: Operand) -> Operand | None:
    """The number of outputs, where there is one tap and no padding: then all of them read real input."""
    (_, (last,)), (_, (before,)) = count.terms
    _, steps, _, taps, _ = last.operands
    return steps if taps == 1 and before.operands[0] == -1 else None
