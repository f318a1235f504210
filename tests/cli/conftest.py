"""The command line in this process: its exit code, and what it wrote."""

import pytest

from convmath.cli.group import run


@pytest.fixture
def convmath(capsys):
    """Runs `convmath` with these words; returns (exit code, standard output, standard error)."""

    def call(*words):
        code = run(words)
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def refusal(convmath):
    """Runs `convmath` with words that it refuses: exit code 2, no output, one line of error, which is returned."""

    def call(*words):
        code, out, err = convmath(*words)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert err.startswith("error: ")
        return err.removeprefix("error: ").rstrip("\n")

    return call
