"""The recipes, run: the hook by pre-commit, the action's script by bash, pull requests to a sample repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

from convmath.ci.settings import read_settings

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples" / "ci"


LEVEL = (
    "  - deep: Conv2d(16, 32, 3, padding=1)\n",
    "  - pool3: MaxPool2d(2)\n  - deep: Conv2d(16, 32, 3, padding=1)\n  - up3: ConvTranspose2d(32, 32, 2, stride=2)\n",
)
"""A change to the sample after which it wants sizes that 8 divides, where 4 was enough."""


@pytest.fixture
def words(tmp_path):
    """The environment of a run: convmath on the path, git with a name, nothing of the machine's own settings."""
    tools = tmp_path / "tools"
    tools.mkdir()
    tool = tools / "convmath"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m convmath "$@"\n')
    tool.chmod(0o755)
    # pre-commit's own variables, and those of a commit that may be running this test
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "PRE_COMMIT"))}
    kept.pop("CI", None)
    home = tmp_path / "home"
    home.mkdir()
    return kept | {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b", "PRE_COMMIT_HOME": str(home / "pre-commit"),
    }  # fmt: skip


def run(folder, environment, *command):
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def commit(folder, environment, subject):
    """Everything in a folder as a commit."""
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "--no-verify", "-m", subject)):
        done = run(folder, environment, "git", *command)
        assert done.returncode == 0, done.stderr
    return run(folder, environment, "git", "rev-parse", "HEAD").stdout.strip()


def sample(tmp_path, environment):
    """The sample repository, on a branch of its own."""
    folder = tmp_path / "sample"
    shutil.copytree(SAMPLE, folder)
    commit(folder, environment, "Two networks")
    assert run(folder, environment, "git", "checkout", "-q", "-b", "change").returncode == 0
    return folder


