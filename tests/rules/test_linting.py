"""Which rules are asked, whom they spare, and what findings are."""

import pytest

import convmath as cm
from convmath.rules.catalogue import FILES, chosen, rule, usual
from convmath.rules.linting import has_symbols, unasked
from convmath.rules.telling import explanation, findings_data, findings_table, findings_text

SPEC = """\
input: [1, 3, 20, 21]
layers:
  - a: Conv2d(3, 8, 3, stride=2)
  - bn: BatchNorm2d(8)
  - b: Conv2d(8, 8, 3, stride=2){}
  - bn2: BatchNorm2d(8)
"""


def codes(report, *args, **kwargs):
    return [(one.code, one.layer) for one in cm.lint(report, *args, **kwargs)]


def of_spec(comment=""):
    return cm.loads(SPEC.format(comment), name="net.yaml").analyze()


def test_findings_follow_the_order_of_the_layers():
    assert codes(of_spec()) == [("CM101", "a"), ("CM401", "a"), ("CM101", "b"), ("CM401", "b")]


def test_a_finding_is_plain_data_with_its_place():
    finding = cm.lint(of_spec())[1]
    assert finding == cm.Finding(
        "CM401", "bias before a normalisation", "a",
        "BatchNorm2d bn subtracts the mean of each channel, and with it this layer's bias: 8 of its 224 parameters do"
        " nothing", "set bias=False", "net.yaml:3:5", {"bias": 8, "params": 224, "norm": "bn", "op": "BatchNorm2d"},
    )  # fmt: skip


@pytest.mark.parametrize(("select", "ignore", "left"), [
    ("CM4", "", ["CM401", "CM401"]), (["CM101", "CM401"], ["CM4"], ["CM101", "CM101"]), ("cm101", "", ["CM101"] * 2),
    ("", "CM1,CM4", []), ("+CM204", "CM", []), ("CM3", "", []), ("CM3, CM101,", " ,", ["CM101"] * 2),
])  # fmt: skip
def test_rules_are_chosen_by_the_beginning_of_their_codes(select, ignore, left):
    assert [code for code, _ in codes(of_spec(), select, ignore)] == left


def test_a_plus_adds_to_the_usual_rules():
    assert set(chosen(["+CM403"])) == {*usual(), "CM403"}
    assert chosen() == usual() == tuple(code for code in FILES if rule(code).usual)
    assert chosen(["CM"]) == tuple(FILES)


@pytest.mark.parametrize(("comment", "left"), [
    ("  # noqa", []), ("  # noqa: CM101", ["CM401"]), ("  # NOQA:cm4,CM1 as published", []), ("  # noqa: E501", None),
    ("  #noqa : CM401", ["CM101"]), ("  # noqa because", None), ("  # no qa", None),
])  # fmt: skip
def test_a_comment_spares_the_layer_of_its_line(comment, left):
    found = codes(of_spec(comment))
    assert [code for code, layer in found if layer == "a"] == ["CM101", "CM401"]
    assert [code for code, layer in found if layer == "b"] == (["CM101", "CM401"] if left is None else left)


def test_a_comment_in_a_block_spares_every_use():
    text = "input: [1, 3, 40]\nblocks:\n  b: {layers: [\n    c: 'Conv1d(3, 3, 4, stride=2)'  # noqa: CM101\n    ]}\n"
    text += "layers:\n  - x: {block: b, repeat: 2}\n  - y: {block: b}\n"
    net = cm.loads(text)
    assert net.exempt == dict.fromkeys(("x.0.c", "x.1.c", "y.c"), ("CM101",))
    outer = cm.Network("outer")
    outer.add(net, outer.input(shape=(1, 3, 40)), name="inner")
    assert outer.exempt.keys() == {"inner.x.0.c", "inner.x.1.c", "inner.y.c"}


def test_what_is_spared_is_written_and_read_again():
    net = cm.loads(SPEC.format("  # noqa: CM101"))
    net.exempt["bn"] = ()
    text = cm.dumps(net)
    assert "- bn: BatchNorm2d(8)  # noqa\n" in text
    assert cm.loads(text).exempt == {"b": ("CM101",), "bn": ()}


