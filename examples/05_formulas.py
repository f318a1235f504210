"""Formulas instead of numbers: one layer, a whole network, and questions about all sizes at once."""

import convmath as cm

# A formula as the rule writes it, its normal form, and a number.
output = cm.formula("ConvTranspose2d", "output")
print(output, "|", output.at(i=7, k=4, s=2, p=1))

# A network in letters: the totals need no more atoms than there are resolutions.
H, W = cm.symbols("H W")
report = cm.zoo.resnet152().analyze((1, 3, H, W))
print("ResNet-152:", report.totals.macs, "MACs")
print("at 224 x 224:", f"{report.totals.macs.at(H=224, W=224):,}")

# Every skip connection of a padded U-Net joins for these heights, and for no others.
unet = cm.zoo.unet_padded().analyze((1, 1, H, 224))
print("U-Net:", cm.solutions(*(condition.verdict for row in unet for condition in row.conditions)))

# What is claimed for all sizes is proven, or refuted by an example.
print(f"2*ceil(H/2) >= H: {cm.at_least(2 * -(-H // 2), H)};  2*floor(H/2) >= H: {cm.at_least(2 * (H // 2), H)}")
