"""The lock file: its text, what drifts from it, what may be written into it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import convmath as cm
from convmath.ci.check import check_file
from convmath.ci.lock import key_of, parse_lock, path_of, read_lock, write_lock
from convmath.ci.snapshot import snapshot
from convmath.cli.group import run
from convmath.core.errors import FileError

HERE = Path(__file__).parent / "locked"
"""Two networks and their lock file."""

ROOT = Path(__file__).parent.parent.parent

NET = """\
input: [1, 3, 9, 8]
layers:
  - stem: Conv2d(3, 8, 3, padding=1)
  - pool: MaxPool2d(2)
  - head: Conv2d(8, 5, 1)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with net.yaml, locked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "net.yaml").write_text(NET)
    assert run(["lock", "net.yaml"]) == 0
    return tmp_path


def drift(old="", new=""):
    """What check --locked finds in net.yaml, with a part of it replaced."""
    Path("net.yaml").write_text(NET.replace(old, new))
    return [
        (one.place, one.layer, one.message)
        for one in check_file("net.yaml", locked=read_lock("convmath.lock")).findings
        if one.code == "CM021"
    ]


def test_the_file(tmp_path, monkeypatch):
    """Byte for byte what is committed; and its numbers by hand."""
    monkeypatch.chdir(HERE)
    made = tmp_path / "convmath.lock"
    assert run(["lock", "line.yaml", "fork.yaml", "--lock-file", str(made)]) == 0
    there = json.loads(made.read_text(encoding="ascii"))
    prefix = key_of("line.yaml", str(made)).removesuffix("line.yaml")
    text = made.read_text().replace(json.dumps(prefix)[1:-1], "")
    assert text == (HERE / "convmath.lock").read_text(encoding="ascii")
    line, fork = (there["networks"][f"{prefix}{name}.yaml"] for name in ("line", "fork"))
    first, second = line["layers"][0], fork["layers"][-1]
    assert (first["params"], first["receptive_field"], first["jump"]) == (3 * 8 * 5 * 5 + 8, [5, 5], [2, 2])
    height, width = (parse(text) for text in first["outputs"][0][2:])
    for h in range(3, 40):
        assert height(h) == width(h) == (h + 2 * 2 - 5) // 2 + 1
        assert parse(first["macs"])(h) == 8 * 3 * 25 * height(h) ** 2
    assert (second["reads"], second["outputs"]) == (["cut[1]", "cut"], [[1, 6, 7, 5]])
    assert line["totals"]["accepts"] == "H ≥ 3; W ≥ 3"
    assert fork["totals"]["takes"] == {"image": [1, 6, 7, 5]}


def parse(text):
    return lambda size: eval(text, {"H": size, "W": size})


def test_one_layer_a_line():
    lines = (HERE / "convmath.lock").read_text().splitlines()
    layers = [json.loads(line.rstrip(",")) for line in lines if line.lstrip().startswith('{"activations"')]
    assert [one["name"] for one in layers] == ["cut", "swapped", "stem", "act", "pool"]
    assert all(list(one) == sorted(one) for one in layers)


@pytest.mark.parametrize("seed", range(5))
def test_the_bytes_depend_on_nothing_else(tmp_path, seed):
    """Two locales and two working directories for each of five hash seeds, the files in either order."""
    for name in ("line.yaml", "fork.yaml"):
        (tmp_path / name).write_bytes((HERE / name).read_bytes())
    (tmp_path / "deep").mkdir()
    code = (
        "import os, sys; from convmath.cli.group import run\n"
        "for words in (['line.yaml', 'fork.yaml'], ['../fork.yaml', '../line.yaml']):\n"
        "    up = words[0][:3] == '../'; os.chdir('deep' if up else '.')\n"
        "    run(['lock', *words, '--lock-file', ('../' if up else '') + ('b.lock' if up else 'a.lock')])\n"
    )
    for language in ("C", "C.UTF-8"):
        env = {**os.environ, "PYTHONHASHSEED": str(seed), "LC_ALL": language, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, check=True, capture_output=True)
        for made in ("a.lock", "b.lock"):
            assert (tmp_path / made).read_bytes() == (HERE / "convmath.lock").read_bytes()
            (tmp_path / made).unlink()


