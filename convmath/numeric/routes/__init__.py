"""The routes by which a convolution is computed, and the choice between them."""
