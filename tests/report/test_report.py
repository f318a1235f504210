"""Report: the same rows found, folded, sorted and cut; totals stay those of the network."""

import pytest

import convmath as cm
from convmath.core.cost import Cost
from convmath.core.errors import ParameterError, UnknownNameError
from convmath.report.columns import COLUMNS, DEFAULT_COLUMNS


@pytest.fixture(scope="module")
def report():
    body = cm.Sequential(
        ("a", cm.Sequential(("conv", cm.Conv2d(4, 8, 3)), ("act", cm.ReLU()))),
        ("b", cm.Sequential(("conv", cm.Conv2d(8, 4, 1)), ("act", cm.ReLU()))),
    )
    net = cm.Sequential(("stem", cm.Conv2d(3, 4, 5)), ("body", body), ("pool", cm.GlobalAvgPool()), name="tiny")
    return net.analyze((1, 3, 12, 16))


def names(report):
    return [row.name for row in report.rows]


def refusal(error, call):
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


def test_a_row_by_its_name(report):
    row = report["body.b.conv"]
    assert (row.op, row.layer, row.inputs, row.outputs) == (
        "Conv2d", cm.Conv2d(8, 4, 1), ((1, 8, 6, 10),), ((1, 4, 6, 10),),
    )  # fmt: skip
    assert row.layers == 1


def test_a_block_by_its_prefix(report):
    block = report["body.a"]
    assert (block.name, block.op, block.layer, block.layers) == ("body.a", "2 layers", None, 2)
    assert (block.inputs, block.outputs) == (((1, 4, 8, 12),), ((1, 8, 6, 10),))
    assert block.cost == report["body.a.conv"].cost + report["body.a.act"].cost
    assert block.fields == report["body.a.act"].fields
    assert report["body"].op == "4 layers"


def test_a_prefix_ends_at_a_dot(report):
    assert refusal(UnknownNameError, lambda: report["bod"]) == "no layer is called 'bod'"
    assert refusal(UnknownNameError, lambda: report["body.a.cnv"]) == (
        "no layer is called 'body.a.cnv'; did you mean body.a.conv or body.b.conv or body.a.act?"
    )


def test_a_layer_hides_no_block_of_its_name():
    net = cm.Network()
    x = net.add(cm.Conv2d(3, 8, 3), net.input(shape=(1, 3, 9, 9)), name="block")
    net.add(cm.Sequential(cm.Conv2d(8, 8, 3)), x, name="block")
    report = net.analyze()
    assert report["block"].op == "Conv2d"
    folded = report.fold(1)
    assert [(row.name, row.op, row.cost.params) for row in folded.rows] == [("block", "2 layers", 224 + 584)]


def test_folding(report):
    assert names(report.fold(1)) == ["stem", "body", "pool"]
    assert names(report.fold(2)) == ["stem", "body.a", "body.b", "pool"]
    assert report.fold(3).rows == report.fold(99).rows == report.rows
    assert [row.op for row in report.fold(1).rows] == ["Conv2d", "4 layers", "GlobalAvgPool"]
    assert report.fold(1)["body"] == report["body"]


def test_folding_twice_counts_layers_once(report):
    assert report.fold(2).fold(1).rows == report.fold(1).rows


def test_a_block_of_one_layer():
    report = cm.Sequential(("block", cm.Sequential(cm.ReLU())), shape=(1, 3, 8, 8)).analyze()
    assert report["block"].op == "1 layer"
    assert [row.op for row in report.fold(1).rows] == ["1 layer"]


def test_folding_depth_is_checked(report):
    assert refusal(ParameterError, lambda: report.fold(0)) == "depth must be an integer of at least 1, not 0"


def test_sorting_by_a_number_is_largest_first(report):
    ordered = report.sort("params")
    assert names(ordered)[:3] == ["stem", "body.a.conv", "body.b.conv"]
    # Equal rows stay in order.
    assert names(ordered)[3:] == ["body.a.act", "body.b.act", "pool"]
    assert [row.cost.params for row in ordered.rows] == [304, 296, 36, 0, 0, 0]


