"""What a stranger sends stays text, opens nothing and changes nothing; and no answer is without its headers."""

import ast
import csv
import io
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from streamlit.testing.v1 import AppTest

from app import exports, live, operations, services, widgets
from app.middleware import Headers
from app.routes import routes
from app.safety import SAFE
from core.errors import StoreError
from core.exports.kinds import KINDS, file_name
from core.lesson.ranking import csv_text
from core.settings import RunRequest
from core.store import RunStore
from tests.asgi import ask
from tests.serving import example_request, invented_steps
from tests.test_app import bare_pack, checked, opened, press, told  # noqa: F401

ROOT = Path(__file__).parent.parent
ANY = "a" * 26
HOSTILE = "<img src=x onerror=alert(1)> a [red](javascript:alert(1)) fox **in** :red[x] $x$ {0} %s `c` ../../etc/passwd"
MARKUP = re.compile(r"(?<!\\)(<img|<script|<b>|!\[x|\[(red|a)\]|:red\[x|\$x|\*\*in)")
ADDRESSES = (
    *(f"/frames/{ANY}/pixels/0.png", f"/runs/{ANY}.json", f"/extras/{ANY}.json", f"/extras/{ANY}/pixels/0/gradient"),
    *(f"/thumbnails/{ANY}/pixels/0.webp", f"/pictures/{ANY}/seen.png", f"/scenes/{ANY}.webp", f"/signs/{ANY}/0.json"),
    *(f"/lessons/{'0' * 32}.json", f"/lessons/{'0' * 32}/a.png", f"/sweeps/{ANY}.json", f"/sweeps/{ANY}.png"),
    *(f"/exports/{ANY}/csv", "/assets/0/player.js", "/healthz", "/metrics"),
)


def forget():
    """Everything that the server has made once, so that the next test's store is its own."""
    for module in (services, operations, exports):
        for function in vars(module).values():
            if hasattr(function, "cache_clear"):
                function.cache_clear()
    live._verdict.cache_clear()


@pytest.fixture
def pack(bare_pack, tmp_path, monkeypatch):  # noqa: F811
    """The pack that the app uses, in a store of its own."""
    monkeypatch.setenv("CTJP_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("CTJP_PACK", str(bare_pack))
    forget()
    yield bare_pack
    forget()


@pytest.fixture
def app(pack):
    """The app's own addresses as the server has them."""
    return Starlette(routes=[*routes(), *operations.routes()], middleware=[Middleware(Headers)])


# Addresses


def test_the_addresses_here_are_all_that_there_are():
    patterns = [route.path_regex for route in (*routes(), *operations.routes())]
    assert all(any(pattern.fullmatch(address) for address in ADDRESSES) for pattern in patterns)
    assert all(any(pattern.fullmatch(address) for pattern in patterns) for address in ADDRESSES)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_headers_that_keep_it_harmless(app, address):
    for method in ("GET", "POST", "DELETE"):
        answer = ask(app, address, method)
        assert answer.status == (405 if method != "GET" else answer.status) and answer.status != 500
        wanted = SAFE if method == "GET" else {"X-Content-Type-Options": "nosniff"}
        assert {name: answer.headers.get(name.lower()) for name in wanted} == wanted
        assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_store_in_trouble_is_one_sentence_on_every_address(app, address, monkeypatch):
    def locked():
        raise StoreError("The run store is locked by another program. Close other programs that use it and try again.")

    monkeypatch.setattr(services, "store", locked)
    answer = ask(app, address)
    assert answer.status in (404, 503) and "Traceback" not in answer.text
    if not address.startswith(("/scenes", "/assets")):
        assert answer.status == 503 and "is locked by another program" in answer.text


PAGES = sorted(path.stem for path in (ROOT / "app" / "views").glob("*.py") if "\ndef page():" in path.read_text("utf-8"))
OF_THE_STORE = {"codebook", "compare", "failure", "gallery", "noise", "own", "rank", "sweep"}


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_store_is_one_sentence_on_every_page(pack, page):
    services.store().close()
    path = services.store().folder / "store.sqlite"
    path.write_bytes(b"This is no database. " * 1000)
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    forget()
    script = f"from app.views import {page}\nfrom app.widgets import guarded\nguarded({page}.page)()"
    test = AppTest.from_string(script, default_timeout=30).run()
    assert not test.exception and widgets.BUG not in [error.value for error in test.error]
    if page in OF_THE_STORE:
        (said,) = [error.value for error in test.error]
        assert "is not a run store" in said and "move this file away" in said


def test_a_bug_is_logged_and_not_shown(app, monkeypatch, caplog):
    monkeypatch.setattr(services, "store", lambda: 1 / 0)
    answer = ask(app, f"/runs/{ANY}.json")
    assert (answer.status, "report it" in answer.text, "division" in answer.text) == (500, True, False)
    assert answer.headers["content-security-policy"] == SAFE["Content-Security-Policy"] and "ZeroDivisionError" in caplog.text


def test_nothing_on_an_address_can_change_anything():
    assert all(route.methods <= {"GET", "HEAD"} for route in (*routes(), *operations.routes()))


EVIL = (
    "..",
    "%2e%2e%2f%2e%2e%2fstore.sqlite",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%00",
    "a" * 3000,
    "-1",
    "1e9",
    "²",
    "{0}%25s",
    "C:%5cwin.ini",
)


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address.count("/") > 1])
def test_no_part_of_an_address_leads_out_of_its_folder(app, address):
    parts = address.split("/")
    for place in range(2, len(parts)):
        for evil in EVIL:
            stem, dot, suffix = parts[place].partition(".")
            answer = ask(app, "/".join([*parts[:place], evil + dot + suffix if dot else evil, *parts[place + 1 :]]))
            assert answer.status in (307, 404), (address, evil)
            assert b"root:" not in answer.body and b"SQLite" not in answer.body


