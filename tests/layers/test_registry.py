"""What must hold of every layer type: a new one is held to it by being listed in convmath/layers/__init__.py."""

from __future__ import annotations

import copy
import inspect
import pickle
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import convmath
from convmath import layers as registry
from convmath.core.errors import ConvmathError, ParameterError, UnknownNameError
from convmath.core.shape import Shape
from convmath.layers import FILE_OF, FILES, layer_type
from convmath.layers.base import Layer
from convmath.layers.composite import Composite
from convmath.layers.field import REQUIRED
from convmath.layers.parse import parse_layer
from convmath.layers.recurrent import Recurrent
from tests.strategies import TYPES, layers_with_inputs

every_type = pytest.mark.parametrize("name", TYPES)

example = settings(max_examples=12, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


def families(name: str) -> list[type[Layer]]:
    """The type and the families it belongs to, short of those that every layer belongs to."""
    return [base for base in layer_type(name).__mro__ if issubclass(base, Layer) and base not in (Layer, Composite)]


def test_every_type_is_listed_once() -> None:
    names = [name for names in FILES.values() for name in names]
    assert len(names) == len(set(names)) == len(FILE_OF) > 100


def test_every_file_is_listed() -> None:
    folder = Path(registry.__file__).parent
    helpers = {
        "__init__", "base", "composite", "dependence", "field", "known", "matching", "parse", "rank", "values", "view",
        "windowed",
    }  # fmt: skip
    assert {path.stem for path in folder.glob("*.py")} - helpers == set(FILES)


def test_every_concrete_type_of_a_file_is_listed() -> None:
    for file, names in FILES.items():
        module = import_module(f"convmath.layers.{file}")
        made = {
            name
            for name, value in vars(module).items()
            if inspect.isclass(value) and issubclass(value, Layer) and not value.abstract
            and value.__module__ == module.__name__
        }  # fmt: skip
        assert made == set(names), file


@every_type
def test_a_type_is_public(name: str) -> None:
    kind = layer_type(name)
    assert kind.__name__ == name
    assert not kind.abstract
    assert getattr(convmath, name) is getattr(registry, name) is kind
    assert name in dir(convmath)


@every_type
def test_a_type_is_documented(name: str) -> None:
    docstrings = [inspect.cleandoc(family.__doc__ or "") for family in families(name)]
    assert docstrings[0]
    assert len(docstrings[0].splitlines()[0]) <= 120
    assert any("\nSource: " in docstring for docstring in docstrings), "no source line"
    assert any("\n>>> " in docstring for docstring in docstrings), "no example"


@every_type
def test_fields_are_documented(name: str) -> None:
    fields = layer_type(name).fields
    for field_name, field in fields.items():
        assert field.meaning
        assert field_name.isidentifier()
    assert len({field.keras for field in fields.values() if field.keras}) == sum(
        1 for field in fields.values() if field.keras
    )
    required = [field.default is REQUIRED for field in fields.values()]
    assert required == sorted(required, reverse=True), "a required field after an optional one"


DEFAULTS = {
    "stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True, "padding_mode": "zeros", "multiplier": 1,
    "offset_groups": 1, "mask": False, "ceil_mode": False, "count_include_pad": True, "return_indices": False,
    "inplace": False, "affine": True, "track_running_stats": True, "eps": 1e-5, "momentum": 0.1, "p": 0.5, "k": 1.0,
    "elementwise_affine": True, "convention": "pytorch", "num_parameters": 1, "mode": "nearest", "approximate": "none",
    "start_dim": 1, "end_dim": -1, "beta": 1.0, "threshold": 20.0, "min_val": -1.0, "max_val": 1.0, "init": 0.25,
    "negative_slope": 0.01, "alpha": 1.0, "keepdim": False, "is_causal": False, "start": 0, "step": 1, "index": 0,
    "num_layers": 1, "batch_first": False, "dropout": 0.0, "bidirectional": False, "proj_size": 0, "lambd": 0.5,
    "nonlinearity": "tanh", "reset_after": True, "reduction": "none", "lower": 1 / 8, "upper": 1 / 3,
    "largest": True, "exclusive": False, "reverse": False,
}  # fmt: skip
"""What a field is where nothing is said, whatever the type; None for those that are not here."""

OTHER_DEFAULTS = {
    **{(f"{family}Pool{rank}d", "stride"): None for family in ("Max", "Avg", "LP") for rank in (1, 2, 3)},
    **{(f"MaxUnpool{rank}d", "stride"): None for rank in (1, 2, 3)},
    **{(f"InstanceNorm{rank}d", "affine"): False for rank in (1, 2, 3)},
    **{(f"InstanceNorm{rank}d", "track_running_stats"): False for rank in (1, 2, 3)},
    **{(name, "dim"): 1 for name in ("Concat", "Split", "Chunk")},
    **{(name, "dim"): -1 for name in ("GLU", "TopK")},
    ("GridSample", "mode"): "bilinear",
    ("GridSample", "align_corners"): False,
    ("RMSNorm", "eps"): None,
    ("LocalResponseNorm", "alpha"): 1e-4,
    ("LocalResponseNorm", "beta"): 0.75,
}


@every_type
def test_defaults(name: str) -> None:
    for field_name, field in layer_type(name).fields.items():
        if field.default is not REQUIRED:
            assert field.default == OTHER_DEFAULTS.get((name, field_name), DEFAULTS.get(field_name)), field_name


@every_type
def test_a_subtype_declares_and_overrides_nothing_derived(name: str) -> None:
    """Abstract or final: what Layer derives is the same for every type."""
    derived = (
        "facts", "output_shapes", "output_shape", "cost", "macs", "macs_touching", "flops", "receptive_field",
        "params", "signature", "__repr__", "__eq__", "__hash__", "__setattr__", "_bind", "_about",
    )  # fmt: skip
    for kind in families(name):
        assert not set(derived) & set(vars(kind)), kind
    assert all(base.abstract or base.__name__.startswith("Dropout") for base in families(name)[1:])


@every_type
def test_a_signature_lists_every_field(name: str) -> None:
    kind = layer_type(name)
    text = kind.signature()
    assert text.startswith(f"{name}(")
    places = [text.index(word) for word in (f"{field}" for field in kind.fields)]
    assert len(places) == len(kind.fields)


@every_type
@example
@given(st.data())
def test_a_drawn_layer_keeps_the_laws_of_its_kind(name: str, data: st.DataObject) -> None:
    layer, (inputs,) = data.draw(layers_with_inputs(name))
    check_value(layer)
    check_text(layer)
    check_facts(layer, inputs)


def check_value(layer: Layer) -> None:
    """Layers are values: equal by their fields, frozen, to be copied and pickled."""
    again = type(layer)(**{name: getattr(layer, name) for name in layer.fields})
    assert again == layer
    assert hash(again) == hash(layer)
    assert copy.deepcopy(layer) == layer
    assert pickle.loads(pickle.dumps(layer)) == layer
    assert layer != repr(layer)
    for name in layer.fields:
        with pytest.raises(AttributeError, match=f"^{layer.op} is frozen; make a new one instead of setting {name}$"):
            setattr(layer, name, 1)


def check_text(layer: Layer) -> None:
    """What a layer prints is a call that makes it."""
    text = repr(layer)
    assert text.startswith(f"{layer.op}(")
    assert "\n" not in text
    assert parse_layer(text) == layer


def check_facts(layer: Layer, inputs: tuple[Shape, ...]) -> None:
    """Every question about the same inputs is answered from the same facts, and these fit each other."""
    facts = layer.facts(*inputs)
    texts = [str(x) for x in inputs]
    assert facts.conditions == ()
    assert layer.output_shapes(*texts) == facts.outputs
    assert layer.output_shape(*inputs) == facts.outputs[0]
    assert all(type(y) is Shape for y in facts.outputs)
    assert all(type(size) is int for y in facts.outputs for size in y)
    assert layer.cost(*texts) == facts.cost
    cost = facts.cost
    assert (layer.macs(*inputs), layer.macs_touching(*inputs), layer.flops(*inputs)) == (
        cost.macs, cost.macs_touching, cost.flops,
    )  # fmt: skip
    assert all(type(number) is int and number >= 0 for number in cost)
    assert cost.macs_touching <= cost.macs
    assert cost.activations == sum(y.elements for y in written(facts.layer, inputs))
    assert cost.params == facts.layer.params == sum(Shape(shape).elements for shape in facts.layer.weights().values())
    assert cost.buffers == sum(Shape(shape).elements for shape in facts.layer.buffers().values())
    fields = layer.receptive_field(*inputs)
    assert len(fields) == inputs[0].rank
    if facts.layer is layer:
        assert layer.params == cost.params
    else:
        with pytest.raises(ParameterError, match="the weights depend on the input"):
            _ = layer.params


def written(layer: Layer, inputs: tuple[Shape, ...]) -> list[Shape]:
    """Every array that the layer writes: of a chain, what each of its steps does."""
    if not isinstance(layer, Composite):
        return list(layer.output_shapes(*inputs))
    shapes: list[Shape] = []
    for _, part in layer.parts:
        inputs = part.output_shapes(*inputs)
        shapes += inputs
    return shapes


@every_type
def test_a_type_refuses_what_is_no_input(name: str) -> None:
    layer = simplest(name)
    for nonsense in ((), ("abc",), (None,), ((1,),), ((1, 2, 0),), (3,), ("1x2", 4)):
        with pytest.raises(ConvmathError):
            layer.output_shape(*nonsense)
        with pytest.raises(ConvmathError):
            layer.receptive_field(*nonsense)


@every_type
def test_a_type_refuses_what_is_no_argument(name: str) -> None:
    kind = layer_type(name)
    given = arguments(name)
    with pytest.raises(ParameterError, match=f"^{name}: no argument is called 'colour'") as caught:
        kind(**given, colour=3)
    assert "\n" not in str(caught.value)
    many = [1] * (len(kind.fields) + 1)
    with pytest.raises(
        ParameterError, match=f"^{name}: {len(many)} arguments given, at most {len(kind.fields)} taken; "
    ):
        kind(*many)
    required = [field for field, domain in kind.fields.items() if domain.default is REQUIRED]
    for field in required:
        with pytest.raises(ParameterError) as caught:
            kind(**{other: value for other, value in given.items() if other != field})
        assert str(caught.value) == f"{name}: {field} is missing; write {kind.signature()}"
    if given:
        first, value = next(iter(given.items()))
        if next(iter(kind.fields)) == first:
            with pytest.raises(ParameterError, match=f"^{name}: {first} is given twice$"):
                kind(value, **given)


def test_a_family_is_no_layer() -> None:
    for family, member in (("conv.Conv", "Conv1d"), ("merge.Elementwise", "Add"), ("norm.ChannelNorm", "BatchNorm1d")):
        file, name = family.split(".")
        kind = getattr(import_module(f"convmath.layers.{file}"), name)
        with pytest.raises(
            ParameterError, match=f"^{name} is a family of layers; use one of its types, such as {member}$"
        ):
            kind(3)
    with pytest.raises(ParameterError, match=r"^Layer is a family of layers; use one of its types, such as \w+$"):
        Layer()


def test_a_name_nobody_knows() -> None:
    with pytest.raises(
        UnknownNameError, match=r"^no layer type is called 'Conv4d'; did you mean (Conv\dd or ){2}Conv\dd\?$"
    ):
        layer_type("Conv4d")
    with pytest.raises(AttributeError, match=r"^module 'convmath.layers' has no attribute 'Conv4d'$"):
        _ = registry.Conv4d


def arguments(name: str) -> dict[str, object]:
    """The fewest arguments that make a layer of the type."""
    stated: dict[str, object] = {
        "in_channels": 6, "out_channels": 6, "num_channels": 6, "num_features": 6, "kernel_size": 3, "groups": 2,
        "num_groups": 2, "dilation": 2, "input_size": 9, "in_features": 8, "out_features": 7,
        "normalized_shape": (2, 3), "norm_type": 2, "output_size": 3, "padding": 1, "cropping": 1, "value": 1,
        "dim": 1, "unflattened_size": (2, 3),
        "upscale_factor": 2, "downscale_factor": 2, "size": 5, "sizes": (1, 2), "chunks": 2, "hidden_size": 4,
        "num_embeddings": 5, "embedding_dim": 4, "dims": (1,), "shape": (2, 9), "repeats": (1, 2), "shifts": 1,
        "equation": "ab->a", "factor": 0.5, "addend": 2, "exponent": 2, "threshold": 0.5, "k": 1,
    }  # fmt: skip
    if name == "Fold":
        stated["output_size"] = (5, 6)
    if issubclass(layer_type(name), Recurrent):
        stated["input_size"] = 3
    fields = layer_type(name).fields
    given = {field: stated[field] for field, domain in fields.items() if domain.default is REQUIRED}
    return given | ({"scale_factor": 2} if "scale_factor" in fields else {})


def simplest(name: str) -> Layer:
    """A layer of the type with the fewest arguments."""
    return layer_type(name)(**arguments(name))
