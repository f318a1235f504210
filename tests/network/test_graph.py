"""The network as a networkx graph."""

import subprocess
import sys
from pathlib import Path

import networkx as nx

import convmath as cm

ROOT = Path(__file__).parent.parent.parent


def shuffled():
    net = cm.Network("unit")
    x = net.input("image", (1, 8, 6, 6))
    left, right = net.add(cm.Chunk(2), x, name="halves")
    right = net.add(cm.Conv2d(4, 4, 3, padding=1), right, name="conv")
    y = net.add(cm.Concat(), left, right, name="joined")
    net.add(cm.Add(), y, y, name="double")
    return net


def test_nodes_and_edges():
    graph = shuffled().graph
    assert type(graph) is nx.DiGraph
    assert graph.name == "unit"
    assert list(graph.nodes) == ["image", "halves", "conv", "joined", "double"]
    assert dict(graph.nodes(data="layer")) == {
        "image": None, "halves": cm.Chunk(2), "conv": cm.Conv2d(4, 4, 3, padding=1), "joined": cm.Concat(),
        "double": cm.Add(),
    }  # fmt: skip
    assert {(a, b): outputs for a, b, outputs in graph.edges(data="outputs")} == {
        ("image", "halves"): (0,),
        ("halves", "conv"): (1,),
        ("halves", "joined"): (0,),
        ("conv", "joined"): (0,),
        ("joined", "double"): (0, 0),
    }


def test_every_read_is_on_an_edge():
    net = cm.zoo.resnet50()
    graph = net.graph
    assert nx.is_directed_acyclic_graph(graph)
    assert len(graph) == len(net.nodes)
    assert sum(len(outputs) for _, _, outputs in graph.edges(data="outputs")) == sum(
        len(node.inputs) for node in net.nodes
    )


def test_the_longest_path_of_a_residual_network():
    graph = cm.zoo.resnet18().graph
    assert next(iter(graph.nodes)) == "input"
    assert [node for node in graph if graph.out_degree(node) == 0] == ["fc"]


def test_networkx_is_loaded_only_for_it():
    code = (
        "import sys, convmath as cm\n"
        "net = cm.Sequential(cm.Conv2d(3, 8, 3), shape=(1, 3, 8, 8))\n"
        "str(net.analyze())\n"
        "print('networkx' in sys.modules)\n"
        "net.graph\n"
        "print('networkx' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.split() == ["False", "True"]
