"""Arrays of any layout give the same numbers; what comes in stays as it is, and what comes out is new."""

from __future__ import annotations

import numpy as np
import pytest

import convmath as cm
from convmath import numeric
from convmath.core.errors import ShapeError
from tests.numeric.families import FAMILIES, arrays, made_of, ready, shapes_of

every_family = pytest.mark.parametrize("name", FAMILIES)


def strided(x):
    """The same numbers in every other place of a larger array, backwards."""
    larger = np.full([2 * size for size in x.shape], 99).astype(x.dtype)
    view = larger[(slice(None, None, -2),) * x.ndim]
    view[...] = x
    return view


def frozen(x):
    x = x.copy()
    x.flags.writeable = False
    return x


class Own(np.ndarray):
    """A subclass whose operators do something else."""

    def __array_ufunc__(self, *args, **kwargs):
        raise AssertionError("a kernel computes with the caller's own class")


class Convertible:
    """As a tensor of another framework: nothing but a way to an array."""

    def __init__(self, array):
        self.array, self.dtype = array, str(array.dtype)

    def __array__(self, dtype=None, copy=None):
        return self.array


LAYOUTS = {
    "Fortran": np.asfortranarray,
    "strided": strided,
    "transposed": lambda x: np.ascontiguousarray(x.T).T,
    "channels last": lambda x: np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1) if x.ndim > 1 else x,
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "little-endian": lambda x: x.astype(x.dtype.newbyteorder("<")),
    "read-only": frozen,
    "unaligned": lambda x: np.frombuffer(b"\0" + x.tobytes(), x.dtype, offset=1).reshape(x.shape),
    "a list": lambda x: x.tolist(),
    "a subclass": lambda x: x.view(Own),
    "a masked array": np.ma.masked_array,
    "convertible": Convertible,
}  # fmt: skip


@every_family
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layouts(name, layout, dtype):
    plan, (xs, weights) = ready(name, dtype), arrays(name, dtype)
    expected = made_of(plan, xs, weights)
    other = LAYOUTS[layout]
    made = made_of(plan, [other(x) for x in xs], {own: other(array) for own, array in weights.items()})
    for a, b in zip(made, expected, strict=True):
        assert type(a) is np.ndarray
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)


@every_family
def test_numbers_that_share_their_memory(name):
    """Views with strides of 0, all along and along the batch."""
    plan, (xs, weights) = ready(name), arrays(name)
    for spread in (lambda x: np.broadcast_to(x[:1], x.shape), lambda x: np.broadcast_to(x.flat[0], x.shape)):
        views = [spread(x) for x in xs]
        expected = made_of(plan, [view.copy() for view in views], weights)
        assert all(np.array_equal(a, b) for a, b in zip(made_of(plan, views, weights), expected, strict=True))


@every_family
def test_nothing_that_comes_in_is_changed_and_nothing_that_comes_out_is_it(name):
    plan, (xs, weights) = ready(name), arrays(name)
    kept = [x.copy() for x in xs], {own: array.copy() for own, array in weights.items()}
    made = made_of(plan, [frozen(x) for x in xs], {own: frozen(array) for own, array in weights.items()})
    again = made_of(plan, xs, weights)
    for a, b in zip(made, again, strict=True):
        assert a.flags.writeable
        assert b.flags.writeable
        assert np.array_equal(a, b)
        b[...] = -1
    assert all(np.array_equal(x, was) for x, was in zip(xs, kept[0], strict=True))
    assert all(np.array_equal(weights[own], was) for own, was in kept[1].items())
    # Nor does the plan keep anything of it.
    assert all(np.array_equal(a, b) for a, b in zip(made, made_of(plan, xs, weights), strict=True))


@every_family
def test_an_empty_batch(name):
    def made(batch):
        shapes = [(batch, *shape[1:]) for shape in shapes_of(name)]
        plan = numeric.plan(FAMILIES[name][0], shapes, "float32")
        weights = {own: np.zeros(shape, kind) for own, (shape, kind) in plan.weights.items()}
        return made_of(plan, [np.zeros(shape, "float32") for shape in shapes], weights)

    assert [(tuple(17 if n == 0 else n for n in a.shape), a.dtype) for a in made(0)] == [
        (b.shape, b.dtype) for b in made(17)
    ]


@every_family
def test_no_other_size_is_0(name):
    layer, _ = FAMILIES[name]
    for axis in range(1, len(shapes_of(name)[0])):
        shapes = [(*shape[:axis], 0, *shape[axis + 1 :]) for shape in shapes_of(name)]
        with pytest.raises(ShapeError, match=r"^a size in the shape .* is not an integer from 1 to 10\^18$"):
            numeric.plan(layer, shapes)


def test_a_window_that_fits_nowhere_has_no_outputs():
    ready = numeric.plan(cm.Conv1d(2, 3, 5, convention="jax"), (2, 2, 4))
    made = ready(
        np.ones((2, 2, 4), "float32"), {"weight": np.ones((3, 2, 5), "float32"), "bias": np.ones(3, "float32")}
    )
    assert made.shape == (2, 3, 0)
