"""The TF-slim networks of the published receptive-field table, as far as receptive fields and MACs need them.

Steps are written as the kernel's height×width, `/2` for the stride, and `v` for VALID padding instead of SAME:
"3x3/2v". Poolings are steps like convolutions. Where only receptive fields are asked for, one channel will do.
"""

import re

from convmath.layers.activation import ReLU
from convmath.layers.conv import Conv2d
from convmath.layers.merge import Add
from convmath.layers.pad import ZeroPad2d
from convmath.layers.pool import MaxPool2d
from convmath.network.network import Network, Sequential

RESNET_BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}


def resnet_v1(depth):
    """slim's ResNet: explicit padding around strided convolutions, and the stride in the last unit of a block."""
    net = Network(f"resnet_v1_{depth}")
    x = net.add(ZeroPad2d(3), net.input(), name="conv1.pad")
    x = net.add(Conv2d(3, 64, 7, 2, bias=False), x, name="conv1")
    x = net.add(MaxPool2d(3, 2, "same", convention="tensorflow"), x, name="pool1")
    channels = 64
    for block, count in enumerate(RESNET_BLOCKS[depth], 1):
        width = 64 * 2 ** (block - 1)
        for unit in range(1, count + 1):
            stride = 2 if unit == count and block < 4 else 1
            x = _unit(net, x, channels, width, stride, f"block{block}.unit{unit}")
            channels = 4 * width
    return net


def _unit(net, x, channels, width, stride, name):
    if channels != 4 * width:
        shortcut = net.add(Conv2d(channels, 4 * width, 1, stride, bias=False), x, name=f"{name}.shortcut")
    elif stride > 1:
        shortcut = net.add(MaxPool2d(1, stride), x, name=f"{name}.subsample")
    else:
        shortcut = x
    residual = Sequential(
        Conv2d(channels, width, 1, bias=False),
        Conv2d(width, width, 3, stride, 1, bias=False),
        Conv2d(width, 4 * width, 1, bias=False),
    )
    y = net.add(residual, x, name=name)
    return net.add(ReLU(), net.add(Add(), shortcut, y, name=f"{name}.add"), name=f"{name}.relu")


def alexnet_v2():
    return chain(
        "alexnet_v2",
        ("conv1", "11x11/4v"), ("pool1", "3x3/2v"), ("conv2", "5x5"), ("pool2", "3x3/2v"),
        ("conv3", "3x3"), ("conv4", "3x3"), ("conv5", "3x3"), ("pool5", "3x3/2v"),
    )  # fmt: skip


def mobilenet_v1():
    strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
    blocks = ((f"Conv2d_{place}_pointwise", f"3x3/{stride} 1x1") for place, stride in enumerate(strides, 1))
    return chain("mobilenet_v1", ("Conv2d_0", "3x3/2"), *blocks)


def inception_v2():
    same = ("1x1", "1x1 3x3", "1x1 3x3 3x3", "3x3 1x1")
    down = ("1x1 3x3/2", "1x1 3x3 3x3/2", "3x3/2")
    return chain(
        "inception_v2",
        ("Conv2d_1a_7x7", "7x7/2"), ("MaxPool_2a_3x3", "3x3/2"), ("Conv2d_2b_1x1", "1x1"), ("Conv2d_2c_3x3", "3x3"),
        ("MaxPool_3a_3x3", "3x3/2"), ("Mixed_3b", *same), ("Mixed_3c", *same), ("Mixed_4a", *down),
        *((f"Mixed_4{letter}", *same) for letter in "bcde"), ("Mixed_5a", *down), ("Mixed_5b", *same),
        ("Mixed_5c", *same),
    )  # fmt: skip


def inception_v4():
    a = ("1x1", "1x1 3x3", "1x1 3x3 3x3", "3x3 1x1")
    b = ("1x1", "1x1 1x7 7x1", "1x1 7x1 1x7 7x1 1x7", "3x3 1x1")
    c = ("1x1", "1x1 1x3", "1x1 3x1", "1x1 3x1 1x3 1x3", "1x1 3x1 1x3 3x1", "3x3 1x1")
    return chain(
        "inception_v4",
        ("Conv2d_1a_3x3", "3x3/2v"), ("Conv2d_2a_3x3", "3x3v"), ("Conv2d_2b_3x3", "3x3"),
        ("Mixed_3a", "3x3/2v", "3x3/2v"), ("Mixed_4a", "1x1 3x3v", "1x1 1x7 7x1 3x3v"),
        ("Mixed_5a", "3x3/2v", "3x3/2v"), *((f"Mixed_5{letter}", *a) for letter in "bcde"),
        ("Mixed_6a", "3x3/2v", "1x1 3x3 3x3/2v", "3x3/2v"), *((f"Mixed_6{letter}", *b) for letter in "bcdefgh"),
        ("Mixed_7a", "1x1 3x3/2v", "1x1 1x7 7x1 3x3/2v", "3x3/2v"), *((f"Mixed_7{letter}", *c) for letter in "bcd"),
    )  # fmt: skip


def inception_resnet_v2(valid="v"):
    """`valid` is "v", or "" for the variant that keeps all maps aligned by SAME padding."""
    v = valid
    return chain(
        "inception_resnet_v2",
        ("Conv2d_1a_3x3", f"3x3/2{v}"), ("Conv2d_2a_3x3", f"3x3{v}"), ("Conv2d_2b_3x3", "3x3"),
        ("MaxPool_3a_3x3", f"3x3/2{v}"), ("Conv2d_3b_1x1", f"1x1{v}"), ("Conv2d_4a_3x3", f"3x3{v}"),
        ("MaxPool_5a_3x3", f"3x3/2{v}"), ("Mixed_5b", "1x1", "1x1 5x5", "1x1 3x3 3x3", "3x3 1x1"),
        *((f"block35_{place}", "", "1x1", "1x1 3x3", "1x1 3x3 3x3") for place in range(10)),
        ("Mixed_6a", f"3x3/2{v}", f"1x1 3x3 3x3/2{v}", f"3x3/2{v}"),
        *((f"block17_{place}", "", "1x1", "1x1 1x7 7x1") for place in range(19)),
        ("PreAuxLogits", "", "1x1", "1x1 1x7 7x1"),
        ("Mixed_7a", f"1x1 3x3/2{v}", f"1x1 3x3/2{v}", f"1x1 3x3 3x3/2{v}", f"3x3/2{v}"),
        *((f"block8_{place}", "", "1x1", "1x1 1x3 3x1") for place in range(10)),
        ("Conv2d_7b_1x1", "1x1"),
    )  # fmt: skip


def chain(name, *blocks):
    """Blocks one after another, each its name and the steps of its branches; an empty branch is a shortcut."""
    net = Network(name)
    x = net.input()
    for label, *branches in blocks:
        ends = [_branch(net, x, branch, f"{label}.branch{place}") for place, branch in enumerate(branches)]
        x = net.add(Add(), *ends, name=label) if len(ends) > 1 else ends[0]
        if len(ends) == 1:
            x = net.add(ReLU(), x, name=label)
    return net


def _branch(net, x, branch, name):
    for place, step in enumerate(branch.split()):
        height, width, stride, valid = re.fullmatch(r"(\d+)x(\d+)(?:/(\d+))?(v?)", step).groups()
        padding = "valid" if valid else "same"
        conv = Conv2d(1, 1, (int(height), int(width)), int(stride or 1), padding, convention="tensorflow")
        x = net.add(conv, x, name=f"{name}.{place}")
    return x
