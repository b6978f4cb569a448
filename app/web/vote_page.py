"""The page on which a room votes, on phones: plain HTML without a script. One vote for each browser."""

import functools
import html
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app import resources
from app.web.addresses import base_path
from app.web.answers import NO_STORE
from app.web.ballots import LETTERS, NO_BALLOT, ballot_and_run, ballot_state, picture_address
from app.web.headers import owner_in
from app.web.safe_routes import SAFE_HEADERS, safe_endpoint
from core.lesson import show_of_hands
from core.storage.ballots import BLIND, OPEN, REVEALED, Ballot
from core.storage.records import Run

VOTE_PATH = "/vote/{ballot}"
MAX_BODY_BYTES = 4096
LOOK_AGAIN_SECONDS = 4  # a page without a script loads itself anew
NO_COOKIE = (
    "This browser keeps no cookies for this page, so its vote cannot be counted. Allow cookies, or open the "
    "page in another browser."
)
TOO_LATE = "This vote is closed, so your answers were not counted."
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = SAFE_HEADERS | NO_STORE | {"Content-Security-Policy": POLICY}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">%(again)s
<title>Show of hands</title>
<style>:root { color-scheme: light dark; --line: #8888; }
body { font: 1.1rem/1.4 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.4rem; margin: 0 0 .2rem; overflow-wrap: anywhere } p { margin: .4rem 0 }
fieldset { border: 0; margin: 1.4rem 0 0; padding: 0 } legend { font-weight: 650; padding: 0 0 .4rem }
label { display: flex; gap: .7rem; align-items: center; min-height: 3rem; margin: .4rem 0; padding: 0 .9rem;
  border: 1px solid var(--line); border-radius: .6rem }
label:has(:checked) { outline: 3px solid #4a4a9c } input { width: 1.3rem; height: 1.3rem; margin: 0 }
button { font: inherit; font-weight: 650; width: 100%%; min-height: 3.2rem; margin-top: 1.4rem;
  border: 0; border-radius: .6rem; background: #4a4a9c; color: #fff }
.pictures { display: grid; grid-template-columns: repeat(%(columns)s, 1fr); gap: .5rem; margin-top: 1rem }
figure { margin: 0; text-align: center; font-weight: 650 } img { width: 100%%; border-radius: .4rem }
.bar { height: .7rem; border-radius: .35rem; background: #4a4a9c; margin: 0 0 .7rem }
.row { display: flex; justify-content: space-between; gap: 1rem }</style>
<h1>“%(prompt)s”</h1>%(content)s</html>"""


def vote_route(base: str = "") -> Route:
    """The route that shows the page and takes its votes."""
    return Route(base + VOTE_PATH, _answer, methods=["GET", "POST"])


async def _answer(request: Request) -> Response:
    body = await _small_body(request) if request.method == "POST" else b""
    answer = functools.partial(_vote, body=body) if request.method == "POST" else _show
    return await run_in_threadpool(safe_endpoint(answer), request)


async def _small_body(request: Request) -> bytes:
    """The body, cut off where no form of ours goes on."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY_BYTES:
                break
    except ClientDisconnect:
        return b""
    return body[:MAX_BODY_BYTES]


def _show(request: Request, said: str = "", status: int = 200) -> Response:
    found = ballot_and_run(request)
    if found is None:
        return _page("Show of hands", f"<p>{NO_BALLOT}</p>", status=404)
    ballot, run = found
    given = resources.ballots().answers_of(ballot.id, owner_in(request.cookies))
    if ballot.state == REVEALED:
        return _page(run.request.prompt, _result(ballot, run), status=status)
    if ballot.state != OPEN or (given and "again" not in request.query_params):
        return _page(run.request.prompt, said or _thanks(ballot, given), waits=True, status=status)
    return _page(
        run.request.prompt, said + _form(ballot, run, given), len(run.request.painters), status=status
    )


def _vote(request: Request, body: bytes) -> Response:
    """Count the answers; unknown ones are ignored."""
    found = ballot_and_run(request)
    secret = owner_in(request.cookies)
    if found is None:
        return _show(request)
    if not secret:
        return _show(request, f'<p role="alert">{NO_COOKIE}</p>', 400)
    ballot, run = found
    answers = _read_answers(ballot, run, body)
    if answers and not resources.ballots().vote(ballot.id, secret, answers):
        return _show(request, f'<p role="alert">{TOO_LATE}</p>', 409)
    return RedirectResponse(f"{base_path()}/vote/{ballot.id}", 303, headers=HEADERS)


def _read_answers(ballot: Ballot, run: Run, body: bytes) -> dict[str, str]:
    """Question → answer as it is kept; a blind ballot's letters become painters."""
    submitted = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    found = {}
    for question in show_of_hands.questions(ballot.kind, run.request):
        offered = {text: answer for text, answer, _ in _choices(ballot, question)}
        given = submitted.get(question.name, [""])[0]
        if given in offered:
            found[question.name] = offered[given]
    return found


def _choices(ballot: Ballot, question: show_of_hands.Question) -> list[tuple[str, str, str]]:
    """(what the form sends, what is kept, what people read) of every answer."""
    if ballot.kind == BLIND:
        places = zip(LETTERS, ballot.places, strict=False)
        return [(letter, painter, letter.upper()) for letter, painter in places]
    return [(answer, answer, label) for answer, label in question.choices]


def _form(ballot: Ballot, run: Run, given: Mapping[str, str]) -> str:
    pictures = ""
    if ballot.kind == BLIND:
        shown = (
            f'<figure><img src="{picture_address(ballot, place)}" alt="Picture {letter}">{letter}</figure>'
            for place, letter in zip(range(len(ballot.places)), LETTERS.upper(), strict=False)
        )
        pictures = f'<div class="pictures">{"".join(shown)}</div>'
    fields = "".join(
        f"<fieldset><legend>{html.escape(question.text)}</legend>"
        f"{_fields(ballot, question, given)}</fieldset>"
        for question in show_of_hands.questions(ballot.kind, run.request)
    )
    action = f"{base_path()}/vote/{ballot.id}"
    return f'{pictures}<form method="post" action="{action}">{fields}<button>Vote</button></form>'


def _fields(ballot: Ballot, question: show_of_hands.Question, given: Mapping[str, str]) -> str:
    return "".join(
        f'<label><input type="radio" name="{question.name}" value="{html.escape(text)}" required'
        f"{' checked' if given.get(question.name) == answer else ''}>{html.escape(label)}</label>"
        for text, answer, label in _choices(ballot, question)
    )


def _thanks(ballot: Ballot, given: Mapping[str, str]) -> str:
    voted = resources.ballots().voted(ballot.id)
    number = "1 person has voted." if voted == 1 else f"{voted} people have voted."
    if ballot.state == OPEN:
        change = '<p><a href="?again=1">Change your vote</a></p>'
        return f"<p><b>Thank you, your vote counts.</b></p><p>{number}</p>{change}"
    mine = "Your vote counts." if given else "You did not vote this time."
    return f"<p><b>The vote is closed.</b> {mine}</p><p>{number} The result will appear in a moment.</p>"


def _result(ballot: Ballot, run: Run) -> str:
    state = ballot_state(ballot, run)
    parts = [_bars(question, state["voted"]) for question in state["questions"]]
    link = f'<p><a href="{base_path()}/?run={run.id}">Open the pictures</a></p>'
    return f"<p>{state['voted']} voted. ✓ marks what was measured.</p>{''.join(parts)}{link}"


def _bars(question: Mapping, voted: int) -> str:
    rows = "".join(
        f'<div class="row"><span>{html.escape(choice["label"])}{" ✓" if choice["answered"] else ""}</span>'
        f"<b>{choice['votes']}</b></div>"
        f'<div class="bar" style="width: {100 * choice["votes"] / max(1, voted):.0f}%"></div>'
        for choice in question["choices"]
    )
    return f"<fieldset><legend>{html.escape(question['text'])}</legend>{rows}</fieldset>"


def _page(prompt: str, content: str, columns: int = 3, waits: bool = False, status: int = 200) -> Response:
    again = f'<meta http-equiv="refresh" content="{LOOK_AGAIN_SECONDS}">' if waits else ""
    parts = {"prompt": html.escape(prompt), "content": content, "columns": columns, "again": again}
    return HTMLResponse(PAGE % parts, status, headers=HEADERS)
