"""`to_keras`: a network as the source of a function that builds it in Keras."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..identifiers import Identifiers, identifier
from ..leaves import Value, leaves_of
from ..steps import Body, Step
from .axes import last
from .rows import rows_of

if TYPE_CHECKING:
    from ...network.network import Network
    from ..leaves import Leaf, Leaves


def to_keras(net: Network, *shapes: object, **named: object) -> str:
    """The source of a function that builds the network with Keras' functional API, channels last.

    Shapes are given as to `analyze`; the batch is left open. Padding is "same" or "valid" where that is the network's
    for every input size, else a layer pads by numbers; what PyTorch flattens is flattened in its order, so that weights
    need no change of order but that of `convmath port`. Layers are named after the network's. A name is never more than
    an identifier in the source.

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
    leaves = leaves_of(net, shapes, named)
    title = Identifiers({"keras", "layers", "ops", "np", "tf"}).free(identifier(leaves.name, "network"))
    names = Identifiers()
    called = {place: names.free(identifier(leaf.name)) for place, leaf in enumerate(leaves.items)}
    steps = [
        step
        for place, leaf in enumerate(leaves.items)
        if leaf.layer is not None
        for step in _steps(leaf, place, called[place])
    ]
    variables = _variables(leaves, called)
    begins = [
        f'{variables[Value(place)]} = keras.Input({last(leaf.outputs[0])[1:]}, name="{called[place]}")'
        for place, leaf in leaves.inputs
    ]
    body = Body(variables, (*leaves.outputs, *variables))
    lines = [f"{target} = {text}" for target, text in body.assigned(steps)]
    ends = (_list([body.names[value] for value in values]) for values in (tuple(variables), leaves.outputs))
    lines.append(f'return keras.Model({", ".join(ends)}, name="{title}")')
    used = "\n".join(lines)
    imports = [line for word, line in IMPORTS.items() if re.search(rf"\b{word}\.", used)]
    words = [word for word in ("layers", "ops") if re.search(rf"\b{word}\.", used)]
    imports += [f"from keras import {', '.join(words)}"] if words else []
    function = [f"def {title}():", *(f"    {line}" for line in (*begins, *lines))]
    return "\n".join([*imports, "", "", *function]) + "\n"


IMPORTS = {"keras": "import keras", "np": "import numpy as np", "tf": "import tensorflow as tf"}
"""What a source may need, by the word that it begins with there."""


def _variables(leaves: Leaves, called: dict[int, str]) -> dict[Value, str]:
    """What the inputs are called: `inputs` where there is one."""
    places = [place for place, _ in leaves.inputs]
    if len(places) == 1:
        return {Value(places[0]): "inputs"}
    taken = Identifiers({"keras", "layers", "ops", "np", "tf", "x", "y", "z", "w", "v", "u"})
    return {Value(place): taken.free(called[place]) for place in places}


def _steps(leaf: Leaf, place: int, name: str) -> list[Step]:
    """A step for each row, from what the one before gave."""
    rows, reads = rows_of(leaf), leaf.reads
    made = tuple(Value(place, output) for output in range(len(leaf.outputs)))
    steps = []
    for number, row in enumerate(rows):
        makes = made if number == len(rows) - 1 else (Value(place, -1 - number),)
        steps.append(Step(row.replace("{name}", f'name="{name}"'), reads, makes))
        reads = makes
    return steps


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"
