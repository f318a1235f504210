"""What a test asserts of a network, or of a module of PyTorch: shapes, budgets, all sizes, the same arithmetic."""

from __future__ import annotations

import os
from collections.abc import Mapping as Named
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

from ..core.errors import ConvmathError, ParameterError, SpecError, show
from ..core.shape import as_size
from ..core.size import Symbolic
from ..formats.claims import read_claims, read_range
from ..formats.faults import Faults
from ..formats.names import Free, Names
from ..formats.scope import Scope
from ..formats.tree import Mapping, Place, Scalar
from ..network.network import Network
from ..render.table import printable
from ..report.analysis import Report
from ..report.claim import OF_NETWORKS, Claim
from ..symbolic.implicit import Symbols, parse_symbolic_shape
from .forms import told
from .holding import held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..report.claim import Range
    from ..rules.rule import Finding

MOST_LINES = 20
"""Differences that are told."""

Words = ParamSpec("Words")


def briefly(assertion: Callable[Words, None]) -> Callable[Words, None]:
    """The assertion, whose errors begin where a test calls it: where in convmath they are raised says nothing of it."""

    @wraps(assertion)
    def called(*words: Words.args, **named: Words.kwargs) -> None:
        __tracebackhide__ = True
        try:
            assertion(*words, **named)
        except ConvmathError as error:
            raise error.with_traceback(None) from None

    return called


@briefly
def assert_shapes(net: Any, shapes: Named[str, Any], shape: Any = None) -> None:
    """Asserts what layers make: their last sizes, as a tuple or as a text such as "64xH//2xW//2".

    `net` is a Network, a Report, the path of a spec file or ONNX model, or a module of PyTorch; `shape` is that of its
    input, where it has none of its own. AssertionError tells every layer that makes something else; UnknownNameError
    is for a layer that is not there.

    >>> from convmath.zoo.resnet import resnet18
    >>> assert_shapes(resnet18(), {"conv1": (64, 112, 112), "fc": (1, 1000)})
    >>> assert_shapes(resnet18(), {"layer1": "64xH//4xH//4"}, "1x3xHxH")
    Traceback (most recent call last):
    AssertionError: layer1: output is 1 x 64 x ⌈H/4⌉ x ⌈H/4⌉, 64 x ⌊H/4⌋ x ⌊H/4⌋ is claimed, which fails for H = 1
    """
    __tracebackhide__ = True
    if not isinstance(shapes, Named) or not shapes:
        raise ParameterError("assert_shapes: no layer is named (write {'conv1': (64, 112, 112)})")
    claims = [Claim(layer, "output", "=", _sizes(wanted), "") for layer, wanted in shapes.items()]
    _hold(report_of(net, shape), claims)


@briefly
def assert_budget(net: Any, shape: Any = None, **budget: Any) -> None:
    """Asserts that a network stays within limits: at most so much, unless a text says ≥, =, < or >.

    Quantities are those of `limits` in a spec file: params, macs, flops, peak_activation, receptive_field, ...; values
    are numbers, or texts with units such as "5M", "≥ 200", "64MiB". AssertionError tells every limit that does not
    hold. `net` and `shape` are as in `assert_shapes`.

    >>> from convmath.zoo.resnet import resnet18
    >>> assert_budget(resnet18(), params="12M", macs="≤ 2G", receptive_field=">= 224")
    >>> assert_budget(resnet18(), params="11M")
    Traceback (most recent call last):
    AssertionError: params is 11,689,512, ≤ 11,000,000 is claimed
    """
    __tracebackhide__ = True
    scope = _scope("assert_budget")
    names = [_scalar(name, line) for line, name in enumerate(budget, start=1)]
    values = [_scalar(str(value), line, 2) for line, value in enumerate(budget.values(), start=1)]
    pairs = tuple(zip(names, values, strict=True))
    claims = read_claims(Mapping(pairs, Place(1, 1)), "budget", OF_NETWORKS, scope, relation="≤")
    _settle(scope)
    _hold(report_of(net, shape), claims)


@briefly
def assert_valid_for(net: Any, sizes: str, shape: Any = None) -> None:
    """Asserts that every layer accepts every input size that a text names, decided for all of them.

    `net` and `shape` are as in `assert_shapes`; the symbols of the text must be sizes of the input. AssertionError
    tells the layer, and the smallest size that it refuses.

    >>> from convmath.zoo.unets import unet
    >>> assert_valid_for(unet(), "H % 16 == 12, H >= 188", "1x1xHxH")
    >>> assert_valid_for(unet(), "H % 16 == 0, H >= 188", "1x1xHxH")
    Traceback (most recent call last):
    AssertionError: valid_for: H % 16 == 0, H >= 188, but ... which fails for H = 192 ...
    """
    __tracebackhide__ = True
    if not isinstance(sizes, str):
        raise ParameterError(f"assert_valid_for: {show(sizes)} is no text (write 'H % 32 == 0, 64 <= H <= 4096')")
    scope = _scope("assert_valid_for")
    required = read_range(_scalar(sizes, 1), "valid_for", Symbols(), scope)
    _settle(scope)
    report = report_of(net, shape)
    known = {name for given in report.inputs.values() for size in given for name in getattr(size, "names", ())}
    missing = sorted(scope.names.free.used - known)
    if missing:
        said = ", ".join(f"{name} {given}" for name, given in report.inputs.items())
        raise ParameterError(
            f"assert_valid_for: {', '.join(missing)} is no size of the input"
            f" ({said}; give its shape, such as '1x3xHxW')"
        )
    _hold(report, (), required)


