"""What training keeps besides all that is told, as nobody knows how much: whose it is, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS = {
    "computed": "what computing the weights keeps of {}",
    "idle": "what training does in {}, of which nothing is seen when the network predicts",
}
"""What it is that is not known of layers and modules, by a word for each."""

MOST_NAMED = 4


def sentences(untold: Mapping[str, str]) -> tuple[str, ...]:
    """A sentence for each reason, with the names that it is told of.

    >>> sentences({"stem.conv1": "computed"})
    ('Kept besides, and not told: what computing the weights keeps of stem.conv1.',)
    """
    named = {word: [name for name, why in untold.items() if why == word] for word in REASONS}
    return tuple(
        f"Kept besides, and not told: {REASONS[word].format(_listed(some))}." for word, some in named.items() if some
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
