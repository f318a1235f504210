"""The layers that imported graphs need: values, gradients, parameters and shapes are PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric

torch = pytest.importorskip("torch")

F = torch.nn.functional


def of_torch(name):
    return getattr(torch, name.lower())


CASES = {
    "MatMul": (cm.MatMul(), torch.matmul, [(2, 3, 4, 5), (3, 5, 6)]),
    "MatMul, plain": (cm.MatMul(), torch.matmul, [(4, 5), (5, 6)]),
    "Einsum": (cm.Einsum("bhqd,bkhd->bhqk"), lambda x, y: torch.einsum("bhqd,bkhd->bhqk", x, y),
               [(2, 3, 4, 5), (2, 6, 3, 5)]),
    "Einsum, letters of one": (cm.Einsum("abc,bd->da"), lambda x, y: torch.einsum("abc,bd->da", x, y),
                               [(2, 3, 4), (3, 5)]),
    "Einsum, one": (cm.Einsum("abc->ca"), lambda x: torch.einsum("abc->ca", x), [(2, 3, 4)]),
    "Permute": (cm.Permute((0, 2, -1, 1)), lambda x: x.permute(0, 2, 3, 1), [(2, 3, 4, 5)]),
    "Reshape": (cm.Reshape((4, -1, 5)), lambda x: x.reshape(4, -1, 5), [(2, 3, 4, 5)]),
    "Reshape, one number": (cm.Reshape(()), lambda x: x.reshape(()), [(1, 1)]),
    "Squeeze": (cm.Squeeze((1, -1)), lambda x: x.squeeze((1, 3)), [(2, 1, 4, 1)]),
    "Unsqueeze": (cm.Unsqueeze((0, -1)), lambda x: x[None, ..., None], [(2, 3)]),
    "Slice": (cm.Slice(2, 1, -1, 2), lambda x: x[:, :, 1:-1:2], [(2, 3, 8, 5)]),
    "Slice, beyond": (cm.Slice(-1, -9, 99), lambda x: x[..., -9:99], [(2, 3, 8, 5)]),
    "Select": (cm.Select(2, -2), lambda x: x.select(2, -2), [(2, 3, 8, 5)]),
    "Expand": (cm.Expand((6, -1, 3, 4)), lambda x: x.expand(6, -1, 3, 4), [(2, 1, 4)]),
    "Repeat": (cm.Repeat((2, 1, 3)), lambda x: x.repeat(2, 1, 3), [(3, 4)]),
    "Roll": (cm.Roll((-1, 2), (1, 2)), lambda x: x.roll((-1, 2), (1, 2)), [(2, 3, 5)]),
    "Flip": (cm.Flip((0, 2)), lambda x: x.flip((0, 2)), [(2, 3, 5)]),
    **{name: (getattr(cm, name)((0, 2)), lambda x, f=name: of_torch(f)(x, (0, 2)), [(2, 3, 5)])
       for name in ("Mean", "Sum", "Amax", "Amin")},
    "Mean, all": (cm.Mean(), torch.mean, [(2, 3, 5)]),
    "Sum, kept": (cm.Sum(-1, keepdim=True), lambda x: x.sum(-1, keepdim=True), [(2, 3, 5)]),
    "Prod": (cm.Prod(1), lambda x: x.prod(1), [(2, 3, 5)]),
    "Var": (cm.Var((1, 2)), lambda x: x.var((1, 2), correction=0), [(2, 3, 5)]),
    "VectorNorm": (cm.VectorNorm(1), lambda x: torch.linalg.vector_norm(x, dim=1), [(2, 3, 5)]),
    "Argmax": (cm.Argmax(1), lambda x: x.argmax(1), [(2, 3, 5)]),
    "Argmin": (cm.Argmin(), torch.argmin, [(2, 3, 5)]),
    **{name: (getattr(cm, name)(), of_torch(name), [(2, 3, 5)])
       for name in ("Abs", "Neg", "Sign", "Exp", "Erf", "Sin", "Cos", "Floor", "Ceil", "Round", "Square",
                    "Reciprocal")},
    **{name: (getattr(cm, name)(), lambda x, f=name: of_torch(f)(x.abs() + 0.5), [(2, 3, 5)])
       for name in ("Sqrt", "Rsqrt", "Log")},
    "Not": (cm.Not(), torch.logical_not, [(2, 3, 5)]),
    "Scale": (cm.Scale(0.3), lambda x: x * 0.3, [(2, 3)]),
    "Shift": (cm.Shift(-2), lambda x: x - 2, [(2, 3)]),
    "Pow": (cm.Pow(3), lambda x: x**3, [(2, 3)]),
    "Clip": (cm.Clip(-0.5, 0.4), lambda x: x.clip(-0.5, 0.4), [(2, 3, 5)]),
    "Clip, above": (cm.Clip(max=0), lambda x: x.clip(max=0), [(2, 3, 5)]),
    "Divide": (cm.Divide(), torch.div, [(2, 3, 5), (3, 1)]),
    "Power": (cm.Power(), lambda x, y: x.abs().pow(y), [(2, 3, 5), (5,)]),
    "Maximum": (cm.Maximum(), torch.maximum, [(2, 3, 5), (3, 1)]),
    "Minimum": (cm.Minimum(), torch.minimum, [(3, 1), (2, 3, 5)]),
    "Where": (cm.Where(), lambda x, y, z: torch.where(x != 0, y, z), [(2, 3, 5), (5,), (3, 1)]),
    "Add": (cm.Add(), torch.add, [(5,), (2, 3, 5)]),
    "Subtract": (cm.Subtract(), torch.sub, [(2, 3, 5), (1, 1)]),
    **{name: (getattr(cm, name)(), getattr(torch, function), [(2, 3, 5), (3, 1)]) for name, function in {
        "Equal": "eq", "NotEqual": "ne", "Greater": "gt", "GreaterEqual": "ge", "Less": "lt", "LessEqual": "le",
        "And": "logical_and", "Or": "logical_or"}.items()},
    "ScaledDotProductAttention": (cm.ScaledDotProductAttention(), F.scaled_dot_product_attention,
                                  [(2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7)]),
    "ScaledDotProductAttention, causal": (
        cm.ScaledDotProductAttention(is_causal=True, scale=0.3),
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3),
        [(2, 4, 5), (2, 6, 5), (2, 6, 7)]),
    "ScaledDotProductAttention, mask": (
        cm.ScaledDotProductAttention(), lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m),
        [(2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7), (4, 6)]),
    "GLU": (cm.GLU(1), lambda x: F.glu(x, 1), [(2, 6, 5)]),
    "Threshold": (cm.Threshold(0.1, 20), lambda x: F.threshold(x, 0.1, 20), [(2, 3, 5)]),
    "Hardshrink": (cm.Hardshrink(), F.hardshrink, [(2, 3, 5)]),
    "Softshrink": (cm.Softshrink(0.3), lambda x: F.softshrink(x, 0.3), [(2, 3, 5)]),
    "Tanhshrink": (cm.Tanhshrink(), F.tanhshrink, [(2, 3, 5)]),
    "RReLU": (cm.RReLU(), F.rrelu, [(2, 3, 5)]),
    "Softmin": (cm.Softmin(1), lambda x: F.softmin(x, 1), [(2, 3, 5)]),
    "Softmax2d": (cm.Softmax2d(), torch.nn.Softmax2d(), [(2, 3, 4, 5)]),
    "CumSum": (cm.CumSum(1), lambda x: x.cumsum(1), [(2, 3, 5)]),
    "CumSum, the rest": (cm.CumSum(-1, exclusive=True, reverse=True),
                         lambda x: x.sum(-1, keepdim=True) - x.cumsum(-1), [(2, 3, 5)]),
    **{f"GridSample, {mode}, {beyond}, {corners}, {len(x) - 2} axes": (
        cm.GridSample(mode, beyond, corners),
        lambda x, grid, how=(mode, beyond, corners): F.grid_sample(x, grid, *how), [x, grid])
       for mode in ("bilinear", "nearest") for beyond in ("zeros", "border", "reflection")
       for corners in (False, True)
       for x, grid in (((2, 3, 5, 4), (2, 6, 7, 2)), ((2, 3, 4, 5, 1), (2, 3, 6, 7, 3)))},
    "Fold": (cm.Fold((5, 6), (2, 3), 2, (1, 2), (2, 1)), torch.nn.Fold((5, 6), (2, 3), 2, (1, 2), (2, 1)),
             [(2, 12, 18)]),
}  # fmt: skip
"""A layer without weights, the same in PyTorch, and the shapes of inputs."""

POSITIVE = {"Sqrt", "Rsqrt", "Log"}


def inputs_of(name, shapes):
    generator = np.random.default_rng(len(name))
    xs = [generator.standard_normal(shape) for shape in shapes]
    if name in {"And", "Or", "Equal", "NotEqual", "GreaterEqual", "LessEqual", "Not", "Where"}:
        return [x.round() for x in xs]
    if name == "Power":
        return [abs(x) for x in xs]
    return xs


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name):
    layer, function, shapes = CASES[name]
    xs = inputs_of(name, shapes)
    tensors = [torch.tensor(x, requires_grad=True) for x in xs]
    wanted = function(*tensors)
    if name in POSITIVE:
        xs = [abs(x) + 0.5 for x in xs]
    ready = numeric.plan(layer, [cm.Shape(x.shape) for x in xs], "float64")
    made = ready(xs if len(xs) > 1 else xs[0])
    assert made.shape == tuple(wanted.shape) == layer.output_shape(*map(cm.Shape, shapes))
    np.testing.assert_allclose(made, wanted.detach().numpy(), rtol=1e-12, atol=1e-12)
    dy = np.random.default_rng(7).standard_normal(made.shape)
    dxs, _ = ready.backward(xs if len(xs) > 1 else xs[0], dy)
    dxs = dxs if len(xs) > 1 else (dxs,)
    if not wanted.requires_grad:
        assert not any(dx.any() for dx in dxs)
        return
    wanted.backward(torch.tensor(dy))
    for dx, x, tensor, given in zip(dxs, xs, tensors, inputs_of(name, shapes), strict=True):
        found = np.zeros(x.shape) if tensor.grad is None else tensor.grad.numpy()
        np.testing.assert_allclose(dx * (np.sign(given) if name in POSITIVE else 1), found, rtol=1e-9, atol=1e-11)


RECURRENT = [
    (kind, options, shape)
    for kind in ("RNN", "GRU", "LSTM")
    for options, shape in (
        ({}, (4, 2, 3)),
        ({"batch_first": True, "bias": False}, (2, 4, 3)),
        ({"num_layers": 2, "bidirectional": True}, (4, 2, 3)),
        ({"num_layers": 2}, (4, 3)),
    )
]
RECURRENT += [
    ("LSTM", {"proj_size": 2, "bidirectional": True, "num_layers": 2}, (4, 2, 3)),
    ("RNN", {"nonlinearity": "relu"}, (4, 2, 3)),
]


@pytest.mark.parametrize(("kind", "options", "shape"), RECURRENT, ids=str)
@pytest.mark.parametrize("begun", [False, True])
def test_recurrent(kind, options, shape, begun):
    torch.manual_seed(0)
    layer, module = getattr(cm, kind)(3, 5, **options), getattr(torch.nn, kind)(3, 5, **options).double()
    weights = {name: value.detach().numpy() for name, value in module.named_parameters()}
    assert {name: array.shape for name, array in weights.items()} == layer.weights()
    generator = np.random.default_rng(1)
    states = [generator.standard_normal(sizes) for sizes in layer.output_shapes(shape)[1:]] if begun else []
    xs = [generator.standard_normal(shape), *states]
    tensors = [torch.tensor(x, requires_grad=True) for x in xs]
    begin = tensors[1:] if kind == "LSTM" else tensors[1] if begun else None
    y, last = module(tensors[0], tuple(begin) if kind == "LSTM" and begun else begin if begun else None)
    wanted = [y, *(last if kind == "LSTM" else [last])]
    ready = numeric.plan(layer, [cm.Shape(x.shape) for x in xs], "float64")
    made = ready(xs if begun else xs[0], weights)
    assert [one.shape for one in made] == [tuple(one.shape) for one in wanted]
    for one, other in zip(made, wanted, strict=True):
        np.testing.assert_allclose(one, other.detach().numpy(), rtol=1e-12, atol=1e-12)
    dys = tuple(generator.standard_normal(one.shape) for one in made)
    dxs, dweights = ready.backward(xs if begun else xs[0], dys, weights)
    torch.autograd.backward(wanted, [torch.tensor(dy) for dy in dys])
    for dx, tensor in zip(dxs if begun else (dxs,), tensors, strict=True):
        np.testing.assert_allclose(dx, tensor.grad.numpy(), rtol=1e-9, atol=1e-11)
    for name, value in module.named_parameters():
        np.testing.assert_allclose(dweights[name], value.grad.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("eps", [None, 0.1])
def test_rms_norm(eps):
    layer, module = cm.RMSNorm((3, 4), eps), torch.nn.RMSNorm((3, 4), eps).double()
    generator = np.random.default_rng(2)
    x, weight, dy = (generator.standard_normal(shape) for shape in ((2, 5, 3, 4), (3, 4), (2, 5, 3, 4)))
    module.weight.data = torch.tensor(weight)
    tensor = torch.tensor(x, requires_grad=True)
    y = module(tensor)
    ready = numeric.plan(layer, x.shape, "float64")
    np.testing.assert_allclose(ready(x, {"weight": weight}), y.detach().numpy(), rtol=1e-12)
    dx, dweights = ready.backward(x, dy, {"weight": weight})
    y.backward(torch.tensor(dy))
    np.testing.assert_allclose(dx, tensor.grad.numpy(), rtol=1e-9)
    np.testing.assert_allclose(dweights["weight"], module.weight.grad.numpy(), rtol=1e-9)


def test_look_ups_by_element():
    x = torch.randn(2, 7, 4, dtype=torch.float64, requires_grad=True)
    places = torch.tensor([[[1, 6, 1], [0, 2, 3]]])
    dy = np.random.default_rng(3).standard_normal((1, 2, 3))
    x.gather(1, places).backward(torch.tensor(dy))
    ready = numeric.plan(cm.GatherElements(1), [(2, 7, 4), (1, 2, 3)], "float64")
    given = (x.detach().numpy(), places.numpy())
    assert np.array_equal(ready(given), x.detach().numpy()[0][places[0], np.arange(3)][None])
    np.testing.assert_allclose(ready.backward(given, dy)[0][0], x.grad.numpy())


@pytest.mark.parametrize("largest", [True, False])
def test_the_largest_and_their_places(largest):
    x = torch.randn(2, 7, 4, dtype=torch.float64, requires_grad=True)
    values, places = x.topk(3, 1, largest)
    dy = np.random.default_rng(3).standard_normal((2, 3, 4))
    values.backward(torch.tensor(dy))
    ready = numeric.plan(cm.TopK(3, 1, largest), (2, 7, 4), "float64")
    made, at = ready(x.detach().numpy())
    assert np.array_equal(made, values.detach().numpy())
    assert at.dtype == np.int64
    assert np.array_equal(at, places.numpy())
    np.testing.assert_allclose(ready.backward(x.detach().numpy(), (dy, np.zeros_like(dy)))[0], x.grad.numpy())


def test_look_ups():
    table, places = torch.randn(7, 4, dtype=torch.float64, requires_grad=True), torch.tensor([[1, 6, 1], [0, 2, 3]])
    dy = np.random.default_rng(3).standard_normal((2, 3, 4))
    F.embedding(places, table).backward(torch.tensor(dy))
    ready = numeric.plan(cm.Embedding(7, 4), (2, 3), "float64")
    x, stored = places.numpy().astype(float), {"weight": table.detach().numpy()}
    assert np.array_equal(ready(x, stored), table.detach().numpy()[places])
    np.testing.assert_allclose(ready.backward(x, dy, stored)[1]["weight"], table.grad.numpy())
    wide = torch.randn(2, 7, 4, dtype=torch.float64, requires_grad=True)
    taken = wide[:, places]
    dy = np.random.default_rng(4).standard_normal(taken.shape)
    taken.backward(torch.tensor(dy))
    ready = numeric.plan(cm.Gather(1), [(2, 7, 4), (2, 3)], "float64")
    assert np.array_equal(ready((wide.detach().numpy(), x)), taken.detach().numpy())
    np.testing.assert_allclose(ready.backward((wide.detach().numpy(), x), dy)[0][0], wide.grad.numpy())


@pytest.mark.parametrize(("layer", "shapes"), [
    (cm.MatMul(), [(2, 3, 4, 5), (2, 3, 5, 6)]),
    (cm.ScaledDotProductAttention(), [(2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7)]),
    (cm.Einsum("bhqd,bhkd->bhqk"), [(2, 3, 4, 5), (2, 3, 6, 5)]),
], ids=repr)  # fmt: skip
def test_macs_are_half_of_what_the_flop_counter_counts(layer, shapes):
    from torch.utils.flop_counter import FlopCounterMode

    functions = {"MatMul": torch.matmul, "ScaledDotProductAttention": F.scaled_dot_product_attention,
                 "Einsum": lambda x, y: torch.einsum(layer.equation, x, y)}  # fmt: skip
    with FlopCounterMode(display=False) as counter:
        functions[layer.op](*(torch.empty(shape, device="meta") for shape in shapes))
    assert 2 * layer.macs(*shapes) == counter.get_total_flops()
