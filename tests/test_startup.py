"""What is not imported: start-up stays short because heavy packages wait until they are asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"numpy", "scipy", "sympy", "networkx", "graphviz", "rich", "yaml"}


def loaded_by(*words: str) -> set[str]:
    """The top-level modules that a run of the command line has loaded when it ends."""
    code = (
        "import sys; sys.argv[0] = 'convmath'\n"
        "from convmath.cli.main import main\n"
        "code = main()\n"
        "sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))\n"
        "sys.exit(code)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=ROOT, check=True, encoding="utf-8"
    )
    assert run.stdout
    return set(run.stderr.split())


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("analyze", "resnet50"),
        ("analyze", "resnet50", "--input", "1x3xHxW"),
        ("layer", "Conv2d(3, 8, 3)", "--input", "1x3x9x9"),
        ("formula", "ConvTranspose2d"),
        ("solve", "unet"),
    ],
    ids=" ".join,
)
def test_no_heavy_package_is_loaded(words):
    assert not loaded_by(*words) & HEAVY


def test_help_loads_no_click():
    assert "click" not in loaded_by("--help")


def test_importing_the_package_loads_no_room():
    code = "import sys, convmath; print(*(name for name in sys.modules if name.startswith('convmath.')))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.split() == []


def test_public_names_are_no_rooms():
    """Importing a room sets its name on the package, which must not hide what the package offers by that name."""
    code = (
        "import importlib, pkgutil, convmath\n"
        "for room in pkgutil.iter_modules(convmath.__path__):\n"
        "    room.name.startswith('__') or importlib.import_module(f'convmath.{room.name}')\n"
        "wrong = [name for name, home in convmath._HOMES.items() if getattr(convmath, name) is not "
        "getattr(importlib.import_module(f'convmath.{home}'), name)]\n"
        "print(wrong)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout.strip() == "[]"
