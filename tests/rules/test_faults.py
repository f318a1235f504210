"""For every rule a network that has the fault, with figures worked out by hand, and a twin that has not."""

import pytest

import convmath as cm
from convmath.rules.catalogue import FILES, rule
from convmath.rules.linting import lint


def net(*layers, size="[1, 3, 20, 24]", convention="pytorch", output=None):
    items = "".join(f"\n  - {layer}" for layer in layers)
    end = f"\noutput: {output}" if output else ""
    return cm.loads(f"input: {size}\nconvention: {convention}\nlayers:{items}{end}").analyze()


ADD = "{op: Add, from: [a, input]}"
CONV7 = ["Conv2d(3, 3, 3, padding=1)"] * 7

CASES = {
    # (20 − 3) mod 2 = 1 row is left over, 9·2 + 1 = 19 are covered; 24 likewise; 21 and 25 fit.
    "CM101": (net("Conv2d(3, 8, 3, stride=2)"), {"left": 1, "end": 19, "outputs": 9, "more": 1, "size": 20},
              net("Conv2d(3, 8, 3, stride=2)", size="[1, 3, 21, 25]")),
    # 20 + 2 − 3 = 19 is odd: one padded row is never read; 21 + 2 − 3 = 20.
    "CM102": (net("Conv2d(3, 8, 3, stride=2, padding=1)"), {"low": 1, "used": 0, "shift": "0.5", "fits": 21},
              net("Conv2d(3, 8, 3, stride=2, padding=1)", size="[1, 3, 21, 25]")),
    # (10 − 1)·2 + 3 − 20 = 1 in all; for 21 it is (11 − 1)·2 + 3 − 21 = 2.
    "CM103": (net("Conv2d(3, 8, 3, stride=2, padding='same')", convention="keras"), {"low": 0, "high": 1, "total": 1},
              net("Conv2d(3, 8, 3, stride=2, padding='same')", convention="keras", size="[1, 3, 21, 25]")),
    "CM104": (net("Conv2d(3, 8, 3, stride=2, padding=1)"), {"own": 1, "low": 0, "high": 1, "shift": 1},
              net("Conv2d(3, 8, 3, stride=2, padding=1)", size="[1, 3, 21, 25]")),
    # On 4 rows dilation 4 leaves the middle tap; 24 columns keep all three: 3 of 9 taps, 6·24 = 144 of 216 weights.
    "CM105": (net("Conv2d(3, 8, 3, dilation=4, padding=4)", size="[1, 3, 4, 24]"),
              {"meeting": "1×3", "taps": 9, "used": 3, "weights": 216, "dead": 144},
              net("Conv2d(3, 8, 3, dilation=3, padding=3)", size="[1, 3, 4, 24]")),
    # Two kernels of 3 dilated by 2 reach −4 … 4 and read the even ones; 1 and 3 read all of −4 … 4.
    "CM201": (net("Conv2d(3, 3, 3, dilation=2)", "Conv2d(3, 3, 3, dilation=2)"),
              {"read": 5, "size": 9, "holes": 4, "gap": 1},
              net("Conv2d(3, 3, 3)", "Conv2d(3, 3, 3, dilation=3)")),
    # Positions 4 apart of a map whose kernel spans 3; 3 apart they would touch.
    "CM202": (net("Conv2d(3, 3, 3)", "Conv2d(3, 3, 2, dilation=4)", "Conv2d(3, 3, 2, dilation=8)"),
              {"layers": 2, "divisor": 4, "kernel": 3, "origin": "conv2d"},
              net("Conv2d(3, 3, 3)", "Conv2d(3, 3, 2, dilation=3)", "Conv2d(3, 3, 2, dilation=6)")),
    "CM203": (net("a: Conv2d(3, 3, 3)", "Conv2d(3, 3, 1, stride=(2, 3))"), {"read": 1, "of": 6, "source": "a"},
              net("a: Conv2d(3, 3, 3)", "Conv2d(3, 3, 1, stride=2)", "{op: 'Conv2d(3, 3, 3)', from: a}")),
    "CM204": (net("a: Conv2d(3, 3, 1, stride=2)", "{op: 'Conv2d(3, 3, 2, stride=2)', from: input}"),
              {"read": 1, "of": 4, "kernel": 1, "stride": 2}, net("a: Conv2d(3, 3, 2, stride=2)")),
    # A kernel of 4 with pads (1, 2) reads −1 … 2, centred at 1/2.
    "CM205": (net("{name: a, op: Conv2d, in_channels: 3, out_channels: 3, kernel_size: 4, padding: same}", ADD),
              {"centre_a": "1/2", "centre_b": "0", "axis": 0},
              net("{name: a, op: Conv2d, in_channels: 3, out_channels: 3, kernel_size: 3, padding: 1}", ADD)),
    "CM206": (net("Conv2d(3, 3, 3)", "Conv2d(3, 3, 3)"), {"field": 5, "object": 7, "share": "71"},
              net("Conv2d(3, 3, 3)", "Conv2d(3, 3, 5)")),
    # 5 of 5 positions after the first layer; the second takes 3·3·9·25 of (3·3·25 + 3·3·9)·25 MACs.
    "CM207": (net("Conv2d(3, 3, 5, padding=2)", "Conv2d(3, 3, 3, padding=1)", size="[1, 3, 5, 4]"),
              {"field": 5, "size": 5, "layers": 1, "macs": 1620, "share": "26"},
              net("Conv2d(3, 3, 3, padding=1)", "Conv2d(3, 3, 3, padding=1)", size="[1, 3, 5, 4]")),
    "CM301": (net("ConvTranspose2d(3, 3, 5, stride=2)"), {"overlaps": [3, 2], "even": 6},
              net("ConvTranspose2d(3, 3, 6, stride=2)")),
    "CM302": (net("ConvTranspose2d(3, 3, 2, stride=3)"), {"overlaps": [1, 1, 0], "dead": 1, "even": 3},
              net("ConvTranspose2d(3, 3, 3, stride=3)")),
    "CM303": (net("ConvTranspose2d(3, 3, 3, stride=2, padding=1, output_padding=1)"),
              {"low": 1, "high": 0, "keras_low": 0, "keras_high": 1, "shift": 1},
              net("ConvTranspose2d(3, 3, 4, stride=2, padding=1)")),
    "CM304": (net("ConvTranspose2d(3, 3, 3, stride=2, dilation=3, output_padding=2)"),
              {"extra": 2, "stride": 2, "dilation": 3},
              net("ConvTranspose2d(3, 3, 3, stride=2, dilation=3, output_padding=1)")),
    "CM401": (net("Conv2d(3, 8, 3)", "bn: BatchNorm2d(8)"), {"bias": 8, "params": 224, "norm": "bn"},
              net("Conv2d(3, 8, 3, bias=False)", "bn: BatchNorm2d(8)")),
    # Seven layers of 84 parameters, and one of 1440·10 + 10.
    "CM402": (net(*CONV7, "Flatten", "fc: Linear(1440, 10)"),
              {"cost": 14410, "total": 14998, "layers": 8, "share": "96"},
              net(*CONV7, "Conv2d(3, 3, 3)")),
    "CM403": (net("Conv2d(3, 16, 3)", "Conv2d(16, 21, 3)"), {"read": 16, "made": 21, "made_full": 24, "more": "1.14"},
              net("Conv2d(3, 16, 3)", "Conv2d(16, 24, 3)")),
    # 2·9·3·18·22 FLOPs and one a bias; 4·(3·20·24 + 3·18·22 + 27 + 3) bytes.
    "CM404": (net("Conv2d(3, 3, 3, groups=3)"), {"flops": 22572, "bytes": 10632, "intensity": "2.12", "ridge": "9.56"},
              net("Conv2d(3, 64, 7)")),
    # Rank 4: 3·4·3 multiplications at 18·24 positions and 4·3·3 at 18·22; the full one 81 at 18·22.
    "CM405": (net("SpatiallySeparableConv2d(3, 3, 3, mid_channels=5)"), {"macs": 37260, "full": 32076, "pays": 4},
              net("SpatiallySeparableConv2d(3, 3, 3, mid_channels=4)")),
    "CM406": (net("DeformConv2d(3, 17, 3)"), {"branch": 192456, "own": 181764, "offsets": 18},
              net("DeformConv2d(3, 18, 3)")),
    "CM501": (net("a: 'Split([1, 2])'", "{name: b, op: ReLU, from: a}", output="b"), {"port": 1, "of": 2},
              net("a: 'Split([1, 2])'", "{name: b, op: ReLU, from: a}", output="[b, 'a[1]']")),
    # 3·4·9 + 4 parameters and 18·22·108 MACs, and a ReLU.
    "CM502": (net("a: ReLU", "{name: b, op: 'Conv2d(3, 4, 3)', from: a}", "c: ReLU", output="a"),
              {"layers": 2, "named": "b, c", "params": 112, "macs": 42768},
              net("a: ReLU", "{name: b, op: 'Conv2d(3, 4, 3)', from: a}", "c: ReLU", output="[a, c]")),
    "CM503": (net("a: ReLU", "{name: b, op: ReLU, from: input}", "{op: Add, from: [a, b]}"), {"first": "a"},
              net("a: ReLU", "{name: b, op: Sigmoid, from: input}", "{op: Add, from: [a, b]}")),
}  # fmt: skip


