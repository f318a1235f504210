"""Matrix products, attention, recurrent layers, embeddings."""

from __future__ import annotations

from itertools import chain
from string import ascii_letters
from typing import TYPE_CHECKING, Any

from ....core.shape import Shape
from ....layers import layer_type
from ....layers.attention import ScaledDotProductAttention
from ....layers.axes import Squeeze, Unsqueeze
from ....layers.einsum import Einsum
from ....layers.linear import Linear
from ....layers.lookup import Embedding
from ....layers.matmul import MatMul
from ....layers.merge import Add
from ..call import NotReadError

if TYPE_CHECKING:
    from ..call import Call, Value


def linear(call: Call) -> Value:
    """The fully connected layer."""
    weight, bias = call.weight("weight"), call.weight("bias")
    assert weight is not None
    outputs, inputs = weight.shape
    return call.add(Linear(inputs, outputs, bias is not None), call["input"], weights=(weight, bias))


def matmul(first: str, second: str) -> Any:
    """The product of two matrices, or of a matrix and a vector."""

    def read(call: Call) -> Value:
        x, y = call[first], call[second]
        row, column = len(call.shape(x)) == 1, len(call.shape(y)) == 1
        made = call.add(MatMul(), call.add(Unsqueeze(0), x) if row else x, call.add(Unsqueeze(-1), y) if column else y)
        gone = (*([-2] if row and not column else []), *([-1] if column else []), *([-2] if row and column else []))
        return call.add(Squeeze(gone), made) if gone else made

    return read


def added_product(first: str, second: str) -> Any:
    """A product with something added."""

    def read(call: Call) -> Value:
        if (call.get("alpha", 1), call.get("beta", 1)) != (1, 1):
            raise NotReadError("it scales what it adds")
        layer = _as_linear(call, second)
        return call.add(Add(), call["self"], call.add(MatMul(), call[first], call[second])) if layer is None else layer

    return read


def _as_linear(call: Call, second: str) -> Value | None:
    """The linear layer that it is, if its matrix and what it adds are stored arrays."""
    try:
        matrix, bias = call.weight(second), call.weight("self")
    except NotReadError:
        return None
    assert matrix is not None
    assert bias is not None
    if len(matrix.shape) != 2 or len(bias.shape) != 1 or not matrix.stored or not bias.stored:
        return None
    inputs, outputs = matrix.shape
    turned = matrix._replace(shape=Shape((outputs, inputs)), computed=False)
    return call.add(Linear(inputs, outputs), call["mat1"], weights=(turned, bias))


def einsum(call: Call) -> Value:
    """A sum of products by letters; an ellipsis gets letters of its own."""
    values = call["tensors"]
    before, _, after = call["equation"].replace(" ", "").partition("->")
    words = before.split(",")
    spare = iter(letter for letter in ascii_letters if letter not in call["equation"])
    pairs = list(zip(words, values, strict=True))
    axes = max((len(call.shape(value)) - len(word) + 3 for word, value in pairs if "." in word), default=0)
    letters = "".join(next(spare) for _ in range(axes))

    def written(word: str, value: Value) -> str:
        own = len(call.shape(value)) - len(word) + 3
        return word.replace("...", letters[axes - own :] if "." in word else "")

    words = [written(word, value) for word, value in pairs]
    if "->" not in call["equation"]:
        every = "".join(words)
        after = letters + "".join(sorted(letter for letter in set(every) - set(letters) if every.count(letter) == 1))
    equation = f"{','.join(words)}->{after.replace('...', letters)}"
    return call.add(Einsum(equation), *values)


def attention(call: Call) -> Value:
    """softmax(q·kᵀ)·v, with a mask if there is one."""
    if call["enable_gqa"]:
        raise NotReadError("queries share keys")
    mask = [call["attn_mask"]] if "attn_mask" in call else []
    layer = ScaledDotProductAttention(is_causal=call["is_causal"], scale=call["scale"])
    return call.add(layer, call["query"], call["key"], call["value"], *mask)


def recurrent(op: str, **fields: Any) -> Any:
    """A recurrent layer: its sizes are those of its first arrays; states that begin as constants are left out."""

    def read(call: Call) -> Value:
        arrays = call.weights("params")
        each = 4 if call["has_biases"] else 2
        directions = 2 if call["bidirectional"] else 1
        projected = (len(arrays) // (call["num_layers"] * directions)) % each
        layer_class = layer_type(op)
        hidden = arrays[0].shape[0] // layer_class.gates  # type: ignore[attr-defined]
        layer = layer_class(
            arrays[0].shape[1], hidden, call["num_layers"], bias=call["has_biases"], batch_first=call["batch_first"],
            bidirectional=call["bidirectional"], dropout=call["dropout"], **fields,
            **({"proj_size": arrays[1].shape[1]} if projected else {}),
        )  # fmt: skip
        begin = call["hx"] if not call.is_constant("hx") else []
        states = begin if isinstance(begin, list) else [begin]
        return call.add(layer, call["input"], *states, weights=tuple(chain(arrays)))

    return read


def embedding(call: Call) -> Value:
    """A trained vector for each number."""
    weight = call.weight("weight")
    assert weight is not None
    return call.add(Embedding(*weight.shape), call["indices"], weights=(weight,))


OPERATORS = {
    "linear": linear,
    **dict.fromkeys(("matmul", "__matmul__"), matmul("self", "other")),
    **dict.fromkeys(("mm", "bmm"), matmul("self", "mat2")),
    "mv": matmul("self", "vec"),
    "addmm": added_product("mat1", "mat2"),
    "baddbmm": added_product("batch1", "batch2"),
    "einsum": einsum,
    "scaled_dot_product_attention": attention,
    "lstm": recurrent("LSTM"),
    "gru": recurrent("GRU"),
    "rnn_tanh": recurrent("RNN"),
    "rnn_relu": recurrent("RNN", nonlinearity="relu"),
    "embedding": embedding,
}
