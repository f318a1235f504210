"""The README tells the truth: its Python runs, its commands print what it shows."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import convmath as cm
from convmath.cli.group import run
from convmath.layers import FILE_OF

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [text for named, text in fenced if named == language]


def test_python_runs_and_says_what_its_comments_say():
    names: dict[str, object] = {}
    checked = 0
    for line in "".join(blocks("python")).splitlines():
        statement, _, said = line.partition("  #")
        exec(statement, names)
        if said:
            printed = re.fullmatch(r"print\((.*)\)", statement.strip())
            shown = str(eval(printed[1], names)) if printed else repr(eval(statement, names))
            assert shown == said.strip()
            checked += 1
    assert checked == 20


def test_shown_output_is_the_real_one():
    for shown in blocks(""):
        command, _, expected = shown.partition("\n")
        words = shlex.split(command.removeprefix("$ convmath "))
        run = subprocess.run(
            [sys.executable, "-m", "convmath", *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
            encoding="utf-8",
        )
        assert run.stdout == expected


OWN = {"net.yaml", "*.yaml", "model.onnx", "mypkg.models:build_net"}
"""What stands in the table for a reader's own files."""


def test_commands_of_the_table_run(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    commands = re.findall(r"`convmath ([^`]+)`", README)
    assert len(commands) >= 7
    for command in commands:
        words = shlex.split(command)
        if OWN.intersection(words):
            continue
        assert run(words) == 0, (command, capsys.readouterr().err)
        capsys.readouterr()


def test_spec_files_work():
    tiny, segment = blocks("yaml")
    report = cm.loads(tiny, given={"H": 32, "W": 48}).analyze()
    assert report["sum"].outputs == ((1, 3, 32, 48),)
    report = cm.loads(segment).analyze()
    assert list(report.inputs) == ["image", "mask"]
    assert report["up"].inputs == ((1, 8, 32, 24), (1, 8, 32, 24))
    assert report["up"].outputs == ((1, 8, 64, 48),)
    # 4·8·9 weights of the first convolution, whose bias is not its own; 8·8·9 weights and 8 biases of the second.
    assert report.totals.params == 288 + 584


def test_every_layer_type_is_listed():
    table = README[README.index("## Layer types") : README.index("## Tests")]
    named = set(re.findall(r"`(\w+)`", table))
    for name in FILE_OF:
        assert name in named or re.sub(r"[123]d$", "", name) in named, name


def test_two_commands_set_everything_up():
    assert len(blocks("sh")) == 2
