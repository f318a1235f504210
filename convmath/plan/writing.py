"""Designs written to a file: CSV, JSON or Parquet, block by block."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ..core.errors import ConvmathError, FileError, show
from ..core.files import replacing
from ..render.csv import cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import IO

    from .sweep import Block

    Write = Callable[[IO[bytes], Iterable[Block]], None]


def write_blocks(path: str, blocks: Iterable[Block]) -> None:
    """Writes the columns of blocks as the suffix of the name says; whole or not at all.

    FileError for a suffix that says nothing, or a file that cannot be written.
    """
    write = writer_for(path)
    with replacing(path) as file:
        write(file, blocks)


def writer_for(path: str) -> Write:
    """What writes a file of such a name.

    >>> writer_for("sweep.txt")
    Traceback (most recent call last):
    convmath.core.errors.FileError: 'sweep.txt' does not say in which form to write (end it in .csv, .json, .parquet)
    """
    suffix = PurePath(path).suffix.lower()
    if suffix not in WRITERS:
        raise FileError(f"{show(path)} does not say in which form to write (end it in {', '.join(WRITERS)})")
    if suffix == ".parquet":
        _parquet()
    return WRITERS[suffix]


def _csv(file: IO[bytes], blocks: Iterable[Block]) -> None:
    begun = False
    for block in blocks:
        if not begun and block.columns:
            file.write((",".join(map(cell, block.columns)) + "\n").encode())
            begun = True
        columns = [
            map(str, column.tolist()) if column.dtype.kind == "i" else map(cell, column.tolist())
            for column in block.columns.values()
        ]
        file.writelines(f"{','.join(row)}\n".encode() for row in zip(*columns, strict=True))


def _json(file: IO[bytes], blocks: Iterable[Block]) -> None:
    parting = b"["
    for block in blocks:
        for row in zip(*[column.tolist() for column in block.columns.values()], strict=True):
            file.write(
                parting + b"\n" + json.dumps(dict(zip(block.columns, row, strict=True)), ensure_ascii=False).encode()
            )
            parting = b","
    file.write(b"[]\n" if parting == b"[" else b"\n]\n")


def _to_parquet(file: IO[bytes], blocks: Iterable[Block]) -> None:
    arrow, parquet = _parquet()
    writer = None
    try:
        for block in blocks:
            if not block.columns:
                continue
            table = arrow.table({name: _of_arrow(column) for name, column in block.columns.items()})
            writer = writer or parquet.ParquetWriter(file, table.schema)
            writer.write_table(table)
    except arrow.ArrowException as error:
        raise FileError(f"Parquet cannot hold the columns: {error} (write .csv or .json)") from None
    finally:
        if writer is not None:
            writer.close()


def _of_arrow(column: Any) -> Any:
    """Integers beyond 64 bits as text, which nothing rounds."""
    values = column.tolist()
    return column if column.dtype.kind == "i" else [value if type(value) is not int else str(value) for value in values]


def _parquet() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise ConvmathError("Parquet files want pyarrow (pip install 'convmath[parquet]'; or write .csv)") from None
    return pa, parquet


WRITERS: dict[str, Write] = {".csv": _csv, ".json": _json, ".parquet": _to_parquet}
"""What writes a file, by the suffix of its name."""
