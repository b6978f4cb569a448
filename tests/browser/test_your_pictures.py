"""Your pictures in a real headless Chromium, with the real server and tiny random models."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.support.browser import expect
from tests.support.serving import fetch


@pytest.fixture
def visit(watched):
    """Opens the page as whoever has this secret."""
    return lambda owner: watched("/pictures", owner=owner, wait=".pictures")


def file(name, picture, kind="PNG"):
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return {"name": name, "mimeType": f"image/{kind.lower()}", "buffer": buffer.getvalue()}


def bring(one, *files):
    one.page.locator("input[type=file]").set_input_files(list(files))
    expect(one.page.get_by_test_id("stFileChip")).to_have_count(len(files))
    expect(one.page.get_by_test_id("stFileChipIconSpinner")).to_have_count(0)
    one.page.get_by_role("button", name="Measure").click()


def test_own_pictures_are_measured_shown_and_removed(visit, address, store):
    one = visit("pictures-" * 4)
    expect(one.page.locator(".empty")).to_contain_text("Add a picture of your own")
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8))
    bring(one, file("my noise.png", noise))
    only = one.page.locator(".card")
    expect(only).to_have_attribute("data-status", "done")
    expect(only.get_by_role("heading")).to_have_text("my noise.png")
    expect(only.locator("figcaption")).to_have_text(
        ["Uploaded: 90 × 60", "What the judge sees: the middle square, scaled to 32 × 32"]
    )
    expect(only.locator(".marks .meter")).to_have_count(3)
    expect(only.locator(".words p").first).to_contain_text("Judge: ")
    only.get_by_text("What realism is made of").click()
    expect(only.locator(".parts .label b")).to_have_text(
        ["S", "K", "Spectrum", "Local contrast", "Edges", "Colour", "p"]
    )
    expect(one.page.get_by_test_id("stFileChip")).to_have_count(0)  # the server keeps no copy
    source = only.locator(".seen img").get_attribute("src")
    assert fetch(address + source)[0] == 200 and "private" in fetch(address + source)[1]["Cache-Control"]
    stranger = visit("stranger-" * 4)
    expect(stranger.page.locator(".empty")).to_be_visible()
    only.get_by_role("button", name="Remove my noise.png now").click()
    expect(one.page.locator(".empty")).to_be_visible()
    assert fetch(address + source)[0] == 404


def test_several_pictures_become_a_table_and_bad_files_a_sentence_each(visit):
    one = visit("several-" * 4)
    good = [file(f"{colour}.png", Image.new("RGB", (64, 64), colour)) for colour in ("red", "blue")]
    text = {"name": "notes.png", "mimeType": "image/png", "buffer": b"dear judge" * 100}
    bomb = file("bomb.png", Image.new("1", (30_000, 30_000)))
    bring(one, *good, text, bomb)
    expect(one.page.get_by_test_id("stAlert")).to_have_count(2)
    expect(one.page.get_by_test_id("stAlert").first).to_contain_text(
        "notes.png holds no PNG, JPEG or WebP picture"
    )
    expect(one.page.get_by_test_id("stAlert").last).to_contain_text("bomb.png has")
    expect(one.page.locator(".card[data-status=done]")).to_have_count(2)
    rows = one.page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first.locator("td")).to_have_count(7)
    rows.first.get_by_role("link").click()
    expect(one.page.locator(".card").first).to_be_focused()
