"""Kinds of convolution side by side: the same channels, kernel and maps; parameters, MACs, ratio, receptive field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..formulas.formula import formula
from ..symbolic.derivation import normal
from ..symbolic.ratio import ratio
from ..symbolic.write import written
from ..symbolic.written import Written, symbol
from .document import Cell, Equation, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..symbolic.written import Operand

C, K, K2 = symbol("C"), symbol("k"), symbol("k") ** 2

SQUARE: Mapping[str, Operand] = {
    "C_in": C, "C_out": C, "k_h": K, "k_w": K, "N": 1, "s_h": 1, "s_w": 1, "d_h": 1, "d_w": 1, "s": 1, "d": 1,
}  # fmt: skip
"""The same channels in and out, a square kernel, one sample, stride 1."""

COMPARED: tuple[tuple[Cell, str, Mapping[str, Operand]], ...] = (
    ("standard", "Conv2d", {"g": 1}),
    (("grouped, ", Equation(None, symbol("g")), " groups"), "GroupedConv2d", {}),
    ("depthwise", "DepthwiseConv2d", {"m": 1}),
    ("pointwise", "PointwiseConv2d", {"g": 1}),
    ("depthwise separable", "DepthwiseSeparableConv2d", {"m": 1}),
    (("spatially separable, rank ", Equation(None, symbol("M"))), "SpatiallySeparableConv2d", {}),
    (("dilated by ", Equation(None, symbol("d"))), "DilatedConv2d", {"g": 1, "d": symbol("d")}),
    ("transposed", "ConvTranspose2d", {"g": 1}),
    ("deformable, version 1", "DeformConv2d", {"g": 1, "g_off": 1}),
)

AT: Mapping[str, int] = {"C": 256, "k": 3, "H": 56, "W": 56, "H_o": 56, "W_o": 56, "g": 8, "M": 64, "d": 2, "p": 1}
"""The numbers of the second table."""


def _stated(kind: str, quantity: str, values: Mapping[str, Operand]) -> Operand:
    expression = formula(kind, quantity).expression
    return expression.worked_out({**SQUARE, **values}) if isinstance(expression, Written) else expression


def formulas_side_by_side() -> Rows:
    """Parameters, MACs, their share of the standard convolution's, receptive field, in C, k and the output's size.

    >>> [str(cell.right) for cell in formulas_side_by_side().rows[4][1:]]
    ['C·k² + C²', 'C·H_o·W_o·k² + C²·H_o·W_o', '1/C + 1/k²', 'k']
    """
    standard = normal(_stated("Conv2d", "macs", {"g": 1}))
    rows: list[tuple[Cell, ...]] = []
    for name, kind, values in COMPARED:
        params = normal(_stated(kind, "params_without_bias", values))
        macs = _as_same_map(normal(_stated(kind, "macs", values)))
        share = ratio(macs, standard)
        seen = normal(_stated(kind, "receptive_field", values))
        rows.append((name, *(Equation(None, written(value)) for value in (params, macs, share, seen))))
    return Rows(
        (
            "The same ",
            _sign(C),
            " channels in and out, kernels of ",
            _sign(K),
            " by ",
            _sign(K),
            ", maps of ",
            _sign(symbol("H_o")),
            " by ",
            _sign(symbol("W_o")),
            ", no bias but that of a branch for offsets",
        ),
        ("convolution", "parameters", "MACs", "share of MACs", "receptive field"),
        tuple(rows),
    )


def _sign(operand: Operand) -> Equation:
    return Equation(None, operand)


def _as_same_map(macs: Operand) -> Operand:
    """Input maps have the output's size here: with stride 1 and padding that keeps it."""
    from ..symbolic.polynomial import symbols

    names = {"H": "H_o", "W": "W_o"}
    known = {name: symbols(names[name]) for name in macs.names if name in names}
    return macs.at(known) if known else macs


def numbers_side_by_side() -> Rows:
    """The same table in numbers: C = 256, 3 × 3 kernels, maps of 56 × 56."""
    rows: list[tuple[Cell, ...]] = []
    for (name, *_), cells in zip(COMPARED, formulas_side_by_side().rows, strict=True):
        values = [_number(cell.right) for cell in cells[1:]]  # type: ignore[union-attr]
        params, macs, share, seen = values
        rows.append((name, params, macs, f"{float(share):.4f}", seen))
    stated = [Equation(symbol(key), AT[key]) for key in ("C", "k", "H_o", "W_o", "g", "M", "d")]
    title = ("In numbers: ", stated[0], *(part for equation in stated[1:] for part in (", ", equation)))
    return Rows(title, ("convolution", "parameters", "MACs", "share of MACs", "receptive field"), tuple(rows))


def _number(operand: Operand) -> Operand:
    return operand if isinstance(operand, int) else operand.worked_out(AT)
