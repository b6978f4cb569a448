"""What a stranger relies on: files and functions of a readable length, packages that say what lives there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.sources import ROOT, name_of, parsed, python_files, text

MOST_LINES = 300  # of a file
MOST_FUNCTION_LINES = 40
MOST_COLUMNS = 110
MOST_LOOSE_MODULES = 3  # in core, beside __main__ and __init__


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_too_long():
    lengths = {name_of(path): text(path).count("\n") for path in python_files()}
    assert {name: count for name, count in lengths.items() if count > MOST_LINES} == {}


def test_no_function_is_too_long():
    lengths = {
        f"{name_of(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in python_files()
        for node in functions(path)
    }
    assert {name: count for name, count in lengths.items() if count > MOST_FUNCTION_LINES} == {}


def test_no_line_is_too_long():
    found = [
        f"{name_of(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(text(path).splitlines(), 1)
        if len(line) > MOST_COLUMNS
    ]
    assert found == []


def test_no_lambda_has_a_name():
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Lambda)
        if all(isinstance(target, ast.Name) for target in _targets(node))
    ]
    assert found == []


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def test_few_modules_of_core_are_loose():
    loose = [path.stem for path in (ROOT / "core").glob("*.py")]
    assert "execute" in loose
    assert len(set(loose) - {"__main__", "__init__"}) <= MOST_LOOSE_MODULES, loose


def test_every_package_says_what_lives_there():
    folders = {path.parent for path in python_files()}
    silent = [name_of(folder) for folder in sorted(folders) if not _docstring(folder / "__init__.py")]
    assert silent == []


def _docstring(path: Path) -> str | None:
    return ast.get_docstring(parsed(path)) if path.is_file() else None


def test_ci_checks_style_and_types_before_the_tests():
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    steps = [line for line in script.splitlines() if line.startswith("run ")]
    places = {
        word: number for number, line in enumerate(steps) for word in ("ruff", "mypy", "##*") if word in line
    }
    assert places["ruff"] < places["##*"] and places["mypy"] < places["##*"] == len(steps) - 1
    assert "set -euo pipefail" in script, "a step that fails ends it"
    listed = (ROOT / "tests" / "requirements.txt").read_text("utf-8")
    assert all(f"\n{tool}>=" in listed for tool in ("ruff", "mypy"))
