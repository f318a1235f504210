"""Keras out: a network as the source of a function that builds it, channels last.

`rows` says what computes one layer, by the rules of `functions` and `moves`, which `spelled` helps to write; `axes`
knows how values lie, and `writing` takes the steps.
"""
