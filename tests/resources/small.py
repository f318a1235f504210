"""Small networks whose memory can be counted by hand, and random ones for search."""

from __future__ import annotations

import convmath as cm


def chain():
    """3·20 = 60 in; 5·18 = 90, then 90, then 2·16 = 32."""
    net = cm.Network("chain")
    x = net.input(shape=(1, 3, 20))
    y = net.add(cm.Conv1d(3, 5, 3), x, name="a")
    y = net.add(cm.ReLU(), y, name="b")
    net.add(cm.Conv1d(5, 2, 3), y, name="c")
    return net


def residual():
    """Maps of 4·6·7 = 168; the shortcut waits for two convolutions, the first of them to 9 channels: 378."""
    net = cm.Network("residual")
    x = net.input(shape=(1, 4, 6, 7))
    s = net.add(cm.Conv2d(4, 4, 1), x, name="stem")
    y = net.add(cm.Conv2d(4, 9, 3, padding=1), s, name="wide")
    y = net.add(cm.Conv2d(9, 4, 3, padding=1), y, name="thin")
    net.add(cm.Add(), s, y, name="sum")
    return net


def dense():
    """Three layers of growth 2 upon 3 channels of 10: every map waits for all concatenations to come."""
    net = cm.Network("dense")
    maps = [net.input(shape=(1, 3, 10))]
    for number in (1, 2, 3):
        joined = net.add(cm.Concat(), *maps, name=f"concat{number}") if len(maps) > 1 else maps[0]
        maps.append(net.add(cm.Conv1d(1 + 2 * number, 2, 3, padding=1), joined, name=f"grow{number}"))
    net.add(cm.Concat(), *maps, name="end")
    return net


def unet():
    """One step down and up again: 2·64 = 128 wait above while 4·32 go below."""
    net = cm.Network("unet")
    x = net.input(shape=(1, 1, 64))
    top = net.add(cm.Conv1d(1, 2, 3, padding=1), x, name="top")
    down = net.add(cm.MaxPool1d(2), top, name="pool")
    low = net.add(cm.Conv1d(2, 4, 3, padding=1), down, name="low")
    up = net.add(cm.ConvTranspose1d(4, 2, 2, stride=2), low, name="up")
    joined = net.add(cm.Concat(), top, up, name="join")
    net.add(cm.Conv1d(4, 1, 1), joined, name="head")
    return net


def random_network(dice, layers):
    """A graph of convolutions of random widths and joins of random earlier values, all eight positions long."""
    net = cm.Network("random")
    values = [(net.input(shape=(1, 2, 8)), 2)]
    for number in range(layers):
        kind = dice.random()
        if kind < 0.15:
            value, width = dice.choice(values)
            values.append((net.add(cm.ReLU(), value, name=f"n{number}"), width))
        elif kind < 0.65 or len(values) < 3:
            value, width = dice.choice(values[-3:])
            made = dice.randint(1, 9)
            values.append((net.add(cm.Conv1d(width, made, 1), value, name=f"n{number}"), made))
        else:
            chosen = dice.sample(values, dice.randint(2, min(3, len(values))))
            joined = net.add(cm.Concat(), *(value for value, _ in chosen), name=f"n{number}")
            values.append((joined, sum(width for _, width in chosen)))
    return net