def test_an_exemption_that_names_no_rule():
    with pytest.raises(cm.UnknownNameError, match=r"^net\.yaml:5:5: noqa: no rule is called 'CM999'"):
        cm.lint(of_spec("  # noqa: CM999"))


def test_views_are_linted_whole():
    report = of_spec("  # noqa")
    assert codes(report.top(1)) == codes(report) == [("CM101", "a"), ("CM401", "a")]


@pytest.mark.parametrize(("arguments", "said"), [
    ({"select": "CM9"}, "no rule is called 'CM9'"), ({"ignore": ["X"]}, "no rule is called 'X'"),
    ({"select": [3]}, "rules are chosen by codes such as 'CM301', not [3]"),
    ({"object_size": 0}, "object_size must be an integer of at least 1, or one for each axis, not 0 (such as 96)"),
    ({"object_size": (3, 4, 5)}, "object_size has 3 sizes, the input 2 axes (give one, or as many)"),
    ({"machine": "abacus"}, "no hardware profile is called 'abacus'"),
])  # fmt: skip
def test_refusals(arguments, said):
    with pytest.raises(cm.ConvmathError) as error:
        cm.lint(of_spec(), **arguments)
    assert str(error.value) == said


def test_rules_that_need_numbers_are_named_where_there_are_symbols():
    report = cm.loads(SPEC.format("").replace("20", "H")).analyze()
    assert has_symbols(report)
    assert unasked(report, usual()) == ("CM103", "CM105")
    assert findings_data(report, [], usual())["unasked"] == ["CM103", "CM105"]
    assert "CM103, CM105 need numbers in place of symbols" in findings_text(report, [], usual())


def test_what_is_alike_is_told_once():
    text = findings_text(of_spec(), cm.lint(of_spec(), "CM101"), ("CM101",))
    mend = "    pad the end by 1, crop 1 there, or round up (ceil_mode=True) if it is a pooling"
    assert [line.partition(":  ")[0] for line in text.replace(" what", "  what").splitlines()] == [
        "net.yaml:3:5: a: CM101 9 windows of 3, 2 apart, cover 19 of 20 positions on axis 0",
        mend,
        "net.yaml:5:5: b: CM101 4 windows of 3, 2 apart, cover 9 of 10 positions on axis 1",
        mend,
        "",
        "2 findings by 1 rule in network; convmath lint --explain CM101 says why",
    ]
    many = cm.Sequential(
        *[layer for _ in range(6) for layer in (cm.Conv2d(3, 3, 1), cm.BatchNorm2d(3))], shape=(1, 3, 9, 9)
    )
    for number in range(0, 12, 2):
        assert cm.lint(many.analyze())[number // 2].layer == str(number)
    alike = cm.Network("alike")
    x = alike.input(shape=(1, 3, 9, 9))
    y = alike.add(cm.Add(), *(alike.add(cm.ConvTranspose2d(3, 3, 3, stride=2), x, name=f"up{n}") for n in range(6)))
    assert y.ref.node
    assert findings_text(alike.analyze(), cm.lint(alike.analyze()), ("CM301",)).startswith(
        "up0, up1, up2 and 3 more: CM301"
    )


def test_names_never_reach_the_terminal_as_they_are():
    net = cm.Network("n\x1b[31m")
    net.add(cm.Conv2d(3, 8, 3, stride=2), net.input(shape=(1, 3, 20, 20)), name="a\x1b[31m{left}")
    found = cm.lint(net.analyze())
    text = findings_text(net.analyze(), found, usual())
    assert "\x1b" not in text
    assert "a\\x1b[31m{left}: CM101 9 windows" in text
    assert findings_table(net.analyze(), found, usual()).rows[0][1] == found[0].layer


@pytest.mark.parametrize("code", FILES)
def test_an_explanation_tells_the_arithmetic_of_its_example(code):
    text = explanation([code])
    assert text.startswith(f"{code}  {rule(code).title}\n\n")
    assert rule(code).source in text.replace("\n", " ")
    assert f": {code} " in text
    assert max(map(len, text.splitlines())) <= 100
