"""Which Graphviz the tests can run: each there is, and in CI all of them."""

import os
import shutil
import sysconfig

import pytest

PROGRAMS = ("dot", "graphviz-pure")


def path_of(program):
    """Where a program is; the test that asks is skipped without it, which CI does not allow."""
    found = shutil.which(program) or shutil.which(program, path=sysconfig.get_path("scripts"))
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI has no {program}")
        pytest.skip(f"{program} is not installed")
    return found


@pytest.fixture(params=PROGRAMS)
def graphviz(request, monkeypatch):
    """Each Graphviz in turn, as the only one that convmath finds; its name."""
    path = path_of(request.param)
    monkeypatch.setattr("convmath.render.layout._which", lambda name: path if name == request.param else None)
    return request.param
