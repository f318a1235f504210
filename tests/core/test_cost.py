"""Costs add, and know what FLOPs and bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convmath.core.cost import BYTES, Cost, bytes_per
from convmath.core.errors import UnknownNameError

costs = st.builds(Cost, *[st.integers(0, 10**30)] * 6)


@given(st.lists(costs))
def test_a_total_is_the_sum_of_every_column(parts: list[Cost]) -> None:
    total = Cost.total(parts)
    assert type(total) is Cost
    for column in Cost._fields:
        assert getattr(total, column) == sum(getattr(part, column) for part in parts)
    assert total.flops == sum(part.flops for part in parts)


@given(costs, costs, costs)
def test_costs_add(a: Cost, b: Cost, c: Cost) -> None:
    assert a + b == b + a == Cost.total([a, b])
    assert (a + b) + c == a + (b + c)
    assert a + Cost() == a


@given(costs)
def test_flops_are_two_for_every_dense_mac_and_the_rest(cost: Cost) -> None:
    assert cost.flops == cost.macs + cost.macs + cost.operations
    assert cost.weight_bytes() == 4 * cost.params + 4 * cost.buffers
    assert cost.activation_bytes("float64") == 8 * cost.activations


def test_the_order_of_the_columns() -> None:
    assert Cost._fields == ("params", "buffers", "macs", "macs_touching", "operations", "activations", "moved")
    assert Cost() == (0,) * 7


def test_bytes() -> None:
    assert BYTES == {
        "float64": 8, "float32": 4, "tf32": 4, "float16": 2, "bfloat16": 2, "float8": 1,
        "int64": 8, "int32": 4, "int16": 2, "int8": 1,
    }  # fmt: skip
    assert all(bytes_per(name) == size for name, size in BYTES.items())


@pytest.mark.parametrize("ask", [bytes_per, Cost().weight_bytes, Cost().activation_bytes])
def test_a_dtype_nobody_knows(ask) -> None:
    with pytest.raises(UnknownNameError, match=r"^no dtype is called 'int33'; did you mean int32 or int8 or int64\?$"):
        ask("int33")
