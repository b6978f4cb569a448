"""A show of hands in a real headless Chromium: a lecturer at the projector, the room on its phones."""

import re

from tests.support.browser import expect


def ask(lecturer, vote):
    """Open a vote; returns the address that the projector shows."""
    lecturer.button("Show of hands", exact=False).click()
    lecturer.page.get_by_test_id("stPopoverBody").get_by_role("button", name=vote).click()
    link = lecturer.page.locator(".hands a, .link a").first
    expect(link).to_have_attribute("href", re.compile("/vote/"))
    lecturer.page.keyboard.press("Escape")
    return link.get_attribute("href")


def vote(watched, path, choose):
    """One phone: for each question, the answer whose number `choose` gives."""
    phone = watched(path, "form", width=360, height=740)
    for number, question in enumerate(phone.page.locator("fieldset").all()):
        question.locator("label").nth(choose(number)).click()
    phone.button("Vote").click()
    expect(phone.page.get_by_text("Thank you, your vote counts.")).to_be_visible()
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360
    return phone


def test_the_room_predicts_before_it_sees_and_then_votes_blind(watched):
    lecturer = watched()
    stage = lecturer.page.locator(".player")
    lecturer.prompt.fill("a blue rabbit on grass at sunset")
    path = ask(lecturer, "Predict, then look")
    expect(stage).to_have_attribute("data-covered", "")
    expect(lecturer.page.locator(".panel canvas").first).not_to_be_visible()
    phones = [vote(watched, path, lambda number, mine=mine: (number + mine) % 3) for mine in range(2)]
    voted = lecturer.page.locator(".voted")
    expect(voted).to_have_text("2")
    lecturer.status("done")
    lecturer.button("Close the vote").click()
    expect(lecturer.page.get_by_text("The vote is closed.")).to_be_visible()
    lecturer.button("Reveal").click()
    expect(lecturer.page.get_by_text("Prediction, 2 votes.")).to_be_visible()
    expect(lecturer.page.locator(".choice.answered").first).to_be_visible()
    expect(lecturer.page.locator(".panel canvas").first).to_be_visible()
    expect(phones[0].page.get_by_text("2 voted.")).to_be_visible()

    path = ask(lecturer, "Blind vote on these pictures")
    expect(lecturer.page.get_by_alt_text("Picture A")).to_be_visible()
    names = re.compile("Pixel ascent|VQGAN|diffusion")
    phone = vote(watched, path, lambda number: 0)
    expect(phone.page.locator("body")).not_to_contain_text(names)
    lecturer.button("Close the vote").click()
    lecturer.button("Reveal").click()
    expect(lecturer.page.get_by_text("Blind vote, 1 vote.")).to_be_visible()
