"""The commands and the page that download packs: licences first, and only for those who may."""

import threading
import types

import pytest

from core.__main__ import main
from core.base.errors import PackError, SettingError
from core.packs import installed
from core.packs.manifest import downloaded_packs
from tests.packs.conftest import BIG, one, whole
from tests.support.serving import wait_for


def test_the_servers_download_can_be_watched_stopped_resumed_and_fails_with_a_sentence(offer, files):
    from app.jobs.pack_downloads import PackDownloads

    pack, downloads = one(offer, files.add("/a", BIG)), PackDownloads()
    files.hold["/a"] = threading.Event()
    downloads.start("one")
    wait_for(lambda: downloads.state.done > 0, what="progress")
    assert (
        downloads.state.status == "running"
        and 0 < downloads.state.share < 1
        and downloads.state.host in files.address
    )
    with pytest.raises(PackError, match="Stop it first"):
        downloads.remove("one")
    downloads.stop()
    assert downloads.state.status == "stopping"
    files.hold.pop("/a").set()
    wait_for(lambda: not downloads.state.busy, what="the stop")
    assert downloads.state.status == "stopped" and installed.bytes_here(pack) > 0
    files.status["/a"] = 404
    downloads.start("one")
    wait_for(lambda: not downloads.state.busy, what="the failure")
    assert downloads.state.status == "failed" and "no longer has it" in downloads.state.reason
    files.status.clear()
    downloads.start("one")
    wait_for(lambda: not downloads.state.busy, what="the end")
    assert downloads.state.status == "done" and downloads.state.share == 1.0
    assert downloads.remove("one") == len(BIG) and downloads.state is None and downloaded_packs() == []


def test_the_page_lets_only_those_download_who_may(offer, files, monkeypatch):
    from streamlit.testing.v1 import AppTest

    from app.jobs.pack_downloads import pack_downloads
    from app.views import model_packs
    from app.web import operator

    def page():
        from app.views.model_packs import page

        page()

    def visitor(**cookies):
        monkeypatch.setattr(model_packs.st, "context", types.SimpleNamespace(cookies=cookies))
        return model_packs.may_download()

    one(offer, files.add("/a", BIG))
    assert not visitor() and not visitor(ctjp_operator="guessed")
    assert visitor(ctjp_operator=operator._cookie_value())
    monkeypatch.setenv("CTJP_DOWNLOADS", "everyone")
    assert visitor()
    monkeypatch.setenv("CTJP_DOWNLOADS", "nobody")
    assert not visitor()
    shown = AppTest.from_function(page, default_timeout=60).run()
    assert not shown.exception and not shown.button and not shown.checkbox
    assert "python -m core packs get one" in [code.value for code in shown.code]
    monkeypatch.setattr(
        model_packs.session, "get", lambda key: True
    )  # a browser may press what it was not shown
    model_packs._on_download("one")
    assert pack_downloads().state is None and files.asked == []
    monkeypatch.setenv("CTJP_DOWNLOADS", "all")
    with pytest.raises(SettingError, match="here, everyone or nobody"):
        model_packs.may_download()


def test_the_command_shows_licences_first_and_takes_no_for_an_answer(offer, files, monkeypatch, capsys):
    one(offer, files.add("/a", BIG))
    assert main(["packs", "get", "one"]) == 2  # nobody is there to agree
    said = capsys.readouterr()
    assert "MIT: Free to use" in said.out and "--yes" in said.err and files.asked == []
    monkeypatch.setattr("sys.stdin", types.SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda question: "no")
    assert main(["packs", "get", "one"]) == 2 and files.asked == [] and downloaded_packs() == []
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert main(["packs", "get", "one"]) == 0
    whole("one")


def test_the_commands_list_get_and_remove(offer, files, capsys):
    one(offer, files.add("/a", BIG))
    assert main(["packs", "list"]) == 0
    before = capsys.readouterr().out
    here, _, more = before.partition("\n\n")
    assert (
        "miniature" in here
        and "one" in more
        and "1.0 MB to get" in more
        and "memory about" in more
        and "licences: MIT" in more
    )
    assert main(["packs", "get", "one", "--yes"]) == 0 and main(["packs", "get", "one"]) == 0
    assert "is here already" in capsys.readouterr().out
    assert main(["packs", "list"]) == 0
    assert "one" in capsys.readouterr().out.partition("\n\n")[0]
    assert main(["packs", "remove", "one"]) == 0 and "1.0 MB are free again" in capsys.readouterr().out
    assert main(["packs", "remove", "one"]) == 2 and main(["packs", "get", "enormous"]) == 2
    assert "choose from" in capsys.readouterr().err
