"""Voting as phones and presenter do it: the page, who may open and reveal, what is told before that."""

import csv
import io
import re
import threading
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from app import resources
from app.components import show_of_hands
from app.web import operator
from app.web.headers import OWNER_COOKIE, HeadersMiddleware
from app.web.routes import routes
from core.base.environment import pack_name
from core.storage.ballots import BLIND, CLOSED, OPEN, PREDICTION, REVEALED, Ballot
from tests.support.app_pages import opened, press
from tests.support.asgi import Answer, ask
from tests.support.serving import example_request, invented_run

APP = Starlette(routes=routes(), middleware=[Middleware(HeadersMiddleware)])
MINE = "m" * 32


def cookie(name: str) -> str:
    return f"{OWNER_COOKIE}={name * 32}"


def vote(ballot: Ballot, voter: str, body: str) -> Answer:
    return ask(APP, f"/vote/{ballot.id}", "POST", body.encode(), cookie=cookie(voter))


@pytest.fixture
def run_id(pack: Path) -> str:
    """A finished run of all painters: pixel ascent pleases the judge, guided diffusion is most realistic."""
    return invented_run(resources.store(), example_request(pack_name()), owner=MINE)


def opened_ballot(run_id: str, kind: str) -> Ballot:
    run = resources.store().get(run_id)
    assert run is not None
    return resources.ballots().open(run_id, kind, run.request.painters)


