"""The size that comes out of a convolution, a pooling and a transposed convolution."""

import convmath as cm

image = (1, 3, 224, 224)
for layer in (
    cm.Conv2d(3, 64, 7, stride=2, padding=3),
    cm.Conv2d(3, 64, 3, padding="same", dilation=2),
    cm.MaxPool2d(3, stride=2, ceil_mode=True),
    cm.ConvTranspose2d(3, 8, 4, stride=2, padding=1),
):
    print(f"{layer!s:55} {layer.output_shape(image)}")

# A kernel that does not fit is refused, with both numbers and what to do.
try:
    cm.Conv2d(3, 8, 9).output_shape((1, 3, 8, 8))
except cm.ShapeError as error:
    print(error)
