"""The layer types as tables: all of them, or one in full."""

from __future__ import annotations

from inspect import cleandoc

from ..layers import FILE_OF, layer_type
from ..layers.field import REQUIRED
from ..render.table import Heading, Table


def layer_table() -> Table:
    """Every layer type, how it is written and what it is.

    >>> layer_table().rows[1][0]
    'Conv2d'
    """
    rows = tuple((name, _meaning(name), layer_type(name).signature()) for name in FILE_OF)
    return Table("Layer types", (Heading("type"), Heading("what it is"), Heading("how it is written")), rows)


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
    return first.partition(":")[0].partition(". ")[0].rstrip(".")
