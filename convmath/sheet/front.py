"""What stands before the layers: words, symbols, quantities and the laws that join them, the relationships."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..formulas.quantities import QUANTITIES
from ..symbolic.written import symbol
from .document import Code, Equation, Paragraph, Rows
from .relationships import RELATIONSHIPS, checked
from .section import printed
from .told import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..formulas.quantities import Quantity
    from .document import Block, Cell, Part


def _sign(operand: object) -> Equation:
    return Equation(None, operand)


def words() -> Iterator[Block]:
    """What kernels, filters and MACs are, and how an axis is counted."""
    c_in, c_out, g, k_h, k_w = (symbol(name) for name in ("C_in", "C_out", "g", "k_h", "k_w"))
    i, o, k, s, p, d = (_sign(symbol(name)) for name in "iokspd")
    share = c_in.exact_div(g)
    yield Paragraph((
        "A kernel is one matrix of ", _sign(k_h * k_w), " weights, for one pair of input and output channel. A filter",
        " is the stack of ", _sign(share), " kernels that makes one output channel. A layer has ", _sign(c_out),
        " filters, and so ", _sign(c_out * share), " kernels.",
    ))  # fmt: skip
    yield Paragraph((CORRELATION,))
    yield Paragraph((
        "Along one axis ", o, " output positions are made of ", i, " input positions by ", k, " taps that stand ", d,
        " apart and step by ", s, ", with ", p, " positions of padding on either side. All axes go alike. Where they",
        " need telling apart, symbols carry an index for depth, height or width, and an index ", o, " marks what",
        " belongs to the output: ", _sign(symbol("H_o")), " is what ", o, " is along the height.",
    ))  # fmt: skip
    yield Paragraph((
        "In the equations ", *_signs("y", "is the output,", "x", "the input,", "w", "the weights,", "b",
        "the bias; they are arrays with the place in brackets.", "c", "counts output channels,", "q",
        "input channels,", "o", "outputs and", "t", "taps."), " Outside the input ", _sign(symbol("x")), " is 0.",
    ))  # fmt: skip


CORRELATION = (
    "What deep learning calls convolution does not turn the kernel over: it is a cross-correlation. A"
    " multiply-accumulate (MAC) is one multiplication and the addition of its result: two floating-point operations"
    " (FLOPs). MACs are counted densely, as a kernel does them, padding included; those that touch real input are told"
    " apart. ⌊ ⌋ rounds down, ⌈ ⌉ rounds up."
)


def _signs(*words: str) -> Iterator[Part]:
    for place, word in enumerate(words):
        yield f" {word} " if place % 2 and place < len(words) - 1 else f" {word}" if place % 2 else _sign(symbol(word))


def quantities() -> Iterator[Block]:
    """What is told of each layer, and what follows from it."""
    rows = tuple((TITLES[name], MEANT.get(name, printed(each.meaning)), each.unit) for name, each in _told().items())
    yield Rows("", ("quantity", "what it is", "unit"), rows)
    yield Rows(
        ("What follows from them, with ", _sign(symbol("b")), " bytes for each number"), ("quantity", "law"), LAWS
    )


def _told() -> dict[str, Quantity]:
    return {name: QUANTITIES[name] for name in TITLES}


MEANT: dict[str, Cell] = {
    "activations": "numbers of the output, and of what passes between the stages of a layer",
    "keeping_padding": (
        "least padding, both sides together, that keeps the size (up to ", _sign(symbol("s") - 1), " more does too)"
    ),
    "winograd": (
        "multiplications by Winograd’s algorithm on tiles of ", _sign(symbol("m")),
        " outputs a side, for stride and dilation 1",
    ),
}  # fmt: skip

LAWS = (
    ("bytes written", (_sign(symbol("b")), " times the numbers written")),
    ("MACs of the backward pass", ("twice the MACs: as many for the input’s gradient as for the weights’",)),
    ("arithmetic intensity", (
        "FLOPs over ", _sign(symbol("b")), " times all that is moved: numbers read, parameters, numbers written",
    )),
    ("a layer as a sparse matrix", (
        "for one sample a row for each number written, a column for each number read, a nonzero for each MAC on real",
        " input",
    )),
)  # fmt: skip


def relationships() -> Iterator[Block]:
    """The fifteen relationships, each proven when the sheet is made."""
    yield Paragraph((
        "By Dumoulin and Visin, “A guide to convolution arithmetic for deep learning” (2016). Each is proven here from",
        " the one rule that all layers share. ", _sign(symbol("i")), " is the input of the layer, ",
        _sign(symbol("i_0")), " that of the convolution which a transposed convolution transposes, ",
        _sign(symbol("a")), " is ", Code("output_padding"), "; dilation is 1 unless it is named.",
    ))  # fmt: skip
    rows = tuple((r.number, r.setting, r.conditions, checked(r)) for r in RELATIONSHIPS)
    yield Rows("", ("", "setting", "where", "output size"), rows)
