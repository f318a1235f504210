"""How each framework's own layers are written, here by hand, and random ones over several axes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import convmath as cm

FRAMEWORKS = ("pytorch", "keras", "onnx", "jax")

OWN = {
    ("pytorch", "conv"): "nn.Conv{r}d({c}, {n}, {k}, stride={s}, padding={p}, dilation={d}, groups={g}, bias={b})",
    ("pytorch", "transposed"): (
        "nn.ConvTranspose{r}d({c}, {n}, {k}, stride={s}, padding={p}, output_padding={a}, "
        "groups={g}, bias={b}, dilation={d})"
    ),
    ("pytorch", "max"): "nn.MaxPool{r}d({k}, stride={s}, padding={p}, dilation={d}, ceil_mode={ceil})",
    ("pytorch", "average"): "nn.AvgPool{r}d({k}, stride={s}, padding={p}, ceil_mode={ceil}, count_include_pad={count})",
    ("keras", "conv"): "Conv{r}D({n}, {k}, strides={s}, padding={p}, dilation_rate={d}, groups={g}, use_bias={b})",
    ("keras", "depthwise"): (
        "DepthwiseConv{r}D({k}, strides={s}, padding={p}, depth_multiplier={m}, dilation_rate={d}, use_bias={b})"
    ),
    ("keras", "transposed"): (
        "Conv{r}DTranspose({n}, {k}, strides={s}, padding={p}, output_padding={a}, dilation_rate={d}, use_bias={b})"
    ),
    ("keras", "max"): "MaxPooling{r}D({k}, strides={s}, padding={p})",
    ("keras", "average"): "AveragePooling{r}D({k}, strides={s}, padding={p})",
    ("onnx", "conv"): "Conv(x, weight, {bias}, kernel_shape={k}, strides={s}, {p}, dilations={d}, group={g})",
    ("onnx", "transposed"): (
        "ConvTranspose(x, weight, {bias}, kernel_shape={k}, strides={s}, {p}, "
        "output_padding={a}, dilations={d}, group={g})"
    ),
    ("onnx", "max"): "MaxPool(x, kernel_shape={k}, strides={s}, {p}, dilations={d}, ceil_mode={ceil})",
    ("onnx", "average"): (
        "AveragePool(x, kernel_shape={k}, strides={s}, {p}, ceil_mode={ceil}, count_include_pad={count})"
    ),
    ("jax", "conv"): (
        "lax.conv_general_dilated(x, weight, window_strides={s}, padding={p}, "
        "rhs_dilation={d}, feature_group_count={g})"
    ),
    ("jax", "transposed"): (
        "lax.conv_transpose(x, weight, strides={s}, padding={p}, rhs_dilation={d}, "
        'dimension_numbers=("NCH", "OIH", "NCH"))'
    ),
    ("jax", "max"): (
        "lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, *{k}), (1, 1, *{s}), {p}, window_dilation=(1, 1, *{d}))"
    ),
    ("jax", "average"): "lax.reduce_window(x, 0.0, lax.add, (1, 1, *{k}), (1, 1, *{s}), {p}) / {taps}",
}


class Drawn(NamedTuple):
    """A layer, how its own framework writes it, its weights there, and an input (N, C, …)."""

    layer: cm.Layer
    rows: tuple[str, ...]
    weights: list[tuple[np.ndarray, np.ndarray | None]]
    x: np.ndarray


SOURCE_LAYOUT = {
    ("pytorch", "conv"): "NC*",
    ("pytorch", "transposed"): "CN*",
    ("onnx", "conv"): "NC*",
    ("onnx", "transposed"): "CN*",
    ("jax", "conv"): "NC*",
    ("jax", "transposed"): "NC*",
    ("keras", "conv"): "*CN",
    ("keras", "transposed"): "*NC",
    ("keras", "depthwise"): "*NC",
}
"""Where the channels stand that come in (C, for groups their share) and go out (N); a depthwise N is its input."""


def drawn(rng, source, kind):
    """A random layer of a framework."""
    rank = rng.choice((1, 2, 2, 3))
    some = lambda *choices: tuple(rng.choice(choices) for _ in range(rank))  # noqa: E731
    k, s, d = some(1, 2, 3, 4), some(1, 2, 3), some(1, 1, 2)
    if kind == "average" or (source == "keras" and (kind == "max" or max(s) > 1)):
        d = (1,) * rank
    name = rng.choice(
        {
            "keras": ("same", "valid"),
            "pytorch": (None,),
            "onnx": (None, "SAME_UPPER", "SAME_LOWER"),
            "jax": (None, "SAME"),
        }[source]
    )
    if name and kind == "transposed" and any(d_ * (k_ - 1) + 1 < s_ for k_, s_, d_ in zip(k, s, d, strict=True)):
        k = s  # ONNX's own implementations disagree about smaller ones
        d = (1,) * rank
    p = tuple(rng.randrange(k_ // 2 + 1) for k_ in k)
    low, high = (p, p) if source == "pytorch" else (p, tuple(rng.randrange(k_ // 2 + 1) for k_ in k))
    if source == "jax":  # negative padding crops, and of a transposed convolution may be as much as one likes
        low, high = (tuple(rng.randrange(-1, k_ + 2 if kind == "transposed" else k_) for k_ in k) for _ in range(2))
    a = (
        tuple(rng.randrange(min(s_, 2)) for s_ in s)
        if kind == "transposed" and source in {"pytorch", "onnx"} and not name
        else None
    )
    groups = (
        rng.choice((1, 1, 2, 4)) if kind == "conv" or (kind == "transposed" and source in {"pytorch", "onnx"}) else 1
    )
    c, n = 4, rng.choice((4, 8))
    bias = rng.random() < 0.5 and source != "jax"
    ceil = source in {"pytorch", "onnx"} and rng.random() < 0.5 and not name
    count = rng.random() < 0.5
    padding = name.lower() if name else tuple(zip(low, high, strict=True))
    options = {"stride": s, "padding": padding, "convention": source}
    if kind in {"conv", "transposed"}:
        more = {"output_padding": a} if kind == "transposed" else {}
        layer = getattr(cm, {"conv": "Conv", "transposed": "ConvTranspose"}[kind] + f"{rank}d")(
            c, n, k, dilation=d, groups=groups, bias=bias, **options, **more
        )
    elif kind == "max":
        layer = getattr(cm, f"MaxPool{rank}d")(k, dilation=d, ceil_mode=ceil, **options)
    else:
        layer = getattr(cm, f"AvgPool{rank}d")(k, ceil_mode=ceil, count_include_pad=count, **options)
    spelled = {
        "pytorch": repr(p),
        "keras": repr(name),
        "onnx": f'auto_pad="{name}"' if name else f"pads={[*low, *high]}",
        "jax": repr(
            name or ((((0, 0), (0, 0)) if kind in {"max", "average"} else ()) + tuple(zip(low, high, strict=True)))
        ),
    }[source]
    form = "depthwise" if (source, kind) == ("keras", "conv") and groups == c and rank < 3 else kind
    row = OWN[source, form].format(
        r=rank, c=c, n=n, k=list(k) if source == "onnx" else k, s=list(s) if source == "onnx" else s, g=groups,
        d=list(d) if source == "onnx" else d, p=spelled, b=bias, bias="bias" if bias else None, m=n // groups,
        a=(list(a) if a else [0] * rank) if source == "onnx" else (a or 0) if source == "pytorch" else None,
        ceil=ceil, count=int(count) if source == "onnx" else count, taps=int(np.prod(k)),
    )  # fmt: skip
    if source == "jax":
        row = row.replace("NCH", "NCDHW"[: rank + 2]).replace("OIH", "OIDHW"[: rank + 2])
        if kind == "average" and not count:
            total = row.partition(" / ")[0]
            row = f"{total} / {total.replace('(x,', '(jnp.ones_like(x),', 1)}"
    weights = []
    if kind in {"conv", "transposed"}:
        sizes = {"C": c // (groups if kind == "conv" else 1), "N": n // (groups if kind == "transposed" else 1)}
        if form == "depthwise":
            sizes = {"N": c, "C": n // c}
        layout = SOURCE_LAYOUT[source, form]
        shape = [size for axis in layout for size in (k if axis == "*" else (sizes[axis],))]
        values = np.random.default_rng(rng.randrange(10**6))
        weights = [(values.integers(-9, 10, shape), values.integers(-9, 10, n) if bias else None)]
    size = [rng.randrange(7, 12) for _ in range(rank)]
    values = np.random.default_rng(rng.randrange(10**6))
    x = values.integers(-99, 100, (2, c, *size)) * (1.0 if kind in {"max", "average"} else 1)
    return Drawn(layer, (row,), weights, x)
