"""Every sample that PyTorch ships for its own operators (OpInfo), bit for bit; its wrong inputs are refused here too.

A sample is a functional call. It becomes a layer and a plan; its random numbers become small integers, so that every
sum is exact in any order and equality is asked. Inputs without a batch, which PyTorch takes, are given one of 1 here,
and what comes out loses it again: the library's shapes always have a batch.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ConvmathError

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest", reason="PyTorch's samples need it")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

OPS = [
    *(f"{family}{rank}d" for family in ("conv", "conv_transpose", "max_pool", "avg_pool") for rank in (1, 2, 3)),
    "unfold",
]

INFO = {op: next(info for info in op_db if info.name == f"nn.functional.{op}") for op in OPS}

DTYPES = ("float64", "complex128", "int64")

NO_KERNEL = {
    ("max_pool1d", "int64"), ("unfold", "int64"),
    *((f"{family}_pool{rank}d", "complex128") for family in ("max", "avg") for rank in (1, 2, 3)),
}  # fmt: skip
"""What PyTorch has no kernel for: integers are then compared with its float64. No other sample is left out than these,
of poolings of complex numbers."""

NO_WRONG_INPUTS = {"conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "unfold"}
"""Operators for which PyTorch ships none."""

WRONG = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), 10), "max_pool1d": 24, "max_pool2d": 7, "max_pool3d": 7,
    "avg_pool1d": 2, "avg_pool2d": 5, "avg_pool3d": 6,
}  # fmt: skip
"""How many wrong inputs are shipped."""

SHIPPED = {
    "conv1d": 10, "conv2d": 30, "conv3d": 20, "conv_transpose1d": 10, "conv_transpose2d": 12, "conv_transpose3d": 10,
    "max_pool1d": 864, "max_pool2d": 1440, "max_pool3d": 576, "avg_pool1d": 9, "avg_pool2d": 7, "avg_pool3d": 8,
    "unfold": 163,
}  # fmt: skip
"""How many samples are shipped, of any dtype."""

ARGUMENTS = {
    "conv": ("weight", "bias", "stride", "padding", "dilation", "groups"),
    "conv_transpose": ("weight", "bias", "stride", "padding", "output_padding", "groups", "dilation"),
    "max_pool": ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices"),
    "avg_pool": ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"),
    "unfold": ("kernel_size", "dilation", "padding", "stride"),
}
"""A functional call's arguments after the input, in PyTorch's order."""

LAYERS = {
    "conv": "Conv", "conv_transpose": "ConvTranspose", "max_pool": "MaxPool", "avg_pool": "AvgPool", "unfold": "Unfold",
}  # fmt: skip


class Call(NamedTuple):
    """A functional call: the operator, its input and its arguments by name, tensors among them."""

    op: str
    x: Any
    given: dict[str, Any]

    @property
    def family(self) -> str:
        return self.op[:-2] if self.op[-2].isdigit() else self.op

    @property
    def rank(self) -> int:
        return int(self.op[-2]) if self.op[-2].isdigit() else 2

    @property
    def weights(self) -> dict[str, Any]:
        return {name: self.given[name] for name in ("weight", "bias") if self.given.get(name) is not None}


def call_of(op, sample):
    given = dict(zip(ARGUMENTS[Call(op, None, {}).family], sample.args, strict=False))
    assert not given.keys() & sample.kwargs.keys()
    return Call(op, sample.input, given | sample.kwargs)


def layer_of(call):
    """The layer with the call's hyper-parameters; its channels are those of the weight."""
    words = {name: each(value, call.rank) for name, value in call.given.items() if name not in {"weight", "bias"}}
    kind = getattr(cm, LAYERS[call.family] + (f"{call.rank}d" if call.family != "unfold" else ""))
    if "weight" not in call.given:
        return kind(**words)
    first, second, *kernel = call.given["weight"].shape
    groups = words.get("groups", 1)
    channels = (second * groups, first) if call.family == "conv" else (first, second * groups)
    return kind(*channels, tuple(kernel), bias="bias" in call.weights, **words)


