"""Plain asserts for tests of networks.

    from convmath.testing import assert_budget, assert_same_arithmetic, assert_shapes, assert_valid_for

    def test_backbone():
        assert_shapes("nets/backbone.yaml", {"stem": (64, 112, 112)})
        assert_budget("nets/backbone.yaml", params="5M", macs="≤ 600M")
        assert_valid_for("nets/backbone.yaml", "H % 32 == 0, 64 <= H <= 4096", "1x3xHxH")
        assert_same_arithmetic(Backbone(), "nets/backbone.yaml", (1, 3, 224, 224))

They need no pytest. Each takes a Network, a Report, the path of a spec file or ONNX model, or a module of PyTorch.
"""

from .ci.asserting import assert_budget, assert_same_arithmetic, assert_shapes, assert_valid_for

__all__ = ["assert_budget", "assert_same_arithmetic", "assert_shapes", "assert_valid_for"]
