"""Networks inside networks: they are added node by node."""

import convmath as cm
from convmath.network.node import Ref


def residual(channels=4):
    net = cm.Network("residual")
    x = net.input()
    y = net.add(cm.Conv2d(channels, channels, 3, padding=1), x, name="conv")
    net.add(cm.Add(), x, y, name="sum")
    return net


def names(net):
    return [node.name for node in net.nodes]


def test_its_layers_get_its_name():
    net = cm.Network()
    x = net.input(shape=(1, 4, 6, 6))
    y = net.add(residual(), x, name="block")
    net.add(cm.ReLU(), y, name="act")
    assert names(net) == ["input", "block.conv", "block.sum", "act"]
    assert [node.inputs for node in net.nodes] == [(), (Ref(0),), (Ref(0), Ref(1)), (Ref(2),)]


def test_without_a_name_it_is_called_after_itself():
    net = cm.Network()
    x = net.input(shape=(1, 4, 6, 6))
    for _ in range(3):
        x = net.add(residual(), x)
    assert names(net)[1::2] == ["residual.conv", "residual_1.conv", "residual_2.conv"]
    # Convolution 4·4·9 + 4 parameters, three times.
    assert net.analyze().totals.params == 444


def test_the_added_network_stays_as_it_was():
    inner = residual()
    before = list(inner.nodes)
    net = cm.Network()
    x = net.input(shape=(1, 4, 6, 6))
    net.add(inner, net.add(inner, x, name="a"), name="b")
    assert inner.nodes == before


def test_of_several_outputs_each_is_handed_on():
    inner = cm.Network("heads")
    x = inner.input()
    inner.add(cm.Conv2d(4, 1, 1), x, name="narrow")
    inner.add(cm.Conv2d(4, 9, 1), x, name="wide")
    net = cm.Network()
    first, second = net.add(inner, net.input(shape=(1, 4, 6, 6)))
    net.add(cm.ReLU(), first, name="act1")
    net.add(cm.ReLU(), second, name="act9")
    report = net.analyze()
    assert (report["act1"].outputs, report["act9"].outputs) == (((1, 1, 6, 6),), ((1, 9, 6, 6),))


def test_by_itself_a_network_stands_for_the_first_of_its_outputs():
    inner = cm.Network("heads")
    x = inner.input()
    narrow = inner.add(cm.Conv2d(4, 1, 1), x, name="narrow")
    wide = inner.add(cm.Conv2d(4, 9, 1), x, name="wide")
    inner.output(wide, narrow)
    net = cm.Network()
    net.add(cm.ReLU(), net.add(inner, net.input(shape=(1, 4, 6, 6))), name="act")
    assert net.analyze()["act"].outputs == ((1, 9, 6, 6),)


def test_a_stated_output_may_be_a_further_piece():
    inner = cm.Network("piece")
    pieces = inner.add(cm.Split((1, 3)), inner.input(), name="split")
    inner.output(pieces[1])
    net = cm.Network()
    net.add(cm.ReLU(), net.add(inner, net.input(shape=(1, 4, 6, 6))), name="act")
    assert net.analyze()["act"].outputs == ((1, 3, 6, 6),)


def test_an_input_handed_out_is_what_was_fed():
    inner = cm.Network("through")
    x = inner.input()
    inner.add(cm.ReLU(), x, name="side")
    inner.output(x)
    net = cm.Network()
    y = net.add(cm.Conv2d(4, 7, 1), net.input(shape=(1, 4, 6, 6)), name="conv")
    net.add(cm.Sigmoid(), net.add(inner, y), name="last")
    assert names(net) == ["input", "conv", "through.side", "last"]
    assert net.nodes[3].inputs == (Ref(1),)


def test_several_inputs_are_fed_in_order():
    inner = cm.Network("gate")
    left, right = inner.input("left"), inner.input("right")
    inner.add(cm.Multiply(), right, left, name="product")
    net = cm.Network()
    a, b = net.input("a", (1, 4, 1, 1)), net.input("b", (1, 4, 6, 6))
    net.add(inner, a, b, name="gate")
    assert net.analyze()["gate.product"].inputs == ((1, 4, 6, 6), (1, 4, 1, 1))


def test_a_fed_piece_is_read_as_that_piece():
    net = cm.Network()
    pieces = net.add(cm.Split((1, 4)), net.input(shape=(1, 5, 6, 6)), name="split")
    net.add(residual(), pieces[1], name="block")
    assert net.analyze()["block.conv"].inputs == ((1, 4, 6, 6),)


def test_a_network_added_to_itself_is_there_twice():
    net = residual()
    last = net.nodes[-1]
    net.add(net, cm.network.network.Tensor(net, (Ref(2),)), name="again")
    assert last.name == "sum"
    assert names(net) == ["input", "conv", "sum", "again.conv", "again.sum"]
    assert net.nodes[4].inputs == (Ref(2), Ref(3))


def test_nesting_goes_deep():
    net = residual()
    for _ in range(5):
        net = cm.Sequential(("in", net))
    assert names(net) == ["input", "in.in.in.in.in.conv", "in.in.in.in.in.sum"]


def test_places_in_a_file_come_along():
    inner = residual()
    inner.origins["conv"] = "net.yaml:3:5"
    net = cm.Network()
    net.add(inner, net.input(shape=(1, 5, 6, 6)), name="block")
    assert net.origins == {"block.conv": "net.yaml:3:5"}
