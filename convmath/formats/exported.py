"""What an exporter hands out: the source or the model, and what has to be said of it."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

Text = TypeVar("Text")


class Exported(NamedTuple, Generic[Text]):
    """A network for another program; `remarks` tell what that program cannot say, or what was left out."""

    what: Text
    remarks: tuple[str, ...]
