"""What is written reads back as what it was."""

import pytest

import convmath as cm
from convmath.formats.write import _flow, dumps
from convmath.report.frozen import Frozen
from convmath.zoo import FILE_OF, builder
from tests.formats.symbol import Symbol


def same(first, second):
    names = [[node.name for node in net.nodes] for net in (first, second)]
    return (
        first.name == second.name
        and names[0] == names[1]
        and first.nodes == second.nodes
        and first.outputs == second.outputs
        and first.input_shapes == second.input_shapes
    )


@pytest.mark.parametrize("name", FILE_OF)
def test_the_zoo_comes_back(name):
    network = builder(name)()
    text = dumps(network)
    again = cm.loads(text)
    assert same(network, again)
    assert again.analyze().rows == network.analyze().rows
    assert dumps(again) == text


def wild():
    net = cm.Network('a: "b" # c')
    left = net.input("left é", (1, 4, 8, 9))
    right = net.input("null", (1, 4, 8, 9))
    unshaped = net.input("from")
    net.add(cm.Add(), left, right, name="op")
    parts = net.add(cm.Chunk(2), left, name="1.0")
    joined = net.add(cm.Concat(), parts[1], parts[0], parts, name="- x")
    net.add(cm.Split(tuple(range(1, 401))), joined, name="true")
    net.add(cm.Conv2d(3, 8, (3, 5), padding=((0, 1), "same"), convention="onnx"), unshaped, name="c: d #")
    net.add(cm.Conv2d(3, 8, 3, padding="same_lower"), unshaped, name="{")
    net.add(cm.LazyConv2d(8, 3), net.add(cm.Dropout(1e-7), right, name="a" * 255), name="'")
    net.output(joined, parts[1], left)
    return net


def test_wild_names_and_values_come_back():
    network = wild()
    assert same(network, cm.loads(dumps(network)))


def test_values_beside_a_type():
    assert _flow((3, ("same", "null", None), True, 1e-07, "a: b")) == '[3, [same, "null", null], true, 1e-07, "a: b"]'


def test_the_text_is_short():
    net = cm.Network("n")
    x = net.input(shape=(1, 3, 8, 8))
    y = net.add(cm.ReLU(), net.add(cm.Conv2d(3, 3, 3, padding="same"), x, name="c"), name="r")
    net.add(cm.Add(), x, y, name="name")
    assert dumps(net) == (
        "name: n\n"
        "input: [1, 3, 8, 8]\n"
        "layers:\n"
        "  - c: Conv2d(3, 3, 3, padding='same')\n"
        "  - r: ReLU\n"
        "  - {name: name, op: Add, from: [input, r]}\n"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "a[0]",
            "the name 'a[0]' holds a bracket, which stands for an output (use a dot); no specification can state it",
        ),
        ("", "a name is empty (write at least one character); no specification can state it"),
        ("e\u0301", "the name 'e\u0301' is not in normal form (write it in Unicode's form NFC)"),
    ],
)
def test_names_that_no_file_can_hold(name, message):
    net = cm.Network("n")
    net.add(cm.ReLU(), net.input(), name="x")
    net.nodes[1] = net.nodes[1]._replace(name=name)
    with pytest.raises(cm.GraphError) as caught:
        dumps(net)
    assert str(caught.value) == message


def test_symbols_cannot_be_written():
    net = cm.Network("n")
    net.add(cm.ReLU(), net.input(shape=(1, 3, Symbol(7))))
    with pytest.raises(
        cm.GraphError, match=r"^n: the shape 1 × 3 × .* cannot be written \(give its symbols numbers\)$"
    ):
        dumps(net)
    net = cm.Network("n")
    net.add(cm.Linear(3, Symbol(4)), net.input())
    with pytest.raises(cm.GraphError, match=r"^linear: .* cannot be written \(give its symbols numbers\)$"):
        dumps(net)


H, k, w = cm.symbols("H k w")


