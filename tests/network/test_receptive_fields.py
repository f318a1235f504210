"""Receptive fields where paths meet: numbers worked by hand, and every reachable position counted."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

import convmath as cm
from convmath.core.extent import Extent
from convmath.core.receptive_field import ReceptiveField


def last(net):
    return net.analyze().rows[-1]


def two_paths(shape, left, right, join):
    """An input, a chain of layers on either side, and the layer where they meet."""
    net = cm.Network()
    start = net.input(shape=shape)
    ends = []
    for side, chain in (("left", left), ("right", right)):
        x = start
        for place, layer in enumerate(chain):
            x = net.add(layer, x, name=f"{side}{place}")
        ends.append(x)
    net.add(join, *ends, name="join")
    return net


def test_a_residual_is_aligned():
    # Two padded 3×3 convolutions see −2 … 2; the shortcut sees 0. Both have centre 0.
    conv = cm.Conv2d(4, 4, 3, padding=1)
    row = last(two_paths((1, 4, 9, 9), (conv, conv), (), cm.Add()))
    assert [(field.size, field.jump, field.start) for field in row.fields] == [(5, 1, -2)] * 2
    assert row.aligned


def test_a_crop_at_both_ends_is_aligned():
    # A 3×3 convolution without padding sees 0 … 2, the input cropped by 1 sees 1.
    row = last(two_paths((1, 4, 9, 9), (cm.Conv2d(4, 4, 3),), (cm.Cropping2d(1),), cm.Concat()))
    assert [(field.size, field.jump, field.start) for field in row.fields] == [(3, 1, 0)] * 2
    assert row.aligned


def test_a_crop_at_one_end_is_misaligned():
    # Cropped by 2 on the right, the shortcut sees 0; the convolution's centre is 1.
    row = last(two_paths((1, 4, 9, 9), (cm.Conv2d(4, 4, 3),), (cm.Cropping2d((0, 2, 0, 2)),), cm.Concat()))
    assert [(field.size, field.jump, field.start) for field in row.fields] == [(3, 1, 0)] * 2
    assert not row.aligned


def test_paths_side_by_side_are_united():
    # A 2-wide window on the left sees 0 … 1, a crop by 4 from the left sees 4: together 0 … 4.
    row = last(two_paths((1, 4, 9), (cm.Conv1d(4, 4, 2), cm.Cropping1d((0, 3))), (cm.Cropping1d((4, 0)),), cm.Add()))
    assert [(field.size, field.jump, field.start) for field in row.fields] == [(5, 1, 0)]
    assert not row.aligned


def test_the_axes_are_told_apart():
    row = last(two_paths((1, 4, 9, 9), (cm.Conv2d(4, 4, (5, 1), padding=(2, 0)),), (), cm.Add()))
    assert [(field.size, field.start) for field in row.fields] == [(5, -2), (1, 0)]
    assert row.aligned


def test_jumps_that_differ_are_told_position_by_position():
    row = last(two_paths((1, 4, 1, 1), (cm.Conv2d(4, 4, 1, stride=2),), (), cm.Add()))
    assert row.fields == (None, None)  # of one position
    assert not row.aligned
    # A 3-wide window by 3 sees 3o … 3o + 2, the crop 3 + o: position 0 sees 0 … 3 and position 2 sees 5 … 8.
    row = last(two_paths((1, 4, 9), (cm.Conv1d(4, 4, 3, stride=3),), (cm.Cropping1d((3, 3)),), cm.Add()))
    assert row.fields == (Extent((0, 3, 5), (3, 5, 8), 0),)
    assert (row.fields[0].size, row.fields[0].jump, row.aligned) == (4, "varies", False)


def test_three_paths():
    net = cm.Network()
    x = net.input(shape=(1, 4, 9, 9))
    paths = [net.add(cm.Conv2d(4, 4, k, padding=k // 2), x) for k in (1, 3, 7)]
    net.add(cm.Concat(), *paths)
    row = last(net)
    assert [(field.size, field.start) for field in row.fields] == [(7, -3)] * 2
    assert row.aligned


def test_one_misaligned_path_of_three():
    net = cm.Network()
    x = net.input(shape=(1, 4, 9, 9))
    a = net.add(cm.Conv2d(4, 4, 3, padding=1), x)
    b = net.add(cm.Conv2d(4, 4, 2, padding=((0, 1), (0, 1))), x)
    net.add(cm.Add(), x, a, b)
    row = last(net)
    assert [(field.size, field.start) for field in row.fields] == [(3, -1)] * 2
    assert not row.aligned


def test_a_global_pool_sees_everything_and_so_does_what_it_gates():
    net = cm.Network()
    x = net.input(shape=(1, 4, 9, 9))
    y = net.add(cm.Conv2d(4, 4, 3, padding=1), x, name="conv")
    gate = net.add(cm.GlobalAvgPool(), y, name="pool")
    net.add(cm.Multiply(), y, gate, name="gated")
    report = net.analyze()
    assert report["conv"].fields[0].size == 3
    assert report["pool"].fields == report["gated"].fields == (None, None)
    assert report["gated"].aligned
    assert report.notes == ()


def test_flattening_sees_everything():
    report = cm.Sequential(cm.Conv2d(4, 4, 3), cm.Flatten(), cm.Linear(196, 2)).analyze((1, 4, 9, 9))
    assert [row.fields for row in report.rows[1:]] == [(None, None)] * 2


def test_fields_are_those_of_the_first_input():
    net = cm.Network()
    x, y = net.input("x", (1, 4, 3, 3)), net.input("y", (1, 4))
    net.add(cm.Concat(), net.add(cm.Flatten(), x), y)
    row = last(net)
    assert (row.fields, row.aligned) == ((None, None), True)
    net = cm.Network()
    a, b = net.input("a", (1, 4, 9)), net.input("b", (1, 4, 9))
    wide = net.add(cm.Conv1d(4, 4, 7, padding=3), b, name="wide")
    net.add(cm.Add(), net.add(cm.Conv1d(4, 4, 3, padding=1), a), wide, name="sum")
    report = net.analyze()
    assert report["wide"].fields == ()
    assert report["sum"].fields[0].size == 3
    assert report.notes == ("Receptive fields are over a, the first of 2 inputs.",)


def test_one_position_broadcast_over_an_axis_does_not_move_along():
    net = cm.Network()
    x = net.input(shape=(1, 4, 7, 7))
    gate = net.add(cm.DepthwiseConv2d(4, 7), x)
    net.add(cm.Multiply(), x, gate, name="gated")
    assert net.analyze()["gated"].fields == (None, None)


def test_resnet50_by_hand():
    report = cm.zoo.resnet50().analyze()
    # 7×7 by 2 sees 7; 3×3 pooling by 2 adds 2·2. A 3×3 convolution adds twice the jump: 3 of them at 4; then
    # 1 at 4 and 3 at 8; 1 at 8 and 5 at 16; 1 at 16 and 2 at 32.
    grown = [7, 11, 11 + 24, 35 + 8 + 48, 91 + 16 + 160, 267 + 32 + 128]
    rows = [report[name] for name in ("conv1", "maxpool", "layer1", "layer2", "layer3", "layer4")]
    assert [row.fields[0].size for row in rows] == grown
    assert [row.fields[0].jump for row in rows] == [2, 4, 4, 8, 16, 32]
    assert report.notes == ()


def convolution(kernel, low, dilation):
    low = min(low, dilation * (kernel - 1))
    return cm.Conv1d(1, 1, kernel, padding=((low, dilation * (kernel - 1) - low),), dilation=dilation)


def transposed(kernel, stride):
    return cm.ConvTranspose1d(1, 1, kernel, stride=stride)


LAYERS = st.one_of(
    st.builds(convolution, st.integers(1, 4), st.integers(0, 9), st.integers(1, 3)),
    st.builds(cm.MaxPool1d, st.integers(1, 3), st.integers(1, 3)),
    st.builds(transposed, st.integers(1, 4), st.integers(1, 3)),
)


def reach_of(net, report):
    """Which input positions a position of a node sees: a function that walks every path back, tap by tap."""
    stages = [()] + [row.layer.facts(*row.inputs).stages for row in report.rows]

    @cache
    def seen(index, position):
        if index == 0:
            return frozenset((position,))
        read = {position}
        for (window,) in reversed(stages[index]):
            read = {tap for output in read for tap in window.reads(output)}
        return frozenset().union(*(seen(ref.node, tap) for ref in net.nodes[index].inputs for tap in read))

    return seen


def bounds(positions):
    return (min(positions), max(positions)) if positions else None


def test_the_walk_itself_by_hand():
    net = two_paths(
        (1, 1, 12), (cm.Conv1d(1, 1, 3, padding=1), cm.Conv1d(1, 1, 3, padding=2, dilation=2)), (), cm.Add()
    )
    seen = reach_of(net, net.analyze())
    assert seen(2, 5) == {2, 3, 4, 5, 6, 7, 8}
    assert seen(3, 0) == {-3, -2, -1, 0, 1, 2, 3}


@given(st.lists(st.tuples(LAYERS, st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=6))
def test_bounds_are_those_of_all_positions_that_are_reached(steps):
    net = cm.Network()
    values = [(net.input(shape=(1, 1, 40)), (1, 1, 40))]
    for layer, back, other in steps:
        tensor, shape = values[max(0, len(values) - 1 - back)]
        if not 8 <= shape[2] <= 200:
            continue
        made = layer.output_shape(shape)
        values.append((net.add(layer, tensor), made))
        twins = [value for value, size in values if size == made]
        values.append((net.add(cm.Add(), values[-1][0], twins[other % len(twins)]), made))
    report = net.analyze()
    seen = reach_of(net, report)
    for index, row in enumerate(report.rows, start=1):
        (field,) = row.fields
        if isinstance(field, ReceptiveField):
            for position in range(row.outputs[0][2]):
                low, high = field.interval(position)
                assert ((low, high) if low <= high else None) == bounds(seen(index, position))
