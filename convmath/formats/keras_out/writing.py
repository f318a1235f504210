"""`to_keras`: a network as the source of a function that builds it in Keras."""

from __future__ import annotations

import re
from textwrap import wrap
from typing import TYPE_CHECKING

from ..exported import Exported
from ..identifiers import Identifiers, identifier
from ..leaves import Value, leaves_of
from ..steps import LETTERS, Body, Step
from .axes import last
from .holding import Holders, remarks_on

if TYPE_CHECKING:
    from ...network.network import Network
    from ..leaves import Leaf, Leaves


def to_keras(net: Network, *shapes: object, **named: object) -> str:
    """The source of a function that builds the network with Keras' functional API, channels last.

    Shapes are given as to `analyze`; the batch is left open. Padding is "same" or "valid" where that is the network's
    for every input size, else a layer pads by numbers; what PyTorch flattens is flattened in its order, so that weights
    need no change of order but that of `convmath port`. Layers are named after the network's. A name is never more than
    an identifier in the source. Layers that share their arrays are one layer, called again; frozen ones have
    `trainable=False`. What Keras does otherwise in training, and what is left out, stands in comments at the top.

    Raises ParameterError, naming the layer, for what Keras has no equal of, for what it would compute at a higher cost,
    and for symbols; ShapeError as `analyze` does.

    >>> from convmath.layers.activation import ReLU
    >>> from convmath.layers.conv import Conv2d
    >>> from convmath.network.network import Sequential
    >>> net = Sequential(("stem", Conv2d(3, 8, 3, padding=1)), ("relu", ReLU()), name="tiny", shape=(1, 3, 9, 8))
    >>> print(to_keras(net), end="")
    import keras
    from keras import layers
    <BLANKLINE>
    <BLANKLINE>
    def tiny():
        inputs = keras.Input((9, 8, 3), name="input")
        x = layers.Conv2D(8, 3, padding="same", name="stem")(inputs)
        x = layers.ReLU(name="relu")(x)
        return keras.Model(inputs, x, name="tiny")

    Source: the API of Keras 3.
    """
    return keras_source(net, *shapes, **named).what


def keras_source(net: Network, *shapes: object, **named: object) -> Exported[str]:
    """The source that `to_keras` gives, with what is to be said of it."""
    leaves = leaves_of(net, shapes, named)
    title = Identifiers({"keras", "layers", "ops", "np", "tf"}).free(identifier(leaves.name, "network"))
    names = Identifiers()
    called = {place: names.free(identifier(leaf.name)) for place, leaf in enumerate(leaves.items)}
    variables = _variables(leaves, called)
    begins = [
        f'{variables[Value(place)]} = keras.Input({last(leaf.outputs[0])[1:]}, name="{called[place]}")'
        for place, leaf in leaves.inputs
    ]
    holders = Holders(leaves, called, {*variables.values(), *TAKEN})
    steps = [
        step for place, leaf in enumerate(leaves.items) if leaf.layer is not None
        for step in _steps(leaf, place, holders.rows(place))
    ]  # fmt: skip
    body = Body(variables, (*leaves.outputs, *variables))
    lines = [f"{target} = {text}" for target, text in body.assigned(steps)]
    ends = (_list([body.names[value] for value in values]) for values in (tuple(variables), leaves.outputs))
    lines.append(f'return keras.Model({", ".join(ends)}, name="{title}")')
    lines = [*begins, *holders.made, *lines]
    used = "\n".join(lines)
    imports = [line for word, line in IMPORTS.items() if re.search(rf"\b{word}\.", used)]
    words = [word for word in ("layers", "ops") if re.search(rf"\b{word}\.", used)]
    imports += [f"from keras import {', '.join(words)}"] if words else []
    remarks = (*leaves.remarks, *remarks_on(leaves))
    said = [f"# {line}" for remark in remarks for line in wrap(remark, WIDEST - 2)]
    function = [f"def {title}():", *(f"    {line}" for line in lines)]
    return Exported("\n".join([*said, *imports, "", "", *function]) + "\n", remarks)


WIDEST = 100
"""Characters of a line."""

TAKEN = ("keras", "layers", "ops", "np", "tf", *LETTERS)
"""Names that no variable of the source has."""

IMPORTS = {"keras": "import keras", "np": "import numpy as np", "tf": "import tensorflow as tf"}
"""What a source may need, by the word that it begins with there."""


def _variables(leaves: Leaves, called: dict[int, str]) -> dict[Value, str]:
    """What the inputs are called: `inputs` where there is one."""
    places = [place for place, _ in leaves.inputs]
    if len(places) == 1:
        return {Value(places[0]): "inputs"}
    taken = Identifiers(set(TAKEN))
    return {Value(place): taken.free(called[place]) for place in places}


def _steps(leaf: Leaf, place: int, rows: tuple[str, ...]) -> list[Step]:
    """A step for each row, from what the one before gave."""
    reads = leaf.reads
    made = tuple(Value(place, output) for output in range(len(leaf.outputs)))
    steps = []
    for number, row in enumerate(rows):
        makes = made if number == len(rows) - 1 else (Value(place, -1 - number),)
        steps.append(Step(row, reads, makes))
        reads = makes
    return steps


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"
