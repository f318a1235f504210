"""convmath field: the table, one position in full, what it refuses."""

import json

import pytest


def lines(convmath, *words):
    code, out, err = convmath("field", *words)
    assert (code, err) == (0, "")
    return out.splitlines()


def test_the_table(convmath):
    said = lines(convmath, "resnet18", "--depth", "1")
    assert said[0] == "resnet18: what is seen of input (1x3x224x224)"
    (layer4,) = (line.split() for line in said if line.startswith("layer4"))
    assert layer4 == ["layer4", "ReLU", "1x512x7x7", "435", "32", "-217", "194", "%", "100", "%", "0"]


def test_only_layers_with_holes(convmath):
    said = lines(convmath, "deeplabv3_resnet50", "--to", "backbone.layer4", "--holes")
    named = [line.split()[0] for line in said if line.startswith("classifier")]
    assert named == [f"classifier.0.convs.{branch}.{part}" for branch in (1, 2, 3) for part in (0, 1, 2)]
    assert lines(convmath, "vgg11", "--holes")[-1].startswith("No layer to tell of: none sees input")


def test_one_position(convmath):
    code, out, _ = convmath("field", "resnet18", "--of", "layer2", "--at", "0,14", "--format", "json")
    data = json.loads(out)
    assert code == 0
    assert (data["layer"]["name"], data["at"], data["positions"]) == ("layer2.1.relu", [0, 14], 50 * 99)
    assert [axis["read"] for axis in data["axes"]] == [[[0, 50, 0, 1]], [[63, 99, 0, 1]]]
    assert [axis["share"] for axis in data["axes"]] == [0.223214, 0.441964]


def test_phases_are_told(convmath):
    said = lines(convmath, "dcgan_generator", "--of", "main.3")
    assert said[-2:] == [f"axis {axis}: 2 positions in turn have fields of 5, 5." for axis in (0, 1)]
    code, out, _ = convmath("field", "dcgan_generator", "--format", "json")
    assert code == 0
    layer = next(one for one in json.loads(out)["layers"] if one["name"] == "main.3")
    # Of 4×4, the kernel of 4 by 2 crops 1: outputs 0 and 1 read −1, 0 and 0, 1, each of which reads back 3 more.
    assert (layer["jump"], layer["phases"]) == (["1/2"] * 2, [[[-4, 0], [-3, 1]]] * 2)


def test_gates_are_left_out(convmath):
    words = ("efficientnet_b0", "--depth", "2")
    (whole,) = (line.split() for line in lines(convmath, *words) if line.startswith("features.8"))
    (local,) = (line.split() for line in lines(convmath, *words, "--ignore-global") if line.startswith("features.8"))
    assert (whole[3], local[3]) == ("all", "851")


def test_the_pair_is_named(convmath):
    said = lines(convmath, "wavenet", "--depth", "1")
    assert "block0.layer3.add: block0.layer3.residual lies 4 positions before block0.layer2.add (axis 0)." in said


def test_symbols(convmath):
    (layer4,) = (line for line in lines(convmath, "resnet18", "--depth", "1", "-i", "1x3xHxW") if "layer4" in line)
    assert "435/H, 435/W" in layer4


@pytest.mark.parametrize("form", ["csv", "markdown", "html"])
def test_every_form(convmath, form):
    for words, told in (((), "-217"), (("--of", "conv1"), "109–115")):
        code, out, err = convmath("field", "resnet18", *words, "--format", form)
        assert (code, err) == (0, "")
        assert told in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("resnet18", "--at", "1,2"), "--at goes with a layer (such as --of layer4)"),
        (("resnet18", "--of", "conv1", "--at", "1;2"), "--at '1;2' is no position (write one number for each axis"),
        (("resnet18", "--of", "conv1", "--at", ""), "--at '' is no position"),
        (("resnet18", "--of", "conv1", "--at", "9" * 5000 + ",1"), "--at '9999"),
        (("resnet18", "--of", "conv1", "--at", "1,112"), "conv1: (1, 112) is no position of its output, which has"),
        (("resnet18", "--of", "conv1", "--at", "-1,1"), "conv1: (-1, 1) is no position"),
        (("resnet18", "--of", "conv2"), "no layer or input is called 'conv2'; did you mean"),
        (("resnet18", "--of", "conv1", "--to", "layer1"), "conv1 depends on nothing of layer1.1.relu"),
        (("resnet18", "--to", "x"), "no layer or input is called 'x'"),
        (("resnet18", "--of", "conv1", "--holes"), "--holes goes with the table of all layers"),
        (("resnet18", "--of", "conv1", "--depth", "1"), "--depth goes with the table of all layers"),
        (("resnet18", "--of", "conv1", "-i", "1x3xHxW"), "resnet18: only numbers have positions"),
        (("alexnet", "--of", "features.0", "-i", "1x3x50000000x224"), "an axis of 50000000 positions is too long"),
    ],
)
def test_refusals(refusal, words, said):
    assert said in refusal("field", *words)
