"""What a module's own code asks of open sizes, where it branches on them or makes numbers of them.

PyTorch notes each such question, with its answer for the sizes that it traces, as a guard. What its operators ask is
left to our layers' own conditions.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.errors import GraphError, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...symbolic.proposition import Proposition
    from .sizes import Sizes

FAR = 151_200
"""How much larger a size is tried: a multiple of 2⁵, 3³, 5² and 7, so that what must be divisible still is."""

SIGNS = {
    "Equality": "=", "Unequality": "≠", "LessThan": "≤", "GreaterThan": "≥", "StrictLessThan": "<",
    "StrictGreaterThan": ">",
}  # fmt: skip
"""What SymPy calls relations."""


class Guard(NamedTuple):
    """A relation that the traced sizes are in, and the line of the module's code that asks."""

    relation: Any
    place: str

    def fixes(self, traced: Mapping[str, int]) -> bool:
        """Whether it holds for the traced sizes alone: an equation that larger ones do not solve."""
        if type(self.relation).__name__ != "Equality":
            return False
        names = sorted(self.relation.free_symbols, key=str)
        far = {one: traced.get(one.name, 0) + FAR * (place + 1) for place, one in enumerate(names)}
        return not bool(self.relation.subs(far))

    def proposition(self, sizes: Sizes) -> Proposition | None:
        """The relation as one of the user's sizes; None where it cannot be said so, or holds for all of them."""
        from ...symbolic.proposition import Proposition

        sign = SIGNS.get(type(self.relation).__name__, "")
        try:
            left, right = (sizes.read(side) for side in self.relation.args) if sign else (0, 0)
        except GraphError:
            return None
        pairs = {
            "=": (left, "=", right), "≤": (right, "≥", left), "≥": (left, "≥", right), "<": (right, "≥", left + 1),
            ">": (left, "≥", right + 1),
        }  # fmt: skip
        if sign == "≠":  # a square is 1 at least but for 0; a remainder is so by itself
            pairs["≠"] = (left if self._is_remainder and right == 0 else (left - right) * (left - right), "≥", 1)
        found = Proposition(*pairs[sign]).decided() if sign in pairs else None
        return found if isinstance(found, Proposition) else None

    @property
    def _is_remainder(self) -> bool:
        return type(self.relation.args[0]).__name__ in {"Mod", "PythonMod"}

    def told(self, sizes: Sizes) -> str:
        """The relation in the user's sizes."""
        kind = type(self.relation).__name__
        if kind not in SIGNS:
            return sizes.told(self.relation)
        left, right = self.relation.args
        if self._is_remainder:
            part, whole = map(sizes.told, reversed(left.args))
            if kind in {"Equality", "Unequality"} and right == 0:
                return f"{whole} is {'no' if kind == 'Unequality' else 'a'} multiple of {part}"
            return f"{whole} mod {part} {SIGNS[kind]} {sizes.told(right)}"
        return f"{sizes.told(left)} {SIGNS[kind]} {sizes.told(right)}"


def guards_of(environment: Any) -> Iterator[Guard]:
    """What the module's own code asks, each question once; `environment` is the ShapeEnv of any traced size."""
    import torch

    own = str(Path(torch.__file__).parent)
    stated = {one: size for one, size in environment.replacements.items() if size.free_symbols}
    seen = set()
    for guard in environment.guards:
        frame = guard.sloc.framework_loc
        if frame is None or isinstance(frame, str) or frame.filename.startswith(own):
            continue
        place = show(f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}", 80)[1:-1]
        relation = guard.expr.xreplace(stated)
        if relation.free_symbols and (relation, place) not in seen:
            seen.add((relation, place))
            yield Guard(relation, place)
