"""What the browser asks about shows of hands: how they stand, their pictures without names, their votes as
a table."""

import csv
import io
from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from app import resources
from app.web.addresses import base_path
from app.web.answers import NO_STORE, file_or_not_found, not_found
from app.web.headers import owner_in
from app.web.operator import is_operator
from core.lesson import show_of_hands
from core.lesson.run_curves import last_rows
from core.storage.ballots import BLIND, PREDICTION, REVEALED, Ballot
from core.storage.records import Run

NO_BALLOT = "There is no such ballot. It may have been removed together with its run."
COLUMNS = ("ballot", "prompt", "seed", "question", "voter", "answer", "answered_by_the_run")
LETTERS = "abcdefgh"


def ballot_and_run(request: Request) -> tuple[Ballot, Run] | None:
    """The ballot that the path names and its run, or None. Raises StoreError."""
    ballot = resources.ballots().get(request.path_params["ballot"])
    run = resources.store().get(ballot.run) if ballot else None
    return (ballot, run) if ballot and run else None


def get_ballot(request: Request) -> Response:
    """How a ballot stands; what was voted only once it is revealed."""
    found = ballot_and_run(request)
    return not_found(NO_BALLOT) if found is None else JSONResponse(ballot_state(*found), headers=NO_STORE)


def ballot_state(ballot: Ballot, run: Run) -> dict[str, Any]:
    """The same as JSON-ready data: questions with their choices, in the order of the pictures."""
    is_revealed = ballot.state == REVEALED
    tally = resources.ballots().tally(ballot.id) if is_revealed else {}
    answers = run_answers(ballot, run) if is_revealed else {}
    return {
        "id": ballot.id,
        "run": ballot.run,
        "kind": ballot.kind,
        "state": ballot.state,
        "prompt": run.request.prompt,
        "voted": resources.ballots().voted(ballot.id),
        "page": f"{base_path()}/vote/{ballot.id}",
        "pictures": [picture_address(ballot, place) for place in range(len(ballot.places))]
        if ballot.kind == BLIND and not is_revealed
        else [],
        "questions": [
            {
                "text": question.text,
                "choices": [
                    {
                        "label": label,
                        "votes": tally.get(question.name, Counter())[answer],
                        "answered": answer in answers.get(question.name, ()),
                    }
                    for answer, label in question.choices
                ],
            }
            for question in show_of_hands.questions(ballot.kind, run.request)
        ],
    }


def run_answers(ballot: Ballot, run: Run) -> dict[str, list[str]]:
    """Question → what the run has answered so far; nothing before it is done."""
    if run.status != "done":
        return {}
    last = last_rows(resources.store(), run.id)
    stronger = None
    request = show_of_hands.stronger_guidance(run.request) if ballot.kind == PREDICTION else None
    other = resources.store().find(request, run.pack_hash) if request else None
    if other is not None and other.status == "done":
        stronger = last_rows(resources.store(), other.id).get("diffusion")
    return show_of_hands.answers(ballot.kind, run.request, last, stronger)


def picture_address(ballot: Ballot, place: int) -> str:
    """Of one picture of a blind ballot, by its letter."""
    return f"{base_path()}/ballots/{ballot.id}/{LETTERS[place]}.png"


def get_blind_picture(request: Request) -> Response:
    """The last picture of one painter, by the letter under which a blind ballot shows it."""
    found = ballot_and_run(request)
    letter = request.path_params["letter"]
    if found is None or found[0].kind != BLIND or letter not in LETTERS[: len(found[0].places)]:
        return not_found()
    ballot, run = found
    row = last_rows(resources.store(), run.id).get(ballot.places[LETTERS.index(letter)])
    path = resources.store().frame_path(run.id, row.painter, row.step) if row else None
    return file_or_not_found(path, NO_STORE)


def get_votes_table(request: Request) -> Response:
    """Every vote as CSV; before the votes are revealed, for whoever may reveal them."""
    found = ballot_and_run(request)
    if found is None:
        return not_found(NO_BALLOT)
    ballot, run = found
    is_presenter = is_operator(request.cookies) or resources.store().queue.may_cancel(
        run.id, owner_in(request.cookies)
    )
    if ballot.state != REVEALED and not is_presenter:
        return PlainTextResponse("The votes have not been revealed yet.", 403, headers=NO_STORE)
    named = f'attachment; filename="votes-{ballot.kind}.csv"'
    headers = NO_STORE | {"Content-Disposition": named}
    return Response(_votes_csv(ballot, run), media_type="text/csv; charset=utf-8", headers=headers)


def _votes_csv(ballot: Ballot, run: Run) -> str:
    answers = run_answers(ballot, run)
    texts = {question.name: question for question in show_of_hands.questions(ballot.kind, run.request)}
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(COLUMNS)
    for voter, name, answer in resources.ballots().votes(ballot.id):
        question = texts.get(name)
        labels = dict(question.choices) if question else {}
        said = " / ".join(labels.get(one, one) for one in answers.get(name, ()))
        asked = question.text if question else name
        prompt, seed = run.request.prompt, run.request.seed
        table.writerow([ballot.kind, prompt, seed, asked, voter, labels.get(answer, answer), said])
    return written.getvalue()
