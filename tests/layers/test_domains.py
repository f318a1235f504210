"""Every field of every type against values that a file, a caller or a slip may bring."""

from __future__ import annotations

import numpy as np
import pytest

from convmath.core.convention import JAX
from convmath.core.errors import ParameterError, show
from convmath.layers import layer_type
from convmath.layers.adaptive_pool import OutputSize
from convmath.layers.field import (
    REQUIRED,
    Axes,
    Axis,
    Choice,
    ConventionField,
    Count,
    Extents,
    Field,
    Flag,
    Offset,
    Optional,
    PaddingField,
    PerAxis,
    Real,
    Sizes,
    Text,
)
from convmath.layers.fold import OfPlane
from convmath.layers.pad import Sides
from convmath.layers.pool import Divisor
from convmath.layers.roll import Offsets
from convmath.layers.upsample import Scale
from tests.layers.test_registry import arguments
from tests.strategies import TYPES

HUGE = 10**400
UNWRITABLE = 10**5000
NAN, INF = float("nan"), float("inf")

HOSTILE = {
    "True": True, "1.0": 1.0, "'3'": "3", "None": None, "0": 0, "-1": -1, "nan": NAN, "inf": INF, "10**400": HUGE,
    "'٣'": "٣", "[]": [],
    "''": "", "b'1'": b"1", "1j": 1j, "()": (), "(1,)*9": (1,) * 9, "(None,)": (None,), "((1,),)": ((1,),), "{}": {},
    "object": object, "-0.0": -0.0, "2**63": 2**63, "[10**5000]": [UNWRITABLE], "10**5000": UNWRITABLE,
    "np.nan": np.float64("nan"), "np.bool": np.bool_(True), "floats": np.array([1.5, 2.5]),
    "texts": np.array(["1", "2"]),
    "square": np.array([[0, 1], [2, 3]]),
    "'same\\n'": "same\n", "long": "x" * 10_000,
}  # fmt: skip
"""What no field takes but for the few below: the first eleven are those of every field, the others go further."""

ACCEPTED: dict[type[Field], set[str]] = {
    Count: set(),
    PerAxis: set(),
    Divisor: {"-1"},
    PaddingField: {"0", "-1", "square"},
    Flag: {"True"},
    Choice: set(),
    ConventionField: set(),
    Real: {"1.0", "0", "-1", "-0.0", "2**63"},
    Axis: {"0", "-1"},
    Sizes: {"(1,)*9"},
    OutputSize: {"None"},
    Scale: {"1.0", "(1,)*9"},
    Sides: {"0", "-1", "square"},
    Axes: {"0", "-1"},
    Extents: {"()", "[]", "(1,)*9"},
    Offset: {"0", "-1", "square"},
    Offsets: {"0", "-1", "(1,)*9", "square"},
    Text: {"'3'", "'٣'", "'same\\n'"},
    OfPlane: set(),
}
"""What each kind of field takes by design. Optional fields take None as well."""


def accepted(field: Field, rank: int) -> set[str]:
    if isinstance(field, Optional):
        return accepted(field.inner, rank) | {"None"}
    names = set(ACCEPTED[type(field)])
    if isinstance(field, Extents) and field.left_open:
        names |= {"-1"}
    if isinstance(field, Count) and field.least == 0:
        names |= {"0", "square"}
    if isinstance(field, Sides) and field.least == 0:
        names -= {"-1"}
    if isinstance(field, Real) and field.least == 0:
        names -= {"-1"}
    if isinstance(field, Real) and field.most == 1:
        names -= {"2**63"}
    if isinstance(field, OutputSize) and rank == 1:
        names |= {"(None,)"}
    return names


CASES = [(name, field) for name in TYPES for field in layer_type(name).fields]


@pytest.mark.parametrize(("name", "field"), CASES)
def test_hostile_values(name: str, field: str) -> None:
    kind = layer_type(name)
    domain = kind.fields[field]
    given = arguments(name)
    taken = accepted(domain, kind.rank or 1)
    for label, value in HOSTILE.items():
        text = refusal(lambda value=value: domain.settled(value, name, kind.rank or 1))
        assert (text is None) == (label in taken), (label, text)
        if text is not None:
            check_text(text, name, field, value)
            # The layer says the same.
            assert refusal(lambda value=value: kind(**{**given, field: value})) == text


def refusal(make) -> str | None:
    """What a ParameterError says, if there is one; any other exception is a failure."""
    try:
        make()
    except ParameterError as error:
        return str(error)
    return None


