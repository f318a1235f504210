"""The tables of layer types."""

import pytest

from convmath.core.errors import UnknownNameError
from convmath.layers import FILE_OF
from convmath.report.catalogue import documentation, layer_table, one_layer_table


def test_every_type_is_in_the_table_once():
    listed = [name for row in layer_table().rows for name in row[0].split(", ")]
    assert sorted(listed) == sorted(FILE_OF)


def test_every_row_says_something():
    assert all(types and meaning for types, meaning in layer_table().rows)


@pytest.mark.parametrize("name", FILE_OF)
def test_one_type_in_full(name):
    table = one_layer_table(name)
    assert table.title == name
    assert [len(row) for row in table.rows] == [4] * len(table.rows)
    assert "{rank}" not in str(table.rows)
    assert table.notes == tuple(documentation(name).splitlines())
    assert any(line.startswith("Source: ") for line in table.notes)
    assert ">>>" not in "".join(table.notes)


def test_arguments_of_a_type():
    rows = {row[0]: row[1:] for row in one_layer_table("Conv3d").rows}
    assert list(rows)[:3] == ["in_channels", "out_channels", "kernel_size"]
    assert rows["stride"][0] == "1"
    assert rows["kernel_size"] == (
        "required", "taps along each axis", "an integer from 1 to 10^18, or a tuple of 3, one for each axis",
    )  # fmt: skip


def test_an_unknown_type():
    with pytest.raises(UnknownNameError, match=r"^no layer type is called 'Conv4d'; did you mean "):
        one_layer_table("Conv4d")
