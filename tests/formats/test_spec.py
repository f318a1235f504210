"""What specifications mean: every spelling of a layer, references, blocks, parameters, inputs."""

import pytest

import convmath as cm
from convmath.formats import spec
from tests.formats.broken import SPECS
from tests.formats.symbol import Symbol


def nodes_of(network):
    """(name, layer, what it reads) of each layer."""
    names = [node.name for node in network.nodes]
    return [
        (node.name, node.layer, [names[ref.node] + (f"[{ref.output}]" if ref.output else "") for ref in node.inputs])
        for node in network.nodes
        if node.layer is not None
    ]


def reads_of(text, **given):
    return {name: reads for name, _, reads in nodes_of(cm.loads(text, given))}


CONV = cm.Conv2d(3, 8, 3, stride=2, padding=1)


@pytest.mark.parametrize(
    "item",
    [
        "c: Conv2d(3, 8, 3, stride=2, padding=1)",
        "c: nn.Conv2d(3, 8, 3, stride=2, padding=1)",
        '{c: "Conv2d(3, 8, 3, stride=2, padding=1)"}',
        '{name: c, op: "Conv2d(3, w, 3, stride=2, padding=1)"}',
        "c: {op: Conv2d, in_channels: 3, out_channels: w, kernel_size: 3, stride: 2, padding: 1}",
        "c: {op: torch.nn.Conv2d, in_channels: 3, out_channels: w, kernel_size: [3, 3], stride: 2, padding: [1, 1]}",
        'c: {op: Conv2d, in_channels: w-5, out_channels: "w", kernel_size: "(3, w//2 - 1)", stride: 2, padding: 1}',
        "c:\n     {op: Conv2d,\n      in_channels: 3, out_channels: w,\n      kernel_size: 3, stride: 2, padding: 1}",
        "{op: Conv2d, name: c, in_channels: 0x3, out_channels: 0o10, kernel_size: 3, stride: 2, padding: 1}",
    ],
)
def test_spellings_of_a_layer(item):
    assert nodes_of(cm.loads(f"params: {{w: 8}}\nlayers:\n  - {item}\n")) == [("c", CONV, ["input"])]


def test_words_are_words_unless_they_are_names():
    text = (
        "params: {same: 1}\nlayers:\n  - {op: Conv2d, in_channels: 3, out_channels: 8, kernel_size: 3, padding: %s}\n"
    )
    assert cm.loads(text % "same")["conv2d"].padding == cm.Conv2d(3, 8, 3, padding=1).padding
    assert cm.loads(text % "valid")["conv2d"] == cm.Conv2d(3, 8, 3, padding="valid")
    text = "layers:\n  - {op: Upsample, scale_factor: 2, mode: bilinear}\n  - {op: PReLU}\n  - {op: Dropout, p: 1e-1}\n"
    assert [layer for _, layer, _ in nodes_of(cm.loads(text))] == [
        cm.Upsample(scale_factor=2, mode="bilinear"),
        cm.PReLU(),
        cm.Dropout(0.1),
    ]


def test_layers_without_a_name_are_called_after_their_type():
    text = "layers: [ReLU, ReLU6, ReLU, {op: ReLU}, relu_1: Identity, 'nn.ReLU()', {block: b}, {block: b}]\n"
    text += "blocks: {b: {layers: [ReLU]}}\n"
    names = ["relu", "relu6", "relu_2", "relu_3", "relu_1", "relu_4", "b.relu", "b_1.relu"]
    assert list(reads_of(text)) == names


def test_a_layer_reads_what_stands_before_it():
    text = """
layers:
  - a: ReLU
  - b: {op: Chunk, chunks: 2}
  - c: {op: ReLU, from: "b[1]"}
  - s: {op: Concat, from: [c, b, input, "b[1]", a]}
"""
    assert reads_of(text) == {"a": ["input"], "b": ["a"], "c": ["b[1]"], "s": ["c", "b", "input", "b[1]", "a"]}


def test_references_may_point_forward():
    text = "layers:\n  - s: {op: Add, from: [input, c]}\n  - a: {op: ReLU, from: input}\n  - b: ReLU\n  - c: ReLU\n"
    network = cm.loads(text)
    assert [name for name, _, _ in nodes_of(network)] == ["a", "b", "c", "s"]
    assert reads_of(text)["s"] == ["input", "c"]


def test_file_order_is_kept_where_it_can_be():
    network = cm.loads(
        "layers:\n  - a: ReLU\n  - b: ReLU\n  - c: {op: ReLU, from: input}\n  - d: {op: Add, from: [b, c]}\n"
    )
    assert [node.name for node in network.nodes] == ["input", "a", "b", "c", "d"]


