"""Two networks side by side: pairs, differences, and which has less from which size on."""

import pytest

import convmath as cm
from convmath.core.errors import ParameterError
from convmath.report.comparing import compare, comparison_data, comparison_table, percent
from convmath.report.crossing import crossing
from convmath.symbolic.proposition import Proposition

H, W = cm.symbols("H W")


def net(*layers, shape=(1, 3, 9, 7)):
    return cm.Sequential(*layers, shape=shape).analyze()


def names(made):
    return [(a and a.name, b and b.name) for a, b in made.pairs]


def test_names_come_first_then_equal_layers_in_order_then_types():
    a = net(("stem", cm.Conv2d(3, 4, 3)), ("x", cm.ReLU()), ("old", cm.Conv2d(4, 5, 1)), ("drop", cm.Dropout(0.1)))
    b = net(("new", cm.Conv2d(3, 4, 1)), ("stem", cm.Conv2d(4, 4, 3)), ("act", cm.ReLU()), ("last", cm.Conv2d(4, 5, 1)))
    made = compare(a, b)
    assert names(made) == [(None, "new"), ("stem", "stem"), ("x", "act"), ("old", "last"), ("drop", None)]
    assert made.pairs[2].name == "x → act"


def test_a_name_that_means_another_type_is_no_match():
    made = compare(net(cm.Conv2d(3, 4, 3), cm.ReLU()), net(cm.BatchNorm2d(3), cm.Conv2d(3, 4, 3), cm.ReLU()))
    assert names(made) == [(None, "0"), ("0", "1"), ("1", "2")]


@pytest.mark.parametrize(("a", "b"), [("resnet18", "resnet34"), ("vgg16", "mobilenet_v2"), ("unet", "resnet18")])
def test_pairs_hold_every_layer_once_and_add_up(a, b):
    left, right = (getattr(cm.zoo, name)().analyze() for name in (a, b))
    made = compare(left, right)
    assert [pair.a.name for pair in made.pairs if pair.a] == [row.name for row in left]
    assert sorted(pair.b.name for pair in made.pairs if pair.b) == sorted(row.name for row in right)
    for quantity in ("params", "macs", "flops"):
        sums = tuple(map(sum, zip(*(pair.values(quantity) for pair in made.pairs), strict=True)))
        assert sums == made.total(quantity)


def test_a_network_beside_itself():
    report = cm.zoo.resnet18().analyze()
    table = comparison_table(compare(report, report))
    assert table.rows == ()
    assert table.notes[0] == f"{len(report)} more layers are alike in both."
    assert len(comparison_table(compare(report, report), equal_too=True).rows) == len(report)


def test_a_line_by_hand():
    made = compare(net(("c", cm.Conv2d(3, 4, 3))), net(("c", cm.Conv2d(3, 6, 3))))
    macs = 7 * 5 * 27
    assert comparison_table(made).rows == (
        ("c", "Conv2d", 112, 168, 56, "+50.0", 4 * macs, 6 * macs, 2 * macs, "+50.0"),
    )  # fmt: skip
    assert comparison_data(made)["totals"]["macs"] == {"a": 4 * macs, "b": 6 * macs}


def test_per_cent():
    assert percent(1000, 1) == "-99.9"
    assert percent(0, 0) == "0.0"
    assert percent(H, 3) is None


def test_what_cannot_be_compared():
    report = net(cm.ReLU())
    with pytest.raises(ParameterError, match="'rf' cannot be compared"):
        comparison_table(compare(report, report), ["rf"])


