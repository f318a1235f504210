"""Dependence: which positions of its inputs an output of a layer is made of, as every type says once.

Along spatial axes that is what `stages` tell, windows or others. What happens to the batch, to channels, and to layers
without windows, `met`, `moved` and `channel_groups` tell; all who ask what is read or seen ask these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.piece import Piece
    from ..core.receptive_field import Stage
    from ..core.shape import Shape
    from ..core.size import Size


class Dependence:
    """The hooks by which a layer type says what its outputs read."""

    is_open: ClassVar[bool] = False
    """Whether numbers decide what is read, or it is told as whole axes: then fewer positions may be read than told."""

    lays_out_anew: ClassVar[bool] = False
    """Whether it hands on just the numbers that it reads, row by row in another shape, so that axes are mixed."""

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        """What is read along each spatial axis, one stage for each step inside the layer."""
        return ()

    def stages_of(self, place: int, *inputs: Shape) -> tuple[Stage, ...]:
        """What is read of one of the inputs: of all of them the same unless a type says otherwise."""
        return self.stages(*inputs)

    def channel_groups(self) -> Size | None:
        """Into how many groups windows part channels: one's outputs read that group alone. None: each by itself."""
        return 1

    def met(self, axes: int) -> Sequence[int] | None:
        """The axes, of so many, that every output reads the whole of, where it reads one position of each other one.

        None for a layer that does otherwise.
        """
        return None

    def moved(self, axes: int) -> Sequence[int]:
        """The axes, of so many, of which `pieces` says where each position comes from; all others stay as they are."""
        return ()

    def pieces(self, axis: int, port: int, *inputs: Shape) -> tuple[Piece, ...]:
        """The runs of inputs that one of the moved axes of an output is laid of; numbers only."""
        return ()
