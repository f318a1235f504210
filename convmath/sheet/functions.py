"""The defining equation of each activation and normalisation: y of x, a number alone or one of many."""

from __future__ import annotations

from ..symbolic.written import operation, symbol
from .document import Equation
from .entries import largest_of, of, smallest_of, total

x, y, a, b, c, n, k, o, q, t = (symbol(name) for name in "xyabcnkoqt")
alpha, beta, epsilon = (symbol(name) for name in ("alpha", "beta", "epsilon"))

ABOVE = largest_of(x, 0)
BELOW = smallest_of(x, 0)
LIFTED = smallest_of(largest_of(x + 3, 0), 6)
LOGISTIC = of("exp", -x) + 1
NORMAL = operation("÷", of("gamma", c) * (of("x", c, o) - of("mu", c)), operation("√", of("sigma", c) ** 2 + epsilon))
NORM = (Equation(of("y", c, o), NORMAL + of("beta", c)),)

FUNCTIONS = {
    "ReLU": ABOVE,
    "ReLU6": smallest_of(ABOVE, 6),
    "LeakyReLU": ABOVE + a * BELOW,
    "PReLU": ABOVE + a * BELOW,
    "ELU": ABOVE + a * (of("exp", BELOW) - 1),
    "CELU": ABOVE + a * (of("exp", operation("÷", BELOW, a)) - 1),
    "SELU": b * (ABOVE + a * (of("exp", BELOW) - 1)),
    "GELU": operation("÷", x * (of("erf", operation("÷", x, operation("√", 2))) + 1), 2),
    "Sigmoid": operation("÷", 1, LOGISTIC),
    "LogSigmoid": -of("log", LOGISTIC),
    "SiLU": operation("÷", x, LOGISTIC),
    "Mish": x * of("tanh", of("log", of("exp", x) + 1)),
    "Tanh": of("tanh", x),
    "Softplus": operation("÷", of("log", of("exp", beta * x) + 1), beta),
    "Softsign": operation("÷", x, of("abs", x) + 1),
    "Hardsigmoid": operation("÷", LIFTED, 6),
    "Hardswish": operation("÷", x * LIFTED, 6),
    "Hardtanh": smallest_of(largest_of(x, a), b),
}
"""What each activation makes of a number x."""

OF_MANY: dict[str, tuple[Equation, ...]] = {
    "Softmax": (Equation(of("y", o), operation("÷", of("exp", of("x", o)), total("t", of("exp", of("x", t))))),),
    "LogSoftmax": (Equation(of("y", o), of("x", o) - of("log", total("t", of("exp", of("x", t))))),),
    "BatchNorm": NORM,
    "InstanceNorm": NORM,
    "GroupNorm": NORM,
    "LayerNorm": NORM,
    "LocalResponseNorm": (
        Equation(of("z", c, o), operation("÷", alpha * total("q", of("x", q, o) ** 2), n) + k),
    ),
}  # fmt: skip
"""What needs more than one number."""

EQUATIONS = {**{name: (Equation(y, made),) for name, made in FUNCTIONS.items()}, **OF_MANY}