@pytest.mark.parametrize(("a", "b", "said"), [
    (100 * H, H * H, "B has less for 1 ≤ H ≤ 99, the same for H = 100, more for H ≥ 101"),
    (H * H, 100 * H, "B has less for H ≥ 101, the same for H = 100, more for 1 ≤ H ≤ 99"),
    (H, H, "the same for every size"),
    (H + 5, H, "B has 5 less for every size"),
    (H * W, 10 * W, "where H = W, B has less for H ≥ 11, the same for H = 10, more for 1 ≤ H ≤ 9"),
    (4 * ((H + 3) // 4), H, "B has less for H ≡ 1 … 3 (mod 4), H ≥ 1, the same for H ≡ 0 (mod 4), H ≥ 4"),
])  # fmt: skip
def test_from_which_size_on(a, b, said):
    assert crossing(a, b) == said


def test_only_sizes_that_both_accept_are_told_of():
    assert crossing(100 * H, H * H, [H >= 64]) == "B has less for 64 ≤ H ≤ 99, the same for H = 100, more for H ≥ 101"
    assert crossing(100 * H, H * W, [H >= 64, W >= 101]) == "where H = W, B has more for every H ≥ 101"
    reports = [getattr(cm.zoo, name)().analyze((1, 3, H, H)) for name in ("alexnet", "vgg11")]
    assert "MACs: B has more for every H ≥ 63." in comparison_table(compare(*reports)).notes


def test_of_many_ranges_the_decisive_ones_are_told():
    """B − A = H² − 100 − 64·⌊H/8⌋² is −100 wherever 8 divides H, and above 0 elsewhere from H = 50 on."""
    signs = {h: h * h - 100 - 64 * (h // 8) ** 2 for h in range(1, 400)}
    assert max(h for h in signs if signs[h] <= 0 and h % 8) == 49
    assert [h for h in range(1, 14) if signs[h] > 0] == [13]
    assert [h for h in range(47, 51) if signs[h] < 0] == [48, 49]
    assert crossing(64 * (H // 8) ** 2, H * H - 100) == (
        "B has less for H ≡ 0 (mod 8), H ≥ 56, more for H ≡ 1 … 7 (mod 8), H ≥ 50; below that they take turns over"
        " 12 ranges, first less for 1 ≤ H ≤ 12, last less for 48 ≤ H ≤ 49"
    )


def test_networks_that_no_size_fits_are_said_to_be_so():
    """U-Net without padding takes 188 + 16·n, the padded one multiples of 16."""
    reports = [getattr(cm.zoo, name)().analyze((1, 1, H, H)) for name in ("unet", "unet_padded")]
    assert "MACs: no size fits both networks." in comparison_table(compare(*reports)).notes


@pytest.mark.parametrize("pair", [("alexnet", "mobilenet_v1"), ("resnet18", "vgg11")])
def test_the_crossing_holds_for_every_size(pair):
    """For each size from the least to 600, which has less is as the numbers say."""
    left, right = (getattr(cm.zoo, name)().analyze((1, 3, H, H)) for name in pair)
    a, b = compare(left, right).total("activations")
    less = cm.solutions(Proposition(a - b, "≥", 1))
    assert [size for size in range(1, 600) if size in less] == [
        size for size in range(1, 600) if b.at(H=size) < a.at(H=size)
    ]  # fmt: skip


def with_unknown(size=8, *, name="odd", wide=4):
    made = cm.Network("net")
    x = made.add(cm.Conv1d(2, wide, 3), made.input("x", (1, 2, size)), name="conv")
    made.add(cm.Unknown("Mystery", ((1, 4, 8),)), x, name=name)
    return made.analyze()


def test_what_is_unknown_has_no_difference():
    made = compare(with_unknown(), with_unknown(wide=5))
    table = comparison_table(made)
    # 4 · (2 · 3 + 1) parameters and 4 · 6 · 6 MACs beside 5 · 7 and 5 · 36; the same operator on other shapes.
    assert table.rows[0][2:] == (28, 35, 7, "+25.0", 144, 180, 36, "+25.0")
    assert [str(cell) for cell in table.rows[1][2:]] == ["?", "?", "?", "None"] * 2
    assert [str(cell) for cell in table.totals[2:6]] == ["at least 28", "at least 35", "?", "None"]
    assert table.notes[-2:] == ("A: Unknown operator: odd (Mystery).", "B: Unknown operator: odd (Mystery).")
    assert comparison_data(made)["totals"]["params"] == {"a": "at least 28", "b": "at least 35"}


def test_an_unknown_operator_in_one_network():
    known = cm.Sequential(("conv", cm.Conv1d(2, 4, 3)), shape=(1, 2, 8)).analyze()
    table = comparison_table(compare(known, with_unknown(wide=5)))
    assert [str(cell) for cell in table.totals[2:6]] == ["28", "at least 35", "at least 7", "None"]
    table = comparison_table(compare(with_unknown(wide=5), known))
    assert [str(cell) for cell in table.totals[2:6]] == ["at least 35", "28", "?", "None"]


def test_equal_layers_are_alike_even_if_unknown():
    table = comparison_table(compare(with_unknown(), with_unknown()))
    assert table.rows == ()
    assert table.notes[0] == "2 more layers are alike in both."


def test_formulas_beside_what_is_unknown():
    notes = comparison_table(compare(with_unknown(cm.symbols("L")), with_unknown()), ("macs",)).notes
    assert "MACs of A ≥ 24·L − 48" in notes
    assert "MACs of B ≥ 144" in notes
    assert "MACs: which has less is not known." in notes


def test_intensities():
    a, b = (cm.Sequential(cm.Conv1d(2, wide, 3), shape=(1, 2, 8)).analyze() for wide in (4, 5))
    # 2 · 144 + 24 FLOPs on 4 · (16 + 28 + 24) bytes beside 2 · 180 + 30 on 4 · (16 + 35 + 30).
    assert comparison_table(compare(a, b), ("intensity",)).rows[0][2:] == (1.15, 1.2, 0.05, None)
    L = cm.symbols("L")  # noqa: N806
    open_ones = [cm.Sequential(cm.Conv1d(2, wide, 3)).analyze((1, 2, L)) for wide in (4, 5)]
    table = comparison_table(compare(*open_ones), ("intensity",))
    # 52 · (L − 2) on 4 · (6 · L + 20), for 4 channels.
    assert 4 * (6 * L + 20) * table.rows[0][2].numerator == 52 * (L - 2) * table.rows[0][2].denominator
    assert table.rows[0][4:] == (None, None)
