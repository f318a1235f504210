"""PyTorch in: a module becomes a network by way of torch.export, and nothing it holds is copied, run or changed.

    inputs      shapes, texts and tensors to what the module is exported with
    exporting   the module to a graph of ATen operators; a copy of it shares its arrays, and runs on fake tensors
    graph       the graph to steps: a layer, what it reads, the arrays it holds
    call        one operator's call, as the functions in operators/ read it
    operators/  which layer type an operator is
    parts       an operator as those it consists of
    sizes       PyTorch's symbolic sizes to ours
    opening     what its symbols stand for
    guards      what the module's own code asks of open sizes
    arrays      which step counts an array; what no step uses
    naming      the module's path to the name of a layer
    code        module:callable, for the command line

The graph is the one before decomposition. There a convolution is still one operator with a stride, a padding and
groups, attention is one, and a pooling to a stated size is one. Core ATen, which comes after, writes attention as
fourteen operators and a hard-swish as six, pools to whole numbers of the traced size, and so forgets what holds for
other sizes.
"""
