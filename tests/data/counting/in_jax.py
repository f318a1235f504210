"""Networks of convmath run by JAX, a layer at a time, so that XLA counts them: what record.py asks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax

import convmath as cm


def convolution(layer, xs, weights):
    x = xs[0]
    pads = [tuple(axis.pads(i, k, s, d)) for axis, i, k, s, d in zip(
        layer.padding, x.shape[2:], layer.kernel_size, layer.stride, layer.dilation, strict=True
    )]  # fmt: skip
    y = lax.conv_general_dilated(
        x, weights["weight"], layer.stride, pads, rhs_dilation=layer.dilation, feature_group_count=layer.groups
    )
    return _shifted(y, weights)


def transposed(layer, xs, weights):
    x, w = xs[0], weights["weight"]
    spans = [d * (k - 1) for k, d in zip(layer.kernel_size, layer.dilation, strict=True)]
    extra = layer.output_padding or (0,) * len(spans)
    crops = [tuple(axis.pads(i, 1, 1, 1)) for axis, i in zip(layer.padding, x.shape[2:], strict=True)]
    pads = [(span - low, span - high + a) for span, (low, high), a in zip(spans, crops, extra, strict=True)]
    g, (c, n) = layer.groups, w.shape[:2]
    turned = jnp.flip(w, range(2, w.ndim)).reshape(g, c // g, *w.shape[1:]).swapaxes(1, 2)
    turned = turned.reshape(g * n, c // g, *w.shape[2:])
    y = lax.conv_general_dilated(
        x, turned, (1,) * len(spans), pads, lhs_dilation=layer.stride, rhs_dilation=layer.dilation,
        feature_group_count=g,
    )  # fmt: skip
    return _shifted(y, weights)


def _shifted(y, weights):
    return y + weights["bias"].reshape(-1, *(1,) * (y.ndim - 2)) if "bias" in weights else y


def linear(layer, xs, weights):
    y = xs[0] @ weights["weight"].T
    return y + weights["bias"] if "bias" in weights else y


def scaled(layer, xs, weights):
    """Batch normalisation as it is when predicting: folded into one scale and one shift."""
    axes = (-1, *(1,) * (xs[0].ndim - 2))
    return xs[0] * weights["running_var"].reshape(axes) + weights["running_mean"].reshape(axes)


def pooled(layer, xs, weights, start=-jnp.inf, fold=lax.max):
    pads = [tuple(axis.pads(0, 1, 1, 1)) for axis in layer.padding]
    window, steps = (1, 1, *layer.kernel_size), (1, 1, *layer.steps)
    return lax.reduce_window(xs[0], start, fold, window, steps, [(0, 0), (0, 0), *pads])


def averaged(layer, xs, weights):
    size = 1
    for k in layer.kernel_size:
        size *= k
    return pooled(layer, xs, weights, 0.0, lax.add) / size


def mean(layer, xs, weights):
    return xs[0].mean(tuple(range(2, xs[0].ndim)), keepdims=True)


def joined(layer, xs, weights):
    return jnp.concatenate(xs, 1)


RUN = {
    **dict.fromkeys(("Conv1d", "Conv2d", "Conv3d"), convolution),
    **dict.fromkeys(("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"), transposed),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"), scaled),
    **dict.fromkeys(("MaxPool1d", "MaxPool2d", "MaxPool3d"), pooled),
    **dict.fromkeys(("AvgPool1d", "AvgPool2d", "AvgPool3d"), averaged),
    "Linear": linear,
    "AdaptiveAvgPool2d": mean,
    "ReLU": lambda layer, xs, weights: jax.nn.relu(xs[0]),
    "ReLU6": lambda layer, xs, weights: jax.nn.relu6(xs[0]),
    "Sigmoid": lambda layer, xs, weights: jax.nn.sigmoid(xs[0]),
    "SiLU": lambda layer, xs, weights: jax.nn.silu(xs[0]),
    "Tanh": lambda layer, xs, weights: jnp.tanh(xs[0]),
    "Flatten": lambda layer, xs, weights: xs[0].reshape(xs[0].shape[0], -1),
    "Dropout": lambda layer, xs, weights: xs[0],
    "Identity": lambda layer, xs, weights: xs[0],
    "Add": lambda layer, xs, weights: xs[0] + xs[1],
    "Multiply": lambda layer, xs, weights: xs[0] * xs[1],
    "Concat": joined,
}


def stored(layer):
    return layer.weights() | layer.buffers()


def flops(net, shape):
    """What XLA says of a network before it optimises it."""
    nodes = net.nodes

    def run(x, weights):
        values = []
        for name, layer, refs, _ in nodes:
            read = [values[ref.node] for ref in refs]
            values.append(x if layer is None else RUN[layer.op](layer, read, weights[name]))
        return values[-1]

    weights = {
        node.name: {name: jax.ShapeDtypeStruct(size, jnp.float32) for name, size in stored(node.layer).items()}
        for node in nodes
        if node.layer is not None
    }
    return jax.jit(run).lower(jax.ShapeDtypeStruct(shape, jnp.float32), weights).cost_analysis().get("flops", 0)


def of_layer(text, shape):
    layer = cm.parse_layer(text)
    if layer.op not in RUN or (layer.op.startswith("Adaptive") and set(layer.output_size) != {1}):
        return None
    if getattr(layer, "padding_mode", "zeros") != "zeros" or not getattr(layer, "track_running_stats", True):
        return None
    return flops(cm.Sequential(layer), shape)


def of_network(name, shape):
    return flops(getattr(cm.zoo, name)(**({"size": shape[2:]} if name.startswith("unet") else {})), shape)
