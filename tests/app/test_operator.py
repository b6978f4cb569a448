"""The operator's link: only whoever got it from the terminal may change what is on the server's disk."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette

from app.web import operator
from app.web.routes import routes
from tests.support.asgi import ask

APP = Starlette(routes=routes())


@pytest.fixture(autouse=True)
def code(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A code of the test's own."""
    monkeypatch.setenv("CTJP_OPERATOR_CODE", "open sesame")
    operator.operator_code.cache_clear()
    yield "open sesame"
    operator.operator_code.cache_clear()


def test_the_link_leaves_a_cookie_and_leads_to_the_packs():
    answer = ask(APP, "/operator?code=open%20sesame")
    assert (answer.status, answer.headers["location"]) == (303, "/packs")
    cookie = answer.headers["set-cookie"]
    assert (
        "HttpOnly" in cookie
        and "samesite=lax" in cookie.lower()
        and "Secure" not in cookie
        and "sesame" not in cookie
    )
    name, _, value = cookie.partition(";")[0].partition("=")
    assert operator.is_operator({name: value})
    assert "Secure" in ask(APP, "/operator?code=open%20sesame", scheme="https").headers["set-cookie"]


def test_below_a_base_path_the_cookie_is_the_apps_own(monkeypatch):
    monkeypatch.setattr(operator, "base_path", lambda: "/class")
    answer = ask(APP, "/operator?code=open%20sesame")
    assert answer.headers["location"] == "/class/packs" and "Path=/class;" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "given", ["", "?code=", "?code=open", "?code=%ff", "?code=open%20sesame%00", "?x=open%20sesame"]
)
def test_no_other_link_does(given):
    answer = ask(APP, "/operator" + given, x_forwarded_for="127.0.0.1", host="localhost")
    assert answer.status == 403 and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "cookies", [{}, {"ctjp_operator": ""}, {"ctjp_operator": "open sesame"}, {"ctjp_operator": "ü"}]
)
def test_nobody_is_the_operator_because_of_where_a_connection_comes_from(cookies):
    assert not operator.is_operator(cookies)


def test_without_a_setting_every_server_has_a_new_code(monkeypatch):
    monkeypatch.delenv("CTJP_OPERATOR_CODE")
    operator.operator_code.cache_clear()
    first = operator.operator_code()
    operator.operator_code.cache_clear()
    assert len(first) >= 32 and operator.operator_code() != first


def test_the_link_is_one_for_this_computer(monkeypatch):
    options = {"server.address": "0.0.0.0", "server.port": 8501, "server.baseUrlPath": "class"}
    monkeypatch.setattr(operator.config, "get_option", options.get)
    assert operator.operator_link() == "http://localhost:8501/class/operator?code=open%20sesame"


def test_the_link_is_printed_once_and_only_where_it_opens_something(monkeypatch, capsys, code):
    from app import main

    main._print_operator_link()
    assert capsys.readouterr().out.count("/operator?code=open%20sesame") == 1
    for setting in ("everyone", "nobody", "somebody"):
        monkeypatch.setenv("CTJP_DOWNLOADS", setting)
        main._print_operator_link()
    assert capsys.readouterr().out == ""
