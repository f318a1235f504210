"""What is raised where another framework has nothing that does the same."""

from __future__ import annotations

from ..core.errors import ConvmathError


class NoEqualError(ConvmathError):
    """A framework has no layer that does the same; its text says why, to be read after the framework's name."""
