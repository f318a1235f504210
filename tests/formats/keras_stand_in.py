"""A stand-in for Keras that records layers and works out shapes and parameters by the rules of Keras' documentation.

"valid" makes ⌈(n − d(k − 1)) / s⌉ positions, "same" and "causal" ⌈n / s⌉; a transposed layer makes
n·s + max(k − s, 0) or n·s.
Values lie with their channels last, and the batch is None.
"""

# ruff: noqa: N802 (as Keras calls them)

from __future__ import annotations

import math
import types
from itertools import pairwise


class Value:
    """A tensor of which only the shape is known."""

    def __init__(self, shape, made=()):
        self.shape, self.made = tuple(shape), tuple(made)

    def _with(self, other):
        return broadcast(self, other) if isinstance(other, Value) else self

    __add__ = __radd__ = __sub__ = __mul__ = __rmul__ = __truediv__ = __pow__ = _with

    def __neg__(self):
        return self

    def __getitem__(self, places):
        sizes = [
            len(range(*cut.indices(n))) if n is not None else n for n, cut in zip(self.shape, places, strict=False)
        ]
        return Value((*sizes, *self.shape[len(sizes) :]))


def broadcast(*values):
    assert len({len(value.shape) for value in values}) == 1
    columns = list(zip(*(value.shape for value in values), strict=True))
    for column in columns:
        assert len({size for size in column if size != 1}) <= 1, columns
    return Value(next((size for size in column if size != 1), 1) for column in columns)


def each(value, rank):
    return (value,) * rank if isinstance(value, int) else tuple(value)


def window(n, k, s, d, padding):
    return math.ceil(n / s) if padding in {"same", "causal"} else math.ceil((n - d * (k - 1)) / s)


