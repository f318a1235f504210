"""Which files are read, and what their bytes may be."""

import json
import os
import socket
from pathlib import Path

import pytest

import convmath as cm
from convmath.formats.source import MOST_BYTES

TEXT = "name: tiny\ninput: [1, 3, 8, 9]\nlayers:\n  - Conv2d(3, 8, 3)\n  - ReLU\n"


def refusal(path):
    with pytest.raises(cm.FileError) as caught:
        cm.load(path)
    assert not isinstance(caught.value, cm.SpecError)
    return str(caught.value)


def fault_of(path):
    with pytest.raises(cm.SpecError) as caught:
        cm.load(path)
    (fault,) = caught.value.faults
    return fault.removeprefix(f"{path}:")


def test_what_is_no_file(tmp_path):
    assert refusal(tmp_path) == f"{tmp_path}: is a directory, not a file (name a .yaml or .json file)"
    os.mkfifo(tmp_path / "pipe.yaml")
    assert refusal(tmp_path / "pipe.yaml").endswith(": is a pipe, not a file (name a .yaml or .json file)")
    assert refusal("/dev/zero") == "/dev/zero: is a device, not a file (name a .yaml or .json file)"
    with socket.socket(socket.AF_UNIX) as server:
        short = Path(os.path.relpath(tmp_path / "s"))
        server.bind(str(short))
        assert refusal(short).endswith(": is a socket, not a file (name a .yaml or .json file)")


def test_missing_files_name_their_neighbours(tmp_path, monkeypatch):
    (tmp_path / "resnet50.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert refusal("resent50.yaml") == "resent50.yaml: does not exist; did you mean resnet50.yaml?"
    assert refusal("other") == "other: does not exist"
    assert refusal("nowhere/net.yaml") == "nowhere/net.yaml: does not exist (nor does the directory nowhere)"
    assert refusal("resnet50.yaml/x") == "resnet50.yaml/x: does not exist (nor does the directory resnet50.yaml)"
    assert refusal("") == "'': does not exist"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a\0b", "a\\x00b: is not a path (it holds a character that no path may)"),
        ("a\ud800b", "a\\ud800b: is not a path (it holds a character that no path may)"),
        ("n" * 300, f"{'n' * 300}: cannot be read: File name too long"),
        (0, "0 is not a path (name a .yaml or .json file)"),
        (None, "None is not a path (name a .yaml or .json file)"),
    ],
)
def test_what_is_no_path(path, message):
    assert refusal(path) == message


def test_unreadable_files(tmp_path, monkeypatch):
    path = tmp_path / "net.yaml"
    path.write_text(TEXT, encoding="utf-8")

    def denied(*words, **more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)
    assert refusal(path) == f"{path}: cannot be read: Permission denied"