def asked(report, code):
    return lint(report, code, object_size=7 if code == "CM206" else ())


@pytest.mark.parametrize("code", FILES)
def test_a_fault_is_found_with_its_figures(code):
    faulty, figures, _ = CASES[code]
    found = asked(faulty, code)
    assert found
    assert {finding.code for finding in found} == {code}
    assert {name: found[0].figures[name] for name in figures} == figures


@pytest.mark.parametrize("code", FILES)
def test_its_twin_is_clean(code):
    assert asked(CASES[code][2], code) == []


@pytest.mark.parametrize("code", FILES)
def test_a_rule_finds_its_own_example(code):
    stated = rule(code)
    found = lint(cm.loads(stated.example).analyze(), code, object_size=100)
    assert found
    assert all(finding.title == stated.title and finding.place for finding in found)
    assert all("{" not in finding.message + finding.mend for finding in found)


def test_every_rule_has_a_title_and_a_source_of_its_own():
    rules = [rule(code) for code in FILES]
    assert len({one.title for one in rules}) == len(rules)
    assert all(one.source and one.law.endswith(".") and not one.says.endswith(".") for one in rules)


def test_what_repeats_without_weights_only_is_told_once():
    pools = ("a: ReLU", "{name: b, op: ReLU, from: input}", "c: MaxPool2d(2)", "{name: d, op: MaxPool2d(2), from: a}")
    found = lint(net(*pools, "{op: Add, from: [c, d]}"), "CM503")
    assert [(one.layer, one.figures["first"]) for one in found] == [("b", "a"), ("d", "c")]
    twice = ("a: 'Conv2d(3, 3, 1)'", "{name: b, op: 'Conv2d(3, 3, 1)', from: input}", "{op: Add, from: [a, b]}")
    assert lint(net(*twice), "CM503") == []


