"""Whatever the bytes: a network, or an error of convmath's own with a place for every fault; and nothing is run.

`CONVMATH_FUZZ=100000 python -m pytest tests/formats/test_fuzz.py` tries so many mutations; 3,000 otherwise.
"""

import os
import random
import re

import pytest

import convmath as cm
from convmath.formats.write import dumps
from tests.formats.broken import BROKEN, SPECS

COUNT = int(os.environ.get("CONVMATH_FUZZ", "3000"))
BATCHES = 10

BLOCKS = """\
input: {left: [1, 4, 8, 9], right: [1, 4, H, W]}
params: {w: 4, v: 2*w, H: 8, W: 9}
convention: keras
blocks:
  inner: {params: {c}, layers: ['Conv2d(c, c, 3, padding=1)', ReLU]}
  outer:
    params: {c, s: 1}
    inputs: [x, y]
    layers:
      - a: {block: inner, with: {c: c}, repeat: 2, from: x}
      - b: {op: Conv2d, in_channels: c, out_channels: c, kernel_size: [1, 3], padding: same, from: y}
      - {op: Add, from: [a, b]}
layers:
  - join: {op: Concat, dim: -1, from: [left, later]}
  - later: {block: outer, with: {c: w}, from: [left, right]}
  - {name: parts, op: "Chunk(2)", from: join}
  - one: {op: ReLU, from: "parts[1]"}
  - {block: inner, repeat: 3, start: 1, with: {c: v//4}, first: {c: 2}}
output: [one, "parts[0]"]
"""
JSON = '{"input": [1, 3, 8, 9], "params": {"w": 4},\n\t"layers": ["Conv2d(3, w, 3)", {"r": "ReLU"}, {"op": "Flatten"}]}'
SYMBOLS = """\
input: {left: nx3x(2*H)xW, right: [n, C_in, height, W//2]}
params: {w: 4*v}
blocks: {b: {params: {c, m: c//2}, layers: ['Conv2d(c, m, k, padding=k//2)', 'Conv2d(m, c, 3, dilation=d)']}}
layers:
  - stem: {op: Conv2d, in_channels: 3, out_channels: w, kernel_size: [k, k+1], stride: s, groups: g, from: left}
  - {block: b, repeat: 2, with: {c: w}}
  - join: {op: Concat, from: [stem, right]}
"""
SOUND = [BLOCKS, JSON, SYMBOLS, (SPECS.parents[2] / "examples" / "tiny.yaml").read_text(encoding="utf-8")]
SEEDS = [*SOUND * 40, *(text for text, _ in BROKEN.values())]

TOKENS = [
    "!!python/object/apply:os.system ['touch canary']", "__import__('os').system('touch canary')",
    "!!python/name:os.system", "open('canary', 'w')", "&a ", "*a", "<<: ", "!!binary ", "? ", "---\n", "...\n",
    "%YAML 1.1\n", "%TAG ! x\n", "{", "}", "[", "]", "[[[[", ": ", ", ", "- ", "#", "'", '"', "|\n", ">-\n", "\t",
    "\r\n", "\r", "\x00", "\x07", "\x85", "\u2028", "\ufeff", "\ud800", "\U0001f600", "e\u0301", "\\ud800", "\\x00",
    "\\UFFFFFFFF", "~", "null", "true", "no", "012", "0x10", "0o17", "1e3", "1e999", ".nan", "-.inf", "3:30",
    "9" * 30, "-1", "0", "1.5", "2*w", "w//0", "9**9**9", "((((", "~" * 80, "lambda: 1", "[x for x in y]", "f'{w}'",
    "H+1", "k", "-H", "widht", "H.real", "max(H, k)", "0.5*w", "8//(H-1)", "1x3xHxW",
    "from", "input", "repeat", "first", "with", "block", "a[1]", "a[", "params", "blocks", "layers: ",
    "layers:\n  - ", "output: ", "convention: ", "Conv2d(3, 8, 3)", "Split(2)", "Chunk(3)",
]  # fmt: skip


def insert(rng, text, start, end):
    return text[:start] + rng.choice(TOKENS) + text[start:]


def delete(rng, text, start, end):
    return text[:start] + text[min(end, start + rng.randint(1, 20)) :]


def change(rng, text, start, end):
    return text[:start] + chr(rng.choice((rng.randrange(128), rng.randrange(0x3000)))) + text[start + 1 :]


def repeat(rng, text, start, end):
    return text[:end] + text[start:end][:200] + text[end:]


def splice(rng, text, start, end):
    other = rng.choice(SEEDS)
    return text[:start] + other[rng.randint(0, len(other)) :]


def swap(rng, text, start, end):
    words = re.findall(r"\w+", text) or [""]
    return text.replace(rng.choice(words), rng.choice(words + TOKENS), 1)


def move_line(rng, text, start, end):
    lines = text.splitlines(keepends=True)
    line = lines.pop(rng.randrange(len(lines))) if lines else "\n"
    place = rng.randint(0, len(lines))
    return "".join([*lines[:place], line * rng.randrange(3), *lines[place:]])


def other_digit(rng, text, start, end):
    return re.sub(r"\d", lambda match: rng.choice((match[0], match[0], match[0], str(rng.randrange(10)))), text)


MUTATIONS = (insert, delete, change, repeat, splice, swap, move_line, other_digit, other_digit)


def mutated(rng: random.Random) -> bytes:
    text = rng.choice(SEEDS)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        start, end = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        text = rng.choice(MUTATIONS)(rng, text, start, end)[:20_000]
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    if data and rng.random() < 0.1:
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def check_faults(error: cm.SpecError, data: bytes) -> None:
    assert str(error).splitlines() == list(error.faults)
    assert all(fault.isprintable() for fault in error.faults)
    matches = [re.match(r"f:([1-9]\d*):([1-9]\d*): \S", fault) for fault in error.faults]
    places = [(int(match[1]), int(match[2])) for match in matches if match]
    assert places == sorted(places)
    assert len(places) == len(matches) >= 1
    assert places[-1][0] <= data.count(b"\n") + data.count(b"\r") + 2


def check_network(network: cm.Network) -> None:
    """It is written as it was read, and an error about it, if any, leads to the file."""
    again = cm.loads(dumps(network), name="f")
    assert (again.name, again.nodes, again.outputs) == (network.name, network.nodes, network.outputs)
    opened = {name for name, shape in network.input_shapes.items() if shape is None}
    assert set(network.origins) - opened == {node.name for node in network.nodes if node.layer is not None}
    if None not in network.input_shapes.values():
        assert re.match(r"$|f:\d+:\d+: ", complaint(network))


def complaint(network: cm.Network) -> str:
    try:
        network.analyze()
    except cm.ConvmathError as error:
        return str(error)
    return ""


def try_one(data: bytes) -> bool:
    """Whether the bytes are a network; an AssertionError if an error is not what it should be."""
    try:
        network = cm.loads(data, name="f")
    except cm.SpecError as error:
        check_faults(error, data)
        return False
    check_network(network)
    return True


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutations(batch, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = random.Random(batch)
    networks = 0
    for _ in range(COUNT // BATCHES):
        data = mutated(rng)
        try:
            networks += try_one(data)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}; the bytes were {data!r}") from error
    assert list(tmp_path.iterdir()) == []
    assert networks >= COUNT // BATCHES // 50
