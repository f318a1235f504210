"""The convention bridge: one layer as another framework must write it to give the same values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.convention import convention
from ..core.errors import ParameterError, show
from ..core.shape import Shape, as_shape
from ..layers.base import Layer
from ..layers.composite import Composite
from ..layers.shuffle import PixelShuffle
from ..render.table import Heading, Table
from .agreement import verdicts
from .layouts import Carried, channels_moved, weights
from .remarks import SHUFFLED, remarks, say, unsaid
from .sliding import depends_on_size, sliding
from .spelling import spelling

if TYPE_CHECKING:
    from ..core.convention import Convention
    from ..layers.base import ShapeLike
    from .agreement import Verdict
    from .sliding import Sliding

CALLED = {"tensorflow": "keras"}
"""What a framework is called whose layers bear another name."""


class Port(NamedTuple):
    """A layer in another framework's words: what to write, what names of padding would do, how weights are laid out.

    `code` holds layers that follow one another, or expressions in x, which is what the row above gave.
    """

    layer: Layer
    source: str
    target: str
    shape: Shape | None
    code: tuple[str, ...]
    names: tuple[tuple[str, Verdict], ...]
    """The step of a chain ('' where there is one only), and what a name would do to it."""
    arrays: tuple[Carried, ...]
    notes: tuple[str, ...]

    def table(self) -> Table:
        """Everything in lines."""
        lines = [("write" if place == 0 else "then", row) for place, row in enumerate(self.code)]
        lines += [(f"{step}: {name.spelled}" if step else name.spelled, say(name)) for step, name in self.names]
        lines += [
            (array.name, f"{Shape(array.before)} becomes {Shape(array.after)}: {array.how}")
            if array.how != array.name
            else (array.name, f"{Shape(array.before)}, as it is")
            for array in self.arrays
        ]
        given = "" if self.shape is None else f", input {self.shape}"
        title = f"{self.layer!r}, {self.source} to {self.target}{given}"
        return Table(title, (Heading("what"), Heading(f"in {self.target}")), tuple(lines), notes=self.notes)

    def data(self) -> dict[str, Any]:
        """The same as the data that --format json writes."""
        return {
            "schema": 1,
            "call": repr(self.layer),
            "from": self.source,
            "to": self.target,
            "input": None if self.shape is None else list(self.shape),
            "code": list(self.code),
            "names": [
                {
                    "step": step,
                    "name": name.spelled,
                    "axes": [
                        {
                            "size": axis.size, "modulus": axis.modulus, "least": axis.least,
                            "cases": [
                                {"outcome": case.outcome.kind, "by": case.outcome.by, "residues": list(case.residues)}
                                for case in axis.cases
                            ],
                        }
                        for axis in name.axes
                    ],
                }
                for step, name in self.names
            ],
            "arrays": [
                {"name": array.name, "before": list(array.before), "after": list(array.after), "how": array.how}
                for array in self.arrays
            ],
            "notes": list(self.notes),
        }  # fmt: skip

    def __str__(self) -> str:
        from ..render.text import render

        return render(self.table())


def port(layer: Layer, to: str, shape: ShapeLike | None = None) -> Port:
    """How a layer is written in another framework so that it gives the same values; from its own convention's.

    `to` is pytorch, tensorflow (or keras), onnx or jax. With the input's shape, padding that depends on it is
    written in numbers, and the target's names of padding are judged at that shape; without, for all sizes.
    Raises ParameterError where the target has nothing equivalent, ShapeError where the layer refuses the shape.

    >>> from convmath.layers.conv import Conv2d
    >>> ported = port(Conv2d(3, 8, 3, stride=2, padding=1), to="keras")
    >>> ported.code
    ('ZeroPadding2D(((1, 1), (1, 1)))', 'Conv2D(8, 3, strides=2, padding="valid")')
    >>> ported.arrays[0].how
    'weight.transpose(2, 3, 1, 0)'

    Source: the frameworks' behaviour as observed by running them.
    """
    if not isinstance(layer, Layer):
        raise ParameterError(f"{show(layer)} is no layer (give one, such as Conv2d(3, 8, 3))")
    target = convention(to)
    x = None if shape is None else as_shape(shape)
    layer = layer if x is None else layer.facts(x).layer
    source = _source(layer)
    if isinstance(layer, PixelShuffle):
        code: tuple[str, ...] = tuple(spelling(target.name)["shuffle"](layer.upscale_factor, 2))
        return _port(layer, source, target, x, code, (), (), SHUFFLED.get(target.name, ()))
    code = ()
    names: list[tuple[str, Verdict]] = []
    arrays: tuple[Carried, ...] = ()
    notes: list[str] = []
    for prefix, part, at in _parts(layer, x):
        settled = sliding(part, at, prefix)
        told = verdicts(settled, target, at)
        written, everywhere = _written(settled, target, layer)
        code += written
        names += [(prefix, name) for name in told if settled.kernel != (1,) * settled.rank or not prefix]
        arrays += weights(settled, source.name, target.name)
        notes += [note for note in remarks(everywhere, source, target, at) if note not in notes]
        notes += [note for note in unsaid(settled, at) if note not in notes]
    return _port(layer, source, target, x, code, tuple(names), arrays, tuple(notes))


def _port(
    layer: Layer, source: Convention, target: Convention, x: Shape | None,
    code: tuple[str, ...], names: tuple[tuple[str, Verdict], ...], arrays: tuple[Carried, ...], notes: tuple[str, ...],
) -> Port:  # fmt: skip
    moved = channels_moved(layer.rank or 1, source.name, target.name, x)
    return Port(layer, _called(source), _called(target), x, code, names, arrays + moved, notes)


def _called(framework: Convention) -> str:
    return CALLED.get(framework.name, framework.name)


def _source(layer: Layer) -> Convention:
    """The framework whose layer it is; types without a convention are PyTorch's."""
    found: Convention = getattr(layer, "convention", None) or convention("pytorch")
    return found


