"""Bad input: one line on standard error that says what is wrong and what would do, and exit code 2."""

import pytest

from convmath import zoo

LONG = "9" * 5000
"""More digits than Python turns into a number."""

TOLD = "9" * 56 + "..."
"""What an error shows of them."""

REFUSALS = {
    ("solve", "resnet18", "--gives", LONG): f"'{TOLD} in '{TOLD} is no size (write numbers from 1 on joined by x: 7x7)",
    ("solve", "resnet18", "--gives", "7x²"): "'²' in '7x²' is no size (write numbers from 1 on joined by x: 7x7)",
    ("solve", "Conv2d", "--from", "9", "--to", "4", "--given", "k=²"):
        "--given k='²' is no range (write k=3 or k=1..7)",
    ("lint", "resnet18", "--object", LONG):
        f"--object '{TOLD} is not a size (such as 96, or 96x32 for one along each axis)",
    ("verify", "ReLU()", "--memory", LONG):
        f"'{TOLD} is no amount of memory (write bytes, or for example 500MB or 2GiB)",
    ("analize", "resnet18"): "no command is called 'analize'; did you mean analyze?",
    ("\x1b[31m",): "no command is called '\\x1b[31m'",
    ("layer", "Conv2D(3, 8, 3)"): "no layer type is called 'Conv2D'; did you mean Conv2d or Conv3d or Conv1d?",
    ("layers", "Convv2d"): "no layer type is called 'Convv2d'; did you mean Conv2d or Conv3d or Conv1d?",
    ("layer", "Conv2d(3, 8)"):
        "Conv2d: kernel_size is missing; write Conv2d(in_channels, out_channels, kernel_size, stride=1, padding=0, "
        "dilation=1, groups=1, bias=True, padding_mode='zeros', convention='pytorch')",
    ("layer", "Conv2d(3, 8, 3, strid=2)"): "Conv2d: no argument is called 'strid'; did you mean stride?",
    ("layer", "Conv2d(64, 64, 3, groups=3)"):
        "Conv2d: groups=3 must divide in_channels=64 (use 1, 2, 4, 8, 16, 32 or 64)",
    ("layer", "Conv2d(3, 8, 0)"):
        "Conv2d: kernel_size must be an integer from 1 to 10^18, or a tuple of 2, one for each axis, not 0",
    ("layer", "Conv2d(4, 8, 3)", "-i", "1x3x9x9"):
        "Conv2d: the input has 3 channels, in_channels is 4 (use in_channels=3, or an input of 4 channels)",
    ("layer", "Conv2d(3, 8, 3)", "-i", "1x3x9"):
        "Conv2d: takes 4 sizes (N, C, H, W), got 3: 1x3x9 (give one for each of N, C, H, W)",
    ("layer", "Conv2d(3, 8, 3)", "-i", "1x3x9x9", "-i", "1x3x9x9"): "Conv2d: takes one input, got 2 (give it as many)",
    ("layer", "Conv2d(3, 8, 3)", "-i", "1x3xaax9"):
        "'aa' in the shape '1x3xaax9' is not a size (write numbers, letters and what they make with + - * //, joined by"
        " x: 1x3xHxW)",
    ("layer", "Conv2d(3, 8, 3)", "-i", ""):
        "'' in the shape '' is not a size (write numbers joined by x: 1x3x224x224)",
    ("layer", "Conv2d(3, 8, 3)", "-i", "1x3x-9x9"):
        "'-9' in the shape '1x3x-9x9' is not a size (write numbers joined by x: 1x3x224x224)",
    ("layer", "LazyConv2d(8, 3)"):
        "LazyConv2d: the weights depend on the input (give its shape: --input, or resolve(shape) in Python)",
    ("analyze", "resnet18", "-i", "1x1x224x224"):
        "conv1: Conv2d: the input has 1 channels, in_channels is 3 (use in_channels=1, or an input of 3 channels)",
    ("analyze", "resnet18", "-i", "image=1x3x9x9"): "no input is called 'image'",
    ("analyze", "resnet18", "-i", "1x3x9x9", "-i", "1x3x9x9"):
        "resnet18: 2 shapes given, the network has 1 input: input",
    ("analyze", "resnet18", "-i", "1x3x9x9", "-i", "input=1x3x8x8"):
        "resnet18: the shape of 'input' is given twice, by position and by name",
    ("analyze", "resnet18", "-i", "input=1x3x9x9", "-i", "input=1x3x8x8"): "--input input is given twice",
    ("analyze", "resnet18", "--given", "width=8", "--given", "width=9"): "--given width is given twice",
    ("analyze", "resnet18", "--columns", "name,parmas"): "no column is called 'parmas'; did you mean params or macs?",
    ("analyze", "resnet18", "--columns", ""): "no column is called ''",
    ("analyze", "resnet18", "--columns", "+"): "no column is called ''",
    ("analyze", "resnet18", "--sort", "flop"): "no column is called 'flop'; did you mean flops or op?",
    ("analyze", "resnet18", "--top", "3", "--sort", "mac"): "no column is called 'mac'; did you mean macs?",
    ("analyze", "resnet18", "--given", "clases=3"):
        "resnet18: no parameter is called 'clases'; did you mean classes? (it takes width, classes, in_channels)",
    ("analyze", "resnet18", "--given", "classes"):
        "--given 'classes' is not NAME=VALUE (for example --given H=224)",
    ("analyze", "resnet18", "--given", "classes=many"):
        "--given 'classes=many': no parameter is called 'many' (write a number, True, False or a quoted word)",
    ("analyze", "resnet18", "--given", "classes=0"):
        "resnet18: classes must be an integer from 1 to 10^18, not 0",
    ("analyze", "resnet18", "--given", "classes='x'"):
        "resnet18: classes must be an integer from 1 to 10^18, not 'x'",
    (
        "analyze",
        "nets/missing",
    ): "'nets/missing' is no spec file or model (its name must end in .yaml, .yml, .json, .onnx)",
    ("layer", "ReLU()", "--convention", "pytroch"): "no convention is called 'pytroch'; did you mean pytorch or torch?",
}  # fmt: skip
"""Words, and what is said about them."""


