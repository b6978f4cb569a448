"""Tests share browser profiles, and none of them finds anything of the one before."""

import re
from pathlib import Path

import pytest

from tests.support.browser import Watched

SPOILS = re.compile(r"context\.(add_init_script|route|expose_\w+)\(|clock\.install\(")  # and cannot be undone
ALL_KEPT = """async () => {
    const databases = await indexedDB.databases();
    const granted = await navigator.permissions.query({ name: "geolocation" });
    return {
        local: Object.keys(localStorage), session: Object.keys(sessionStorage),
        cookies: document.cookie.match(/[^ ;=]+(?==)/g),
        databases: databases.length, geolocation: granted.state, online: navigator.onLine,
        answer: await (await fetch("/_stcore/health")).text(),
        calm: matchMedia("(prefers-reduced-motion)").matches,
    };
}"""
LEAVE_TRACES = """async () => {
    localStorage.setItem("trace", "1");
    sessionStorage.setItem("trace", "1");
    document.cookie = "trace=1; max-age=9999";
    const opened = indexedDB.open("trace");
    await new Promise((resolve) => { opened.onsuccess = resolve; });
    opened.result.close();
}"""


def looked_at(one):
    """What a page of the app's server finds of earlier visits; the plainest page will do."""
    return at_the_server(one).page.evaluate(ALL_KEPT)


def at_the_server(one):
    one.page.goto(f"{one.address}/_stcore/health")
    return one


def test_a_shared_profile_is_like_a_new_one(browser, address):
    one = Watched(browser, address)
    profile = one.context
    first = looked_at(one)
    one.page.evaluate(LEAVE_TRACES)
    one.context.grant_permissions(["geolocation"])
    one.page.emulate_media(reduced_motion="reduce")
    one.page.route("**/_stcore/health", lambda route: route.fulfill(body="changed"))
    assert looked_at(one) != first, "what is looked for below can be found"
    one.context.set_offline(True)
    one.close()
    one.close()  # which gives it back once
    other = Watched(browser, address)
    third = Watched(browser, address)
    assert other.context is profile and third.context is not profile
    assert looked_at(other) == first
    other.close()
    third.close()
    assert one.faults == other.faults == []


@pytest.mark.parametrize("options", [{"tour": True}, {"width": 1300}, {"scheme": "dark"}])
def test_other_kinds_of_visit_have_other_profiles(browser, address, options):
    other = Watched(browser, address, **options)
    other.close()
    ordinary = Watched(browser, address)
    assert ordinary.context is not other.context
    ordinary.close()


def test_a_stopped_clock_and_a_first_visit_are_never_passed_on(browser, address):
    one = at_the_server(Watched(browser, address))
    one.stop_clock()
    first = Watched(browser, address, tour=True)
    used = [one.context, first.context]
    one.close()
    first.close()
    later = [Watched(browser, address, **options) for options in ({}, {}, {"tour": True})]
    assert not any(context is other.context for context in used for other in later)
    for other in later:
        other.close()


def test_requests_to_anybody_else_are_noted_once_and_reach_nobody(browser, address):
    Watched(browser, address).close()
    one = at_the_server(Watched(browser, address))
    foreign = "http://192.0.2.1/picture.png", "http://somebody.example/picture.png"
    for url in foreign:
        one.page.evaluate("url => fetch(url).catch(() => undefined)", url)
    noted = [fault for fault in one.faults if fault.startswith("foreign")]
    assert noted == [f"foreign request: {url}" for url in foreign]
    assert sum("ERR_NAME_NOT_RESOLVED" in fault for fault in one.faults) == 2, one.faults
    one.close()


def test_no_test_spoils_a_shared_profile():
    files = Path(__file__).parent.glob("*.py")
    assert [path.name for path in files if SPOILS.search(path.read_text("utf-8"))] == []
