"""A report as a diagram: its boxes, arrows and groups, counted from the network and by hand."""

from collections import Counter

import numpy as np
import pytest

import convmath as cm
from convmath.core.bound import UNKNOWN
from convmath.core.errors import ParameterError, ShapeError, UnknownNameError
from convmath.render.drawing import STEPS, Arrow

NETWORKS = ("resnet18", "densenet121", "inception_v3", "unet", "wavenet", "r2plus1d_18", "lenet5", "shufflenet_v2_x1_0")


def merging():
    """Two inputs, a split, a layer read twice, paths that meet shifted, and two outputs."""
    net = cm.Network("two")
    a, b = net.input("left", (1, 3, 12, 10)), net.input("right", (1, 3, 12, 10))
    x = net.add(cm.Conv2d(3, 8, 3, padding=1), a, name="enc.left")
    y = net.add(cm.Conv2d(3, 8, 1), b, name="enc.right")
    moved = net.add(cm.Conv2d(8, 8, 2, padding=((0, 1), (0, 1))), x, name="enc.shift")
    s = net.add(cm.Add(), x, moved, name="enc.sum")
    left, right = net.add(cm.Chunk(2), s, name="halves")
    m = net.add(cm.Multiply(), left, right, name="gate")
    twice = net.add(cm.Add(), m, m, name="twice")
    net.add(cm.Concat(), twice, y, name="join")
    net.add(cm.GlobalAvgPool(), y, name="aux")
    return net


def named(drawing):
    """Arrows as (tail's name, head's name, label)."""
    return [(drawing.boxes[a.tail].lines[0], drawing.boxes[a.head].lines[0], a.label) for a in drawing.arrows]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_layer_and_every_connection_is_drawn(name):
    net = getattr(cm.zoo, name)()
    drawing = net.analyze().drawing(limit=10_000)
    inner = len(net.input_shapes)
    results = [box for box in drawing.boxes if box.role == "output"]
    assert len(drawing.boxes) == len(net.nodes) + len(results)
    told = {box.told.partition(" · ")[0]: place for place, box in enumerate(drawing.boxes[: len(net.nodes)])}
    expected = Counter((told[net.nodes[ref.node].name], told[node.name]) for node in net.nodes for ref in node.inputs)
    drawn = Counter((a.tail, a.head) for a in drawing.arrows if drawing.boxes[a.head].role != "output")
    assert drawn == expected
    assert [box.role for box in drawing.boxes[:inner]] == ["input"] * inner
    assert sum(a.head >= len(net.nodes) for a in drawing.arrows) == len(results) == len({r.node for r in net.outputs})


@pytest.mark.parametrize("name", NETWORKS)
def test_groups_nest_as_names_do(name):
    for box in getattr(cm.zoo, name)().analyze().drawing(limit=10_000).boxes:
        if box.role == "layer":
            assert ".".join((*box.group, box.lines[0])) == box.told.partition(" · ")[0]


def test_arrows_and_shapes_by_hand():
    drawing = merging().analyze().drawing()
    assert named(drawing) == [
        ("left", "left", ""),
        ("right", "right", ""),
        ("left", "shift", "8×12×10"),
        ("left", "sum", ""),
        ("shift", "sum", ""),
        ("sum", "halves", ""),
        ("halves", "gate", "4×12×10"),
        ("halves", "gate", "[1]"),
        ("gate", "twice", ""),
        ("gate", "twice", ""),
        ("twice", "join", ""),
        ("right", "join", "8×12×10"),
        ("right", "aux", ""),
        ("join", "output", ""),
        ("aux", "output", ""),
    ]
    assert [box.lines for box in drawing.boxes if box.role == "output"] == [
        ("output", "1×12×12×10"),
        ("output", "1×8×1×1"),
    ]


def test_paths_that_meet_shifted_are_marked_and_said():
    drawing = merging().analyze().drawing()
    assert [box.lines[0] for box in drawing.boxes if box.faulty] == ["sum"]
    assert "Framed in orange: paths of different centre or jump meet" in drawing.notes
    folded = merging().analyze().drawing(depth=1)
    assert [box.lines[0] for box in folded.boxes if box.faulty] == ["enc"]


def test_what_a_network_states_as_its_outputs():
    net = cm.Network("n")
    x = net.input("x", (1, 3, 8, 8))
    y = net.add(cm.ReLU(), x, name="used")
    net.add(cm.ReLU(), y, name="dead")
    net.output(y)
    drawing = net.analyze().drawing()
    assert named(drawing)[-1] == ("used", "output", "")
    assert Arrow(1, 3) in drawing.arrows


