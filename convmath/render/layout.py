"""A drawing as a picture: DOT text, laid out as SVG, PNG or PDF by Graphviz, which is a program of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from typing import TYPE_CHECKING

from ..core.errors import ConvmathError, NoGraphvizError, ParameterError, ParseError, show, unknown_name
from . import dot
from .table import printable

if TYPE_CHECKING:
    from .drawing import Drawing

FORMS = ("dot", "svg", "png", "pdf")

SUFFIXES = {".dot": "dot", ".gv": "dot", ".svg": "svg", ".png": "png", ".pdf": "pdf"}
"""The form that a file's name asks for."""

SECONDS = 60.0
"""How long a layout may take unless it is given more time."""

LONGEST = 86_400
"""How much time it can be given."""

PROGRAMS = ("dot", "graphviz-pure")
"""The system's Graphviz, and the one that pip installs."""

OPTIONS = {"svg": (), "png": ("-Gdpi=192",), "pdf": ()}

FAMILY = (
    "Arial,Helvetica,Liberation Sans,Arimo,Nimbus Sans,"
    "Noto Sans CJK JP,Noto Sans JP,Hiragino Sans,Yu Gothic,Meiryo,Microsoft YaHei,Malgun Gothic,sans-serif"
)
"""Fonts whose letters are as wide as Arial's, then those that have what these have not."""

HOW_TO_GET = "install Graphviz from graphviz.org, or pip install 'convmath[graphviz]'"


def form_of(path: str) -> str:
    """The form that a file's name asks for; ParseError if it asks for none.

    >>> form_of("net.svg")
    'svg'
    """
    for suffix, form in SUFFIXES.items():
        if path.lower().endswith(suffix):
            return form
    raise ParseError(f"{show(path)} does not say which form the picture is to have (end it in {', '.join(SUFFIXES)})")


def picture(drawing: Drawing, form: str, seconds: float = SECONDS) -> bytes:
    """The drawing as the bytes of a file of this form; errors as of `lay_out`.

    >>> from convmath.render.drawing import Box, Drawing
    >>> picture(Drawing("tiny", (), (Box(("a",)),), ()), "dot").split()[:2]
    [b'digraph', b'network']
    """
    if form not in FORMS:
        raise unknown_name("form of a picture", form, list(FORMS))
    text = dot.render(drawing)
    return text.encode() if form == "dot" else lay_out(text, form, seconds)


def lay_out(text: str, form: str, seconds: float = SECONDS) -> bytes:
    """DOT text as the bytes of a picture.

    SVG comes without comments and without a document type, so that it can stand inside a page. Raises
    NoGraphvizError if no Graphviz is installed that makes this form, ConvmathError if it takes longer than `seconds`.
    """
    if not 0 < seconds <= LONGEST:
        raise ParameterError(f"seconds must be a number above 0 and at most {LONGEST}, not {show(seconds)}")
    program = find_program(form)
    try:
        run = subprocess.run(  # noqa: S603 (a program of a fixed name; names from files stand in its input only)
            [program, f"-T{form}", *OPTIONS[form]], input=text.encode(), capture_output=True, timeout=seconds,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ConvmathError(
            f"Graphviz did not lay the picture out in {seconds:g} s (a smaller depth or limit folds it; seconds="
            " gives it more time)"
        ) from None
    except OSError as error:
        raise ConvmathError(f"{program}: cannot be run: {error.strerror}") from None
    if run.returncode or not run.stdout:
        said = run.stderr.decode(errors="replace").strip().splitlines()
        raise ConvmathError(f"{program} failed: {printable(said[-1] if said else f'exit code {run.returncode}')}")
    return _bare(run.stdout.decode()).encode() if form == "svg" else run.stdout


def find_program(form: str) -> str:
    """The path of the program that makes this form; NoGraphvizError, which says how to get one."""
    found = [path for path in map(_which, PROGRAMS) if path]
    if not found:
        raise NoGraphvizError(f"a picture needs Graphviz ({HOW_TO_GET})")
    if form == "pdf" and not _which(PROGRAMS[0]):
        raise NoGraphvizError(
            "a PDF needs Graphviz's own dot, graphviz-pure makes svg and png (install Graphviz from graphviz.org)"
        )
    return found[0]


def _which(program: str) -> str | None:
    # What pip installs lies beside the interpreter, also where its environment is not activated.
    return shutil.which(program) or shutil.which(program, path=sysconfig.get_path("scripts") or os.defpath)


def _bare(svg: str) -> str:
    """The <svg> element alone: the comments name Graphviz's version, the document type an address.

    Its texts ask for any font that is as wide as the one that the boxes are made for.
    """
    bare = re.sub(r"<!--.*?-->\n?", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    return re.sub(rf'font-family="{dot.FONT}[^"]*"', f'font-family="{FAMILY}"', bare)
