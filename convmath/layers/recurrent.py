"""Recurrent layers: RNN, GRU, LSTM."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ..core.conditions import Condition, at_least, equal
from ..core.errors import ParameterError, ShapeError, show
from ..core.receptive_field import WHOLE, Stage
from ..core.shape import Shape
from ..core.size import product
from .base import Layer
from .field import Choice, Count, Flag, Real

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..core.size import Size

DEEPEST = 1024
"""No layer has more layers inside."""


class Recurrent(Layer, abstract=True):
    """Reads a sequence step by step, each with what the one before left: (L, N, I) → (L, N, D·H), and the states.

    D is 2 for a layer that reads in both directions, else 1; with batch_first the input is (N, L, I); without a batch
    it is (L, I). Outputs are the sequence, and (D·layers, N, H), the state after the last step of each layer and
    direction. Further inputs are states to begin with. With G gates, each step takes G·H·(I + H) MACs in each layer
    and direction; FLOPs are `each` for every number of the state, and one for every bias.
    """

    is_open = True
    gates: ClassVar[int]
    each: ClassVar[int]
    states: ClassVar[int] = 1
    input_size = Count("length of each vector of the sequence", symbol="I")
    hidden_size = Count("length of the state", symbol="H", keras="units")
    num_layers = Count("layers, each of which reads the one before", 1)
    bias = Flag("whether two numbers are added to each gate", True, keras="use_bias")
    batch_first = Flag("whether the batch is the first axis", False)
    dropout = Real("the probability of a zero between layers while training", 0.0, 0, 1)
    bidirectional = Flag("whether the sequence is read in both directions", False)

    def constraints(self) -> Iterable[Condition]:
        if type(self.num_layers) is not int:
            raise ParameterError(f"{self.op}: num_layers={show(self.num_layers)} is no number (state one)")
        yield at_least(DEEPEST, self.num_layers, "num_layers={right} is more than {left}", "use fewer layers")

    @property
    def directions(self) -> int:
        """In how many directions the sequence is read."""
        return 2 if self.bidirectional else 1

    @property
    def width(self) -> Size:
        """How many numbers one direction makes at each step."""
        return self.hidden_size

    @property
    def state_sizes(self) -> tuple[Size, ...]:
        """The length of each state."""
        return (self.width,)

    @property
    def output_count(self) -> int | None:
        return 1 + self.states

    def _batch(self, x: Shape) -> tuple[Size, ...]:
        return () if len(x) == 2 else (x[0] if self.batch_first else x[1],)

    def conditions(self, *inputs: Shape) -> Iterable[Condition]:
        x = inputs[0]
        if len(x) > 3:
            raise ShapeError(f"{self.op}: takes (L, N, I), (N, L, I) or (L, I), got {x} (flatten or permute before)")
        yield equal(
            x[-1], self.input_size, "the vectors of {about} have {left} numbers, input_size is {right}",
            "use input_size={left}", x,
        )  # fmt: skip
        for given, wanted in zip(inputs[1:], self._after(x), strict=False):
            if len(given) != len(wanted):
                raise ShapeError(f"{self.op}: a state of {given} is given, {wanted} is wanted (give it as many axes)")
            for axis, (a, b) in enumerate(zip(given, wanted, strict=True)):
                yield equal(a, b, f"axis {axis} of a state is {{left}} long, {{right}} is wanted", "make the two equal")

    def _after(self, x: Shape) -> tuple[Shape, ...]:
        batch = self._batch(x)
        return tuple(Shape((self.directions * self.num_layers, *batch, size)) for size in self.state_sizes)

    def infer(self, *inputs: Shape) -> tuple[Shape, ...]:
        x = inputs[0]
        return (Shape((*x[:-1], self.directions * self.width)), *self._after(x))

    def stages(self, *inputs: Shape) -> tuple[Stage, ...]:
        return ((WHOLE,) * inputs[0].rank,)

    def weights(self) -> dict[str, tuple[Size, ...]]:
        made: dict[str, tuple[Size, ...]] = {}
        for layer in range(self.num_layers):
            reads = self.directions * self.width if layer else self.input_size
            for suffix in (f"_l{layer}", f"_l{layer}_reverse")[: self.directions]:
                made |= {name + suffix: sizes for name, sizes in self._of_one(reads).items()}
        return made

    def _of_one(self, reads: Size) -> dict[str, tuple[Size, ...]]:
        """The arrays of one layer and direction that reads vectors of this length."""
        rows = self.gates * self.hidden_size
        made = {"weight_ih": (rows, reads), "weight_hh": (rows, self.width)}
        return made | ({"bias_ih": (rows,), "bias_hh": (rows,)} if self.bias else {})

    def _steps(self, x: Shape) -> Size:
        return product(x[:-1])

    def count_macs(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        # Every number of a matrix is multiplied once at each step.
        return self._steps(inputs[0]) * sum(product(sizes) for sizes in self.weights().values() if len(sizes) == 2)

    def input_macs(self, x: Shape) -> Size:
        """The MACs of the first layer's products with the sequence."""
        return self._steps(x) * self.directions * self.gates * self.hidden_size * self.input_size

    def first_state_macs(self, x: Shape) -> Size:
        """The MACs of every layer's products with the state that it begins with."""
        each = self.gates * self.hidden_size * self.width
        return product(self._batch(x)) * self.directions * self.num_layers * each

    def count_operations(self, inputs: tuple[Shape, ...], outputs: tuple[Shape, ...]) -> Size:
        biases = sum(product(sizes) for sizes in self.weights().values() if len(sizes) == 1)
        return self._steps(inputs[0]) * (biases + self.directions * self.num_layers * self.each * self.hidden_size)