def test_outputs():
    text = "layers:\n  - a: ReLU\n  - b: {op: Chunk, chunks: 2}\n  - c: {op: ReLU, from: a}\n"
    network = cm.loads(text)
    assert network.outputs == ((2, 0), (2, 1), (3, 0))
    assert cm.loads(f"{text}output: a\n").outputs == ((1, 0),)
    assert cm.loads(f'{text}output: ["b[1]", input]\n').outputs == ((2, 1), (0, 0))


def test_several_inputs():
    text = (
        "input: {left: [1, 3, 8], right: [2, 3, H]}\nlayers:\n  - {op: Concat, dim: 0, from: [left, right]}\n  - ReLU\n"
    )
    network = cm.loads(text, {"H": 8})
    assert network.input_shapes == {"left": (1, 3, 8), "right": (2, 3, 8)}
    assert network.analyze().rows[-1].outputs == ((3, 3, 8),)
    assert cm.loads(text).input_shapes == {"left": (1, 3, 8), "right": (2, 3, cm.symbols("H"))}


@pytest.mark.parametrize(
    ("stated", "shape"),
    [
        ("input: [1, 3, 8, 9]", (1, 3, 8, 9)),
        ("input: [N, c, 2*c, c//2]\nparams: {c: 4, N: 1}", (1, 4, 8, 2)),
        ("input: [1, 3, height, width]", None),
        ("input: [1, 3, height, 9]", None),
        ("input:", None),
        ("name: x", None),
        ('{"input": [1, "c", 8, 9], "params": {"c": 3},', (1, 3, 8, 9)),
    ],
)
def test_input_shapes(stated, shape):
    network = cm.loads(f"{stated} 'layers': [ReLU]}}" if stated[0] == "{" else f"{stated}\nlayers: [ReLU]\n")
    assert network.input_shapes == {"input": shape}


def test_given_sizes_are_names_in_expressions():
    text = "input: [1, C, H, H]\nparams: {w: 2*C, v: 3}\nlayers:\n  - Conv2d(C, w, H//4)\n  - Conv2d(w, v, 1)\n"
    network = cm.loads(text, {"C": 3, "H": 12})
    assert [layer for _, layer, _ in nodes_of(network)] == [cm.Conv2d(3, 6, 3), cm.Conv2d(6, 3, 1)]
    assert network.input_shapes == {"input": (1, 3, 12, 12)}


def test_the_grammar_in_the_documentation_is_read():
    text = "\n".join(line for line in spec.__doc__.splitlines() if line.startswith("    "))
    network = cm.loads(text, {"H": 15, "W": 9, "k": 3})
    assert len(network) == 16
    assert network.analyze()["body.2.add"].outputs == ((1, 16, 9, 10),)


def test_symbols_may_be_given():
    size = Symbol(8)
    network = cm.loads("input: [1, 3, H, H]\nlayers:\n  - Conv2d(3, H, 1)\n", {"H": size})
    assert network.input_shapes["input"][2] is size
    assert network["conv2d"].out_channels is size


def test_given_values_override_parameters():
    text = "params: {w: 16, c: 4*w, q: }\nlayers:\n  - Conv2d(w, c, q)\n"
    assert cm.loads(text, {"q": 3})["conv2d"] == cm.Conv2d(16, 64, 3)
    assert cm.loads(text, {"q": 3, "w": 2})["conv2d"] == cm.Conv2d(2, 8, 3)
    assert cm.loads(text, {"q": 1, "c": 5})["conv2d"] == cm.Conv2d(16, 5, 1)


def test_convention_holds_for_layers_that_do_not_say():
    text = """
convention: keras
layers:
  - Conv2d(3, 8, 3, stride=2, padding='same')
  - Conv2d(8, 8, 3, convention='jax')
  - {op: Conv2d, in_channels: 8, out_channels: 8, kernel_size: 3, stride: 2, padding: same}
  - {op: Conv2d, in_channels: 8, out_channels: 8, kernel_size: 3, convention: onnx}
  - ReLU
"""
    layers = [layer for _, layer, _ in nodes_of(cm.loads(text))]
    assert [layer.convention.name for layer in layers[:4]] == ["tensorflow", "jax", "tensorflow", "onnx"]


BLOCK = """
params: {w: 8}
blocks:
  residual:
    params: {c, m: c//2, s: 1}
    layers:
      - conv1: Conv2d(c, m, 1, s)
      - conv2: Conv2d(m, w, 1)
      - add: {op: Add, from: [conv2, input]}
      - unread: {op: Conv2d, in_channels: c, out_channels: c, kernel_size: s, from: input}
    output: add
layers:
"""


def test_blocks_lend_their_names():
    assert reads_of(BLOCK + "  - top: {block: residual, with: {c: 8}}\n  - ReLU\n") == {
        "top.conv1": ["input"],
        "top.conv2": ["top.conv1"],
        "top.add": ["top.conv2", "input"],
        "top.unread": ["input"],
        "relu": ["top.add"],
    }