def test_sorting_by_text_is_alphabetical(report):
    assert names(report.sort("name")) == sorted(names(report))
    assert [row.op for row in report.sort("op").rows] == sorted(row.op for row in report.rows)


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_sorts(report, column):
    assert sorted(names(report.sort(column))) == sorted(names(report))
    assert names(cm.Sequential(cm.ReLU(), shape=(1, 2)).analyze().sort(column)) == ["0"]


def test_the_whole_axis_is_the_largest_receptive_field(report):
    assert names(report.sort("rf"))[:2] == ["pool", "body.a.conv"]


def test_receptive_fields_that_differ_by_axis_sort_by_the_first():
    layers = [cm.Conv2d(3, 3, (1, 5), padding="same"), cm.Conv2d(3, 3, (3, 1), padding="same"), cm.GlobalMaxPool()]
    report = cm.Sequential(*layers, shape=(1, 3, 9, 9)).analyze()
    assert [row[0] for row in report.table(("rf",)).rows] == ["1x5", "3x5", "all"]
    assert names(report.sort("rf")) == ["2", "1", "0"]


def test_jumps_that_are_no_integers_sort():
    layers = [cm.ConvTranspose1d(1, 1, 4, stride=2), cm.Conv1d(1, 1, 3, stride=6)]
    report = cm.Sequential(*layers, shape=(1, 1, 9)).analyze()
    assert [str(row[0]) for row in report.table(("jump",)).rows] == ["1/2", "3"]
    assert names(report.sort("jump")) == ["1", "0"]


def test_an_unknown_column(report):
    text = "no column is called 'parmas'; did you mean params or macs?"
    assert refusal(UnknownNameError, lambda: report.sort("parmas")) == text
    assert refusal(UnknownNameError, lambda: report.top(1, "parmas")) == text
    assert refusal(UnknownNameError, lambda: report.table(("name", "parmas"))) == text


def test_the_top_rows(report):
    assert names(report.top(2)) == ["stem", "body.a.conv"]
    assert names(report.top(1, "activations")) == ["body.a.conv"]
    assert names(report.top(99)) == names(report.sort("macs"))
    assert refusal(ParameterError, lambda: report.top(0)) == "count must be an integer of at least 1, not 0"


def test_totals_stay_those_of_the_network(report):
    everything = report.totals
    for view in (report.top(1), report.top(3).fold(1), report.top(3).sort("name"), report.sort("name").top(1)):
        assert view.totals == everything
    assert report.fold(1).totals == Cost.total(row.cost for row in report.fold(1).rows) == everything


def test_a_view_leaves_the_report_as_it_was(report):
    before = report.rows
    report.fold(1), report.sort("params"), report.top(1)
    assert report.rows == before


def test_the_usual_table(report):
    table = report.table()
    assert table.title == "tiny (input 1x3x12x16)"
    assert [heading.label for heading in table.headings] == [
        "layer", "type", "output", "params", "MACs", "receptive field", "jump",
    ]  # fmt: skip
    assert [heading.right for heading in table.headings] == [False, False, False, True, True, True, True]
    assert table.rows[0] == ("stem", "Conv2d", "1x4x8x12", 304, 28800, 5, 1)
    assert table.rows[-1] == ("pool", "GlobalAvgPool", "1x4x1x1", 0, 0, "all", "all")
    assert table.totals == ("total", None, None, 304 + 296 + 36, 28800 + 17280 + 1920, None, None)
    assert table.notes == ()


def test_a_total_is_never_hidden_by_its_label(report):
    assert report.table(("params", "name")).totals == (636, None)
    assert report.table(("name", "params")).totals == ("total", 636)
    assert report.table(("op", "name")).totals == ("total", None)


def test_no_columns(report):
    table = report.table(())
    assert (table.headings, set(table.rows), table.totals) == ((), {()}, ())


