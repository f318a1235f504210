"""What a file claims, held: numbers, formulas, sizes of a range, faults of the file; by definition, size by size."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random

import pytest

import convmath as cm
from convmath.ci.check import check_file, check_files, check_text
from convmath.ci.premise import always
from convmath.cli.group import run
from convmath.core.errors import ConvmathError, FileError
from convmath.report.claim import Range
from convmath.symbolic.implicit import Symbols
from convmath.symbolic.relation import relations
from convmath.testing import assert_valid_for

NET = """\
name: net
input: [1, 3, H, W]
{top}
layers:
  - stem: {{op: "Conv2d(3, 8, 3, padding=1)"{stem}}}
  - pool: MaxPool2d(2)
  - head: Conv2d(8, 5, 1)
"""


def found(tmp_path, top="", stem=""):
    path = tmp_path / "net.yaml"
    path.write_text(NET.format(top=top, stem=stem and f", {stem}"), encoding="utf-8")
    return [
        (one.place.removeprefix(f"{path}:"), one.code, one.layer, one.message) for one in check_file(str(path)).findings
    ]


HOLDS = [
    ("expect: {params: 269, layers: 3, buffers: 0}", ""),
    ("expect: {params: '>= 269', macs: 216*H*W + 40*(H//2)*(W//2)}", ""),
    ("expect: {output: [5, H//2, W//2], receptive_field: '<= 4'}", ""),
    ("expect: {output: [1, 5, H//2, W//2], jump: 2}", ""),
    ("limits: {params: 0.269k, receptive_field: 4}", ""),
    ("limits: {macs: 600M, peak_activation: 200MiB}\nvalid_for: 1 < H <= 1024, 1 < W <= 1024", ""),
    ("valid_for: H >= 2, W > 1", ""),
    ("valid_for: H % 32 == 0, W % 32 == 0", ""),
    ("", "expect: {output: [8, H, W], params: 224, macs: 216*H*W, flops: '> 432*H*W'}"),
    ("", "expect: {receptive_field: [3, 3], jump: 1}"),
]

FAILS = [
    ("expect: {params: 270}", "", ("3:18", "CM011", "", "params is 269, 270 is claimed")),
    ("limits: {params: 268}", "", ("3:18", "CM011", "", "params is 269, ≤ 268 is claimed")),
    ("limits: {params: '< 269'}", "", ("3:18", "CM011", "", "params is 269, < 269 is claimed")),
    ("expect: {layers: '> 3'}", "", ("3:18", "CM011", "", "layers is 3, > 3 is claimed")),
    (
        "expect: {receptive_field: [4, 3]}", "",
        ("3:27", "CM011", "", "receptive_field is 4 x 4, 4 x 3 is claimed"),
    ),
    (
        "", "expect: {macs: 217*H*W}",
        ("5:61", "CM011", "stem", "macs is 216·H·W, 217·H·W is claimed, which fails for H = 1, W = 1"),
    ),
    (
        "expect: {output: [2, 1, 5, H//2, W//2]}", "",
        ("3:18", "CM011", "", "output 1 x 5 x ⌊H/2⌋ x ⌊W/2⌋ has 4 sizes, 5 are claimed"),
    ),
    (
        "valid_for: H >= 1, W >= 2", "",
        ("3:12", "CM012", "pool", "valid_for: H >= 1, W >= 2, but pool asks that H ≥ 2, which fails for H = 1"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("top", "stem"), HOLDS)
def test_what_holds(tmp_path, top, stem):
    assert found(tmp_path, top, stem) == []


@pytest.mark.parametrize(("top", "stem", "told"), FAILS)
def test_what_does_not(tmp_path, top, stem, told):
    assert found(tmp_path, top, stem) == [told]


def test_a_limit_over_a_range_of_sizes(tmp_path):
    """The largest of 216·H·W + 40·⌊H/2⌋·⌊W/2⌋ for H ≤ 100 even and 3 ≤ W ≤ 55 is at 100 and 55."""
    most = 216 * 100 * 55 + 40 * 50 * 27
    valid = "valid_for: H % 2 == 0, H <= 100, 3 <= W <= 55"
    assert found(tmp_path, f"limits: {{macs: {most}}}\n{valid}") == []
    ((place, code, _, message),) = found(tmp_path, f"limits: {{macs: {most - 1}}}\n{valid}")
    assert (place, code) == ("3:16", "CM011")
    assert message.endswith(f"≤ {most - 1:,} is claimed, which fails for H = 100, W = 55")
    ((_, _, _, message),) = found(tmp_path, f"limits: {{macs: {most}}}\nvalid_for: 2 <= H <= 100, W >= 2")
    assert message.endswith("which fails for H = 100, W = 64")
    assert most < 216 * 100 * 64 + 40 * 50 * 32
    ((_, _, _, message),) = found(tmp_path, f"limits: {{macs: {most}}}\nvalid_for: 2 <= H, W >= 2, H * W <= 5000")
    assert message.endswith("which is not decided (sizes are asked for by relations of several symbols)")


@pytest.mark.parametrize("seed", range(60))
def test_ranges_size_by_size(seed):
    """Random premises and claims in H beside all sizes up to where both repeat, one by one."""
    dice = Random(seed)
    a, b, c = dice.randint(1, 6), dice.randint(0, 3), dice.randint(2, 7)
    low, high = dice.randint(1, 30), dice.choice((None, dice.randint(31, 90)))
    premise = f"H % {c} == {dice.randint(0, c - 1)}, H >= {low}" + (f", H <= {high}" if high else "")
    claim = (
        f"{a} * ((H + {b}) // {c}) {dice.choice(('>=', '<', '=='))} H // {dice.randint(1, 3)} + {dice.randint(0, 9)}"
    )
    (proposition,) = relations(claim, Symbols())
    given = Range(relations(premise, Symbols()), "", "")
    expected = next((h for h in range(1, 2000) if _true(premise, h) and not _true(claim, h)), None)
    answer = always(proposition, given)
    assert answer.holds is (expected is None), (premise, claim)
    assert answer.example == ({} if expected is None else {"H": expected})


def _true(text, h, w=0):
    return all(eval(part, {"H": h, "W": w}) for part in text.split(","))


TIED = ("H == W", "H == W + 4", "2*H == W", "H - W == 3", "W == 3*H + 1")
JOINT = (*TIED, "H >= W", "H <= 2*W", "H*W <= 300", "H + W <= 40", "")
CLAIMS = (
    "H >= {a}", "2*(W//2) >= {a}", "H*W <= {b}", "7*((H+1)//2)*((W+1)//2) <= 3*H*W", "2*((H+1)//2) == H",
    "(H//2)*(W//2) >= {a}", "5*H*W - 9*H - 9*W >= {a}", "H == W", "40*(H//8)*(W//4) <= {a}*H*W",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(80))
def test_ranges_of_two_symbols_size_by_size(seed):
    """What is said to hold does so for every small size that meets all relations, and what fails does so for one."""
    dice = Random(seed)
    joint, claim = dice.choice(JOINT), dice.choice(CLAIMS).format(a=dice.randint(1, 20), b=dice.randint(20, 900))
    own = [f"{name} {dice.choice(('% 2 == 0', '% 8 == 0', '>= 8', '<= 30', '>= 3'))}" for name in "HWH"[: 1 + seed % 3]]
    premise = ", ".join(own + [joint] * bool(joint))
    (proposition,) = relations(claim, Symbols())
    answer = always(proposition, Range(relations(premise, Symbols()), "", ""))
    failing = [(h, w) for h, w in product(range(1, 60), repeat=2) if _true(premise, h, w) and not _true(claim, h, w)]
    if answer.holds:
        assert not failing, (premise, claim)
    elif answer.holds is False:
        h, w = (answer.example.get(name) for name in "HW")
        sizes = [(h or w, w or h), *((h or k, w or k) for k in range(1, 60))]
        assert any(_true(premise, *one) and not _true(claim, *one) for one in sizes), (premise, claim, answer)
    else:
        assert joint not in TIED, (premise, claim, answer)


def test_numbers_that_differ_are_told_apart(tmp_path):
    """Nanoseconds, and what is a little more than a whole number for each pixel."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [1, 3, 500, 500]\nlimits: {latency@v100: 700 ns, macs/px: 216}\nlayers:\n"
        "  - a: Conv2d(3, 8, 3, padding=1)\n  - b: GlobalAvgPool\n  - c: Flatten\n  - d: Linear(8, 1)\n"
    )
    time, share = check_file(str(path)).findings
    assert time.message.endswith(" ms, ≤ 0.0007 ms is claimed")
    assert share.message == "macs/px is 216.000032, ≤ 216 is claimed"  # 8/500²


