"""convmath export, as its user calls it."""

from __future__ import annotations

import pytest

import convmath as cm


def test_each_text_is_what_the_function_gives(convmath):
    net = cm.zoo.lenet5()
    for target, text in (("yaml", cm.dumps(net)), ("torch", cm.to_torch(net)), ("keras", cm.to_keras(net))):
        assert convmath("export", "lenet5", "--to", target) == (0, text, "")


@pytest.mark.parametrize(
    ("name", "begins"), [("net.py", "import torch"), ("net.yaml", "name: lenet5"), ("net.YML", "name")]
)
def test_the_suffix_says_what_is_written(convmath, tmp_path, name, begins):
    path = tmp_path / name
    assert convmath("export", "lenet5", "-o", str(path)) == (0, "", "")
    assert path.read_text(encoding="utf-8").startswith(begins)


def test_the_input_that_is_given_is_the_one_that_is_written(convmath):
    code, out, _ = convmath("export", "unet", "--to", "yaml", "-i", "2x1x604x572")
    assert code == 0
    assert cm.loads(out).input_shapes == {"input": (2, 1, 604, 572)}
    code, out, _ = convmath("export", "unet", "--to", "keras", "-i", "2x1x604x572")
    assert "keras.Input((604, 572, 1)" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("lenet5",),
            "error: nothing says what to write (add --to with one of yaml, onnx, torch, keras, or -o net.onnx)\n",
        ),
        (("lenet5", "-o", "net.txt"), "'net.txt' does not say in which form to write"),
        (("lenet5", "--to", "onnx"), "an ONNX model goes into a file (add for example -o net.onnx)"),
        (("lenet5", "--to", "keras", "-o", "net.onnx"), "--to keras does not go into 'net.onnx' (end it in .py"),
        (("lenet5", "--to", "torch", "-o", "net.pt"), "--to torch does not go into 'net.pt' (end it in .py)"),
        (("lenet5", "--to", "yaml", "-o", "net.json"), "--to yaml does not go into 'net.json' (end it in .yaml, .yml)"),
        (("lenet5", "--to", "torch", "-o", "nowhere/net.py"), "nowhere/net.py: cannot be written: No such file"),
        (("lenet5", "-o", "."), "error: .: cannot be written: Is a directory"),
        (("resnet18", "--to", "torch", "-i", "Nx3x64x64"), "is exported in numbers (give its symbols values)"),
    ],
)
def test_what_is_refused(convmath, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = convmath("export", *words)
    assert (code, out) == (2, "")
    assert said in err
    assert not list(tmp_path.iterdir())


def test_a_refused_layer_leaves_the_file_as_it_was(convmath, tmp_path):
    spec, path = tmp_path / "net.yaml", tmp_path / "out.py"
    spec.write_text("input: [1, 3, 8, 9]\nlayers:\n  - own: LocallyConnected2d(3, 4, 3, input_size=(8, 9))\n")
    path.write_text("as it was")
    code, out, err = convmath("export", str(spec), "-o", str(path))
    assert (code, out) == (2, "")
    assert err.startswith("error: own: LocallyConnected2d(3, 4, 3, (8, 9)): PyTorch has it in no module of its own")
    assert path.read_text() == "as it was"
    assert sorted(tmp_path.iterdir()) == [spec, path]


def test_what_is_left_out_is_told_beside_the_source(convmath, tmp_path):
    spec, path = tmp_path / "net.yaml", tmp_path / "out.py"
    spec.write_text("input: [1, 3, 8, 9]\nlayers:\n  - {name: aux, op: 'Conv2d(3, 2, 1)'}\n"
                    "  - {name: main, op: ReLU, from: input}\noutput: main\n")  # fmt: skip
    said = "Left out, as no output depends on it: aux (8 parameters; a spec file keeps them)."
    assert convmath("export", str(spec), "-o", str(path)) == (0, "", f"note: {said}\n")
    assert path.read_text().startswith(f"# {said}\nimport torch.nn as nn\n")
