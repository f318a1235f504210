"""What stands in the sheet: every layer type, numbers that are the layers' own, laws that hold."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest

import convmath as cm
from convmath.core.errors import FormulaError, UnknownNameError
from convmath.formulas.example import NUMBERS
from convmath.formulas.formula import formulas
from convmath.layers import FILE_OF, FILES, layer_type
from convmath.sheet.build import CHAPTERS, SHAPES, formula_sheet
from convmath.sheet.comparison import AT, COMPARED, numbers_side_by_side
from convmath.sheet.document import Code, Display, Equation, Link, Paragraph, Rows, number, run
from convmath.sheet.relationships import RELATIONSHIPS, Relationship, checked
from convmath.sheet.symbols import SIZES
from convmath.sheet.told import TITLES, told
from convmath.symbolic.written import Written, symbol
from tests.sheet.evaluate import value_of

WHOLE = formula_sheet()

TYPES = sorted(name for name, file in FILE_OF.items() if file not in ("lazy", "source", "unknown"))

BEYOND = (
    "lazy",
    "source",
    "unknown",
    "matmul",
    "einsum",
    "attention",
    "recurrent",
    "lookup",
    "scatter",
    "grid_sample",
    "ranking",
    "cumulative",
    "shrink",
    "fold",
)
"""Files of layers that a network has beside its convolutions: each has a sheet if it is asked for."""


def family(name):
    return name[:-2] if name.endswith(("1d", "2d", "3d")) else name


def sections(sheet):
    return {section.title: section for section in sheet.all_sections}


def words(cell):
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in run(cell))


# What is in it


def test_every_layer_type_is_in_the_sheet_or_one_of_its_family_is():
    told_of = set(sections(WHOLE))
    for title in ("Shapes and merging", "Activations"):
        told_of |= {row[0] for row in sections(WHOLE)[title].blocks[-1].rows}
    families = {family(name) for name in told_of}
    assert {family(name) for name in TYPES if FILE_OF[name] not in BEYOND} <= families


def test_the_chapters_hold_every_file_of_layers_once():
    files = [file for chapter in CHAPTERS.values() for file in chapter]
    assert sorted([*files, *SHAPES, *BEYOND, "activation"]) == sorted(FILES)


@pytest.mark.parametrize("name", TYPES)
def test_a_sheet_of_each_type(name):
    sheet = formula_sheet([name])
    assert [section.title for section in sheet.sections] == [name, "Symbols", "Quantities"]
    assert sheet.sections[0].blocks[-1].parts[0].startswith("Source: ")


def test_a_type_is_told_once_however_often_it_is_asked_for():
    assert formula_sheet(["Linear", "Linear"]) == formula_sheet(["Linear"])
    with pytest.raises(UnknownNameError, match="no layer type is called 'Liner'; did you mean Linear"):
        formula_sheet(["Liner"])
    with pytest.raises(FormulaError, match=r"LazyConv2d: takes numbers from its input"):
        formula_sheet(["LazyConv2d"])
    with pytest.raises(FormulaError, match=r"^3 is no layer type's name \(give for example 'Conv2d'\)$"):
        formula_sheet([3])


def test_the_public_name():
    assert cm.formula_sheet is formula_sheet


def test_anchors_are_unique_and_links_lead_somewhere():
    anchors = [section.anchor for section in WHOLE.all_sections]
    assert len(anchors) == len(set(anchors))
    links = [part for section in WHOLE.all_sections for block in section.blocks if isinstance(block, Paragraph)
             for part in block.parts if isinstance(part, Link)]  # fmt: skip
    assert links
    assert {link.anchor for link in links} <= set(anchors)


def test_every_table_has_cells_for_all_its_headings():
    for section in WHOLE.all_sections:
        for block in section.blocks:
            if isinstance(block, Rows):
                assert block.rows
                assert {len(row) for row in block.rows} == {len(block.headings)}


def test_formulas_that_an_earlier_type_has_are_told_there():
    for section in WHOLE.all_sections:
        paragraphs = [words(block.parts) for block in section.blocks if isinstance(block, Paragraph)]
        if section.title in {"GroupedConv2d", "DilatedConv2d"}:
            assert "Its formulas are those of Conv2d." in paragraphs
    alone = formula_sheet(["DilatedConv2d"]).sections[0]
    assert any(isinstance(block, Rows) for block in alone.blocks)


def test_no_condition_is_told_twice():
    conv = sections(WHOLE)["Conv2d"]
    (must,) = (
        block.parts for block in conv.blocks if isinstance(block, Paragraph) and "must hold" in words(block.parts)
    )
    stated = [part for part in must if isinstance(part, Equation)]
    assert [str(part.right) for part in stated] == ["d(k − 1) + 1", "C_out", "g", "C_in", "g"]


def test_every_symbol_in_the_sheet_is_explained():
    explained = {str(part.right) for row in sections(WHOLE)["Symbols"].blocks[1].rows for part in run(row[0])
                 if isinstance(part, Equation)}  # fmt: skip
    for files in CHAPTERS.values():
        for file in files:
            for name in FILES[file]:
                if name in sections(WHOLE):
                    each = told(layer_type(name))
                    names = {
                        n for line in each.lines if isinstance(line.expression, Written) for n in line.expression.names
                    }
                    where = {part for part, _ in each.where}
                    assert names - where - {"MACs"} <= explained, name


def test_the_padding_that_keeps_the_size_is_told():
    told_of = {name: {line.quantity: line for line in told(layer_type(name)).lines} for name in ("Conv2d", "Linear")}
    assert str(told_of["Conv2d"]["keeping_padding"].expression) == "(i − 1)·s + d(k − 1) − i + 1"
    assert told_of["Conv2d"]["keeping_padding"].result == "17"
    assert "keeping_padding" not in told_of["Linear"]


def test_symbols_are_explained_as_what_they_are():
    rows = {
        ", ".join(str(part.right) for part in run(row[0]) if isinstance(part, Equation)): row[1]
        for row in sections(WHOLE)["Symbols"].blocks[1].rows
    }
    assert rows["e_h, e_w"].startswith("exponent of the least power of two ")
    assert rows["o, o_h, o_w"] == "output size along one axis"
    assert not any("_h_o" in symbols for symbols in rows)


def test_symbols_that_mean_something_else_are_told_where_they_do():
    blocks = sections(WHOLE)["ConvTranspose2d"].blocks
    here = next(
        words(block.parts) for block in blocks if isinstance(block, Paragraph) and words(block.parts)[:5] == "Here "
    )
    assert "stands for output positions between neighbouring inputs (2 in the examples)" in here


# Whether it is true


def environment(kind, each):
    """Values for all names in what is told of a type: the example's numbers, and what follows from them."""
    own = {f.quantity: f for f in formulas(kind)}
    values = {**NUMBERS, "MACs": 0}
    if "macs" in own:
        values["MACs"] = own["macs"].at(**{name: NUMBERS[name] for name in own["macs"].names})
    for f in own.values():
        if f.quantity not in {"winograd", "fft"}:
            for name, meant in f.where:
                if name.endswith("_o") or name.partition("_")[0] == "o":
                    values[name] = meant if isinstance(meant, int) else meant.worked_out(NUMBERS)
    local = kind.__name__.startswith("LocallyConnected")
    for name, meant in each.where:
        for suffix in ("", "_d", "_h", "_w"):
            along = {stem: values.get(f"{stem}{suffix}", values.get(stem)) for stem in "kspda"}
            size = next(letter for letter, axis in SIZES.items() if axis[0] == (suffix[1:] or "l"))
            along["i"] = values.get(f"i{suffix}" if local else size)
            along["o"] = values.get(f"o{suffix}" if local else f"{size}_o")
            if None not in (along["i"], along["o"]):
                taps = {"t": lambda now: range(now["k"])}
                values[f"{name}{suffix}"] = value_of(meant, {**values, **along}, {}, taps)
    return values


