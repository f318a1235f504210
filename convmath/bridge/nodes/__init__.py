"""A layer as nodes of an ONNX graph, whoever keeps the graph: what runs it, or what writes a file.

`layers` finds the rule of a layer, `functions`, `arithmetic`, `axes`, `picking` and `resize` hold the rules by kind,
and `node` is what a rule is given.
"""
