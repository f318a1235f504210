"""A small encoder and decoder of one's own, with a skip connection, told layer by layer."""

import convmath as cm

net = cm.Network("little u")
x = net.input(shape=(1, 3, 96, 128))
skip = net.add(cm.Conv2d(3, 16, 3, padding=1), x, name="encode.conv")
y = net.add(cm.MaxPool2d(2), skip, name="encode.pool")
y = net.add(cm.Conv2d(16, 32, 3, padding=1), y, name="middle")
y = net.add(cm.ConvTranspose2d(32, 16, 2, stride=2), y, name="decode.up")
y = net.add(cm.Concat(), y, skip, name="decode.join")
net.add(cm.Conv2d(32, 2, 1), y, name="head")

report = net.analyze()
print(report)
print(f"\n{report.totals.flops:,} FLOPs, {report.totals.weight_bytes():,} bytes of weights in float32")

# After the transposed convolution neighbours see differently: one interval for each phase.
print("decode.up sees", report["decode.up"].fields[0].sizes, "positions, even and odd")