def test_a_dropout_twice_is_no_duplicate():
    drops = ("a: Dropout(0.5)", "{name: b, op: Dropout(0.5), from: input}", "{op: Add, from: [a, b]}")
    assert lint(net(*drops), "CM503") == []


@pytest.mark.parametrize("layer", [cm.Constant((1, 4, 5, 6)), cm.Unknown("RandomNormal", ((1, 4, 5, 6),))], ids=str)
def test_what_reads_other_numbers_is_no_duplicate(layer):
    network = cm.Network("net")
    x = network.input("x", (1, 4, 5, 6))
    made = [network.add(cm.Multiply(), x, network.add(layer, name=name)) for name in ("a", "b")]
    network.output(network.add(cm.Add(), *made))
    assert lint(network.analyze(), "CM503") == []


@pytest.mark.parametrize("layer", ["BatchNorm2d(3, affine=False)", "MaxUnpool2d(2)"])
def test_layers_that_hold_numbers_are_no_duplicates(layer):
    twice = (f"a: '{layer}'", f"{{name: b, op: '{layer}', from: input}}", "{op: Add, from: [a, b]}")
    assert lint(net(*twice), "CM503") == []


def test_windows_of_unfold_are_asked_along_each_axis():
    """By hand: ⌊(20 − 3)/2⌋ + 1 = 9 windows cover 19 of 20 positions, and ⌊(23 − 3)/2⌋ + 1 all 23."""
    report = cm.Sequential(cm.Unfold(3, stride=2), shape=(1, 3, 20, 23)).analyze()
    (found,) = lint(report, list(FILES), object_size=5)
    assert (found.code, found.figures["outputs"], found.figures["end"], found.figures["left"]) == ("CM101", 9, 19, 1)