class RNN(Recurrent):
    """h = tanh(Wx + b + Uh + b′), or relu: one gate; see Recurrent.

    >>> RNN(8, 5).macs((7, 2, 8))  # 7·2 steps of 5·(8 + 5)
    910

    Source: Elman (1990); PyTorch's layer of this name.
    """

    arity = (1, 2)
    gates = 1
    each = 1
    nonlinearity = Choice("the function at each step", "tanh", ("tanh", "relu"))


class GRU(Recurrent):
    """Gated recurrent unit: two gates and a candidate, 15 FLOPs for each number of the state; see Recurrent.

    r = σ(W_r x + b + U_r h + b′), z alike, n = tanh(W_n x + b + r(U_n h + b′)), h = (1 − z)n + z·h. As published, n is
    tanh(W_n x + b + U_n(r·h) + b′): that is reset_after=False, which ONNX calls linear_before_reset=0.

    >>> GRU(8, 5, batch_first=True).output_shapes((2, 7, 8)), GRU(8, 5).params
    (((2, 7, 5), (1, 2, 5)), 225)

    Source: Cho et al. (2014); PyTorch's layer of this name; Keras' for reset_after.
    """

    arity = (1, 2)
    gates = 3
    each = 15
    reset_after = Flag("whether the state is reset after it is multiplied", True)


class LSTM(Recurrent):
    """Long short-term memory: three gates and a candidate, 18 FLOPs for each number of the state; see Recurrent.

    i, f, o = σ(Wx + b + Uh + b′), g = tanh(…), c = f·c + i·g, h = o·tanh c. With proj_size P the state h is multiplied
    by a matrix (P, H) at each step. Outputs are the sequence, h and c.

    >>> LSTM(8, 5, bidirectional=True).output_shapes((7, 2, 8)), LSTM(8, 5).params
    (((7, 2, 10), (2, 2, 5), (2, 2, 5)), 300)

    Source: Hochreiter and Schmidhuber (1997); Sak, Senior and Beaufays (2014) for the projection.
    """

    arity = (1, 3)
    gates = 4
    each = 18
    states = 2
    proj_size = Count("length of the projected state; 0 for none", 0, least=0)

    def constraints(self) -> Iterable[Condition]:
        yield from super().constraints()
        if type(self.proj_size) is not int:
            raise ParameterError(f"{self.op}: proj_size={show(self.proj_size)} is no number (state one)")
        if self.proj_size:
            yield at_least(
                self.hidden_size - 1, self.proj_size, "proj_size={right} is not below hidden_size",
                "use at most {left}, or 0",
            )  # fmt: skip

    @property
    def width(self) -> Size:
        return self.proj_size or self.hidden_size

    @property
    def state_sizes(self) -> tuple[Size, ...]:
        return (self.width, self.hidden_size)

    def _of_one(self, reads: Size) -> dict[str, tuple[Size, ...]]:
        projection = {"weight_hr": (self.proj_size, self.hidden_size)} if self.proj_size else {}
        return super()._of_one(reads) | projection
