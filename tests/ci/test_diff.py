"""What changed between two versions: layers paired, numbers, revisions of git, thresholds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from fractions import Fraction
from itertools import product
from random import Random

import pytest

import convmath as cm
from convmath.ci.diff import diff
from convmath.ci.lock import lock_text, parse_lock
from convmath.ci.snapshot import number, same, snapshot
from convmath.ci.threshold import exceeded, parse_threshold
from convmath.cli.group import run
from convmath.core.errors import ConvmathError
from convmath.zoo import builder

NET = """\
input: [1, 3, 9, 8]
layers:
  - stem: Conv2d(3, 8, 3, padding=1)
  - act: ReLU
  - mid: Conv2d(8, 8, 3, padding=1)
  - head: Conv2d(8, 5, 1)
"""


def versions(*changes, text=NET):
    old = snapshot(cm.loads(text).analyze())
    for a, b in changes:
        assert a in text
        text = text.replace(a, b)
    return old, snapshot(cm.loads(text).analyze())


def told(*changes, text=NET):
    found = diff(*versions(*changes, text=text))
    return [(step.name, step.what, [change.quantity for change in step.changes]) for step in found.changed]


def test_renamed_layers_are_renamed():
    assert told(("stem:", "begin:"), ("head:", "last:")) == [
        ("stem → begin", "renamed", []), ("head → last", "renamed", []),
    ]  # fmt: skip


def test_a_layer_renamed_and_changed():
    ((name, what, changes),) = told(("head: Conv2d(8, 5, 1)", "top: Conv2d(8, 7, 1)"))
    assert (name, what) == ("head → top", "renamed")
    assert set(changes) == {"call", "outputs", "params", "macs", "macs_touching", "flops", "activations"}


def test_layers_added_and_removed():
    assert [one[:2] for one in told(("  - act: ReLU\n", ""))] == [("act", "removed"), ("mid", "changed")]
    assert [one[:2] for one in told(("  - mid", "  - bn: BatchNorm2d(8)\n  - mid"))] == [
        ("bn", "added"), ("mid", "changed"),
    ]  # fmt: skip


def test_names_by_number_that_moved_along():
    """One layer more at the front shifts the names of all others, which are what they were."""
    plain = "input: [1, 8, 30, 20]\nlayers:\n" + "".join(f"  - Conv2d(8, 8, {k})\n" for k in (3, 5, 3, 7))
    found = told(("layers:\n", "layers:\n  - Conv2d(8, 8, 1)\n"), text=plain)
    assert [one[:2] for one in found] == [
        ("conv2d", "added"),
        *((f"conv2d{a} → conv2d{b}", "renamed") for a, b in (("", "_1"), ("_1", "_2"), ("_2", "_3"), ("_3", "_4"))),
    ]
    assert [one[2] for one in found[1:]] == [["reads"], [], [], []]


def test_an_edit_is_no_renaming():
    """Where mid becomes what another layer was, mid has changed."""
    text = NET.replace("mid: Conv2d(8, 8, 3, padding=1)", "mid: Conv2d(8, 4, 3)\n  - far: Conv2d(4, 8, 3)")
    changes = ("mid: Conv2d(8, 4, 3)", "mid: Conv2d(8, 8, 3)"), ("far: Conv2d(4, 8, 3)", "far: Conv2d(8, 8, 3)")
    assert [one[:2] for one in told(*changes, text=text)] == [("mid", "changed"), ("far", "changed")]


@pytest.mark.parametrize("seed", range(12))
def test_networks_beside_themselves(seed):
    """Renamed at random: nothing else is told, and the names are right, whatever order layers of a kind stand in."""
    dice = Random(seed)
    sizes = [dice.randint(2, 9) for _ in range(9)]
    lines = [f"Conv2d({a}, {b}, {dice.choice((1, 3))}, padding=1)" for a, b in zip([3, *sizes], sizes, strict=False)]
    names = [f"n{place}" for place in range(9)]
    others = [dice.choice((name, f"m{name}")) for name in names]
    a, b = (
        "input: [1, 3, 50, 40]\nlayers:\n"
        + "".join(f"  - {name}: {line}\n" for name, line in zip(own, lines, strict=True))
        for own in (names, others)
    )
    found = diff(*(snapshot(cm.loads(text).analyze()) for text in (a, b)))
    assert [(step.old.name, step.new.name) for step in found.steps] == list(zip(names, others, strict=True))
    assert [step.changes for step in found.steps] == [()] * 9
    assert found.whole.changes == ()


def test_numbers_of_a_change():
    """One channel more of a pointwise convolution over 8 channels and 9 x 8 positions."""
    found = diff(*versions(("8, 5, 1", "8, 6, 1"))).whole.changes
    by_name = {change.quantity: (change.difference, change.percent) for change in found}
    assert by_name.keys() == {"params", "macs", "macs_touching", "flops", "activations"}
    assert by_name["params"] == (9, "+1.1")
    assert by_name["macs"] == (72 * 8, "+1.0")
    assert by_name["activations"] == (72, "+3.4")
    (macs,) = (change for change in found if change.quantity == "macs")
    assert (macs.old, macs.new) == (72 * (216 + 576 + 40), 72 * (216 + 576 + 48))


def test_a_lock_file_and_an_analysis_are_alike():
    """Written and read again, formulas included, nothing is otherwise."""
    for name in ("resnet18", "densenet121"):
        own = snapshot(builder(name)().analyze((1, 3, *cm.symbols("H W"))))
        again = parse_lock(lock_text({"a": own}).encode(), "x")["a"]
        assert not diff(again, own)
        assert not diff(own, again)


def test_formulas_are_compared_by_what_they_are():
    assert same("H + H", "2*H")
    assert not same("H", "W")
    assert not same(1, True)
    assert number("batch_size * 2").at({"batch_size": 3}) == 6
    assert number("x" * 20_000) is None


FORM = "(write for example 'macs > +5%' or 'params > +10k')"

REFUSED = [
    ("", f"'' is no change of a quantity {FORM}"),
    ("macs", f"'macs' is no change of a quantity {FORM}"),
    ("macs = +5%", f"'macs = +5%' is no change of a quantity {FORM}"),
    ("macs > +5%%", f"'macs > +5%%' is no change of a quantity {FORM}"),
    ("mac > +5%", "no quantity is called 'mac'; did you mean macs?"),
    ("macs > +5..3%", f"'macs > +5..3%': '5..3%' is no number {FORM}"),
    ("macs > +5k%", f"'macs > +5k%': '5k%' is no number {FORM}"),
    ("macs > +5 parsecs", f"'macs > +5 parsecs': '5 parsecs' is no number {FORM}"),
    (
        "macs > 5%",
        (
            "'macs > 5%': 5% has no sign, and what is held is a change"
            " (write +5%; what a number itself may be, `limits` of the spec file says)"
        ),
    ),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_is_no_threshold(text, said):
    with pytest.raises(ConvmathError) as caught:
        parse_threshold(text)
    assert str(caught.value) == said


def test_thresholds_by_definition():
    """Every relation beside each share and number, on the ratio worked out in fractions."""
    found = diff(*versions(("8, 5, 1", "8, 6, 1")), "net")
    old, new = 853, 862
    signs = {">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b}
    for relation, share in product(signs, ("+1%", "+1.1%", "+1.05%", "-3%", "0%", "+2%")):
        holds = signs[relation](Fraction(new - old, old), Fraction(share.rstrip("%")) / 100)
        assert bool(exceeded(parse_threshold(f"params {relation} {share}"), found)) is holds, (relation, share)
    for relation, amount in product(signs, (9, 8, 10, -9, 0)):
        holds = signs[relation](9, amount)
        assert bool(exceeded(parse_threshold(f"params {relation} {amount:+}"), found)) is holds
    assert exceeded(parse_threshold("params > +1%"), found) == ("net: params > +1%: params was 853, is 862 (+1.1 %)")
    assert exceeded(parse_threshold("params > +0.009k"), found) == ""
    assert exceeded(parse_threshold("buffers > +500%"), diff(*versions(("  - mid", "  - bn: BatchNorm2d(8)\n  - mid"))))


def test_thresholds_over_all_sizes():
    """H²·216 against H·W… along both: the smallest accepted size that fails is told, and none that is not accepted."""
    text = "input: [1, 3, H, 9]\nlayers:\n  - a: Conv2d(3, 8, 5)\n"
    found = diff(*versions(("3, 8, 5", "3, 8, 3"), text=text))
    # 600·5·(H − 4) before, 216·7·(H − 2) after: more only below H = 6.03…
    assert exceeded(parse_threshold("macs > 0"), found).endswith("; for H = 5 it was 3,000, is 4,536 (+51.2 %)")
    assert [h for h in range(5, 99) if 216 * 7 * (h - 2) > 600 * 5 * (h - 4)] == [5, 6]
    assert exceeded(parse_threshold("macs > +60%"), found) == ""
    assert max(Fraction(216 * 7 * (h - 2), 600 * 5 * (h - 4)) for h in range(5, 99)) == Fraction(1512, 1000)


def test_the_first_of_equal_layers_is_removed():
    """Names that stay are kept: what only sees less, or reads another, is not called a renamed one."""
    chain = [f"  - {name}: Conv2d(8, 8, 3, padding=1)\n" for name in "abcde"]
    before, after = (
        snapshot(cm.loads("input: [1, 8, 16, 16]\nlayers:\n" + "".join(some)).analyze()) for some in (chain, chain[1:])
    )
    assert [(step.name, step.what) for step in diff(before, after).steps if step.is_own] == [
        ("a", "removed"), ("b", "changed"),
    ]  # fmt: skip
    assert [(step.name, step.what) for step in diff(after, before).steps if step.is_own] == [
        ("a", "added"), ("b", "changed"),
    ]  # fmt: skip


@pytest.fixture
def repository(tmp_path, monkeypatch):
    git = shutil.which("git")
    if git is None:
        pytest.skip("needs git")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "net.yaml").write_text(NET)
    assert run(["lock", "nets/net.yaml"]) == 0
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "one"],
    ):
        subprocess.run([git, *words], check=True)
    (tmp_path / "nets" / "net.yaml").write_text(NET.replace("head: Conv2d(8, 5, 1)", "top: Conv2d(8, 7, 1)"))
    return tmp_path


def test_revisions(repository, capsys, monkeypatch):
    capsys.readouterr()
    assert run(["diff", "HEAD:nets/net.yaml", "nets/net.yaml"]) == 0
    first = capsys.readouterr().out
    lines = [line.split() for line in first.splitlines()]
    assert ["head", "→", "top", "params", "45", "63", "+18", "+40.0"] in lines
    assert ["total", "params", "853", "871", "+18", "+2.1"] in lines
    assert first.splitlines()[-1] == "HEAD:nets/net.yaml → nets/net.yaml: of 4 layers 1 renamed, 3 as before."
    for old in (":nets/net.yaml", "convmath.lock", "HEAD:convmath.lock", "HEAD:./nets/net.yaml"):
        assert run(["diff", old, "nets/net.yaml"]) == 0
        assert capsys.readouterr().out.replace(old, "HEAD:nets/net.yaml").split() == first.split()
    assert run(["lock", "--update"]) == 0
    capsys.readouterr()
    assert (
        run(["diff", "HEAD:convmath.lock", "convmath.lock", "--fail-on", "params > +2%", "--fail-on", "layers > 0"])
        == 1
    )
    assert capsys.readouterr().err == "failed: nets/net.yaml: params > +2%: params was 853, is 871 (+2.1 %)\n"
    monkeypatch.chdir(repository / "nets")
    assert run(["diff", "HEAD:./net.yaml", "net.yaml", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["networks"][0]["totals"]["params"] == {"old": 853, "new": 871, "difference": 18, "percent": "+2.1"}
    assert [(one["old"], one["new"], one["what"]) for one in data["networks"][0]["layers"]] == [
        ("head", "top", "renamed")
    ]


def test_what_only_sees_more_is_counted(repository, capsys):
    (repository / "far.yaml").write_text(NET.replace("3, 8, 3, padding=1", "3, 8, 5, padding=2"))
    capsys.readouterr()
    assert run(["diff", "HEAD:nets/net.yaml", "far.yaml"]) == 0
    out = capsys.readouterr().out
    assert "of 4 layers 4 changed (3 only in what they see or read, not shown)." in out
    assert not [line for line in out.splitlines() if line.startswith(("act", "mid", "head"))]
    assert run(["diff", "HEAD:nets/net.yaml", "far.yaml", "--all"]) == 0
    assert "mid    receptive field" in capsys.readouterr().out


def test_what_git_does_not_know(repository, capsys):
    capsys.readouterr()
    for word, said in (
        ("HEAD:no.yaml", "'HEAD:no.yaml': git finds no such file: path 'no.yaml' does not exist in 'HEAD'"),
        ("HEAD~9:net.yaml", "'HEAD~9:net.yaml': git finds no such file: "),
        ("HEAD:nets", "'HEAD:nets': git finds no such file: it is a directory"),
        ("-x:net.yaml", "'-x:net.yaml' is no revision (write REVISION:PATH, for example HEAD~1:net.yaml)"),
        ("--output=made:net.yaml", "'--output=made:net.yaml' is no revision"),
        ("no.yaml", "no.yaml: does not exist"),
    ):
        assert run(["diff", "--", word, "nets/net.yaml"]) == 2
        assert capsys.readouterr().err.startswith(f"error: {said}")
    assert not (repository / "made").exists()


def test_faults_of_a_revision_stand_at_their_places(repository, capsys):
    capsys.readouterr()
    (repository / "nets" / "net.yaml").write_text(NET.replace("8, 5, 1", "9, 5, 1"))
    subprocess.run(["git", "add", "."], check=True)
    assert run(["diff", ":nets/net.yaml", "nets/net.yaml"]) == 2
    assert capsys.readouterr().err.startswith("error: :nets/net.yaml:6:5: head: Conv2d: the input has 8 channels")


def test_networks_of_two_lock_files(repository, capsys):
    (repository / "other.yaml").write_text(NET)
    assert run(["lock", "other.yaml", "--lock-file", "b.lock"]) == 0
    capsys.readouterr()
    assert run(["diff", "convmath.lock", "b.lock"]) == 0
    out = capsys.readouterr().out
    assert "nets/net.yaml: of 4 layers 4 removed." in out
    assert "other.yaml: of 4 layers 4 added." in out
    assert run(["lock", "--update", "nets/net.yaml", "--lock-file", "b.lock"]) == 0
    (repository / "third.yaml").write_text(NET)
    capsys.readouterr()
    assert run(["diff", "b.lock", "third.yaml"]) == 2
    assert capsys.readouterr().err == (
        "error: b.lock: 'third.yaml' is not in it (it holds 'nets/net.yaml', 'other.yaml')\n"
    )


def test_nothing_changed(repository, capsys):
    capsys.readouterr()
    assert run(["diff", "nets/net.yaml", "nets/net.yaml", "--fail-on", "macs > 0"]) == 0
    assert "Nothing changed." in capsys.readouterr().out


def test_a_narrow_table_sets_old_and_new_below_and_leaves_no_line_empty():
    from convmath.ci.diff_table import diff_table
    from convmath.render.terminal import render

    text = "input: [1, 3, H, W]\nlayers:\n  - a: Conv2d(3, 8, 3, padding=1)\n  - b: Conv2d(8, 8, 5, padding=2)\n"
    found = diff(*versions(("3, 8, 3, padding=1", "3, 8, 7, padding=3"), text=text), "old.yaml → new.yaml")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", render(diff_table([found], "t"), 60)).splitlines()
    assert all(line.strip() and len(line) <= 60 for line in lines)
    assert lines[1:3] == ["layer  change           difference    in %", "  old  new"]
    assert "  Conv2d(3, 8, 3, padding=1)  Conv2d(3, 8, 7, padding=3)" in lines
