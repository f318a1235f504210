"""Texts that would run something, or never end: each is refused in a line, and nothing happens."""

import pytest

from convmath.core.errors import ConvmathError
from convmath.layers.parse import parse_layer, parse_value

TOUCH = "__import__('os').system('touch canary')"

VALUES = (
    TOUCH,
    "__import__('os').system('touch canary') or 3",
    "eval(\"__import__('os').system('touch canary')\")",
    "exec(\"open('canary', 'w')\")",
    "compile(\"open('canary', 'w')\", 'x', 'exec')",
    "open('canary', 'w')",
    "open('canary', 'w').write('x')",
    "().__class__.__bases__[0].__subclasses__()",
    "().__class__.__mro__[1].__subclasses__()[0]('canary')",
    "(lambda: open('canary', 'w'))()",
    "lambda x=open('canary', 'w'): x",
    "[open('canary', 'w') for _ in (1,)]",
    "{open('canary', 'w')}",
    "{1: open('canary', 'w')}",
    "(open(c, 'w') for c in ('canary',))",
    "f\"{open('canary', 'w')}\"",
    "f'{TOUCH!r:>{9**9}}'",
    "(x := open('canary', 'w'))",
    "1 if open('canary', 'w') else 2",
    "open('canary', 'w') or 3",
    "3 and open('canary', 'w')",
    "not open('canary', 'w')",
    "1 < open('canary', 'w')",
    "'%s' % open('canary', 'w')",
    "'touch canary'.join(('a', 'b'))",
    "'{0.__class__}'.format(3)",
    "print('x', file=open('canary', 'w'))",
    "globals()['__builtins__']",
    "getattr(int, 'mro')",
    "__builtins__",
    "__name__",
    "Conv2d",
    "os.system('touch canary')",
    "subprocess.run(['touch', 'canary'])",
    "yaml.load('!!python/object/apply:os.system [touch canary]')",
    "sympify('x')",
    "pickle.loads(b'cos\\nsystem\\n(S\"touch canary\"\\ntR.')",
    "b'bytes'",
    "3j",
    "...",
    "9**9**9",
    "2**0.5",
    "1 << 99999",
    "1 >> 1",
    "~1",
    "3 @ 3",
    "3 & 5",
    "factorial(10**7)",
    "'a' * 10**9",
    "(1,) * 10**9",
    "'a' + 'b'",
    "'%d' % 3",
    "9" * 500,
    "0x" + "f" * 500,
    "999999999 * 999999999 * 999999999",
    "1 // 0",
    "1 % 0",
    "5 // 0.0",
    "1 / 2",
    "*(1, 2)",
    "yield 3",
    "await x",
    "x[0]",
    "(1, 2)[0]",
    "'abc'[0]",
    "3 .real",
    "(3).__class__",
    "-" * 400 + "1",
    "+".join(["1"] * 400),
    "(" * 100 + "1," + ")," * 99 + ")",
    "[" * 400,
    "not " * 200 + "1",
    "a" + ".a" * 480,
    "f" + "()" * 480,
    "x" + "[0]" * 320,
    "lambda:" * 130 + "1",
    "1 if 1 else " * 80 + "1",
    "1" + "**1" * 320,
    "3; import os",
    "3\nimport os",
    "3) or open('canary', 'w'",
    "3 # comment\n, open('canary', 'w')",
    "\x00",
    "\x1b[31m3",
    "３",
    "∞",
    "ｅｖａｌ('1')",
    "3 \\",
    "'unclosed",
    "x" * 2000,
)
"""Where a number should stand."""

CALLS = (
    *(f"Conv2d({value}, 3)" for value in VALUES),
    *(f"Conv2d(3, 8, kernel_size={value})" for value in VALUES[:5]),
    TOUCH,
    f"[Conv2d][{TOUCH}]",
    f"({TOUCH}, Conv2d)[1](3, 8, 3)",
    "os.system('touch canary')",
    "nn.os.system('touch canary')",
    "torch.nn.functional.conv2d(3, 8, 3)",
    "torch.load('canary')",
    "convmath.core.files.write_text('canary', 'x')",
    "cm.core.Conv2d(3, 8, 3)",
    ".Conv2d(3, 8, 3)",
    "Conv2d(3, 8, 3).__init__(3, 8, 3)",
    "Conv2d(3, 8, 3)(3)",
    "Conv2d.__init__(3, 8, 3)",
    "Conv2d(**{'in_channels': 3})",
    f"Conv2d(3, 8, 3, **{TOUCH})",
    f"Conv2d(*{TOUCH})",
    f"Conv2d(3, 8, 3, padding_mode={TOUCH})",
    "Conv2d(3, 8, 3, padding_mode='__import__')",
    f'Conv2d(3, 8, 3, convention="{TOUCH}")',
    "__import__",
    "layer_type",
    "REGISTRY",
    "Layer()",
    "Lazy()",
    "Composite()",
    "Conv(3, 8, 3)",
    "import os",
    "def f(): pass",
    "lambda: Conv2d(3, 8, 3)",
    "Conv2d(3, 8, 3) if 1 else ReLU()",
    "Conv2d(3, 8, 3); ReLU()",
    "x = ReLU()",
    "ReLU() or ReLU()",
    "'ReLU()'",
    "3",
    "",
    " ",
    "()",
)


@pytest.fixture
def canary(tmp_path, monkeypatch):
    """A folder to work in, in which nothing may appear."""
    monkeypatch.chdir(tmp_path)
    yield
    assert list(tmp_path.iterdir()) == []


def test_there_are_enough():
    assert len(set(VALUES)) > 80
    assert len(set(CALLS)) > 120


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("text", CALLS, ids=lambda text: ascii(text[:40]))
def test_a_call_is_refused_in_one_line(refusal, text):
    words = refusal("layer", "--", text)
    assert len(words) < 400
    assert words.isprintable()


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("text", CALLS, ids=lambda text: ascii(text[:40]))
def test_a_call_is_refused_by_the_library(text):
    with pytest.raises(ConvmathError):
        parse_layer(text)


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("text", VALUES, ids=lambda text: ascii(text[:40]))
def test_a_value_is_refused(refusal, text):
    with pytest.raises(ConvmathError):
        parse_value(text)
    words = refusal("analyze", "resnet18", "--given", f"classes={text}")
    assert len(words) < 400
    assert words.isprintable()


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("text", [TOUCH, *VALUES[40:60]], ids=lambda text: ascii(text[:40]))
def test_shapes_columns_and_names_are_refused(refusal, text):
    refusal("layer", "ReLU()", "--input", text)
    refusal("analyze", "resnet18", "--input", text)
    refusal("analyze", "resnet18", f"--columns={text}")
    refusal("analyze", "resnet18", "--top", "1", f"--sort={text}")
    refusal("layers", "--", text)
    refusal("layer", "ReLU()", f"--convention={text}")
    refusal("analyze", "--", text)