def test_nothing_drifts_of_what_is_locked(folder):
    assert drift() == []
    assert drift("stem:", "stem: ") == []  # how it is written does not matter


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "3, 8, 3, padding=1", "3, 8, 5, padding=2",  # pool and head follow
            [
                ("net.yaml:1:1", "", (
                    "params is 653 (locked: 269); MACs is 43,840 (locked: 16,192)"
                )),
                ("net.yaml:3:5", "stem", (
                    "call is Conv2d(3, 8, 5, padding=2) (locked: Conv2d(3, 8, 3, padding=1)); params is 608"
                    " (locked: 224); MACs is 43,200 (locked: 15,552); receptive field is 5 x 5 (locked: 3 x 3)"
                )),
            ],
        ),
        ("head:", "top:", [
            ("net.yaml:5:5", "top", "is called head where it is locked"),
        ]),
        ("  - head: Conv2d(8, 5, 1)\n", "", [
            ("net.yaml:1:1", "", (
                "result is pool (locked: head); layers is 2 (locked: 3); params is 224 (locked: 269); "
                "MACs is 15,552 (locked: 16,192)"
            )),
            ("net.yaml:1:1", "head", "is locked, but is not there any more"),
        ]),
        ("  - head", "  - act: ReLU\n  - head", [
            ("net.yaml:1:1", "", "layers is 4 (locked: 3)"),
            ("net.yaml:5:5", "act", "is not locked"),
            ("net.yaml:6:5", "head", "source is act (locked: pool)"),
        ]),
        ("9, 8]", "9, 9]", [
            ("net.yaml:1:1", "", (
                "network input is input 1 x 3 x 9 x 9 (locked: input 1 x 3 x 9 x 8); MACs is 18,136 (locked: 16,192)"
            )),
        ]),
    ],
)  # fmt: skip
def test_what_drifts_is_told_at_its_place(folder, old, new, told):
    assert drift(old, new) == told


def test_what_no_layer_explains_is_told_of_each(folder):
    """A lock file that somebody has written by hand."""
    path = folder / "convmath.lock"
    path.write_text(path.read_text().replace('"jump": [2, 2]', '"jump": [2, 3]'))
    assert drift() == [
        ("net.yaml:4:5", "pool", "jump is 2 x 2 (locked: 2 x 3)"),
        ("net.yaml:5:5", "head", "jump is 2 x 2 (locked: 2 x 3)"),
    ]  # fmt: skip


def test_the_command_fails_on_drift(folder, capsys):
    assert run(["check", "net.yaml", "--locked"]) == 0
    capsys.readouterr()
    (folder / "net.yaml").write_text(NET.replace("8, 5, 1)", "8, 7, 1)"))
    assert run(["check", "net.yaml"]) == 0
    capsys.readouterr()
    assert run(["check", "net.yaml", "--locked"]) == 1
    assert capsys.readouterr().out == (
        "net.yaml:1:1: CM021 params is 287 (locked: 269); MACs is 16,448 (locked: 16,192) (if that is meant: convmath"
        " lock --update net.yaml)\n"
        "net.yaml:5:5: CM021 head: call is Conv2d(8, 7, 1) (locked: Conv2d(8, 5, 1)); "
        "output is 1 x 7 x 4 x 4 (locked: 1 x 5 x 4 x 4); params is 63 (locked: 45); MACs is 896 (locked: 640)"
        " (if that is meant: convmath"
        " lock --update net.yaml)\n2 findings in 1 file with 0 claims\n"
    )
    (folder / "other.yaml").write_text(NET)
    assert run(["check", "other.yaml", "--locked"]) == 1
    assert capsys.readouterr().out.startswith(
        "other.yaml:1:1: CM021 'other.yaml' is not in convmath.lock (if that is meant"
    )
    assert run(["check", "net.yaml", "--locked", "--lock-file", "no.lock"]) == 2
    assert capsys.readouterr().err == (
        "error: no.lock: does not exist (write it with convmath lock --lock-file no.lock FILE)\n"
    )


