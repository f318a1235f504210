"""Parts: the blocks of a sweep on disk, each written whole or not at all, so that a sweep can stop and go on.

Beside the file that is asked for lies a folder of the same name and `.parts`: `sweep.json` says which sweep it is,
every other file is one block. Processes and machines may fill it together.
"""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from ..core.errors import FileError, show
from ..core.files import unwritten, write_bytes, write_text
from .sweep import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLAN = "sweep.json"

VERSION = 1


class Parts:
    """The folder of a sweep that writes `path`; FileError where it belongs to another sweep.

    `described` is what makes the sweep what it is; two with the same words make the same parts.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.folder = f"{path}.parts"
        self._plan = os.path.join(self.folder, PLAN)

    def begin(self, described: Mapping[str, Any], *, resume: bool) -> None:
        """Makes the folder, or with `resume` goes on with the one that is there."""
        stated = json.dumps({"version": VERSION, **described}, indent=1, ensure_ascii=False)
        found = self.described()
        if found is not None and not resume:
            raise FileError(f"{self.folder}: holds a sweep that was not finished (go on with --resume, or remove it)")
        if found is not None and found != json.loads(stated):
            differs = next(
                key for key in {**found, **json.loads(stated)} if found.get(key) != json.loads(stated).get(key)
            )
            raise FileError(
                f"{self.folder}: holds another sweep: {differs} was {show(found.get(differs))},"
                f" is {show(json.loads(stated).get(differs))} (remove the folder, or write to another file)"
            )
        try:
            os.mkdir(self.folder)
        except FileExistsError:
            pass
        except OSError as error:
            raise unwritten(self.folder, error) from None
        if found is None:
            write_text(self._plan, stated + "\n")

    def described(self) -> dict[str, Any] | None:
        """What the folder says of its sweep; None where there is none."""
        try:
            with open(self._plan, encoding="utf-8") as file:
                found = json.load(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise FileError(f"{self._plan}: cannot be read: {error} (remove the folder)") from None
        if not isinstance(found, dict) or found.get("version") != VERSION:
            raise FileError(f"{self._plan}: is no plan of a sweep (remove the folder)")
        return found

    def done(self) -> set[int]:
        """The blocks that are there."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return set()
        return {int(name[:-4]) for name in names if name.endswith(".npz") and name[:-4].isdigit()}

    def write(self, block: Block) -> None:
        """Puts a block there."""
        import numpy as np

        facts = [block.place, block.designs, block.refused, block.unmet, block.reason, list(block.columns)]
        arrays = {f"c{place}": _plain(column) for place, column in enumerate(block.columns.values())}
        data = io.BytesIO()
        np.savez(data, facts=np.array(json.dumps(facts)), numbers=block.numbers, **arrays)
        write_bytes(self._name(block.place), data.getvalue())

    def read(self, place: int) -> Block:
        """One block; FileError where its file is damaged."""
        import numpy as np

        name = self._name(place)
        try:
            with open(name, "rb") as file, np.load(file, allow_pickle=False) as found:
                own, count, refused, unmet, reason, labels = json.loads(str(found["facts"]))
                columns = {label: _back(found[f"c{number}"]) for number, label in enumerate(labels)}
                return Block(own, found["numbers"], columns, count, refused, unmet, reason)
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise FileError(f"{name}: cannot be read: {error} (remove it, and go on with --resume)") from None

    def blocks(self) -> Iterator[Block]:
        """All that are there, in order."""
        return map(self.read, sorted(self.done()))

    def remove(self) -> None:
        """Takes the folder away, once its file is written."""
        for place in self.done():
            os.unlink(self._name(place))
        os.unlink(self._plan)
        os.rmdir(self.folder)

    def _name(self, place: int) -> str:
        return os.path.join(self.folder, f"{place:09d}.npz")


def _plain(column: Any) -> Any:
    """A column without Python objects: others than integers of 64 bits as JSON texts."""
    import numpy as np

    return column if column.dtype.kind == "i" else np.array([json.dumps(value) for value in column.tolist()], str)


def _back(column: Any) -> Any:
    import numpy as np

    if column.dtype.kind == "i":
        return column
    values = np.empty(len(column), object)
    values[:] = [json.loads(str(text)) for text in column]
    return values
