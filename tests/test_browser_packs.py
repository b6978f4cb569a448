"""The page Model packs in a real browser: idle, downloading, stopped, failed, done, removed; and who may do what."""

import hashlib
import json
import threading

import pytest

from tests.browser import PATIENCE_MS, Watched
from tests.file_server import offering
from tests.serving import serving

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
playwright_api.expect.set_options(timeout=PATIENCE_MS)
expect = playwright_api.expect
WEIGHTS = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def files():
    with offering() as files:
        yield files


@pytest.fixture(scope="module")
def folder(files, tmp_path_factory):
    """Where packs go, with a catalogue beside it: one pack whose only file the server offers."""
    folder = tmp_path_factory.mktemp("catalogue")
    way = {"name": "model.bin", "bytes": len(WEIGHTS), "sha256": hashlib.sha256(WEIGHTS).hexdigest(), "sources": [files.add("/a", WEIGHTS)]}
    part = {
        "title": "A judge", "licence": "mit", "card": "https://example.org/card", "parameters": 10, "gflop": {"32": 1.0},
        "entry": {"format": "open_clip", "architecture": "ViT-B-32"}, "files": {"file": [way]}, "note": "For tests.",
    }  # fmt: skip
    pack = {"title": "Pack one", "about": "Tiny.", "size": 32, "examples": ["a fox"], "models": {"judge": "j", "heldout": "j"}}
    (folder / "catalogue.json").write_text(json.dumps({"parts": {"j": part}, "packs": {"one": pack}}))
    return folder


def packs_page(browser, address):
    """The page, opened by a new visitor."""
    one = Watched(browser, address)
    one.page.goto(address + "/packs")
    one.card = one.page.locator(".st-key-pack-one")
    expect(one.card).to_contain_text("Pack one")
    return one


def faults(one):
    """What the page complained of, but for Streamlit's own search for the server below a page's address."""
    return [fault for fault in one.faults if "_stcore" not in fault and "404 (Not Found)" not in fault]


def test_a_pack_is_agreed_to_watched_stopped_resumed_and_removed(browser, place, folder, files, tmp_path):
    settings = {"CTJP_PACKS": str(folder / "packs"), "CTJP_CATALOGUE": str(folder / "catalogue.json")}
    with serving(*place, tmp_path / "log", **settings) as (address, _):
        one = packs_page(browser, address)
        page, card = one.page, one.card
        expect(card).to_contain_text("Not here")
        expect(card).to_contain_text("1.0 MB to download")
        expect(card.get_by_role("link", name="MIT").first).to_have_attribute("href", "https://opensource.org/license/mit")
        expect(page.locator(".st-key-pack-miniature")).to_contain_text("Comes with the program")
        expect(card.get_by_role("button", name="Download")).to_be_disabled()
        assert files.asked == []  # nothing comes without being asked for

        files.hold["/a"] = threading.Event()
        card.get_by_text("I have read these licences").click()
        card.get_by_role("button", name="Download").click()
        expect(card).to_contain_text("524 KB of 1.0 MB")
        other = packs_page(browser, address)  # another tab, and a page that was left and opened again, see the same
        expect(other.card).to_contain_text("Downloading")
        other.card.get_by_role("button", name="Stop").click()
        expect(card).to_contain_text("Stopping")
        files.hold.pop("/a").set()
        expect(card).to_contain_text("Here in part")
        expect(other.card.get_by_role("button", name="Go on")).to_be_visible()
        other.close()

        files.status["/a"] = 404
        card.get_by_role("button", name="Go on").click()  # agreed to already
        expect(card.get_by_role("alert")).to_contain_text("has it no more")
        files.status.clear()
        card.get_by_role("button", name="Go on").click()
        expect(card).to_contain_text("CTJP_PACK=one streamlit run")
        expect(card).to_contain_text("1.0 MB on disk")
        assert (folder / "packs" / "one" / "j" / "model.bin").read_bytes() == WEIGHTS
        card.get_by_role("button", name="Remove").click()
        expect(card).to_contain_text("Not here")
        assert not (folder / "packs" / "one").exists() and faults(one) == []
        one.close()
