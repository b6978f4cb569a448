"""Imports run one way, and what measures a painter never reaches it. Read from the source itself."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys

import pytest

from tests.support.sources import ROOT, imports, modules, named, reached, tree, within

# What each package or loose module of core may import of core, inside functions too.
MEASURED = ("base", "models", "measures", "storage", "painters", "packs")  # what `execute` brings together
BELOW_SERVICE = (*MEASURED, "world", "execute", "exports", "lesson")
CORE = {
    "base": (),
    "world": ("base",),
    "models": ("base",),
    "measures": ("base",),
    "storage": ("base",),
    "painters": ("base", "models"),
    "packs": ("base", "models", "measures"),
    "execute": MEASURED,
    "exports": (*MEASURED, "execute"),
    "lesson": (*MEASURED, "world", "execute"),
    "training": (*MEASURED, "world", "execute"),
    "service": BELOW_SERVICE,
    "notebook": (*BELOW_SERVICE, "service"),
    "bench": (*BELOW_SERVICE, "service", "training"),
    "cli": (*BELOW_SERVICE, "service", "training", "bench"),
    "__main__": ("base", "cli"),
}
# The same for app, whose modules may also import core.
SERVER_STATE = ("resources", "failure_signs", "painter_status", "submission", "waiting_times")
BELOW_WEB = (*SERVER_STATE, "keys", "public_text", "charts", "jobs")
BELOW_COMPONENTS = (*BELOW_WEB, "web", "clicks", "session", "form", "address")
APP = {
    "keys": (),
    "public_text": (),
    "charts": (),
    "resources": (),
    **{name: ("resources",) for name in SERVER_STATE if name != "resources"},
    "jobs": ("resources",),
    "web": BELOW_WEB,
    "clicks": (),
    "session": ("keys", "web"),
    "form": ("keys", "session", "clicks"),
    "address": ("keys", "session", "form", "clicks"),
    "components": BELOW_COMPONENTS,
    "views": (*BELOW_COMPONENTS, "components"),
    "pages": (*BELOW_COMPONENTS, "components", "views"),
    "main": (*BELOW_COMPONENTS, "components", "views"),
}
TORCH = {"torch", "torchvision", "open_clip", "taming", "diffusers", "transformers"}
# What the server, the checks of figures or `--help` import: none of it may load torch.
TORCH_FREE = [
    *("app", "core.base", "core.storage", "core.world", "core.exports", "core.__main__"),
    *("core.measures.verdict", "core.measures.realism", "core.packs.manifest", "core.packs.catalogue"),
    *("core.service.supervisor", "core.bench.page_data", "core.cli"),
]
# What no module of a package may ever reach, directly or through others, not even inside a function.
NEVER = [
    ("core.base.settings", {"numba", "numpy", "PIL", "sqlite3"}),
    ("core.base.request", {"numba", "numpy", "PIL", "sqlite3"}),
    ("core.base.errors", {"numba", "sqlite3", "core.base.images"}),
    ("core.base.frame", {"numba", "sqlite3", "core.base.images"}),
    ("core.base.vocabulary", {"numba", "sqlite3", "core.base.images"}),
    ("core.painters", {"core.measures", "core.storage", "core.packs", "core.execute", "sqlite3"}),
    ("core.models", {"core.measures", "core.storage", "core.packs", "core.painters"}),
    ("core.world", {"core.models", "core.measures", "core.painters", "core.packs"}),
    ("app.charts", {"streamlit"}),
]
STREAMLIT_IN_CORE = {"core.bench.streamlit_protocol"}  # the benchmark that speaks to a running server


def unit(module: str) -> str:
    """The package or loose module right below core or app."""
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize(("top", "table"), [("core", CORE), ("app", APP)])
def test_packages_import_only_what_the_table_allows(top, table):
    found = {}
    for module in within(top):
        own = unit(module)
        foreign = {unit(name) for name in named(module) if name.startswith(f"{top}.")} - {own}
        if own and (wrong := foreign - set(table.get(own, ()))):
            found[module] = sorted(wrong)
    assert found == {}
    assert {unit(module) for module in within(top)} - {""} <= set(table), "a new package needs a row"


@pytest.mark.parametrize("table", [CORE, APP])
def test_the_table_itself_runs_one_way(table):
    known: set[str] = set()
    for name, allowed in table.items():
        assert name not in allowed
        later = set(allowed) - known
        assert not later, f"{name} may import {sorted(later)}, which stand after it"
        known.add(name)


def test_core_imports_nothing_of_app():
    assert [
        module for module in within("core") if any(name.split(".")[0] == "app" for name in named(module))
    ] == []


def test_one_module_of_core_knows_streamlit():
    found = {module for module in within("core") if "streamlit" in imports(module, late=True)}
    assert found == STREAMLIT_IN_CORE


def test_no_modules_import_each_other_in_a_circle():
    """Late imports count: they only hide a circle."""
    edges = {module: named(module) & set(modules()) - {module} for module in modules()}
    try:
        graphlib.TopologicalSorter(edges).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize(("prefix", "forbidden"), NEVER, ids=[prefix for prefix, _ in NEVER])
def test_what_a_package_must_never_reach(prefix, forbidden):
    found = {
        module: sorted(wrong) for module in within(prefix) if (wrong := reached(module, True) & forbidden)
    }
    assert found == {} and within(prefix)


@pytest.mark.parametrize("prefix", TORCH_FREE)
def test_importing_the_server_side_loads_no_torch(prefix):
    found = {module: sorted(wrong) for module in within(prefix) if (wrong := reached(module, False) & TORCH)}
    assert found == {} and within(prefix)


def test_the_reader_of_imports_sees_what_is_there():
    assert "torch" in reached("core.painters.pixels", late=False)
    assert "core.models.clamp" in reached("core.painters.pixels", late=False)  # through core.painters.canvas
    assert "torch" in reached("core.base.images", late=True) - reached("core.base.images", late=False)
    assert "core.packs" in named("core.cli.run") and "core.cli.options" in named("core.cli.run")
    assert "core.execute" not in imports("core.cli.recording", late=True), "for the type checker only"


def test_every_command_loads_no_torch_until_it_runs():
    script = (
        "import sys\nfrom core.cli.command_line import build_parser\nparser = build_parser()\n"
        f"for line in {COMMAND_LINES!r}:\n    parser.parse_args(line.split())\n"
        "print(sorted({'torch', 'open_clip', 'diffusers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


COMMAND_LINES = [
    "figure x",
    "extras x",
    "rank x --prompt y",
    "packs list",
    "lesson noise",
    "bench pack",
    "worker",
]


@pytest.mark.parametrize(
    "module", [*within("core.painters"), *within("core.models.judge"), "core.models.painter_models"]
)
def test_painters_never_mention_the_heldout_judge_or_realism(module):
    for node in ast.walk(tree(module)):
        name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
        assert name not in {"heldout", "realism"}, f"{module} uses {name} in line {node.lineno}"


# The one exception, on purpose: where somebody optimises realism too, a painter climbs the proxy, which shows
# that a measure that is optimised stops being one. It never imports it: a pack makes the loss and hands it
# over as PainterModels.proxy, only when the settings ask for it, and only that pack and the check of such
# attacks may make one. See tests/measures/test_differentiable_realism.py.
PROXY_MAKERS = {"core.packs.pack", "core.bench.attacks"}


def test_only_a_pack_and_the_attacks_check_make_a_proxy_to_climb():
    proxy = "core.measures.differentiable_realism"
    assert {module for module in modules() if proxy in imports(module, late=True)} == PROXY_MAKERS


def calls(node: ast.AST) -> set[str]:
    """Dotted names called anywhere below a node."""
    return {ast.unparse(child.func) for child in ast.walk(node) if isinstance(child, ast.Call)}


@pytest.mark.parametrize("module", [m for m in modules() if not m.startswith("core.training")])
def test_nobody_seeds_global_generators(module):
    wrong = {
        name
        for name in calls(tree(module))
        if name.endswith(("torch.manual_seed", "random.seed", "seed_all"))
    }
    assert not wrong, f"{module} calls {wrong}"


@pytest.mark.parametrize("module", within("core.painters"))
def test_no_frame_is_yielded_inside_a_gradient_mode(module):
    modes = ("no_grad", "enable_grad", "inference_mode", "set_grad_enabled")
    for node in ast.walk(tree(module)):
        if not isinstance(node, ast.With):
            continue
        if any(mode in ast.unparse(item) for item in node.items for mode in modes):
            yields = [child for child in ast.walk(node) if isinstance(child, ast.Yield | ast.YieldFrom)]
            assert not yields, f"{module} leaks its gradient mode in line {yields[0].lineno}"


@pytest.mark.parametrize("module", within("core.painters"))
def test_painters_do_no_input_or_output(module):
    assert not calls(tree(module)) & {"open", "print", "torch.save", "torch.load"}
