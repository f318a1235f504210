"""The notations that every formula can be written in; each is loaded when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .written import Operand


class InNotations:
    """What has a written form, and therefore one in every notation; a subtype says what is to be written."""

    __slots__ = ()

    def operand(self) -> Operand:
        """The formula as a tree."""
        raise NotImplementedError

    def latex(self) -> str:
        r"""The formula in LaTeX's mathematics, without dollar signs.

        >>> from convmath.symbolic.polynomial import symbols
        >>> ((symbols("H") + 1) // 2).latex()
        '\\left\\lceil \\frac{H}{2} \\right\\rceil'
        """
        from .latex import render

        return render(self.operand())

    def mathml(self) -> str:
        """The formula as a math element."""
        from .mathml import render

        return render(self.operand())

    def typst(self) -> str:
        """The formula in Typst's mathematics.

        >>> from convmath.symbolic.polynomial import symbols
        >>> (symbols("H") + 1).typst()
        'H + 1'
        """
        from .typst import render

        return render(self.operand())

    def python(self) -> str:
        """The formula as an expression of Python over integers.

        >>> from convmath.symbolic.polynomial import symbols
        >>> ((symbols("H") + 1) // 2).python()
        '-(-H//2)'
        """
        from .python import render

        return render(self.operand())

    def sympy(self) -> Any:
        """The formula as a SymPy expression over integer symbols; loads SymPy.

        >>> from convmath.symbolic.polynomial import symbols
        >>> (symbols("H") * 3 + 1).sympy()
        3*H + 1
        """
        from .sympy_bridge import to_sympy

        return to_sympy(self.operand())

    def __str__(self) -> str:
        from .text import render

        return render(self.operand())