def shown(value):
    return number(value) if isinstance(value, int) else str(value)


def as_value(expression, values):
    found = value_of(expression, values, {}, {}) if isinstance(expression, Written) else expression
    return int(found) if isinstance(found, Fraction) and found.denominator == 1 else found


OPEN_AT_STRIDE_ONE = {"winograd", "fft"}


@pytest.mark.parametrize("name", TYPES)
def test_each_example_is_what_the_formula_as_it_is_told_gives(name):
    """After all that was renamed, shortened and left out; with gcd from the standard library."""
    each = told(layer_type(name))
    values = environment(each.kind, each)
    for line in each.lines:
        if line.quantity not in OPEN_AT_STRIDE_ONE:
            assert shown(as_value(line.expression, values)) == line.result, line


def test_fft_and_winograd_are_for_stride_one():
    each = told(layer_type("Conv2d"))
    by_name = {line.quantity: line for line in each.lines}
    h, w = (NUMBERS["H"] + 2 - 2, NUMBERS["W"] + 4 - 4)
    e_h, e_w = (NUMBERS["H"] + 3 - 2).bit_length(), (NUMBERS["W"] + 5 - 2).bit_length()
    values = {**NUMBERS, "H_o": h, "W_o": w, "e_h": e_h, "e_w": e_w}
    for quantity in OPEN_AT_STRIDE_ONE:
        assert shown(as_value(by_name[quantity].expression, values)) == by_name[quantity].result


