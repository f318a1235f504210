"""Claims renewed in place: every byte beside the numbers stays, and what then stands there holds."""

from __future__ import annotations

import re
from random import Random

import pytest

from convmath.ci.check import check_file
from convmath.ci.renewing import renew
from convmath.core.errors import FileError, SpecError

NET = """\
# A network that claims much.
name: net   # with a name
input: [1, 3, H, W]

expect:
  params: 9k   # not so
  "macs": '= 217*H*W'   # nor this
  output: [ 5,  H,W//2 ]
  receptive_field: 5
  layers: ">= 4"     # a bound stays
  jump: 2
limits: {params: 200}
layers:
  - stem: {op: "Conv2d(3, 8, 3, padding=1)", expect: {params: 1, output: [9, H, W]}}
  - pool: MaxPool2d(2)
  - head: Conv2d(8, 5, 1)
"""

RENEWED = (
    NET.replace("params: 9k", "params: 269")
    .replace("217*H*W", "216*H*W + 40*(H//2)*(W//2)")
    .replace("[ 5,  H,W//2 ]", "[ 5,  H//2,W//2 ]")
    .replace("receptive_field: 5", "receptive_field: 4")
    .replace("params: 1, output: [9", "params: 224, output: [8")
)


def renewed(tmp_path, text, given=None):
    path = tmp_path / "net.yaml"
    path.write_bytes(text.encode())
    count = renew(str(path), given)
    return count, path.read_bytes().decode()


@pytest.mark.parametrize("change", [
    lambda text: text, lambda text: text.replace("\n", "\r\n"), lambda text: "\ufeff" + text,
    lambda text: text.replace("\n", "\r"), lambda text: text.replace("network that", "Netzwerk ⌊ü⌋ 𝛼 that"),
], ids=["plain", "CRLF", "mark", "CR", "letters"])  # fmt: skip
def test_only_the_numbers_change(tmp_path, change):
    count, text = renewed(tmp_path, change(NET))
    assert count == 6
    assert text == change(RENEWED)
    found = check_file(str(tmp_path / "net.yaml")).findings
    assert [(one.layer, one.message) for one in found] == [
        ("", "layers is 3, ≥ 4 is claimed"), ("", "params is 269, ≤ 200 is claimed"),
    ]  # fmt: skip
    assert renewed(tmp_path, text) == (0, text)


RIGHT = (
    "params: 269", "= 216*H*W + 40*(H//2)*(W//2)", "[ 5,  H//2,W//2 ]", "field: 4", "jump: 2", "params: 224",
    "[8, H, W]",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_whatever_stood_there_what_is_so_comes_back(tmp_path, seed):
    dice = Random(seed)
    text = RENEWED
    for right in dice.sample(RIGHT, dice.randint(1, len(RIGHT))):
        assert text.count(right) == 1
        sizes = re.sub(r"(?<=[ \[,])[0-9HW](?:[^,\]]*[^,\] ])?", lambda _: str(dice.randint(10**3, 10**6)), right)
        text = text.replace(right, sizes)
    assert text != RENEWED
    assert renewed(tmp_path, text)[1] == RENEWED


STAYS = [
    "{input: [1, 3, 9, 7], expect: {receptive_field: 4}, layers: ['Conv2d(3, 8, (3, 5))']}",  # two sizes for one
    "{input: [1, 3, 9, 7], params: {w: 8}, expect: {params: 27*w}, layers: ['Conv2d(3, w, 3)']}",  # a formula
    "{input: [1, 3, H, 7], params: {H: 9, K: 2}, expect: {output: [K, 7, 5]}, layers: ['Conv2d(3, 8, 3)']}",  # one too
    "{input: [1, 3, 9, 7], expect: {output: [1, 1, 8, 7, 5]}, layers: ['Conv2d(3, 8, 3)']}",  # too many sizes
    "{input: [1, 3, 9, 7], expect: {params: '<= 9'}, limits: {macs: '= 3'}, layers: ['Conv2d(3, 8, 3)']}",
    "{input: [1, 3, 9, 7], expect: {params: 224}, layers: ['Conv2d(3, 8, 3)']}",
    "{input: [1, 3, 9, 7], expect: {params: \"= \\x35\"}, layers: ['Conv2d(3, 8, 3)']}",  # not as it reads
]


@pytest.mark.parametrize("text", STAYS)
def test_what_is_a_decision_stays(tmp_path, text):
    assert renewed(tmp_path, text) == (0, text)


def test_a_block_of_several_uses(tmp_path):
    block = "input: [1, 4, 9, 9]\nblocks:\n  twice:\n    params: {c}\n    layers:\n      - a: {op: 'Conv2d(c, 2*c, 1)',"
    block += " expect: {params: 1, jump: 3}}\nlayers:\n  - one: {block: twice, with: {c: 4}}\n"
    assert renewed(tmp_path, block) == (2, block.replace("params: 1, jump: 3", "params: 40, jump: 1"))
    both = block + "  - two: {block: twice, with: {c: 8}}\n"
    assert renewed(tmp_path, both) == (1, both.replace("jump: 3", "jump: 1"))


def test_a_formula_that_is_right_stays_beside_a_number_that_is_not(tmp_path):
    text = "{input: [1, 3, 9, 7], params: {w: 4}, expect: {output: [2*w, 8, 5]}, layers: ['Conv2d(3, 2*w, 3)']}"
    assert renewed(tmp_path, text) == (1, text.replace("8, 5]", "7, 5]"))


def test_files_at_fault(tmp_path):
    with pytest.raises(SpecError, match=r"net.yaml:1:2"):
        renewed(tmp_path, "{layer: 3}")
    with pytest.raises(FileError, match=r"does not exist"):
        renew(str(tmp_path / "none.yaml"))
    assert renew("model.onnx") == 0


def test_a_file_that_cannot_be_written_stays(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("convmath.core.files.os.fsync", full)
    with pytest.raises(FileError, match=r"net.yaml: cannot be written: No space left on device"):
        renewed(tmp_path, NET)
    assert (tmp_path / "net.yaml").read_bytes().decode() == NET
    assert [path.name for path in tmp_path.iterdir()] == ["net.yaml"]
