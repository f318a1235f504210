"""The matrix of a convolution: explicit, in blocks, in factors, as an operator."""
