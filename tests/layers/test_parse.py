"""Text to layers and values: what is understood, and every refusal with its text and column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convmath as cm
from convmath.core.convention import CONVENTIONS
from convmath.core.errors import ConvmathError, NameHint, ParameterError, ParseError, UnknownNameError
from convmath.layers.parse import DEEPEST, LONGEST, parse_layer, parse_value

VALUES = {
    "3": 3,
    " 3 ": 3,
    "-3": -3,
    "+3": 3,
    "--3": 3,
    "- 3": -3,
    "1_000": 1000,
    "0x10": 16,
    "0b11": 3,
    "1.5": 1.5,
    "-1e-5": -1e-5,
    "1e3": 1000.0,
    "True": True,
    "False": False,
    "None": None,
    "'same'": "same",
    '"same"': "same",
    "'a' 'b'": "ab",
    "()": (),
    "(3,)": (3,),
    "(3)": 3,
    "1, 2": (1, 2),
    "(1, (2, 3))": (1, (2, 3)),
    "[1, [2, 3]]": (1, (2, 3)),
    "((0, 1), (2, 3))": ((0, 1), (2, 3)),
    "2 + 3 * 4": 14,
    "(2 + 3) * 4": 20,
    "7 // 2": 3,
    "-7 // 2": -4,
    "7 % 4": 3,
    "-7 % 4": 1,
    "7 - 9": -2,
    "2 * 1.5": 3.0,
    "7 // 2.0": 3.0,
    "w": 16,
    "2*w + 1": 33,
    "(w, -w)": (16, -16),
    "w // 3 % 3": 2,
    "half * 2": 1.0,
    "pair": (3, 5),
    "1000000000000000000": 10**18,
    "-1000000000000000000": -(10**18),
    "999999999 * 999999999": 999999998000000001,
}

NAMES = {"w": 16, "half": 0.5, "pair": (3, 5), "word": "same", "flag": True}


@pytest.mark.parametrize("text", VALUES)
def test_values(text):
    value = parse_value(text, NAMES)
    assert value == VALUES[text]
    assert type(value) is type(VALUES[text])


LAYERS = {
    "Conv2d(3, 64, 7, stride=2, padding=3)": cm.Conv2d(3, 64, 7, stride=2, padding=3),
    " Conv2d( 3,64 , 7 ) ": cm.Conv2d(3, 64, 7),
    "nn.Conv2d(3, 64, 7)": cm.Conv2d(3, 64, 7),
    "torch.nn.Conv2d(3, 64, 7)": cm.Conv2d(3, 64, 7),
    "cm.Conv2d(3, 64, 7)": cm.Conv2d(3, 64, 7),
    "convmath.Conv2d(3, 64, 7)": cm.Conv2d(3, 64, 7),
    "Conv2d(in_channels=3, out_channels=64, kernel_size=(7, 5))": cm.Conv2d(3, 64, (7, 5)),
    "Conv2d(3, 4*w, 7, padding=7//2)": cm.Conv2d(3, 64, 7, padding=3),
    "Conv2d(3, w, pair)": cm.Conv2d(3, 16, (3, 5)),
    "Conv2d(3, w, 3, padding=word)": cm.Conv2d(3, 16, 3, padding="same"),
    "Conv2d(3, w, 3, bias=flag)": cm.Conv2d(3, 16, 3),
    "Conv2d(3, 8, [3, 5], padding=[(0, 1), (2, 3)])": cm.Conv2d(3, 8, (3, 5), padding=((0, 1), (2, 3))),
    "Conv2d(3, 8, 3,)": cm.Conv2d(3, 8, 3),
    "Conv2d(3, 8, 3)  # as in PyTorch": cm.Conv2d(3, 8, 3),
    "ReLU": cm.ReLU(),
    "ReLU()": cm.ReLU(),
    "nn.ReLU": cm.ReLU(),
    "(ReLU())": cm.ReLU(),
    "LeakyReLU(0.2)": cm.LeakyReLU(0.2),
    "AdaptiveAvgPool2d((None, 1))": cm.AdaptiveAvgPool2d((None, 1)),
    "Flatten(start_dim=-2)": cm.Flatten(start_dim=-2),
}


@pytest.mark.parametrize("text", LAYERS)
def test_layers(text):
    assert parse_layer(text, NAMES) == LAYERS[text]


def test_names_of_keras():
    with pytest.warns(NameHint, match=r"^Conv2d: filters is Keras' name for out_channels$"):
        assert parse_layer("Conv2d(3, filters=8, kernel_size=3)") == cm.Conv2d(3, 8, 3)


def test_defaults_hold_where_nothing_else_is_said():
    keras = CONVENTIONS["tensorflow"]
    same = cm.Conv2d(3, 8, 3, 2, "same", convention="keras")
    assert parse_layer("Conv2d(3, 8, 3, 2, 'same')", convention=keras) == same
    assert parse_layer("Conv2d(3, 8, 3, 2, 'same')", convention="keras") == same
    assert parse_layer("Conv2d(3, 8, 3, bias=True)", bias=False) == cm.Conv2d(3, 8, 3)
    assert parse_layer("Conv2d(3, 8, 3, 1, 0, 1, 1, True)", bias=False) == cm.Conv2d(3, 8, 3)
    assert parse_layer("Conv2d(3, 8, 3)", bias=False) == cm.Conv2d(3, 8, 3, bias=False)
    assert parse_layer("ReLU()", convention="keras", bias=False) == cm.ReLU()
    assert parse_layer("ReLU", convention="keras") == cm.ReLU()


USE = "has no place here (use numbers, words, tuples, names and + - * // %)"

CALL = "is not a layer (write a call such as Conv2d(3, 64, 7, stride=2))"

PARSE_ERRORS = {
    "3": (f"'3' {CALL}", 1),
    "'ReLU'": (f"\"'ReLU'\" {CALL}", 1),
    "F.relu(3)": (f"'F.relu(3)' {CALL}", 1),
    "torch.Conv2d(3, 8, 3)": (f"'torch.Conv2d(3, 8, 3)' {CALL}", 1),
    "ReLU()()": (f"'ReLU()()' {CALL}", 1),
    "x[0](3)": (f"'x[0](3)' {CALL}", 1),
    "ReLU() + ReLU()": (f"'ReLU() + ReLU()' {CALL}", 1),
    "Conv2d(3, 8, len('abc'))": (f"\"len('abc')\" {USE}", 14),
    "Conv2d(3, 8, 2**3)": (f"'2 ** 3' {USE}", 14),
    "Conv2d(3, 8, k=1 if w else 2)": (f"'1 if w else 2' {USE}", 16),
    "Conv2d(3, 8, 3, padding={1})": (f"'{{1}}' {USE}", 25),
    "Conv2d(3, 8, *pair)": (f"'*pair' {USE}", 14),
    "Conv2d(3, 8, (3, x.y))": (f"'x.y' {USE}", 18),
    "Conv2d(3, 8, ~3)": (f"'~3' {USE}", 14),
    "Conv2d(3, 8, 3j)": (f"'3j' {USE}", 14),
    "Conv2d(3, 8, 1/2)": ("/ does not keep integers (use //)", 14),
    "Conv2d(3, 8, 1//0)": ("1 is divided by 0", 14),
    "Conv2d(3, 8, 1%0)": ("1 is divided by 0", 14),
    "Conv2d(3, 8, 1//0.0)": ("1 is divided by 0", 14),
    "Conv2d(3, 8, 1 + (7 % (w - 16)))": ("7 is divided by 0", 19),
    "Conv2d(3, 8, -'a')": ("'a' is not a number", 15),
    "Conv2d(3, 8, 2*(1, 2))": ("(1, 2) is not a number", 16),
    "Conv2d(3, 8, 'a'*3)": ("'a' is not a number", 14),
    "Conv2d(3, 8, 1 + word)": ("'same' is not a number", 18),
    "Conv2d(3, 8, 1 + flag)": ("True is not a number", 18),
    "Conv2d(3, 8, 1 + None)": ("None is not a number", 18),
    "Conv2d(3, 8, 1000000000000000001)": ("1000000000000000001 is too large (at most 10^18)", 14),
    "Conv2d(3, 8, -(2*1000000000000000000))": ("2000000000000000000 is too large (at most 10^18)", 16),
    "Conv2d(3, 8, 3, **w)": ("** has no place here (write each argument)", 19),
    "Conv2d(3, 8, 3, stride=1, stride=2)": ("stride is given twice (keep one)", 34),
    "Conv2d(3, 8, ×)": ("the character '\\xd7' has no place here (use plain ASCII)", 14),
    "  Conv2d(3, 8, ×)": ("the character '\\xd7' has no place here (use plain ASCII)", 14),
    "Conv2d(3,\t8)": ("the character '\\t' has no place here (use plain ASCII)", 10),
    "Conv2d(3,\n8)": ("the character '\\n' has no place here (use plain ASCII)", 10),
    "Conv2d(３)": ("the character '\\uff13' has no place here (use plain ASCII)", 8),
    "  Conv2d(3, 8, 1/2)": ("/ does not keep integers (use //)", 14),
    "x" * (LONGEST + 1): (f"a text of {LONGEST + 1} characters is too long (at most {LONGEST})", 1),
    "Conv2d(3, 8, " + "-" * 40 + "1)": (f"nested too deeply (at most {DEEPEST} levels)", 14 + DEEPEST + 1),
    "Conv2d(a" + ".b" * 480 + ")": (f"an expression this deep {USE}", 8),
}


@pytest.mark.parametrize("text", PARSE_ERRORS, ids=lambda text: ascii(text[:40]))
def test_refusals_with_their_columns(text):
    with pytest.raises(ParseError) as caught:
        parse_layer(text, NAMES)
    assert (str(caught.value), caught.value.column) == PARSE_ERRORS[text]


UNKNOWN = {
    "Conv2D(3, 8, 3)": ("no layer type is called 'Conv2D'; did you mean Conv2d or Conv3d or Conv1d?", 1),
    "nn.Convolution(3)": ("no layer type is called 'Convolution'", 1),
    "Conv2d(3, 8, ww)": ("no parameter is called 'ww'; did you mean w?", 14),
    "Conv2d(3, 8, 1 + (2*widht))": ("no parameter is called 'widht'", 21),
    "Conv2d(3, 8, k=[1, flg])": ("no parameter is called 'flg'; did you mean flag?", 20),
    "Conv2d(same, 8, 3)": ("no parameter is called 'same'", 8),
}


@pytest.mark.parametrize("text", UNKNOWN)
def test_unknown_names_with_their_columns(text):
    with pytest.raises(UnknownNameError) as caught:
        parse_layer(text, NAMES)
    assert (str(caught.value), caught.value.column) == UNKNOWN[text]


@pytest.mark.parametrize(
    ("text", "column"), [("Conv2d(3,, 8)", 10), ("Conv2d(3", 7), ("", 1), ("  Conv2d(3,, 8)", 10), ("1 +", 4)]
)
def test_what_is_no_expression(text, column):
    with pytest.raises(ParseError, match=r" is not an expression: ") as caught:
        parse_layer(text)
    assert caught.value.column == column


@pytest.mark.parametrize("value", [None, 3, b"ReLU()", ("ReLU()",), cm.ReLU()])
def test_what_is_no_text(value):
    for read in (parse_layer, parse_value):
        with pytest.raises(ParseError) as caught:
            read(value)
        assert str(caught.value) == f"{value!r} is no text (write for example 'Conv2d(3, 64, 7)')"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Conv2d(3, 8)", "Conv2d: kernel_size is missing; write Conv2d(in_channels, "),
        ("Conv2d", "Conv2d: in_channels is missing; write Conv2d(in_channels, "),
        ("Conv2d(3, 8, 3, kernel_size=3)", "Conv2d: kernel_size is given twice"),
        ("Conv2d(3, 8, 3, size=3)", "Conv2d: no argument is called 'size'"),
        ("Conv2d(3, 8, None)", "Conv2d: kernel_size must be an integer from 1 to 10^18, or a tuple of 2, "),
        ("Conv2d(3, 8, 1.0)", "Conv2d: kernel_size must be an integer from 1 to 10^18, or a tuple of 2, "),
        ("Conv2d(3, 8, 1e999)", "Conv2d: kernel_size must be an integer from 1 to 10^18, or a tuple of 2, "),
        ("LeakyReLU(1e999)", "LeakyReLU: negative_slope must be a finite number, not inf"),
        ("LeakyReLU(1e999 - 1e999)", "LeakyReLU: negative_slope must be a finite number, not nan"),
    ],
)
def test_values_that_the_layer_refuses(text, said):
    with pytest.raises(ParameterError) as caught:
        parse_layer(text)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("depth", [1, DEEPEST, DEEPEST + 1, 90, 199, 400])
@pytest.mark.parametrize("pair", ["()", "[]"])
def test_brackets_within_brackets(pair, depth):
    text = pair[0] * depth + "1," + f"{pair[1]}," * (depth - 1) + pair[1]
    if depth <= DEEPEST:
        value = parse_value(text)
        for _ in range(depth):
            (value,) = value
        assert value == 1
    else:
        with pytest.raises(ParseError):
            parse_value(text)


@pytest.mark.parametrize("terms", [DEEPEST, DEEPEST + 1, DEEPEST + 2, 300])
def test_long_sums(terms):
    text = "+".join(["1"] * terms)
    if terms <= DEEPEST + 1:
        assert parse_value(text) == terms
    else:
        with pytest.raises(ParseError, match=r"^nested too deeply \(at most 32 levels\)$"):
            parse_value(text)


def test_what_is_written_is_read_back():
    layer = cm.Conv2d(4, 6, (3, 5), stride=2, padding=((0, 1), (2, 2)), groups=2, bias=False)
    assert parse_layer(repr(layer)) == layer


SCRAPS = (
    *"(),3=*+-%/.[]{}:'\"w #\\@~",
    *(
        "Conv2d",
        "ReLU",
        "**",
        "//",
        "stride",
        "lambda ",
        " if ",
        " else ",
        " not ",
        "1e999",
        "0x",
        "None",
        "True",
        "f'",
    ),
)


def refusal(text):
    """What is said of a text; None if it is understood. Anything but an error of the library's own comes through."""
    try:
        parse_layer(text, NAMES)
    except ConvmathError as error:
        return str(error)
    return None


@given(st.lists(st.sampled_from(SCRAPS), max_size=30))
def test_scraps_are_layers_or_refused(scraps):
    assert refusal("".join(scraps)) != ""


@given(st.text(max_size=40))
def test_any_text_is_a_layer_or_refused(text):
    assert refusal(f"Conv2d({text}") != ""
