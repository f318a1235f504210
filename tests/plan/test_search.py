"""The cheapest sequence against all sequences, tried one by one."""

from __future__ import annotations

from random import Random

import pytest

import convmath as cm
from convmath.plan.search import search

POOL = [
    "Conv2d(c, c + 1, (3, 1))", "Conv2d(c, c, 3, stride=2, padding=1)",
    "Conv2d(c, c, 3, padding=(1, 2), dilation=(1, 2))", "Conv2d(c, 2*c, 5, padding=2, stride=(2, 1))",
    "Conv2d(c, c, 1)", "MaxPool2d(2)", "Conv2d(c, c, 3, groups=2, padding=1)", "AvgPool2d(3, stride=1)",
    "Conv2d(c, c, 2, stride=3)",
]  # fmt: skip


def along(layer, name, default):
    """A parameter of a layer, one number for each axis; a pool without a stride steps by its kernel."""
    value = getattr(layer, name, default)
    return default if value is None else value


def all_sequences(blocks, x, layers, jump=(1, 1), field=(1, 1), macs=0, params=0):
    """Every sequence that skips nothing and leaves no holes, by the definitions of both."""
    yield tuple(x.spatial), x[1], min(field), macs, params
    for block in blocks if layers else ():
        try:
            layer = cm.parse_layer(block, {"c": x[1]})
            y, cost = layer.output_shape(x), layer.cost(x)
        except cm.ConvmathError:
            continue
        kernel = layer.kernel_size
        stride, dilation = along(layer, "stride", kernel), along(layer, "dilation", (1, 1))
        axes = list(zip(kernel, stride, dilation, jump, field, strict=True))
        if any(d * (k - 1) + 1 < s or (k > 1 and d * j > r) for k, s, d, j, r in axes):
            continue
        yield from all_sequences(
            blocks, y, layers - 1, tuple(j * s for _, s, _, j, _ in axes),
            tuple(r + d * (k - 1) * j for k, _, d, j, r in axes), macs + cost.macs, params + cost.params,
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_cheaper(seed):
    dice = Random(f"search {seed}")
    blocks, x = dice.sample(POOL, 3), cm.Shape((1, 2, dice.randint(8, 14), dice.randint(9, 15)))
    known = list(all_sequences(blocks, x, 3))
    for output, channels, field, macs, params in dice.sample(known, min(len(known), 12)):
        for wanted, limit in ((field, params), (max(field - 2, 1), params + 10), (field + 1, params)):
            text = f"output={output[0]}x{output[1]}, channels={channels}, receptive_field>={wanted}, params<={limit}"
            found = search(blocks, x, text, layers=3)
            fitting = [m for o, c, r, m, p in known if (o, c) == (output, channels) and r >= wanted and p <= limit]
            assert [label.costs[0] for label in found.front] == ([min(fitting)] if fitting else [])
            if fitting:
                report = found.best.analyze() if found.front[0].layers() else None
                assert report is None or report.totals.macs == min(fitting)
        assert macs >= 0


def test_every_field_is_worth_its_cost():
    blocks = ["Conv2d(c, c, 3, padding=1)", "Conv2d(c, c, 5, padding=2)", "Conv2d(c, c, 3, stride=2, padding=1)"]
    x = cm.Shape((1, 3, 16, 18))
    found = search(blocks, x, "output=8x9", layers=4)
    known = [(r, m) for output, _, r, m, _ in all_sequences(blocks, x, 4) if output == (8, 9)]
    best = sorted({(r, m) for r, m in known if not any(r2 >= r and m2 <= m and (r2, m2) != (r, m) for r2, m2 in known)})
    assert [(min(label.field), label.costs[0]) for label in found.front] == best


def test_the_network_is_what_was_promised():
    found = search(
        [f"Conv2d(c, {rest})" for rest in ("2*c, 3, 2, 1", "c, 3, padding=2, dilation=2", "c, 3, padding=1")],
        (1, 4, 64, 48), "output=16x12, receptive_field>=60", minimise="params",
    )  # fmt: skip
    report = found.best.analyze()
    last = report.rows[-1]
    assert last.outputs[0].spatial == (16, 12)
    assert min(field.size for field in last.fields) >= 60
    assert report.totals.params == found.front[0].costs[0]
    assert all(sight.holes == (0, 0) for sight in report.receptive_fields().sights)


def test_twenty_layers_take_few_looks():
    blocks = ["Conv2d(c, 2*c, 3, stride=2, padding=1)", "Conv2d(c, c, 3, padding=1)", "Conv2d(c, c, 5, padding=2)"]
    found = search(blocks, (1, 16, 224, 224), "output=14x14, receptive_field>=200", layers=20)
    assert found.looked_at < 3**8


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"blocks": []}, "there are no blocks to choose from"),
        ({"blocks": ["Conv2d(c, c, 3"]}, "is not an expression"),
        ({"blocks": ["Conv3d(c, c, 3)"], "target": "output=3x3x3"}, "the output has 3 sizes, the input 2"),
        ({"blocks": ["Add()"]}, "takes 2 inputs"),
        ({"blocks": ["ConvTranspose2d(c, c, 2, stride=2)"]}, "does not read by windows"),
        ({"blocks": ["AdaptiveAvgPool2d(1)"]}, "does not read by windows"),
        ({"target": "output>=3x3"}, "of output one says output="),
        ({"target": "output=3by3"}, "'3by3' is no size of an output"),
        ({"target": "size=3"}, "no target is called 'size'"),
        ({"target": "params<=1.5"}, "1.5, which is no integer"),
        ({"target": "macs<=1k, macs<=2k"}, "a cost is limited twice"),
        ({"target": ""}, "'' is no target"),
        ({"minimise": "time"}, "no cost is called 'time'"),
        ({"layers": 65}, "a search takes 1 to 64 layers, not 65"),
        ({"shape": (1, 2, cm.symbols("H"), 8)}, "begins with a shape in numbers"),
    ],
)
def test_refusals(asked, said):
    given = {"blocks": ["Conv2d(c, c, 3)"], "shape": (1, 2, 8, 8), "target": "output=4x4"} | asked
    with pytest.raises(cm.ConvmathError, match=said.replace("(", r"\(").replace(".", r"\.")):
        search(**given)
