"""What is asked of a network four times as deep takes four times as many steps of Python, not sixteen times."""

import sys

import pytest

import convmath as cm
from convmath.report.sights_table import sights_table
from convmath.rules.linting import lint


def deep(blocks):
    """Blocks that halve and double the size, split the channels and join them."""
    net = cm.Network("deep")
    x = net.input(shape=(1, 8, 48, 64))
    for block in range(blocks):
        y = net.add(cm.Conv2d(8, 8, 3, stride=2, padding=1), x, name=f"{block}.down")
        y = net.add(cm.Upsample(scale_factor=(2, 2), mode="nearest-exact"), y)
        left, _ = net.add(cm.Chunk(2), y)
        _, right = net.add(cm.Chunk(2), x)
        x = net.add(cm.Concat(), left, right, name=f"{block}.join")
    net.output(x)
    return net


def steps(call):
    """The lines that are run in this package."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        if "convmath" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


QUESTIONS = {
    "building": lambda net: deep(len(net) // 5),
    "analysis": lambda net: net.analyze().totals,
    "formulas": lambda net: net.analyze((1, 8, *cm.symbols("H W"))).totals,
    "fields": lambda net: sights_table(net.analyze().receptive_fields()),
    "lint": lambda net: lint(net.analyze()),
    "inference": lambda net: cm.inference(net.analyze()),
    "training": lambda net: cm.training(net.analyze(), "adam"),
    "counts": lambda net: (report := net.analyze()).counted_like("thop").of(report.rows[-1]),
    "drawing": lambda net: net.analyze().drawing(repeats=True, limit=5000),
    "writing": lambda net: cm.loads(cm.dumps(net)),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_growth_is_linear(question):
    ask = QUESTIONS[question]
    small, large = deep(20), deep(80)
    ask(small)
    assert steps(lambda: ask(large)) < 4.2 * steps(lambda: ask(small))
