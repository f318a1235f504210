"""No file of the package executes text: what every input file and argument relies on."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "convmath"

FILES = sorted(PACKAGE.rglob("*.py"))

FUNCTIONS = {"eval", "exec", "compile", "__import__", "sympify", "parse_expr", "lambdify", "breakpoint"}

MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "code", "codeop", "pty"}

STARTS = {f"{start}{end}" for start in ("exec", "spawn") for end in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe")}

LOADS = {f"{kind}load{end}" for kind in ("", "full_", "unsafe_") for end in ("", "_all")}

ATTRIBUTES = {
    "os": {"system", "popen", "startfile", "posix_spawn"} | STARTS,
    "yaml": {"Loader", "UnsafeLoader", "FullLoader", "CLoader"} | LOADS,
    "sympy": {"S"},
    "builtins": FUNCTIONS,
    "subprocess": {"getoutput", "getstatusoutput"},
}


def dangers(text):
    """Everything in a source text that runs other text, loads objects, or starts a shell."""
    found = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id=name) if name in FUNCTIONS:
                found.append(name)
            case ast.Import(names=names):
                found += [alias.name for alias in names if alias.name.partition(".")[0] in MODULES]
            case ast.ImportFrom(module=str(module), names=names, level=0):
                banned = FUNCTIONS | ATTRIBUTES.get(module, set())
                found += [module] * (module.partition(".")[0] in MODULES)
                found += [alias.name for alias in names if alias.name in banned]
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if name in ATTRIBUTES.get(owner, set()):
                found.append(f"{owner}.{name}")
            case ast.Attribute(attr="sympify" | "parse_expr" | "lambdify" as name):
                found.append(name)
            case ast.keyword(arg="shell", value=ast.Constant(value=value)) if value:
                found.append("shell=True")
            case ast.keyword(arg="weights_only", value=ast.Constant(value=False)):
                found.append("weights_only=False")
    return found


def test_the_package_is_found():
    assert PACKAGE / "layers" / "parse.py" in FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_executes_text(path):
    assert dangers(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("eval('1')", "eval"),
        ("f = eval", "eval"),
        ("exec('x = 1')", "exec"),
        ("compile(text, 'x', 'eval')", "compile"),
        ("__import__('os')", "__import__"),
        ("import pickle", "pickle"),
        ("from pickle import loads", "pickle"),
        ("import joblib.numpy_pickle", "joblib.numpy_pickle"),
        ("import yaml\nyaml.load(text)", "yaml.load"),
        ("from yaml import unsafe_load", "unsafe_load"),
        ("yaml.load(text, Loader=yaml.Loader)", "yaml.load"),
        ("import os\nos.system('ls')", "os.system"),
        ("from os import system", "system"),
        ("os.execvp('ls', [])", "os.execvp"),
        ("subprocess.run('ls', shell=True)", "shell=True"),
        ("sympy.sympify('x')", "sympify"),
        ("from sympy import sympify", "sympify"),
        ("from sympy.parsing.sympy_parser import parse_expr", "parse_expr"),
        ("sympy.S('x')", "sympy.S"),
        ("import builtins\nbuiltins.eval('1')", "builtins.eval"),
        ("torch.load(path, weights_only=False)", "weights_only=False"),
    ],
)
def test_the_search_finds_what_it_looks_for(text, danger):
    assert danger in dangers(text)


HARMLESS = ("re.compile('x')", "ast.parse(text)", "model.eval()", "yaml.parse(text)", "os.replace(a, b)")


@pytest.mark.parametrize("text", HARMLESS)
def test_the_search_finds_nothing_else(text):
    assert dangers(text) == []
