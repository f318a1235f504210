"""Settings: what [tool.convmath] of a pyproject.toml says, for the command, the hook and the pytest plugin alike."""

from __future__ import annotations

import os
import re
import tomllib
from glob import glob, has_magic
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ..core.errors import ConvmathError, FileError, show
from ..core.shape import as_size
from ..core.size import LARGEST
from ..formats.contents import contents
from ..formats.faults import unknown
from ..layers.parse import parse_value
from ..render.table import printable
from ..rules.catalogue import check_words
from ..symbolic.implicit import Symbols

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..core.size import Size

NAME = "pyproject.toml"

MOST_BYTES = 4 << 20
"""Bytes of a pyproject.toml."""

PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
"""Where the parser of TOML says that it is at fault."""


class Settings(NamedTuple):
    """What is checked unless more is said, and how."""

    path: str = ""
    """The pyproject.toml that says so; nothing where there is none."""
    files: tuple[str, ...] = ()
    """Patterns, from the folder of that file on."""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    given: Mapping[str, Size] = {}

    def among(self, paths: Iterable[str]) -> list[str]:
        """Those of some paths that its patterns mean; FileError where it has none."""
        if not self.files:
            raise FileError(f"{NAME}: [tool.convmath] states no files (write files = ['nets/*.yaml'])")
        meant = {os.path.realpath(path) for path in self.found()}
        return [path for path in paths if os.path.realpath(path) in meant]

    def found(self) -> list[str]:
        """The files that its patterns mean; FileError where one of them means none."""
        try:
            return matching(self.files, os.path.dirname(self.path))
        except FileError as error:
            raise FileError(f"{printable(self.path)}: [tool.convmath] files: {error}") from None


def in_ci() -> bool:
    """Whether this is continuous integration, where nothing is renewed: CI says anything but nothing, 0 or false."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def settings(folder: str = ".") -> Settings:
    """What the nearest pyproject.toml with a [tool.convmath] says, in a folder or above it.

    FileError, with the file named, for one that is no TOML, for a key that nobody knows, and for a value of the wrong
    kind.
    """
    here = os.path.abspath(folder)
    while True:
        path = os.path.join(here, NAME)
        if os.path.isfile(path):
            shown = os.path.join(folder, os.path.relpath(path, folder))
            table = _table(os.path.normpath(shown))
            if table is not None:
                return read_settings(os.path.normpath(shown), table)
        above = os.path.dirname(here)
        if above == here:
            return Settings()
        here = above


def read_settings(path: str, table: Any) -> Settings:
    """The settings that a table states, read from a file.

    >>> read_settings("pyproject.toml", {"files": ["nets/*.yaml"], "given": {"H": 224}}).given
    {'H': 224}
    >>> read_settings("pyproject.toml", {"file": "nets/*.yaml"})
    Traceback (most recent call last):
    convmath.core.errors.FileError: pyproject.toml: no key of [tool.convmath] is called 'file'; did you mean files?
    """
    if not isinstance(table, dict):
        _wrong(path, "[tool.convmath]", "a table", table)
    known = [name for name in Settings._fields if name != "path"]
    for key in table:
        if key not in known:
            raise FileError(f"{printable(path)}: {printable(str(unknown('key of [tool.convmath]', key, known)))}")
    words = {key: _words(path, key, table.get(key, [])) for key in ("files", "select", "ignore")}
    try:
        check_words(words["select"], words["ignore"])
    except ConvmathError as error:
        raise FileError(f"{printable(path)}: [tool.convmath]: {printable(str(error))}") from None
    return Settings(path, **words, given=_given(path, table.get("given", {})))


def matching(patterns: Iterable[str], folder: str = "") -> list[str]:
    """The paths that patterns mean, from a folder on, each once, in the order of the patterns.

    What is there by that very name is meant, brackets and all. FileError for a pattern that means none.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        is_name = not has_magic(pattern) or os.path.lexists(os.path.join(folder, pattern))
        names = [pattern] if is_name else sorted(glob(pattern, root_dir=folder or None, recursive=True))
        if not names:
            raise FileError(f"{show(pattern)} matches no file (quote patterns such as 'nets/**/*.yaml')")
        found |= dict.fromkeys(os.path.join(folder, name) for name in names)
    return list(found)


def _table(path: str) -> Any:
    """[tool.convmath] of a file as it stands there; None where there is none."""
    try:
        tool = tomllib.loads(_text(path)).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        place = PLACE.search(str(error))
        at, said = (f":{place[1]}:{place[2]}", str(error)[: place.start()]) if place else ("", str(error))
        raise FileError(f"{printable(path)}{at}: this is not TOML: {printable(said)}") from None
    except (RecursionError, ValueError) as error:  # lists without end; integers too long to read
        said = "values lie too deep in one another" if isinstance(error, RecursionError) else printable(str(error))
        raise FileError(f"{printable(path)}: this is not TOML: {said}") from None
    return tool.get("convmath") if isinstance(tool, dict) else None


def _text(path: str) -> str:
    data = contents(path, MOST_BYTES, f"a {NAME}", f"a {NAME} at most {MOST_BYTES:,}")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(f"{printable(path)}:{line}:1: byte 0x{data[error.start]:02x} is not UTF-8") from None


def _words(path: str, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        example = '["nets/*.yaml"]' if key == "files" else '["CM3"]'
        _wrong(path, key, f"a list of texts such as {example}", value)
    return tuple(value)


def _given(path: str, value: Any) -> dict[str, Size]:
    if not isinstance(value, dict):
        _wrong(path, "given", "a table of sizes such as {H = 224}", value)
    for name in value:
        if not name.isidentifier():
            raise FileError(f"{printable(path)}: [tool.convmath] given: {printable(show(name))} cannot name a size")
    return {name: _size(path, name, size) for name, size in value.items()}


def _size(path: str, name: str, value: Any) -> Size:
    """A size as TOML states it: an integer, or a text that is a formula."""
    try:
        size = as_size(parse_value(value, Symbols()) if isinstance(value, str) else value, -LARGEST)
    except ConvmathError as error:
        raise FileError(f"{printable(path)}: [tool.convmath] given.{printable(name)}: {error}") from None
    if size is None or isinstance(value, bool):
        _wrong(path, f"given.{printable(name)}", "an integer, or a formula such as '2*h'", value)
    return size


def _wrong(path: str, key: str, wanted: str, value: Any) -> NoReturn:
    name = key if key.startswith("[") else f"[tool.convmath] {key}"
    raise FileError(f"{printable(path)}: {name} must be {wanted}, not {printable(show(value))}")
