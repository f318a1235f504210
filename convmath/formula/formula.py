"""Formula: one quantity of one layer type, as a textbook writes it, with its normal form and its symbols."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.conditions import enforce
from ..core.errors import FormulaError, show, unknown_name
from ..layers import layer_type
from ..layers.base import Layer
from ..symbolic.derivation import Step, derivation
from ..symbolic.derivation import normal as normal_form
from ..symbolic.growth import Growth, growth
from ..symbolic.proposition import Proposition
from ..symbolic.ratio import ratio
from ..symbolic.written import Symbol, Written
from .general import General, counts_of, general, symbol_name
from .quantities import QUANTITIES, quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..core.conditions import Condition
    from ..symbolic.written import Operand


class Formula(NamedTuple):
    """`symbol = expression`, and what else a reader must know.

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

        >>> formula("ConvTranspose2d", "output").normal
        Polynomial('d(k − 1) + s(i − 1) + a − 2p + 1')
        """
        return normal_form(self.whole)

    def steps(self) -> list[Step]:
        """The steps from the expression to its normal form, each a named law.

        >>> [str(step.whole) for step in formula("Conv2d", "output").given(k=3, s=2, p=1, d=1).steps()]
        ['⌊(i + 1)/2⌋', '⌈i/2⌉']
        """
        return derivation(self.expression)

    def over(self, other: Formula) -> Any:
        """This formula over another one, simplified; sizes of outputs that both are stated in cancel.

        >>> separable = formula("DepthwiseSeparableConv2d", "macs").given(m=1)
        >>> print(separable.over(formula("Conv2d", "macs").given(g=1)))
        1/C_out + 1/(k_h·k_w)
        """
        return ratio(normal_form(self.expression), normal_form(other.expression))

    def growth(self, symbol: str) -> Growth:
        """How the quantity grows with a symbol, all that its names stand for put in.

        >>> print(formula("Conv2d", "params").growth("k_h"))
        as k_h: twice k_h makes about 2 times as much; C_in·C_out·k_h·k_w/g leads
        """
        if symbol not in self.names:
            raise unknown_name("symbol", symbol, sorted(self.names))
        return growth(self.normal, symbol)

    @property
    def names(self) -> dict[str, int]:
        """Every symbol of the whole formula, each with its least value."""
        whole = self.whole
        return {} if type(whole) is int else whole.names

    def at(self, **values: Any) -> Any:
        """The number for these values; symbols that are not given have the default of their hyper-parameter.

        Raises UnknownNameError for a name that the formula does not have, FormulaError if a value is missing.

        >>> formula("ConvTranspose2d", "output").at(i=7, k=4, s=2, p=1)
        14
        """
        known = self.names
        for name in values:
            if name not in known:
                raise unknown_name("symbol", name, sorted(known))
        given = _with_defaults(values, self.defaults, known)
        missing = [name for name in known if name not in given]
        if missing:
            raise FormulaError(f"{self.of} {self.quantity}: give {', '.join(f'{name}=…' for name in missing)} as well")
        self._check(given)
        whole = self.whole
        return whole.worked_out(given) if isinstance(whole, Written) else whole

    def given(self, **values: Any) -> Formula:
        """The formula with values for some of its symbols; the others stay symbols.

        >>> print(formula("Conv2d", "output").given(k=3, s=2, p=1, d=1))
        o = ⌊(i − 1)/2⌋ + 1
        """
        known = self.names
        for name in values:
            if name not in known:
                raise unknown_name("symbol", name, sorted(known))

        return self._replace(
            expression=_fixed(self.expression, values),
            where=tuple((name, _fixed(operand, values)) for name, operand in self.where),
            defaults={name: value for name, value in self.defaults.items() if name not in values},
            conditions=self._check(values),
        )

    def _check(self, values: Mapping[str, Any]) -> tuple[Condition, ...]:
        """The conditions that these values leave open; FormulaError if they break one."""
        for name, least in self.names.items():
            value = values.get(name)
            if type(value) is int and value < least:
                raise FormulaError(f"{self.of} {self.quantity}: {name}={value} is less than {least}")
        fixed = [
            condition._replace(left=_fixed(condition.left, values), right=_fixed(condition.right, values))
            for condition in self.conditions
        ]
        return tuple(
            condition for condition in enforce(fixed, f"{self.of} {self.quantity}", FormulaError) if _is_open(condition)
        )

    def latex(self) -> str:
        """The equation in LaTeX's mathematics.

        >>> formula("Linear", "params").latex()
        'P = O \\\\, I + O'
        """
        from ..symbolic import latex

        return f"{latex.render(_named(self.symbol))} = {latex.render(self.expression)}"

    def mathml(self) -> str:
        """The expression as MathML."""
        from ..symbolic import mathml

        return mathml.render(self.expression)

    def typst(self) -> str:
        """The equation in Typst's mathematics."""
        from ..symbolic import typst

        return f"{typst.render(_named(self.symbol))} = {typst.render(self.expression)}"

    def python(self) -> str:
        """The whole formula as an expression of Python.

        >>> formula("Linear", "params").python()
        'O*I + O'
        """
        from ..symbolic import python

        return python.render(self.whole)

    def sympy(self) -> Any:
        """The whole formula as a SymPy expression over integer symbols; loads SymPy."""
        from ..symbolic.sympy_bridge import to_sympy

        return to_sympy(self.whole)