# Who may do what


def test_ids_cannot_be_guessed_from_what_was_asked_for(tmp_path):
    request = RunRequest.make("a red fox")
    with RunStore(tmp_path / "a") as one, RunStore(tmp_path / "b") as other:
        ids = {one.submit(request, "hash").id, other.submit(request, "hash").id}
    assert len(ids) == 2 and all(re.fullmatch(r"[a-z2-7]{26}", run_id) for run_id in ids)  # 130 bits under each store's own secret


def test_a_cookie_of_ours_is_kept_beside_any_other_program_s(app):
    page = {"accept": "text/html"}
    assert "ctjp_owner=" in ask(app, "/", **page).headers["set-cookie"]
    odd = 'theme={"dark": [1, "a,b"]}; \x7f=; x; ctjp_owner=' + "o" * 32
    assert "set-cookie" not in ask(app, "/", cookie=odd, **page).headers


def run_of(owner, seed, prompt="a red fox"):
    run = services.store().submit(RunRequest.make(prompt, seed, "bare", ("pixels",)), "hash", owner)
    services.store().set_status(run.id, "stopped")
    return run.id


def test_the_gallery_lists_one_s_own_runs_and_the_example_unless_the_lecturer_allows_more(pack, tmp_path, monkeypatch):
    from core.folder import FolderRecorder

    mine, theirs = run_of("mine", 1), run_of("theirs", 2)
    with FolderRecorder(tmp_path / "example", example_request("bare")) as recorder:
        recorder.record(*next(invented_steps(example_request("bare"))))
        recorder.finish("done")
    example = services.store().import_run(tmp_path / "example").id
    listed = lambda **more: {card.run.id for card in services.library().page("mine", **more)[0]}  # noqa: E731
    assert listed(others=False) == {mine, example} and listed() == {mine, theirs, example}
    assert listed(others=False, mine=True) == {mine}
    assert {card.run.id for card in services.library().page("", others=False)[0]} == {example}


@pytest.mark.parametrize(("allowed", "cards"), [(None, 0), ("own", 0), ("everyone", 1)])
def test_the_gallery_page_asks_the_server_s_setting_not_the_browser_s(pack, monkeypatch, allowed, cards):
    from app.views import gallery

    monkeypatch.delenv("CTJP_GALLERY", raising=False)
    if allowed:
        monkeypatch.setenv("CTJP_GALLERY", allowed)
    run_of("theirs", 1)
    asked = []
    monkeypatch.setattr(services.library(), "page", lambda secret, **more: asked.append(more) or ([], 0), raising=False)
    test = AppTest.from_string("from app.views import gallery\ngallery.page()", default_timeout=30)
    test.session_state["gallery:whose"] = gallery.EVERYONE  # as a browser may claim
    assert not test.run().exception
    assert asked and all(more["others"] is bool(cards) for more in asked)


def test_a_wrong_gallery_setting_is_one_sentence(monkeypatch):
    from core.errors import SettingError
    from core.places import gallery_of_everyone

    monkeypatch.setenv("CTJP_GALLERY", "all")
    with pytest.raises(SettingError, match="CTJP_GALLERY is 'all'; give own or everyone"):
        gallery_of_everyone()


# Text stays text


def shown_markup(test):
    """Everything on a page that a browser reads as Markdown or HTML."""
    kinds = (test.markdown, test.caption, test.error, test.warning, test.info, test.success, test.title, test.header, test.subheader)
    return [element.value for kind in kinds for element in kind] + [b.label for b in test.button] + [t.label for t in test.toggle]


