"""The options of analyze and layer."""

import csv
import io
import json

import pytest

import convmath as cm
from convmath.cli.analyze import columns_of
from convmath.cli.networks import NetworkName
from convmath.cli.options import parse_given
from convmath.core.errors import ParseError
from convmath.report.columns import DEFAULT_COLUMNS


@pytest.fixture
def rows(convmath):
    """The rows of a table, the headings first, as --format csv tells them."""

    def call(*words):
        code, out, err = convmath(*words, "--format", "csv")
        assert (code, err) == (0, "")
        return list(csv.reader(io.StringIO(out), strict=True))

    return call


@pytest.fixture
def data(convmath):
    def call(*words):
        code, out, err = convmath(*words, "--format", "json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return call


def test_the_input_shape(data):
    told = data("analyze", "resnet18", "-i", "2x3x64x96")
    assert told["inputs"] == {"input": [2, 3, 64, 96]}
    assert told["totals"]["macs"] == cm.zoo.resnet18().analyze((2, 3, 64, 96)).totals.macs
    assert data("analyze", "resnet18", "--input", "input=2x3x64x96") == told
    assert data("analyze", "resnet18", "--input", "2,3,64,96") == told
    assert data("analyze", "resnet18")["inputs"] == {"input": [1, 3, 224, 224]}


def test_given(data):
    assert data("analyze", "resnet18", "--given", "classes=10")["totals"]["params"] == 11689512 - 990 * 513
    twice = data("analyze", "resnet18", "--given", "width=32,classes=10")
    assert data("analyze", "resnet18", "--given", "width=32", "--given", "classes=10") == twice
    assert data("analyze", "resnet18", "--given", "width=4*8, classes = 2*5") == twice
    assert twice["totals"]["params"] == cm.zoo.resnet18(width=32, classes=10).analyze().totals.params


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ((), {}),
        (("H=224",), {"H": 224}),
        (("H=224,W=192", "w=16"), {"H": 224, "W": 192, "w": 16}),
        ((" H = 2*3+1 ",), {"H": 7}),
        (("flag=True",), {"flag": True}),
        (("word='same'",), {"word": "same"}),
        (("none=None",), {"none": None}),
        (("x=-3",), {"x": -3}),
    ],
)
def test_pairs(words, given):
    assert parse_given(words) == given


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("H", "--given 'H' is not NAME=VALUE (for example --given H=224)"),
        ("", "--given '' is not NAME=VALUE (for example --given H=224)"),
        ("H=1,", "--given '' is not NAME=VALUE (for example --given H=224)"),
        ("=1", "--given '=1' is not NAME=VALUE (for example --given H=224)"),
        ("1H=1", "--given '1H=1' is not NAME=VALUE (for example --given H=224)"),
        ("a b=1", "--given 'a b=1' is not NAME=VALUE (for example --given H=224)"),
        ("__import__('os')=1", "--given \"__import__('os')=1\" is not NAME=VALUE (for example --given H=224)"),
        (
            "H=10**400",
            "--given 'H=10**400': '10 ** 400' has no place here (use numbers, words, tuples, names and + - * // %)",
        ),
        ("H=1/2", "--given 'H=1/2': / does not keep integers (use //)"),
    ],
)
def test_words_that_are_no_pairs(word, text):
    with pytest.raises(ParseError) as caught:
        parse_given((word,))
    assert str(caught.value) == text


def test_columns(rows):
    assert rows("analyze", "resnet18", "--columns", "name,macs")[:2] == [["layer", "MACs"], ["conv1", "118013952"]]
    heads = ["layer", "type", "output", "params", "MACs", "receptive field", "jump"]
    assert rows("analyze", "resnet18")[0] == heads
    assert rows("analyze", "resnet18", "--columns", "+flops")[0] == [*heads, "FLOPs"]
    assert rows("analyze", "resnet18", "--columns", "+flops, buffers")[0] == [*heads, "FLOPs", "buffers"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (None, DEFAULT_COLUMNS),
        ("name", ("name",)),
        ("name, macs", ("name", "macs")),
        ("+flops", (*DEFAULT_COLUMNS, "flops")),
        ("+flops,start", (*DEFAULT_COLUMNS, "flops", "start")),
        ("", ("",)),
    ],
)
def test_words_to_columns(text, columns):
    assert columns_of(text) == columns


