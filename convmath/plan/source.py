"""Programs as source: the steps of some formulas as a function in Python, NumPy or C, over names that are numbered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import FormulaError, unknown_name
from .program import ADD, DIVISOR, FLOOR, LARGER, MULTIPLY, NAME, NUMBER, PAIRS, SHIFT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .program import Program


class Language(NamedTuple):
    """How a language says each word, and what stands around the steps."""

    words: dict[str, str]
    step: str
    open: str
    close: str
    argument: str
    result: str
    comment: str
    before: str = ""


INFIX = {ADD: "{} + {}", MULTIPLY: "{}*{}", SHIFT: "{} >> {}"}

PYTHON = Language(
    INFIX | {FLOOR: "{}//{}", LARGER: "max({}, {})", DIVISOR: "gcd({}, {})"},
    "    {name} = {said}\n", "def formulas({arguments}):\n", "    return {results}\n", "x{}", "{}", "# ",
    "from math import gcd\n\n\n",
)  # fmt: skip

NUMPY = PYTHON._replace(
    words=INFIX | {FLOOR: "{}//{}", LARGER: "np.maximum({}, {})", DIVISOR: "np.gcd({}, {})"},
    before="import numpy as np\n\n\n",
)

C = Language(
    INFIX | {FLOOR: "floor_div({}, {})", LARGER: "larger({}, {})", DIVISOR: "gcd({}, {})"},
    "    const int64_t {name} = {said};\n", "void formulas({arguments})\n{{\n", "{results}}}\n",
    "int64_t x{}", "int64_t *y{}", "// ",
    "#include <stdint.h>\n\n"
    "static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }\n"
    "static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }\n"
    "static int64_t gcd(int64_t a, int64_t b)\n"
    "{ while (b) { int64_t r = a % b; a = b; b = r; } return a < 0 ? -a : a; }\n\n",
)  # fmt: skip
"""Right shifts of negative numbers are arithmetic in every compiler that matters, and by the standard since C23."""

LANGUAGES = {"python": PYTHON, "numpy": NUMPY, "c": C}


def source(program: Program, labels: Sequence[str], language: str) -> str:
    """The program as source text; comments say which number is which name, in letters, digits and _ alone.

    Raises FormulaError where a formula counts pairs whose taps are no number, which is no straight line of steps.

    >>> from convmath.plan.program import program
    >>> from convmath.symbolic.polynomial import symbols
    >>> print(source(program([(symbols("H") + 1) // 2 * 64]), ["area"], "numpy"), end="")
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def formulas(x0):
        # x0: H; returns area
        t2 = x0 + 1
        t3 = t2 >> 1
        t5 = t3*64
        return t5,
    """
    if language not in LANGUAGES:
        raise unknown_name("language", language, list(LANGUAGES))
    told = LANGUAGES[language]
    values: list[str] = []
    lines = ""
    for place, (word, parts) in enumerate(program.steps):
        if word == PAIRS:
            raise FormulaError(
                "taps are counted whose number is a symbol, which takes a loop (give the kernel a number)"
            )
        if word == NUMBER:
            values.append(_number(parts[0], language))
        elif word == NAME:
            values.append(f"x{parts[0]}")
        else:
            lines += told.step.format(name=f"t{place}", said=told.words[word].format(*(values[part] for part in parts)))
            values.append(f"t{place}")
    names = ", ".join(f"x{place}: {name}" for place, name in enumerate(program.names))
    results = [values[step] for step in program.results]
    arguments = [told.argument.format(place) for place in range(len(program.names))]
    if language == "c":
        arguments += [told.result.format(place) for place in range(len(results))]
        said = "".join(f"    *y{place} = {value};\n" for place, value in enumerate(results))
    else:
        said = ", ".join(results) + ","
    asked = ", ".join(_plain(label) for label in labels)
    return (
        told.before + told.open.format(arguments=", ".join(arguments))
        + f"    {told.comment}{names}; returns {asked}\n" + lines + told.close.format(results=said)
    )  # fmt: skip


def _number(value: int, language: str) -> str:
    if language == "c":
        if not -(2**63) < value < 2**63:
            raise FormulaError(f"{value} does not fit into 64 bits of C (write Python)")
        return f"INT64_C({value})" if abs(value) >= 2**31 else f"({value})" if value < 0 else str(value)
    return f"({value})" if value < 0 else str(value)


def _plain(label: str) -> str:
    """A label that no comment can be ended by, whatever a file calls its layers."""
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "_@[].") else "_" for letter in label)