def test_sizes_that_two_paths_join_for(tmp_path):
    """2⌈H/2⌉ is never below H, but equals it for even sizes alone, whatever is asked of W."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [1, 2, H, W]\nvalid_for: W % 2 == 0\nlayers:\n"
        "  - a: Conv2d(2, 2, 1, stride=2)\n  - b: Upsample(scale_factor=2)\n  - sum: {op: Add, from: [b, input]}\n"
    )
    (one,) = check_file(str(path)).findings
    assert one.message.endswith("sum asks that 2·⌈H/2⌉ broadcasts with H, which fails for H = 3")


def test_what_is_claimed_for_each_pixel(tmp_path):
    """Strides of 2 and 4 over sizes that 4 divides: 216/4 + 360/16 MACs for each pixel, exactly."""
    path = tmp_path / "net.yaml"
    text = (
        "input: [1, 3, H, W]\nvalid_for: H % 4 == 0, W % 4 == 0\nlimits: {{macs/px: {most}}}\nlayers:\n"
        "  - a: Conv2d(3, 8, 3, stride=2, padding=1)\n  - b: Conv2d(8, 5, 3, stride=2, padding=1)\n"
    )
    path.write_text(text.format(most="77"))
    assert check_file(str(path)).findings == ()
    path.write_text(text.format(most="76"))
    (one,) = check_file(str(path)).findings
    assert one.message.endswith("≤ 76 is claimed, which fails for H = 4, W = 4")


def test_expectations_of_a_block_hold_for_every_use(tmp_path):
    text = """\
