"""What a stranger writes stays text, on pages, in headers and paths; and no data is run as code."""

import ast
import csv
import io
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.components import messages
from core.base.request import RunRequest
from core.exports.kinds import EXPORT_KINDS, file_name
from core.lesson.ranking import csv_text
from tests.support.app_pages import (
    checked,
    opened,
    opened_page,
    press,
    told,
)

ROOT = Path(__file__).parents[2]
HOSTILE = (
    "<img src=x onerror=alert(1)> a [red](javascript:alert(1)) fox **in** :red[x] $x$ {0} %s `c` "
    "../../etc/passwd"
)
MARKUP = re.compile(r"(?<!\\)(<img|<script|<b>|!\[x|\[(red|a)\]|:red\[x|\$x|\*\*in)")


def shown_markup(test: AppTest) -> list[str]:
    """Everything on a page that a browser reads as Markdown or HTML."""
    kinds = (
        test.markdown,
        test.caption,
        test.error,
        test.warning,
        test.info,
        test.success,
        test.title,
        test.header,
        test.subheader,
    )
    return (
        [element.value for kind in kinds for element in kind]
        + [b.label for b in test.button]
        + [t.label for t in test.toggle]
    )


@pytest.mark.parametrize(
    "text", [HOSTILE, "fox </style><script>alert(1)</script>", "fox ![x](http://example.com/x.png)"]
)
def test_a_prompt_is_never_markup_on_the_page(pack, text):
    test = opened(prompt=text)
    assert test.text_input(key="prompt").value == text
    press(test, "Run")
    assert resources.store().recent()[0].request.prompt == text
    test.text_input(key="prompt").set_value(text + " more zzz<b>")
    press(test, "Run")
    markup = [part for part in shown_markup(test) if not part.startswith("<style>")]
    assert (
        any("do not know" in shown for shown in markup)
        and [shown for shown in markup if MARKUP.search(shown)] == []
    )


def test_what_a_picture_says_of_itself_is_never_markup(pack):
    script = f"""
from app.components import export_import
from core.base import png_records
from core.base.request import RunRequest
said = {HOSTILE!r}
request = RunRequest.make(said)
picture = png_records.PictureSettings(request, (said,), "frame", said, 1, 2, said, said, {{said: said}})
export_import._show_settings(picture)"""
    markup = shown_markup(AppTest.from_string(script, default_timeout=30).run())
    assert (
        sum("onerror" in shown for shown in markup) == 3
        and [shown for shown in markup if MARKUP.search(shown)] == []
    )


@pytest.mark.parametrize(("page", "key"), [("your_pictures", "pictures:told"), ("ranking", "rank:told")])
def test_the_name_of_a_refused_file_is_never_markup(pack, page, key):
    test = opened_page(page)
    test.session_state["rank:shown"] = (
        "x"  # else the page asks for its first ranking, and has something else to say
    )
    test.session_state[key] = [f"{HOSTILE} is empty; choose a file that holds a picture."]
    said = [error.value for error in checked(test.run()).error]
    assert len(said) == 1 and "is empty" in said[0] and not MARKUP.search(said[0])


def test_junk_in_an_address_is_named_as_text(pack):
    test = opened(seed="<img src=x onerror=alert(1)>", painters="[a](javascript:alert(1))")
    assert "img src" in told(test)[0] and not MARKUP.search(told(test)[0])


@pytest.mark.parametrize(
    "text", [HOSTILE, "`", "a_b*c", "\\", "$$", ":smile: [x](y)", "~~x~~", "# x", "1. x", "| a |", "<!--"]
)
def test_escaped_text_has_no_character_left_that_markdown_reads(text):
    assert not re.search(r"(?<!\\)[`*_{}\[\]()<>#+.!|~$:-]", messages.escape_markdown(text))


@pytest.mark.parametrize("kind", EXPORT_KINDS)
def test_a_prompt_is_never_a_path_or_a_header(kind):
    for prompt in (HOSTILE, "../../x", "a\u2028b", 'x"; filename="y', "con", "漢字", "." * 50):
        assert re.fullmatch(
            r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+", file_name(RunRequest.make(prompt), kind, 50)
        )


def test_a_picture_s_name_is_no_formula_for_a_spreadsheet():
    names = ["=HYPERLINK(A1)", "+1", "-1", "@x", "\tx", "plain.png", ""]
    table = csv_text([{"prompt": "a fox", "name": name, "judge": -0.5, "tied": True} for name in names])
    cells = [row["name"] for row in csv.DictReader(io.StringIO(table))]
    assert cells == ["'=HYPERLINK(A1)", "'+1", "'-1", "'@x", "'\tx", "plain.png", ""]
    assert ",-0.500,yes" in table  # figures stay figures


def test_scripts_of_the_pages_build_no_markup_from_data():
    """The one place that sets HTML writes constants and numbers of ours; the rest sets textContent."""
    found = {}
    for path in sorted((*(ROOT / "app" / "static").rglob("*.js"), *(ROOT / "core" / "exports").glob("*.js"))):
        for line in path.read_text("utf-8").splitlines():
            if re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", line
            ):
                found.setdefault(path.name, []).append(line.strip())
    assert {name: len(lines) for name, lines in found.items()} == {"standalone_page.js": 1}, found


def calls(tree: ast.AST) -> list[ast.Call]:
    """Every call in a module."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_no_pickle_is_ever_read_and_no_text_ever_run():
    forbidden = {"dill", "cloudpickle", "joblib", "marshal", "shelve"}
    for path in (path for folder in ("app", "core") for path in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        imported |= {
            (node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        }
        assert imported & forbidden == set(), path
        for call in calls(tree):
            name = ast.unparse(call.func)
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            assert name not in ("eval", "exec", "os.system", "yaml.load") and "Unpickler" not in name, (
                path,
                call.lineno,
            )
            assert not re.fullmatch(r"pickle\.loads?", name), (path, call.lineno)
            assert given.get("shell") != "True" and given.get("allow_pickle") != "True", (path, call.lineno)
            if name == "torch.load":
                assert given.get("weights_only") == "True", (path, call.lineno)
