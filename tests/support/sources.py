"""The project's own Python files, read as source: for the tests that hold the code to its rules."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOPS = ("core", "app", "tests")


@functools.cache
def python_files(*tops: str) -> tuple[Path, ...]:
    """Every Python file of the top folders (all by default)."""
    return tuple(path for top in tops or TOPS for path in sorted((ROOT / top).rglob("*.py")))


@functools.cache
def text(path: Path) -> str:
    """A file's source."""
    return path.read_text("utf-8")


@functools.cache
def parsed(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(text(path))


def name_of(path: Path) -> str:
    """A file as it is named in a list of offenders."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def modules() -> dict[str, Path]:
    """Dotted name → path, of every module in core and app."""
    found = {}
    for path in python_files("core", "app"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def tree(module: str) -> ast.Module:
    """A module's syntax tree."""
    return parsed(modules()[module])


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when the module is imported: no bodies of functions, nothing for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or for_types_only(child):
            continue
        yield child
        yield from at_import(child)


def for_types_only(node: ast.AST) -> bool:
    """Whether it is an `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def ever(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that may run at any time: all but what is for the type checker only."""
    for child in ast.iter_child_nodes(node):
        if not for_types_only(child):
            yield child
            yield from ever(child)


def _imported(node: ast.AST, module: str) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{module}: imports are absolute in this project"
        parts = {f"{node.module}.{alias.name}" for alias in node.names}
        found = parts & set(modules())
        return found if found == parts else found | {str(node.module)}
    return set()


@functools.cache
def named(module: str, late: bool = True) -> frozenset[str]:
    """The modules that a module names in its imports; `late` counts imports inside functions too."""
    nodes = (ever if late else at_import)(tree(module))
    return frozenset(name for node in nodes for name in _imported(node, module))


@functools.cache
def imports(module: str, late: bool) -> frozenset[str]:
    """All that importing what a module names runs: importing a.b.c runs a and a.b too."""
    return frozenset(
        ".".join(name.split(".")[:count])
        for name in named(module, late)
        for count in range(1, name.count(".") + 2)
    )


@functools.cache
def reached(module: str, late: bool) -> frozenset[str]:
    """Everything a module imports, through the modules of this project."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        new = imports(waiting.pop(), late) - found
        found |= new
        waiting += [name for name in new if name in modules()]
    return frozenset(found)


def within(prefix: str) -> list[str]:
    """A package and all modules in it, or a module."""
    return [name for name in modules() if name == prefix or name.startswith(prefix + ".")]
