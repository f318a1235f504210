"""What is said of broken specifications, to the letter: every fault, where it is, and how to mend it."""

import pytest

import convmath as cm
from tests.formats.broken import BROKEN


def faults_of(text, **given):
    with pytest.raises(cm.SpecError) as caught:
        cm.loads(text, given, name="f")
    assert str(caught.value) == "\n".join(caught.value.faults)
    return caught.value.faults


@pytest.mark.parametrize("name", BROKEN)
def test_told_as_the_table_says(name):
    text, faults = BROKEN[name]
    assert faults_of(text) == tuple(f"f:{fault}" for fault in faults)


def test_table_is_read_whole():
    assert len(BROKEN) >= 120


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "f:1:1: the file is empty (write layers: and below it a list of layers)"),
        ("name: a\x07\n", "f:1:8: the character U+0007 has no place in a specification (remove it)"),
        ("name: a\x00\n", "f:1:8: the character U+0000 has no place in a specification (remove it)"),
        ("name: a\x85\n", "f:1:8: the character U+0085 has no place in a specification (remove it)"),
        ("name: a\u2028\n", "f:1:8: the character U+2028 has no place in a specification (remove it)"),
        ("a:\n  \ufeffb\n", "f:2:3: the character U+FEFF has no place in a specification (remove it)"),
        ("name: \ud800\n", "f:1:7: the character U+D800 has no place in a specification (remove it)"),
        (
            "layers: [caf\u00e9: ReLU, cafe\u0301: ReLU]\n",
            "f:1:22: the name 'caf\u00e9' is used twice (first on line 1; rename one of the two)",
        ),
        (
            "layers: [ReLU]\nblocks:\n  \u00e9: {layers: [ReLU]}\n  e\u0301: {layers: [ReLU]}\n",
            "f:4:3: the key '\u00e9' is given twice (first on line 3)",
        ),
        (
            'layers: ["a\\u202eb": ReLU]\n',
            "f:1:10: the name 'a\\u202eb' holds a character that cannot be shown (remove it)",
        ),
        (
            'input: {"a\\u180e": [1, 3, 8]}\nlayers: [{op: ReLU}]\n',
            "f:1:9: the name 'a\\u180e' holds a character that cannot be shown (remove it)",
        ),
        (
            f"layers: [{'n' * 256}: ReLU]\n",
            f"f:1:10: the name '{'n' * 56}... has 256 characters (at most 255)",
        ),
        ("layers:\n  - Split((" + "1, " * 340 + "))\n", "f:2:5: a text of 1029 characters is too long (at most 1000)"),
        (
            f"params: {{w: {'9' * 5000}}}\nlayers: [ReLU]\n",
            "f:1:13: an integer of 5000 digits is too large (at most 10^18)",
        ),
    ],
)
def test_what_a_table_cannot_hold(text, fault):
    assert faults_of(text) == (fault,)


def test_names_grow_with_their_blocks():
    text = f"blocks: {{b: {{layers: [{'n' * 200}: ReLU]}}}}\nlayers: [{'m' * 60}: {{block: b}}]\n"
    (fault,) = faults_of(text)
    assert fault == f"f:1:23: the name '{'m' * 56}... has 261 characters with its blocks (at most 255)"


def test_a_list_of_faults_ends():
    text = "layers:\n" + "  - ReLu\n" * 300
    faults = faults_of(text)
    assert len(faults) == 101
    assert faults[99].startswith("f:101:5: no layer type is called 'ReLu'; did you mean ReLU or ")
    assert faults[100] == "f:102:5: the reading ends after 100 faults (mend those above first)"


def test_given_values_are_checked():
    text = "input: [1, 3, H, W]\nparams: {w: 8}\nlayers: [ReLU]\n"
    with pytest.raises(cm.ParameterError, match=r"^given: H must be an integer from -10\^18 to 10\^18, not True$"):
        cm.loads(text, {"H": True})
    with pytest.raises(cm.ParameterError, match=r"^given: w must be an integer from -10\^18 to 10\^18, not 2\.0$"):
        cm.loads(text, {"w": 2.0})
    with pytest.raises(cm.UnknownNameError, match=r"^no parameter or size is called 'h'; did you mean H\?$"):
        cm.loads(text, {"h": 3})
    with pytest.raises(cm.UnknownNameError, match=r"^no parameter or size is called '3'$"):
        cm.loads(text, {3: 3})
    assert faults_of(text, H=0, W=8) == ("f:1:15: a size must be an integer from 1 to 10^18, not 0",)


def test_only_a_text_is_read():
    with pytest.raises(cm.ParseError, match=r"^a specification is a text, not None$"):
        cm.loads(None)


def test_labels_stay_on_their_line():
    with pytest.raises(cm.SpecError) as caught:
        cm.loads("", name="a\nb\x1b[31m")
    assert caught.value.faults == (
        "a\\nb\\x1b[31m:1:1: the file is empty (write layers: and below it a list of layers)",
    )


def test_faults_of_an_open_size_say_what_to_give():
    text = "input: [1, depth, 8, 8]\nlayers:\n  - Conv2d(depth, 8, 3)\n"
    assert faults_of(text) == (
        "f:3:12: the size depth of the input is open here (give it a number, such as depth=224)",
    )
    assert cm.loads(text, {"depth": 4})["conv2d"] == cm.Conv2d(4, 8, 3)


KERAS = """\
layers:
  - Conv2d(3, filters=8, kernel_size=3)
  - {op: Conv2d, in_channels: 8, filters: 8, kernel_size: 3}
"""


def test_hints_are_faults_where_warnings_are_errors():
    assert faults_of(KERAS) == (
        "f:2:5: Conv2d: filters is Keras' name for out_channels",
        "f:3:10: Conv2d: filters is Keras' name for out_channels",
    )


def test_hints_say_where_once_for_each_place():
    block = "  b: {params: {c}, layers: ['Conv2d(c, filters=8, kernel_size=3, strides=2)']}"
    text = f"blocks:\n{block}\nlayers:\n  - {{block: b, with: {{c: 3}}}}\n  - {{block: b, with: {{c: 8}}}}\n"
    text += "  - Conv2d(8, filters=8, kernel_size=3)\n  - Conv2d(8, filters=8, kernel_size=3)\n"
    with pytest.warns(cm.NameHint) as told:
        cm.loads(text, name="f")
    assert [str(hint.message) for hint in told] == [
        "f:2:29: Conv2d: filters is Keras' name for out_channels",
        "f:2:29: Conv2d: strides is Keras' name for stride",
        "f:6:5: Conv2d: filters is Keras' name for out_channels",
        "f:7:5: Conv2d: filters is Keras' name for out_channels",
    ]
    assert {hint.filename for hint in told} == {__file__}


@pytest.mark.filterwarnings("ignore::convmath.NameHint")
def test_names_of_keras_are_understood():
    assert cm.loads(KERAS)["conv2d_1"] == cm.Conv2d(8, 8, 3)