def test_what_is_locked_changes_on_purpose_only(folder, capsys, monkeypatch):
    before = (folder / "convmath.lock").read_bytes()
    capsys.readouterr()
    assert run(["lock", "net.yaml"]) == 0
    assert capsys.readouterr().out == "convmath.lock: nothing to change\n"
    (folder / "net.yaml").write_text(NET.replace("8, 5, 1)", "8, 7, 1)"))
    (folder / "new.yaml").write_text(NET)
    for name, said in (("net", "is locked otherwise: head: call is"), ("new", "is not in it")):
        assert run(["lock", f"{name}.yaml"]) == 2
        err = capsys.readouterr().err
        assert err.startswith(f"error: convmath.lock: '{name}.yaml' {said}")
        assert err.endswith("(convmath lock --update writes it anew)\n")
    for value in ("true", "1", "TRUE", "woodpecker"):
        monkeypatch.setenv("CI", value)
        assert run(["lock", "--update", "net.yaml"]) == 2
        assert "where CI is set nothing is renewed" in capsys.readouterr().err
    assert (folder / "convmath.lock").read_bytes() == before
    monkeypatch.setenv("CI", "false")
    assert run(["lock", "--update", "net.yaml", "new.yaml"]) == 0
    assert capsys.readouterr().out == "convmath.lock: net.yaml is locked\nconvmath.lock: new.yaml is locked\n"
    (folder / "new.yaml").unlink()
    assert run(["lock", "--update"]) == 0
    assert capsys.readouterr().out == "convmath.lock: new.yaml is no longer locked\n"
    assert run(["lock"]) == 2
    assert capsys.readouterr().err.startswith("error: no FILES to lock")
    assert sorted(os.listdir(folder)) == ["convmath.lock", "net.yaml"]


def test_faults_are_told_and_nothing_is_written(folder, capsys):
    before = (folder / "convmath.lock").read_bytes()
    (folder / "net.yaml").write_text(NET.replace("8, 5, 1", "9, 5, 1"))
    assert run(["lock", "--update"]) == 2
    assert "net.yaml:5:5: head:" in capsys.readouterr().err
    assert (folder / "convmath.lock").read_bytes() == before


GOOD = (HERE / "convmath.lock").read_bytes()

BAD = [
    (b"", ":1:1: is no lock file: Expecting value"),
    (b"<<<<<<< HEAD\n" + GOOD, ":1:1: a merge conflict is not resolved (keep either side whole, then"),
    (GOOD[:300], "is no lock file: "),
    (b"\xff\xfe", "is no lock file: "),
    (b"[" * 100_000, "is no lock file"),
    (b"[]", "is no lock file of schema 1"),
    (b"{}", "is no lock file of schema 1"),
    (GOOD.replace(b'"schema": 1', b'"schema": 2'), "has schema 2, this version reads schema 1"),
    (GOOD.replace(b'"schema": 1', b'"schema": "1"'), "is no lock file of schema 1"),
    (GOOD.replace(b'"params": 608', b'"params": 6.5'), "is no integer"),
    (GOOD.replace(b'"params": 608', b'"params": NaN'), "is no integer"),
    (GOOD.replace(b'"params": 608', b'"params": 1' + b"0" * 5000), "is no lock file"),
    (GOOD.replace(b'"params": 608', b'"params": 1' + b"0" * 500), "is no lock file of schema 1"),
    (GOOD.replace(b'"name": "stem"', b'"name": 5'), "is no lock file of schema 1"),
    (GOOD.replace(b'"name": "stem"', b'"name": "act"'), "is no lock file of schema 1"),
    (GOOD.replace(b'"name": "stem", ', b""), "is no lock file of schema 1"),
    (b'{"networks": {"a": []}, "schema": 1}', "is no lock file of schema 1"),
    (b'{"networks": {"a": {"layers": [5], "totals": {}}}, "schema": 1}', "is no lock file of schema 1"),
]


