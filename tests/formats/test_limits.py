"""Files made to exhaust a reader are refused at once, and nothing grows without bound."""

import time

import pytest

import convmath as cm
from convmath.formats.events import MOST_LEVELS


def refused(text, seconds=1.0):
    """The faults, told in less than `seconds` of the processor's time."""
    start = time.process_time()
    with pytest.raises(cm.SpecError) as caught:
        cm.loads(text, name="f")
    assert time.process_time() - start < seconds
    return caught.value.faults


@pytest.mark.parametrize("levels", [65, 1000, 100_000, 2_000_000])
@pytest.mark.parametrize(
    ("opening", "column"),
    [("[", 65), ("{", 65), ('{"a": ', 6 * 64 + 1), ('[{"a":', 32 * 6 + 1), ("- ", 129), ("? ", 129)],
)
@pytest.mark.parametrize("parser", ["CSafeLoader", "SafeLoader"])
def test_depth(monkeypatch, levels, opening, column, parser):
    if parser == "SafeLoader":
        monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    text = (opening * levels)[: 4 << 20]
    assert refused(text, 3.0 if parser == "SafeLoader" else 1.0) == (
        f"f:1:{column}: lists and mappings lie more than {MOST_LEVELS} deep in one another (use blocks)",
    )


def test_alias_bomb():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    faults = refused("\n".join(lines), 0.2)
    assert faults[1] == "f:1:5: the anchor &a0 has no place in a specification (write the value out where it is used)"
    assert len(faults) == 101


def test_merge_bomb():
    lines = ["a0: &a0 {x: 1}"] + [f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}" for i in range(1, 25)]
    faults = refused("\n".join(lines), 0.2)
    assert "f:2:10: merge keys have no place in a specification (write the keys out)" in faults


def test_layers_are_counted_before_they_are_made():
    blocks = "blocks:\n  b: {layers: [ReLU, {block: c, repeat: 10}]}\n  c: {layers: [ReLU, ReLU]}\n"
    text = blocks + "layers:\n  - x: {block: b, repeat: %s}\n"
    assert len(cm.loads(text % 4000)) == 84_000
    assert refused(text % 5000, 0.2) == (
        "f:5:5: the blocks expand to 105,000 layers (at most 100,000), 105,000 of them in x",
    )
    assert refused(text % 10**18, 0.2) == (
        "f:5:5: the blocks expand to more than 10^15 layers (at most 100,000), more than 10^15 of them in x",
    )


def test_blocks_that_double():
    blocks = [f"  b{i}: {{layers: [{{block: b{i + 1}, repeat: 999999999}}, {{block: b{i + 1}}}]}}" for i in range(15)]
    text = "\n".join(["blocks:", *blocks, "  b15: {layers: [ReLU]}", "layers: [{block: b0}]"])
    assert "expand to more than 10^15 layers" in refused(text)[0]


def test_blocks_that_differ_each_time():
    use = "{{block: b{0}, with: {{c: 2*c}}}}, {{block: b{0}, with: {{c: 2*c + 1}}}}"
    blocks = [f"  b{i}: {{params: {{c}}, layers: [{use.format(i + 1)}, ReLU, ReLU]}}" for i in range(15)]
    text = "\n".join(
        ["blocks:", *blocks, "  b15: {layers: [ReLU], params: {c}}", "layers: [{block: b0, with: {c: 1}}]"]
    )
    (fault,) = refused(text, 10.0)
    assert "the file makes more than 100,000 different layers and blocks (block b" in fault


def test_blocks_lie_at_most_16_deep():
    blocks = [f"  b{i}: {{layers: [{{block: b{i + 1}}}]}}" for i in range(16)]
    text = "\n".join(["blocks:", *blocks, "  b16: {layers: [ReLU]}", "layers: [{block: b%d}]"])
    assert refused(text % 0) == ("f:2:25: blocks lie more than 16 deep in one another (unfold some)",)
    assert refused(text % 1) == ("f:2:25: blocks lie more than 16 deep in one another (unfold some)",)
    assert len(cm.loads(text.replace("  b0: {layers: [{block: b1}]}\n", "") % 1)) == 1


def test_lists_of_layers():
    assert refused("layers:\n" + "- ReLU\n" * 100_001, 10.0) == (
        "f:2:1: the list has 100,001 layers (at most 100,000)",
    )


def test_values():
    text = "layers: [" + "a, " * 600_000 + "a]"
    assert refused(text, 10.0) == ("f:1:1500007: the file states more than 500,000 values (use blocks with repeat)",)


def test_parameters():
    params = ", ".join(f"p{i}: {i}" for i in range(257))
    assert refused(f"params: {{{params}}}\nlayers: [ReLU]\n") == ("f:1:9: there are 257 params (at most 256)",)


def test_near_names_are_not_sought_forever():
    params = ", ".join(f"{'a' * 28}{i:03}: 1" for i in range(256))
    calls = "\n".join(f"- Split({'a' * 28}{i:03}a)" for i in range(300, 340))
    layers = "\n".join(f"- {'ab' * 15}{i}: ReLU" for i in range(3000))
    sources = "\n".join(f"- {{op: ReLU, from: {'ba' * 15}{i}}}" for i in range(40))
    refused(f"params: {{{params}}}\nlayers:\n{calls}\n", 10.0)
    refused(f"layers:\n{layers}\n{sources}\n", 10.0)
    refused(f"layers:\n- {'a' * 200}: ReLU\n- {{op: ReLU, from: {'a' * 199}}}\n")
