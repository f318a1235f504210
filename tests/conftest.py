"""Hypothesis draws the same examples in every run and on every machine, however slow."""

from hypothesis import settings

settings.register_profile("convmath", derandomize=True, deadline=None)
settings.load_profile("convmath")
