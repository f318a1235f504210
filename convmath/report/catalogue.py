"""The layer types as tables: all of them, or one in full."""

from __future__ import annotations

from inspect import cleandoc

from ..layers import FILE_OF, layer_type
from ..layers.field import REQUIRED
from ..render.table import Heading, Table


def layer_table() -> Table:
    """Every layer type and what it is; the ranks of a family share a line.

    >>> layer_table().rows[0][0]
    'Conv1d, Conv2d, Conv3d'
    """
    families: dict[tuple[str, str], list[str]] = {}
    for name in FILE_OF:
        written = layer_type(name).signature().removeprefix(name)
        families.setdefault((_meaning(name), written), []).append(name)
    rows = tuple((", ".join(names), meaning) for (meaning, _), names in families.items())
    return Table(
        "Layer types", (Heading("types"), Heading("what they are")), rows,
        notes=("convmath layers NAME tells one of them in full.",),
    )  # fmt: skip


def one_layer_table(name: str) -> Table:
    """The arguments of one type, under its documentation.

    >>> one_layer_table("PixelShuffle").rows
    (('upscale_factor', 'required', "the block's side r", 'an integer from 1 to 10^18'),)
    """
    cls = layer_type(name)
    rank = str(cls.rank or "n")
    rows = tuple(
        (
            field.name,
            "required" if field.default is REQUIRED else repr(field.default),
            field.meaning,
            field.expects.replace("{rank}", rank),
        )
        for field in cls.fields.values()
    )
    headings = (Heading("argument"), Heading("default"), Heading("meaning"), Heading("accepts"))
    return Table(name, headings, rows, notes=tuple(documentation(name).splitlines()))


def documentation(name: str) -> str:
    """The docstring of the type, or of the family it belongs to, without its examples."""
    cls = layer_type(name)
    text = next(doc for base in cls.__mro__ if (doc := base.__doc__) and "Source:" in doc)
    paragraphs = cleandoc(text).split("\n\n")
    return "\n\n".join(paragraph for paragraph in paragraphs if not paragraph.startswith(">>>"))


def _meaning(name: str) -> str:
    first = documentation(name).split("\n\n")[0].replace("\n", " ")
    return first.partition(": ")[0].partition(". ")[0].rstrip(".")
