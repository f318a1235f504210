"""Works out a defining equation from its own tree, and nothing else of the package: arrays are functions of places.

value_of(equation.right, {"o": 1}, {"x": lambda q, i: …}, {"t": range(3)})
"""

from fractions import Fraction
from math import ceil, erf, exp, floor, gcd, log, sqrt, tanh

FUNCTIONS = {"exp": exp, "log": log, "tanh": tanh, "erf": erf, "abs": abs}


def divided(a, b):
    """A fraction of integers stays exact."""
    exact = isinstance(a, int | Fraction) and isinstance(b, int | Fraction)
    quotient = Fraction(a) / Fraction(b) if exact else a / b
    return int(quotient) if isinstance(quotient, Fraction) and quotient.denominator == 1 else quotient


def without_remainder(a, b):
    assert a % b == 0, f"{a} / {b} leaves a remainder"
    return a // b


OPERATIONS = {
    "⌊⌋": lambda a, b: floor(Fraction(a, b)),
    "⌈⌉": lambda a, b: ceil(Fraction(a, b)),
    "/": without_remainder,
    "÷": divided,
    "mod": lambda a, b: a % b,
    "max": max,
    "min": min,
    "gcd": gcd,
    "√": sqrt,
    "log₂": lambda x: (x - 1).bit_length(),
    "2^": lambda x: 2**x,
}

OVER_ALL = {"Σ": sum, "max over": max, "mean over": lambda values: divided(sum(values), len(values))}


def value_of(operand, values, arrays, ranges):
    """The number that a formula is, for values of its symbols."""
    if isinstance(operand, int):
        return operand
    total = operand.constant
    for coefficient, factors in operand.terms:
        product = coefficient
        for factor in factors:
            product *= factor_of(factor, values, arrays, ranges)
        total += product
    return total


def factor_of(factor, values, arrays, ranges):
    if hasattr(factor, "terms"):
        return value_of(factor, values, arrays, ranges)
    if hasattr(factor, "name"):
        return values[factor.name]
    word, operands = factor
    if word == "()":
        name, *places = operands
        array = {**FUNCTIONS, **arrays}[str(name.terms[0][1][0].name)]
        return array(*(value_of(place, values, arrays, ranges) for place in places))
    if word in OVER_ALL:
        index, body = operands
        name = index.terms[0][1][0].name
        places = ranges[name](values) if callable(ranges[name]) else ranges[name]
        return OVER_ALL[word]([value_of(body, {**values, name: place}, arrays, ranges) for place in places])
    return OPERATIONS[word](*(value_of(part, values, arrays, ranges) for part in operands))
