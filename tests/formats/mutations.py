"""Specifications with a few random changes: what whoever reads them must withstand."""

import random
import re

from tests.formats.broken import BROKEN, SPECS


def catalogue():
    """The broken specifications of the catalogue and their twins."""
    return [path.read_text(encoding="utf-8") for path in sorted(SPECS.parent.glob("broken/**/*.yaml"))]


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
CLAIMS = """\
input: [1, 3, H, W]
params: {w: 8}
expect: {params: 269, macs: 216*H*W + 40*(H//2)*(W//2), output: [5, H//2, W//2], receptive_field: "<= 4", jump: 2}
limits: {params: 0.3k, macs: "<= 70M", flops: 200M, peak_activation: 64MiB, layers: "< 4"}
valid_for: H % 4 == 0, 8 <= H <= 512, 8 <= W <= 600
layers:
  - stem: {op: "Conv2d(3, w, 3, padding=1)", expect: {output: [8, H, W], macs: 216*H*W, params: ">= 28*w"}}
  - pool: MaxPool2d(2)  # noqa: CM101
  - head: {op: Conv2d, in_channels: w, out_channels: 5, kernel_size: 1, expect: {params: w*5 + 5}}
"""
SOUND = [
    BLOCKS,
    JSON,
    SYMBOLS,
    CLAIMS,
    CLAIMS,
    (SPECS.parents[2] / "examples" / "tiny.yaml").read_text(encoding="utf-8"),
]
SEEDS = [*SOUND * 40, *(text for text, _ in BROKEN.values()), *catalogue()]

TOKENS = [
    "!!python/object/apply:os.system ['touch canary']", "__import__('os').system('touch canary')",
    "!!python/name:os.system", "open('canary', 'w')", "&a ", "*a", "<<: ", "!!binary ", "? ", "---\n", "...\n",
    "%YAML 1.1\n", "%TAG ! x\n", "{", "}", "[", "]", "[[[[", ": ", ", ", "- ", "#", "'", '"', "|\n", ">-\n", "\t",
    "\r\n", "\r", "\x00", "\x07", "\x85", "\u2028", "\ufeff", "\ud800", "\U0001f600", "e\u0301", "\\ud800", "\\x00",
    "\\UFFFFFFFF", "~", "null", "true", "no", "012", "0x10", "0o17", "1e3", "1e999", ".nan", "-.inf", "3:30",
    "9" * 30, "-1", "0", "1.5", "2*w", "w//0", "9**9**9", "((((", "~" * 80, "lambda: 1", "[x for x in y]", "f'{w}'",
    "H+1", "k", "-H", "widht", "H.real", "max(H, k)", "0.5*w", "8//(H-1)", "1x3xHxW",
    "from", "input", "repeat", "first", "with", "block", "a[1]", "a[", "params", "blocks", "layers: ",
    "expect: ", "limits: ", "valid_for: ", "params: ", "macs", ">= ", "<", "5M", "1.5MiB", "0.1k", "H % 2 == 0",
    "2 <= H <= 99", "# noqa: CM101", "H*W", "H//W", "layers:\n  - ", "output: ", "convention: ",
    "Conv2d(3, 8, 3)", "Split(2)", "Chunk(3)",
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
