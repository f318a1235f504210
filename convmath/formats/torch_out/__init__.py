"""PyTorch out: a network as the source of modules.

`lines` and `functions` say what computes one layer, `blocks` finds the blocks in the names, `classes` lets blocks share
a class, and `writing` takes the steps.
"""
