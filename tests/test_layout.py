"""The floors of ARCHITECTURE.md: imports point down only, and each floor keeps to its third-party packages."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "convmath"

FLOORS = {
    "core": 0,
    "layers": 1,
    "render": 1,
    "symbolic": 1,
    "report": 2,
    "formulas": 2,
    "bridge": 2,
    "network": 3,
    "resources": 3,
    "sheet": 3,
    "zoo": 4,
    "numeric": 4,
    "formats": 4,
    "verification": 5,
    "rules": 5,
    "ci": 6,
    "plan": 7,
    "cli": 8,
}

THIRD_PARTY = {
    "render": {"graphviz", "matplotlib", "rich"},
    "symbolic": {"numpy", "sympy"},
    "network": {"networkx"},
    "numeric": {"numpy", "scipy"},
    "verification": {"numpy"},
    "sheet": {"typst"},
    "formats": {"yaml"},
    "ci": {"pytest"},
    "plan": {"distributed", "numpy", "pyarrow"},
    "cli": {"click"},
}

INSIDE = {
    "verification/peers": {"torch", "onnx", "onnxruntime"},
    "formats/torch_in": {"torch"},
    "formats/onnx_in": {"numpy", "onnx"},
    "formats/onnx_out": {"numpy", "onnx"},
}
"""What only this folder imports, and when it is asked for."""

FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imported(path: Path) -> list[str]:
    """Absolute names of all that a file imports, at any depth of it."""
    package = ["convmath", *path.relative_to(PACKAGE).parts[:-1]]
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names += [module] if node.module else [f"{module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    room = room_of(path)
    if not room:
        return  # the front door and __main__ may name every room
    within = {parent.as_posix() for parent in path.relative_to(PACKAGE).parents}
    for name in imported(path):
        if name.startswith("convmath."):
            other = name.split(".")[1]
            if other in FLOORS:
                assert other == room or FLOORS[other] < FLOORS[room], f"{room} imports {other}"
        elif name.split(".")[0] not in sys.stdlib_module_names and name != "convmath":
            allowed = THIRD_PARTY.get(room, set()).union(*(INSIDE[folder] for folder in INSIDE if folder in within))
            assert name.split(".")[0] in allowed, f"{room} imports {name}"


def test_every_room_has_a_floor():
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms == set(FLOORS)


def test_top_level_folders():
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert folders - {"__pycache__"} == {"convmath", "tests", "examples"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_one_thing(path):
    assert path.read_text(encoding="utf-8").count("\n") <= 350
