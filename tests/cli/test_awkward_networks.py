"""Every command on networks that it may not have been written for: an answer or a refusal, in every format."""

import pytest

NETWORKS = {
    "two inputs": """\
input: {image: 1x3x37x50, mask: 1x1x37x50, features: 1x12}
layers:
  - a: {op: "Conv2d(3, 8, 5, stride=2, padding=1)", from: image}
  - b: {op: "Conv2d(1, 8, 3, stride=2)", from: mask}
  - sum: {op: Add, from: [a, b]}
  - pool: GlobalAvgPool
  - flat: Flatten
  - fc: {op: "Linear(12, 8)", from: features}
  - join: {op: Concat, from: [flat, fc]}
""",
    "unknown operators": """\
input: 1x3x16x12
blocks:
  body: {layers: [conv: "Conv2d(3, 3, 3, padding=1)", odd: "Unknown('Mystery', ((1, 3, 16, 12),))"]}
layers:
  - a: {block: body}
  - b: {block: body}
  - act: ReLU
""",
    "an unknown operator alone": """\
input: 1x3x9
layers:
  - odd: Unknown('Mystery', ((1, 4),))
""",
    "one dimension": """\
input: 2x1x200
layers:
  - a: Conv1d(1, 4, 10, stride=4)
  - b: Conv1d(4, 4, 3, dilation=2, padding=2)
  - up: ConvTranspose1d(4, 2, 5, stride=3)
  - pool: MaxPool1d(7, 5)
""",
    "three dimensions": """\
input: 1x2x9x15x12
layers:
  - a: Conv3d(2, 4, (3, 5, 3), stride=(1, 2, 2), padding=(1, 0, 1))
  - norm: BatchNorm3d(4)
  - up: ConvTranspose3d(4, 3, 3, stride=2)
  - b: Conv3d(3, 4, 1, stride=2)
""",
    "symbols": """\
input: NxCxHxW
layers:
  - a: Conv2d(C, 2*w, 3, stride=2, padding=1)
  - dw: DepthwiseConv2d(2*w, k, padding=1)
  - up: ConvTranspose2d(2*w, 3, 4, stride=2, padding=1)
""",
    "symbols and an unknown operator": """\
input: 1x3xHx9
layers:
  - a: Conv2d(3, w, 3)
  - odd: Unknown('Mystery', ((1, 3, H, 9),))
  - b: Conv2d(3, 5, 3, stride=2)
""",
    "one layer": "input: 1x3x9x9\nlayers:\n  - only: ReLU\n",
    "one position": "input: 1x3x9x7\nlayers:\n  - only: Conv2d(3, 4, (9, 7))\n",
    "no spatial axes": "input: 4x9\nlayers:\n  - a: Linear(9, 5)\n  - b: ReLU\n",
}

COMMANDS = (
    "analyze {}",
    "analyze {} --depth 1 --training",
    "analyze {} --count-like torchinfo --columns +flops,bytes,intensity",
    "analyze {} --sort intensity",
    "analyze {} --top 2 --sort rf",
    "explain-count {}",
    "explain-count {} --like ptflops",
    "compare {} {} --all",
    "compare {} one.yaml --input-b 1x3x9x9 --columns params,flops,intensity",
    "compare one.yaml {} --depth 1",
    "lint {}",
    "lint {} --select CM",
    "lint {} --object 5 --select CM2",
    "draw {}",
    "draw {} --colour params --repeats",
    "draw {} --depth 1 --colour activations",
    "field {}",
    "field {} --ignore-global",
    "field {} --holes --depth 1",
    "solve {}",
    "solve {} --gives 3x3",
    "memory {}",
    "memory {} --layers",
    "memory {} --order best",
    "memory {} --training adam",
    "memory {} --training sgd --recompute 1 --layers",
    "roofline {} --profile a100",
    "roofline {} --profile m1 --depth 1 --top 1",
    "verify {}",
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text(NETWORKS["one layer"])


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("network", NETWORKS)
def test_an_answer_or_a_refusal(convmath, tmp_path, network, command, form):
    (tmp_path / "net.yaml").write_text(NETWORKS[network])
    words = command.replace("{}", "net.yaml").split()
    code, out, err = convmath(*words, "--format", "dot" if words[0] == "draw" else form)
    assert code in {0, 1, 2}
    assert bool(out) == (code != 2)
    assert err.startswith("error: ") if code == 2 else "error: " not in err
    assert "None" not in out.replace('"None"', "")


def test_unknown_operators_are_named_by_every_command(convmath, tmp_path):
    (tmp_path / "net.yaml").write_text(NETWORKS["unknown operators"])
    named = "nknown operators: a.odd (Mystery), b.odd (Mystery)"
    for command in (
        "analyze {}",
        "explain-count {}",
        "compare {} {}",
        "lint {}",
        "field {}",
        "roofline {} --profile t4",
    ):
        assert named in convmath(*command.replace("{}", "net.yaml").split())[1]
    assert "MACs of 2 layers are unknown" in convmath("draw", "net.yaml")[1]
    assert "No rule tells what a.odd, b.odd keep" in convmath("memory", "net.yaml", "--training", "sgd")[1]
    assert convmath("analyze", "net.yaml", "--strict")[0] == 1
