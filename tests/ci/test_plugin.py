"""The pytest plugin, run by pytest's own pytester: what is collected, what is told, what is renewed."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]

INSTALLED = any(point.name == "convmath" for point in entry_points(group="pytest11"))

LOADED = () if INSTALLED else ("-p", "convmath.ci.plugin")
"""Where convmath is not installed, nothing but this names its plugin."""

GOOD = """\
input: [1, 3, H, W]
expect: {params: 224, output: [8, H, W]}
layers:
  - stem: Conv2d(3, 8, 3, padding=1)
"""

BAD = GOOD.replace("params: 224", "params: 225")


@pytest.fixture
def nets(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (pytester.path / "nets").mkdir()
    (pytester.path / "nets" / "good.yaml").write_text(GOOD)
    (pytester.path / "nets" / "bad.yaml").write_text(BAD)
    (pytester.path / "nets" / "other.yml").write_text("no network at all")
    pytester.makeini("[pytest]\nconvmath_files = nets/*.yaml\n")
    return pytester


def told(result):
    return "\n".join(result.outlines)


def test_files_are_tests(nets):
    result = nets.runpytest_inprocess(*LOADED, "--convmath")
    result.assert_outcomes(passed=1, failed=1)
    assert "\nnets/bad.yaml:2:18: CM011 params is 224, 225 is claimed\n" in told(result)
    assert "Traceback" not in told(result)
    assert "plugin.py" not in told(result)
    assert "nets/bad.yaml::convmath" in told(result)
    assert "_ convmath check nets/bad.yaml _" in told(result)


def test_nothing_is_collected_unasked(nets):
    result = nets.runpytest_inprocess(*LOADED)
    result.assert_outcomes()
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_paths_are_told_from_where_pytest_runs(nets, monkeypatch):
    monkeypatch.chdir(nets.path / "nets")
    result = nets.runpytest_inprocess(*LOADED, "--convmath", "bad.yaml")
    result.assert_outcomes(failed=1)
    assert "\nbad.yaml:2:18: CM011 params is 224, 225 is claimed\n" in told(result)


def test_faults_of_a_file_are_told(nets):
    (nets.path / "nets" / "bad.yaml").write_text("input: [1, 3, 9, 9]\nlayers:\n  - a: Conf2d(3, 8, 3)\n")
    result = nets.runpytest_inprocess(*LOADED, "--convmath")
    result.assert_outcomes(passed=1, failed=1)
    assert "\nnets/bad.yaml:3:8: CM001 no layer type is called 'Conf2d'" in told(result)
    assert "Traceback" not in told(result)


def test_tool_convmath_says_what_ini_does_not(nets):
    nets.makeini("[pytest]\n")
    (nets.path / "pyproject.toml").write_text("[tool.convmath]\nfiles = ['nets/g*.yaml']\ngiven = {H = 'h'}\n")
    result = nets.runpytest_inprocess(*LOADED, "--convmath")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("ini", "toml", "message"),
    [
        ("[pytest]\n", "", "--convmath: no files (state convmath_files = nets/*.yaml in"),
        ("[pytest]\nconvmath_files = void/*.yaml\n", "", "convmath: 'void/*.yaml' matches no file"),
        ("[pytest]\n", "[tool.convmath]\nfile = 3\n", "no key of [tool.convmath] is called 'file'; did you mean"),
        (
            "[pytest]\n",
            "[tool.convmath]\nfiles = ['void/*.yaml']\n",
            "pyproject.toml: [tool.convmath] files: 'void/*.yaml' matches no file",
        ),
    ],
)
def test_what_is_wrong_with_the_configuration(nets, ini, toml, message):
    nets.makeini(ini)
    (nets.path / "pyproject.toml").write_text(toml)
    result = nets.runpytest_inprocess(*LOADED, "--convmath")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in "\n".join(result.errlines)
    assert "Traceback" not in "\n".join(result.errlines)


def test_the_fixture(nets):
    nets.makepyfile(
        """
        import pytest

        def test_good(convmath_check):
            convmath_check("nets/good.yaml")

        def test_bad(convmath_check):
            convmath_check("nets/bad.yaml")

        def test_given(convmath_check):
            convmath_check("nets/good.yaml", given={"H": 9, "W": 7})

        def test_nowhere(convmath_check):
            with pytest.raises(OSError, match=r"nets/god.yaml: does not exist; did you mean good.yaml"):
                convmath_check("nets/god.yaml")
        """
    )
    result = nets.runpytest_inprocess(*LOADED)
    result.assert_outcomes(passed=3, failed=1)
    assert "\nnets/bad.yaml:2:18: CM011 params is 224, 225 is claimed\n" in told(result)


def test_errors_begin_where_the_test_calls(nets):
    """No line of convmath's own code stands between a test and what is wrong with its file."""
    nets.makepyfile(
        """
        from convmath.testing import assert_budget, assert_shapes, assert_valid_for

        def test_checked(convmath_check):
            convmath_check("nets/god.yaml")

        def test_shapes():
            assert_shapes("nets/god.yaml", {"stem": (8,)})

        def test_layer():
            assert_shapes("nets/good.yaml", {"steam": (8,)})

        def test_budget():
            assert_budget("nets/good.yaml", parms=5)

        def test_sizes():
            assert_valid_for("nets/other.yml", "H >= 2")

        def test_bad(convmath_check):
            convmath_check("nets/bad.yaml")
        """
    )
    result = nets.runpytest_inprocess(*LOADED)
    result.assert_outcomes(failed=6)
    said = told(result)
    assert not re.search(r"convmath.\w+.\w+\.py:\d", said)
    assert "During handling" not in said
    assert "convmath.core.errors.UnknownNameError: no layer is called 'steam'; did you mean stem?" in said


