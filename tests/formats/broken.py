"""The table of broken specifications: `== name`, the file, `--`, and what is told of it."""

import re
from pathlib import Path

SPECS = Path(__file__).parents[1] / "data" / "specs"


def read_table() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Each broken specification by its name, with every fault as `line:column: message`."""
    table = (SPECS / "broken.txt").read_text(encoding="utf-8")
    entries = re.findall(r"^== (.+)\n((?:.*\n)*?)--\n((?:\d+:.*\n)+)", table, re.MULTILINE)
    return {name: (text, tuple(faults.splitlines())) for name, text, faults in entries}


BROKEN = read_table()