@pytest.mark.parametrize(("data", "said"), BAD)
def test_what_is_no_lock_file(data, said):
    assert data != GOOD
    with pytest.raises(FileError) as caught:
        parse_lock(data, "x.lock")
    assert str(caught.value).startswith("x.lock:")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_entries_of_strange_kinds_are_compared_all_the_same(tmp_path):
    """Whatever a lock file states instead of a number is a difference, not a fault of ours."""
    path = tmp_path / "net.yaml"
    path.write_text(NET)
    own = snapshot(cm.load(path).analyze())
    strange = [
        None,
        True,
        "",
        "x" * 20_000,
        "((H",
        "H**99999999",
        "__import__('os')",
        [],
        [[1]],
        {"a": {}},
        -1,
        "\x1b[31m",
    ]
    for value in strange:
        for quantity in ("params", "outputs", "call", "reads", "op", "receptive_field", "aligned"):
            text = json.dumps({
                "networks": {"net.yaml": {
                    "layers": [{"name": one.name, **one.figures, quantity: value} for one in own.layers],
                    "totals": {**own.whole.figures, quantity: value},
                }},
                "schema": 1,
            })  # fmt: skip
            (tmp_path / "a.lock").write_text(text)
            with suppress(FileError):
                found = check_file(str(path), locked=read_lock(str(tmp_path / "a.lock"))).findings
                assert [one for one in found if one.code == "CM021"]


def test_names_of_networks(tmp_path, monkeypatch):
    (tmp_path / "nets").mkdir()
    monkeypatch.chdir(tmp_path / "nets")
    assert key_of("a.yaml", "../convmath.lock") == "nets/a.yaml"
    assert key_of(str(tmp_path / "nets" / "a.yaml"), "../convmath.lock") == "nets/a.yaml"
    assert path_of("nets/a.yaml", "../convmath.lock") == os.path.join("..", "nets", "a.yaml")


def test_what_others_locked_stays(tmp_path):
    path = tmp_path / "a.lock"
    own = snapshot(cm.loads(NET).analyze())
    assert write_lock(str(path), {"a": own}, renew=False) == ("a",)
    assert write_lock(str(path), {"b": own}, renew=True) == ("b",)
    assert write_lock(str(path), {"a": None, "c": None}, renew=True) == ("a",)
    assert read_lock(str(path)).networks == {"b": own}


def test_values_are_kept_with_the_file_and_the_lock_is_found_from_below(tmp_path, monkeypatch, capsys):
    (tmp_path / "pyproject.toml").write_text('[tool.convmath]\nfiles = ["nets/*.yaml"]\n')
    (tmp_path / "nets" / "deep").mkdir(parents=True)
    (tmp_path / "nets" / "a.yaml").write_text("input: [1, 3, H, 9]\nparams: {w: 8}\nlayers: ['Conv2d(3, w, k)']\n")
    monkeypatch.chdir(tmp_path / "nets" / "deep")
    monkeypatch.delenv("CI", raising=False)
    assert run(["lock", "--given", "H=32,k=3,unheard=7"]) == 0
    held = json.loads((tmp_path / "convmath.lock").read_text())["networks"]["nets/a.yaml"]
    assert held["given"] == {"H": 32, "k": 3}
    assert held["layers"][0]["outputs"] == [[1, 8, 30, 7]]
    assert run(["check", "--locked"]) == 0
    assert run(["diff", "../../convmath.lock", "../a.yaml"]) == 0
    assert "as before" not in capsys.readouterr().out
    assert run(["check", "--locked", "--given", "H=31"]) == 1
    assert (
        "a.yaml:1:1: CM021 network input is input 1 x 3 x 31 x 9 (locked: input 1 x 3 x 32 x 9)"
        in capsys.readouterr().out
    )
    assert run(["lock", "--update", "--given", "k=5"]) == 0
    held = json.loads((tmp_path / "convmath.lock").read_text())["networks"]["nets/a.yaml"]
    assert held["given"] == {"H": 32, "k": 5}
