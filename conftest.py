"""Which examples in docstrings are left out: those that want a package that is not there."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("onnx") else ["convmath/formats/onnx_out/writing.py"]
