"""Resizing as ONNX's Resize: which of its coordinates and roundings are PyTorch's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..unequal import NoEqualError

if TYPE_CHECKING:
    from .node import Node


def resized(node: Node) -> Any:
    """An Upsample layer; raises NoEqualError for modes that ONNX has no equal of."""
    layer, x, y = node.layer, node.inputs[0], node.outputs[0]
    if layer.mode not in MODES:
        raise NoEqualError(f"has no mode {layer.mode!r}")
    mode, coordinates, more = MODES[layer.mode]
    if layer.align_corners:
        coordinates = "align_corners"
    if layer.scale_factor is None:
        if not y.spatial:
            return node.x
        sizes, more = node.integers(y.spatial), {**more, "axes": list(range(2, len(y)))}
        return node.add("Resize", node.x, "", "", sizes, mode=mode, coordinate_transformation_mode=coordinates, **more)
    factors = layer.scale_factor * x.rank if len(layer.scale_factor) == 1 else layer.scale_factor
    scales = node.constant([1.0, 1.0, *factors])
    return node.add("Resize", node.x, "", scales, mode=mode, coordinate_transformation_mode=coordinates, **more)


MODES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "nearest": ("nearest", "asymmetric", {"nearest_mode": "floor"}),
    "nearest-exact": ("nearest", "half_pixel", {"nearest_mode": "round_prefer_ceil"}),
    "linear": ("linear", "half_pixel", {}),
    "bilinear": ("linear", "half_pixel", {}),
    "trilinear": ("linear", "half_pixel", {}),
    "bicubic": ("cubic", "half_pixel", {"cubic_coeff_a": -0.75}),
}
"""PyTorch's modes: ONNX's, where an output falls among the inputs, and what else is to be said."""