def test_a_phone_votes_sees_that_it_counts_and_may_change_it(run_id):
    ballot = opened_ballot(run_id, PREDICTION)
    page = ask(APP, f"/vote/{ballot.id}", accept="text/html")
    assert page.status == 200 and OWNER_COOKIE in page.headers["set-cookie"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.text.count('type="radio"') == 9 and "script" not in page.text and "<img" not in page.text
    assert vote(ballot, "a", "judge=pixels&real=pixels&guidance=falls").status == 303
    assert "your vote counts" in ask(APP, f"/vote/{ballot.id}", cookie=cookie("a")).text
    assert "checked" in ask(APP, f"/vote/{ballot.id}?again=1", cookie=cookie("a")).text
    assert vote(ballot, "a", "judge=vqgan&real=diffusion&guidance=rises&more=1").status == 303
    tally = resources.ballots().tally(ballot.id)
    assert tally == {"judge": {"vqgan": 1}, "real": {"diffusion": 1}, "guidance": {"rises": 1}}


def test_thirty_phones_vote_in_one_moment(run_id):
    ballot = opened_ballot(run_id, PREDICTION)
    status: list[int] = []
    names = [chr(ord("A") + number) for number in range(26)] + list("wxyz")

    def one(name: str) -> None:
        status.append(vote(ballot, name, "judge=pixels&real=diffusion").status)

    threads = [threading.Thread(target=one, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert status == [303] * 30 and resources.ballots().voted(ballot.id) == 30


@pytest.mark.parametrize("body", ["", "judge=nobody", "judge", "x" * 9000, "%ff=%ff", "judge=pixels%00"])
def test_what_no_phone_sends_counts_for_nothing(run_id, body):
    ballot = opened_ballot(run_id, PREDICTION)
    assert vote(ballot, "a", body).status in (303, 400)
    assert resources.ballots().voted(ballot.id) == 0


def test_a_browser_without_cookies_and_a_late_vote_are_told_so(run_id):
    ballot = opened_ballot(run_id, PREDICTION)
    refused = ask(APP, f"/vote/{ballot.id}", "POST", b"judge=pixels")
    assert refused.status == 400 and "keeps no cookies" in refused.text
    resources.ballots().set_state(ballot.id, CLOSED)
    late = vote(ballot, "a", "judge=pixels")
    assert late.status == 409 and "not counted" in late.text
    assert ask(APP, f"/vote/{'a' * 26}").status == 404


def test_a_blind_ballot_tells_no_name_and_no_figure_before_it_is_revealed(run_id):
    ballot = opened_ballot(run_id, BLIND)
    told = ask(APP, f"/ballots/{ballot.id}.json").text + ask(APP, f"/vote/{ballot.id}").text
    pictures = re.findall(r'"(/ballots/[^"]+\.png)"', ask(APP, f"/vote/{ballot.id}").text)
    assert len(pictures) == 3 and run_id not in pictures[0]
    assert not re.search("pixels.png|vqgan.png|diffusion.png", told)
    bodies = [TestClient(APP).get(address).content for address in pictures]
    steps = {"pixels": 20, "vqgan": 12, "diffusion": 10}
    paths = [resources.store().frame_path(run_id, name, steps[name]) for name in ballot.places]
    assert bodies == [path.read_bytes() for path in paths]
    letter = "abc"[ballot.places.index("diffusion")]
    assert vote(ballot, "a", f"real={letter}&prompt={letter}").status == 303
    assert resources.ballots().tally(ballot.id)["real"] == {"diffusion": 1}
    assert ask(APP, f"/ballots/{ballot.id}/d.png").status == 404


def test_votes_are_told_when_they_are_revealed_with_what_was_measured(run_id):
    ballot = opened_ballot(run_id, BLIND)
    letter = "abc"[ballot.places.index("pixels")]
    vote(ballot, "a", f"real={letter}&prompt={letter}")
    assert '"votes":1' not in ask(APP, f"/ballots/{ballot.id}.json").text
    assert ask(APP, f"/ballots/{ballot.id}.csv").status == 403
    assert ask(APP, f"/ballots/{ballot.id}.csv", cookie=f"{OWNER_COOKIE}={MINE}").status == 200
    resources.ballots().set_state(ballot.id, REVEALED)
    revealed = ask(APP, f"/ballots/{ballot.id}.json").text
    assert '{"label":"Pixel ascent","votes":1,"answered":true}' in revealed, "it pleases the judge"
    assert '{"label":"Guided diffusion","votes":0,"answered":true}' in revealed, "it is most realistic"
    rows = list(csv.DictReader(io.StringIO(ask(APP, f"/ballots/{ballot.id}.csv").text)))
    assert [(row["voter"], row["answer"], row["answered_by_the_run"]) for row in rows] == [
        ("1", "Pixel ascent", "Pixel ascent"),
        ("1", "Pixel ascent", "Guided diffusion"),
    ]
    assert "Open the pictures" in ask(APP, f"/vote/{ballot.id}").text


def test_whoever_started_the_run_presides_and_nobody_else(run_id, monkeypatch):
    secrets = {"secret": MINE}
    monkeypatch.setattr(show_of_hands.session, "owner_secret", lambda: secrets["secret"])
    ballot = opened_ballot(run_id, PREDICTION)
    for secret, state in (("t" * 32, OPEN), (MINE, CLOSED)):
        secrets["secret"] = secret
        show_of_hands.act({"ballot": ballot.id, "act": "close"})
        assert resources.ballots().get(ballot.id).state == state
    monkeypatch.setenv("CTJP_OPERATOR_CODE", "open sesame")
    operator.operator_code.cache_clear()
    cookies = {operator.OPERATOR_COOKIE: operator._cookie_value()}
    monkeypatch.setattr(show_of_hands, "is_operator", lambda _: operator.is_operator(cookies))
    secrets["secret"] = "t" * 32
    show_of_hands.act({"ballot": ballot.id, "act": "reveal"})
    assert resources.ballots().get(ballot.id).state == REVEALED
    for junk in (None, "x", {}, {"ballot": 3}, {"ballot": ballot.id, "act": "burn"}):
        show_of_hands.act(junk)
    operator.operator_code.cache_clear()


def test_one_person_alone_predicts_before_the_run_is_painted(pack):
    test = press(opened(), "Predict, then look")
    run_id = test.query_params["run"]
    run_id = run_id if isinstance(run_id, str) else run_id[0]
    ballot = resources.ballots().newest(run_id)
    assert ballot is not None and (ballot.kind, ballot.state) == (PREDICTION, OPEN)
    stronger = [run for run in resources.store().recent() if run.id != run_id]
    assert [run.request.painters for run in stronger] == [("diffusion",)]
