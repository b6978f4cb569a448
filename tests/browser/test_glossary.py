"""A term explains itself by tap, by pointer and by keyboard, with the sentence of the glossary."""

import pytest

from app.charts.marks import EXPLAINED
from core.base.glossary import meaning
from tests.support.browser import expect
from tests.support.serving import STEPS


def test_terms_explain_themselves_by_keyboard_pointer_and_press(watched):
    one = watched("/")
    one.wait_steps(**STEPS)
    listed = one.page.locator(".glossary .term")
    expect(listed).to_have_text(list(EXPLAINED.values()), use_inner_text=True)
    judge = one.page.locator(".panel dt .term").first
    said = one.page.locator(".panel dt .explained").first
    expect(said).to_be_hidden()
    judge.focus()
    one.page.keyboard.press("Enter")
    expect(said).to_contain_text(meaning("judge"))
    expect(said.get_by_role("link")).to_have_attribute("href", "/about")
    expect(judge).to_have_attribute("aria-expanded", "true")
    expect(judge).to_have_accessible_description(f"judge: {meaning('judge')}")
    one.page.keyboard.press("Escape")
    expect(said).to_be_hidden()
    judge.hover()
    expect(said).to_be_visible()
    judge.click()  # keeps it
    one.page.mouse.move(5, 5)
    expect(said).to_be_visible()
    judge.click()
    expect(said).to_be_hidden()


@pytest.mark.parametrize(("title", "row"), [("Gallery", ".gallery .glossary"), ("Realism", ".glossary")])
def test_the_same_sentences_stand_on_other_pages(watched, title, row):
    one = watched("/")
    one.page.get_by_role("link", name=title, exact=True).click()
    judge = one.page.locator(f"{row} .term", has_text="judge").first
    expect(judge).to_have_text("judge")
    judge.focus()
    one.page.keyboard.press("Enter")
    said = one.page.locator(f"{row} .explained:popover-open")
    expect(said).to_contain_text(meaning("judge"))
    expect(said.get_by_role("link")).to_have_attribute("href", "/about")
    one.page.keyboard.press("Escape")
    expect(said).to_have_count(0)
