"""Files are written whole or not at all."""

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from convmath.core.errors import FileError
from convmath.core.files import write_text
from tests.started import AT_ITS_END, started

ROOT = Path(__file__).parent.parent.parent


def read(path):
    return path.read_bytes().decode()


@pytest.mark.parametrize("text", ["", "a\n", "a\nb\n", "a\r\nb", "× 卷积 🙂\n", "x" * 1_000_000])
def test_what_is_written_is_what_is_there(tmp_path, text):
    target = tmp_path / "file"
    write_text(str(target), text)
    assert read(target) == text
    assert list(tmp_path.iterdir()) == [target]


def test_an_old_file_is_replaced(tmp_path):
    target = tmp_path / "file"
    target.write_text("a longer text than the new one", encoding="utf-8")
    write_text(str(target), "new")
    assert read(target) == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_name_without_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_text("file", "text")
    assert read(tmp_path / "file") == "text"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o755])
def test_an_old_file_keeps_its_mode(tmp_path, mode):
    target = tmp_path / "file"
    target.touch()
    target.chmod(mode)
    write_text(str(target), "text")
    assert stat.S_IMODE(target.stat().st_mode) == mode


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_mode_that_others_get(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        write_text(str(tmp_path / "file"), "text")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_a_link_stays_and_leads_to_the_new_text(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old", encoding="utf-8")
    link.symlink_to("target")
    write_text(str(link), "new")
    assert link.is_symlink()
    assert (read(target), read(link)) == ("new", "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "target"]


def test_a_link_to_nothing_yet(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    write_text(str(link), "new")
    assert link.is_symlink()
    assert read(tmp_path / "target") == "new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found = []
    reader = threading.Thread(target=lambda: found.append(read(pipe)))
    reader.start()
    write_text(str(pipe), "text")
    reader.join(10)
    assert found == ["text"]
    assert pipe.is_fifo()


def test_the_longest_name_that_a_folder_takes(tmp_path):
    target = tmp_path / ("n" * 255)
    write_text(str(target), "text")
    assert read(target) == "text"


def refusal(path, text="new"):
    with pytest.raises(FileError) as caught:
        write_text(path, text)
    return str(caught.value)


def test_paths_that_cannot_be_written(tmp_path):
    assert refusal(f"{tmp_path}/none/file") == f"{tmp_path}/none/file: cannot be written: No such file or directory"
    assert refusal(f"{tmp_path}/none/") == f"{tmp_path}/none/: cannot be written: No such file or directory"
    assert refusal(str(tmp_path)) == f"{tmp_path}: cannot be written: Is a directory"
    assert refusal(f"{tmp_path}/{'n' * 256}").endswith(": cannot be written: File name too long")
    (tmp_path / "file").touch()
    assert refusal(f"{tmp_path}/file/below") == f"{tmp_path}/file/below: cannot be written: Not a directory"
    assert refusal(f"{tmp_path}/a\0b").endswith(": cannot be written: embedded null byte")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_text_that_no_file_can_hold(tmp_path):
    target = tmp_path / "file"
    target.write_text("old", encoding="utf-8")
    assert refusal(str(target), "a\ud800").startswith(f"{target}: cannot be written: 'utf-8' codec can't encode ")
    assert read(target) == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("call", ["fsync", "chmod", "replace"])
def test_whatever_fails_the_old_file_stays(tmp_path, monkeypatch, call):
    def fails(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = tmp_path / "file"
    target.write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, call, fails)
    text = refusal(str(target))
    monkeypatch.undo()
    assert text == f"{target}: cannot be written: No space left on device"
    assert read(target) == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_without_a_system_reason(tmp_path, monkeypatch):
    def fails(*arguments):
        raise OSError("no reason")

    monkeypatch.setattr(os, "replace", fails)
    assert refusal(str(tmp_path / "file")) == f"{tmp_path}/file: cannot be written: no reason"


def test_the_text_is_on_the_disk_before_it_takes_the_place(tmp_path, monkeypatch):
    happened = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (happened.append("fsync"), fsync(file)))
    monkeypatch.setattr(os, "replace", lambda old, new: (happened.append("replace"), replace(old, new)))
    write_text(str(tmp_path / "file"), "text")
    assert happened == ["fsync", "replace"]


def test_readers_see_one_text_or_the_other(tmp_path):
    target = tmp_path / "file"
    texts = {"a" * 300_000, "b" * 300_000}
    write_text(str(target), "a" * 300_000)

    def write(letter):
        for _ in range(20):
            write_text(str(target), letter * 300_000)

    writers = [threading.Thread(target=write, args=(letter,)) for letter in "ab"]
    for writer in writers:
        writer.start()
    seen = {read(target) for _ in range(200)}
    for writer in writers:
        writer.join()
    assert seen <= texts
    assert list(tmp_path.iterdir()) == [target]


ENDLESS = f"""
import sys
from convmath.core.files import write_text
{AT_ITS_END}
write_text(sys.argv[1], "a" * 500_000)
print("ready", flush=True)
while True:
    write_text(sys.argv[1], "b" * 500_000)
    write_text(sys.argv[1], "a" * 500_000)
"""
"""A run that writes one text or the other over and over."""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_whoever_is_killed_leaves_a_whole_file(tmp_path, number):
    target = tmp_path / "file"
    for count in range(5):
        with started(
            [sys.executable, "-c", ENDLESS, str(target)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.003 * count)
            process.send_signal(number)
            process.wait(60)
        assert read(target) in {"a" * 500_000, "b" * 500_000}
