"""No kind of layer without an oracle: each file of layers names the tests that hold it against something else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from convmath.layers import FILES

TESTS = Path(__file__).parent.parent

COUNTED = "layers/test_counts.py"
TORCH = "torch/test_against_torch.py::test_the_same_call_makes_the_same_module"
GRAPHS = "torch/test_layers_of_graphs.py"
RECORDED = "oracles/test_recorded_problems.py"

ORACLES = {
    "conv": (RECORDED, f"{COUNTED}::test_macs_of_layers_that_slide_one_kernel", TORCH),
    "pointwise": (f"{COUNTED}::test_macs_of_layers_that_slide_one_kernel",),
    "grouped": (f"{COUNTED}::test_macs_of_layers_that_slide_one_kernel",),
    "depthwise": (f"{COUNTED}::test_macs_of_layers_that_slide_one_kernel",),
    "separable": (f"{COUNTED}::test_macs_of_space_and_channels_apart", f"{COUNTED}::test_mobilenet_table_3"),
    "spatial": (f"{COUNTED}::test_macs_of_one_axis_after_the_other",),
    "dilated": (f"{COUNTED}::test_macs_of_layers_that_slide_one_kernel",),
    "causal": (f"{COUNTED}::test_macs_of_layers_that_slide_one_kernel", "zoo/test_published.py"),
    "transposed": (RECORDED, f"{COUNTED}::test_macs_of_transposed_convolutions", TORCH),
    "deformable": (f"{COUNTED}::test_macs_of_moved_taps", f"{COUNTED}::test_deformable_offset_branches"),
    "locally_connected": (f"{COUNTED}::test_macs_of_layers_that_slide_one_kernel", f"{COUNTED}::test_params"),
    "pool": ("torch/test_against_torch.py::test_ten_thousand_problems", TORCH),
    "adaptive_pool": (TORCH, "layers/test_reach.py::test_the_longest_interval_of_a_layer"),
    "unpool": (TORCH,),
    "upsample": (TORCH, "layers/test_reach.py::test_what_a_resize_reads"),
    "shuffle": (
        TORCH,
        "layers/test_reach.py::test_a_pixel_shuffle_shows_each_input_r_times",
        f"{COUNTED}::test_pixel_shuffle_after_a_convolution_is_a_transposed_convolution",
    ),
    "unfold": (TORCH, "torch/test_opinfo.py"),
    "pad": (TORCH, "layers/test_reach.py::test_pads_and_crops_move_the_field"),
    "linear": (f"{COUNTED}::test_macs_of_vectors", TORCH),
    "reshape": (TORCH,),
    "norm": (f"{COUNTED}::test_params", f"{COUNTED}::test_operations", TORCH),
    "activation": (f"{COUNTED}::test_operations", TORCH),
    "merge": (f"{COUNTED}::test_operations_of_merges", "network/test_random_graphs.py"),
    "lazy": (f"{COUNTED}::test_params", TORCH),
    **dict.fromkeys(("axes", "slice", "repeat", "roll", "comparison"), (f"{GRAPHS}::test_values_and_gradients",)),
    **dict.fromkeys(
        ("function", "shrink", "reduction"), (f"{GRAPHS}::test_values_and_gradients", f"{COUNTED}::test_operations")
    ),
    **dict.fromkeys(
        ("matmul", "einsum", "attention"),
        (f"{COUNTED}::test_macs_of_products", f"{GRAPHS}::test_macs_are_half_of_what_the_flop_counter_counts"),
    ),
    "recurrent": (f"{COUNTED}::test_macs_of_sequences", f"{GRAPHS}::test_recurrent"),
    "lookup": (f"{COUNTED}::test_params", f"{GRAPHS}::test_look_ups", f"{GRAPHS}::test_look_ups_by_element"),
    **dict.fromkeys(
        ("ranking", "cumulative", "grid_sample"),
        (f"{COUNTED}::test_operations_beside_products", f"{GRAPHS}::test_values_and_gradients"),
    ),
    "fold": (f"{COUNTED}::test_operations_beside_products", f"{GRAPHS}::test_values_and_gradients"),
    "scatter": ("torch/test_import_models.py",),
    "source": ("layers/test_sources.py::test_a_source_has_its_shape_and_writes_nothing",),
    "unknown": ("layers/test_sources.py::test_an_unknown_operator", "cli/test_strict.py"),
}
"""Which tests check each file's types: counts by definition, PyTorch, recorded problems, published numbers."""


@pytest.mark.parametrize("file", FILES)
def test_a_kind_has_an_oracle(file: str) -> None:
    for named in ORACLES[file]:
        path, _, function = named.partition("::")
        tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert function in functions if function else functions, named


def test_no_oracle_is_of_a_kind_that_is_gone() -> None:
    assert set(ORACLES) == set(FILES)
