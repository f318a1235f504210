"""`convmath lint`."""

import json

import pytest

SPEC = """\
input: [1, 8, H, 15]
layers:
  - up: ConvTranspose2d(8, 4, 3, stride=2)
  - down: Conv2d(4, 4, 3, stride=2)  # noqa: CM101
"""


@pytest.fixture
def net(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC)
    return "net.yaml"


def test_findings_are_told_with_their_place_and_end_in_exit_code_1(convmath, net):
    code, out, err = convmath("lint", net)
    assert (code, err) == (1, "")
    found, mend, *_ = out.splitlines()
    assert found.startswith("net.yaml:3:5: up: CM301 kernel 3 is no multiple of stride 2 on both axes: ")
    assert mend == "    take kernel 4, so that each adds up as many, or upsample by 2 and convolve"


def test_a_clean_network_ends_in_exit_code_0(convmath, net):
    assert convmath("lint", net, "--ignore", "CM301", "--given", "H=9") == (0, "no findings by 18 rules in net\n", "")


def test_findings_as_data(convmath, net):
    code, out, _ = convmath("lint", net, "--select", "CM3", "--format", "json")
    data = json.loads(out)
    assert code == 1
    assert data["asked"] == ["CM301", "CM302", "CM303", "CM304"]
    (finding,) = data["findings"]
    assert (finding["code"], finding["layer"], finding["place"]) == ("CM301", "up", "net.yaml:3:5")
    assert finding["figures"]["overlaps"] == [2, 1]


def test_findings_in_a_file(convmath, net, tmp_path):
    code, out, _ = convmath("lint", net, "-o", "findings.csv")
    assert (code, out) == (1, "")
    assert (tmp_path / "findings.csv").read_text().splitlines()[1].startswith("CM301,up,net.yaml:3:5,")


def test_formulas_in_data_are_expressions(convmath, net, tmp_path):
    (tmp_path / net).write_text(SPEC.replace("  # noqa: CM101", "").replace("2)\n  - d", "1)\n  - d"))
    _, out, _ = convmath("lint", net, "--select", "CM101", "--format", "json")
    figures = json.loads(out)["findings"][0]["figures"]
    size, left = figures["size"], figures["left"]
    assert [eval(left, {"H": H, "max": max}) for H in range(2, 8)] == [
        (eval(size, {"H": H}) - 3) % 2 for H in range(2, 8)
    ]


def test_an_object_to_be_seen(convmath):
    code, out, _ = convmath("lint", "dcgan_discriminator", "--object", "100x90", "--select", "CM206")
    assert (code, out.partition(",")[0]) == (1, "main.12: CM206 an output sees 94 positions on axis 0")
    assert convmath("lint", "dcgan_discriminator", "--object", "94", "--select", "CM206")[0] == 0


def test_another_machine(convmath):
    _, out, _ = convmath("lint", "mobilenet_v2", "--select", "CM404", "--profile", "peak=1T,bandwidth=2T")
    assert out == "no findings by 1 rule in mobilenet_v2\n"


def test_the_rules_and_one_of_them_in_full(convmath):
    code, out, _ = convmath("lint", "--rules")
    assert (code, out.count("\nCM")) == (0, 25)
    code, out, _ = convmath("lint", "--explain", "CM302")
    assert code == 0
    assert "up: CM302 kernel 2 with stride 3 on both axes: neighbouring outputs add up 1, 1, 0 taps in turn" in out
    assert len(json.loads(convmath("lint", "--explain", "CM3", "--format", "json")[1])["rules"]) == 4


@pytest.mark.parametrize(("words", "said"), [
    ((), "NETWORK is missing (such as resnet50; `convmath lint --rules` lists the rules)"),
    (("resnet18", "--select", "CM9"), "no rule is called 'CM9'"),
    (("resnet18", "--ignore", "CM1,,CM9"), "no rule is called 'CM9'"),
    (("--explain", "checkerboard"), "no rule is called 'checkerboard'"),
    (("resnet18", "--object", "3x0"), "--object '3x0' is not a size (such as 96, or 96x32 for one along each axis)"),
    (("resnet18", "--object", "²"), "--object '²' is not a size (such as 96, or 96x32 for one along each axis)"),
    (("unet", "--object", "3x3x3"), "object_size has 3 sizes, the input 2 axes (give one, or as many)"),
    (("mobilenet_v2", "--select", "CM404", "--dtype", "float1"), None),
    (("resnet18", "--profile", "abacus"), "no hardware profile is called 'abacus'"),
])  # fmt: skip
def test_refusals(refusal, words, said):
    error = refusal("lint", *words)
    assert said is None or error == said


def test_an_exemption_that_names_no_rule(refusal, net, tmp_path):
    (tmp_path / net).write_text(SPEC.replace("CM101", "CM901"))
    assert refusal("lint", net).startswith("net.yaml:4:5: noqa: no rule is called 'CM901'; did you mean CM")