def test_an_input_that_nothing_reads():
    net = cm.loads("{input: {x: [1, 3, 9, 9], y: [1, 2, 9, 9]}, layers: [{op: ReLU, from: x}], output: relu}")
    assert [(one.code, one.layer) for one in lint(net.analyze())] == [("CM501", "y")]


def test_causal_paths_are_meant_to_differ():
    causal = cm.loads(
        "{input: [1, 4, 30], layers: [{name: a, op: 'CausalConv1d(4, 4, 3)'}, {op: Add, from: [a, input]}]}"
    )
    assert lint(causal.analyze(), "CM205") == []


def test_a_bias_is_kept_where_something_else_reads_it():
    both = ("a: 'Conv2d(3, 3, 1)'", "b: BatchNorm2d(3)", "{op: Add, from: [a, b]}")
    assert lint(net(*both), "CM401") == []
    composite = lint(net("DepthwiseSeparableConv2d(3, 8, 3)", "BatchNorm2d(8)"), "CM401")
    assert [one.figures["bias"] for one in composite] == [8]


@pytest.mark.parametrize("output", [0, 1, 2])
def test_what_recurrent_layers_make_beside_is_no_fault(output):
    net = cm.Network("net")
    made = net.add(cm.LSTM(5, 6), net.input("x", (7, 2, 5)), name="rnn")
    net.output(net.add(cm.ReLU(), made[output], name="act"))
    assert lint(net.analyze()) == []


def test_where_windows_begin_is_told_with_its_sign():
    report = cm.Sequential(cm.Conv2d(3, 8, 3, stride=2, padding=1)).analyze((1, 3, 10, 9))
    (found,) = lint(report, "CM104")
    assert "begin at −1 with padding (1, 1), and at 0 with SAME, which pads (0, 1)" in found.message


def test_a_bias_of_weights_that_are_shared_may_do_something():
    shared = cm.loads(
        "input: [1, 3, 9, 11]\nlayers:\n  - a: Conv2d(3, 8, 3)\n  - bn: BatchNorm2d(8)\n"
        '  - b: {op: "Conv2d(3, 8, 3)", from: input, stored: [0, 0]}\n  - sum: {op: Add, from: [bn, b]}\n'
    )
    assert lint(shared.analyze(), "CM401") == []


def test_a_bias_is_spared_where_its_own_weights_are_shared_not_where_equal_ones_are():
    net = cm.loads(
        "input: [1, 3, 9, 11]\nlayers:\n  - a: Conv2d(3, 8, 3)\n  - bn: BatchNorm2d(8)\n"
        '  - b: {op: "Conv2d(3, 8, 3)", from: input, stored: a}\n'
        '  - c: {op: "Conv2d(3, 8, 3)", from: input}\n  - bn2: BatchNorm2d(8)\n'
        "  - sum: {op: Add, from: [bn, b, bn2]}\n"
    )
    assert [finding.layer for finding in lint(net.analyze(), "CM401")] == ["c"]


@pytest.mark.parametrize(("own", "found"), [(9, ["wide"]), (3, [])])
def test_an_array_that_many_layers_share_dominates_none_of_them(own, found):
    """Twelve uses of one 3·3·3·3 kernel: 84 parameters, of which no layer has more than half for itself."""
    shared = "\n".join(f'  - t{n}: {{op: "Conv2d(3, 3, 3, padding=1)", stored: [0, 0]}}' for n in range(11))
    others = "\n".join(f'  - c{n}: "Conv2d(3, 3, 1)"' for n in range(own))
    wide = "  - wide: Conv2d(3, 3, 9, padding=4)\n" if own == 9 else ""
    text = f"input: [1, 3, 9, 11]\nlayers:\n  - t: Conv2d(3, 3, 3, padding=1)\n{shared}\n{others}\n{wide}"
    assert [one.layer for one in lint(cm.loads(text).analyze(), "CM402")] == found


def test_few_arrays_of_their_own_are_no_ground_for_comparing():
    tied = "\n".join(f'  - t{n}: {{op: "Conv2d(3, 3, 3, padding=1)", stored: [0, 0]}}' for n in range(11))
    own = "  - wide: Conv2d(3, 3, 5, padding=2)\n  - t: Conv2d(3, 3, 3, padding=1)\n"
    text = f"input: [1, 3, 9, 11]\nlayers:\n{own}{tied}"
    assert lint(cm.loads(text).analyze(), "CM402") == []
