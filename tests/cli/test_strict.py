"""What nobody knows is shown in every form, and with --strict the exit code says so."""

import json

import pytest

SPEC = """
name: partly
input: [1, 3, 9, 11]
layers:
  - conv: Conv2d(3, 8, 3)
  - block.boxes: Unknown('NonMax\\x1b[31m', ((1, 8, 5, 5),))
  - block.tail: Conv2d(8, 4, 3)
"""

CONV, TAIL = 8 * 7 * 9 * 27, 4 * 9 * 72
PARAMS = 8 * 28 + 4 * 73


@pytest.fixture
def partly(tmp_path):
    path = tmp_path / "partly.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return str(path)


def test_strict_names_them_and_exits_with_1(convmath, partly):
    code, out, err = convmath("analyze", partly, "--strict")
    assert code == 1
    assert "at least" in out
    assert err == f"{partly}: Unknown operator: block.boxes (NonMax\\x1b[31m)\n"
    assert convmath("analyze", partly)[0] == 0
    assert convmath("analyze", "resnet18", "--strict")[0] == 0


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
@pytest.mark.parametrize("view", [(), ("--depth", "1"), ("--sort", "macs"), ("--top", "1")])
def test_totals_say_at_least_in_every_view(convmath, partly, form, view):
    code, out, err = convmath("analyze", partly, "--format", form, *view)
    assert (code, err) == (0, "")
    assert f"at least {CONV + TAIL:,}" in out
    assert f"at least {PARAMS:,}" in out
    assert "\x1b" not in out


def test_a_folded_block_says_at_least(convmath, partly):
    _, out, _ = convmath("analyze", partly, "--depth", "1", "--format", "csv", "--columns", "name,macs,params,rf")
    assert out.splitlines()[1:] == [f"conv,{CONV},224,3", f"block,at least {TAIL},at least 292,all"]


def test_what_is_unknown_may_be_the_largest(convmath, partly):
    _, out, _ = convmath("analyze", partly, "--top", "2", "--format", "csv", "--columns", "name,macs,flops")
    assert [line.split(",")[:2] for line in out.splitlines()[1:]] == [["block.boxes", "?"], ["conv", str(CONV)]]


def test_the_data(convmath, partly):
    _, out, _ = convmath("analyze", partly, "--format", "json")
    data = json.loads(out)
    assert data["unknown"] == ["block.boxes"]
    assert data["totals"]["macs"] == f"at least {CONV + TAIL}"
    boxes = data["layers"][1]
    assert [boxes[key] for key in ("params", "macs", "macs_touching", "flops", "activations")] == ["?"] * 4 + [200]
    assert boxes["receptive_field"]["size"] == [None, None]
