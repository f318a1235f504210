"""Networks run by PyTorch, layer by layer, so that autograd takes their gradients."""

from __future__ import annotations

import pytest

from tests.torch.test_against_torch import torch_arguments

torch = pytest.importorskip("torch")

JOINS = {
    "Add": lambda layer, xs: sum(xs),
    "Subtract": lambda layer, xs: xs[0] - sum(xs[1:]),
    "Multiply": lambda layer, xs: torch.stack(torch.broadcast_tensors(*xs)).prod(0),
    "Concat": lambda layer, xs: torch.cat(xs, layer.dim),
    "Chunk": lambda layer, xs: xs[0].chunk(layer.chunks, layer.dim),
    "GlobalAvgPool": lambda layer, xs: xs[0].mean(tuple(range(2, xs[0].dim())), keepdim=True),
}


def cropped(layer, xs):
    sides = [-side for pads in reversed(layer.cropping) for side in pads]
    return torch.nn.functional.pad(xs[0], sides)


def runs(net):
    """Whether PyTorch has every layer of the network."""
    return all(
        layer is None
        or layer.op in JOINS
        or layer.op.startswith("Cropping")
        or (hasattr(torch.nn, layer.op) and torch_arguments(layer) is not None)
        for _, layer, _, _ in net.nodes
    )


def run(net, xs, weights):
    """The network's last output for tensors by the inputs' names, with weights by theirs."""
    values = {}
    for index, (name, layer, refs, _) in enumerate(net.nodes):
        if layer is None:
            values[index] = (xs[name],)
            continue
        read = [values[ref.node][ref.output] for ref in refs]
        if layer.op in JOINS:
            made = JOINS[layer.op](layer, read)
        elif layer.op.startswith("Cropping"):
            made = cropped(layer, read)
        else:
            module = getattr(torch.nn, layer.op)(**torch_arguments(layer)).to(read[0].dtype).eval()
            own = {own: weights[f"{name}.{own}"] for own in (*layer.weights(), *layer.buffers())}
            made = torch.func.functional_call(module, own, (read[0],))
        values[index] = made if isinstance(made, tuple) else (made,)
    last = net.outputs[-1]
    return values[last.node][last.output]