def check_text(text: str, name: str, field: str, value: object) -> None:
    """One line of reasonable length: who, which field, what it must be, what it is."""
    assert text.startswith(f"{name}: {field} must be ")
    assert text.endswith(f", not {show(value)}")
    assert text.isprintable()
    assert len(text) <= 300


@pytest.mark.parametrize("name", TYPES)
def test_only_convmath_errors_come_out(name: str) -> None:
    """A value inside the domain may still not fit the others; then the layer raises a ParameterError too."""
    kind = layer_type(name)
    given = arguments(name)
    for field in kind.fields:
        for label in accepted(kind.fields[field], kind.rank or 1):
            text = refusal(lambda field=field, label=label: kind(**{**given, field: HOSTILE[label]}))
            if text is not None:
                assert text.startswith(f"{name}: ")
                assert text.isprintable()
                assert len(text) <= 300


@pytest.mark.parametrize("name", TYPES)
def test_defaults_are_in_their_domains(name: str) -> None:
    for field in layer_type(name).fields.values():
        if field.default is not REQUIRED:
            settled = field.settled(field.default, name, layer_type(name).rank or 1)
            assert field.spell(settled) == repr(field.default)


@pytest.mark.parametrize("name", TYPES)
def test_what_is_settled_settles_to_itself(name: str) -> None:
    kind = layer_type(name)
    layer = kind(**arguments(name))
    for field in kind.fields.values():
        value = getattr(layer, field.name) if hasattr(layer, field.name) else None
        if field.name in vars(layer):
            assert field.settled(value, name, kind.rank or 1) == value


def test_a_convention_is_taken_as_it_is() -> None:
    field = ConventionField()
    assert field.settled(JAX, "x", 1) is JAX
    assert field.settled("JaX", "x", 1) is JAX
    assert field.spell(JAX) == "'jax'"


@pytest.mark.parametrize(
    ("field", "value", "rank", "settled", "spelled"),
    [
        (Count(""), 3, 1, 3, "3"),
        (Count(""), np.int64(3), 1, 3, "3"),
        (Divisor(""), -3, 1, -3, "-3"),
        (Divisor(""), 3, 1, 3, "3"),
        (PerAxis(""), 3, 2, (3, 3), "3"),
        (PerAxis(""), [3, 5], 2, (3, 5), "(3, 5)"),
        (PerAxis(""), (3, 3), 2, (3, 3), "3"),
        (PerAxis(""), (4,), 1, (4,), "4"),
        (PaddingField(""), 1, 1, ((1, 1),), "1"),
        (PaddingField(""), "same", 2, (("same",), ("same",)), "'same'"),
        (Sides("", 0), 1, 2, ((1, 1), (1, 1)), "1"),
        (Sides("", 0), (1, 2, 3, 4), 2, ((3, 4), (1, 2)), "(1, 2, 3, 4)"),
        (Sides("", -9), [-1, -1], 1, ((-1, -1),), "-1"),
        (Scale(""), 2, 1, (2,), "2"),
        (Scale(""), 2.0, 1, (2,), "2.0"),
        (Scale(""), (0.5, 2), 1, (0.5, 2), "(0.5, 2)"),
        (Sizes(""), 3, 1, (3,), "3"),
        (Sizes(""), (3, 3), 1, (3, 3), "(3, 3)"),
        (OutputSize(""), None, 2, (None, None), "None"),
        (OutputSize(""), (7, None), 2, (7, None), "(7, None)"),
        (Real(""), 1, 1, 1, "1"),
        (Real(""), 1e-05, 1, 1e-05, "1e-05"),
        (Axis(""), -8, 1, -8, "-8"),
        (Optional(Count("")), None, 1, None, "None"),
        (Optional(Flag("")), False, 1, False, "False"),
        (Choice("", "a", ("a", "b")), "b", 1, "b", "'b'"),
    ],
)
def test_spellings(field: Field, value: object, rank: int, settled: object, spelled: str) -> None:
    assert field.settled(value, "x", rank) == settled
    assert field.spell(field.settled(value, "x", rank)) == spelled


def test_a_float_scale_is_the_decimal_it_is_written_as() -> None:
    (tenth,) = Scale("").settled(0.1, "x", 1)
    assert 10 * tenth == 1
    assert layer_type("Upsample")(scale_factor=0.1).output_shape((1, 1, 30)) == (1, 1, 3)