def test_repeated_blocks_follow_themselves():
    text = (
        BLOCK
        + "  - top: {block: residual, repeat: w//4, start: 1, with: {c: w, m: w-4}, first: {s: 2, m: 3}}\n  - ReLU\n"
    )
    reads = reads_of(text)
    assert reads["top.2.conv1"] == ["top.1.add"]
    assert reads["top.2.add"] == ["top.2.conv2", "top.1.add"]
    assert reads["relu"] == ["top.2.add"]
    network = cm.loads(text)
    assert [network[f"top.{i}.conv1"] for i in (1, 2)] == [cm.Conv2d(8, 3, 1, 2), cm.Conv2d(8, 4, 1)]
    once = BLOCK + "  - top: {block: residual, repeat: 1, with: {c: 8}}\n"
    assert next(iter(reads_of(once))) == "top.0.conv1"


def test_blocks_of_several_inputs_and_of_blocks():
    text = """
blocks:
  join: {inputs: [x, y], layers: [{op: Add, from: [y, x]}, ReLU]}
  fork:
    layers:
      - parts: Chunk(2)
      - left: ReLU
      - right: {op: ReLU, from: "parts[1]"}
      - both: {block: join, from: [left, right]}
      - again: {block: join, from: [both, "parts[1]"]}
layers:
  - a: {block: fork}
  - b: {block: join, from: [a, input]}
"""
    assert reads_of(text) == {
        "a.parts": ["input"],
        "a.left": ["a.parts"],
        "a.right": ["a.parts[1]"],
        "a.both.add": ["a.right", "a.left"],
        "a.both.relu": ["a.both.add"],
        "a.again.add": ["a.parts[1]", "a.both.relu"],
        "a.again.relu": ["a.again.add"],
        "b.add": ["input", "a.again.relu"],
        "b.relu": ["b.add"],
    }


def test_a_block_may_hand_out_a_further_output_or_its_input():
    text = """
blocks:
  second: {layers: [c: Chunk(2)], output: "c[1]"}
  none: {layers: [ReLU], output: input}
layers:
  - a: {block: second}
  - b: {block: none}
  - c: {op: ReLU, from: b}
"""
    assert reads_of(text) == {"a.c": ["input"], "b.relu": ["a.c[1]"], "c": ["a.c[1]"]}


def test_split_by_one_size_has_as_many_outputs_as_the_input_decides():
    text = "input: [1, 9, 8]\nlayers:\n  - s: Split(3)\n  - {op: ReLU, from: 's[2]'}\n"
    assert cm.loads(text).analyze()["relu"].outputs == ((1, 3, 8),)


def test_origins_lead_errors_to_the_file():
    blocks = "blocks:\n  b:\n    layers:\n      - c: Conv2d(4, 8, 3)\n"
    text = f"input: [1, 3, 8, 8]\n{blocks}layers:\n  - ReLU\n  - x: {{block: b}}\n"
    network = cm.loads(text, name="net.yaml")
    assert network.origins == {"relu": "net.yaml:7:5", "x.c": "net.yaml:5:9"}
    with pytest.raises(cm.ShapeError, match=r"^net\.yaml:5:9: x\.c: Conv2d: "):
        network.analyze()


def test_missing_outputs_lead_to_the_file():
    text = "input: [1, 9, 8]\nlayers:\n  - s: Split(3)\n  - x: {op: ReLU, from: 's[3]'}\n"
    with pytest.raises(cm.GraphError, match=r"^f:4:5: x: reads output 3 of s, which has 3 \(counted from 0\)$"):
        cm.loads(text, name="f").analyze()


def test_names():
    text = "name: caf\u00e9 \u00d7 2\nlayers:\n  - '0': ReLU\n  - no: ReLU\n  - cafe\u0301: ReLU\n"
    text += "  - {op: ReLU, from: ['0'], name: 'true'}\n"
    network = cm.loads(text)
    assert network.name == "caf\u00e9 \u00d7 2"
    assert [node.name for node in network.nodes] == ["input", "0", "no", "caf\u00e9", "true"]
    assert cm.loads("layers: [ReLU]").name == "network"


def test_resnet50_is_the_zoos():
    path = SPECS / "resnet50.yaml"
    network, zoo = cm.load(path), cm.zoo.resnet50()
    assert network.analyze().rows == zoo.analyze().rows
    assert (network.nodes, network.outputs, network.input_shapes) == (zoo.nodes, zoo.outputs, zoo.input_shapes)
    assert len([line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]) <= 55
    narrow = cm.load(path, {"width": 16, "classes": 10})
    assert narrow.analyze().rows == cm.zoo.resnet50(width=16, classes=10).analyze().rows


def test_the_example_runs():
    report = cm.load(SPECS.parents[2] / "examples" / "tiny.yaml", {"H": 32, "W": 48}).analyze()
    assert report.title == "tiny"
    assert report["tail"].outputs == ((1, 8, 32, 48),)