def test_a_folded_block_is_read_once_for_each_shape():
    drawing = cm.zoo.resnet18().analyze().drawing(depth=1)
    assert [label for *_, label in named(drawing)] == [
        "", "64×112×112", "", "", "64×56×56", "", "128×28×28", "256×14×14", "512×7×7", "512×1×1", "512", "",
    ]  # fmt: skip
    assert drawing.boxes[5].lines == ("layer1", "14 layers", "462 M · 25.5 %")
    assert drawing.notes[2] == "Folded to depth 1 of 4: 69 layers in 11 boxes"


def test_a_view_is_drawn_as_it_is_folded():
    report = cm.zoo.resnet18().analyze()
    assert report.fold(2).drawing() == report.drawing(depth=2)
    assert len(report.top(3).drawing().boxes) == 1 + 3


def test_an_input_may_be_called_like_a_block():
    net = cm.Network("n")
    x = net.input("a", (1, 3, 8, 8))
    net.add(cm.ReLU(), net.add(cm.ReLU(), x, name="a.x"), name="a.y")
    assert [(arrow.tail, arrow.head) for arrow in net.analyze().drawing(depth=1).arrows] == [(0, 1), (1, 2)]


@pytest.mark.parametrize("colour", ["macs", "params", "activations"])
def test_colours_rise_with_the_cost(colour):
    report = cm.zoo.resnet18().analyze()
    drawing = report.drawing(colour=colour)
    costs = [getattr(row.cost, colour) for row in report.rows]
    steps = [box.step for box in drawing.boxes if box.role == "layer"]
    assert all((step is None) == (cost == 0) for cost, step in zip(costs, steps, strict=True))
    pairs = sorted((cost, step) for cost, step in zip(costs, steps, strict=True) if cost)
    assert [step for _, step in pairs] == sorted(step for _, step in pairs)
    # Six classes of equal width, the upper end in each.
    assert all(step * max(costs) < cost * STEPS <= (step + 1) * max(costs) for cost, step in pairs)


def test_without_colours_there_are_no_costs():
    drawing = cm.zoo.resnet18().analyze().drawing(colour="none")
    assert drawing.scale is None
    assert {box.step for box in drawing.boxes} == {None}
    assert max(len(box.lines) for box in drawing.boxes) == 2


def test_formulas_have_no_share():
    h, w = cm.symbols("H W")
    drawing = cm.zoo.resnet18().analyze((1, 3, h, w)).drawing(depth=1)
    assert drawing.scale is None
    assert drawing.boxes[1].lines == ("conv1", "Conv2d 7×7 stride 2", "9408·⌈H/2⌉⌈W/2⌉")
    assert drawing.boxes[-2].lines == ("fc", "Linear", "512 k")
    assert drawing.notes[1] == "11.7 M parameters · MACs by a formula · 69 layers"
    assert ("conv1", "bn1", "64 × ⌈H/2⌉ × ⌈W/2⌉") in named(drawing)


def test_what_is_not_known_is_marked_and_has_no_share():
    report = cm.Sequential(cm.Conv2d(3, 8, 3), cm.Conv2d(8, 2, 1)).analyze((1, 3, 9, 9))
    report.rows = report.whole.rows = (
        report.rows[0]._replace(cost=report.rows[0].cost._replace(macs=UNKNOWN)),
        report.rows[1],
    )
    drawing = report.drawing()
    assert [box.unknown for box in drawing.boxes] == [False, True, False, False]
    assert drawing.boxes[1].lines == ("0", "Conv2d 3×3", "MACs unknown")
    assert drawing.boxes[2].lines == ("1", "Conv2d 1×1", "784 · 100 %")
    assert drawing.scale.label == "share of known MACs"


def test_batches_that_differ_are_told():
    net = cm.Network("n")
    a, b = net.input("a", (1, 3, 4, 4)), net.input("b", (2, 3, 4, 4))
    net.add(cm.Add(), a, net.add(cm.Conv2d(3, 3, 3, padding=1), b, name="c"), name="s")
    drawing = net.analyze().drawing()
    assert drawing.notes[0] == "a 1×3×4×4, b 2×3×4×4"


# Folding by a limit.


def test_a_limit_folds_and_the_notes_say_so():
    report = cm.zoo.densenet121().analyze()
    drawing = report.drawing()
    assert len([box for box in drawing.boxes if box.role in {"layer", "block"}]) <= 200
    assert drawing.notes[2] == "Folded to depth 3 of 4: 427 layers in 79 boxes (a limit of 427 unfolds it)"
    assert len(report.drawing(limit=427).notes) == 2
    assert report.drawing(limit=426).notes[2] == drawing.notes[2]
    assert len(report.drawing(limit=427).boxes) == 1 + 427 + 1


