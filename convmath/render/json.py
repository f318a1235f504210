"""Plain data as JSON, one layer or row a line, so that a diff shows which one changed."""

from __future__ import annotations

import json
from typing import Any


def render(data: dict[str, Any]) -> str:
    """The data as JSON text in plain ASCII; integers keep every digit.

    >>> print(render({"macs": 4089184256, "layers": [{"name": "c1"}, {"name": "c2"}]}))
    {
      "macs": 4089184256,
      "layers": [
        {"name": "c1"},
        {"name": "c2"}
      ]
    }
    """
    return "{\n" + ",\n".join(f"  {_dump(key)}: {_value(value)}" for key, value in data.items()) + "\n}"


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n    " + ",\n    ".join(_dump(item) for item in value) + "\n  ]"
    return _dump(value)


def _dump(value: Any) -> str:
    return json.dumps(value)
