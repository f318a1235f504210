"""Charts: what stands in them, and that the same chart is the same bytes."""

import xml.etree.ElementTree as ET

import pytest

import convmath as cm
from convmath.render.chart import Chart, Series, drawn, write_chart
from convmath.report.charts import cost_chart, field_chart
from convmath.resources.charts import memory_chart, roofline_chart

HOSTILE = "<b>$x^2$\x1b[31m"


def test_shares_of_the_rows():
    report = cm.zoo.resnet18().analyze().fold(1)
    (bars,) = cost_chart(report).series
    assert dict(zip(bars.xs, bars.ys, strict=True))["layer1"] == pytest.approx(
        100 * report["layer1"].cost.macs / report.totals.macs
    )
    assert sum(bars.ys) == pytest.approx(100)
    assert "maxpool" not in bars.xs


def test_fields_grow_over_the_input():
    chart = field_chart(cm.zoo.resnet18().analyze((1, 3, 224, 160)))
    assert [series.label for series in chart.series] == ["H", "", "W", ""]
    assert max(chart.series[0].ys) == 435
    assert chart.series[3].ys == [160, 160]


def test_memory_is_worst_where_it_is_said():
    report = cm.zoo.resnet50().analyze()
    chart = memory_chart(report)
    assert max(chart.series[0].ys) == cm.inference(report).peak / 2**20
    assert chart.marks[0].text.startswith("layer1.0.downsample.1: 9.2 MiB")


def test_no_layer_is_above_the_roof():
    found = cm.roofline(cm.zoo.mobilenet_v2().analyze(), cm.profile("a100"))
    roof, layers = roofline_chart(found).series
    assert max(layers.ys) <= max(roof.ys)
    assert len(layers.xs) == sum(1 for bound in found.bounds if bound.intensity)


def test_symbols_are_refused():
    with pytest.raises(cm.ParameterError, match="only numbers can be drawn, and the sizes have symbols"):
        cost_chart(cm.zoo.resnet18().analyze((1, 3, cm.symbols("H"), 224)))


def test_names(tmp_path):
    chart = Chart("t", "x", "y", (Series("", [1, 2], [3, 4]),))
    with pytest.raises(cm.FileError, match=r"'x.gif' is no name of a chart \(end it in .svg, .png\)"):
        write_chart(chart, "x.gif")


def test_drawn_twice_the_same_and_words_stay_words(tmp_path):
    pytest.importorskip("matplotlib")
    net = cm.Network(HOSTILE)
    net.add(cm.Conv2d(3, 4, 3), net.input(shape=(1, 3, 9, 8)), name=HOSTILE)
    chart = cost_chart(net.analyze())
    for form in ("svg", "png"):
        assert drawn(chart, form) == drawn(chart, form)
    text = drawn(chart, "svg").decode()
    ET.fromstring(text)
    assert "<b>" not in text
    assert "\x1b" not in text
    assert "$x^2$" in text
    write_chart(chart, str(tmp_path / "x.png"))
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["points", "line", "steps", "area", "bars"])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_every_kind(kind, scale):
    pytest.importorskip("matplotlib")
    series = Series("a", [1, 20, 300], [3, 40, 500], kind), Series("b", [2], [7], kind, faint=True)
    chart = Chart("t", "x", "y", series, scales=(scale, "linear" if kind == "bars" else scale), note="n")
    assert b"mathdefault" not in drawn(chart, "svg")
