"""A hand-out can be had where a lesson is: its link, its QR code's address, and pages that offer it."""

from types import SimpleNamespace

from starlette.requests import Request
from streamlit.testing.v1 import AppTest

from app import resources, session
from app.components import export_import
from app.views import noise_on_purpose
from app.web import downloads
from core.base.request import RunRequest
from tests.support.app_pages import checked, forget_caches
from tests.support.serving import invented_run, pack_with_example

RUN = SimpleNamespace(id="a" * 26, status="done")


def asked_at(host):
    headers = [(b"host", host.encode())]
    scope = {"type": "http", "scheme": "http", "path": "/exports", "query_string": b"", "headers": headers}
    return Request({**scope, "server": ("127.0.0.1", 8501)})


def test_the_link_is_that_of_the_page_itself():
    assert downloads._link_to(asked_at("192.0.2.7:8501"), RUN) == f"http://192.0.2.7:8501/?run={RUN.id}"


def test_another_address_gets_a_hand_out_of_its_own():
    one, other = (downloads._with_link("0" * 16, f"http://{host}/") for host in ("a", "b"))
    assert one != other and len(one) == 16 and downloads._with_link("0" * 16, "") == "0" * 16


def test_the_pages_of_the_lesson_offer_both_papers(monkeypatch):
    shown = []
    monkeypatch.setattr(export_import.st, "html", lambda text, **_: shown.append(text))
    export_import.show_handout(RUN)
    assert 'data-export="handout"' in shown[0] and 'data-export="handout-letter"' in shown[0]


def test_noise_on_purpose_gives_the_hand_out_of_any_run_with_its_painter(bare_pack, tmp_path, monkeypatch):
    folder = pack_with_example(bare_pack, tmp_path / "pack")
    monkeypatch.setenv("CTJP_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("CTJP_PACK", str(folder))
    forget_caches()
    monkeypatch.setattr(session, "owner_secret", lambda: "me")
    shown = []
    monkeypatch.setattr(noise_on_purpose, "show_handout", lambda run: shown.append(run.id))
    asked = {
        "mine": (("diffusion",), "done"),
        "other painter": (("pixels",), "done"),
        "unfinished": (("diffusion",), "failed"),
    }
    ids = {
        name: invented_run(
            resources.store(), RunRequest.make(name, pack=str(folder), painters=painters), status, owner="me"
        )
        for name, (painters, status) in asked.items()
    }

    def page():
        from app.views import noise_on_purpose

        noise_on_purpose._show_handout()

    try:
        test = checked(AppTest.from_function(page, default_timeout=30).run())
        (choice,) = test.selectbox
        assert len(choice.options) == 2 and shown == [resources.example_id()]
        checked(choice.set_value(ids["mine"]).run())
        assert shown[-1] == ids["mine"]
    finally:
        forget_caches()
