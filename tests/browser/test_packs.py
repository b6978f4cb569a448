"""The page Model packs in a real browser: from download to removal, and who may do what."""

import hashlib
import json
import threading

import pytest

from tests.support.browser import Watched, expect
from tests.support.file_server import offering
from tests.support.own_app import app_fixtures
from tests.support.serving import serving

place, _, _ = app_fixtures("module")
WEIGHTS = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def files():
    with offering() as files:
        yield files


@pytest.fixture(scope="module")
def folder(files, tmp_path_factory):
    """Where packs go, with a catalogue beside it: one pack whose only file the server offers."""
    folder = tmp_path_factory.mktemp("catalogue")
    way = {
        "name": "model.bin",
        "bytes": len(WEIGHTS),
        "sha256": hashlib.sha256(WEIGHTS).hexdigest(),
        "sources": [files.add("/a", WEIGHTS)],
    }
    part = {
        "title": "A judge",
        "licence": "mit",
        "card": "https://example.org/card",
        "parameters": 10,
        "gflop": {"32": 1.0},
        "entry": {"format": "open_clip", "architecture": "ViT-B-32"},
        "files": {"file": [way]},
        "note": "For tests.",
    }
    pack = {
        "title": "Pack one",
        "about": "Tiny.",
        "size": 32,
        "examples": ["a fox"],
        "models": {"judge": "j", "heldout": "j"},
    }
    (folder / "catalogue.json").write_text(json.dumps({"parts": {"j": part}, "packs": {"one": pack}}))
    return folder


def packs_page(browser, address, operator=True):
    """The page, opened by whoever runs the server, or by somebody else."""
    one = Watched(browser, address)
    one.page.goto(address + ("/operator?code=sesame" if operator else "/packs"))
    one.card = one.page.locator(".st-key-pack-one")
    expect(one.card).to_contain_text("Pack one")
    return one


def download_and_stop(browser, address, card, files):
    """Another tab, and a page that was left and opened again, see the same download, and may stop it."""
    files.hold["/a"] = threading.Event()
    card.get_by_text("I have read these licences").click()
    card.get_by_role("button", name="Download").click()
    expect(card).to_contain_text("524 KB of 1.0 MB")
    other = packs_page(browser, address)
    expect(other.card).to_contain_text("Downloading")
    other.card.get_by_role("button", name="Stop").click()
    expect(card).to_contain_text("Stopping")
    files.hold.pop("/a").set()
    expect(card).to_contain_text("Partly downloaded")
    expect(other.card.get_by_role("button", name="Resume")).to_be_visible()
    other.close()


def test_a_pack_is_agreed_to_watched_stopped_resumed_and_removed(browser, place, folder, files, tmp_path):
    settings = {"CTJP_PACKS": str(folder / "packs"), "CTJP_CATALOGUE": str(folder / "catalogue.json")}
    settings["CTJP_OPERATOR_CODE"] = "sesame"
    with serving(*place, tmp_path / "log", **settings) as (address, _):
        one = packs_page(browser, address)
        page = one.page
        card = one.card
        expect(card).to_contain_text("Not downloaded")
        expect(card).to_contain_text("1.0 MB to download")
        expect(card.get_by_role("link", name="MIT").first).to_have_attribute(
            "href", "https://opensource.org/license/mit"
        )
        expect(page.locator(".st-key-pack-miniature")).to_contain_text("Included")
        expect(card.get_by_role("button", name="Download")).to_be_disabled()
        assert files.asked == []  # nothing comes without being asked for

        visitor = packs_page(browser, address, operator=False)
        expect(visitor.card).to_contain_text("python -m core packs get one")
        expect(visitor.page.get_by_role("button", name="Download")).to_have_count(0)
        visitor.close()

        download_and_stop(browser, address, card, files)
        files.status["/a"] = 404
        card.get_by_role("button", name="Resume").click()  # agreed to already
        expect(card.get_by_role("alert")).to_contain_text("no longer has it")
        files.status.clear()
        card.get_by_role("button", name="Resume").click()
        expect(card).to_contain_text("CTJP_PACK=one streamlit run")
        expect(card).to_contain_text("1.0 MB on disk")
        assert (folder / "packs" / "one" / "j" / "model.bin").read_bytes() == WEIGHTS
        card.get_by_role("button", name="Remove").click()
        expect(card).to_contain_text("Not downloaded")
        assert not (folder / "packs" / "one").exists() and one.faults == []
        one.close()
