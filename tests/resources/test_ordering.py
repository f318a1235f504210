"""The best order, against every order there is."""

from __future__ import annotations

from random import Random

import pytest

import convmath as cm
from convmath.resources.flow import flow
from convmath.resources.liveness import largest
from convmath.resources.ordering import best_order
from tests.resources import small


def every_order(graph):
    """All orders in which the layers can run, by trying."""
    maker = {value: place for place, task in enumerate(graph.tasks) for value in task.makes}
    before = [{maker[value] for value in task.reads if value in maker} for task in graph.tasks]

    def further(done):
        if len(done) == len(before):
            yield done
        for place, needs in enumerate(before):
            if place not in done and needs <= set(done):
                yield from further((*done, place))

    return further(())


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_no_order_holds_less(seed, in_place):
    graph = flow(small.random_network(Random(f"order {seed}"), 7).analyze())
    least = min(largest(graph, order, in_place).numbers for order in every_order(graph))
    found = best_order(graph, in_place)
    assert found.numbers == least
    assert largest(graph, found.positions, in_place).numbers == least
    assert sorted(found.positions) == list(range(len(graph.tasks)))


def test_orders_differ_at_all():
    """Otherwise the comparison above would compare nothing."""
    gains = 0
    for seed in range(30):
        graph = flow(small.random_network(Random(f"order {seed}"), 7).analyze())
        gains += best_order(graph).numbers < largest(graph).numbers
    assert gains > 5


def test_a_search_that_grows_too_long_is_given_up():
    graph = flow(small.random_network(Random("order 3"), 7).analyze())
    assert best_order(graph, most=7) is None  # seven layers make eight sets at least
    assert best_order(graph) is not None


def test_a_long_chain_is_no_choice():
    net = cm.Sequential(*(cm.Conv1d(1 + place % 5, 1 + (place + 1) % 5, 1) for place in range(400)))
    assert best_order(flow(net.analyze((1, 1, 9))), most=401).positions == tuple(range(400))


def test_every_network_of_the_zoo_is_small_enough():
    for name in ("inception_v3", "densenet121", "unet", "shufflenet_v2_x1_0"):
        graph = flow(getattr(cm.zoo, name)().analyze())
        found = best_order(graph)
        assert found.numbers <= largest(graph).numbers
        assert largest(graph, found.positions).numbers == found.numbers


def test_a_network_without_layers():
    net = cm.Network()
    net.input(shape=(1, 2, 3))
    assert best_order(flow(net.analyze())) == ((), 6)
    assert largest(flow(net.analyze())) is None
