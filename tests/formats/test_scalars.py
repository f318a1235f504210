"""Plain scalars by the core schema of YAML 1.2, and what of it is refused."""

import pytest

import convmath as cm
from convmath.core.size import LARGEST
from convmath.formats.tree import is_word, typed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("7", 7), ("+12", 12), ("-12", -12), ("-0", 0), (str(LARGEST), LARGEST), (f"-{LARGEST}", -LARGEST),
        ("0x10", 16), ("0xfF", 255), ("0o17", 15), ("1.5", 1.5), ("-.5", -0.5), ("1e3", 1000.0), ("1.e-2", 0.01),
        ("0.0", 0.0), ("true", True), ("True", True), ("FALSE", False), ("null", None), ("~", None), ("", None),
        ("None", None), ("yes", "yes"), ("no", "no"), ("on", "on"), ("Off", "Off"), ("y", "y"), ("3:30", "3:30"),
        ("190:20:30", "190:20:30"), ("2020-13-45", "2020-13-45"), ("2001-01-01", "2001-01-01"), ("=", "="),
        ("0b101", "0b101"), ("-0x10", "-0x10"), ("0x", "0x"), ("0o8", "0o8"), ("1_000", "1_000"), (".", "."),
        ("e3", "e3"), ("-", "-"), ("+", "+"), ("٣", "٣"), ("infra", "infra"), ("Conv2d", "Conv2d"), ("²", "²"),
    ],
)  # fmt: skip
def test_typed(text, value):
    result = typed(text)
    assert (result, type(result)) == (value, type(value))
    assert is_word(text) == isinstance(value, str)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("012", "'012' begins with 0, which some read as octal (write 12)"),
        ("-0012", "'-0012' begins with 0, which some read as octal (write -12)"),
        ("00", "'00' begins with 0, which some read as octal (write 0)"),
        (str(LARGEST + 1), "an integer of 19 digits is too large (at most 10^18)"),
        (str(-LARGEST - 1), "an integer of 19 digits is too large (at most 10^18)"),
        ("0x" + "f" * 10**6, "an integer of 1000000 digits is too large (at most 10^18)"),
        ("0o" + "7" * 30, "an integer of 30 digits is too large (at most 10^18)"),
        ("1e301", "'1e301' is too large (at most 1e300)"),
        ("-1e999", "'-1e999' is too large (at most 1e300)"),
        (".inf", "'.inf' is no number to compute with (write a finite one)"),
        ("-.Inf", "'-.Inf' is no number to compute with (write a finite one)"),
        (".NaN", "'.NaN' is no number to compute with (write a finite one)"),
        ("NaN", "'NaN' is no number to compute with (write a finite one)"),
        ("Infinity", "'Infinity' is no number to compute with (write a finite one)"),
    ],
)
def test_refused(text, message):
    with pytest.raises(cm.ParseError) as caught:
        typed(text)
    assert str(caught.value) == message
    assert not is_word(text)


FIELDS = [
    "True",
    "1.0",
    "'3'",
    "null",
    "0",
    "-1",
    ".nan",
    ".inf",
    "1e400",
    "1" + "0" * 400,
    "٣",
    "[]",
    "{}",
    "no",
    "012",
]


@pytest.mark.parametrize("value", FIELDS)
@pytest.mark.parametrize("field", ["in_channels", "kernel_size", "groups"])
def test_no_size_is_misread(field, value):
    fields = {"in_channels": "3", "out_channels": "8", "kernel_size": "3"} | {field: value}
    item = ", ".join(f"{name}: {stated}" for name, stated in fields.items())
    with pytest.raises(cm.SpecError) as caught:
        cm.loads(f"layers:\n  - {{op: Conv2d, {item}}}\n", name="f")
    (fault,) = caught.value.faults
    place = len("  - {op: Conv2d, ") + item.index(f"{field}: ") + len(f"{field}: ") + 1
    assert fault.startswith(f"f:2:{place}: ")