def flat(count, reads):
    """A network of so many layers whose names say nothing, each of which reads up to `reads` others."""
    net = cm.Network("flat")
    made = [net.input("x", (1, 2, 4, 4))]
    for index in range(count):
        chosen = [made[(index * 7 + k * k) % len(made)] for k in range(reads)]
        made.append(net.add(cm.Concat() if reads == 1 else cm.Add(), *chosen, name=f"n{index}"))
    return net.analyze()


@pytest.mark.parametrize(("count", "reads", "limit"), [(2000, 1, 200), (2000, 3, 200), (300, 20, 50), (2000, 3, 1)])
def test_names_that_say_nothing_are_folded_in_order(count, reads, limit):
    drawing = flat(count, reads).drawing(limit=limit)
    inner = [box for box in drawing.boxes if box.role in {"layer", "block"}]
    assert len(inner) <= limit
    assert len([a for a in drawing.arrows if drawing.boxes[a.head].role != "output"]) <= 4 * limit
    assert len(drawing.boxes) <= 1 + 2 * limit
    assert sum(int(box.lines[1].split()[0]) for box in inner) == count
    many = "1 box" if len(inner) == 1 else f"{len(inner)} boxes"
    assert drawing.notes[2].startswith(f"Folded in the order of layers: {count} layers in {many} (")


@pytest.mark.parametrize(
    ("shape", "needed"),
    [
        # Of 40 layers 20 read the input, and each of the others these 20: 420 arrows, of which a box has 4.
        (lambda n: {0} if n < 20 else range(1, 21), 105),
        # Each reads the input, n + 1 levels up, and the layer before: 1 + (3 + 4 + … + 41) = 859 levels, 10 for a box.
        (lambda n: {0, n}, 86),
    ],
)
def test_the_limit_that_unfolds_is_told_whatever_sets_it(shape, needed):
    net = cm.Network("dense")
    made = [net.input("x", (1, 2, 4, 4))]
    for index in range(40):
        read = [made[place] for place in sorted(shape(index))]
        made.append(net.add(cm.Add() if len(read) > 1 else cm.ReLU(), *read, name=f"n{index}"))
    report = net.analyze()
    notes = report.drawing(limit=41).notes
    assert notes[2].endswith(f"(a limit of {needed} unfolds it)")
    assert len(report.drawing(limit=needed).notes) == 2
    assert len(report.drawing(limit=needed - 1).notes) == 3


def test_many_inputs_are_counted_beside_and_told_in_their_boxes():
    net = cm.Network("many")
    net.add(cm.Concat(), *(net.input(f"x{place}", (1, 2 + place, 4, 6)) for place in range(5)), name="all")
    drawing = net.analyze().drawing()
    assert drawing.notes[0] == "5 inputs; other shapes without the batch"
    assert drawing.boxes[4].lines == ("x4", "1×6×4×6")
    assert drawing.breadth == 5


def test_names_of_ten_thousand_parts_are_no_trouble():
    net = cm.Network("deep")
    x = net.input("x", (1, 2, 4, 4))
    for index in range(5):
        x = net.add(cm.ReLU(), x, name=f"{'a.' * 10_000}{index}")
    drawing = net.analyze().drawing(repeats=True)
    assert max(len(box.group) for box in drawing.boxes) == 1


# Equal blocks, drawn once.


def test_equal_blocks_are_drawn_once_with_the_cost_of_all():
    report = cm.zoo.resnet101().analyze()
    drawing = report.drawing(depth=2, repeats=True)
    box = next(box for box in drawing.boxes if box.lines[0] == "1 … 22  ×22")
    # 22 of the 23 blocks of the third stage: 1x1 from 1024 to 256, 3x3, 1x1 back, at 14 x 14 positions.
    macs = 22 * 14 * 14 * (1024 * 256 + 256 * 256 * 9 + 256 * 1024)
    assert box.lines[1:] == ("220 layers", f"{macs / 1e9:.3g} G · {100 * macs / report.totals.macs:.3g} %")
    assert "×n: that many equal blocks follow one another" in drawing.notes
    assert named(drawing)[-1] == ("fc", "output", "")


def test_blocks_that_somebody_else_reads_are_not_joined():
    drawing = cm.zoo.wavenet().analyze().drawing(repeats=True, limit=10_000)
    assert len(drawing.boxes) == len(cm.zoo.wavenet().nodes) + 1


