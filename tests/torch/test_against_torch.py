"""Sizes, acceptance and parameters against PyTorch itself: modules that are built and run on the CPU.

Not on meta tensors: those accept a dilation of 0 and negative padding. Where PyTorch and the library differ on
purpose, or PyTorch's own ranks disagree, QUIRKS names the case; a case that it does not name is a failure, and so
is a quirk that no problem shows.
"""

from __future__ import annotations

import inspect
import random
import warnings
from collections import Counter
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convmath.core.errors import ConvmathError
from convmath.core.padding import NamedPads, Pads
from convmath.layers import layer_type
from convmath.layers.field import REQUIRED, PaddingField
from convmath.layers.pad import Sides
from tests.strategies import TYPES, layers_with_inputs

torch = pytest.importorskip("torch")

PROBLEMS = 10_000

SEED = 1603


class Problem(NamedTuple):
    """A module's name and arguments, and the shape it is run on."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    shape: tuple[int, ...]

    def per_axis(self, name: str, default: int) -> tuple[int, ...]:
        value = self.kwargs.get(name, default)
        return value if isinstance(value, tuple) else (value,) * (len(self.shape) - 2)


class Answer(NamedTuple):
    """What came out: None is a refusal."""

    shape: tuple[int, ...] | None
    params: int = 0


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


# Problems


class Draw:
    """Random hyper-parameters: mostly valid, now and then not."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def problem(self) -> Problem:
        rank = self.random.choice((1, 1, 2, 2, 2, 3))
        family = self.random.choice(("Conv", "ConvTranspose", "MaxPool", "AvgPool", "LPPool"))
        args, kwargs, channels = getattr(self, family)(rank)
        channels += self.rarely(1, 0, 0.03)
        # All sizes differ, so that no axis is taken for another.
        spatial = self.random.sample(range(1, 10), rank)
        return Problem(f"{family}{rank}d", args, kwargs, (self.random.choice((1, 2)), channels, *spatial))

    def Conv(self, rank: int) -> tuple[tuple[int, int], dict[str, Any], int]:  # noqa: N802
        channels, kwargs = self.convolution(rank)
        named = self.random.choice((None, None, None, None, None, "same", "valid"))
        kwargs["padding"] = named or self.axes(rank, self.pad)
        kwargs["padding_mode"] = self.random.choice(("zeros",) * 4 + ("reflect", "replicate", "circular"))
        return channels, kwargs, channels[0]

    def ConvTranspose(self, rank: int) -> tuple[tuple[int, int], dict[str, Any], int]:  # noqa: N802
        channels, kwargs = self.convolution(rank)
        kwargs["padding"] = self.axes(rank, self.pad)
        kwargs["output_padding"] = self.axes(
            rank, lambda: self.rarely(-1, self.random.choice((0, 0, 0, 1, 1, 2, 3)), 0.02)
        )
        return channels, kwargs, channels[0]

    def convolution(self, rank: int) -> tuple[tuple[int, int], dict[str, Any]]:
        groups = self.random.choice((1, 1, 2, 3))
        channels = (
            groups * self.random.choice((1, 2, 3)) + self.rarely(1, 0, 0.03),
            groups * self.random.choice((1, 2, 4)) + self.rarely(1, 0, 0.03),
        )
        return channels, {
            "kernel_size": self.axes(rank, self.kernel), "stride": self.axes(rank, self.stride),
            "dilation": self.axes(rank, self.dilation), "groups": groups, "bias": self.random.random() < 0.5,
        }  # fmt: skip

    def MaxPool(self, rank: int) -> tuple[tuple[()], dict[str, Any], int]:  # noqa: N802
        kwargs = self.pooling(rank) | {
            "padding": self.axes(rank, self.half_pad), "dilation": self.axes(rank, self.dilation),
            "return_indices": self.random.random() < 0.3,
        }  # fmt: skip
        return (), kwargs, self.random.choice((2, 3))

    def AvgPool(self, rank: int) -> tuple[tuple[()], dict[str, Any], int]:  # noqa: N802
        kwargs = self.pooling(rank) | {
            "padding": self.axes(rank, self.half_pad), "count_include_pad": self.random.random() < 0.5,
        }  # fmt: skip
        return (), kwargs, self.random.choice((2, 3))

    def LPPool(self, rank: int) -> tuple[tuple[int], dict[str, Any], int]:  # noqa: N802
        kwargs = self.pooling(rank)
        if rank == 1:  # the module takes plain numbers only
            kwargs = {name: value[0] if isinstance(value, tuple) else value for name, value in kwargs.items()}
        return (self.random.choice((1, 2, 3)),), kwargs, self.random.choice((2, 3))

    def pooling(self, rank: int) -> dict[str, Any]:
        kwargs = {"kernel_size": self.axes(rank, self.kernel), "ceil_mode": self.random.random() < 0.5}
        if self.random.random() < 0.8:
            kwargs["stride"] = self.axes(rank, self.stride)
        return kwargs

    def axes(self, rank: int, axis) -> int | tuple[int, ...]:
        return axis() if self.random.random() < 0.3 else tuple(axis() for _ in range(rank))

    def kernel(self) -> int:
        return self.rarely(0, self.random.choice((1, 2, 3, 3, 4, 5)), 0.01)

    def stride(self) -> int:
        return self.rarely(0, self.random.choice((1, 1, 2, 3, 4)), 0.02)

    def dilation(self) -> int:
        return self.rarely(0, self.random.choice((1, 1, 1, 2, 3)), 0.02)

    def pad(self) -> int:
        return self.rarely(-1, self.random.choice((0, 0, 1, 1, 2, 3)), 0.02)

    def half_pad(self) -> int:
        return self.rarely(-1, self.random.choice((0, 0, 0, 1, 1, 2)), 0.02)

    def rarely(self, odd: int, even: int, chance: float) -> int:
        return odd if self.random.random() < chance else even


