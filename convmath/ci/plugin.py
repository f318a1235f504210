"""The pytest plugin: spec files as tests, a fixture that checks one, and claims that are renewed.

    [tool.pytest.ini_options]
    addopts = "--convmath"
    convmath_files = ["nets/*.yaml"]    # from the root folder on; what [tool.convmath] says if left out

Of convmath nothing is loaded before a file is checked.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from .check import Checked
    from .settings import Settings

ON, RENEW, PATTERNS, RENEWED = "--convmath", "--convmath-update", "convmath_files", "convmath renewed"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options, and the patterns of files."""
    group = parser.getgroup("convmath", "arithmetic of networks")
    group.addoption(ON, action="store_true", help="collect the spec files that convmath_files names, and check them")
    group.addoption(
        RENEW, action="store_true", help="write the numbers that `expect` of these files claims anew; collects them too"
    )
    parser.addini(
        PATTERNS, "patterns of spec files, such as nets/**/*.yaml; what [tool.convmath] says if left out", type="args",
        default=[],
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Finds the files, if they are asked for."""
    if not config.getoption(ON) and not config.getoption(RENEW):
        return
    from ..core.errors import ConvmathError
    from .settings import in_ci

    if config.getoption(RENEW) and in_ci():
        raise pytest.UsageError(f"{RENEW} is refused where CI is set (renew claims where somebody reads the change)")
    try:
        config.stash[FILES] = _files(config)
    except ConvmathError as error:
        raise pytest.UsageError(f"convmath: {error}") from None


FILES = pytest.StashKey[set[str]]()
"""The real paths of the files that are collected."""

STATED = pytest.StashKey["Settings"]()
"""What [tool.convmath] says."""


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SpecFile | None:
    """A file that one of the patterns means."""
    files = parent.config.stash.get(FILES, None)
    return SpecFile.from_parent(parent, path=file_path) if files and os.path.realpath(file_path) in files else None


class Wrong(Exception):  # noqa: N818 (no error of the program: what is told of a file)
    """What is wrong with a file, one finding a line."""


class SpecFile(pytest.File):
    """A spec file or ONNX model: one test."""

    def collect(self) -> Iterable[pytest.Item]:
        """The test that checks the file."""
        yield SpecItem.from_parent(self, name="convmath")


class SpecItem(pytest.Item):
    """The check of one file."""

    def runtest(self) -> None:
        """Checks, and where claims that do not hold are to be renewed, does that and checks again."""
        path, stated = _shown(self.config, self.path), _stated(self.config)
        checked = _checked(path, stated)
        if checked.findings and self.config.getoption(RENEW):
            from .holding import EXPECTED
            from .renewing import renew

            if any(one.code == EXPECTED for one in checked.findings):
                self.user_properties.append((RENEWED, renew(path, stated.given)))
                checked = _checked(path, stated)
        _tell(checked)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings alone, or convmath's own error: where in convmath it was raised says nothing of the file."""
        from ..core.errors import ConvmathError

        return str(excinfo.value) if excinfo.errisinstance((Wrong, ConvmathError)) else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """What is told of the test where it has failed."""
        from ..render.table import printable

        return self.path, None, f"convmath check {printable(_shown(self.config, self.path))}"


@pytest.fixture
def convmath_check(request: pytest.FixtureRequest) -> Callable[..., None]:
    """A function that fails the test with what is wrong with a file, named from the root folder on.

    def test_backbone(convmath_check):
        convmath_check("nets/backbone.yaml", given={"H": 224}, select="CM3")
    """

    def check(path: str | os.PathLike[str], **said: Any) -> None:
        __tracebackhide__ = True
        from ..core.errors import ConvmathError

        place = request.config.rootpath / path
        wrong = ""
        try:
            _tell(_checked(_shown(request.config, place), _stated(request.config)._replace(**said)))
        except Wrong as error:
            wrong = str(error)
        except ConvmathError as error:
            raise error.with_traceback(None) from None  # where in convmath it was raised says nothing of the file
        if wrong:  # out here, lest pytest tell of the error as well
            pytest.fail(wrong, pytrace=False)

    return check


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How much was renewed."""
    reports: Iterator[Any] = (one for some in terminalreporter.stats.values() for one in some)
    kept = {one.nodeid: dict(one.user_properties) for one in reports if isinstance(one, pytest.TestReport)}
    for node, properties in kept.items():
        if properties.get(RENEWED):
            count = properties[RENEWED]
            terminalreporter.write_line(f"{node}: {count} claim{'' if count == 1 else 's'} renewed")


def _files(config: pytest.Config) -> set[str]:
    from .settings import matching

    patterns = config.getini(PATTERNS)
    if patterns:
        found = matching(patterns, str(config.rootpath))
    elif _stated(config).files:
        found = _stated(config).found()
    else:
        raise pytest.UsageError(
            f"{ON}: no files (state {PATTERNS} = nets/*.yaml in pytest's configuration, or files in [tool.convmath])"
        )
    return {os.path.realpath(path) for path in found}


def _stated(config: pytest.Config) -> Settings:
    if STATED not in config.stash:
        from .settings import settings

        config.stash[STATED] = settings(os.path.relpath(config.rootpath))
    return config.stash[STATED]


def _shown(config: pytest.Config, path: Path) -> str:
    """A path as whoever called pytest would write it."""
    return os.path.relpath(path, config.invocation_params.dir)


def _checked(path: str, stated: Settings) -> Checked:
    from .check import check_file

    return check_file(path, stated.given, stated.select, stated.ignore)


def _tell(checked: Checked) -> None:
    from ..render.table import printable
    from .check import line_of

    if checked.findings:
        raise Wrong("\n".join(printable(line_of(one)) for one in checked.findings))
