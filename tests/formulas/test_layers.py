"""Formulas of layers whose numbers are known: the input alone is a symbol, axes may differ, frameworks too."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import convmath as cm
from convmath.core.errors import ConvmathError, FormulaError, UnknownNameError
from convmath.formulas.formula import formula, formulas

LAYERS = [
    cm.Conv2d(3, 64, 7, stride=2, padding=3),
    cm.Conv2d(4, 6, (3, 5), stride=(2, 1), padding=((0, 1), (2, 0)), groups=2),
    cm.Conv2d(4, 6, 3, padding="same"),
    cm.Conv2d(4, 6, (2, 5), padding="same", dilation=2),
    cm.Conv2d(4, 6, 3, stride=2, padding="same", convention="tensorflow"),
    cm.Conv2d(4, 6, (2, 7), stride=(3, 2), padding="same_lower", convention="onnx"),
    cm.Conv2d(4, 6, (5, 1), stride=3, padding="valid", convention="keras"),
    cm.Conv2d(4, 6, 3, padding="full"),
    cm.Conv2d(4, 6, 5, padding=-1, convention="jax"),
    cm.Conv2d(4, 6, 9, stride=2, convention="jax"),
    cm.Conv2d(4, 6, 3, padding=1, padding_mode="reflect"),
    cm.Conv2d(4, 6, (3, 1), padding=(1, 0), padding_mode="circular"),
    cm.Conv2d(4, 6, 1, bias=False),
    cm.Conv1d(2, 3, 4, stride=3, padding=1, dilation=2),
    cm.Conv3d(2, 3, (1, 2, 3), stride=(1, 2, 3), padding=(0, 1, 1)),
    cm.MaxPool2d(3, stride=2, ceil_mode=True),
    cm.MaxPool2d((3, 2), stride=(2, 3), padding=1, ceil_mode=True),
    cm.AvgPool2d(4, padding=2, ceil_mode=True),
    cm.MaxPool2d(3, 2, "same", ceil_mode=True, convention="onnx"),
    cm.MaxPool1d(5, 3, dilation=2, ceil_mode=True),
    cm.LPPool2d(2, 3, 2, ceil_mode=True),
    cm.ConvTranspose2d(4, 6, 4, stride=2, padding=1),
    cm.ConvTranspose2d(4, 6, (3, 2), stride=(2, 3), padding=(1, 0), output_padding=(1, 2), groups=2),
    cm.ConvTranspose2d(4, 6, 3, stride=2, padding="same", convention="keras"),
    cm.ConvTranspose2d(4, 6, 3, stride=2, padding=1, convention="jax"),
    cm.ConvTranspose2d(4, 6, 2, stride=3, padding="same_lower", convention="onnx"),
    cm.ConvTranspose1d(4, 6, 3, dilation=3, stride=2, output_padding=2),
    cm.DepthwiseConv2d(4, 3, multiplier=2, padding=1),
    cm.DepthwiseSeparableConv2d(4, 6, (3, 5), multiplier=2, padding=1),
    cm.SpatiallySeparableConv2d(4, 6, (3, 5), mid_channels=3, padding=(1, 2), stride=2),
    cm.GroupedConv2d(4, 6, 3, groups=2, stride=2),
    cm.CausalConv1d(2, 3, 3, dilation=4, stride=2),
    cm.DeformConv2d(4, 6, 3, padding=1, offset_groups=2, mask=True),
    cm.LocallyConnected2d(3, 4, 3, (9, 8)),
    cm.MaxUnpool2d(2),
    cm.Upsample(scale_factor=2),
    cm.Upsample(scale_factor=(2, 3)),
    cm.Upsample(scale_factor=1.5),
    cm.Upsample(size=(7, 9)),
    cm.AdaptiveAvgPool2d((7, None)),
    cm.AdaptiveMaxPool2d(5),
    cm.GlobalAvgPool(),
    cm.PixelShuffle(2),
    cm.PixelUnshuffle(2),
    cm.ZeroPad2d((1, 2, 3, -1)),
    cm.ReflectionPad2d(2),
    cm.Cropping2d((1, 0, 2, 1)),
    cm.BatchNorm2d(4),
    cm.LayerNorm((4, 9, 8)),
    cm.Flatten(),
    cm.Linear(5, 7),
    cm.ReLU(),
    cm.Add(),
    cm.Concat(),
]

every_layer = pytest.mark.parametrize("layer", LAYERS, ids=repr)

ALONG = ("output", "padded", "receptive_field", "jump", "start")


def inputs(layer, sizes):
    """Shapes for a layer: its channels, and the sizes along as many axes as it has."""
    rank = layer.rank if layer.rank is not None else int(layer.op[-2]) if layer.op[-2:] in {"1d", "2d", "3d"} else 2
    if layer.op == "Linear":
        return ((3, 5),)
    channels = next((layer.__dict__[n] for n in ("in_channels", "num_features") if n in layer.fields), 4)
    return ((3, channels, *sizes[:rank]),) * (2 if layer.op == "Concat" else layer.arity[0])


def values_for(layer, f, shape, b=4):
    """What each symbol of a formula is for an input."""
    rank = len(shape) - 2
    names = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}.get(rank, ())
    axes = {1: ("i",), 2: ("i_h", "i_w"), 3: ("i_d", "i_h", "i_w")}.get(rank, ())
    known = {"N": shape[0], "C": shape[1], "C_1": shape[1], "C_2": shape[1], "b": b, "m": 2}
    known |= dict(zip(names, shape[2:], strict=True)) | dict(zip(axes, shape[2:], strict=True))
    return {name: known[name] for name in f.names}


def said(layer, shapes, quantity):
    cost = layer.cost(*shapes)
    moved = sum(np.prod(shape, dtype=object) for shape in (*shapes, *layer.output_shapes(*shapes))) + layer.params
    return {
        "channels": layer.output_shape(*shapes)[1], "params": cost.params, "macs": cost.macs, "flops": cost.flops,
        "macs_touching": cost.macs_touching, "activations": cost.activations, "memory": 4 * cost.activations,
        "backward_macs": 2 * cost.macs, "intensity": Fraction(cost.flops, 4 * int(moved)),
    }.get(quantity)  # fmt: skip


def along(layer, shapes, quantity, axis):
    if quantity == "output":
        output = layer.output_shape(*shapes)
        return output.spatial[axis] if output.rank else output[1]
    field = layer.receptive_field(*shapes)[axis]
    return {"receptive_field": field.size, "jump": field.jump, "start": field.start}.get(quantity) if field else None


@every_layer
@pytest.mark.parametrize("sizes", [(9, 8, 12), (14, 16, 10), (23, 27, 9)], ids=str)
def test_a_layer_says_the_same_in_formulas_and_in_numbers(layer, sizes):
    shapes = inputs(layer, sizes)
    try:
        layer.output_shape(*shapes)
    except ConvmathError:
        if layer.op.startswith("LocallyConnected"):
            return  # made for one input, its formulas are numbers
        with pytest.raises(FormulaError):
            all_at(layer, shapes[0])
        return
    for f in formulas(layer):
        told = said(layer, shapes, f.quantity)
        if told is not None:
            assert f.at(**values_for(layer, f, shapes[0])) == told, f
        if f.quantity in ALONG and f.quantity != "padded":
            for axis, result in spread(layer, f, shapes[0]):
                expected = along(layer, shapes, f.quantity, axis)
                assert expected is None or result == expected, (f, axis)


def spread(layer, f, shape):
    """(axis, value) of a formula: of its own axis where axes are told apart, otherwise of each."""
    rank = len(shape) - 2
    suffix = {1: ("",), 2: ("_h", "_w"), 3: ("_d", "_h", "_w")}.get(rank, ("",))
    apart = [axis for axis, end in enumerate(suffix) if end and f.symbol.endswith(end)]
    results = []
    for axis in apart or range(max(rank, 1)):
        values = values_for(layer, f, shape) if apart or "i" not in f.names else {"i": shape[2 + axis]}
        results.append((axis, f.at(**values)))
    return results


def all_at(layer, shape):
    return [spread(layer, f, shape) for f in formulas(layer)]


def test_by_the_textbook():
    layer = cm.Conv2d(3, 64, 7, stride=2, padding=3)
    assert str(formula(layer, "output")).endswith("= ⌊(i − 1)/2⌋ + 1")
    assert formula(layer, "macs").at(H=224, W=224) == layer.macs((1, 3, 224, 224)) == 118_013_952
    assert str(formula(cm.Conv2d(4, 6, 3, padding="same"), "output")).endswith("= i")


# Axes that differ

UNEQUAL = [layer for layer in LAYERS if any(f.quantity in ALONG and f.symbol.endswith("_w") for f in formulas(layer))]


def test_there_are_layers_whose_axes_differ():
    assert len(UNEQUAL) >= 12
    assert cm.Conv2d(3, 64, 7, stride=2, padding=3) in LAYERS
    assert cm.Conv2d(3, 64, 7, stride=2, padding=3) not in UNEQUAL


@pytest.mark.parametrize("layer", UNEQUAL, ids=repr)
def test_axes_that_differ_are_never_told_as_one(layer):
    apart = {f.quantity for f in formulas(layer) if f.symbol.endswith(("_h", "_w", "_d"))} & set(ALONG)
    assert apart
    for quantity in apart:
        told = [f for f in formulas(layer) if f.quantity == quantity]
        with pytest.raises(
            FormulaError, match=rf"its axes differ in {quantity}: .*_h = .*_w = .* \(state the axis, 0 … \d\)$"
        ):
            formula(layer, quantity)
        assert [formula(layer, quantity, axis=axis) for axis in range(len(told))] == told
        for wrong in (len(told), -1, "h", True, 1.0):
            with pytest.raises(FormulaError, match="is none of its axes"):
                formula(layer, quantity, axis=wrong)


def test_an_axis_of_a_layer_whose_axes_are_alike():
    layer = cm.Conv2d(3, 4, 3)
    assert formula(layer, "output", axis=1) == formula(layer, "output")
    assert formula(layer, "output", axis=0) == formula(layer, "output")
    with pytest.raises(FormulaError, match=r"^Conv2d\(3, 4, 3\): 7 is none of its axes \(use 0 … 1\)$"):
        formula(layer, "output", axis=7)


ALONG_WIDTH = {
    ("Conv2d", "output"): "o_w = ⌊(i_w + 2·p_w − d_w·(k_w − 1) − 1)/s_w⌋ + 1",
    ("Conv3d", "jump"): "j_w = s_w",
    ("ConvTranspose2d", "output"): "o_w = (i_w − 1)·s_w + d_w·(k_w − 1) − 2·p_w + a_w + 1",
    ("LocallyConnected2d", "output"): "o_w = ⌊(i_w + 2·p_w − k_w)/s_w⌋ + 1",
    ("LayerNorm", "output"): "o_w = i_w",
    ("Conv1d", "output"): "o = ⌊(i + 2p − d(k − 1) − 1)/s⌋ + 1",
}


@pytest.mark.parametrize(("kind", "quantity"), ALONG_WIDTH)
def test_an_axis_of_a_type_has_symbols_of_its_own(kind, quantity):
    last = {"Conv3d": 2, "Conv1d": 0}.get(kind, 1)
    assert str(formula(kind, quantity, last)) == ALONG_WIDTH[kind, quantity]


@pytest.mark.parametrize("kind", ["Conv2d", "Conv3d", "ConvTranspose2d", "MaxPool2d", "PixelShuffle", "DeformConv3d"])
@pytest.mark.parametrize("quantity", ["output", "jump"])
def test_along_each_axis_a_type_says_what_it_says_along_any(kind, quantity):
    """With the same numbers for the symbols of that axis."""
    values = {"i": 23, "k": 4, "s": 2, "p": 1, "d": 1, "a": 1, "r": 2}
    general = formula(kind, quantity)
    for axis in range(3 if kind.endswith("3d") else 2):
        along = formula(kind, quantity, axis)
        given = {name: values[name.partition("_")[0]] for name in along.names}
        assert along.at(**given) == general.at(**{name: values[name] for name in general.names})


def test_all_formulas_along_one_axis():
    along = {f.quantity: f for f in formulas("Conv2d", 0)}
    assert [f.quantity for f in formulas("Conv2d")] == list(along)
    assert along["macs"] == formula("Conv2d", "macs")
    assert along["start"].symbol == "u_h"
    assert [f.symbol for f in formulas(cm.Conv2d(3, 4, (3, 5)), 1) if f.quantity in {"output", "jump"}] == ["o_w", "j"]


@pytest.mark.parametrize(
    ("kind", "quantity", "axis", "told"),
    [
        ("Conv2d", "output", 2, r"^Conv2d: 2 is none of its axes \(use 0 … 1\)$"),
        ("Conv1d", "output", 1, r"^Conv1d: 1 is none of its axes \(use 0\)$"),
        ("Linear", "output", 0, r"^Linear: 0 is none of its axes \(it has none\)$"),
        ("Conv2d", "output", True, r"^Conv2d: True is none of its axes \(use 0 … 1\)$"),
        ("Conv2d", "macs", 0, r"^Conv2d: macs is told of all axes together \(leave out the axis\)$"),
    ],
)
def test_an_axis_that_there_is_not(kind, quantity, axis, told):
    with pytest.raises(FormulaError, match=told):
        formula(kind, quantity, axis)


# Layers of symbols


def test_sizes_that_a_layer_is_made_for_are_no_other_sizes():
    h, n = cm.symbols("H n")
    assert formula(cm.LocallyConnected2d(3, 4, 3, (h, 9)), "macs").at(N=1, H=8) == 108 * 6 * 7
    for sizes, expected in (((2 * n, n), (14, 3)), ((n, n), (6, 3)), ((n * n + 1, n), (63, 3))):
        layer = cm.LocallyConnected2d(3, 4, (3, 3), sizes, stride=(1, 2))
        assert formula(layer, "macs").at(N=1, n=8) == 108 * expected[0] * expected[1], sizes


def test_a_layers_own_symbols_stay():
    c, k = cm.symbols("C k")
    f = formula(cm.Conv2d(c, 8, k), "macs")
    assert f.at(N=2, C=3, H=9, W=7, k=3) == cm.Conv2d(3, 8, 3).macs((2, 3, 9, 7))
    assert (
        formula(cm.DepthwiseSeparableConv2d(c, 6, k), "params").at(C=4, k=3)
        == cm.DepthwiseSeparableConv2d(4, 6, 3).params
    )


@pytest.mark.parametrize(
    ("layer", "quantity", "name"),
    [
        (cm.Conv2d(cm.symbols("H"), 8, 3), "macs", "H"),
        (cm.Conv2d(3, cm.symbols("N"), 3), "macs", "N"),
        (cm.Conv1d(3, 8, cm.symbols("i")), "output", "i"),
        (cm.Conv2d(3, cm.symbols("b"), 3), "memory", "b"),
        (cm.Conv2d(3, cm.symbols("m"), 3), "winograd", "m"),
        (cm.Conv2d(3, cm.symbols("H_o"), 3), "macs", "H_o"),
    ],
)
def test_a_name_that_would_mean_two_things_is_refused(layer, quantity, name):
    with pytest.raises(
        FormulaError, match=rf" {name} would mean two things \(call the layer's own symbol differently\)$"
    ):
        formula(layer, quantity)


# Values


def test_arrays_are_answered_exactly():
    f = formula("Conv2d", "macs").given(C_out=10**6, C_in=10**6, g=1)
    sizes = np.array([10**4, 10**5, 10**6])
    told = f.at(N=1, H=sizes, W=sizes, k_h=3, k_w=3, s_h=1, s_w=1, p_h=1, p_w=1, d_h=1, d_w=1)
    assert [int(value) for value in told] == [9 * 10**12 * size**2 for size in (10**4, 10**5, 10**6)]
    output = formula("Conv2d", "output")
    assert output.at(i=np.arange(7, 12), k=3).tolist() == [5, 6, 7, 8, 9]
    with pytest.raises(FormulaError, match=r"^Conv2d output: not everywhere i \+ 2p ≥ d\(k − 1\) \+ 1$|not everywhere"):
        output.at(i=np.arange(1, 12), k=3)


@pytest.mark.parametrize("nonsense", ["7", 7.0, None, True, (7,), [7]])
def test_what_is_no_size_is_refused(nonsense):
    with pytest.raises(FormulaError, match="is no size"):
        formula("Conv2d", "output").at(i=nonsense, k=3)
    with pytest.raises(FormulaError, match="is no size"):
        formula("Conv2d", "output").given(k=nonsense)


def test_a_symbol_that_the_formula_does_not_have():
    with pytest.raises(UnknownNameError, match="symbol is called 'q'"):
        formula("Conv2d", "output").at(q=3)
    with pytest.raises(UnknownNameError, match="symbol is called 'q'"):
        formula("Conv2d", "output").given(q=3)


def test_formulas_for_symbols():
    n = cm.symbols("n")
    assert str(formula("Conv2d", "output").at(i=2 * n, k=2, s=2)) == "n"
    assert str(formula("Conv2d", "output").given(k=2, s=2, p=0, d=1, i=2 * n).normal) == "n"
    with pytest.raises(FormulaError, match="stands for something else"):
        formula("Conv2d", "macs").given(N=cm.symbols("H_o"))


def test_a_fraction_stays_one():
    f = formula(cm.ConvTranspose2d(4, 6, 4, stride=2, padding=1), "jump")
    assert (f.at(), f.normal, f.steps(), f.names) == (Fraction(1, 2), Fraction(1, 2), [], {})
    assert formula("ConvTranspose2d", "jump").given(s=3).at() == Fraction(1, 3)
    assert str(formula("ConvTranspose2d", "jump").given(s=1)) == "j = 1"


def test_given_numbers_leave_nothing_that_is_times_1():
    where = dict(formula("Conv2d", "macs_touching").given(k=3, p=1, s=1, d=1).where)
    assert str(where["T_w"]) == "#{o < W_o, t < 3 : o + t ≤ W} − #{o < W_o, t < 3 : o + t ≤ 0}"
    where = dict(formula("Conv2d", "macs_touching").given(k=3, p=1, s=2, d=3).where)
    assert str(where["T_w"]) == "#{o < W_o, t < 3 : 2o + 3t ≤ W} − #{o < W_o, t < 3 : 2o + 3t ≤ 0}"


def test_what_pairs_are_counted_by_is_no_symbol_of_the_layer():
    layer = cm.Conv1d(3, 8, cm.symbols("o") + cm.symbols("t"), padding=2)
    count = str(dict(formula(layer, "macs_touching").where)["T"])
    assert count.startswith("#{o1 < L, t1 < o + t : o1 + t1 ≤ ")


def test_what_is_no_formula_of_a_quantity():
    with pytest.raises(FormulaError, match=r"^3 is no formula of a quantity \(give for example cm.formula\('Conv2d'"):
        formula("Conv2d", "macs").over(3)
    with pytest.raises(UnknownNameError, match=r"^no symbol is called 'q'"):
        formula("Conv2d", "macs").growth(cm.symbols("q"))


@pytest.mark.parametrize("kind", ["Conv1d", "Conv2d", "Conv3d"])
def test_what_has_no_normal_form_has_no_steps(kind):
    with pytest.raises(FormulaError, match=rf"^{kind}: fft has no steps, as it has no normal form: 2\^\(e.*\) is not "):
        formula(kind, "fft").steps()


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (3, r"^3 is no layer type \(give for example cm.Conv2d or 'Conv2d'\)$"),
        (int, r"is no layer type \(give for example cm.Conv2d or 'Conv2d'\)$"),
        (cm.Layer, r"^Layer is a family of layers \("),
        (cm.LazyConv2d(3, 3), r"^LazyConv2d: takes numbers from its input \(ask for Conv2d\)$"),
    ],
)
def test_what_has_no_formulas(kind, told):
    with pytest.raises(FormulaError, match=told):
        formula(kind, "output")
