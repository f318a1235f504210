"""Everything convmath raises on purpose.

ConvmathError
├── ParameterError      a layer's hyper-parameter is outside its domain
├── ShapeError          a layer does not accept the shape it was given
├── ParseError          a text is not the layer, shape or number it should be
├── FormulaError        a formula would be wrong or too large: a divisor that may be 0, a name that is none
├── GraphError          layers do not form a network: a cycle, an unknown input
├── NoGraphvizError     a picture needs Graphviz, which is not installed
├── UnknownNameError    no layer type, network or option has this name
└── FileError           a file cannot be read or written
    ├── SpecError       a specification has faults, all listed with line and column
    └── DiskFullError   there is no room for a file
"""

from __future__ import annotations

from .size import Symbolic


class ConvmathError(Exception):
    """Base of every error that convmath raises on purpose; its text is meant to be read by a person."""


class ParameterError(ConvmathError, ValueError):
    """A layer's hyper-parameter is outside its domain."""


class ShapeError(ConvmathError, ValueError):
    """A layer does not accept the shape it was given."""


class ParseError(ConvmathError, ValueError):
    """A text is not the layer, shape or number it should be; `column` counts from 1."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.column = column


class FormulaError(ConvmathError, ArithmeticError):
    """A formula would be wrong or too large: a divisor that may be 0, a value below what a symbol assumes."""


class GraphError(ConvmathError, ValueError):
    """Layers do not form a network: a cycle, an unknown input, a name used twice."""


class UnknownNameError(ConvmathError, LookupError):
    """No layer type, network or option has this name; `column`, in a text, counts from 1."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.column = column


class NoGraphvizError(ConvmathError):
    """A picture needs Graphviz, which is not installed, or not one that makes this form."""


class FileError(ConvmathError, OSError):
    """A file cannot be read or written."""


class SpecError(FileError):
    """A specification has faults: every one as `path:line:column: message`, in the order of the file."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class DiskFullError(FileError):
    """There is no room for a file: the one that was there stays as it was, and the command line exits with 3."""


class NameHint(UserWarning):
    """Another framework's name was understood; the text says what it is called here."""


def unknown_name(kind: str, name: str, known: list[str], column: int = 1) -> UnknownNameError:
    """The error for a name nobody knows, with the nearest names that somebody does."""
    from difflib import get_close_matches

    lowered = {candidate.lower(): candidate for candidate in known}
    near = [lowered[match] for match in get_close_matches(name.lower(), lowered, n=3, cutoff=0.6)]
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return UnknownNameError(f"no {kind} is called {show(name)}{hint}", column)


def _spelled(value: object) -> str:
    """As Python spells it, but for formulas, which stand as they are written, alone or among others."""
    if isinstance(value, Symbolic):
        return str(value)
    if type(value) in (tuple, list) and any(isinstance(part, Symbolic) for part in value):  # type: ignore[attr-defined]
        parts = ", ".join(map(_spelled, value))  # type: ignore[call-overload]
        return f"[{parts}]" if type(value) is list else f"({parts}{',' * (len(value) == 1)})"  # type: ignore[arg-type]
    return repr(value)


def show(value: object, limit: int = 60) -> str:
    """A value as an error message quotes it: never longer than a line, whatever came in.

    >>> show(10**30)
    '1000000000000000000000000000000'
    >>> show("a" * 100, limit=10)
    "'aaaaaa..."
    """
    if type(value) is int and value.bit_length() > 200:
        return f"an integer of {value.bit_length()} bits"
    try:
        text = " ".join(line.strip() for line in _spelled(value).splitlines())
    except ValueError:  # Python does not write out integers of more than 4,300 digits
        text = f"a {type(value).__name__} that holds an integer too long to write"
    return text if len(text) <= limit else text[: limit - 3] + "..."
