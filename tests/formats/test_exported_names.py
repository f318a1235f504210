"""Names from files never become code: whatever a layer is called, the source holds an identifier."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convmath as cm
from convmath.formats.identifiers import class_name, identifier

HOSTILE = (
    'x"); import os', "x'); import os #", '"""', "\\", "a\nimport os", "{m}", "{0}", "{name}", "forward", "class",
    "__init__", "self", "nn", "torch", "a.b.c", "..", ".", "1", "0.0", "é", "→", "x" * 300, "def f(): pass", "#",
    "\x00", "%s", "$",
    "exec", "os.system", "None", "True", "lambda", "match", "training", "T_destination", "ﬁ", "Ⅷ",
)  # fmt: skip

PLAIN = {"super", "torch", "nn", "F", "keras", "layers", "ops"}


def network(*names):
    net = cm.Network(names[0])
    x = net.input(names[0], shape=(1, 3, 8, 9))
    for place, name in enumerate(names):
        x = net.add(cm.Conv2d(3, 3, 3, padding=1), x, name=f"{name}{place}" if place else name + "!")
    net.add(cm.Add(), x, x, name=names[-1] + "?")
    return net


def check(source):
    """Nothing is called but attributes of the imported packages and of self, and the source's own classes."""
    tree = ast.parse(source)
    made = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    words = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert words <= {"torch", "torch.nn", "torch.nn.functional", "keras"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id in made | PLAIN
        if isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            assert name.isascii()
            assert name.isidentifier()
            assert name == "__init__" or not name.startswith("__")
    assert source.isascii()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name):
    net = network(name, f"{name}.{name}", "conv")
    check(cm.to_torch(net))
    check(cm.to_keras(net))


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4, unique=True))
@settings(max_examples=150, deadline=None)
def test_any_names(names):
    net = network(*(f"{name}{place}" for place, name in enumerate(names)))
    check(cm.to_torch(net))
    check(cm.to_keras(net))


@given(st.text(max_size=100))
def test_identifiers(name):
    for made in (identifier(name), class_name(name)):
        assert made.isascii()
        assert made.isidentifier()
        assert len(made) < 80
        ast.parse(f"{made} = 1")
