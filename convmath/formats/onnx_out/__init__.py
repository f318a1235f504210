"""ONNX out: a network as a model without weights, whose nodes are those of `bridge/nodes`."""