def test_formulas_come_back():
    net = cm.Network("n")
    x = net.input(shape=(1, 3, 2 * H, -(-H // 2) + 1))
    x = net.add(cm.Conv2d(3, 4 * w, (k, 3), padding=((k // 2, 1), (0, (k - 1) // 2))), x, name="c")
    x = net.add(cm.Conv2d(4 * w, w * w * w + 2 * w, 1, groups=w, padding="same"), x, name="d")
    parts = net.add(cm.Split((w * w * w + w, w)), x, name="parts")
    net.add(cm.Upsample(size=(H, 9)), parts[1], name="up")
    text = dumps(net)
    assert text == (
        "name: n\n"
        "input: [1, 3, 2*H, -(-H//2) + 1]\n"
        "layers:\n"
        "  - c: Conv2d(3, 4*w, (k, 3), padding=((k//2, 1), (0, -(-k//2) - 1)))\n"
        "  - d: Conv2d(4*w, w*w*w + 2*w, 1, padding='same', groups=w)\n"
        "  - parts: Split((w*w*w + w, w))\n"
        '  - up: {op: "Upsample(size=(H, 9))", from: "parts[1]"}\n'
    )
    assert same(net, cm.loads(text))
    assert dumps(cm.loads(text)) == text
    assert cm.loads(text, {"H": 8, "w": 2, "k": 3}).analyze()["d"].outputs == ((1, 12, 16, 4),)


def test_long_calls_with_formulas_come_back():
    sizes = tuple(w + place for place in range(300))
    net = cm.Network("n")
    net.add(cm.Split(sizes), net.input(), name="s")
    assert same(net, cm.loads(dumps(net)))


@pytest.mark.parametrize(
    "size",
    [
        cm.symbols("p", least=0),
        cm.symbols("H").larger(3),
        3 * w * k // 2 + sum(cm.symbols(" ".join(f"a{i}" for i in range(300)))),
    ],
    ids=["least", "maximum", "size"],
)
def test_formulas_that_no_file_can_state(size):
    net = cm.Network("n")
    net.add(cm.ReLU(), net.input(shape=(1, 3, size)))
    with pytest.raises(cm.GraphError, match=r"^n: the shape .* cannot be written \(give its symbols numbers\)$"):
        dumps(net)
    net = cm.Network("n")
    net.add(cm.Linear(3, size), net.input())
    with pytest.raises(cm.GraphError, match=r"^linear: .* cannot be written \(give its symbols numbers\)$"):
        dumps(net)


def test_a_network_without_layers_cannot_be_written():
    net = cm.Network("n")
    net.input()
    with pytest.raises(cm.GraphError, match=r"^n: has no layers, and a specification has at least one$"):
        dumps(net)


def test_one_factor_for_each_axis_is_not_one_for_all():
    for layer in (cm.Upsample(scale_factor=(2, 2)), cm.Upsample(scale_factor=2), cm.Upsample(scale_factor=(2, 1.5))):
        net = cm.Sequential(layer, shape=(1, 3, 8, 9))
        assert same(net, cm.loads(dumps(net)))


def test_longer_symbols_are_declared():
    batch, data_1 = cm.symbols("batch data_1")
    net = cm.Network("n")
    x = net.input("x", (batch, 3, data_1, 2 * H))
    net.add(cm.Upsample(size=(3 * data_1, H)), x, name="up")
    text = cm.dumps(net)
    assert text.splitlines()[3] == "symbols: [batch, data_1]"
    again = cm.loads(text)
    assert same(net, again)
    assert cm.loads(text, {"batch": 2, "data_1": 5}).analyze(H=7).rows[-1].outputs == ((2, 3, 15, 7),)
    with pytest.raises(cm.SpecError, match=r"no parameter is called 'data_2'|data_2"):
        cm.loads(text.replace("data_1, 2*H", "2*data_2, 2*H"))


def test_shared_and_frozen_arrays_sizes_and_remarks_come_back():
    net = cm.Sequential(("a.0", cm.Linear(3, 3)), ("null", cm.Linear(3, 3)), name="n", shape=(1, 3))
    net.share("null", "a.0")
    net.frozen["a.0"] = Frozen(("bias",), 3)
    net.remarks = ['Said: "so"\x1b[31m.']
    net.made_for = (5, 7)
    text = cm.dumps(net)
    assert '"null": {op: "Linear(3, 3)", stored: a.0, from: a.0}' in text
    again = cm.loads(text)
    assert (again.shares, again.stored, again.frozen, again.made_for) == (
        {"null": "a.0"}, {"null": (0, 0)}, net.frozen, (5, 7),
    )  # fmt: skip
    assert again.remarks == ['Said: "so"\\x1b[31m.']
    assert cm.dumps(again) == text


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("c", "no layer is called 'c'"), ("b", "b: b does not stand before it"),
        ("relu", "b: its arrays are weight (3, 3), bias (3,), those of relu are none"),
        ("e", "b: its arrays are weight (3, 3), bias (3,), those of e are weight (3, 3) (what is shared"),
        ("again", "b: again stores none, its arrays are those of a (name that one)"),
        ("5", "stored must be [parameters, buffers], not '5' (write stored: [0, 0], or the layer that"),
    ],
)  # fmt: skip
def test_layers_whose_arrays_cannot_be_those(stored, said):
    text = (
        "layers: [a: 'Linear(3, 3)', {name: again, op: 'Linear(3, 3)', stored: a}, e: 'Linear(3, 3, bias=False)', ReLU,"
        f" {{name: b, op: 'Linear(3, 3)', stored: {stored}}}, c: 'Linear(3, 3)']"
    )
    with pytest.raises(cm.SpecError) as caught:
        cm.loads(text)
    assert said in str(caught.value)


def test_a_shape_that_no_specification_states():
    net = cm.Network("n")
    net.add(cm.ReLU(), net.input(shape=cm.Shape((5,))))
    with pytest.raises(cm.GraphError, match=r"^n: the shape 5 cannot be written \(a specification states batch and"):
        cm.dumps(net)