def test_the_hook_run_by_pre_commit(tmp_path, words):
    """The manifest is pre-commit's own to read; only where convmath is installed into differs: nowhere, it is there."""
    pytest.importorskip("pre_commit")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    revision = commit(hooks, words, "Hooks")
    folder = sample(tmp_path, words)
    stated = yaml.safe_load((folder / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (only,) = stated["repos"]
    only |= {"repo": str(hooks), "rev": revision}
    only["hooks"][0]["language"] = "system"
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(stated))
    commit(folder, words, "Hooks")

    (folder / "compose.yaml").write_text("services: {web: {image: nginx}}\n")  # other YAML is none of its business
    commit(folder, words, "Services")
    hook = (sys.executable, "-m", "pre_commit", "run", "--color=never")
    done = run(folder, words, *hook, "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout

    change(folder / "nets" / "unet.yaml", *LEVEL)
    run(folder, words, "git", "add", "-A")
    done = run(folder, words, *hook)
    assert done.returncode == 1
    assert "- hook id: convmath-check\n- exit code: 1\n" in done.stdout
    assert "nets/unet.yaml:6:12: CM012 valid_for: H % 4 == 0, " in done.stdout
    assert "fails for H = 20" in done.stdout
    assert "classifier" not in done.stdout  # only what is staged


def change(path, old, new):
    """One place of a file changed."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def steps_of(path):
    """What the steps of a workflow or of an action run, installation left out."""
    stated = yaml.safe_load(path.read_text(encoding="utf-8"))
    steps = stated["runs"]["steps"] if "runs" in stated else stated["jobs"]["check"]["steps"]
    return [step["run"] for step in steps if "run" in step and "pip install" not in step["run"]]


def workflow(folder, environment):
    """The sample's workflow as GitHub runs it: each step by bash, the variables that it sets; and the summary."""
    summary = folder.parent / "summary.md"
    summary.write_text("")
    on_github = environment | {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    told = ""
    for step in steps_of(folder / ".github" / "workflows" / "networks.yml"):
        done = run(folder, on_github, "bash", "-eo", "pipefail", "-c", step)
        told += done.stdout
        assert done.stderr == ""
        if done.returncode:
            return done.returncode, told, summary.read_text(encoding="utf-8")
    return 0, told, summary.read_text(encoding="utf-8")


def test_a_pull_request_that_passes(tmp_path, words):
    folder = sample(tmp_path, words)
    code, told, summary = workflow(folder, words)
    assert code == 0
    assert "::error" not in told
    assert summary == "### convmath check\n\nno findings in 2 files with 15 claims\n\n"
    change(folder / "nets" / "unet.yaml", *ACTIVATION)
    assert run(folder, words, "convmath", "lock", "--update").returncode == 0
    commit(folder, words, "An activation before the head, locked")
    assert workflow(folder, words)[0] == 0
    done = run(folder, words, "convmath", "diff", "main:convmath.lock", "convmath.lock")
    assert re.search(r"(?m)^act +added +ReLU", done.stdout)


def test_a_pull_request_that_drifts(tmp_path, words):
    """All that the file claims holds still, but the network is no longer what was agreed on."""
    folder = sample(tmp_path, words)
    change(folder / "nets" / "unet.yaml", *ACTIVATION)
    commit(folder, words, "An activation before the head")
    code, told, summary = workflow(folder, words)
    assert code == 1
    assert "file=nets/unet.yaml,line=19,col=5::nets/unet.yaml:19:5: CM021 act: is not locked" in told
    assert "convmath lock --update nets/unet.yaml" in told
    assert "| nets/unet.yaml:19:5 | CM021 | act |" in summary
    refused = run(folder, words | {"CI": "true"}, "convmath", "lock", "--update")
    assert refused.returncode == 2
    assert "where CI is set nothing is renewed" in refused.stderr


ACTIVATION = "  - head: Conv2d(8, 2, 1)", "  - act: ReLU\n  - head: Conv2d(8, 2, 1)"


FAILING = [
    (
        "unet", *LEVEL,
        "file=nets/unet.yaml,line=6,col=12::nets/unet.yaml:6:12: CM012 valid_for: H %25 4 == 0",
    ),
    (
        "classifier", "norm1: BatchNorm2d(c)", "norm1: BatchNorm2d(c, affine=False)",
        "file=nets/classifier.yaml,line=5,col=18::nets/classifier.yaml:5:18: CM011 params is 14,698, 14,762 is claimed",
    ),
    (
        "classifier", "Conv2d(3, w, 3, stride=2, padding=1)", "Conv2d(3, w, 5, stride=2, padding=1)",
        "nets/classifier.yaml:21:111: CM011 down: receptive_field is 25 x 25, 23 is claimed",
    ),
    (
        "unet", "from: [up2, down2]", "from: [up2, down3]",
        "file=nets/unet.yaml,line=14,col=37::nets/unet.yaml:14:37: CM001 ",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("net", "old", "new", "line"), FAILING)
def test_a_pull_request_that_fails(tmp_path, words, net, old, new, line):
    folder = sample(tmp_path, words)
    change(folder / "nets" / f"{net}.yaml", old, new)
    commit(folder, words, "A change")
    code, told, summary = workflow(folder, words)
    assert code == 1
    assert line in told
    assert f"| nets/{net}.yaml:" in summary


def test_the_sample_under_pytest(tmp_path, words):
    folder = sample(tmp_path, words)
    installed = any(point.name == "convmath" for point in entry_points(group="pytest11"))
    loaded = () if installed else ("-p", "convmath.ci.plugin")
    done = run(folder, words, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *loaded)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


ACTION = ROOT / ".github" / "actions" / "check" / "action.yml"


def action_stated():
    return yaml.safe_load(ACTION.read_text(encoding="utf-8"))


def test_the_action(tmp_path, words):
    """Its script takes what callers say as words, and runs nothing of it."""
    stated = action_stated()
    assert stated["runs"]["using"] == "composite"
    for step in stated["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert ("uses" in step) != ("shell" in step)
    (script,) = steps_of(ACTION)
    folder = sample(tmp_path, words)

    def action(files="", arguments=""):
        environment = words | {"FILES": files, "ARGUMENTS": arguments}
        return run(folder, environment, "bash", "-eo", "pipefail", "-c", script)

    assert action().stdout == "no findings in 2 files with 15 claims\n"
    assert action("nets/u*.yaml").stdout == "no findings in 1 file with 4 claims\n"
    assert action("nets/u*.yaml nets/classifier.yaml", "--given H=9").returncode == 1
    done = action("$(touch canary) `touch canary`; touch canary")
    assert done.returncode == 2
    assert not (folder / "canary").exists()


def test_the_action_installs_this_package():
    (install,) = (step["run"] for step in action_stated()["runs"]["steps"] if "pip install" in step.get("run", ""))
    assert '"$GITHUB_ACTION_PATH/../../.."' in install
    assert ACTION.parents[3] == ROOT


def test_the_recipes_of_the_readme_are_what_such_files_are():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text[text.index("## In continuous integration") : text.index("## What is counted")]
    blocks = dict(re.findall(r"^```(?:text|toml)\n(?:# (\S+)\n)?(.*?)^```$", section, re.MULTILINE | re.DOTALL))
    stated = tomllib.loads(blocks.pop(""))["tool"]["convmath"]
    assert read_settings("", stated).files == ("nets/*.yaml",)
    github, gitlab, hooks = (yaml.safe_load(block) for block in blocks.values())
    assert list(blocks) == [".github/workflows/networks.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml"]
    used = github["jobs"]["check"]["steps"][1]
    assert (ROOT / used["uses"].partition("convmath/")[2].partition("@")[0] / "action.yml").is_file()
    assert used["with"].keys() <= action_stated()["inputs"].keys()
    report = gitlab["networks"]["artifacts"]["reports"]["codequality"]
    assert gitlab["networks"]["script"][1].endswith(f" -o {report}")
    (manifest,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (hook,) = hooks["repos"][0]["hooks"]
    assert hook == {"id": manifest["id"]}
    assert all(re.search(manifest["files"], path) for path in ("nets/deep/a.yml", "b.onnx", "c.json"))


def test_of_changed_files_those_that_are_stated(tmp_path, words):
    """What the hook runs."""
    folder = sample(tmp_path, words)
    (folder / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    stated = ("convmath", "check", "--stated", "compose.yaml", "nets/unet.yaml")
    assert run(folder, words, *stated).stdout == "no findings in 1 file with 4 claims\n"
    assert run(folder, words, *stated[:-1]).returncode == 0
    (folder / "pyproject.toml").unlink()
    assert "[tool.convmath] states no files" in run(folder, words, *stated).stderr


def test_the_report_for_gitlab(tmp_path, words):
    folder = sample(tmp_path, words)
    change(folder / "nets" / "unet.yaml", *LEVEL)
    name = "gl-code-quality-report.json"
    assert run(folder, words, "convmath", "check", "--format", "gitlab", "-o", name).returncode == 1
    assert {one["location"]["path"] for one in json.loads((folder / name).read_text())} == {"nets/unet.yaml"}