def test_large_files(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes(TEXT.encode() + b"#" * (MOST_BYTES - len(TEXT)))
    assert len(cm.load(path)) == 2
    with path.open("ab") as file:
        file.write(b"#")
    assert refusal(path).endswith(": has 4,194,305 bytes, a specification at most 4,194,304 (use blocks with repeat)")
    os.truncate(path, 10**12)
    assert refusal(path).endswith(
        "has 1,000,000,000,000 bytes, a specification at most 4,194,304 (use blocks with repeat)"
    )
    with pytest.raises(
        cm.SpecError, match=r"^f:1:1: the text has 4,194,305 characters, a specification at most 4,194,304$"
    ):
        cm.loads("#" * (MOST_BYTES + 1), name="f")


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        b"---\n" + TEXT.encode() + b"...\n",
        b"%YAML 1.2\n---\n" + TEXT.encode(),
        TEXT.encode() + b"# \xe2\x82\xac \xf0\x9f\x98\x80\n",
        json.dumps({"name": "tiny", "input": [1, 3, 8, 9], "layers": ["Conv2d(3, 8, 3)", "ReLU"]}).encode(),
        json.dumps(
            {"name": "tiny", "input": [1, 3, 8, 9], "layers": ["Conv2d(3, 8, 3)", {"relu": "ReLU"}]}, indent="\t"
        ).encode(),
        b'\t\n\t{"name":"tiny","input":[1,3,8,9],"layers":[{"name":\t"conv2d","op":"Conv2d(3, 8, 3)"},"ReLU"]}',
    ],
)
@pytest.mark.parametrize("parser", ["CSafeLoader", "SafeLoader"])
def test_encodings(tmp_path, monkeypatch, data, parser):
    if parser == "SafeLoader":
        monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    path = tmp_path / "tiny.yaml"
    path.write_bytes(data)
    network = cm.load(path)
    assert (network.name, network.input_shapes) == ("tiny", {"input": (1, 3, 8, 9)})
    assert [(node.name, node.layer) for node in network.nodes[1:]] == [
        ("conv2d", cm.Conv2d(3, 8, 3)),
        ("relu", cm.ReLU()),
    ]
    assert cm.loads(data).nodes == network.nodes


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (TEXT.encode("utf-16"), "1:1: the file is in UTF-16 or UTF-32 (save it as UTF-8)"),
        (TEXT.encode("utf-16-le"), "1:1: the file is in UTF-16 or UTF-32 (save it as UTF-8)"),
        (TEXT.encode("utf-16-be"), "1:1: the file is in UTF-16 or UTF-32 (save it as UTF-8)"),
        (TEXT.encode("utf-32"), "1:1: the file is in UTF-16 or UTF-32 (save it as UTF-8)"),
        ("name: café\n".encode("latin-1"), "1:10: the byte 0xe9 is not UTF-8 (save the file as UTF-8)"),
        ("a: é\r\nb: €".encode() + b"\xff", "2:5: the byte 0xff is not UTF-8 (save the file as UTF-8)"),
        (b"\xef\xbb\xbf\x80", "1:1: the byte 0x80 is not UTF-8 (save the file as UTF-8)"),
        (b"name: \xed\xa0\x80", "1:7: the byte 0xed is not UTF-8 (save the file as UTF-8)"),
        (b"\xef\xbb\xbf", "1:1: the file is empty (write layers: and below it a list of layers)"),
    ],
)
def test_bytes_that_are_no_text(tmp_path, data, fault):
    path = tmp_path / "net.yaml"
    path.write_bytes(data)
    assert fault_of(path) == fault


def test_lines_are_counted_as_editors_do():
    for newline in ("\n", "\r\n", "\r"):
        with pytest.raises(cm.SpecError) as caught:
            cm.loads(newline.join(["layers:", "  - ReLU", "  - ReLu()", "nmae: x"]), name="f")
        assert [fault.split(": ")[0] for fault in caught.value.faults] == ["f:3:5", "f:4:1"]


def test_a_network_without_a_name_is_called_after_its_file(tmp_path):
    for file, name in (("deep.net.yaml", "deep.net"), ("a[b].yaml", "network"), (" .yaml", "network")):
        path = tmp_path / file
        path.write_text("layers: [ReLU]\n", encoding="utf-8")
        assert cm.load(path).name == name
    assert cm.load(os.fsencode(path).decode()).origins == {"relu": f"{path}:1:10"}


def test_without_pyyaml_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(cm.FileError, match=r"^reading a specification takes PyYAML \(pip install pyyaml\)$"):
        cm.loads(TEXT)


@pytest.mark.parametrize("parser", ["CSafeLoader", "SafeLoader"])
@pytest.mark.parametrize(
    "text",
    [
        'a: "\\UFFFFFFFF"',
        'a: "\\ud800"',
        "a: [1",
        "a: b: c",
        "a: 'x",
        "\ta: 1",
        "a: @x",
        "%YAML 9.9\n--- a",
        "a: &",
        "!<",
    ],
)
def test_either_parser_refuses(monkeypatch, parser, text):
    if parser == "SafeLoader":
        monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    with pytest.raises(cm.SpecError, match=r"^f:\d:\d: (this is not YAML|the file|no key|layers|the character)"):
        cm.loads(text, name="f")