def test_with_xdist(nets):
    pytest.importorskip("xdist")
    result = nets.runpytest_subprocess(*LOADED, "--convmath", "-n", "2")
    result.assert_outcomes(passed=1, failed=1)
    assert "nets/bad.yaml:2:18: CM011 params is 224, 225 is claimed" in told(result)
    result = nets.runpytest_subprocess(*LOADED, "--convmath-update", "-n", "2")
    result.assert_outcomes(passed=2)
    assert "nets/bad.yaml::convmath: 1 claim renewed" in told(result)
    assert (nets.path / "nets" / "bad.yaml").read_text() == GOOD


def test_claims_are_renewed(nets):
    result = nets.runpytest_inprocess(*LOADED, "--convmath-update")
    result.assert_outcomes(passed=2)
    assert "nets/bad.yaml::convmath: 1 claim renewed" in told(result)
    assert "good.yaml" not in told(result).partition("renewed")[0].rpartition("\n")[2]
    assert (nets.path / "nets" / "bad.yaml").read_text() == GOOD
    nets.runpytest_inprocess(*LOADED, "--convmath").assert_outcomes(passed=2)


def test_claims_are_not_renewed_where_nobody_reads_the_change(nets, monkeypatch):
    monkeypatch.setenv("CI", "1")
    result = nets.runpytest_inprocess(*LOADED, "--convmath-update")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--convmath-update is refused where CI is set" in "\n".join(result.errlines)
    assert (nets.path / "nets" / "bad.yaml").read_text() == BAD


def test_what_stands_without_a_mend_fails_still(nets):
    (nets.path / "nets" / "bad.yaml").write_text(BAD.replace("expect", "limits").replace("225", "223"))
    before = (nets.path / "nets" / "bad.yaml").read_bytes()
    result = nets.runpytest_inprocess(*LOADED, "--convmath-update")
    result.assert_outcomes(passed=1, failed=1)
    assert (nets.path / "nets" / "bad.yaml").read_bytes() == before


def test_the_plugin_loads_nothing_heavy(nets):
    """Not convmath's rooms either: who has it installed and does not ask for it pays for a file of 200 lines."""
    (nets.path / "test_loaded.py").write_text(
        "import sys\n\ndef test_it():\n"
        "    loaded = {name for name in sys.modules if name.startswith('convmath')}\n"
        "    assert loaded == {'convmath', 'convmath.ci', 'convmath.ci.plugin'}\n"
        "    assert not {'numpy', 'yaml', 'scipy', 'sympy', 'networkx', 'rich', 'click'} & set(sys.modules)\n"
    )
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *LOADED]
    run = subprocess.run(
        [*words, "--disable-plugin-autoload"] if not INSTALLED else words,
        capture_output=True, text=True, cwd=nets.path, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_entry_point_is_there():
    import tomllib

    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert stated == {"pytest11": {"convmath": "convmath.ci.plugin"}}