# Answers


def ask_torch(problem: Problem) -> Answer:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = getattr(torch.nn, problem.name)(*problem.args, **problem.kwargs)
            output = module(torch.ones(problem.shape))
    except (RuntimeError, ValueError, TypeError, ZeroDivisionError):
        return Answer(None)
    shape = tuple((output[0] if isinstance(output, tuple) else output).shape)
    return Answer(shape, sum(parameter.numel() for parameter in module.parameters()))


def ask_convmath(problem: Problem) -> Answer:
    try:
        layer = layer_type(problem.name)(*problem.args, **problem.kwargs)
        return Answer(tuple(layer.output_shape(problem.shape)), layer.params)
    except ConvmathError:
        return Answer(None)


# Differences


def nothing_left(problem: Problem, theirs: Answer, ours: Answer) -> bool:
    """PyTorch's transposed convolution accepts a crop that leaves nothing: an output without elements."""
    return problem.name.startswith("ConvTranspose") and ours.shape is None and 0 in (theirs.shape or ())


def average_of_three_axes(problem: Problem, theirs: Answer, ours: Answer) -> bool:
    """Its 3-D averages refuse a kernel larger than the input before padding; 1-D and 2-D ones do not."""
    averages = problem.name in ("AvgPool3d", "LPPool3d")
    kernel = problem.per_axis("kernel_size", 0)
    larger = any(k > i for k, i in zip(kernel, problem.shape[2:], strict=True))
    return averages and theirs.shape is None and larger


def no_dilation(problem: Problem, theirs: Answer, ours: Answer) -> bool:
    """Its transposed convolution accepts a dilation of 0, all taps at one place."""
    return problem.name.startswith("ConvTranspose") and 0 in problem.per_axis("dilation", 1) and ours.shape is None


def cropped_by_another_mode(problem: Problem, theirs: Answer, ours: Answer) -> bool:
    """Its convolution refuses negative padding, but with a padding_mode other than zeros it crops."""
    negative = problem.kwargs.get("padding") != "same" and min(map(sign, problem.per_axis("padding", 0))) < 0
    return negative and problem.kwargs.get("padding_mode", "zeros") != "zeros" and ours.shape is None


def sign(pad: Any) -> int:
    return pad if type(pad) is int else 0


QUIRKS = (nothing_left, no_dilation, average_of_three_axes, cropped_by_another_mode)


def test_ten_thousand_problems() -> None:
    draw = Draw(SEED)
    seen: Counter[str] = Counter()
    for _ in range(PROBLEMS):
        problem = draw.problem()
        theirs, ours = ask_torch(problem), ask_convmath(problem)
        if theirs == ours:
            seen["accepted" if ours.shape else "refused"] += 1
            continue
        quirk = next((quirk.__name__ for quirk in QUIRKS if quirk(problem, theirs, ours)), None)
        assert quirk, (problem, theirs, ours)
        seen[quirk] += 1
    assert seen.total() == PROBLEMS
    assert seen["accepted"] > 4_000
    assert seen["refused"] > 2_000
    assert all(0 < seen[quirk.__name__] < 200 for quirk in QUIRKS), seen


# Every type that PyTorch has too: what the library writes is PyTorch's call


CALLED_OTHERWISE = {"GRU", "LSTM", "RNN", "Embedding"}
"""Modules that take states as a pair, or whole numbers: test_layers_of_graphs holds them."""

SHARED = [name for name in TYPES if hasattr(torch.nn, name) and name not in CALLED_OTHERWISE]


def test_the_shared_types() -> None:
    assert len(SHARED) > 80


