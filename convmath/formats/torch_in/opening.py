"""Open sizes: what PyTorch's symbols stand for, and what the module's own code asks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.errors import GraphError
from ...core.size import Size, exact_div
from ...network.giving import Guard
from .guards import guards_of
from .sizes import Sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .inputs import Examples

MEND = "write a number, or keep it a size: x.shape[2] * 3 // 2 instead of int(x.shape[2] * 1.5)"


def opened(module: str, given: Sequence[tuple[Any, str]], examples: Examples) -> tuple[Sizes, list[str], list[Guard]]:
    """The sizes of a traced graph; a remark, and a guard, for sizes that the module's code would treat otherwise.

    `given` are the placeholders of its inputs with their names. GraphError where the code takes one number only.
    """
    axes = [
        (name, axis, stated, traced)
        for node, name in given
        for axis, (stated, traced) in enumerate(zip(examples.shapes[name], node.meta["val"].shape, strict=True))
        if not isinstance(stated, int)
    ]
    environments = {
        id(env): env for *_, traced in axes if not isinstance(traced, int) for env in [traced.node.shape_env]
    }
    guards = [guard for env in environments.values() for guard in guards_of(env)]
    names: dict[str, Size] = {}
    hints: dict[str, int] = {}
    for name, axis, stated, traced in axes:
        free = () if isinstance(traced, int) else tuple(traced.node.expr.free_symbols)
        if not free:
            place = next((f" ({guard.place})" for guard in guards if guard.relation.has(int(traced))), "")
            raise GraphError(
                f"{module}: axis {axis} of {name} cannot stay open as {stated}: the module's code takes"
                f" {int(traced)} for fixed{place} ({MEND}; or a multiple such as 32*h if sizes must be divisible)"
            )
        names |= _solved(stated, traced.node.expr, free)
        hints |= {symbol.name: traced.node.hint for symbol in free if traced.node.expr == symbol}
    sizes = Sizes(names)
    fixed = next((guard for guard in guards if guard.fixes(hints)), None)
    if fixed is not None:
        said = f"{fixed.told(sizes)} ({fixed.place})"
        raise GraphError(f"{module}: the module's code takes a size for fixed: {said} ({MEND})")
    told = [(guard, guard.told(sizes)) for guard in guards]
    kept = [
        Guard(proposition, said, guard.place)
        for guard, said in told for proposition in [guard.proposition(sizes)] if proposition is not None
    ]  # fmt: skip
    remarks = [
        f"Traced where {said} ({guard.place}); for other sizes the module does otherwise." for guard, said in told
    ]
    return sizes, remarks, kept


def _solved(stated: Size, expression: Any, free: tuple[Any, ...]) -> dict[str, Size]:
    """What the one symbol of a linear expression stands for, if the whole is the stated size."""
    (symbol,) = free
    zero, one = (int(expression.subs(symbol, value)) for value in (0, 1))
    return {symbol.name: exact_div(stated - zero, one - zero)}
