"""The documentation names what exists, and the installation lists what is imported."""

import argparse
import ast
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from core import links
from core.__main__ import build_parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
# Name in requirements → name of the import, where they differ.
IMPORTED_AS = {"pillow": "PIL", "open_clip_torch": "open_clip", "taming-transformers-rom1504": "taming", "vl-convert-python": "vl_convert", "pyyaml": "yaml"}
# Needed though never imported here: taming imports einops without declaring it, streamlit and altair take pandas.
NEEDED_BY_OTHERS = {"einops", "pandas"}


def commands(parser, prefix="python -m core"):
    """Every command that can be called, as it is typed."""
    nested = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not nested:
        return [prefix]
    return [line for name, child in nested[0].choices.items() for line in commands(child, f"{prefix} {name}")]


def page_titles():
    tree = ast.parse((ROOT / "app" / "pages.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page"]
    return [keyword.value.value for call in calls for keyword in call.keywords if keyword.arg == "title"]


def addresses_of_pages():
    """Paths of all pages; the first is reached by none, too."""
    tree = ast.parse((ROOT / "app" / "pages.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.Page"]
    return {"", *(keyword.value.value for call in calls for keyword in call.keywords if keyword.arg == "url_path")}


def requirements(file):
    lines = [line.split("#")[0].strip() for line in (ROOT / file).read_text("utf-8").splitlines()]
    return [re.match(r"[\w.-]+", line).group() for line in lines if line]


def third_party(*folders):
    """Names of the packages that the Python files of some folders import."""
    names = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"core", "app", "tests"}


def test_readme_names_every_command():
    live = commands(build_parser())
    assert len(live) >= 8
    assert [line for line in live if f"`{line}" not in README and f"\n{line}" not in README] == []


def test_readme_names_no_command_that_is_gone():
    live = commands(build_parser())
    named = re.findall(r"python -m core [a-z]+(?: [a-z]+)?", README)
    assert named and all(any(name == line or name.startswith(line + " ") for line in live) for name in named)


def test_readme_names_every_page():
    titles = page_titles()
    assert titles and [title for title in titles if f"**{title}**" not in README] == []


def test_lesson_plans_open_pages_that_there_are():
    plans = README.partition("## Lesson plans")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+)–(\d+) \| `(/[^`]*)` \|", plans, re.MULTILINE)
    for minutes in (15, 45):
        of_plan = re.search(rf"\*\*{minutes} minutes.*?(?=\n\*\*|\Z)", plans, re.DOTALL).group()
        spans = [(int(a), int(b)) for a, b, _ in rows if f"| {a}–{b} |" in of_plan]
        assert spans[0][0] == 0 and spans[-1][1] == minutes and all(a[1] == b[0] for a, b in zip(spans, spans[1:], strict=False))
    named = [address for *_, address in rows] + re.findall(r"`(/[a-z?=&+]*)`", plans)
    accepted = {"tour": "1", "scale": "shared"}
    for address in named:
        path, _, query = address[1:].partition("?")
        assert path in addresses_of_pages(), address
        given = dict(parse_qsl(query))
        others = {name: text for name, text in given.items() if not links.ours(name)}
        assert links.read(given).junk == () and others.items() <= accepted.items(), address


def test_readme_names_every_environment_variable():
    used = set()
    for path in (path for folder in ("core", "app") for path in (ROOT / folder).rglob("*.py")):
        used |= set(re.findall(r'environ(?:\.get\(|\[)"(CTJP_\w+)"', path.read_text("utf-8")))
    assert "CTJP_STORE" in used and [name for name in used if f"`{name}" not in README] == []


def test_ci_runs_the_readmes_test_command(tmp_path):
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    extraction = re.search(r"^test_command=.*$", script, re.MULTILINE).group()
    command = f"{extraction}; printf %s \"$test_command\""
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 0 and done.stdout.endswith("-m pytest")
    assert done.stdout in README and "pytest" not in script
    assert subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT).returncode == 0


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        (["requirements.txt", "core/workers/requirements.txt"], ["core", "app"]),
        (["requirements.txt", "core/workers/requirements.txt", "tests/requirements.txt"], ["tests"]),
    ],
)
def test_requirements_list_what_is_imported(files, folders):
    listed = {IMPORTED_AS.get(name, name) for file in files for name in requirements(file)}
    assert third_party(*folders) - listed == set()


def test_requirements_list_nothing_unused():
    listed = {IMPORTED_AS.get(name, name) for name in requirements("requirements.txt")}
    assert listed - third_party("core", "app") - NEEDED_BY_OTHERS == set()


def test_requirements_keep_an_upper_bound():
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()]
    assert [line for line in lines if line and not re.search(r"<\d|==", line) and line != "starlette"] == []
