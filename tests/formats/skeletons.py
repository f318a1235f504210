"""The networks of tests/data/models: models of torchvision and timm without weights, and what is known of them."""

import csv
import gzip
import io
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "data" / "models"


class Skeleton(NamedTuple):
    """A model: its name, the library's version, its input, and what the library and PyTorch count."""

    name: str
    version: str
    input: str
    params: int
    macs: int

    @property
    def path(self):
        return FOLDER / f"{self.name.replace('/', '.')}.yaml.gz"


def skeletons():
    """What the table lists."""
    with (FOLDER / "models.csv").open(encoding="utf-8", newline="") as file:
        return [
            Skeleton(row["name"], row["version"], row["input"], int(row["params"]), int(row["macs"]))
            for row in csv.DictReader(file)
        ]


def read_skeleton(skeleton):
    """The text of its network."""
    return gzip.decompress(skeleton.path.read_bytes()).decode()


def write_skeletons(texts):
    """Writes the table and a file for each, the same bytes for the same text."""
    FOLDER.mkdir(exist_ok=True)
    for skeleton, text in texts.items():
        skeleton.path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([Skeleton._fields, *texts])
    (FOLDER / "models.csv").write_text(table.getvalue(), encoding="utf-8")