input: [1, 4, 9, 9]
blocks:
  twice:
    params: {c}
    layers:
      - a: {op: "Conv2d(c, 2*c, 1)", expect: {params: 2*c*c + 2*c, output: [2*c, 9, 9]}}
layers:
  - one: {block: twice, with: {c: 4}}
  - two: {block: twice, with: {c: 8}}
"""
    path = tmp_path / "net.yaml"
    path.write_text(text)
    assert check_file(str(path)) == (str(path), (), 4)
    path.write_text(text.replace("2*c, 9, 9", "16, 9, 9"))
    (one,) = check_file(str(path)).findings
    assert (one.layer, one.message) == ("one.a", "output is 1 x 8 x 9 x 9, 16 x 9 x 9 is claimed")


def test_faults_of_the_file_stand_at_their_places(tmp_path):
    top = "expect: {parms: 3, macs: two words, output: []}\nlimits: 5\nvalid_for: H is even"
    told = found(tmp_path, top)
    assert [(place, code) for place, code, *_ in told] == [
        ("3:10", "CM001"), ("3:26", "CM001"), ("3:45", "CM001"), ("4:9", "CM001"), ("5:12", "CM001"),
    ]  # fmt: skip
    assert told[0][3] == "no quantity of expect is called 'parms'; did you mean params?"


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(NET.format(top="expect: {params: 269}", stem=""))
    (tmp_path / "b.yaml").write_text(NET.format(top="limits: {params: 200}", stem=""))
    assert run(["check", "a.yaml"]) == 0
    assert capsys.readouterr().out == "no findings in 1 file with 1 claim\n"
    assert run(["check", "*.yaml"]) == 1
    assert capsys.readouterr().out == (
        "b.yaml:3:18: CM011 params is 269, ≤ 200 is claimed\n1 finding in 2 files with 2 claims\n"
    )
    assert run(["check", "c.yaml"]) == 2
    assert capsys.readouterr().err.startswith("error: c.yaml: does not exist")
    with pytest.raises(FileError, match=r"does not exist"):
        check_file("c.yaml")


def test_a_network_without_claims_is_analysed(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: [1, 3, 9, 9]\nlayers:\n  - stem: Conv2d(4, 8, 3)\n")
    (one,) = check_file(str(path)).findings
    assert (one.code, one.place) == ("CM001", f"{path}:3:5")
    assert check_text([check_file(str(path))]).splitlines()[0].startswith(f"{path}:3:5: CM001 ")


def test_claims_stay_when_a_network_is_written():
    top = "expect: {params: 269, output: [5, H//2, W//2]}\nlimits: {params: '< 5M'}\nvalid_for: 2 <= H, W % 2 == 0"
    net = cm.loads(NET.format(top=top, stem=", expect: {macs: 216*H*W, receptive_field: '<= 3'}"))
    again = cm.loads(cm.dumps(net))
    assert [claim._replace(place="") for claim in again.claims] == [claim._replace(place="") for claim in net.claims]
    assert again.required._replace(place="") == net.required._replace(place="")
    assert [(one.layer, one.quantity, one.relation) for one in net.claims] == [
        ("", "params", "="), ("", "output", "="), ("", "params", "<"), ("stem", "macs", "="),
        ("stem", "receptive_field", "≤"),
    ]  # fmt: skip


def test_code_is_run_only_where_that_is_allowed(tmp_path, monkeypatch, capsys):
    (tmp_path / "built_here.py").write_text(
        "import convmath as cm\n"
        "def net(w=8): return cm.Sequential(cm.ConvTranspose2d(3, w, 3, stride=2), shape=(1, 3, 9, 9))\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert run(["check", "built_here:net"]) == 2
    assert "--allow-code" in capsys.readouterr().err
    assert run(["check", "built_here:net", "--allow-code", "--given", "w=4"]) == 0
    assert run(["check", "built_here:net", "--allow-code", "--select", "CM3"]) == 1
    assert "built_here:net: CM301 0: kernel 3" in capsys.readouterr().out


TOGETHER = {
    "k is a symbol": "input: [1, 3, 9, 9]\nlayers: ['Conv2d(3, k, 3)', ReLU]",
    "k is a parameter": "input: [1, 3, 9, 9]\nparams: {k: 4}\nlayers: ['Conv2d(3, k, 3)', ReLU]\nexpect: {params: 112}",
    "k is another": "input: [1, 3, 9, 9]\nparams: {k: 5}\nlayers: ['Conv2d(3, k, 3)', ReLU]\nexpect: {params: 140}",
    "k is a block's": "input: [1, 3, 9, 9]\nblocks: {b: {params: {k: 1}, layers: [ReLU]}}\nlayers: ['Conv2d(3, k, 3)']",
    "k is nothing": "input: [1, 3, 9, 9]\nparams: {k: }\nlayers: ['Conv2d(3, k, 3)']",
    "of Keras": "input: [1, 3, 9, 9]\nconvention: keras\nlayers: ['AvgPool2d(2, 2, 1)']\nexpect: {output: [5, 5]}",
    "of PyTorch": "input: [1, 3, 9, 9]\nlayers: ['AvgPool2d(2, 2, 1)']\nexpect: {output: [5, 5]}",
    "refused": "input: [1, 4, 9, 9]\nparams: {k: 4}\nlayers: ['Conv2d(3, k, 3)', ReLU]",
}


def test_files_that_are_checked_together_tell_what_each_tells_alone(tmp_path):
    """What one file made of a call is nothing that another takes for its own where its names mean something else."""
    paths = []
    for name, text in TOGETHER.items():
        paths.append(str(tmp_path / f"{name}.yaml"))
        Path(paths[-1]).write_text(text)
    alone = [check_file(path) for path in paths]
    assert check_files(paths) == alone
    assert check_files(paths[::-1]) == alone[::-1]
    assert sum(bool(one.findings) for one in alone) == 3


def test_the_least_time_on_a_machine(tmp_path):
    """A layer of F FLOPs at 14 TFLOP/s, or B bytes at 900 GB/s, whichever takes longer: both by hand."""
    layer = cm.Conv2d(64, 128, 3, padding=1, bias=False)
    flops, moved = 2 * 9 * 64 * 128 * 56 * 48, 4 * (64 * 56 * 48 + 128 * 56 * 48 + 9 * 64 * 128)
    machine = cm.profile("v100")
    least = max(flops / machine.peak("float32"), moved / machine.bandwidth)
    path = tmp_path / "net.yaml"
    for limit, holds in ((least * 1.01, True), (least * 0.99, False)):
        path.write_text(
            f"{{input: [1, 64, 56, 48], limits: {{'latency@v100': {round(limit * 10**9)} ns}}, layers: ['{layer}']}}"
        )
        (checked,) = check_files([str(path)])
        assert (checked.findings == ()) is holds
        again = cm.loads(cm.dumps(cm.load(path)))
        assert [claim[:-1] for claim in again.claims] == [claim[:-1] for claim in cm.load(path).claims]
    assert checked.findings[0].message.startswith(f"latency@v100 is {int(least * 10**9) / 10**6} ms, ≤ ")


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("latency@v100: 5", "must be a time with its unit such as 5 ms"),
        ("latency@v100: 0.1 ns", "must be a time with its unit"),
        ("latency@abacus: 5 s", "no hardware profile is called 'abacus'"),
        ("'latency@v100:float3': 5 s", "no dtype is called 'float3'"),
        ("params: 3}\nexpect: {latncy@v100: 5 s", "no quantity of expect is called 'latncy@v100'"),
        ("latency: 5 s", "no quantity of limits is called 'latency'; did you mean latency@v100?"),
    ],
)
def test_times_that_say_nothing(claim, said, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(f"input: [1, 3, 9, 9]\nlimits: {{{claim}}}\nlayers: ['Conv2d(3, 8, 3)']\n")
    (checked,) = check_files([str(path)])
    assert [said in finding.message for finding in checked.findings] == [True]


def test_sizes_for_which_a_network_is_not_built(tmp_path):
    """What `analyze` refuses by `built_for` is no size that it accepts."""
    path = tmp_path / "net.yaml"
    text = 'input: [1, 3, H, W]\nbuilt_for: "H % 32 == 0"\nvalid_for: {asked}\nlayers: ["Conv2d(3, 8, 3, padding=1)"]\n'
    path.write_text(text.format(asked="H >= 32, W >= 8"))
    (one,) = check_file(str(path)).findings
    assert (one.code, one.place) == ("CM012", f"{path}:3:12")
    assert one.message.endswith("but the network is built where H − 32·⌊H/32⌋ = 0, which fails for H = 33")
    with pytest.raises(ConvmathError, match="built_for"):
        cm.load(path, {"H": 33, "W": 9}).analyze()
    with pytest.raises(AssertionError, match=r"is built where .* fails for H = 33"):
        assert_valid_for(path, "H >= 32, W >= 8")
    path.write_text(text.format(asked="H % 64 == 0"))
    assert check_file(str(path)).findings == ()


def test_sizes_other_than_the_one_that_a_network_is_built_for(tmp_path):
    path = tmp_path / "net.yaml"
    text = "input: [1, 3, H, W]\nbuilt_for: [224, 200]\nvalid_for: {}\nlayers: ['Conv2d(3, 8, 3)']\n"
    for asked, said in (
        ("H >= 32, W == 200", "the network is built where H = 224, which fails for H = 32"),
        ("H == 224, W == 200", ""),
    ):
        path.write_text(text.format(f'"{asked}"'))
        (checked,) = check_files([str(path)])
        assert [said in one.message for one in checked.findings] == [True] * bool(said)


def test_a_claim_that_takes_nothing_away(tmp_path):
    """Both sides the same formula: nothing is left over, for all sizes."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [1, 3, H, W]\nparams: {w: H//W}\nvalid_for: 8 <= H, 8 <= W\nlayers: [ReLU]\n"
        "expect: {flops: <= 3*H*W, output: [3, H, W]}\n"
    )
    (checked,) = check_files([str(path)])
    assert checked.findings == ()
