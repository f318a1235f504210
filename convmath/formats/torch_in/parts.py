"""An operator as those it consists of: PyTorch states many by others, and these may be known where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .call import operator_name

if TYPE_CHECKING:
    from collections.abc import Sequence

STATED = frozenset({
    "rot90", "logsumexp", "var_mean", "std_mean", "addmv", "roll", "linalg_cross", "frac", "mT", "linalg_vector_norm",
})  # fmt: skip
"""Operators with kernels of their own whose definition by others, in torch._decomp, computes as much as they do."""


def parts_of(node: Any, read: Sequence[Any]) -> Any:
    """The graph of the operators that a node's operator consists of, a placeholder for each node of `read`; or None.

    Its nodes belong to the module that calls the operator.
    """
    import torch
    from torch._C import DispatchKey
    from torch._decomp import decomposition_table
    from torch._ops import OpOverload
    from torch.fx.experimental.proxy_tensor import make_fx
    from torch.fx.node import map_arg

    operator = node.target
    if not isinstance(operator, OpOverload) or operator.namespace != "aten":
        return None
    stated = decomposition_table.get(operator) if operator_name(node) in STATED else None
    if stated is None and not operator.has_kernel_for_dispatch_key(DispatchKey.CompositeImplicitAutograd):
        return None

    def run(*tensors: Any) -> Any:
        given = dict(zip(read, tensors, strict=True))

        def settled(one: Any) -> Any:
            return given.get(one, one.meta["val"])

        args, kwargs = (map_arg(words, settled) for words in (node.args, node.kwargs))
        return (stated or operator)(*args, **kwargs)

    values = [one.meta["val"] for one in read]
    if not all(isinstance(value, torch.Tensor) for value in values):
        return None
    with torch.no_grad():
        graph = make_fx(run, decomposition_table={})(*values).graph
    for part in graph.nodes:
        part.meta["nn_module_stack"] = node.meta.get("nn_module_stack")
    return graph
