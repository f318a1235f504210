"""Every swept value against the analysis of that design alone; parts, shards and processes against one pass."""

from __future__ import annotations

import csv
import json
import os
import pickle
from pathlib import Path
from random import Random

import numpy as np
import pytest

import convmath as cm
from convmath.cli.group import run as call
from convmath.cli.sweep import Source
from convmath.plan import sweep as module
from convmath.plan.front import Goal
from convmath.plan.gathering import Best, Front
from convmath.plan.parts import Parts
from convmath.plan.running import finish, gather
from convmath.plan.scheduling import scheduler_for, shard
from convmath.plan.sweep import Sweep
from convmath.resources.inference import inference

CELLS = int(os.environ.get("CONVMATH_CELLS", "25"))
"""Designs of which each is analysed by itself."""

SPEC = """
input: [1, 3, H, W]
params: {c: 8, depth: 2, g: 1}
blocks:
  stage:
    params: {c: 8, g: 1}
    layers:
      - Conv2d(c, c, 3, padding=1, groups=g)
      - ReLU
layers:
  - Conv2d(3, c, 3, padding=1, stride=2)
  - {block: stage, repeat: depth, with: {c: c, g: g}}
  - MaxPool2d(2)
  - Conv2d(c, 2*c, 5)
"""


def columns_of(sweep):
    blocks = list(sweep)
    return {
        name: np.concatenate([block.columns[name] for block in blocks if block.columns]) for name in blocks[0].columns
    }


def measured(report):
    field = [row for row in report.rows if row.name == "layer2.1.relu"] or [report.rows[-1]]
    return {
        "macs": report.totals.macs,
        "params": report.totals.params,
        "flops": report.totals.flops,
        "peak_activation": inference(report).peak,
        "macs_touching": report.totals.macs_touching,
        "output": field,
    }


def test_swept_values_are_those_of_the_designs():
    def build(values):
        return cm.zoo.resnet18(width=values["width"]).analyze((values["N"], 3, values["H"], values["W"]))

    names = ("macs", "params", "flops", "peak_activation", "macs_touching")
    sweep = Sweep(build, ["width=1:97:3", "H=2:400:3", "W=2*H + 31", "N=1:3"], ",".join(names))
    found = columns_of(sweep)
    assert sweep.count == len(found["macs"]) == 33 * 133 * 3
    dice = Random("cells")
    for cell in dice.sample(range(sweep.count), CELLS):
        values = {name: int(found[name][cell]) for name in ("width", "H", "W", "N")}
        assert values["W"] == 2 * values["H"] + 31
        want = measured(build(values))
        assert {name: found[name][cell] for name in names} == {name: want[name] for name in names}, values


