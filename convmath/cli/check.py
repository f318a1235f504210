"""convmath check: files held to what they claim."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ..core.errors import ConvmathError, FileError
from .main import FAILED, FINE
from .options import (
    FORMATS,
    SUFFIXES,
    allow_code_option,
    emit,
    form_for,
    given_option,
    lock_file_option,
    output_option,
    parse_given,
    parse_shapes,
    shapes_option,
    write_out,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..ci.check import Checked

FORMS = (*FORMATS, "github", "sarif", "junit", "gitlab")

ENDINGS = SUFFIXES | {".sarif": ("sarif",), ".xml": ("junit",), ".json": ("json", "sarif", "gitlab")}


@click.command()
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--select", metavar="CM3,…", help="Ask these lint rules too; none if left out.")
@click.option("--ignore", metavar="CM4,…", help="Of these, do not ask those.")
@click.option("--stated", is_flag=True, help="Of FILES check only those that [tool.convmath] names.")
@click.option("--locked", is_flag=True, help="Each must also be as convmath.lock says.")
@lock_file_option
@allow_code_option
@shapes_option
@given_option
@click.option("--jobs", "-j", type=click.IntRange(1, 256), default=1, metavar="N", help="Processes at once; 1.")
@click.option("--format", "form", type=click.Choice(FORMS), help="How to write the findings; text if left out.")
@output_option
def check(
    files: tuple[str, ...], select: str | None, ignore: str | None, stated: bool, locked: bool, lock_file: str | None,
    allow_code: bool, shapes: tuple[str, ...], given: tuple[str, ...], jobs: int, form: str | None, output: str | None,
) -> int:  # fmt: skip
    """Holds spec files and ONNX models to what they claim, and to what every network must be.

    FILES are paths, or patterns such as "nets/**/*.yaml"; without any, those that `files` of [tool.convmath] names in
    the nearest pyproject.toml (with --stated, those of FILES that it names), where `select`, `ignore` and `given` may
    stand too. Each must be a network whose layers accept what reaches them. What `expect` and `limits` of a spec file
    claim must hold, for every size that `valid_for` names where sizes are symbols, and every such size must be
    accepted; where it is not, one that fails is told, of one symbol the smallest. With --locked each must be what
    `convmath lock` wrote down of it, and each that it wrote down must be there. With --allow-code one of FILES may be a
    function in Python (mypkg.models:build_net), which --given gives its arguments and --input its shapes. Exit code 1
    if anything is found, 0 if nothing, 2 if a file is not there.

    \b
    Examples:
      convmath check net.yaml
      convmath check net.yaml --select CM3
      convmath check net.yaml --locked
      convmath check net.yaml --format json
    """
    from ..ci.check import check_files, locked_away
    from ..ci.lock import lock_path, read_lock
    from ..ci.settings import matching
    from ..ci.settings import settings as nearest

    form = form_for(form, output, ENDINGS) or _usual()
    with _annotated(form):
        settings = nearest()
        if not files and not settings.files:
            raise FileError(
                "no FILES (name spec files, or state files = ['nets/*.yaml'] in [tool.convmath] of pyproject.toml)"
            )
        lock = read_lock(lock_file or lock_path()) if locked else None
        checked = check_files(
            settings.among(files) if stated else matching(files) if files else settings.found(),
            {**settings.given, **parse_given(given)},
            settings.select if select is None else select,
            settings.ignore if ignore is None else ignore,
            lock,
            jobs,
            parse_shapes(shapes, {})[0] if allow_code else None,
        )
        checked += locked_away(lock) if lock else []
    _write(checked, form, output)
    return FAILED if any(one.findings for one in checked) else FINE


@contextmanager
def _annotated(form: str) -> Iterator[None]:
    """Where annotations are written, an error is one too: nobody looks for it in the log."""
    try:
        yield
    except ConvmathError as error:
        if form == "github":
            from ..ci.forms import github_error

            write_out(github_error(str(error)), None)
        raise


def _write(checked: Sequence[Checked], form: str, output: str | None) -> None:
    from ..ci.check import check_data, check_table, check_text
    from ..ci.forms import FORMS as CI_FORMS

    if form == "text":
        write_out(check_text(checked), output)
    elif form in CI_FORMS:
        write_out(CI_FORMS[form](checked), output)
    else:
        emit(lambda: check_table(checked), lambda: check_data(checked), form, output)
    if _on_github():
        from ..ci.summary import write_summary

        write_summary(checked)


def _usual() -> str:
    """GitHub's annotations where GitHub runs it, text elsewhere."""
    return "github" if _on_github() else "text"


def _on_github() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"
