"""Choosing a segmentation network under a budget: every width and size of three, measured; the best; a chart."""

from importlib.util import find_spec
from typing import Any

import convmath as cm
from convmath.plan.front import Goal
from convmath.plan.gathering import Front

BUDGET = "macs <= 60G and params <= 25M and peak_activation <= 256Mi and width >= 32"
NETWORKS = {"unet_padded": 1, "fcn_resnet50": 3, "deeplabv3_resnet50": 3}


def designs(name: str, channels: int) -> cm.Sweep:
    """One network, for frames of 2 to 1 and 21 classes; DeepLab is another one for each size."""
    sized = name.startswith("deeplab")

    def build(values: dict[str, Any]) -> cm.Report:
        size = {"size": (values["H"], values["W"])} if sized else {}
        net = getattr(cm.zoo, name)(width=values["width"], classes=21, **size)
        return net.analyze((1, channels, values["H"], values["W"]))

    axes = ["width=8:96:4", "H=128:768:32", "W=2*H"]
    return cm.Sweep(build, axes, "macs,params,peak_activation", BUDGET, anew={"H"} if sized else ())


rows = {}
for name, channels in NETWORKS.items():
    sweep, front, kept = designs(name, channels), Front([Goal("macs", 1), Goal("H", -1)]), 0
    for block in sweep:
        front.take(block.numbers, block.columns)
        kept += len(block)
    rows[name] = [(macs / 1e9, h, width) for width, h, _, macs, *_ in front.rows()]
    macs, h, width = rows[name][-1]
    print(f"{name}: {kept} of {sweep.count} designs; at best frames of {h} x {2 * h}, width {width}, {macs:.1f} G MACs")
if find_spec("matplotlib"):
    from convmath.render.chart import Chart, Series, write_chart

    series = (Series(name, [x for x, *_ in own], [y for _, y, _ in own]) for name, own in rows.items())
    write_chart(Chart("Largest frames for a budget", "MACs, billions", "height", tuple(series)), "plan.svg")