@pytest.mark.parametrize("name", TYPES)
def test_the_laws_that_join_quantities(name):
    """What the sheet says in general instead of for each layer."""
    made = {f.quantity: f.at(**{n: NUMBERS[n] for n in f.names}) for f in formulas(layer_type(name))}
    b, n = NUMBERS["b"], NUMBERS["N"]
    assert made["memory"] == b * made["activations"]
    if "macs" in made:
        assert made["backward_macs"] == 2 * made["macs"]
        read = made["flops"] / made["intensity"] / b - made.get("params", 0) - made["activations"]
        assert read == int(read)
        assert read > 0
    if "nonzeros" in made:
        assert made["nonzeros"] * n == made["macs_touching"]
        assert made["matrix_rows"] * n == made["activations"]
        assert made["matrix_columns"] * n == read


@pytest.mark.parametrize("name", TYPES)
def test_the_conditions_told_are_all_that_there_are(name):
    """What was left out is implied: at random numbers, alike on all axes, the conditions told hold where all do."""
    each = told(layer_type(name))
    own = [c for f in formulas(each.kind) if f.quantity not in OPEN_AT_STRIDE_ONE and f.quantity in TITLES
           for c in f.conditions if c.relation != "="]  # fmt: skip
    random = Random(0)
    for _ in range(300):
        values = {n: random.randint(1, 6) for c in (*own, *each.conditions) for n in names_of(c)}
        values |= {"p": random.randint(-2, 3) if "Pad" in name else random.randint(0, 3), "a": random.randint(0, 2)}
        values |= {n: values[AXES[n]] for n in values if AXES.get(n) in values}
        assert all(holds(c, values) for c in each.conditions) == all(holds(c, values) for c in own), values


AXES = {f"{stem}{axis}": stem for stem in "kspdai" for axis in ("_d", "_h", "_w")} | dict.fromkeys("DHWL", "i")
"""What a name that belongs to an axis is called where all axes are alike."""


def names_of(condition):
    return [n for part in (condition.left, condition.right) if isinstance(part, Written) for n in part.names]


def holds(condition, values):
    left, right = (as_value(part, values) for part in (condition.left, condition.right))
    return left % right == 0 if condition.relation == "divisible by" else left >= right


PLAIN = {
    "standard": lambda: cm.Conv2d(256, 256, 3, padding=1, bias=False),
    "grouped": lambda: cm.GroupedConv2d(256, 256, 3, groups=8, padding=1, bias=False),
    "depthwise": lambda: cm.DepthwiseConv2d(256, 3, padding=1, bias=False),
    "pointwise": lambda: cm.PointwiseConv2d(256, 256, bias=False),
    "depthwise separable": lambda: cm.DepthwiseSeparableConv2d(256, 256, 3, padding=1, bias=False),
    "spatially separable": lambda: cm.SpatiallySeparableConv2d(256, 256, 3, padding=1, mid_channels=64, bias=False),
    "dilated": lambda: cm.DilatedConv2d(256, 256, 3, dilation=2, padding=2, bias=False),
    "transposed": lambda: cm.ConvTranspose2d(256, 256, 3, padding=1, bias=False),
    "deformable": lambda: cm.DeformConv2d(256, 256, 3, padding=1, bias=False),
}