@briefly
def assert_same_arithmetic(module: Any, net: Any, shape: Any) -> None:
    """Asserts that a module of PyTorch does the arithmetic of a network: parameters, MACs, and every shape.

    Totals and what is handed out are compared, and, where layers of both have one name, what each of them makes and
    costs. Either may be whatever `assert_shapes` takes. AssertionError tells each difference with both numbers.
    Needs PyTorch: pip install "convmath[torch]".

    >>> from convmath.zoo.resnet import resnet18, resnet34
    >>> assert_same_arithmetic(resnet18(), resnet18(), "1x3xHxW")
    >>> assert_same_arithmetic(resnet18(), resnet34(), (1, 3, 64, 64))
    Traceback (most recent call last):
    AssertionError: params: 11,689,512, but 21,797,672 in resnet34
    macs: 148,557,824, but 299,552,768 in resnet34
    """
    __tracebackhide__ = True
    ours, theirs = report_of(module, shape), report_of(net, shape)
    lines = [*_differences(ours, theirs)]
    if lines:
        more = [f"and {len(lines) - MOST_LINES:,} more"] if len(lines) > MOST_LINES else []
        raise AssertionError("\n".join(map(printable, [*lines[:MOST_LINES], *more])))


def report_of(net: Any, shape: Any = None) -> Report:
    """The analysis of whatever stands for a network, for an input of this shape, or of its own."""
    if isinstance(net, Report):
        if shape is not None:
            raise ParameterError(f"a report is of one shape, {show(shape)} is given too (give the network instead)")
        return net
    given = () if shape is None else (parse_symbolic_shape(shape) if isinstance(shape, str) else shape,)
    if isinstance(net, str | os.PathLike):
        from ..formats.load import load

        net = load(net)
    if isinstance(net, Network):
        return net.analyze(*given)
    from ..formats.torch_in.importing import from_torch

    return from_torch(net, *given).analyze()


def _differences(ours: Report, theirs: Report) -> Iterable[str]:
    yield from _unlike("", ("params", "macs"), ours.totals, theirs.totals, theirs.title)
    made = [[report[name].outputs[port] for name, port in report.outputs] for report in (ours, theirs)]
    if made[0] != made[1]:
        yield f"output: {_shapes(made[0])}, but {_shapes(made[1])} in {theirs.title}"
    for row in ours.whole.rows:
        if row.name in theirs:
            other = theirs[row.name]
            yield from _unlike(f"{row.name}: ", ("params", "macs"), row.cost, other.cost, theirs.title)
            if row.outputs != other.outputs:
                said = f"{row.name}: output: {_shapes(row.outputs)}, but {_shapes(other.outputs)}"
                yield f"{said} in {theirs.title}"


def _unlike(who: str, quantities: tuple[str, ...], ours: Any, theirs: Any, title: str) -> Iterable[str]:
    for name in quantities:
        here, there = getattr(ours, name), getattr(theirs, name)
        if here != there:
            yield f"{who}{name}: {_number(here)}, but {_number(there)} in {title}"


def _number(value: Any) -> str:
    return f"{value:,}" if type(value) is int else str(value)


def _shapes(shapes: Iterable[Any]) -> str:
    return ", ".join(" x ".join(map(_number, shape)) for shape in shapes) or "nothing"


def _hold(report: Report, claims: Iterable[Claim], required: Range | None = None) -> None:
    """AssertionError with everything that does not hold."""
    __tracebackhide__ = True
    found: list[Finding] = list(held(report, list(claims), required))
    if found:
        raise AssertionError("\n".join(printable(told(one)) for one in found))


def _sizes(wanted: Any) -> tuple[Any, ...]:
    if isinstance(wanted, str):
        return tuple(parse_symbolic_shape(wanted))
    if not isinstance(wanted, tuple | list) or not wanted:
        raise ParameterError(f"assert_shapes: {show(wanted)} is no shape (write for example (64, 112, 112))")
    sizes = tuple(as_size(size, 0) for size in wanted)
    if not all(isinstance(size, int | Symbolic) for size in sizes):
        raise ParameterError(f"assert_shapes: {show(wanted)}: every size must be an integer or a formula")
    return sizes


def _scope(who: str) -> Scope:
    return Scope(Names({}, {}, Free({})), Faults(who))


def _scalar(text: str, line: int, column: int = 1) -> Scalar:
    return Scalar(text, True, Place(line, column))


def _settle(scope: Scope) -> None:
    """ParameterError with the first fault of what a test states."""
    try:
        scope.faults.check()
    except SpecError as error:
        raise ParameterError(f"{scope.faults.label}: {error.faults[0].partition(': ')[2]}") from None
