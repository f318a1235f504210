"""Fixed kernels on a picture: python examples/06_filters.py [picture.png, .pgm or .ppm] [output.png]."""

import sys

import numpy as np
from pictures import files, scene, sheet

import convmath as cm

SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
LAPLACIAN = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
SOBEL = np.outer([1, 2, 1], [-1, 0, 1])  # from left to right; transposed, from top to bottom
GAUSSIAN = np.outer([1, 6, 15, 20, 15, 6, 1], [1, 6, 15, 20, 15, 6, 1])


def filtered(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    layer = cm.Conv2d(1, 1, kernel.shape, padding="same", padding_mode="replicate", bias=False)
    plan = cm.numeric.plan(layer, (1, 1, *picture.shape), picture.dtype)
    return plan(picture[None, None], {"weight": kernel[None, None]})[0, 0]


# Among 2s, 1 becomes 5·1 − 4·2 = −3 and 3 becomes 5·3 − 4·2 = 7: a contrast of 2 grows to 10.
dots = np.array([[2, 2, 2, 2, 2, 2, 2], [2, 1, 2, 2, 2, 3, 2], [2, 2, 2, 2, 2, 2, 2]])
print(dots, "sharpened:", filtered(dots, SHARPEN), sep="\n")
for name, kernel in {"sharpening": SHARPEN, "Laplacian": LAPLACIAN, "Sobel": SOBEL, "Gaussian": GAUSSIAN}.items():
    print(f"{name:10} {cm.numeric.separate(kernel)}")

try:
    picture = files.read(sys.argv[1]) if len(sys.argv) > 1 else scene.lighthouse()
    across, down = filtered(picture, SOBEL), filtered(picture, SOBEL.T)
    panels = {"PICTURE": sheet.plain(picture), "SHARPENED": sheet.plain(filtered(picture, SHARPEN))}
    panels["GAUSSIAN"] = sheet.plain(filtered(picture, GAUSSIAN / GAUSSIAN.sum()))
    panels["LAPLACIAN"] = sheet.signed(filtered(picture, LAPLACIAN))
    panels |= {"SOBEL X": sheet.signed(across), "SOBEL Y": sheet.signed(down)}
    panels["SOBEL MAGNITUDE"] = sheet.plain(np.hypot(across, down) / 2)
    panels["AND DIRECTION"] = sheet.directed(across, down)
    print("written to", files.write((sys.argv[2:] or ["filters.png"])[0], sheet.side_by_side(panels, columns=4)))
except files.PictureError as error:
    print("error:", error, file=sys.stderr)
    sys.exit(2)
