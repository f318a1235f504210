"""Weights in separable factors."""
