"""Formula: one quantity of one layer type, as a textbook writes it, with its normal form and its symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.conditions import enforce
from ..core.errors import FormulaError, show, unknown_name
from ..core.size import Symbolic
from ..symbolic.derivation import Step, derivation
from ..symbolic.derivation import normal as normal_form
from ..symbolic.growth import Growth, growth
from ..symbolic.proposition import Proposition
from ..symbolic.ratio import ratio
from ..symbolic.values import settled
from ..symbolic.written import Written, symbol
from ..symbolic.written import symbol as written_symbol
from .general import SPATIAL, SUFFIXES
from .parts import as_fraction, as_operand, fixed_at, names_of, with_defaults

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from ..core.conditions import Condition
    from ..symbolic.written import Operand


class Formula(NamedTuple):
    """`symbol = expression`, and what else a reader must know.

    >>> from convmath.formulas.formula import formula
    >>> f = formula("Conv2d", "output")
    >>> print(f)
    o = ⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1
    >>> f.at(i=224, k=7, s=2, p=3)
    112

    Source: each formula names its own.
    """

    of: str
    """The layer type, or the layer."""
    quantity: str
    symbol: str
    expression: Operand
    where: tuple[tuple[str, Operand], ...]
    """Names in the expression that stand for formulas."""
    defaults: Mapping[str, Operand]
    conditions: tuple[Condition, ...]
    """What must hold among its symbols."""
    meaning: str
    unit: str
    source: str

    def __str__(self) -> str:
        return f"{self.symbol} = {self.expression}"

    @property
    def whole(self) -> Operand:
        """The expression with all names that stand for formulas put in."""
        whole = self.expression
        where = dict(self.where)
        while isinstance(whole, Written) and not where.keys().isdisjoint(whole.names):
            whole = whole.worked_out(where)
        return whole

    @property
    def normal(self) -> Any:
        """The normal form: an int, a Polynomial or a Ratio.

        >>> from convmath.formulas.formula import formula
        >>> formula("ConvTranspose2d", "output").normal
        Polynomial('d(k − 1) + s(i − 1) + a − 2p + 1')
        """
        return normal_form(self.whole)

    def steps(self) -> list[Step]:
        """The steps from the expression to its normal form, each a named law; FormulaError where it has none.

        >>> from convmath.formulas.formula import formula
        >>> [str(step.whole) for step in formula("Conv2d", "output").given(k=3, s=2, p=1, d=1).steps()]
        ['⌊(i + 1)/2⌋', '⌈i/2⌉']
        """
        try:
            normal_form(self.expression)
        except FormulaError as error:
            reason = str(error).partition(" (")[0]
            raise FormulaError(
                f"{self.of}: {self.quantity} has no steps, as it has no normal form: {reason} (leave the steps out)"
            ) from None
        return derivation(self.expression)

    def over(self, other: Formula) -> Any:
        """This formula over another one, simplified; sizes of outputs that are the same in both cancel.

        >>> from convmath.formulas.formula import formula
        >>> separable = formula("DepthwiseSeparableConv2d", "macs").given(m=1)
        >>> print(separable.over(formula("Conv2d", "macs").given(g=1)))
        1/C_out + 1/(k_h·k_w)
        """
        if not isinstance(other, Formula):
            raise FormulaError(f"{show(other)} is no formula of a quantity (give for example cm.formula('Conv2d'))")
        if self.whole == other.whole and self.whole != 0:
            return 1
        own, others = dict(self.where), dict(other.where)
        unlike = any(own[name] != others[name] for name in own.keys() & others.keys())
        if unlike or not self.names or not other.names:
            return ratio(normal_form(self.whole), normal_form(other.whole))
        return ratio(normal_form(self.expression), normal_form(other.expression))

    def growth(self, symbol: str) -> Growth:
        """How the quantity grows with a symbol; a hyper-parameter beside sizes of the output leaves these as they are.

        k stands for k_h and k_w, which then grow together, where only these are in the formula.

        >>> from convmath.formulas.formula import formula
        >>> print(formula("Conv2d", "macs").growth("H"))
        as H: twice H makes about 2 times as much
        >>> from convmath.formulas.formula import formula
        >>> print(formula("Conv2d", "output").growth("k"))
        falls as −k
        """
        known = self.names
        axes = axes_of(symbol, known) if isinstance(symbol, str) else []
        if axes:
            together = written_symbol(symbol, max(known[name] for name in axes))
            return self.given(**dict.fromkeys(axes, together)).growth(symbol)
        if symbol not in known:
            raise unknown_name("symbol", str(symbol), sorted(known))
        stated = self.expression
        if symbol not in names_of(stated) or symbol in SPATIAL[3] + SPATIAL[1]:
            stated = fixed_at(stated, {name: meant for name, meant in self.where if symbol in names_of(meant)})
        return growth(normal_form(stated), symbol)

    @property
    def names(self) -> dict[str, int]:
        """Every symbol of the whole formula, each with its least value."""
        return names_of(self.whole)

    def at(self, **values: Any) -> Any:
        """The number for these values; symbols that are not given have the default of their hyper-parameter.

        Values are integers, arrays of them (answered exactly, by the normal form) or formulas. Raises UnknownNameError
        for a name that the formula does not have, FormulaError if a value is missing or breaks a condition.

        >>> from convmath.formulas.formula import formula
        >>> formula("ConvTranspose2d", "output").at(i=7, k=4, s=2, p=1)
        14
        """
        known = self.names
        given = self.completed(settled(known, None, self.spread(values)))
        if any(isinstance(value, Symbolic) for value in given.values()):
            return self.given(**given).normal
        missing = [name for name in known if name not in given]
        if missing:
            raise FormulaError(f"{self.of} {self.quantity}: give {', '.join(f'{name}=…' for name in missing)} as well")
        arrays = any(hasattr(value, "dtype") for value in given.values())
        for condition in self._check(given):
            if arrays and not condition.verdict.all():  # type: ignore[attr-defined]
                raise FormulaError(f"{self.of} {self.quantity}: not everywhere {condition.claim}")
        if arrays:
            normal = self.normal
            return normal if type(normal) is int else normal.at({name: given[name] for name in normal.names})
        return fixed_at(self.whole, given)

    def completed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values, and the default of every hyper-parameter that is not among them, if that can be told.

        >>> from convmath.formulas.formula import formula
        >>> formula("MaxPool2d", "output").completed({"i": 7, "k": 2})
        {'i': 7, 'k': 2, 'p': 0, 'd': 1, 's': 2}
        """
        return with_defaults(values, self.defaults, self.names)

    def given(self, **values: Any) -> Formula:
        """The formula with values, integers or formulas, for some of its symbols; the others stay symbols.

        With integers for all of them it is a number.

        >>> from convmath.formulas.formula import formula
        >>> print(formula("Conv2d", "output").given(k=3, s=2, p=1, d=1))
        o = ⌊(i − 1)/2⌋ + 1
        """
        known = self.names
        operands = {name: as_operand(name, value) for name, value in self.spread(values).items()}
        for name, operand in operands.items():
            if name not in known:
                raise unknown_name("symbol", name, sorted(known))
            if isinstance(operand, Written) and _decided(Proposition(operand, "≥", known[name])) is False:
                raise FormulaError(f"{self.of} {self.quantity}: {name}={operand} is less than {known[name]}")
            if not names_of(operand).keys().isdisjoint(dict(self.where)):
                raise FormulaError(f"{name}={operand}: in {self} that stands for something else (use other symbols)")
        open_conditions = self._check(operands)
        number = operands.keys() >= known.keys() and all(type(operands[name]) is int for name in known)
        stated, where = (self.whole, ()) if number else (self.expression, self.where)
        return self._replace(
            expression=as_fraction(fixed_at(stated, operands)),
            where=tuple((name, fixed_at(operand, operands)) for name, operand in where),
            defaults={name: value for name, value in self.defaults.items() if name not in operands},
            conditions=open_conditions,
        )

    def spread(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values by the formula's own symbols: k stands for k_h and k_w where only these are in it.

        What is given for an axis counts there. FormulaError for a k beside all that it could stand for.

        >>> from convmath.formulas.formula import formula
        >>> formula("Conv2d", "params").spread({"k": 3, "g": 2})
        {'k_h': 3, 'k_w': 3, 'g': 2}
        """
        known = self.names
        result: dict[str, Any] = {}
        for name, value in values.items():
            axes = axes_of(name, known)
            if axes and values.keys() >= set(axes):
                told = " and ".join(axes)
                raise FormulaError(f"{self.of} {self.quantity}: {name} is given beside {told} (leave {name} out)")
            result |= {one: value for one in axes or [name] if one == name or one not in values}
        return result

    def _check(self, values: Mapping[str, Any]) -> tuple[Condition, ...]:
        """The conditions that these values leave open; FormulaError if they break one."""
        for name, least in self.names.items():
            value = values.get(name)
            if type(value) is int and value < least:
                raise FormulaError(f"{self.of} {self.quantity}: {name}={value} is less than {least}")
        fixed = [
            condition._replace(left=fixed_at(condition.left, values), right=fixed_at(condition.right, values))
            for condition in self.conditions
        ]
        return tuple(
            condition for condition in enforce(fixed, f"{self.of} {self.quantity}", FormulaError) if is_open(condition)
        )

    def latex(self) -> str:
        """The equation in LaTeX's mathematics.

        >>> from convmath.formulas.formula import formula
        >>> formula("Linear", "params").latex()
        'P = O \\\\, I + O'
        """
        from ..symbolic import latex

        return f"{latex.render(symbol(self.symbol))} = {latex.render(self.expression)}"

    def mathml(self) -> str:
        """The expression as MathML."""
        from ..symbolic import mathml

        return mathml.render(self.expression)

    def typst(self) -> str:
        """The equation in Typst's mathematics."""
        from ..symbolic import typst

        return f"{typst.render(symbol(self.symbol))} = {typst.render(self.expression)}"

    def python(self) -> str:
        """The whole formula as an expression of Python.

        >>> from convmath.formulas.formula import formula
        >>> formula("Linear", "params").python()
        'O*I + O'
        """
        from ..symbolic import python

        return python.render(self.whole)

    def sympy(self) -> Any:
        """The whole formula as a SymPy expression over integer symbols; loads SymPy."""
        from ..symbolic.sympy_bridge import to_sympy

        return to_sympy(self.whole)


def axes_of(name: str, known: Container[str]) -> list[str]:
    """The symbols of single axes that a name stands for, of those that are known.

    >>> axes_of("k", {"k_h": 1, "k_w": 1, "g": 1}), axes_of("g", {"g": 1})
    (['k_h', 'k_w'], [])
    """
    return [] if name in known else [name + suffix for suffix in SUFFIXES[3] if name + suffix in known]


def is_open(condition: Condition) -> bool:
    """Whether values could break it."""
    verdict = condition.verdict
    return verdict is not True if not isinstance(verdict, Proposition) else _decided(verdict) is not True


def _decided(claim: Proposition) -> object:
    return Proposition(normal_form(claim.left), claim.relation, normal_form(claim.right)).decided()