@pytest.mark.parametrize("name", SHARED)
def test_the_same_defaults(name: str) -> None:
    """output_padding is None here, which is 0 but for Keras."""
    theirs = inspect.signature(getattr(torch.nn, name)).parameters
    ours = layer_type(name).fields
    shared = [word for word in ours if word in theirs and word != "output_padding"]
    assert shared or not ours or name == "Flatten"
    for word in shared:
        default = theirs[word].default
        assert (REQUIRED if default is inspect.Parameter.empty else default) == ours[word].default, word


TRAINING = "training"

TAKES_LESS = {
    "AvgPool3d": "smaller than kernel size",
    "LPPool3d": "smaller than kernel size",
    "CELU": "alpha cannot be 0",
    "RReLU": "Lower bound should be less than or equal",
    "ChannelShuffle": "expects input with > 2 dims",
    "Upsample": "Input Error: Only 3D, 4D and 5D",
    "LocalResponseNorm": "Expected 3D or higher",
    "GroupNorm": TRAINING,
    **dict.fromkeys(("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"), TRAINING),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"), TRAINING),
    **dict.fromkeys(("LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d"), TRAINING),
}
"""What PyTorch refuses and the library does not: values that only training or the numbers themselves need."""


@pytest.mark.parametrize("name", SHARED)
@settings(max_examples=15, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.data())
def test_the_same_call_makes_the_same_module(name: str, data: st.DataObject) -> None:
    layer, (inputs,) = data.draw(layers_with_inputs(name))
    arguments = torch_arguments(layer)
    if arguments is None:
        return
    theirs = getattr(torch.nn, name)(**arguments).eval()
    tensors = [torch.ones(tuple(x)) for x in inputs]
    if name.startswith("MaxUnpool"):
        tensors.append(torch.zeros(tuple(inputs[0]), dtype=torch.int64))
    output, refusal = None, ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            output = theirs(*tensors)
    except (RuntimeError, ValueError) as error:
        refusal = str(error)
    if output is None:
        assert TAKES_LESS.get(name, "no refusal") in refusal, (layer, inputs, refusal)
        return
    output = output[0] if isinstance(output, tuple) else output
    assert tuple(output.shape) == layer.output_shape(*inputs), (layer, inputs)
    facts = layer.facts(*inputs)
    named = {key: tuple(value.shape) for key, value in theirs.named_parameters()}
    assert named == facts.layer.weights(), layer
    stored = {key: tuple(value.shape) for key, value in theirs.named_buffers() if key != "num_batches_tracked"}
    assert stored == facts.layer.buffers(), layer


def torch_arguments(layer) -> dict[str, Any] | None:
    """The layer's arguments as its module takes them; None where PyTorch has no such call."""
    given = {field: getattr(layer, field) for field in layer.fields if field in theirs_of(layer)}
    if not is_theirs(layer):
        return None
    if "padding" in given:
        given["padding"] = torch_padding(layer)
        if given["padding"] is None:
            return None
    if "output_padding" in given and given["output_padding"] is None:
        given["output_padding"] = 0
    if layer.op in ("LPPool1d", "AvgPool1d"):
        given = {field: value[0] if isinstance(value, tuple) else value for field, value in given.items()}
        given.pop("divisor_override", None)
    if layer.op == "Hardtanh" and given["min_val"] >= given["max_val"]:
        return None
    if "scale_factor" in given:
        given = {
            field: value[0] if isinstance(value, tuple) and len(value) == 1 else value for field, value in given.items()
        }
    if layer.op in ("AdaptiveAvgPool1d", "AdaptiveMaxPool1d"):
        given["output_size"] = given["output_size"][0]
        if given["output_size"] is None:
            return None
    return given


def theirs_of(layer) -> set[str]:
    """The layer's fields but for those that no module has."""
    others = {"dilation"} if layer.op.startswith(AVERAGES) else {"output_size"} if "Unpool" in layer.op else set()
    return set(layer.fields) - {"convention"} - others


AVERAGES = ("AvgPool", "LPPool")
"""Types that have a dilation in ONNX alone."""


def is_theirs(layer) -> bool:
    convention = getattr(layer, "convention", None)
    dense = not layer.op.startswith(AVERAGES) or set(layer.dilation) == {1}
    return dense and (convention is None or convention.name == "pytorch")


def torch_padding(layer) -> Any:
    """The padding as the module takes it; None where it takes no such padding."""
    domain, axes = layer.fields["padding"], layer.padding
    if isinstance(domain, Sides):
        return tuple(side for pads in reversed(axes) for side in pads)
    if not isinstance(domain, PaddingField):
        return axes
    if all(isinstance(pads, Pads) and pads.low == pads.high for pads in axes):
        return tuple(pads.low for pads in axes)
    named = layer.op.removeprefix("Lazy").startswith("Conv") and "Transpose" not in layer.op
    return axes[0].name if named and set(axes) in ({NamedPads("same")}, {NamedPads("valid")}) else None
