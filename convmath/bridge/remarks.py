"""What a port says in words: verdicts on names of padding, and what cannot be carried over."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..core.shape import by_axis
from ..core.size import product
from ..layers.field import spell_tuple
from .agreement import MOST_RESIDUES, is_unsettled
from .sliding import depends_on_size

if TYPE_CHECKING:
    from ..core.convention import Convention
    from ..core.shape import Shape
    from .agreement import AxisVerdict, Case, Outcome, Verdict
    from .sliding import Sliding


def say(verdict: Verdict) -> str:
    """A verdict in words; axes of which the same is true share them.

    >>> from convmath.core.convention import JAX
    >>> from convmath.layers.conv import Conv1d
    >>> from .agreement import verdicts
    >>> from .sliding import sliding
    >>> say(verdicts(sliding(Conv1d(1, 1, 3, stride=2, padding=1)), JAX)[0])
    'the same values where i ≡ 1 (mod 2); where i ≡ 0 the sizes agree, the values are shifted by 1 position'
    """
    told = [_say_axis(axis) for axis in verdict.axes]
    if len(set(told)) == 1:
        return told[0]
    return "; ".join(f"axis {place}: {words}" for place, words in enumerate(told))


def _say_axis(axis: AxisVerdict) -> str:
    if axis.size is not None or len(axis.cases) == 1:
        words = _say_outcome(axis.cases[0].outcome)
        words += " at every size" if axis.size is None and words == AGREES else ""
    else:
        ordered = sorted(axis.cases, key=lambda case: (case.outcome.kind != "agrees", case.residues))
        words = "; ".join(_say_case(case, axis.modulus, place == 0) for place, case in enumerate(ordered))
    return words + (f" (from size {axis.least} on)" if axis.size is None and axis.least > 1 else "")


AGREES = "the same values"


def _say_case(case: Case, modulus: int, first: bool) -> str:
    where = f"where i ≡ {_runs(case.residues)}" + (f" (mod {modulus})" if first else "")
    words = _say_outcome(case.outcome)
    return f"{words} {where}" if words == AGREES else f"{where} {words}"


def _say_outcome(outcome: Outcome) -> str:
    count = abs(outcome.by)
    match outcome.kind:
        case "agrees":
            return AGREES
        case "shifted":
            return f"the sizes agree, the values are shifted by {count} position{'s' if count > 1 else ''}"
        case "divided":
            return "the sizes agree, averages at the border are divided by other numbers"
        case "sizes":
            return f"the sizes differ: {count} output{'s' if count > 1 else ''} {'more' if outcome.by > 0 else 'fewer'}"
    return "refused together with this stride or dilation"


def _runs(residues: tuple[int, ...]) -> str:
    """Residues in a row, the long runs by their ends.

    >>> _runs((0, 2, 3, 4, 7))
    '0, 2…4, 7'
    """
    breaks = [0, *(place for place, (a, b) in enumerate(pairwise(residues), 1) if b - a > 1), len(residues)]
    runs = [residues[begin:end] for begin, end in pairwise(breaks)]
    return ", ".join(f"{run[0]}…{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def unsaid(settled: Sliding, x: Shape | None) -> list[str]:
    """Why no name that there is has a verdict."""
    stride = max(settled.stride)
    if x is not None or stride <= MOST_RESIDUES:
        return []
    return [f"A stride of {stride} has too many residues to tell what names of padding do; give an input."]


def remarks(settled: Sliding, source: Convention, target: Convention, x: Shape | None) -> tuple[str, ...]:
    """What the lines above rest on, and what they leave out."""
    return tuple(note.format(**_numbers(settled, x)) for due, note in REMARKS if due(settled, source, target))


_ORDERS = (
    "PyTorch counts the channels of a block as c·r² + i·r + j, TensorFlow as (i·r + j)·C + c; the filters of the"
    " convolution before may change places instead."
)

SHUFFLED = {"tensorflow": (_ORDERS,)}
"""What is to be said of a shuffle of pixels."""


def _numbers(settled: Sliding, x: Shape | None) -> dict[str, Any]:
    return {
        "size": "" if x is None else by_axis(x.spatial),
        "stride": spell_tuple(settled.stride),
        "times": product(settled.stride),
        "extra": "" if settled.kind != "transposed" else spell_tuple(settled.layer.extra),
    }


def _at_one_size(settled: Sliding, source: Convention, target: Convention) -> bool:
    return not settled.names and any(depends_on_size(settled, axis) for axis in range(settled.rank))


def _subsampled(settled: Sliding, source: Convention, target: Convention) -> bool:
    both = max(settled.stride) > 1 and max(settled.dilation) > 1
    return settled.kind == "conv" and both and not target.stride_with_dilation


def _flipped(settled: Sliding, source: Convention, target: Convention) -> bool:
    return settled.kind == "transposed" and (source.name == "jax") != (target.name == "jax")


def _output_padding(settled: Sliding, source: Convention, target: Convention) -> bool:
    given = settled.kind == "transposed" and any(settled.layer.extra)
    return given and source.crop is not target.crop


def _minus_infinity(settled: Sliding, source: Convention, target: Convention) -> bool:
    return settled.kind == "max" and target.name == "tensorflow" and not settled.names


def _divided(settled: Sliding, source: Convention, target: Convention) -> bool:
    return settled.kind == "average" and target.name == "tensorflow" and not settled.names and settled.counts != "taps"


def _indices(settled: Sliding, source: Convention, target: Convention) -> bool:
    return settled.kind == "max" and settled.layer.return_indices and target.name != "pytorch"


def _unsettled(settled: Sliding, source: Convention, target: Convention) -> bool:
    return target.name == "onnx" and is_unsettled(settled)


def _copied(settled: Sliding, source: Convention, target: Convention) -> bool:
    return getattr(settled.layer, "padding_mode", "zeros") != "zeros"


REMARKS = (
    (_at_one_size, "The padding is that of inputs of {size}; other sizes are padded otherwise."),
    (
        _subsampled,
        (
            "Keras takes no stride above 1 with a dilation above 1: every position is computed and those of stride"
            " {stride} kept, {times} times the work."
        ),
    ),
    (_flipped, "JAX's transposed convolution does not flip its kernel, the others' does: hence [::-1]."),
    (_output_padding, "output_padding={extra} means another crop elsewhere; it is written by what it adds at the end."),
    (_minus_infinity, "Padding is −inf: zeros would win over negative numbers."),
    (_divided, "Keras never counts padding, and names alone say where it is: hence the quotient of two averages."),
    (_indices, "return_indices is not carried over."),
    (_unsettled, "ONNX's implementations disagree on SAME_UPPER and SAME_LOWER of such a kernel, stride and dilation."),
    (_copied, "Every name of padding pads with zeros, not by copying."),
)
"""When each remark is due, and what it says."""
