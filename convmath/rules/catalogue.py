"""Every rule by its code, and the words by which rules are chosen.

CM1 sizes, CM2 receptive fields, CM3 transposed convolutions, CM4 cost, CM5 structure.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from ..core.errors import ParameterError, show, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .rule import Rule

FILES = {
    "CM101": "edge_unread",
    "CM102": "off_centre",
    "CM103": "same_split",
    "CM104": "same_ported",
    "CM105": "taps_on_padding",
    "CM201": "holes",
    "CM202": "gridding",
    "CM203": "unread_positions",
    "CM204": "skipping_path",
    "CM205": "misaligned",
    "CM206": "small_field",
    "CM207": "large_field",
    "CM301": "checkerboard",
    "CM302": "dead_outputs",
    "CM303": "output_padding_side",
    "CM304": "output_padding_refused",
    "CM401": "bias_before_norm",
    "CM402": "dominating_layer",
    "CM403": "uneven_channels",
    "CM404": "memory_bound_depthwise",
    "CM405": "unpaying_rank",
    "CM406": "dear_offsets",
    "CM501": "unread_output",
    "CM502": "dead_branch",
    "CM503": "duplicates",
}
"""The file of this folder that holds each rule."""


@cache
def rule(code: str) -> Rule:
    """The rule of this code; UnknownNameError if there is none.

    >>> rule("CM301").title
    'checkerboard of a transposed convolution'
    """
    if code not in FILES:
        raise unknown_name("rule", code, list(FILES))
    return import_module(f"{__package__}.{FILES[code]}").RULE  # type: ignore[no-any-return]


def usual() -> tuple[str, ...]:
    """The codes of the rules that are asked unless others are selected."""
    return tuple(code for code in FILES if rule(code).usual)


def meant(words: Iterable[str]) -> set[str]:
    """The codes that begin with one of the words; UnknownNameError for a word with which none begins.

    >>> sorted(meant(["CM301"]))
    ['CM301']
    """
    codes: set[str] = set()
    for word in words:
        found = {code for code in FILES if code.startswith(word.upper())} if word else set()
        if not found:
            raise unknown_name("rule", word, list(FILES))
        codes |= found
    return codes


def check_words(*given: str | Iterable[str]) -> None:
    """UnknownNameError for a word with which no code begins, of any that rules are chosen by; no rule is loaded.

    >>> check_words("CM3,+CM204", ["CM9"])
    Traceback (most recent call last):
    convmath.core.errors.UnknownNameError: no rule is called 'CM9'...
    """
    meant(word.removeprefix("+") for words in given for word in _words(words))


def chosen(select: str | Iterable[str] = (), ignore: str | Iterable[str] = ()) -> tuple[str, ...]:
    """The codes to ask: the usual ones or those selected, without those ignored; a word with a + adds to the usual.

    >>> chosen(["CM3", "CM101"], ignore=["CM1"])[0]
    'CM301'
    """
    words = _words(select)
    added = [word.removeprefix("+") for word in words if word.startswith("+")]
    alone = [word for word in words if not word.startswith("+")]
    codes = (meant(alone) if alone else set(usual())) | meant(added)
    left = codes - meant(_words(ignore))
    return tuple(code for code in FILES if code in left)


def _words(given: str | Iterable[str]) -> list[str]:
    words = given.split(",") if isinstance(given, str) else list(given)
    if not all(isinstance(word, str) for word in words):
        raise ParameterError(f"rules are chosen by codes such as 'CM301', not {show(words)}")
    return [word.strip() for word in words if word.strip()]