class Keras:
    """What `import keras` gives a source; `layers` lists (type, name, output shape, parameters)."""

    def __init__(self):
        self.recorded, self.frozen = [], []
        self.layers = types.SimpleNamespace(
            **{
                name.removeprefix("layer_"): self._layer(name.removeprefix("layer_"), getattr(self, name))
                for name in dir(self)
                if name.startswith("layer_")
            }
        )
        for rank in (1, 2, 3):
            for name, rule in (
                ("Conv", self.conv),
                ("MaxPooling", self.pool),
                ("AveragePooling", self.pool),
                ("ZeroPadding", self.pad),
                ("Cropping", self.crop),
                ("UpSampling", self.enlarge),
                ("GlobalAveragePooling", self.whole),
                ("GlobalMaxPooling", self.whole),
                ("SpatialDropout", self.same),
                ("DepthwiseConv", self.depthwise),
            ):
                setattr(self.layers, f"{name}{rank}D", self._layer(f"{name}{rank}D", rule))
            setattr(self.layers, f"Conv{rank}DTranspose", self._layer(f"Conv{rank}DTranspose", self.transposed))
        for name in ("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Dropout", "Identity", "Rescaling"):
            setattr(self.layers, name, self._layer(name, self.same))
        for name in ("Add", "Multiply", "Maximum", "Minimum"):
            setattr(self.layers, name, self._layer(name, lambda xs: (broadcast(*xs), 0)))
        self.ops = types.SimpleNamespace(
            split=self.split,
            pad=self.op_pad,
            moveaxis=self.moveaxis,
            ones_like=lambda x: x,
            log_softmax=lambda x, axis: x,
            gelu=lambda x, approximate: x,
            maximum=lambda x, y: x,
            minimum=lambda x, y: x,
        )

    def Input(self, shape, name):
        return Value((None, *shape))

    def Model(self, inputs, outputs, name):
        return inputs, outputs, name

    def _layer(self, kind, rule):
        def make(*args, name=None, trainable=True, **options):
            stored = []

            def apply(x):
                y, params = rule(x, *args, **options)
                assert not stored or stored == [params]  # called again, with the arrays that it has
                self.recorded.append((kind, name, y.shape, 0 if stored else params))
                if not stored and params and not trainable:
                    self.frozen.append(name)
                stored[:] = [params]
                return y

            return apply

        return make

    def same(self, x, *args, **options):
        return x, 0

    def conv(self, x, filters, kernel, strides=1, padding="valid", dilation_rate=1, groups=1, use_bias=True):
        rank = len(x.shape) - 2
        kernel, strides, rates = each(kernel, rank), each(strides, rank), each(dilation_rate, rank)
        assert max(strides) == 1 or max(rates) == 1
        assert x.shape[-1] % groups == filters % groups == 0
        sizes = [window(n, k, s, d, padding) for n, k, s, d in zip(x.shape[1:-1], kernel, strides, rates, strict=True)]
        assert min(sizes) > 0
        params = math.prod(kernel) * x.shape[-1] // groups * filters + filters * use_bias
        return Value((None, *sizes, filters)), params

    def depthwise(self, x, kernel, strides=1, padding="valid", depth_multiplier=1, dilation_rate=1, use_bias=True):
        rank, channels = len(x.shape) - 2, x.shape[-1]
        assert rank < 3
        y, _ = self.conv(x, channels, kernel, strides, padding, dilation_rate)
        made = channels * depth_multiplier
        return Value((*y.shape[:-1], made)), math.prod(each(kernel, rank)) * made + made * use_bias

    def transposed(
        self, x, filters, kernel, strides=1, padding="valid", output_padding=None, dilation_rate=1, use_bias=True
    ):
        rank = len(x.shape) - 2
        kernel, strides, rates = each(kernel, rank), each(strides, rank), each(dilation_rate, rank)
        extra = (None,) * rank if output_padding is None else each(output_padding, rank)
        sizes = []
        for n, k, s, d, e in zip(x.shape[1:-1], kernel, strides, rates, extra, strict=True):
            span = d * (k - 1) + 1
            if e is not None:
                assert padding == "valid"
                sizes.append((n - 1) * s + span + e)
            else:
                sizes.append(n * s if padding == "same" else n * s + max(span - s, 0))
        return Value((None, *sizes, filters)), math.prod(kernel) * x.shape[-1] * filters + filters * use_bias

    def pool(self, x, size, strides=None, padding="valid"):
        rank = len(x.shape) - 2
        kernel = each(size, rank)
        steps = zip(x.shape[1:-1], kernel, each(strides or size, rank), strict=True)
        return Value((None, *(window(n, k, s, 1, padding) for n, k, s in steps), x.shape[-1])), 0

    def pad(self, x, sides):
        sides = [sides] if len(x.shape) == 3 else sides
        assert all(low >= 0 and high >= 0 for low, high in sides)
        return Value((None, *(n + a + b for n, (a, b) in zip(x.shape[1:-1], sides, strict=True)), x.shape[-1])), 0

    def crop(self, x, sides):
        sides = [sides] if len(x.shape) == 3 else sides
        assert all(low >= 0 and high >= 0 for low, high in sides)
        return Value((None, *(n - a - b for n, (a, b) in zip(x.shape[1:-1], sides, strict=True)), x.shape[-1])), 0

    def enlarge(self, x, size, interpolation="nearest"):
        factors = each(size, len(x.shape) - 2)
        return Value((None, *(n * f for n, f in zip(x.shape[1:-1], factors, strict=True)), x.shape[-1])), 0

    def whole(self, x, keepdims):
        assert keepdims
        return Value((None, *(1 for _ in x.shape[1:-1]), x.shape[-1])), 0

    def layer_BatchNormalization(self, x, momentum, epsilon, center=True, scale=True):
        return x, x.shape[-1] * (center + scale)

    def layer_GroupNormalization(self, x, groups, epsilon, center=True, scale=True):
        assert x.shape[-1] % groups == 0
        return x, x.shape[-1] * (center + scale)

    def layer_LayerNormalization(self, x, axis, epsilon, center=True, scale=True):
        return x, math.prod(x.shape[a] for a in axis) * (center + scale)

    def layer_PReLU(self, x, shared_axes=None):
        return x, math.prod(n for a, n in enumerate(x.shape) if a and a not in (shared_axes or ()))

    def layer_Dense(self, x, units, use_bias=True):
        return Value((*x.shape[:-1], units)), x.shape[-1] * units + units * use_bias

    def layer_Flatten(self, x):
        return Value((None, math.prod(x.shape[1:]))), 0

    def layer_Reshape(self, x, sizes):
        assert math.prod(sizes) == math.prod(x.shape[1:])
        return Value((None, *sizes)), 0

    def layer_Permute(self, x, order):
        assert sorted(order) == list(range(1, len(x.shape)))
        return Value((None, *(x.shape[axis] for axis in order))), 0

    def layer_Concatenate(self, xs, axis=-1):
        sizes = list(xs[0].shape)
        sizes[axis] = sum(x.shape[axis] for x in xs)
        for x in xs:
            assert [n for a, n in enumerate(x.shape) if a != axis % len(sizes)] == [
                n for a, n in enumerate(sizes) if a != axis % len(sizes)
            ]
        return Value(sizes), 0

    def layer_Lambda(self, x, function):
        return x, 0

    def split(self, x, places, axis):
        ends = [0, *places, x.shape[axis]]
        pieces = []
        for low, high in pairwise(ends):
            sizes = list(x.shape)
            sizes[axis] = high - low
            pieces.append(Value(sizes))
        return pieces

    def op_pad(self, x, sides, mode="constant", constant_values=0):
        assert sides[0] == sides[-1] == (0, 0)
        return Value((None, *(n + a + b for n, (a, b) in zip(x.shape[1:], sides[1:], strict=True))))

    def moveaxis(self, x, source, target):
        order = list(range(len(x.shape)))
        order.insert(target % len(order), order.pop(source))
        return Value(x.shape[axis] for axis in order)


def run(source, name, frozen=()):
    """(recorded layers, model) of a source, in which `keras` is the stand-in; `frozen` are the layers not trained."""
    keras = Keras()
    lines = source.splitlines()
    body = "\n".join(line for line in lines if not line.startswith(("import ", "from ")))
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    allowed = {
        "import keras",
        "import numpy as np",
        "import tensorflow as tf",
        "from keras import layers",
        "from keras import layers, ops",
    }
    assert set(imports) <= allowed
    space = {"keras": keras, "layers": keras.layers, "ops": keras.ops, "tf": None}
    exec(compile(body, "exported", "exec"), space)
    made = space[name]()
    assert keras.frozen == list(frozen)
    return keras.recorded, made
