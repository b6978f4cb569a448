"""Scripts and style sheets of the browser: they find each other, share their colours and stay short."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "app" / "static"
SCRIPTS = sorted(STATIC.rglob("*.js"))
SHEETS = sorted(STATIC.rglob("*.css"))
COLOURS = STATIC / "shared" / "colours.css"
MOST_LINES = 300
WIDEST = 110
NAMED = re.compile(r'import \{([^}]*)\} from "([^"]+)"')
IMPORTED = re.compile(r'(?:from|^import) "(\.[^"]+)"', re.MULTILINE)
SHEET = re.compile(r'"(\.{1,2}/[^"]+\.css)"')
EXPORTED = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|var\(--st-[a-z-]*color\)|\b(?:rgb|hsl)a?\(")


def name_of(path):
    return path.relative_to(STATIC).as_posix()


@pytest.mark.parametrize("path", [*SCRIPTS, *SHEETS], ids=name_of)
def test_files_and_lines_are_short(path):
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert [line for line in lines if len(line) > WIDEST] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_finds_what_it_imports_and_its_style_sheets(path):
    text = path.read_text("utf-8")
    missing = [
        found
        for found in (*IMPORTED.findall(text), *SHEET.findall(text))
        if not (path.parent / found).is_file()
    ]
    assert missing == []
    for names, source in NAMED.findall(text):
        wanted = {name.strip() for name in names.split(",") if name.strip()}
        assert wanted <= set(EXPORTED.findall((path.parent / source).read_text("utf-8"))), source


@pytest.mark.parametrize("path", [path for path in SHEETS if path != COLOURS], ids=name_of)
def test_colours_come_from_one_place(path):
    assert COLOUR.findall(path.read_text("utf-8")) == []
    declared = set(re.findall(r"--[\w-]+(?=:)", COLOURS.read_text("utf-8")))
    redeclared = set(re.findall(r"(--[\w-]+):", path.read_text("utf-8"))) & declared
    assert redeclared == set()


def test_every_file_is_used():
    used = {
        (path.parent / found).resolve()
        for path in SCRIPTS
        for found in IMPORTED.findall(path.read_text("utf-8"))
    }
    used |= {
        (path.parent / found).resolve()
        for path in SCRIPTS
        for found in SHEET.findall(path.read_text("utf-8"))
    }
    python = "\n".join(path.read_text("utf-8") for path in (STATIC.parent).rglob("*.py"))
    by_page = {path for path in SCRIPTS if name_of(path) in python}
    left = {path for path in (*SCRIPTS, *SHEETS) if path not in used | by_page}
    assert {name_of(path) for path in left} == {
        "shared/colours.css",
        "shared/controls.css",
        "shared/print.css",
    }  # dom.js asks for them