def test_sort_and_top(rows):
    ordered = rows("analyze", "resnet18", "--sort", "params", "--columns", "name,params")[1:]
    counts = [int(count) for _, count in ordered]
    assert counts == sorted(counts, reverse=True)
    assert rows("analyze", "resnet18", "--top", "3", "--sort", "params", "--columns", "name,params")[1:] == ordered[:3]
    assert [name for name, _ in rows("analyze", "resnet18", "--top", "1", "--columns", "name,macs")[1:]] == ["conv1"]
    names = [row[0] for row in rows("analyze", "resnet18", "--sort", "name")[1:]]
    assert names == sorted(names)
    assert rows("analyze", "resnet18", "--sort", "rf")[1][5] == "all"


def test_top_shows_some_rows_and_all_totals(convmath, data):
    _, out, _ = convmath("analyze", "resnet18", "--top", "2", "--columns", "name,params")
    assert out.splitlines()[-1].split() == ["total", "of", "all", "69", "layers", "11,689,512"]
    told = data("analyze", "resnet18", "--top", "2")
    assert (len(told["layers"]), told["totals"]["params"]) == (2, 11689512)


def test_depth(rows, data):
    names = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "flatten", "fc"]
    assert [row[0] for row in rows("analyze", "resnet18", "--depth", "1")[1:]] == names
    assert rows("analyze", "resnet18", "--depth", "9") == rows("analyze", "resnet18")
    assert rows("analyze", "resnet18", "--depth", "1", "--top", "1")[1][0] == "layer1"
    assert data("analyze", "resnet18", "--depth", "1")["totals"] == data("analyze", "resnet18")["totals"]


def test_conventions(convmath):
    same = "Conv2d(3, 8, 3, stride=2, padding='same')"
    assert convmath("layer", same, "-i", "1x3x9x9")[0] == 2
    for name in ("tensorflow", "keras", "jax", "onnx", "Keras"):
        code, out, _ = convmath("layer", same, "-i", "1x3x9x9", "--convention", name)
        assert code == 0
        assert "1x8x5x5" in out
    # Types that know no conventions take any.
    assert convmath("layer", "ReLU()", "-i", "1x3x9x9", "--convention", "keras")[0] == 0


def test_a_convention_in_the_call_goes_before_the_option(convmath):
    by_name = "Conv2d(3, 8, 3, stride=2, padding='same', convention='keras')"
    by_place = "Conv2d(3, 8, 3, 2, 'same', 1, 1, True, 'zeros', 'keras')"
    for call in (by_name, by_place):
        assert convmath("layer", call, "-i", "1x3x9x9", "--convention", "pytorch")[0] == 0


def test_names_of_keras_are_understood_with_a_hint(convmath):
    code, out, err = convmath("layer", "Conv2d(3, filters=8, kernel_size=3, strides=2)")
    assert (code, out.splitlines()[0]) == (0, "Conv2d(3, 8, 3, stride=2)")
    assert err == (
        "hint: Conv2d: filters is Keras' name for out_channels\nhint: Conv2d: strides is Keras' name for stride\n"
    )


def test_a_hint_comes_every_time(convmath):
    for _ in range(2):
        assert convmath("layer", "Conv2d(3, filters=8, kernel_size=3)")[2].startswith("hint: ")


def test_names_of_networks_complete():
    complete = NetworkName().shell_complete
    assert [item.value for item in complete(None, None, "resnet1")] == ["resnet18", "resnet101", "resnet152"]
    (item,) = complete(None, None, "nets/")
    assert (item.value, item.type) == ("nets/", "file")


def test_letters_of_a_layer_have_values(convmath, refusal):
    assert convmath("layer", "Conv2d(3, 8, k)", "--given", "k=3")[1].splitlines()[0].startswith("Conv2d(3, 8, 3)")
    assert "1x8xH" not in convmath("layer", "Conv2d(C, 8, k)", "-i", "1xCx9x9", "--given", "k=3,C=2")[1]
    assert refusal("layer", "Conv2d(3, 8, k)", "--given", "k=3,q=2") == (
        "--given q=…: 'Conv2d(3, 8, k)' has no letter 'q' (its letters: k)"
    )


@pytest.mark.parametrize(
    "words", [("layer", "ReLU()"), ("zoo",), ("formula", "Conv2d"), ("sheet",), ("port", "ReLU()", "--to", "keras")]
)
def test_where_it_cannot_be_written_is_told_by_every_command(refusal, tmp_path, words):
    assert refusal(*words, "-o", str(tmp_path)) == f"{tmp_path}: cannot be written: Is a directory"
    assert refusal(*words, "-o", str(tmp_path / "none" / "x.md")).endswith(
        "cannot be written: No such file or directory"
    )
    assert list(tmp_path.iterdir()) == []
