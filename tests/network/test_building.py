"""Networks node by node: names, outputs, several inputs, and what is refused."""

import pytest

import convmath as cm
from convmath.core.errors import GraphError, ParameterError, ShapeError, UnknownNameError
from convmath.network.node import Ref


def names(net):
    return [node.name for node in net.nodes]


def refusal(error, call):
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


def test_sequential_counts_its_layers():
    net = cm.Sequential(cm.Conv2d(3, 8, 3), cm.ReLU(), cm.Conv2d(8, 2, 1))
    assert names(net) == ["input", "0", "1", "2"]
    assert [node.inputs for node in net.nodes] == [(), (Ref(0),), (Ref(1),), (Ref(2),)]


def test_sequential_takes_named_pairs_and_counts_on():
    net = cm.Sequential(cm.ReLU(), ("body", cm.ReLU()), cm.ReLU(), ("2x", cm.ReLU()))
    assert names(net) == ["input", "0", "body", "2", "2x"]


def test_sequential_nests():
    block = cm.Sequential(cm.Conv2d(8, 8, 3, padding=1), ("act", cm.ReLU()))
    twice = cm.Sequential(block, ("last", block))
    net = cm.Sequential(cm.Conv2d(3, 8, 3), ("blocks", twice), block)
    assert names(net) == [
        "input", "0", "blocks.0.0", "blocks.0.act", "blocks.last.0", "blocks.last.act", "2.0", "2.act",
    ]  # fmt: skip
    assert [row.outputs[0] for row in net.analyze((1, 3, 9, 12)).rows] == [(1, 8, 7, 10)] * 7


def test_sequential_remembers_its_name_and_shape():
    net = cm.Sequential(cm.ReLU(), name="tiny", shape=(1, 2, 3, 4))
    assert (net.name, net.input_shapes) == ("tiny", {"input": (1, 2, 3, 4)})
    assert net.analyze().title == "tiny"


def test_sequential_of_nothing():
    assert refusal(ParameterError, cm.Sequential) == "Sequential: has no layers (give it at least one)"


def test_sequential_of_something_else():
    text = refusal(GraphError, lambda: cm.Sequential(cm.ReLU(), "ReLU"))
    assert text == "1: 'ReLU' is no layer (write for example Conv2d(3, 64, 7))"


def test_automatic_names_count_within_a_type():
    net = cm.Network()
    x = net.input()
    for layer in (cm.Conv2d(3, 3, 1), cm.ReLU(), cm.Conv2d(3, 3, 1), cm.Conv2d(3, 3, 1), cm.ReLU()):
        x = net.add(layer, x)
    assert names(net) == ["input", "conv2d", "relu", "conv2d_1", "conv2d_2", "relu_1"]


def test_automatic_names_pass_over_taken_ones_and_blocks():
    net = cm.Network()
    x = net.input()
    x = net.add(cm.ReLU(), x, name="relu_1")
    x = net.add(cm.ReLU(), x, name="conv2d.inner")
    x = net.add(cm.ReLU(), x)
    x = net.add(cm.ReLU(), x)
    net.add(cm.Conv2d(3, 3, 1), x)
    assert names(net) == ["input", "relu_1", "conv2d.inner", "relu", "relu_2", "conv2d_1"]


def test_several_outputs_are_indexed_and_unpacked():
    net = cm.Network()
    x = net.input(shape=(1, 6, 4, 5))
    left, right = net.add(cm.Chunk(2), x, name="halves")
    first = net.add(cm.ReLU(), left)
    second = net.add(cm.ReLU(), right)
    pieces = net.add(cm.Split((1, 2)), first, name="pieces")
    net.add(cm.Concat(), pieces[1], second, pieces[0], name="joined")
    rows = {row.name: row for row in net.analyze().rows}
    assert rows["halves"].outputs == ((1, 3, 4, 5), (1, 3, 4, 5))
    assert rows["pieces"].outputs == ((1, 1, 4, 5), (1, 2, 4, 5))
    assert rows["joined"].inputs == ((1, 2, 4, 5), (1, 3, 4, 5), (1, 1, 4, 5))
    assert rows["joined"].outputs == ((1, 6, 4, 5),)


def test_split_by_one_size_has_as_many_outputs_as_fit():
    net = cm.Network()
    x = net.input(shape=(1, 7, 4, 4))
    pieces = net.add(cm.Split(3), x)
    net.add(cm.ReLU(), pieces[2], name="rest")
    assert net.analyze()["rest"].outputs == ((1, 1, 4, 4),)