def _parts(layer: Layer, x: Shape | None) -> list[tuple[str, Layer, Shape | None]]:
    """Every step of a chain and what comes into it."""
    if not isinstance(layer, Composite):
        return [("", layer, x)]
    inputs = [None] * len(layer.parts) if x is None else [at[0] for _, _, at, _ in layer.steps((x,))]
    return [
        (name or inner, part, at)
        for (name, step), given in zip(layer.parts, inputs, strict=True)
        for inner, part, at in _parts(step, given)
    ]


def _written(settled: Sliding, target: Convention, whole: Layer) -> tuple[tuple[str, ...], Sliding]:
    """The rows of one step, and the step with the names that may stand in them."""
    # Where 'valid' serves it is the plainer word; output_padding goes with a name in some backends of Keras only.
    told = sorted(verdicts(settled, target), key=lambda name: name.name != "valid")
    names = tuple(name.spelled for name in told if name.holds_everywhere and "output_padding" not in name.spelled)
    settled = settled._replace(names=names)
    if settled.pads is None and not names:
        raise ParameterError(_no_numbers(settled, target, whole))
    return tuple(spelling(target.name)[settled.kind](settled)), settled


def _no_numbers(settled: Sliding, target: Convention, whole: Layer) -> str:
    axis = next(axis for axis in range(settled.rank) if depends_on_size(settled, axis))
    k, s, d, pads = settled.kernel[axis], settled.stride[axis], settled.dilation[axis], settled.layer.padding[axis]
    first, second = (tuple(pads.pads(size, k, s, d)) for size in (s, s + 1))
    return (
        f"{whole.op}: axis {axis}: padding={pads.name!r} pads {first} where i ≡ 0 (mod {s}) and {second} where i ≡ 1;"
        f" {_called(target)} writes one padding for all sizes (give the input's shape)"
    )
