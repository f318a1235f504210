"""The command line as a process: pipes, signals, terminals, locales, hash seeds."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from convmath.cli.commands import COMMANDS, overview
from tests.started import AT_ITS_END, started

ROOT = Path(__file__).parent.parent.parent

CONVMATH = (sys.executable, "-m", "convmath")


SETTINGS = ("PYTHON", "LC_", "LANG", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES", "TERM")
"""How the names of variables begin that change what a run shows."""


def environment(**more):
    """The variables of a run: none of those that change what it shows, but for these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return {**kept, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "TERM": "xterm", **more}


def run(*words, **more):
    """A finished run with its bytes."""
    return subprocess.run([*CONVMATH, *words], capture_output=True, env=environment(**more), check=False, timeout=60)


def start(*words, stdout, **more):
    return started([*CONVMATH, *words], stdout=stdout, stderr=subprocess.PIPE, env=environment(**more))


def test_exit_codes():
    assert run("layer", "ReLU()").returncode == 0
    refused = run("layer", "Relu6(")
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert refused.stderr.startswith(b"error: 'Relu6(' is not an expression: ")


def test_the_overview():
    shown = run("--help")
    assert (shown.returncode, shown.stdout.decode(), shown.stderr) == (0, overview(), b"")
    assert run().stdout == shown.stdout


def test_colours_stay_out_of_pipes():
    for words in (("analyze", "resnet18"), ("layer", "ReLU()", "-i", "1x3x9x9"), ("analyze", "resnet5"), ("layers",)):
        finished = run(*words)
        assert b"\x1b" not in finished.stdout + finished.stderr


def through_a_terminal(*words, **more):
    """What a terminal of 200 columns shows, and the exit code."""
    ours, theirs = pty.openpty()
    seen = environment(**{"COLUMNS": "200"} | more)
    with (
        open(ours, "rb", buffering=0),
        started([*CONVMATH, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=seen) as process,
    ):
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not part:
                break
            shown += part
        return shown.decode().replace("\r\n", "\n"), process.wait(60)


def test_colours_on_a_terminal():
    shown, code = through_a_terminal("analyze", "resnet18", "--depth", "1")
    assert code == 0
    assert "\x1b[1;36mlayer" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "\x1b" not in plain
    words = run("analyze", "resnet18", "--depth", "1").stdout.decode().replace("─", "").split()
    assert plain.replace("─", "").split() == words


def test_errors_on_a_terminal_are_red():
    shown, code = through_a_terminal("analyze", "resnet5")
    assert code == 2
    assert shown.startswith("\x1b[31m\x1b[1merror:\x1b[0m no network is called 'resnet5'; ")


def test_findings_fit_a_narrow_terminal():
    shown, code = through_a_terminal("lint", "resnet18", "--select", "CM102", COLUMNS="60")
    assert code == 1
    assert max(map(len, shown.splitlines())) <= 60
    assert shown.split() == run("lint", "resnet18", "--select", "CM102").stdout.decode().split()


def test_other_formats_are_not_coloured():
    shown, _ = through_a_terminal("layer", "ReLU()", "--format", "json")
    assert json.loads(shown)["op"] == "ReLU"


def test_no_color_is_obeyed():
    shown, _ = through_a_terminal("analyze", "resnet18", "--depth", "1", NO_COLOR="1")
    assert "36m" not in shown


OUTPUTS = {
    "larger than a pipe": ("analyze", "resnet152", "--format", "json"),
    "smaller than a pipe": ("layer", "ReLU()"),
    "help": ("analyze", "--help"),
    "overview": ("--help",),
    "version": ("--version",),
    "script": ("completion", "bash"),
}


@pytest.mark.parametrize("words", OUTPUTS.values(), ids=OUTPUTS)
def test_a_reader_that_has_gone_before_anything_is_written(words):
    reader, writer = os.pipe()
    os.close(reader)
    with start(*words, stdout=writer) as process:
        os.close(writer)
        assert process.communicate(timeout=60)[1] == b""
        assert process.returncode == 141


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_takes_one_line(unbuffered):
    with start(*OUTPUTS["larger than a pipe"], stdout=subprocess.PIPE, PYTHONUNBUFFERED=unbuffered) as process:
        assert process.stdout.readline() == b"{\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


def test_a_reader_that_takes_one_line_of_few():
    line = subprocess.run(
        f"{sys.executable} -m convmath layer 'ReLU()' | head -1", shell=True, capture_output=True, env=environment(),
        check=True, timeout=60,
    )  # fmt: skip
    assert (line.stdout, line.stderr) == (b"ReLU()\n", b"")


@pytest.mark.parametrize("words", [("--help",), ("layer", "ReLU()")], ids=" ".join)
def test_standard_output_that_was_closed_from_the_start(words):
    command = " ".join(f"'{word}'" for word in (*CONVMATH, *words))
    finished = subprocess.run(
        f"{command} >&-", shell=True, stderr=subprocess.PIPE, env=environment(), check=False, timeout=60
    )
    assert finished.stderr == b"error: standard output cannot be written: Bad file descriptor\n"
    assert finished.returncode == 2


def test_a_file_is_written_though_standard_output_is_closed(tmp_path):
    command = f"{sys.executable} -m convmath layer 'ReLU()' -o {tmp_path}/out.txt >&-"
    finished = subprocess.run(command, shell=True, stderr=subprocess.PIPE, env=environment(), check=False, timeout=60)
    assert (finished.returncode, finished.stderr) == (0, b"")
    assert (tmp_path / "out.txt").read_text(encoding="utf-8").startswith("ReLU()")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [("--help",), ("layer", "ReLU()"), ("analyze", "resnet152")], ids=" ".join)
