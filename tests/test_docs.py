"""The documentation names what exists, and the installation lists what is imported."""

import argparse
import ast
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from core.__main__ import build_parser
from core.base import links
from core.base.glossary import GLOSSARY, MEANINGS
from tests.support.navigation import navigation

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
GUIDES = {
    path.parent.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in ROOT.glob("core/*/README.md")
}
GUIDES["core"] = (ROOT / "core" / "README.md").read_text("utf-8")
DOCUMENTATION = "\n".join([README, *GUIDES.values()])
# Name in requirements → name of the import, where they differ.
IMPORTED_AS = {
    "pillow": "PIL",
    "fonttools": "fontTools",
    "python-multipart": "python_multipart",
    "open_clip_torch": "open_clip",
    "taming-transformers-rom1504": "taming",
    "vl-convert-python": "vl_convert",
    "pyyaml": "yaml",
}
# Needed though never imported here: taming imports einops without declaring it, streamlit takes pandas,
# Starlette signs its sessions with itsdangerous.
NEEDED_BY_OTHERS = {"einops", "itsdangerous", "pandas"}
# A notebook brings it; core/notebook.py does without it elsewhere.
OF_NOTEBOOKS = {"IPython"}


def commands(parser, prefix="python -m core"):
    """Every command that can be called, as it is typed."""
    nested = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not nested:
        return [prefix]
    return [line for name, child in nested[0].choices.items() for line in commands(child, f"{prefix} {name}")]


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


def test_the_readme_is_short_and_links_every_guide():
    assert len(README.splitlines()) <= 180
    assert len(GUIDES) >= 6 and [name for name in GUIDES if f"({name}/README.md)" not in README] == []


def test_every_link_leads_to_a_file():
    for name, text in {".": README, **GUIDES}.items():
        for target in re.findall(r"\]\((?!https?://)([^)#]+)", text):
            assert (ROOT / name / target).is_file(), f"{name}/README.md links {target}"


def test_the_documentation_names_every_command():
    live = commands(build_parser())
    assert len(live) >= 8
    missing = [line for line in live if f"`{line}" not in DOCUMENTATION and f"\n{line}" not in DOCUMENTATION]
    assert missing == []


def test_the_readme_names_every_first_word_of_a_command():
    words = {line.split()[3] for line in commands(build_parser())}
    assert words and [word for word in words if f"python -m core {word}" not in README] == []


def test_the_documentation_names_no_command_that_is_gone():
    live = commands(build_parser())
    named = re.findall(r"python -m core [a-z]+(?: [a-z][a-z-]*)?", DOCUMENTATION)
    assert named
    for name in named:
        known = any(
            name == line or name.startswith(line + " ") or line.startswith(name + " ") for line in live
        )
        assert known, name


def test_readme_names_every_page():
    titles = navigation().values()
    assert titles and [title for title in titles if f"**{title}**" not in README] == []


def test_lesson_plans_open_pages_that_there_are():
    plans = GUIDES["core/lesson"].partition("## Lesson plans")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d+)–(\d+) \| `(/[^`]*)` \|", plans, re.MULTILINE)
    for minutes in (15, 45):
        of_plan = re.search(rf"\*\*{minutes} minutes.*?(?=\n\*\*|\Z)", plans, re.DOTALL).group()
        spans = [(int(a), int(b)) for a, b, _ in rows if f"| {a}–{b} |" in of_plan]
        assert spans[0][0] == 0 and spans[-1][1] == minutes
        assert all(a[1] == b[0] for a, b in zip(spans, spans[1:], strict=False))
    named = [address for *_, address in rows] + re.findall(r"`(/[a-z?=&+]*)`", plans)
    accepted = {"tour": "1", "scale": "shared"}
    for address in named:
        path, _, query = address[1:].partition("?")
        assert path in ("", *navigation()), address
        given = dict(parse_qsl(query))
        others = {name: text for name, text in given.items() if not links.is_setting_parameter(name)}
        assert links.read_link(given).ignored == () and others.items() <= accepted.items(), address


def test_readme_names_every_environment_variable():
    used = set()
    for path in (path for folder in ("core", "app") for path in (ROOT / folder).rglob("*.py")):
        used |= set(re.findall(r'environ(?:\.get\(|\[)"(CTJP_\w+)"', path.read_text("utf-8")))
    assert "CTJP_STORE" in used and [name for name in used if f"`{name}" not in README] == []


def test_the_readme_prints_the_glossary_that_the_pages_show():
    printed, group = {}, ""
    for line in GUIDES["core"].partition("## Glossary")[2].splitlines():
        group = line.removeprefix("### ") if line.startswith("### ") else group
        if row := re.match(r"\| \*\*(.+?)\*\*(.*?) \| (.+) \|$", line):
            printed.setdefault(group, {})[(row[1] + row[2]).strip()] = row[3].replace("`", "")
    assert printed == GLOSSARY and len(MEANINGS) >= 50


def test_the_package_table_names_every_package():
    packages = {path.parent.name for path in ROOT.glob("core/*/__init__.py")} | {"execute.py"}
    rows = re.findall(r"^\| `([\w.]+)` \|", GUIDES["core"], re.MULTILINE)
    assert set(rows) == packages and len(rows) == len(packages)


def test_ci_runs_the_readmes_test_command(tmp_path):
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    extraction = re.search(r"^test_command=.*$", script, re.MULTILINE).group()
    command = f'{extraction}; printf %s "$test_command"'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("\n") == 0 and done.stdout.endswith("-m pytest -n 2 --dist loadfile")
    assert done.stdout in README and "pytest" not in script
    assert subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT).returncode == 0


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        (["requirements.txt", "core/service/cluster/requirements.txt"], ["core", "app"]),
        (["requirements.txt", "core/service/cluster/requirements.txt", "tests/requirements.txt"], ["tests"]),
    ],
)
def test_requirements_list_what_is_imported(files, folders):
    listed = {IMPORTED_AS.get(name, name) for file in files for name in requirements(file)}
    assert third_party(*folders) - listed - OF_NOTEBOOKS == set()


def test_requirements_list_nothing_unused():
    listed = {IMPORTED_AS.get(name, name) for name in requirements("requirements.txt")}
    assert listed - third_party("core", "app") - NEEDED_BY_OTHERS == set()


def test_requirements_keep_an_upper_bound():
    lines = [
        line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    ]
    assert [line for line in lines if line and not re.search(r"<\d|==", line) and line != "starlette"] == []