def test_blocks_that_are_handed_out_are_not_joined():
    net = cm.Network("n")
    x = net.input("x", (1, 4, 8, 8))
    made = []
    for index in range(4):
        x = net.add(cm.Conv2d(4, 4, 3, padding=1), x, name=f"b{index}.conv")
        made.append(x)
    plain = net.analyze().drawing(repeats=True)
    assert [box.lines[0] for box in plain.boxes] == ["x", "b0.conv … b3.conv  ×4", "output"]
    net.output(made[1], made[3])
    drawing = net.analyze().drawing(repeats=True)
    assert [box.lines[0] for box in drawing.boxes] == [
        "x",
        "b0.conv … b1.conv  ×2",
        "b2.conv … b3.conv  ×2",
        "output",
        "output",
    ]
    assert [(arrow.tail, arrow.head) for arrow in drawing.arrows] == [(0, 1), (1, 2), (1, 3), (2, 4)]


# Errors.


def test_what_cannot_be_drawn_is_said():
    report = cm.zoo.lenet5().analyze()
    with pytest.raises(ParameterError, match=r"^depth must be an integer of at least 1, not 0$"):
        report.drawing(depth=0)
    with pytest.raises(ParameterError, match=r"^limit must be an integer of at least 1, not True$"):
        report.drawing(limit=True)
    with pytest.raises(UnknownNameError, match=r"no colouring is called 'mac'; did you mean macs\?"):
        report.drawing(colour="mac")
    with pytest.raises(UnknownNameError, match="no direction is called 'up'"):
        report.drawing(direction="up")
    many = cm.Sequential(cm.ReLU()).analyze((1, 3, np.array([8, 9]), 8))
    with pytest.raises(ShapeError, match=r"^input: a diagram shows one size at a time, not an array of sizes"):
        many.drawing()


def with_unknown(size=12):
    """A block of 36 · (H - 2) · 10 MACs and more that nobody knows, one of 10 · that, and an operator by itself."""
    net = cm.Network("unknown")
    x = net.input("x", (1, 2, size, 12))
    x = net.add(cm.Conv2d(2, 2, 3), x, name="part.conv")
    x = net.add(cm.Unknown("Mystery", ((1, 20, 12, 12),)), x, name="part.odd")
    x = net.add(cm.Conv2d(20, 2, 3), x, name="whole.conv")
    x = net.add(cm.ReLU(), x, name="whole.act")
    net.add(cm.Unknown("NonMaxSuppression", ((1, 9, 4),), 7), x, name="nms")
    return net


def test_shares_beside_what_is_unknown():
    drawing = with_unknown().analyze().drawing(depth=1)
    part, whole, nms = drawing.boxes[1:4]
    assert part.lines == ("part", "2 layers", "≥ 3.6 k · 9.09 %", "MACs of 1 unknown")
    assert whole.lines == ("whole", "2 layers", "36 k · 90.9 %")
    assert nms.lines == ("nms", "Unknown NonMaxSuppression", "MACs unknown")
    assert [(box.step, box.unknown) for box in (part, whole, nms)] == [(0, True), (STEPS - 1, False), (None, True)]
    assert drawing.scale == ("share of known MACs", "0", "90.9 %")
    assert "at least 407 parameters · at least 39.6 k MACs · 5 layers" in drawing.notes
    assert "Dashed: the MACs of 2 layers are unknown" in drawing.notes
    assert part.told == "part · at least 38 parameters · at least 3,600 MACs"


def test_costs_that_are_known_beside_unknown_ones():
    drawing = with_unknown().analyze().drawing(depth=1, colour="params")
    # 38 = 2 · 2 · 9 + 2 of the convolution, and what the operator has; the last one's 7 are stated.
    assert [box.lines[2:] for box in drawing.boxes[1:4]] == [
        ("≥ 38 · 9.34 %", "parameters of 1 unknown"),
        ("362 · 88.9 %",),
        ("7 · 1.72 %",),
    ]
    assert not any(box.unknown for box in with_unknown().analyze().drawing(colour="activations").boxes)


def test_formulas_beside_what_is_unknown():
    drawing = with_unknown(cm.symbols("H")).analyze().drawing(depth=1)
    assert drawing.boxes[1].lines[2:] == ("≥ 360·H − 720", "MACs of 1 unknown")
    assert drawing.boxes[1].told.endswith(" · at least 360·H − 720 MACs")
    assert drawing.scale is None
