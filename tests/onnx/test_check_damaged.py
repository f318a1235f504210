"""Models that a pull request brings and nobody can read: told as findings, so that all other files are checked too."""

from __future__ import annotations

import pytest

from convmath.cli.group import run

pytest.importorskip("onnx")

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (POINTER, "is a pointer of Git LFS, not the model that it stands for (git lfs pull)"),
        (b"\xff\xfe", "is no ONNX model, or only a part of one (export or copy it again)"),
        (b"", "has no operators (an ONNX model needs a graph; is this one?)"),
    ],
)
def test_a_damaged_model_is_a_finding(tmp_path, monkeypatch, capsys, data, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "a.onnx").write_bytes(data)
    (tmp_path / "b.yaml").write_text("input: [1, 3, 9, 8]\nlayers:\n  - Conv2d(4, 8, 3)\n")
    assert run(["check", "a.onnx", "b.yaml"]) == 1
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first == f"a.onnx: CM001 {said}"
    assert second.startswith("b.yaml:3:5: CM001 ")
