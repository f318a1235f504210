"""Networks from ONNX files.

A model is read in a few steps, one file each: `opening` (bytes to a model, bounded), `operators` (nodes to records, in
an order in which they run), `sizes` (what the file says of shapes, dynamic sizes as symbols), `reading` (operator by
operator: worked out in advance by `folding`, made into `drafts` of layers by the `rules`, or kept as unknown with the
shapes `stated`), `patterns` (what exporters take apart put together again), `building` (drafts to a network, with the
names of `naming`). `load` takes the steps and says what is to be said. Rules see one operator as a `step`; `values` are
what flows between them, `fractional` is the arithmetic of numbers and formulas, `deciding` tells inputs that decide on
shapes from data.
"""
