"""Who may see, stop and change what: ids, cookies, the gallery, and who reaches the server at all."""

import re
import tomllib
from ipaddress import ip_address
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import cookie_parser
from starlette.testclient import TestClient

from app import resources
from app.web import monitoring, pictures
from app.web.cache import CacheMiddleware
from app.web.headers import OWNER_COOKIE, HeadersMiddleware, owner_in
from app.web.routes import routes
from core.base.errors import StoreError
from core.base.request import RunRequest
from core.storage.run_store import RunStore
from tests.support.app_pages import (
    opened_page,
)
from tests.support.asgi import ask
from tests.support.serving import example_request, invented_steps

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(pack: Path) -> Starlette:
    """The app's own addresses as the server has them."""
    return Starlette(routes=[*routes(), *monitoring.routes()], middleware=[Middleware(HeadersMiddleware)])


def test_the_server_listens_to_its_own_computer_unless_it_is_told_otherwise():
    shipped = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert ip_address(shipped["server"]["address"]).is_loopback


def test_ids_cannot_be_guessed_from_what_was_asked_for(tmp_path):
    request = RunRequest.make("a red fox")
    with RunStore(tmp_path / "a") as one, RunStore(tmp_path / "b") as other:
        ids = {one.submit(request, "hash").id, other.submit(request, "hash").id}
    assert len(ids) == 2 and all(
        re.fullmatch(r"[a-z2-7]{26}", run_id) for run_id in ids
    )  # 130 bits under each store's own secret


def test_a_cookie_of_ours_is_kept_beside_any_other_program_s(app):
    page = {"accept": "text/html"}
    assert ask(app, "/", **page).headers["set-cookie"].startswith(OWNER_COOKIE)
    odd = 'theme={"dark": [1, "a,b"]}; \x7f=; x; ctjp_owner=' + "o" * 32
    assert "set-cookie" not in ask(app, "/", cookie=odd, **page).headers


def test_two_tabs_that_are_opened_together_become_one_owner(app):
    page = {"accept": "text/html"}
    first, second = (ask(app, "/", **page).headers["set-cookie"].partition(";")[0] for _ in range(2))
    assert first.partition("=")[0] != second.partition("=")[0], "the later one replaces none"

    def owner(*cookies):
        return owner_in(cookie_parser("; ".join(cookies)))

    secret = first.partition("=")[2]
    assert owner(first) == owner("theme=dark", first, second) == secret, "a browser sends the oldest first"
    assert "set-cookie" not in ask(app, "/", cookie=f"{first}; {second}", **page).headers
    assert owner("ctjp_owner=" + "o" * 32, second) == "o" * 32, "a cookie of before"
    assert owner("ctjp_owner=<odd>", second) == second.partition("=")[2] and owner("theme=dark") == ""


def run_of(owner: str, seed: int, prompt: str = "a red fox") -> str:
    run = resources.store().submit(RunRequest.make(prompt, seed, "bare", ("pixels",)), "hash", owner)
    resources.store().queue.set_status(run.id, "stopped")
    return run.id


def test_the_gallery_lists_one_s_own_runs_and_the_example_unless_the_lecturer_allows_more(
    pack, tmp_path, monkeypatch
):
    from core.storage.run_folder import FolderRecorder

    mine, theirs = run_of("mine", 1), run_of("theirs", 2)
    with FolderRecorder(tmp_path / "example", example_request("bare")) as recorder:
        recorder.record(*next(invented_steps(example_request("bare"))))
        recorder.finish("done")
    example = resources.store().import_run(tmp_path / "example").id

    def listed(**more):
        return {card.run.id for card in resources.gallery().page("mine", **more)[0]}

    assert listed(others=False) == {mine, example} and listed() == {mine, theirs, example}
    assert listed(others=False, mine=True) == {mine}
    assert {card.run.id for card in resources.gallery().page("", others=False)[0]} == {example}


@pytest.mark.parametrize(("allowed", "cards"), [(None, 0), ("own", 0), ("everyone", 1)])
def test_the_gallery_page_asks_the_server_s_setting_not_the_browser_s(pack, monkeypatch, allowed, cards):
    from app.views import gallery

    monkeypatch.delenv("CTJP_GALLERY", raising=False)
    if allowed:
        monkeypatch.setenv("CTJP_GALLERY", allowed)
    run_of("theirs", 1)
    asked = []
    monkeypatch.setattr(
        resources.gallery(), "page", lambda secret, **more: asked.append(more) or ([], 0), raising=False
    )
    test = opened_page("gallery")
    test.session_state["gallery:whose"] = gallery.EVERYONE  # as a browser may claim
    assert not test.run().exception
    assert asked and all(more["others"] is bool(cards) for more in asked)


def test_a_wrong_gallery_setting_is_one_sentence(monkeypatch):
    from core.base.environment import gallery_shows_everyone
    from core.base.errors import SettingError

    monkeypatch.setenv("CTJP_GALLERY", "all")
    with pytest.raises(SettingError, match="CTJP_GALLERY is 'all'; give own or everyone"):
        gallery_shows_everyone()


def test_a_deleted_run_is_gone_from_the_server_s_memory_too_and_back_after_undo(pack, monkeypatch):
    store = resources.store()
    run = store.submit(example_request("bare"), "hash", "mine")
    store.record(run.id, *next(invented_steps(run.request)))
    store.queue.set_status(run.id, "stopped")
    cached = TestClient(CacheMiddleware(Starlette(routes=routes()), may_repeat=pictures.is_not_deleted))
    address = f"/frames/{run.id}/pixels/0.png"
    seen = [cached.get(address).status_code]
    for change in (resources.gallery().delete, resources.gallery().restore):
        assert change(run.id, "mine")
        pictures._is_kept.cache_clear()  # as after a second
        seen.append(cached.get(address).status_code)
    assert seen == [200, 404, 200]


def test_a_passing_error_hides_the_example_for_a_moment_only(pack, monkeypatch):
    def locked():
        raise StoreError("The run store is locked by another program.")

    monkeypatch.setattr(resources, "_imported_example", locked)
    now = [1000.0]
    monkeypatch.setattr(resources.time, "monotonic", lambda: now[0])
    assert resources.example_id() is None
    monkeypatch.setattr(resources, "_imported_example", lambda: "a" * 26)
    assert resources.example_id() is None, "it is not asked for again and again"
    now[0] += resources.EXAMPLE_RETRY_SECONDS
    assert resources.example_id() == "a" * 26