def test_structures_are_built_one_by_one(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    source = Source(str(path), (), {}, False)
    sweep = Sweep(
        source.analyzed, ["depth=1:3", "c=6:18:6", "H=20:60:8", "W=H", "g=1,2,4"], "params,output,receptive_field"
    )
    assert [axis.name for axis in sweep.designs.closed] == ["depth"]
    found = columns_of(sweep)
    refused = sum(block.refused for block in sweep)
    assert refused > 0
    assert len(found["params"]) + refused == sweep.count
    for cell in Random("structures").sample(range(len(found["params"])), 20):
        values = {name: int(found[name][cell]) for name in ("depth", "c", "H", "W", "g")}
        assert values["c"] % values["g"] == 0
        last = cm.load(path, values).analyze()
        assert found["params"][cell] == last.totals.params
        assert found["output[2]"][cell] == last.rows[-1].outputs[0][2]
        assert found["receptive_field"][cell] == last.rows[-1].fields[0].size


def test_what_the_network_refuses_is_left_out():
    def build(values):
        return cm.Sequential(cm.Conv2d(3, 4, 7, stride=3), cm.MaxPool2d(4)).analyze((1, 3, values["H"], values["W"]))

    sweep = Sweep(build, ["H=1:40", "W=1:30"], "macs")
    found = columns_of(sweep)

    def accepted(h, w):
        try:
            return bool(build({"H": h, "W": w}))
        except cm.ShapeError:
            return False

    want = [(h, w) for h in range(1, 41) for w in range(1, 31) if accepted(h, w)]
    assert list(zip(found["H"].tolist(), found["W"].tolist(), strict=True)) == want
    (block,) = sweep
    assert (block.refused, block.unmet) == (1200 - len(want), 0)
    assert block.reason


def test_conditions():
    def build(values):
        return cm.zoo.resnet18(width=values["width"]).analyze((1, 3, values["H"], values["W"]))

    axes = ["width=8:64:8", "H=32:256:32", "W=32:256:64"]
    every = columns_of(Sweep(build, axes, "macs,params,output@layer3"))
    for text, holds in {
        "macs <= 100M": lambda c: c["macs"] <= 100_000_000,
        "macs < 1.5e8 and params > 2M": lambda c: (c["macs"] < 150_000_000) & (c["params"] > 2_000_000),
        "H % 64 == 0, W >= 2*H": lambda c: (c["H"] % 64 == 0) & (c["W"] >= 2 * c["H"]),
        "output@layer3[2] = 4": lambda c: c["output@layer3[2]"] == 4,
        "output@layer3 >= 6 and width > 8": lambda c: np.zeros(len(c["H"]), bool),  # its batch is 1
        "64 <= H <= 128": lambda c: (c["H"] >= 64) & (c["H"] <= 128),
        "max(H, W) <= 96": lambda c: np.maximum(c["H"], c["W"]) <= 96,
    }.items():
        sweep = Sweep(build, axes, "macs,params,output@layer3", text)
        kept = holds(every)
        found = columns_of(sweep)
        assert found["macs"].tolist() == every["macs"][kept].tolist(), text
        assert sum(block.unmet for block in sweep) == (~kept).sum()


def test_totals_beyond_64_bits():
    def build(values):
        return cm.Sequential(cm.Conv2d(10**6, 10**6, 3, padding=1)).analyze((1, 10**6, values["H"], values["W"]))

    found = columns_of(Sweep(build, ["H=1000:1000000:333000", "W=H"], "macs"))
    assert found["macs"].tolist() == [9 * 10**12 * h * h for h in range(1000, 10**6 + 1, 333000)]


# Blocks, parts, shards, processes


@pytest.fixture
def sweep(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 100)
    source = Source("resnet18", ("1x3xHxW",), {}, False)
    return Sweep(source.analyzed, ["width=8:64:4", "H=32:128:8", "W=32:96:16"], "macs,params", "macs <= 200M")


def gathered(sweep, scheduler, **how):
    found = [Front((Goal("macs", 1), Goal("params", -1))), Best(Goal("params", -1), 20)]
    summary = gather(sweep, scheduler, found, **how)
    return [one.rows() for one in found], summary


def test_processes_tell_the_same(sweep):
    rows, summary = gathered(sweep, scheduler_for("here"))
    others, other = gathered(sweep, scheduler_for("processes", 2))
    assert rows == others
    assert vars(summary) == vars(other)
    assert rows[0]
    assert pickle.loads(pickle.dumps(sweep)).count == sweep.count


def test_stopped_and_gone_on_with(sweep, tmp_path):
    path = str(tmp_path / "out.csv")
    gathered(sweep, scheduler_for("here"), parts=whole(path))
    finish(path, len(sweep))
    want = Path(path).read_bytes()
    assert not os.path.exists(f"{path}.parts")

    class StopError(Exception):
        pass

    def stopping(sweep, places):
        for number, place in enumerate(places):
            if number == 3:
                raise StopError
            yield sweep.block(place)

    other = str(tmp_path / "other.csv")
    with pytest.raises(StopError):
        gathered(sweep, stopping, parts=whole(other))
    assert not os.path.exists(other)
    assert Parts(other).done() == {0, 1, 2}
    worked: list[int] = []

    def going_on(sweep, places):
        for place in places:
            worked.append(place)
            yield sweep.block(place)

    rows, summary = gathered(sweep, going_on, parts=Parts(other))
    assert worked == list(range(3, len(sweep)))
    finish(other, len(sweep))
    assert Path(other).read_bytes() == want
    others, other_summary = gathered(sweep, scheduler_for("here"))
    assert (rows, vars(summary)) == (others, vars(other_summary))


def whole(path):
    parts = Parts(path)
    parts.begin({"network": "resnet18"}, resume=False)
    return parts


def test_shards(sweep, tmp_path):
    path = str(tmp_path / "out.json")
    parts = whole(path)
    for own in ("3/3", "1/3"):
        gathered(sweep, scheduler_for("here"), parts=parts, places=shard(own, range(len(sweep))))
    with pytest.raises(cm.FileError, match=r"and not block 1 \(let the other shards end"):
        finish(path, len(sweep))
    gathered(sweep, scheduler_for("here"), parts=parts, places=shard("2/3", range(len(sweep))))
    finish(path, len(sweep))
    rows = json.loads(Path(path).read_text(encoding="utf-8"))
    assert [row["macs"] for row in rows] == columns_of(sweep)["macs"].tolist()


def test_parts_keep_what_is_no_integer(tmp_path):
    parts = whole(str(tmp_path / "x.csv"))
    values = np.array([2**70, 1, 0.25, "same", None, True], object)
    block = module.Block(4, np.arange(6), {"a": values, "b": np.arange(6)}, 9, 2, 1, "too small")
    parts.write(block)
    found = parts.read(4)
    assert found.columns["a"].tolist() == values.tolist()
    assert found.columns["b"].tolist() == list(range(6))
    assert found[3:] == block[3:]


def test_damaged_parts(tmp_path):
    path = str(tmp_path / "x.csv")
    parts = whole(path)
    parts.write(module.Block(0, np.arange(1), {"a": np.arange(1)}, 1, 0, 0))
    name = os.path.join(parts.folder, os.listdir(parts.folder)[0])
    name = next(os.path.join(parts.folder, one) for one in os.listdir(parts.folder) if one.endswith("npz"))
    data = Path(name).read_bytes()
    for broken in (b"", data[:50], b"PK" + data[2:40] + b"x" * 100, b"\x80\x04" + data):
        Path(name).write_bytes(broken)
        with pytest.raises(cm.FileError, match="cannot be read"):
            parts.read(0)
    with pytest.raises(cm.FileError, match="holds a sweep that was not finished"):
        parts.begin({"network": "resnet18"}, resume=False)
    with pytest.raises(cm.FileError, match="another sweep: network was 'resnet18', is 'vgg16'"):
        parts.begin({"network": "vgg16"}, resume=True)


# The command


def run(capsys, *words):
    code = call(["sweep", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_files(capsys, tmp_path):
    axes = ("resnet18", "--vary", "H=64:256:64", "--vary", "W=H", "--where", "macs >= 1G")
    for name in ("x.csv", "x.json"):
        assert run(capsys, *axes, "-o", str(tmp_path / name))[0] == 0
    rows = list(csv.DictReader((tmp_path / "x.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["H"] for row in rows] == ["192", "256"]
    assert [{name: int(value) for name, value in row.items()} for row in rows] == json.loads(
        (tmp_path / "x.json").read_text(encoding="utf-8")
    )
    assert sorted(os.listdir(tmp_path)) == ["x.csv", "x.json"]


def test_shards_by_command(capsys, tmp_path):
    path = str(tmp_path / "x.csv")
    axes = ("resnet18", "--vary", "H=64:256:64", "--vary", "W=H", "-o", path)
    assert run(capsys, *axes, "--shard", "2/2")[0] == 0
    code, _, err = run(capsys, "merge", path)
    assert (code, "not block 0" in err) == (2, True)
    assert run(capsys, *axes, "--shard", "1/2")[0] == 0
    assert run(capsys, "merge", path)[0] == 0
    assert Path(path).read_text(encoding="utf-8").count("\n") == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--vary", "Q=1:2"], "no parameter is called 'Q'"),
        (["--vary", "width=0:64:8"], "width must be an integer from 1 to 1000000, not 0"),
        (["--vary", "H=1:9", "--vary", "width=H - 5"], "width must be an integer from 1 to 1000000, not -4"),
        (["--vary", "H=64:32"], "the range has 32 after 64"),
        (["--vary", "H=64:128:0"], "a step of 0"),
        (["--vary", "H"], "'H' is no axis"),
        (["--vary", "H=1:2:3:4"], "is no range"),
        (["--vary", "W=H"], "nothing is varied"),
        (["--vary", "H=1:9", "--vary", "W=Q"], "W: no symbol is called 'Q'"),
        (["--vary", "H=1:9", "--vary", "H=1:3"], "H is varied twice"),
        (["--vary", "H=1:2000000", "--vary", "W=1:2000000"], "has 4·10^12 designs, and at most 10^12"),
        (["--vary", "H=1:9", "--measure", "mac"], "no measure is called 'mac'; did you mean macs?"),
        (["--vary", "H=1:9", "--measure", "macs@nowhere"], "nowhere"),
        (["--vary", "H=1:9", "--where", "mac < 3"], "no column is called 'mac'"),
        (["--vary", "H=1:9", "--where", "macs"], "compares nothing"),
        (["--vary", "H=1:9", "--where", "macs <= 1.5"], "which is no integer"),
        (["--vary", "H=1:9", "--best", "nothing"], "no column is called 'nothing'"),
        (["--vary", "H=1:9", "--front", "macs:up"], "is no goal"),
        (["--vary", "H=1:9", "--resume"], "--resume wants a file"),
        (["--vary", "H=1:9", "-o", "x.txt"], "does not say in which form"),
        (["--vary", "H=1:9", "-o", "/nowhere/x.csv"], "cannot be written"),
        (["--vary", "H=1:9", "--scheduler", "cluster"], "is no scheduler"),
        (["--vary", "H=1:9", "-o", "y.csv", "--shard", "3/2"], "is no shard"),
    ],
)
def test_refusals(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "resnet18", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert not [name for name in os.listdir(tmp_path) if not name.startswith("y.csv")]


def test_nothing_is_found(capsys):
    code, out, _ = run(capsys, "resnet18", "--vary", "H=64:128:32", "--where", "macs < 1")
    assert code == 0
    assert "3 designs, 0 of them as asked." in out


def test_parts_of_another_content_are_not_gone_on_with(capsys, tmp_path):
    net, out = tmp_path / "net.yaml", str(tmp_path / "x.csv")
    net.write_text(SPEC)
    words = (str(net), "--vary", "H=20:60:8", "--vary", "W=H", "-o", out)
    assert run(capsys, *words, "--shard", "2/2")[0] == 0
    net.write_text(SPEC.replace("Conv2d(c, 2*c, 5)", "Conv2d(c, 3*c, 5)"))
    code, _, err = run(capsys, *words, "--resume")
    assert (code, "holds another sweep: content was" in err) == (2, True)
    net.write_text(SPEC)
    assert run(capsys, *words, "--resume")[0] == 0