@pytest.mark.parametrize("words", REFUSALS, ids=lambda words: ascii(" ".join(words)))
def test_refusals(refusal, words):
    assert refusal(*words) == REFUSALS[words]


CLICKS = {
    ("analyze", "resnet18", "--depth", "0"): ("Invalid value for '--depth': 0 is not in the range x>=1", "analyze"),
    ("analyze", "resnet18", "--top", "x"): ("Invalid value for '--top': 'x' is not a valid integer", "analyze"),
    ("layer", "ReLU()", "--format", "xml"): ("Invalid value for '--format': 'xml' is not one of 'text', ", "layer"),
    ("layer",): ("Missing argument 'CALL'", "layer"),
    ("analyze",): ("Missing argument 'NETWORK'", "analyze"),
    ("zoo", "more"): ("Got unexpected extra argument (more)", "zoo"),
    ("layer", "ReLU()", "--input"): ("Option '--input' requires an argument", ""),
    ("completion", "tcsh"): ("Invalid value for ", "completion"),
}
"""Words, how what click says about them begins, and the command whose help is named."""


@pytest.mark.parametrize("words", CLICKS, ids=" ".join)
def test_what_click_refuses(refusal, words):
    beginning, command = CLICKS[words]
    text = refusal(*words)
    assert text.startswith(beginning)
    assert text.endswith(f"(see convmath {command}{' ' if command else ''}--help)")


@pytest.mark.parametrize("name", ["resnet5", "ResNet-50", "resnet500"])
def test_an_unknown_network(refusal, name):
    assert refusal("analyze", name).startswith(f"no network is called '{name}'; did you mean resnet50")


@pytest.mark.parametrize("option", ["--colums", "--fromat", "--no\x1b[31m", "-x"])
def test_unknown_options(refusal, option):
    text = refusal("analyze", "resnet18", option, "name")
    assert text.startswith("No such option")
    assert text.endswith("(see convmath analyze --help)")
    assert "\x1b" not in text


def test_an_unknown_option_of_the_whole(refusal):
    text = refusal("--colour", "zoo")
    assert text.startswith("No such option")
    assert text.endswith("(see convmath --help)")


@pytest.mark.parametrize("name", ["missing.yaml", "no/such/folder/net.yml", "missing.json"])
def test_a_spec_file_that_is_not_there(refusal, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert name in refusal("analyze", name)


def test_a_file_that_is_no_spec_file(refusal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "resnet18.txt").write_text("", encoding="utf-8")
    assert refusal("analyze", "resnet18.txt") == (
        "'resnet18.txt' is no spec file or model (its name must end in .yaml, .yml, .json, .onnx)"
    )


def test_a_bad_size_ends_before_anything_is_written(refusal, tmp_path):
    target = tmp_path / "out.json"
    refusal("analyze", "resnet18", "-i", "1x3x0x0", "-o", str(target))
    refusal("analyze", "resnet18", "--columns", "nmae", "-o", str(tmp_path / "out.csv"))
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run(monkeypatch, convmath):
    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(zoo, "builder", interrupted)
    code, out, err = convmath("analyze", "resnet18")
    assert (code, out, err.strip()) == (130, "", "")