def test_an_output_that_is_not_there():
    net = cm.Network()
    x = net.input(shape=(1, 6, 4, 4))
    halves = net.add(cm.Chunk(2), x, name="halves")
    assert refusal(GraphError, lambda: halves[2]) == "2 is no output (there are 2, counted from 0)"
    pieces = net.add(cm.Split(3), x, name="pieces")
    net.add(cm.ReLU(), pieces[2], name="act")
    assert refusal(GraphError, net.analyze) == "act: reads output 2 of pieces, which has 2 (counted from 0)"


def test_pieces_whose_number_the_input_decides_are_not_unpacked():
    net = cm.Network()
    pieces = net.add(cm.Split(3), net.input(shape=(1, 6, 4, 4)))
    text = "how many outputs there are depends on the input; take them by number: pieces[0]"
    assert refusal(GraphError, lambda: list(pieces)) == text


@pytest.mark.parametrize("name", [5, ["a"], "", None])
def test_names_are_texts(name):
    text = f"{name!r} is no name (give a text such as 'conv1')"
    assert refusal(GraphError, lambda: cm.Network().input(name)) == text


def test_a_second_output_of_an_input_is_not_there():
    net = cm.Network()
    x = net.input("image", shape=(1, 6, 4, 4))
    assert refusal(GraphError, lambda: x[1]) == "1 is no output (there are 1, counted from 0)"


@pytest.mark.parametrize("output", [-1, -9, 1.0, True, "0", slice(0, 1)])
def test_outputs_are_counted_from_0(output):
    x = cm.Network().input()
    assert refusal(GraphError, lambda: x[output]) == f"{output!r} is no output (there are 1, counted from 0)"


def test_several_inputs():
    net = cm.Network("two")
    image, mask = net.input("image"), net.input("mask", (1, 1, 8, 8))
    net.add(cm.Multiply(), image, mask, name="masked")
    assert len(net) == 1
    assert net.analyze((1, 3, 8, 8)).inputs == {"image": (1, 3, 8, 8), "mask": (1, 1, 8, 8)}
    assert net.analyze("1x3x8x8", [1, 3, 8, 8])["masked"].inputs == ((1, 3, 8, 8), (1, 3, 8, 8))
    assert net.analyze(mask=(1, 3, 1, 1), image="1x3x2x2")["masked"].outputs == ((1, 3, 2, 2),)
    assert net.analyze((1, 3, 4, 4), mask=(1, 3, 4, 1))["masked"].outputs == ((1, 3, 4, 4),)


def test_a_remembered_shape_gives_way_to_one_that_is_given():
    net = cm.Sequential(cm.ReLU(), shape=(1, 3, 8, 8))
    assert net.analyze()["0"].outputs == ((1, 3, 8, 8),)
    assert net.analyze((2, 5, 4, 4))["0"].outputs == ((2, 5, 4, 4),)
    assert net.analyze()["0"].outputs == ((1, 3, 8, 8),)


def two_inputs():
    net = cm.Network("two")
    net.add(cm.Add(), net.input("left"), net.input("right"))
    return net


SHAPES = (1, 3, 8, 8)

SHAPE_REFUSALS = [
    (
        (),
        {},
        ShapeError,
        "two: the shape of 'left' is not known (give one, such as 1x3x224x224)",
    ),
    (
        (SHAPES,),
        {},
        ShapeError,
        "two: the shape of 'right' is not known (give one, such as 1x3x224x224)",
    ),
    ((SHAPES,) * 3, {}, ShapeError, "two: 3 shapes given, the network has 2 inputs: left, right"),
    ((SHAPES,), {"left": SHAPES}, ShapeError, "two: the shape of 'left' is given twice, by position and by name"),
    ((), {"rihgt": SHAPES}, UnknownNameError, "no input is called 'rihgt'; did you mean right?"),
    ((), {"left": SHAPES, "input": SHAPES}, UnknownNameError, "no input is called 'input'"),
]


@pytest.mark.parametrize(("shapes", "named", "error", "text"), SHAPE_REFUSALS)
def test_shapes_that_do_not_fit_the_inputs(shapes, named, error, text):
    assert refusal(error, lambda: two_inputs().analyze(*shapes, **named)) == text


def test_something_that_is_no_shape():
    text = refusal(ShapeError, lambda: two_inputs().analyze(SHAPES, 7))
    assert text == "a shape is a tuple of sizes such as (1, 3, 224, 224), not 7"


def other_value():
    return cm.Network("other").input("x")


