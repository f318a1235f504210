"""Writing the lock file: killed, all at once, on a full disk; what was there is never torn, nothing is lost."""

from __future__ import annotations

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import convmath as cm
from convmath.ci.lock import lock_text, read_lock, write_lock
from convmath.ci.snapshot import snapshot
from convmath.cli.group import run
from convmath.core.errors import DiskFullError, FileError
from convmath.core.turns import turn

ROOT = Path(__file__).parent.parent.parent

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def networks(channels, count=40):
    layers = ", ".join(f"'Conv2d({channels}, {channels}, 3)'" for _ in range(count))
    made = snapshot(cm.loads(f"{{input: [1, {channels}, 99, 98], layers: [{layers}]}}").analyze())
    return {"a": made, "b": made}


def child(work):
    """A process that does this and ends, without pytest's own ending."""
    number = os.fork()
    if number == 0:
        try:
            work()
        finally:
            os._exit(0)
    return number


@forks
def test_sixty_kills_never_tear_it(tmp_path):
    path = tmp_path / "convmath.lock"
    versions = [networks(3), networks(5)]
    texts = {lock_text(one) for one in versions}
    write_lock(str(path), versions[0], renew=False)
    chance = random.Random(8)
    seen = set()

    def work():
        while True:
            for one in versions:
                write_lock(str(path), one, renew=True)

    for _ in range(60):
        number = child(work)
        time.sleep(chance.uniform(0.002, 0.03))
        os.kill(number, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == -signal.SIGKILL
        text = path.read_text(encoding="ascii")
        assert text in texts
        seen.add(text)
    assert seen == texts
    write_lock(str(path), {"c": versions[0]["a"]}, renew=True)  # what the killed left behind stops nobody
    assert read_lock(str(path)).networks.keys() == {"a", "b", "c"}


@forks
def test_four_writers_lose_nothing(tmp_path):
    path = tmp_path / "convmath.lock"
    one = networks(3, 1)["a"]
    write_lock(str(path), {"first": one}, renew=False)

    def work(who):
        for turns in range(15):
            write_lock(str(path), {f"{who}/{turns}": one}, renew=True)

    numbers = [child(lambda who=who: work(who)) for who in range(4)]
    for number in numbers:
        os.waitpid(number, 0)
    assert len(read_lock(str(path)).networks) == 1 + 4 * 15
    assert os.listdir(tmp_path) == ["convmath.lock"]


def test_four_commands_lose_nothing(tmp_path):
    env = {name: value for name, value in os.environ.items() if name != "CI"} | {"PYTHONPATH": str(ROOT)}
    for name in "abcd":
        (tmp_path / f"{name}.yaml").write_text("{input: [1, 3, 9, 8], layers: ['Conv2d(3, 8, 3)']}")
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "convmath", "lock", "--update", f"{name}.yaml"],
            cwd=tmp_path, env=env, stdout=subprocess.DEVNULL,
        )
        for name in "abcd"
    ]  # fmt: skip
    assert [one.wait() for one in runs] == [0, 0, 0, 0]
    assert read_lock(str(tmp_path / "convmath.lock")).networks.keys() == {f"{name}.yaml" for name in "abcd"}


@pytest.mark.parametrize("where", ["write", "fsync", "mkstemp"])
def test_a_full_disk_keeps_the_old_one(tmp_path, monkeypatch, capsys, where):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    net = tmp_path / "net.yaml"
    net.write_text("{input: [1, 3, 9, 8], layers: ['Conv2d(3, 8, 3)']}")
    assert run(["lock", "net.yaml"]) == 0
    before = (tmp_path / "convmath.lock").read_bytes()
    net.write_text("{input: [1, 3, 9, 8], layers: ['Conv2d(3, 9, 3)']}")
    capsys.readouterr()

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if where == "write":
        ordinary = open

        class Full:
            def __init__(self, file):
                self.file = file

            def __enter__(self):
                return self

            def __exit__(self, *_):
                self.file.close()

            write = full

        monkeypatch.setattr("convmath.core.files.open", lambda *words: Full(ordinary(*words)), raising=False)
    else:
        monkeypatch.setattr("os.fsync" if where == "fsync" else "tempfile.mkstemp", full)
    assert run(["lock", "--update"]) == 3
    said = os.strerror(errno.ENOSPC)
    assert capsys.readouterr().err == f"error: convmath.lock: cannot be written: {said}\n"
    assert (tmp_path / "convmath.lock").read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == ["convmath.lock", "net.yaml"]
    with pytest.raises(DiskFullError):
        write_lock("convmath.lock", networks(3), renew=True)


def test_a_real_full_disk(tmp_path, monkeypatch, capsys):
    """/dev/full answers every write as a full disk does."""
    if not os.path.exists("/dev/full") or not stat.S_ISCHR(os.stat("/dev/full").st_mode):
        pytest.skip("needs /dev/full")
    (tmp_path / "net.yaml").write_text("{input: [1, 3, 9, 8], layers: ['Conv2d(3, 8, 3)']}")
    assert run(["analyze", str(tmp_path / "net.yaml"), "-o", "/dev/full", "--format", "json"]) == 3
    assert capsys.readouterr().err.startswith("error: /dev/full: cannot be written: ")


def test_where_no_guard_can_be_made(tmp_path):
    with pytest.raises(FileError, match=r"nowhere.a\.lock\.turn: cannot be written: "):
        write_lock(str(tmp_path / "nowhere" / "a.lock"), networks(3, 1), renew=False)


def test_a_turn_that_fails_ends(tmp_path):
    path = str(tmp_path / "a.lock")
    with pytest.raises(ZeroDivisionError), turn(path):
        raise ZeroDivisionError
    with turn(path):
        assert os.listdir(tmp_path) == ["a.lock.turn"]
    assert os.listdir(tmp_path) == []
