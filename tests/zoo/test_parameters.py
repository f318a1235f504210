"""What the parameters of the zoo accept, and what is said of everything else."""

import inspect
import re

import numpy as np
import pytest

import convmath as cm
from convmath import zoo
from convmath.cli.networks import open_network
from convmath.core.errors import ParameterError
from tests.opaque import Opaque

PAIRS = [(name, parameter) for name in zoo.FILE_OF for parameter in zoo.published_parameters(name)]

BAD = [True, 1.0, "a", None, 0, -1, float("nan"), float("inf"), 10**400, [], [3], 1j, {}, b"1", object]


class Symbol(Opaque):
    """A size that stays one a network can tell from others, whatever is worked out from it."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def kept(operation):
    return lambda self, other: Symbol(getattr(Opaque, operation)(self, other).value)


for operation in ("add", "radd", "sub", "rsub", "mul", "rmul", "floordiv", "rfloordiv", "mod", "rmod"):
    setattr(Symbol, f"__{operation}__", kept(f"__{operation}__"))


@pytest.mark.parametrize(("name", "parameter"), PAIRS)
def test_bad_values_are_refused(name, parameter):
    for value in BAD:
        if (parameter, value) in [("stride_in_1x1", True), ("aux", True)] and value is True:
            continue
        if name.startswith("mobilenet") and parameter == "width" and type(value) is float and value == 1:
            continue
        with pytest.raises(ParameterError, match=f"^{name}: {parameter} must be .*, not "):
            zoo.builder(name)(**{parameter: value})


@pytest.mark.parametrize("name", zoo.FILE_OF)
def test_unknown_names_are_refused(name):
    for build in (zoo.builder(name), lambda **given: open_network(name, given)):
        with pytest.raises(ParameterError, match=f"^{name}: no parameter is called 'classe'"):
            build(classe=3)


def test_the_command_line_says_the_same():
    for open_it in (cm.zoo.wavenet, lambda **given: open_network("wavenet", given)):
        with pytest.raises(ParameterError, match=r"^wavenet: blocks must be an integer from 1 to 100, not 1\.5$"):
            open_it(blocks=1.5)


@pytest.mark.parametrize("name", zoo.FILE_OF)
def test_fields_are_the_signature(name):
    """help() shows what the function declares, and every default lies in its domain."""
    signature = inspect.signature(zoo.builder(name)).parameters
    fields = zoo.published_parameters(name)
    assert list(signature) == list(fields)
    for parameter, field in fields.items():
        assert field.name == parameter
        assert field.meaning
        field.settled(signature[parameter].default, name, rank=2)


@pytest.mark.parametrize("name", [name for name, parameter in PAIRS if parameter == "width"])
def test_the_smallest_and_the_largest_width(name):
    """The domain promises no more than the network keeps."""
    field = zoo.published_parameters(name)["width"]
    for width in (field.least, field.most):
        given = {"blocks": 1} if name == "wavenet" else {}
        assert zoo.builder(name)(width=width, **given).analyze().totals.params > 0


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(name, parameter) for name, parameter in PAIRS if parameter in {"width", "classes", "in_channels", "growth"}],
)
def test_symbols_are_taken(name, parameter):
    """All but MobileNet v2's width, whose rounding needs the number."""
    given = {parameter: Symbol(96)}
    if (name, parameter) == ("mobilenet_v2", "width"):
        with pytest.raises(ParameterError, match=r"^mobilenet_v2: width must be a number"):
            zoo.builder(name)(**given)
    else:
        assert len(zoo.builder(name)(**given)) == len(zoo.builder(name)())


def test_numpy_integers_are_integers():
    assert cm.zoo.resnet18(width=np.int64(32)).analyze().totals == cm.zoo.resnet18(width=32).analyze().totals


@pytest.mark.parametrize("name", ["fcn8s", "fcn32s", "deeplabv3_resnet50"])
def test_the_command_line_builds_for_the_input(name):
    report = open_network(name, {}, {0: "1x3x512x320"}).analyze("1x3x512x320")
    assert report.rows[-1].outputs[0].spatial == (512, 320)
    assert open_network(name, {"size": 400}, {0: "1x3x512x320"}).input_shapes["input"] == (1, 3, 400, 400)


def test_proportions():
    from convmath.zoo.blocks import in_proportion

    for width in (1, 7, 64, 95):
        for channels in (16, 24, 45, 320):
            assert in_proportion(width, channels, 64) == width * channels // 64


def test_every_network_shows_a_number():
    for name in zoo.FILE_OF:
        assert re.search(r"^\s+>>> ", zoo.builder(name).__doc__, re.MULTILINE), name
