"""Whether something holds for all sizes that a file names, beside every such size up to a bound, tried one by one."""

from __future__ import annotations

from itertools import product

import pytest

from convmath.ci.premise import always
from convmath.report.claim import Range
from convmath.symbolic.implicit import Symbols
from convmath.symbolic.polynomial import symbols
from convmath.symbolic.proposition import Proposition
from convmath.symbolic.relation import relations

H, W = symbols("H W")

SIZES = range(1, 13)

CLAIMS = [
    (H + W, "broadcasts with", H), (H + W, "broadcasts with", H - 1), (H, "broadcasts with", H // 2 * 2),
    (H + 1, "broadcasts with", H), (H, "broadcasts with", W), (H // H, "broadcasts with", W), (H, "=", W),
    (H // 2 * 2, "=", H), (H + W, "≥", 2 * H), (2 * W, "≥", H + W), (H * W, "≥", 4), (10, "≥", H),
]  # fmt: skip

PREMISES = ["H >= 2, W >= 2", "H == W, W % 2 == 0, W <= 12", "H <= W, W <= 12", "W >= 2", "H >= 3", "H + W <= 9"]


def holds(left, relation, right, at):
    """What a relation says of these numbers, by what its word means."""
    a, b = (size if type(size) is int else size.at({name: at[name] for name in size.names}) for size in (left, right))
    return a >= b if relation == "≥" else a == b or (relation != "=" and 1 in (a, b))


@pytest.mark.parametrize("text", PREMISES)
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim[0]} {claim[1]} {claim[2]}")
def test_answers_beside_all_sizes(claim, text):
    asked = Range(relations(text, Symbols()), text, "")
    meant = [at for h, w in product(SIZES, SIZES) if eval(text.replace(",", " and"), at := {"H": h, "W": w})]
    failing = [at for at in meant if not holds(*claim, at)]
    found = always(Proposition(*claim), asked)
    if found.holds:
        assert not failing
    if found.holds is False:
        whole = [at for at in failing if all(at[name] == size for name, size in found.example.items())]
        assert whole or max(found.example.values()) > max(SIZES)  # an example that the file asks for
    if claim[1] == "broadcasts with" and text == "H >= 2, W >= 2" and failing:
        assert found.holds is False


def test_a_broken_skip_between_two_symbols(tmp_path, monkeypatch):
    from convmath.ci.check import check_file

    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(
        "input: {a: [1, 3, H, 8], b: [1, 3, W, 8]}\nvalid_for: H >= 2, W >= 2\nlayers:\n"
        "  - c: {op: Concat(2), from: [a, b]}\n  - s: {op: Add, from: [c, a]}\n"
    )
    (found,) = check_file("a.yaml").findings
    assert (found.code, found.place) == ("CM012", "a.yaml:2:12")
    assert "s asks that H + W broadcasts with H, which fails for H = 2, W = 2" in found.message