@pytest.mark.parametrize("text", [HOSTILE, "fox </style><script>alert(1)</script>", "fox ![x](http://example.com/x.png)"])
def test_a_prompt_is_never_markup_on_the_page(pack, text):
    test = opened(prompt=text)
    assert test.text_input(key="prompt").value == text
    press(test, "Run")
    assert services.store().recent()[0].request.prompt == text
    test.text_input(key="prompt").set_value(text + " more zzz<b>")
    press(test, "Run")
    markup = [part for part in shown_markup(test) if not part.startswith("<style>")]
    assert any("has never seen" in shown for shown in markup) and [shown for shown in markup if MARKUP.search(shown)] == []


def test_what_a_picture_says_of_itself_is_never_markup(pack):
    script = f"""
from app.views import export
from core import metadata
from core.settings import RunRequest
said = {HOSTILE!r}
export._show(metadata.Found(RunRequest.make(said), (said,), "frame", said, 1, 2, said, said, {{said: said}}))"""
    markup = shown_markup(AppTest.from_string(script, default_timeout=30).run())
    assert sum("onerror" in shown for shown in markup) == 3 and [shown for shown in markup if MARKUP.search(shown)] == []


@pytest.mark.parametrize(("page", "key"), [("own", "pictures:told"), ("rank", "rank:told")])
def test_the_name_of_a_refused_file_is_never_markup(pack, page, key):
    test = AppTest.from_string(f"from app.views import {page}\n{page}.page()", default_timeout=30)
    test.session_state["rank:shown"] = "x"  # else the page asks for its first ranking, and has something else to say
    test.session_state[key] = [f"{HOSTILE} is empty; choose a file that holds a picture."]
    said = [error.value for error in checked(test.run()).error]
    assert len(said) == 1 and "is empty" in said[0] and not MARKUP.search(said[0])


def test_junk_in_an_address_is_named_as_text(pack):
    test = opened(seed="<img src=x onerror=alert(1)>", painters="[a](javascript:alert(1))")
    assert "img src" in told(test)[0] and not MARKUP.search(told(test)[0])


@pytest.mark.parametrize("text", [HOSTILE, "`", "a_b*c", "\\", "$$", ":smile: [x](y)", "~~x~~", "# x", "1. x", "| a |", "<!--"])
def test_escaped_text_has_no_character_left_that_markdown_reads(text):
    assert not re.search(r"(?<!\\)[`*_{}\[\]()<>#+.!|~$:-]", widgets.escape(text))


@pytest.mark.parametrize("kind", KINDS)
def test_a_prompt_is_never_a_path_or_a_header(kind):
    for prompt in (HOSTILE, "../../x", "a\u2028b", 'x"; filename="y', "con", "漢字", "." * 50):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+", file_name(RunRequest.make(prompt), kind, 50))


def test_a_picture_s_name_is_no_formula_for_a_spreadsheet():
    names = ["=HYPERLINK(A1)", "+1", "-1", "@x", "\tx", "plain.png", ""]
    table = csv_text([{"prompt": "a fox", "name": name, "judge": -0.5, "tied": True} for name in names])
    cells = [row["name"] for row in csv.DictReader(io.StringIO(table))]
    assert cells == ["'=HYPERLINK(A1)", "'+1", "'-1", "'@x", "'\tx", "plain.png", ""]
    assert ",-0.500,yes" in table  # figures stay figures


def test_scripts_of_the_pages_build_no_markup_from_data():
    """The three places that set HTML write constants and numbers of ours; everything else goes through textContent."""
    found = {}
    for path in sorted((*(ROOT / "app" / "static").glob("*.js"), *(ROOT / "core" / "exports").glob("*.js"))):
        for line in path.read_text("utf-8").splitlines():
            if re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", line):
                found.setdefault(path.name, []).append(line.strip())
    assert {name: len(lines) for name, lines in found.items()} == {"page.js": 2, "loop.js": 1}, found


# Files


def calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_no_pickle_is_ever_read_and_no_text_ever_run():
    forbidden = {"dill", "cloudpickle", "joblib", "marshal", "shelve"}
    for path in (path for folder in ("app", "core") for path in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert imported & forbidden == set(), path
        for call in calls(tree):
            name = ast.unparse(call.func)
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            assert name not in ("eval", "exec", "os.system", "yaml.load") and "Unpickler" not in name, (path, call.lineno)
            assert not re.fullmatch(r"pickle\.loads?", name), (path, call.lineno)
            assert given.get("shell") != "True" and given.get("allow_pickle") != "True", (path, call.lineno)
            if name == "torch.load":
                assert given.get("weights_only") == "True", (path, call.lineno)
