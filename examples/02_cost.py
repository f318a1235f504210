"""What the kinds of convolution cost for the same channels, kernel and input."""

import convmath as cm

channels, filters, kernel, x = 64, 128, 3, (1, 64, 56, 56)
standard = cm.Conv2d(channels, filters, kernel, padding=1, bias=False)
kinds = {
    "standard": standard,
    "grouped, 8 groups": cm.GroupedConv2d(channels, filters, kernel, 8, padding=1, bias=False),
    "depthwise separable": cm.DepthwiseSeparableConv2d(channels, filters, kernel, padding=1, bias=False),
    "spatially separable": cm.SpatiallySeparableConv2d(channels, filters, kernel, 48, padding=1, bias=False),
    "dilated by 2": cm.DilatedConv2d(channels, filters, kernel, 2, padding=2, bias=False),
    "deformable, version 2": cm.DeformConv2d(channels, filters, kernel, padding=1, bias=False, mask=True),
}
print(f"{'kind':22} {'params':>10} {'MACs':>12} {'of standard':>12} {'sees':>5}")
for name, layer in kinds.items():
    cost = layer.cost(x)
    share = cost.macs / standard.macs(x)
    print(f"{name:22} {cost.params:10,} {cost.macs:12,} {share:12.2f} {layer.receptive_field(x)[0].size:5}")
