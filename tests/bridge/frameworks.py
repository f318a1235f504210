"""What frameworks do, in a few lines each and straight from what was observed; nothing of convmath is used here.

`run(framework, rows, x, weights)` executes rows as `port` writes them, on arrays (N, C, …), for Keras (N, …, C).
Every framework comes down to four definitions: correlate, scatter, largest and sums, over what is padded already.
"""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace

import numpy as np

INFINITY = float("inf")

# The definitions, on arrays (N, C, …)


def taps(x, kernel, stride, dilation):
    """(tap, what it reads for every output) of every tap of a window that stays inside x."""
    sizes = x.shape[2:]
    outputs = [(i - d * (k - 1) - 1) // s + 1 for i, k, s, d in zip(sizes, kernel, stride, dilation, strict=True)]
    if min(outputs) < 1:
        raise ValueError("the kernel does not fit")
    for tap in itertools.product(*map(range, kernel)):
        cut = [
            slice(t * d, t * d + (n - 1) * s + 1, s) for t, d, n, s in zip(tap, dilation, outputs, stride, strict=True)
        ]
        yield tap, x[(slice(None), slice(None), *cut)]


def correlate(x, w, stride, dilation, groups=1):
    """w is (N, C/g, …)."""
    share, filters = x.shape[1] // groups, w.shape[0] // groups
    assert w.shape[1] == share
    total = None
    for tap, read in taps(x, w.shape[2:], stride, dilation):
        at = w[(slice(None), slice(None), *tap)]
        parts = [
            np.einsum("nc...,oc->no...", read[:, g * share : (g + 1) * share], at[g * filters : (g + 1) * filters])
            for g in range(groups)
        ]
        part = np.concatenate(parts, axis=1)
        total = part if total is None else total + part
    return total


def scatter(x, w, stride, dilation, groups=1):
    """w is (C, N/g, …): every input adds its filter, a stride apart, into the output of (i − 1)s + d(k − 1) + 1."""
    share = x.shape[1] // groups
    sizes = [
        (i - 1) * s + d * (k - 1) + 1 for i, s, d, k in zip(x.shape[2:], stride, dilation, w.shape[2:], strict=True)
    ]
    out = np.zeros((x.shape[0], w.shape[1] * groups, *sizes), dtype=x.dtype)
    for tap in itertools.product(*map(range, w.shape[2:])):
        cut = [
            slice(t * d, t * d + (i - 1) * s + 1, s)
            for t, d, i, s in zip(tap, dilation, x.shape[2:], stride, strict=True)
        ]
        for g in range(groups):
            at = w[(slice(g * share, (g + 1) * share), slice(None), *tap)]
            part = np.einsum("nc...,co->no...", x[:, g * share : (g + 1) * share], at)
            out[(slice(None), slice(g * w.shape[1], (g + 1) * w.shape[1]), *cut)] += part
    return out


def largest(x, kernel, stride, dilation):
    return np.maximum.reduce([read for _, read in taps(x, kernel, stride, dilation)])


def sums(x, kernel, stride):
    return sum(read for _, read in taps(x, kernel, stride, (1,) * len(kernel)))


def padded(x, sides, value=0, mode="constant"):
    """Pads each spatial axis by (low, high); negative numbers crop."""
    grow = [(0, 0), (0, 0), *((max(low, 0), max(high, 0)) for low, high in sides)]
    x = np.pad(x, grow, **({"constant_values": value} if mode == "constant" else {}), mode=mode)
    cut = [slice(max(-low, 0), x.shape[axis] - max(-high, 0)) for axis, (low, high) in enumerate(sides, 2)]
    if any(piece.start >= piece.stop for piece in cut):
        raise ValueError("nothing is left")
    return x[(slice(None), slice(None), *cut)]


def axes(value, rank):
    return tuple(value) if isinstance(value, tuple | list) else (value,) * rank


def extent(k, d):
    return d * (k - 1) + 1


def with_bias(y, bias):
    return y if bias is None else y + bias.reshape(-1, *(1,) * (y.ndim - 2))


def same_sides(sizes, kernel, stride, dilation, odd_at_the_end=True):
    """⌈i/s⌉ outputs; half of what is missing on either side, the odd one at the end (T1, T3)."""
    sides = []
    for i, k, s, d in zip(sizes, kernel, stride, dilation, strict=True):
        total = max((math.ceil(i / s) - 1) * s + extent(k, d) - i, 0)
        less, more = total // 2, total - total // 2
        sides.append((less, more) if odd_at_the_end else (more, less))
    return sides


def rounded_up(i, k, s, low, high):
    """How many windows, rounding up; the last must start in the input or its low padding (T14, T15)."""
    outputs = -(-(i + low + high - k) // s) + 1
    return outputs - 1 if (outputs - 1) * s >= i + low else outputs


def pooled_sides(x, kernel, stride, dilation, sides, ceil_mode):
    """The padding that just holds every window."""
    if not ceil_mode:
        return sides
    held = []
    for i, k, s, d, (low, high) in zip(x.shape[2:], kernel, stride, dilation, sides, strict=True):
        outputs = rounded_up(i, extent(k, d), s, low, high)
        held.append((low, (outputs - 1) * s + extent(k, d) - i - low))
    return held


def averaged(x, kernel, stride, sides, ceil_mode, counted):
    """Sums divided by how many positions lie on the input or, if `counted`, on its padding (T19, T20)."""
    held = pooled_sides(x, kernel, stride, (1,) * len(kernel), sides, ceil_mode)
    ones = np.ones_like(x, dtype=float)
    ones = padded(ones, sides, 1) if counted else padded(ones, sides, 0)
    more = [(0, high - stated) for (_, high), (_, stated) in zip(held, sides, strict=True)]
    return sums(padded(x, held), kernel, stride) / sums(padded(ones, more, 0), kernel, stride)


# PyTorch


class Torch:
    """torch.nn's modules; convolutions take their weights from `weights` in turn."""

    def __init__(self, weights=()):
        self.weights = iter(weights)
        for rank in (1, 2, 3):
            self.modules(rank)

    def modules(self, rank):  # noqa: C901 (one function for each module)
        def conv(c, n, kernel, stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode="zeros"):
            kernel, stride, dilation = axes(kernel, rank), axes(stride, rank), axes(dilation, rank)

            def forward(x):
                w, b = next(self.weights)
                assert w.shape == (n, c // groups, *kernel)
                if padding == "same":
                    assert set(stride) == {1}
                    totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
                    sides = [(total // 2, total - total // 2) for total in totals]
                else:
                    sides = [(0, 0)] * rank if padding == "valid" else [(p, p) for p in axes(padding, rank)]
                assert min(map(min, sides)) >= 0
                mode = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}[
                    padding_mode
                ]
                return with_bias(
                    correlate(padded(x, sides, mode=mode), w, stride, dilation, groups), b if bias else None
                )

            return forward

        def transposed(c, n, kernel, stride=1, padding=0, output_padding=0, groups=1, bias=True, dilation=1):
            kernel, stride, dilation = axes(kernel, rank), axes(stride, rank), axes(dilation, rank)
            padding, extra = axes(padding, rank), axes(output_padding, rank)
            assert all(0 <= a < max(s, d) for a, s, d in zip(extra, stride, dilation, strict=True))

            def forward(x):
                w, b = next(self.weights)
                assert w.shape == (c, n // groups, *kernel)
                full = scatter(x, w, stride, dilation, groups)
                return with_bias(
                    padded(full, [(-p, a - p) for p, a in zip(padding, extra, strict=True)]), b if bias else None
                )

            return forward

        def max_pool(kernel, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
            kernel, dilation, padding = axes(kernel, rank), axes(dilation, rank), axes(padding, rank)
            stride = kernel if stride is None else axes(stride, rank)
            assert all(p <= k // 2 for p, k in zip(padding, kernel, strict=True))

            def forward(x):
                sides = pooled_sides(x, kernel, stride, dilation, [(p, p) for p in padding], ceil_mode)
                return largest(padded(x, sides, -INFINITY), kernel, stride, dilation)

            return forward

        def average(kernel, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
            kernel, padding = axes(kernel, rank), axes(padding, rank)
            stride = kernel if stride is None else axes(stride, rank)
            assert all(p <= k // 2 for p, k in zip(padding, kernel, strict=True))
            assert rank > 1 or divisor_override is None

            def forward(x):
                sides = [(p, p) for p in padding]
                if divisor_override is not None:
                    held = pooled_sides(x, kernel, stride, (1,) * rank, sides, ceil_mode)
                    return sums(padded(x, held), kernel, stride) / divisor_override
                return averaged(x, kernel, stride, sides, ceil_mode, count_include_pad)

            return forward

        def pad(value, mode="constant"):
            def layer(sides, value=value):
                pairs = (
                    list(itertools.batched(sides, 2))
                    if hasattr(itertools, "batched")
                    else [(sides[place], sides[place + 1]) for place in range(0, len(sides), 2)]
                )
                assert len(pairs) == rank
                return lambda x: padded(x, pairs[::-1], value, mode)

            return layer

        self.__dict__ |= {
            f"Conv{rank}d": conv, f"ConvTranspose{rank}d": transposed, f"MaxPool{rank}d": max_pool,
            f"AvgPool{rank}d": average, f"ZeroPad{rank}d": pad(0), f"ConstantPad{rank}d": pad(None),
            f"ReflectionPad{rank}d": pad(None, "reflect"), f"ReplicationPad{rank}d": pad(None, "edge"),
            f"CircularPad{rank}d": pad(None, "wrap"),
        }  # fmt: skip

    @staticmethod
    def PixelShuffle(r):  # noqa: N802
        """Channel c·r² + i·r + j goes to row i and column j of a block of channel c (T22)."""

        def forward(x):
            n, c, h, w = x.shape
            y = np.zeros((n, c // r**2, h * r, w * r), dtype=x.dtype)
            for channel, i, j in itertools.product(range(c // r**2), range(r), range(r)):
                y[:, channel, i::r, j::r] = x[:, channel * r**2 + i * r + j]
            return y

        return forward


# Keras


def channels_last(layer):
    """A layer on (N, C, …) as one on (N, …, C)."""
    return lambda x: np.moveaxis(layer(np.moveaxis(x, -1, 1)), 1, -1)


class Keras:
    """Keras' layers; padding is a name."""

    def __init__(self, weights=()):
        self.weights = iter(weights)
        for rank in (1, 2, 3):
            self.layers(rank)

    def layers(self, rank):  # noqa: C901, PLR0915 (one function for each layer)
        def settle(kernel, strides, dilation_rate=1):
            kernel, stride, dilation = axes(kernel, rank), axes(strides, rank), axes(dilation_rate, rank)
            assert max(stride) == 1 or max(dilation) == 1, "Keras refuses stride with dilation"
            return kernel, stride, dilation

        def sides_of(padding, x, kernel, stride, dilation):
            if padding == "causal":
                assert rank == 1
                return [(dilation[0] * (kernel[0] - 1), 0)]
            return {"valid": [(0, 0)] * rank, "same": same_sides(x.shape[2:], kernel, stride, dilation)}[padding]

        def slid(x, w, b, padding, kernel, stride, dilation, groups):
            sides = sides_of(padding, x, kernel, stride, dilation)
            return with_bias(correlate(padded(x, sides), w, stride, dilation, groups), b)

        def conv(filters, kernel, strides=1, padding="valid", dilation_rate=1, groups=1, use_bias=True):
            kernel, stride, dilation = settle(kernel, strides, dilation_rate)

            def forward(x):
                w, b = next(self.weights)  # (…, C/g, N)
                assert w.shape == (*kernel, x.shape[1] // groups, filters)
                w = np.moveaxis(w, (-1, -2), (0, 1))
                return slid(x, w, b if use_bias else None, padding, kernel, stride, dilation, groups)

            return channels_last(forward)

        def depthwise(kernel, strides=1, padding="valid", depth_multiplier=1, dilation_rate=1, use_bias=True):
            kernel, stride, dilation = settle(kernel, strides, dilation_rate)

            def forward(x):
                w, b = next(self.weights)  # (…, C, m); output channel c·m + q is filter q of channel c (T27)
                channels = x.shape[1]
                assert w.shape == (*kernel, channels, depth_multiplier)
                each = [w[..., c, q][None, None] for c in range(channels) for q in range(depth_multiplier)]
                return slid(
                    x, np.concatenate(each), b if use_bias else None, padding, kernel, stride, dilation, channels
                )

            return channels_last(forward)

        def transposed(
            filters, kernel, strides=1, padding="valid", output_padding=None, dilation_rate=1, use_bias=True
        ):
            kernel, stride, dilation = settle(kernel, strides, dilation_rate)
            extra = None if output_padding is None else axes(output_padding, rank)

            def forward(x):
                w, b = next(self.weights)  # (…, N, C)
                assert w.shape == (*kernel, filters, x.shape[1])
                full = scatter(x, np.moveaxis(w, (-1, -2), (0, 1)), stride, dilation)
                sides = []
                for axis, (i, s) in enumerate(zip(x.shape[2:], stride, strict=True)):
                    reach, a = extent(kernel[axis], dilation[axis]), None if extra is None else extra[axis]
                    half = reach // 2 if padding == "same" else 0
                    if a is not None:
                        assert a < s
                        outputs = (i - 1) * s + reach - 2 * half + a
                    else:
                        outputs = i * s if padding == "same" else i * s + max(reach - s, 0)
                    surplus = (i - 1) * s + reach - outputs
                    low = max(surplus // 2, 0) if padding == "same" else 0
                    sides.append((-low, low - surplus))
                return with_bias(padded(full, sides), b if use_bias else None)

            return channels_last(forward)

        def max_pool(kernel, strides=None, padding="valid"):
            kernel, stride, dilation = settle(kernel, kernel if strides is None else strides)

            def forward(x):
                return largest(
                    padded(x, sides_of(padding, x, kernel, stride, dilation), -INFINITY), kernel, stride, dilation
                )

            return channels_last(forward)

        def average(kernel, strides=None, padding="valid"):
            kernel, stride, dilation = settle(kernel, kernel if strides is None else strides)
            return channels_last(
                lambda x: averaged(x, kernel, stride, sides_of(padding, x, kernel, stride, dilation), False, False)
            )

        def pad(sign):
            def layer(sides):
                pairs = [sides] if rank == 1 else list(sides)
                assert len(pairs) == rank
                assert min(map(min, pairs)) >= 0
                return channels_last(lambda x: padded(x, [(sign * low, sign * high) for low, high in pairs]))

            return layer

        self.__dict__ |= {
            f"Conv{rank}D": conv, f"DepthwiseConv{rank}D": depthwise, f"Conv{rank}DTranspose": transposed,
            f"MaxPooling{rank}D": max_pool, f"AveragePooling{rank}D": average, f"ZeroPadding{rank}D": pad(1),
            f"Cropping{rank}D": pad(-1),
        }  # fmt: skip
        if rank == 3:
            del self.__dict__["DepthwiseConv3D"]

    @staticmethod
    def Rescaling(scale):  # noqa: N802
        return lambda x: x * scale


def depth_to_space(x, r):
    """Channel (i·r + j)·C + c goes to row i and column j of a block of channel c (T22)."""
    n, h, w, c = x.shape
    y = np.zeros((n, h * r, w * r, c // r**2), dtype=x.dtype)
    for channel, i, j in itertools.product(range(c // r**2), range(r), range(r)):
        y[:, i::r, j::r, channel] = x[..., (i * r + j) * (c // r**2) + channel]
    return y


# ONNX


def halves(pads):
    rank = len(pads) // 2
    return list(zip(pads[:rank], pads[rank:], strict=True))


def onnx_sides(x, kernel, stride, dilation, pads, auto_pad):
    if auto_pad in {"SAME_UPPER", "SAME_LOWER"}:
        return same_sides(x.shape[2:], kernel, stride, dilation, auto_pad == "SAME_UPPER")
    return halves(pads) if pads else [(0, 0)] * len(kernel)


def onnx_conv(x, w, b=None, *, kernel_shape, strides=None, dilations=None, pads=None, auto_pad=None, group=1):
    rank = len(kernel_shape)
    stride, dilation = strides or (1,) * rank, dilations or (1,) * rank
    assert pads is None or min(pads) >= 0
    sides = onnx_sides(x, kernel_shape, stride, dilation, pads, auto_pad)
    return with_bias(correlate(padded(x, sides), w, stride, dilation, group), b)


def onnx_conv_transpose(
    x, w, b=None, *, kernel_shape, strides=None, dilations=None, pads=None, auto_pad=None, output_padding=None, group=1
):
    rank = len(kernel_shape)
    stride, dilation, extra = strides or (1,) * rank, dilations or (1,) * rank, output_padding or (0,) * rank
    assert pads is None or min(pads) >= 0
    assert all(a < s for a, s in zip(extra, stride, strict=True))
    sides = [(-low, a - high) for (low, high), a in zip(halves(pads or (0,) * rank * 2), extra, strict=True)]
    if auto_pad in {"SAME_UPPER", "SAME_LOWER"}:
        sides = []
        for k, s, d, a in zip(kernel_shape, stride, dilation, extra, strict=True):
            total = extent(k, d) + a - s
            low = total // 2 if auto_pad == "SAME_UPPER" else total - total // 2
            sides.append((-low, a - (total - low)))
    return with_bias(padded(scatter(x, w, stride, dilation, group), sides), b)


def onnx_max_pool(x, *, kernel_shape, strides=None, dilations=None, pads=None, auto_pad=None, ceil_mode=0):
    rank = len(kernel_shape)
    stride, dilation = strides or (1,) * rank, dilations or (1,) * rank
    sides = onnx_sides(x, kernel_shape, stride, dilation, pads, auto_pad)
    assert all(max(pair) < k for pair, k in zip(sides, kernel_shape, strict=True)) or auto_pad
    return largest(
        padded(x, pooled_sides(x, kernel_shape, stride, dilation, sides, ceil_mode), -INFINITY),
        kernel_shape, stride, dilation,
    )  # fmt: skip


def onnx_average_pool(x, *, kernel_shape, strides=None, pads=None, auto_pad=None, ceil_mode=0, count_include_pad=0):
    stride = strides or (1,) * len(kernel_shape)
    sides = onnx_sides(x, kernel_shape, stride, (1,) * len(kernel_shape), pads, auto_pad)
    return averaged(x, kernel_shape, stride, sides, ceil_mode, count_include_pad)


def onnx_pad(x, pads, value=0, mode="constant"):
    sides = halves(pads)
    assert sides[:2] == [(0, 0), (0, 0)]
    return padded(x, sides[2:], value, mode)


def onnx_depth_to_space(x, *, blocksize, mode="DCR"):
    if mode == "CRD":
        return Torch.PixelShuffle(blocksize)(x)
    return np.moveaxis(depth_to_space(np.moveaxis(x, 1, -1), blocksize), -1, 1)


# JAX


def lax_sides(x, kernel, stride, dilation, padding):
    if isinstance(padding, str):
        if padding == "VALID":
            return [(0, 0)] * len(kernel)
        return same_sides(x.shape[2:], kernel, stride, dilation, padding == "SAME")
    return padding


def lax_conv(x, w, *, window_strides, padding, lhs_dilation=None, rhs_dilation=None, feature_group_count=1):
    rank = len(window_strides)
    dilation = rhs_dilation or (1,) * rank
    if lhs_dilation and max(lhs_dilation) > 1:
        assert not isinstance(padding, str)
        stretched = np.zeros(
            (*x.shape[:2], *((i - 1) * e + 1 for i, e in zip(x.shape[2:], lhs_dilation, strict=True))), x.dtype
        )
        stretched[(slice(None), slice(None), *(slice(None, None, e) for e in lhs_dilation))] = x
        x = stretched
    sides = lax_sides(x, w.shape[2:], window_strides, dilation, padding)
    return correlate(padded(x, sides), w, window_strides, dilation, feature_group_count)


def lax_conv_transpose(x, w, *, strides, padding, rhs_dilation=None, dimension_numbers=None):
    """The kernel is not flipped (T13); numbers pad the stretched input; names crop as Keras' do (T4, T7)."""
    assert dimension_numbers[1].startswith("OI")
    rank = len(strides)
    dilation = rhs_dilation or (1,) * rank
    if isinstance(padding, str):
        sides = []
        for k, s, d in zip(w.shape[2:], strides, dilation, strict=True):
            reach = extent(k, d)
            total = reach + s - 2 if padding == "SAME" else reach + s - 2 + max(reach - s, 0)
            low = (reach - 1 if s > reach - 1 else math.ceil(total / 2)) if padding == "SAME" else reach - 1
            sides.append((low, total - low))
        padding = sides
    return lax_conv(x, w, window_strides=(1,) * rank, padding=padding, lhs_dilation=strides, rhs_dilation=rhs_dilation)


def lax_reduce_window(x, init, operation, window, strides, padding, window_dilation=None):
    assert window[:2] == strides[:2] == (1, 1)
    kernel, stride, dilation = window[2:], strides[2:], (window_dilation or (1,) * len(window))[2:]
    sides = padding if isinstance(padding, str) else padding[2:]
    sides = lax_sides(x, kernel, stride, dilation, sides)
    if operation == "max":
        return largest(padded(x, sides, init), kernel, stride, dilation)
    assert set(dilation) == {1}
    return sums(padded(x, sides), kernel, stride)


def run(framework, rows, x, weights=()):
    """What rows written for a framework make of x; `weights` are (weight, bias) pairs in the order of their layers."""
    names = {"float": float, "np": np, "x": x}
    for place, (w, b) in enumerate(weights):
        prefix = "" if len(weights) == 1 else ("depthwise_", "pointwise_")[place]
        names |= {f"{prefix}weight": w, f"{prefix}bias": b}
    names |= {
        "pytorch": lambda: {
            "nn": Torch(weights), "torch": SimpleNamespace(ones_like=lambda x: np.ones_like(x, dtype=float)),
        },
        "keras": lambda: vars(Keras(weights)) | {
            "Rescaling": Keras.Rescaling, "tf": SimpleNamespace(nn=SimpleNamespace(depth_to_space=depth_to_space)),
            "ops": SimpleNamespace(
                pad=lambda x, sides, mode="constant", constant_values=0: np.pad(
                    x, sides, mode=mode, **({} if mode != "constant" else {"constant_values": constant_values})
                ),
                ones_like=lambda x: np.ones_like(x, dtype=float), take=np.take,
            ),
        },
        "onnx": lambda: {
            "Conv": onnx_conv, "ConvTranspose": onnx_conv_transpose, "MaxPool": onnx_max_pool,
            "AveragePool": onnx_average_pool, "Pad": onnx_pad, "DepthToSpace": onnx_depth_to_space,
            "Mul": lambda x, factor: x * factor,
        },
        "jax": lambda: {
            "lax": SimpleNamespace(
                conv_general_dilated=lax_conv, conv_transpose=lax_conv_transpose, reduce_window=lax_reduce_window,
                max="max", add="add",
            ),
            "jnp": SimpleNamespace(inf=INFINITY, pad=np.pad, ones_like=lambda x: np.ones_like(x, dtype=float)),
        },
    }[framework]()  # fmt: skip
    for row in rows:
        made = eval(row, names)
        names["x"] = made(names["x"]) if callable(made) else made
    return names["x"]