def formula(kind: Any, name: str = "output") -> Formula:
    """The formula of a quantity of a layer type (a class or its name), or of a layer, whose input alone is symbolic.

    Raises UnknownNameError for a type or quantity nobody knows, FormulaError where the type has no such quantity.

    >>> from convmath.layers.conv import Conv2d
    >>> print(formula(Conv2d, "macs"))
    M = N·C_out·H_o·W_o·(C_in/g)·k_h·k_w
    >>> print(formula(Conv2d(3, 64, 7, stride=2, padding=3), "output"))
    o = ⌊(i − 1)/2⌋ + 1
    """
    found = formula_or_none(kind, name)
    if found is None:
        who = _resolved(kind)
        what = quantity(name).meaning
        raise FormulaError(
            f"{who.op if isinstance(who, Layer) else who.__name__} has no {name} ({what});"
            f" it has {', '.join(f.quantity for f in formulas(kind))}"
        )
    return found


def formulas(kind: Any) -> Iterator[Formula]:
    """Every formula that a layer type, or a layer, has.

    >>> [f.quantity for f in formulas("ReLU")]
    ['output', 'channels', 'flops', 'activations', 'memory', 'receptive_field', 'jump']
    """
    for name in QUANTITIES:
        found = formula_or_none(kind, name)
        if found is not None:
            yield found


def formula_or_none(kind: Any, name: str) -> Formula | None:
    """The same as `formula`, or None where the type has no such quantity."""
    asked = quantity(name)
    who = _resolved(kind)
    fixed: dict[str, Any] = {}
    if asked.without_bias:
        if "bias" not in who.fields or (isinstance(who, Layer) and who.__dict__["bias"]):
            return None
        fixed = {} if isinstance(who, Layer) else {"bias": False}
    g = general(who, alike=asked.alike, **fixed)
    stated = asked.state(g)
    stated, meant = stated if isinstance(stated, tuple) else (stated, {})
    if stated is None or (type(stated) is int and stated == 0):
        return None
    where: dict[str, Operand] = meant
    if not asked.alike and isinstance(stated, Written):
        stated, names = _shortened(stated, g)
        where = names | meant
    defaults = {**g.defaults, "b": 4}
    return Formula(
        repr(who) if isinstance(who, Layer) else who.__name__,
        name,
        asked.symbol,
        stated,
        tuple(where.items()),
        defaults,
        _conditions(g, stated, where),
        asked.meaning,
        asked.unit,
        asked.source or _source(who),
    )


def _shortened(stated: Operand, g: General) -> tuple[Operand, dict[str, Operand]]:
    """The formula with names for output sizes and for counts of taps, and what those stand for."""
    sizes = {operand: _named(name) for name, operand in g.where}
    counts = {count: _named(name) for name, count in counts_of(g)}
    short = stated.replaced(counts).replaced(sizes)
    meant = {symbol_name(name): operand for operand, name in {**sizes, **counts}.items()}
    where: dict[str, Operand] = {}
    waiting = [short]
    while waiting:
        for name in waiting.pop().names:
            if name in meant and name not in where:
                where[name] = meant[name].replaced(sizes) if name not in dict(g.where) else meant[name]
                waiting.append(where[name])
    return short, where


def _resolved(kind: Any) -> Any:
    if isinstance(kind, str):
        return layer_type(kind)
    if isinstance(kind, Layer) or (isinstance(kind, type) and issubclass(kind, Layer)):
        return kind
    raise FormulaError(f"{show(kind)} is no layer type (give for example cm.Conv2d or 'Conv2d')")


def _named(name: str) -> Operand:
    return Written(((1, (Symbol(name, 1),)),))


def _with_defaults(
    values: Mapping[str, Any], defaults: Mapping[str, Operand], known: Mapping[str, int]
) -> dict[str, Any]:
    given = dict(values)
    for name in known:
        default = defaults.get(name)
        if name not in given and default is not None:
            needed = {} if type(default) is int else default.names
            if all(other in given for other in needed):
                given[name] = default if type(default) is int else default.worked_out(given)
    return given


def _conditions(g: General, stated: Operand, where: Mapping[str, Operand]) -> tuple[Condition, ...]:
    """What must hold among the symbols of a formula, each condition once, without what always holds."""
    mentioned = {name for part in (stated, *where.values()) for name in _names(part)}
    found: dict[str, Condition] = {}
    for condition in (*g.layer.open_constraints, *g.layer.conditions(*g.inputs)):
        names = {*_names(condition.left), *_names(condition.right)}
        if names & mentioned and _is_open(condition):
            found.setdefault(condition_text(condition), condition)
    return tuple(found.values())


def _is_open(condition: Condition) -> bool:
    """Whether values could break it."""
    verdict = condition.verdict
    if not isinstance(verdict, Proposition):
        return verdict is not True
    return Proposition(normal_form(verdict.left), verdict.relation, normal_form(verdict.right)).decided() is not True


def condition_text(condition: Condition) -> str:
    """A condition as it is written.

    >>> from convmath.core.conditions import at_least
    >>> condition_text(at_least(3, 2, "", ""))
    '3 ≥ 2'
    """
    relation = "is divisible by" if condition.relation == "divisible by" else condition.relation
    return f"{condition.left} {relation} {condition.right}"


def _names(operand: Operand) -> dict[str, int]:
    return operand.names if isinstance(operand, Written) else {}


def _fixed(operand: Operand, values: Mapping[str, Any]) -> Operand:
    return operand.worked_out(values) if isinstance(operand, Written) else operand


def _source(who: Any) -> str:
    kind = type(who) if isinstance(who, Layer) else who
    text = next((doc for base in kind.__mro__ if (doc := base.__doc__) and "Source:" in doc), "")
    paragraphs = [part for part in cleandoc(text).split("\n\n") if part.startswith("Source:")]
    return " ".join(paragraphs[0].removeprefix("Source:").split()).rstrip(".") if paragraphs else ""
