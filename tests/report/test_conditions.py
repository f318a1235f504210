"""What symbols leave to hold: told of a layer and of a network, in words and as data."""

import json

import pytest

import convmath as cm
from convmath.layers.parse import parse_layer
from convmath.render import json as renderer
from convmath.report.conditions import asked, conditions_data, remarks_on_layer, remarks_on_network, symbols_of
from convmath.report.describe import description, layer_report
from convmath.report.questions import accepted, demands
from convmath.symbolic.implicit import Symbols, parse_symbolic_shape

H, W, k, w = cm.symbols("H W k w")


def report_of(call, *shapes):
    return layer_report(parse_layer(call, Symbols()), tuple(map(parse_symbolic_shape, shapes)))


@pytest.mark.parametrize(
    ("call", "shapes", "claims"),
    [
        ("Conv2d(3, 8, k, stride=s)", ["1x3xHxW"], ["H ≥ k", "W ≥ k"]),
        ("Conv2d(3, 8, k, padding=1)", ["1x3xHxH"], ["H + 2 ≥ k"]),
        ("Conv2d(3, 8, k)", ["1x3x9xH"], ["9 ≥ k: 1 ≤ k ≤ 9", "H ≥ k"]),
        ("Conv2d(C, 8, 3, groups=4)", ["1xCx9x9"], ["C is divisible by 4: C ≡ 0 (mod 4), C ≥ 4"]),
        ("Conv2d(C, M, 3, groups=g)", ["1xCx9x9"], ["C is divisible by g", "M is divisible by g"]),
        ("PixelShuffle(r)", ["1xCxHxW"], ["C is divisible by r²"]),
        ("MaxPool2d(3)", ["1x3xHx9"], ["H ≥ 3"]),
        ("Linear(C, 3)", ["1x9"], ["C = 9"]),
        ("ConvTranspose2d(3, 8, 3, stride=s, output_padding=2)", ["1x3x9x9"], ["s − 1 ≥ 2: s ≥ 3"]),
        ("Add()", ["1x3xH", "1x3xW"], ["H broadcasts with W"]),
        ("Conv2d(3, 8, k, padding='same')", ["1x3xHxW"], []),
        ("ReLU()", ["1x3xHxW"], []),
        ("Conv2d(3, 8, 3)", ["1x3x9x9"], []),
    ],
)
def test_a_layers_conditions(call, shapes, claims):
    report = report_of(call, *shapes)
    assert [one.in_words for one in asked(report)] == claims
    table = description(report.rows[0])
    assert [row[2] for row in table.rows if row[0] == "must hold"] == claims
    assert table.notes == remarks_on_layer(report)
    assert asked(report) == demands(report)


def test_what_is_told_below_a_layer():
    kernel = "the kernel spans k positions, the padded input has"
    mend = "(use a larger input, more padding, or a smaller kernel or dilation)"
    assert remarks_on_layer(report_of("Conv2d(C, 8, k, groups=4)", "1xCxHxW")) == (
        "Accepted: C ≡ 0 (mod 4), C ≥ 4; H ≥ k (not decided); W ≥ k (not decided).",
        "Unless C is divisible by 4: groups=4 must divide in_channels=C (use a divisor of C).",
        f"Unless H ≥ k: axis 0 of size H: {kernel} H {mend}.",
        f"Unless W ≥ k: axis 1 of size W: {kernel} W {mend}.",
    )
    assert remarks_on_layer(report_of("ReLU()", "1x3xHxW")) == ("Accepted: every size.",)
    assert remarks_on_layer(report_of("ReLU()", "1x3x9x9")) == ()


def test_the_first_rule_gives_the_reason():
    (one,) = asked(report_of("Conv2d(3, 8, 3)", "1x3xHxH"))
    assert one.condition.explain().startswith("axis 0 of size H: ")


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        ("Conv2d(C, 8, k, stride=s, groups=g)", "1xCxHxW"),
        ("MaxPool2d(k, s, p)", "1x3xHxW"),
        ("PixelShuffle(r)", "1xCxHxW"),
    ],
)
def test_sizes_that_meet_the_conditions_are_those_that_are_taken(call, shape):
    report = report_of(call, shape)
    names = sorted(symbols_of(report))
    claims = [one.proposition for one in asked(report)]
    for number in range(200):
        values = {name: (number * 7919 // 5**place) % 5 + 1 for place, name in enumerate(names)}
        holds = all(claim.at({name: values[name] for name in claim.names}) is True for claim in claims)
        sizes = tuple(values[word] if word in values else int(word) for word in shape.split("x"))
        try:
            parse_layer(call, values).facts(sizes)
            taken = True
        except (cm.ShapeError, cm.ParameterError):
            taken = False
        assert holds == taken, values


def test_data():
    data = conditions_data(report_of("Conv2d(C, 8, k, groups=4)", "1xCx9x9"))
    assert json.loads(renderer.render(data)) == data
    assert list(data) == ["symbols", "conditions", "accepted"]
    assert data["symbols"] == {"C": 1, "k": 1}
    assert data["conditions"] == [
        {
            "layer": "Conv2d", "text": "C is divisible by 4", "left": "C", "relation": "divisible by", "right": 4,
            "holds_for": "C ≡ 0 (mod 4), C ≥ 4", "otherwise": "groups=4 must divide in_channels=C (use a divisor of C)",
            "mend": None,
        },
        {
            "layer": "Conv2d", "text": "9 ≥ k", "left": 9, "relation": "≥", "right": "k", "holds_for": "1 ≤ k ≤ 9",
            "otherwise": "axis 0 of size 9: the kernel spans k positions, the padded input has 9"
            " (use a larger input, more padding, or a smaller kernel or dilation)",
            "mend": None,
        },
    ]  # fmt: skip
    assert [answer["text"] for answer in data["accepted"]["sizes"].values()] == ["C ≡ 0 (mod 4), C ≥ 4", "1 ≤ k ≤ 9"]
    assert data["accepted"]["undecided"] == []


def test_what_is_not_decided_is_null():
    data = conditions_data(report_of("Conv2d(3, 8, k)", "1x3xHx9"))
    assert [one["holds_for"] for one in data["conditions"]] == [None, "1 ≤ k ≤ 9"]
    assert data["accepted"]["undecided"] == ["H ≥ k"]


def test_numbers_have_no_such_data():
    assert conditions_data(report_of("Conv2d(3, 8, 3)", "1x3x9x9")) == {}
    assert conditions_data(cm.zoo.lenet5().analyze()) == {}


def test_a_network_whose_layers_alone_have_symbols():
    report = cm.Sequential(cm.Conv2d(3, w, k), cm.Conv2d(w, 8, 3), shape=(1, 3, 32, 32)).analyze()
    assert remarks_on_network(report) == (f"Accepted: {accepted(report)}.",) == ("Accepted: 1 ≤ k ≤ 30.",)
    assert symbols_of(report) == {"w": 1, "k": 1}
    assert [one["layer"] for one in conditions_data(report)["conditions"]] == ["0", "1"]


def test_a_network_whose_input_has_symbols_tells_it_itself():
    report = cm.Sequential(cm.Conv2d(3, 8, 3), shape=(1, 3, H, 9)).analyze()
    assert remarks_on_network(report) == ()
    assert "Accepted: H ≥ 3." in report.table().notes
    report = cm.Sequential(cm.Conv2d(3, w, 3, padding=1), shape=(1, 3, 9, 9)).analyze()
    assert remarks_on_network(report) == ()