BUILD_REFUSALS = {
    "no input": (lambda net, x: net.add(cm.ReLU(), name="act"),
                 "act: has no input (pass what net.input() or net.add() returned)"),
    "no input, no name": (lambda net, x: net.add(cm.ReLU()),
                          "a layer: has no input (pass what net.input() or net.add() returned)"),
    "foreign value": (lambda net, x: net.add(cm.ReLU(), other_value(), name="act"),
                      "act: <Tensor x[0]> is no value of network 'net'"),
    "second input foreign": (lambda net, x: net.add(cm.Add(), x, other_value()),
                             "a layer: <Tensor x[0]> is no value of network 'net'"),
    "no value at all": (lambda net, x: net.add(cm.ReLU(), "input", name="act"),
                        "act: 'input' is no value of network 'net'"),
    "network as value": (lambda net, x: net.add(cm.ReLU(), net, name="act"),
                         "act: <Network net: 1 layers> is no value of network 'net'"),
    "no layer": (lambda net, x: net.add(cm.ReLU, x, name="act"),
                 "act: <class 'convmath.layers.activation.ReLU'> is no layer (write for example Conv2d(3, 64, 7))"),
    "no layer, no name": (lambda net, x: net.add(None, x),
                          "a layer: None is no layer (write for example Conv2d(3, 64, 7))"),
    "name of a layer": (lambda net, x: net.add(cm.ReLU(), x, name="first"),
                        "first: the name is used twice (rename one of the two)"),
    "name of an input": (lambda net, x: net.add(cm.ReLU(), x, name="input"),
                         "input: the name is used twice (rename one of the two)"),
    "two inputs of a name": (lambda net, x: net.input(),
                             "input: the name is used twice (rename one of the two)"),
    "an input with a layer's name": (lambda net, x: net.input("first"),
                                     "first: the name is used twice (rename one of the two)"),
    "pairs of a name": (lambda net, x: cm.Sequential(("a", cm.ReLU()), ("a", cm.ReLU())),
                        "a: the name is used twice (rename one of the two)"),
    "foreign output": (lambda net, x: net.output(x, other_value()),
                       "output: <Tensor x[0]> is no value of network 'net'"),
    "too few values for a network": (lambda net, x: net.add(two_inputs(), x, name="inner"),
                                     "inner: takes 2 inputs, got 1"),
    "too many values for a network": (lambda net, x: net.add(cm.Sequential(cm.ReLU()), x, x),
                                      "sequential: takes 1 inputs, got 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", BUILD_REFUSALS)
def test_building_errors(case):
    build, text = BUILD_REFUSALS[case]
    net = cm.Network("net")
    x = net.input(shape=(1, 3, 8, 8))
    net.add(cm.ReLU(), x, name="first")
    assert refusal(GraphError, lambda: build(net, x)) == text
    # What was refused has left nothing behind.
    assert names(net) == ["input", "first"]
    assert net.input_shapes == {"input": (1, 3, 8, 8)}
    assert net.analyze().totals.activations == 192


def test_a_wrong_shape_adds_no_input():
    net = cm.Network()
    refusal(ShapeError, lambda: net.input(shape=(1,)))
    assert (len(net.nodes), net.input_shapes) == (0, {})


def test_outputs_are_what_nothing_reads_unless_stated():
    net = cm.Network()
    x = net.input()
    stem = net.add(cm.ReLU(), x, name="stem")
    net.add(cm.ReLU(), stem, name="head")
    halves = net.add(cm.Chunk(2), stem, name="halves")
    assert net.outputs == (Ref(2), Ref(3), Ref(3, 1))
    net.output(stem, halves[1])
    assert net.outputs == (Ref(1), Ref(3, 1))


def test_layers_by_name():
    net = cm.Sequential(("conv", cm.Conv2d(3, 8, 3)), ("act", cm.ReLU()))
    assert net["conv"] == cm.Conv2d(3, 8, 3)
    assert refusal(UnknownNameError, lambda: net["covn"]) == "no layer is called 'covn'; did you mean conv?"
    assert refusal(UnknownNameError, lambda: net["input"]) == "no layer is called 'input'"


def test_representations():
    net = cm.Network("tiny")
    x = net.input("image")
    halves = net.add(cm.Chunk(2), x, name="halves")
    assert repr(net) == "<Network tiny: 1 layers>"
    assert [repr(tensor) for tensor in (x, *halves)] == [
        "<Tensor image[0]>",
        "<Tensor halves[0]>",
        "<Tensor halves[1]>",
    ]
