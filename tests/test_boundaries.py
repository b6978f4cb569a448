"""Imports run one way, and what measures a painter never reaches it. Read from the source itself."""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TORCH = {"torch", "torchvision", "open_clip", "taming", "diffusers", "transformers"}
# What the server, the checks of figures or `--help` import: none of it may load torch.
TORCH_FREE = [
    *("app", "core.errors", "core.settings", "core.frame", "core.images", "core.words", "core.store", "core.verdict"),
    *("core.figures", "core.exports", "core.metadata", "core.realism", "core.world", "core.packs.manifest", "core.supervisor", "core.__main__"),
]
# Who must never import whom, directly or through others, not even inside a function.
FORBIDDEN = [
    (["core"], {"app", "streamlit"}),
    (["core.errors", "core.settings", "core.frame", "core.words"], {"numba", "sqlite3", "core.images"}),
    (["core.canvas", "core.cutouts", "core.models"], {"core.judge", "core.packs", "core.painters", "core.store"}),
    (["core.world"], {"core.judge", "core.models", "core.packs", "core.painters", "core.store"}),
    (["core.judge"], {"core.realism", "core.packs", "core.painters", "core.store", "core.runs"}),
    (["core.realism"], {"core.judge", "core.packs", "core.painters", "core.store", "core.runs"}),
    (["core.painters"], {"core.realism", "core.gaming", "core.statistics", "core.store", "core.packs", "core.runs", "core.verdict", "sqlite3"}),
    (["core.packs"], {"core.painters", "core.store", "core.runs"}),
    (["core.store"], {"core.painters", "core.models", "core.judge", "core.runs"}),
    (["app.charts"], {"streamlit"}),
]


@functools.cache
def sources():
    """Module name → path, of every Python file in core and app."""
    found = {}
    for path in [*ROOT.glob("core/**/*.py"), *ROOT.glob("app/**/*.py")]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def tree(module):
    return ast.parse(sources()[module].read_text("utf-8"))


def at_import(node):
    """Nodes that run when the module is imported: everything but the bodies of functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from at_import(child)


@functools.cache
def imports(module, lazy):
    """Names that a module imports; `lazy` counts imports inside functions too."""
    names = set()
    for node in ast.walk(tree(module)) if lazy else at_import(tree(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute in this project"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    # importing a.b.c runs a and a.b too
    return {".".join(name.split(".")[:n]) for name in names for n in range(1, name.count(".") + 2)}


@functools.cache
def reached(module, lazy):
    """Everything a module imports, through the modules of this project."""
    found, waiting = set(), [module]
    while waiting:
        new = imports(waiting.pop(), lazy) - found
        found |= new
        waiting += [name for name in new if name in sources()]
    return found


def within(prefix):
    return [name for name in sources() if name == prefix or name.startswith(prefix + ".")]


RULES = [(prefix, names) for prefixes, names in FORBIDDEN for prefix in prefixes]


@pytest.mark.parametrize(("prefix", "forbidden"), RULES, ids=[prefix for prefix, _ in RULES])
def test_imports_run_one_way(prefix, forbidden):
    for module in within(prefix):
        wrong = reached(module, lazy=True) & forbidden
        assert not wrong, f"{module} reaches {sorted(wrong)}"


@pytest.mark.parametrize("prefix", TORCH_FREE)
def test_importing_the_server_side_loads_no_torch(prefix):
    for module in within(prefix):
        wrong = reached(module, lazy=False) & TORCH
        assert not wrong, f"{module} loads {sorted(wrong)}"


def test_the_reader_of_imports_sees_what_is_there():
    assert "torch" in reached("core.painters.pixels", lazy=False)
    assert "core.clamp" in reached("core.painters.pixels", lazy=False)  # through core.canvas
    assert "torch" in reached("core.images", lazy=True) - reached("core.images", lazy=False)


def test_no_module_needs_itself():
    for module in sources():
        through = {name for name in reached(module, lazy=False) if name in sources() and name != module}
        # a package is named by whatever imports its modules; only real needs count
        wrong = [name for name in through if module in imports(name, False) and not name.startswith(module + ".")]
        wrong = [name for name in wrong if not any(m.startswith(module + ".") for m in imports(name, False))]
        assert not wrong, f"{module} and {wrong} import each other"


@pytest.mark.parametrize("module", [*within("core.painters"), *within("core.judge"), "core.models.painter_models"])
def test_painters_never_mention_the_heldout_judge_or_realism(module):
    for node in ast.walk(tree(module)):
        name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
        assert name not in {"heldout", "realism"}, f"{module} uses {name} in line {node.lineno}"


# The one exception, on purpose: in the gaming lab a painter climbs the realism proxy to show that a metric that is
# optimised stops being a metric. It never imports it: a pack makes the loss and hands it over as PainterModels.proxy,
# only when the settings ask for it (tests/test_gaming.py), and only that pack and the check of such attacks may make one.
PROXY_MAKERS = {"core.packs.pack", "core.bench.attacks"}


def test_only_a_pack_and_the_attacks_check_make_a_proxy_to_climb():
    makers = {module for module in sources() if "core.gaming" in imports(module, lazy=True)}
    assert makers == PROXY_MAKERS


def calls(node):
    """Dotted names called anywhere below a node."""
    return {ast.unparse(child.func) for child in ast.walk(node) if isinstance(child, ast.Call)}


@pytest.mark.parametrize("module", [m for m in sources() if not m.startswith("core.training")])
def test_nobody_seeds_global_generators(module):
    wrong = {name for name in calls(tree(module)) if name.endswith(("torch.manual_seed", "random.seed", "seed_all"))}
    assert not wrong, f"{module} calls {wrong}"


@pytest.mark.parametrize("module", within("core.painters"))
def test_no_frame_is_yielded_inside_a_gradient_mode(module):
    modes = ("no_grad", "enable_grad", "inference_mode", "set_grad_enabled")
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.With) and any(mode in ast.unparse(item) for item in node.items for mode in modes):
            inside = [child.lineno for child in ast.walk(node) if isinstance(child, ast.Yield | ast.YieldFrom)]
            assert not inside, f"{module} leaks its gradient mode in lines {inside}"


@pytest.mark.parametrize("module", within("core.painters"))
def test_painters_do_no_input_or_output(module):
    assert not calls(tree(module)) & {"open", "print", "torch.save", "torch.load"}