def each(value, rank):
    """A tuple of one stands for all axes in functional calls, an empty one for the default."""
    if isinstance(value, tuple | list):
        return None if not value else tuple(value) * rank if len(value) == 1 else tuple(value)
    return value


def run_here(call, dtype):
    """What the library makes of the call: a tuple of arrays."""
    x = call.x.detach().numpy()
    alone = x.ndim == call.rank + 1
    ready = numeric.plan(layer_of(call), (1, *x.shape) if alone else x.shape, dtype)
    made = ready(x[None] if alone else x, {name: tensor.numpy() for name, tensor in call.weights.items()})
    made = made if isinstance(made, tuple) else (made,)
    return tuple(array[0] for array in made) if alone else made


def run_there(call):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Using padding='same' with even kernel lengths")
        made = getattr(torch.nn.functional, call.op)(call.x, **call.given)
    return tuple(one.numpy() for one in (made if isinstance(made, tuple) else (made,)))


def whole(tensor, dtype):
    """Small integers in the place of random numbers, laid out alike in memory."""
    if not isinstance(tensor, torch.Tensor):
        return tensor
    doubled = 2 * tensor
    rounded = torch.complex(doubled.real.round(), doubled.imag.round()) if tensor.is_complex() else doubled.round()
    return torch.empty_like(rounded, dtype=getattr(torch, dtype)).copy_(rounded)


def has_kernel(op, dtype):
    return getattr(torch, dtype) in INFO[op].dtypes


def shipped(op, dtype):
    """PyTorch's samples; where it has no kernel for integers, those of float64."""
    torch.manual_seed(0)
    return list(INFO[op].sample_inputs("cpu", getattr(torch, dtype if has_kernel(op, dtype) else "float64")))


def samples(op, dtype):
    for sample in shipped(op, dtype):
        call = call_of(op, sample)
        given = {name: whole(value, dtype) for name, value in call.given.items()}
        yield call._replace(x=whole(call.x, dtype), given=given)


def test_what_pytorch_has_no_kernel_for():
    assert {(op, dtype) for op in OPS for dtype in DTYPES if not has_kernel(op, dtype)} == NO_KERNEL
    assert {op for op in OPS if INFO[op].error_inputs_func is None} == NO_WRONG_INPUTS


@pytest.mark.parametrize(
    ("op", "dtype"), [(op, dtype) for op in OPS for dtype in DTYPES if (op, dtype) not in NO_KERNEL or dtype == "int64"]
)
def test_every_sample_bit_for_bit(op, dtype):
    compared = 0
    for call in samples(op, dtype):
        made = run_here(call, dtype)
        if has_kernel(op, dtype):
            expected = run_there(call)
            assert [array.dtype for array in made] == [array.dtype for array in expected]
        else:
            expected = run_there(call._replace(x=call.x.double()))
        assert len(made) == len(expected)
        for ours, theirs in zip(made, expected, strict=True):
            assert ours.shape == theirs.shape, (call.x.shape, call.given)
            assert np.array_equal(ours, theirs), (call.x.shape, call.given)
        compared += 1
    assert compared == len(shipped(op, dtype)) == SHIPPED[op]


@pytest.mark.parametrize("op", [op for op in OPS if op not in NO_WRONG_INPUTS])
def test_every_wrong_input_is_refused(op):
    refused = 0
    for wrong in INFO[op].error_inputs("cpu"):
        call = call_of(op, wrong.sample_input)
        with pytest.raises(wrong.error_type):
            run_there(call)
        with pytest.raises(ConvmathError) as caught:
            run_here(call, str(call.x.dtype).removeprefix("torch."))
        assert "\n" not in str(caught.value)
        refused += 1
    assert refused == WRONG[op]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_complex_numbers_have_no_largest(rank):
    """PyTorch has no kernel for them, and neither is there one here."""
    with pytest.raises(ConvmathError, match="compares numbers, and complex128 has no order"):
        numeric.plan(getattr(cm, f"MaxPool{rank}d")(2), (1, 1, *(4,) * rank), "complex128")