def test_every_column_has_a_value_for_every_row(report):
    table = report.table(tuple(COLUMNS))
    assert all(None not in row for row in table.rows)
    assert dict(zip(COLUMNS, table.rows[1], strict=True)) == {
        "name": "body.a.conv", "op": "Conv2d", "call": "Conv2d(4, 8, 3)", "input": "1x4x8x12", "output": "1x8x6x10",
        "params": 296, "buffers": 0, "macs": 17280, "macs_touching": 17280, "flops": 2 * 17280 + 480,
        "activations": 480, "bytes": 4640, "intensity": 7.55, "rf": 7, "jump": 1, "start": 0,
    }  # fmt: skip
    assert dict(zip(COLUMNS, report.fold(1).table(tuple(COLUMNS)).rows[1], strict=True))["call"] == "4 layers"


def test_several_inputs_and_outputs_in_a_table():
    net = cm.Network("two")
    x, y = net.input("x", (1, 2, 3, 4)), net.input("y", (1, 2, 1, 1))
    net.add(cm.Chunk(2), net.add(cm.Multiply(), x, y))
    table = net.analyze().table(("name", "input", "output"))
    assert table.title == "two (x 1x2x3x4, y 1x2x1x1)"
    assert table.rows == (("multiply", "1x2x3x4, 1x2x1x1", "1x2x3x4"), ("chunk", "1x2x3x4", "1x1x3x4, 1x1x3x4"))


def crooked(count):
    """A network in which `count` sums join paths of different centre."""
    net = cm.Network()
    x = net.input(shape=(1, 3, 9, 9))
    y = net.add(cm.Conv2d(3, 3, 2, padding=((0, 1), (0, 1))), x, name="conv")
    for number in range(count):
        net.add(cm.Add(), x, y, name=f"s{number}")
    return net.analyze()


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (1, "s0 (PAIR)"),
        (2, "s0 (PAIR); s1 (PAIR)"),
        (3, "s0 (PAIR); s1 (PAIR); s2 (PAIR)"),
        (4, "s0 (PAIR); s1 (PAIR); s2 (PAIR); and at 1 more"),
        (9, "s0 (PAIR); s1 (PAIR); s2 (PAIR); and at 6 more"),
    ],
)
def test_misaligned_paths_are_noted(count, named):
    report = crooked(count)
    named = named.replace("PAIR", "conv lies 0.5 positions after input")
    assert (
        report.notes
        == report.table().notes
        == (f"Paths of different centre or jump meet at {named}: there maps lie shifted.",)
    )
    assert str(report).endswith(report.notes[0])


def test_nothing_is_noted_where_paths_are_aligned():
    assert crooked(0).notes == ()


def test_printing_is_rendering(report):
    from convmath.render import html, text

    assert str(report) == text.render(report.table(DEFAULT_COLUMNS))
    assert report._repr_html_() == html.render(report.table())


def test_a_report_is_a_collection_of_rows(report):
    assert len(report) == 6
    assert list(report) == list(report.rows)
    assert "body.a.conv" in report
    assert "body.a" not in report


def test_rows_say_what_they_read(report):
    assert [row.reads for row in report.rows[:3]] == [("input",), ("stem",), ("body.a.conv",)]
    assert report["body"].reads == ("stem",)
    assert [row.reads for row in report.fold(1).rows] == [("input",), ("stem",), ("body.b.act",)]


def test_a_block_makes_what_the_rest_reads_of_it():
    net = cm.Network()
    x = net.input(shape=(1, 3, 9, 9))
    main = net.add(cm.Conv2d(3, 8, 3), x, name="block.main")
    net.add(cm.Conv2d(8, 1, 1), main, name="block.side")
    net.add(cm.ReLU(), main, name="after")
    assert net.analyze()["block"].outputs == ((1, 8, 7, 7),)
    assert net.analyze().fold(1).rows[0].outputs == ((1, 8, 7, 7),)


def test_a_total_of_more_than_is_shown_says_so(report):
    assert report.top(2).table(("name", "params")).totals == ("total of all 6 layers", 636)
    assert report.top(2).top(1).table(("name", "params")).totals == ("total of all 6 layers", 636)
    assert report.fold(1).table(("name", "params")).totals == ("total", 636)
    assert report.sort("params").table(("name", "params")).totals == ("total", 636)