@pytest.mark.parametrize(("place", "kind"), list(enumerate(PLAIN)))
def test_the_comparison_is_that_of_plain_layers(place, kind):
    row = numbers_side_by_side().rows[place]
    assert words(row[0]).startswith(kind)
    layer, shape = PLAIN[kind](), (1, 256, 56, 56)
    report = cm.Sequential(layer).analyze(shape)
    standard = cm.Sequential(PLAIN["standard"]()).analyze(shape)
    assert layer.output_shape(shape) == (1, 256, 56, 56)
    params = layer.params - (2 * 9 if kind == "deformable" else 0)
    assert row[1] in {layer.params, params}
    assert row[2] == report.totals.macs
    assert row[3] == f"{report.totals.macs / standard.totals.macs:.4f}"
    assert row[4] == {"pointwise": 1, "dilated": 5}.get(kind, 3)


def test_the_comparison_holds_every_kind_of_convolution_that_has_its_own_formulas():
    assert len(COMPARED) == len(PLAIN) == len(numbers_side_by_side().rows)
    assert AT["C"] == 256


# The fifteen relationships


def placed(i, k, s, p, d):
    """Output positions of a convolution by counting where a window fits."""
    return sum(1 for start in range(-p, i + p) if (start + p) % s == 0 and start + d * (k - 1) < i + p)


def covered(i, k, s, p, a):
    """Output positions of a transposed convolution: what the windows of all inputs cover, cropped."""
    return len({at * s + tap for at in range(i) for tap in range(k)} | set(range((i - 1) * s + k))) + a - 2 * p


CASES = [
    dict(zip("ikspda", case, strict=True))
    for case in product((5, 7, 8), (1, 3, 4), (1, 2, 3), (0, 1, 2), (1, 2), (0, 1))
]


@pytest.mark.parametrize("relation", RELATIONSHIPS, ids=lambda relation: str(relation.number))
def test_relationships_count_right(relation):
    """Against windows that are counted, wherever what is stated holds; the input that is transposed is made first."""
    tried = 0
    for case in CASES:
        transposed = relation.layer == "ConvTranspose2d"
        if case["d"] != 1 and relation.number != 15:
            continue
        if transposed:
            before = case["i"]
            values = {**case, "i_0": before, "i": placed(before, *(case[n] for n in "kspd")), "n": case["p"]}
        else:
            values = {**case, "n": case["p"]}
        if values["i"] < 1 or not stated(relation, values):
            continue
        found = value_of(checked(relation).right, values, {}, {})
        if transposed:
            a = values["a"] if relation.number == 14 else 0
            expected = covered(values["i"], values["k"], values["s"], values["p"], a)
            if relation.number >= 12:
                assert expected == before  # it undoes the convolution
        else:
            expected = placed(*(values[n] for n in "ikspd"))
        if expected > 0:
            tried += 1
            assert found == expected, values
    assert tried


def stated(relation, values):
    """Whether the conditions of a relationship hold."""
    parts = list(relation.conditions)
    for place, part in enumerate(parts):
        if not isinstance(part, Equation):
            continue
        if part.left is None:
            if place + 1 < len(parts) and parts[place + 1] == " divides ":
                whole = value_of(parts[place + 2].right, values, {}, {})
                if whole < 0 or whole % value_of(part.right, values, {}, {}):
                    return False
            continue
        left, right = (value_of(side, values, {}, {}) for side in (part.left, part.right))
        if not (left <= right if part.relation == "≤" else left == right):
            return False
    return values["a"] == 0 or relation.number == 14


def test_a_relationship_that_is_wrong_is_refused():
    wrong = Relationship(6, "", (), (symbol("i") - symbol("k")) // symbol("s"), "Conv2d", {"p": 0, "d": 1})
    with pytest.raises(FormulaError, match=r"relationship 6: .* refuted"):
        checked(wrong)


def test_prose_holds_names_as_code_and_quotation_marks_of_print():
    depthwise = sections(WHOLE)["DepthwiseConv2d"].blocks[0].parts
    assert Code("multiplier") in depthwise
    prose = [words(block.parts) for section in WHOLE.all_sections for block in section.blocks
             if isinstance(block, Paragraph)]  # fmt: skip
    assert not any("`" in text or '"' in text or "'" in text for text in prose)


def test_displays_are_equations():
    displays = [block for section in WHOLE.all_sections for block in section.blocks if isinstance(block, Display)]
    assert all(equation.left is not None for display in displays for equation in display.equations)