def test_standard_output_that_is_full(words, unbuffered):
    with Path("/dev/full").open("wb") as full, start(*words, stdout=full, PYTHONUNBUFFERED=unbuffered) as process:
        assert process.communicate(timeout=60)[1] == (
            b"error: standard output cannot be written: No space left on device\n"
        )
        assert process.returncode == 3


ENDLESS = f"""
import sys
from convmath.cli import group, main
{AT_ITS_END}

run = group.run

def again_and_again(words):
    run(words)  # Python 3.11 turns an interrupt of a class that is being made into another error
    print("ready", file=sys.stderr, flush=True)
    while not (code := run(words)):
        pass
    return code

group.run = again_and_again
sys.argv = ["convmath", "analyze", "resnet152"]
sys.exit(main.main())
"""
"""A run that ends only when it is interrupted (or after a minute), and says when it can be."""


def test_an_interrupt_ends_a_run_quietly():
    # The signals come at different moments, to processes side by side.
    command, how = [sys.executable, "-c", ENDLESS], {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    ends = []
    with ExitStack() as stack:
        processes = [stack.enter_context(started(command, env=environment(), **how)) for _ in range(6)]
        for number, process in enumerate(processes):
            ready = process.stderr.readline()
            time.sleep(0.02 * number)
            process.send_signal(signal.SIGINT)
            ends.append((ready, process.stderr.read().strip(), process.wait(60)))
    assert ends == [(b"ready\n", b"", 130)] * 6


def test_nothing_that_is_started_outlives_its_block():
    deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); print(flush=True)\nwhile True: pass"
    processes = []

    def interrupted():
        with started([sys.executable, "-c", deaf], stdout=subprocess.PIPE) as process:
            processes.append(process)
            process.stdout.readline()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [process.wait(60) for process in processes] == [-signal.SIGKILL]


FOREIGN = {
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
}


SHOWN = (
    ("--help",),
    ("analyze", "--help"),
    ("analyze", "resnet18", "--depth", "1"),
    ("layers", "MaxPool2d"),
    ("layers", "--format", "markdown"),
    ("layers", "--format", "html"),
)


@pytest.mark.parametrize("locale", FOREIGN)
@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_a_terminal_that_cannot_show_every_character(locale, words):
    finished = run(*words, **FOREIGN[locale])
    assert (finished.returncode, finished.stderr) == (0, b"")
    assert finished.stdout


@pytest.mark.parametrize("locale", FOREIGN)
def test_json_is_the_same_in_every_locale(locale):
    words = ("layers", "--format", "json")
    assert run(*words, **FOREIGN[locale]).stdout == run(*words).stdout


@pytest.mark.parametrize("locale", FOREIGN)
def test_files_are_the_same_in_every_locale(locale, tmp_path):
    finished = run("layers", "-o", str(tmp_path / "layers.md"), **FOREIGN[locale])
    assert (finished.returncode, finished.stderr) == (0, b"")
    assert (tmp_path / "layers.md").read_bytes() == run("layers", "--format", "markdown", PYTHONUTF8="1").stdout


@pytest.mark.parametrize("locale", FOREIGN)
def test_an_error_in_every_locale(locale):
    finished = run("layer", b"Conv2d(\xc3\x97, \xff)", **FOREIGN[locale])
    assert (finished.returncode, finished.stdout) == (2, b"")
    assert finished.stderr.startswith(b"error: the character ")
    assert finished.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("analyze", "resnet18", "--sort", "op", "--format", "json"), ("layers",), ("analyze", "resnet5"),
        ("layer", "Conv2d(3, 8, 3, padd=1)"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_the_same_bytes_under_every_hash_seed(words, tmp_path):
    runs = [
        subprocess.run(
            [*CONVMATH, *words], capture_output=True, env=environment(PYTHONHASHSEED=seed), cwd=folder, check=False,
        )
        for seed, folder in (("0", ROOT), ("1", tmp_path), ("4242", ROOT))
    ]  # fmt: skip
    assert len({(finished.returncode, finished.stdout, finished.stderr) for finished in runs}) == 1


def completed(*words):
    """What bash is offered for the last of these words."""
    told = run(
        _CONVMATH_COMPLETE="bash_complete", COMP_WORDS=" ".join(("convmath", *words)), COMP_CWORD=str(len(words))
    )
    assert (told.returncode, told.stderr) == (0, b"")
    return [line.split(",", 1) for line in told.stdout.decode().split()]


def test_a_shell_completes():
    assert completed("analyze", "resnet1") == [["plain", name] for name in ("resnet18", "resnet101", "resnet152")]
    assert completed("analyze", "nets/") == [["file", "nets/"]]
    assert completed("an") == [["plain", "analyze"]]
    assert completed("") == [["plain", name] for name in COMMANDS]
    assert ["plain", "--format"] in completed("analyze", "--f")
    assert completed("analyze", "resnet18", "--format", "m") == [["plain", "markdown"]]
    assert completed("analyze", "resnet18", "--format", "x") == []
    assert completed("formula", "Conv2d", "--axis", "") == [["plain", axis] for axis in "012"]
