"""Any address, cookie or form gets an answer or one sentence; never a traceback, never a hang."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware

from app import resources
from app.web import monitoring
from app.web.headers import HeadersMiddleware
from app.web.password import PasswordMiddleware
from app.web.routes import routes
from core.base import links
from core.base.errors import UserError
from core.base.request import MAX_PROMPT, RunRequest
from core.base.settings import PAINTERS, settings_of
from core.base.sweep_plan import parse_axis
from core.exports.kinds import EXPORT_KINDS, file_name
from core.storage.run_store import RunStore
from tests.support.app_pages import forget_caches
from tests.support.asgi import ask
from tests.support.drawn import BOUNDED, FEW, TEXT, one_sentence
from tests.support.serving import example_request, invented_steps


@BOUNDED
@given(
    st.dictionaries(
        st.sampled_from([n for p, c in PAINTERS.items() for n in [f"{p}.{k.name}" for k in settings_of(c)]])
        | TEXT,
        TEXT,
        max_size=5,
    ),
    TEXT,
)
@example({"painters": "pixels,,"}, "9" * 5000)
def test_any_parameters_of_an_address_are_settings_or_named(parameters, seed):
    link = links.read_link({**parameters, "seed": seed})
    request = RunRequest.make(
        link.prompt or "a fox",
        link.seed,
        "miniature",
        link.painters,
        **{p: link.settings.get(p, {}) for p in link.painters},
    )
    assert request.painters == link.painters and all(len(text) < 200 for text in link.ignored)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Starlette, str]]:
    """The app's own addresses over a store with a run in it: (app, its id)."""
    patch = pytest.MonkeyPatch()
    with RunStore(tmp_path_factory.mktemp("fuzz") / "store") as store:
        run = store.submit(example_request("nowhere"), "hash")
        for frame, measurement in invented_steps(run.request):
            store.record(run.id, frame, measurement)
        store.queue.set_status(run.id, "done")
        patch.setattr(resources, "store", lambda: store)
        forget_caches()
        patch.setattr(resources, "example_id", lambda: None)
        patch.setattr("app.web.assets.made_file", lambda name: Path(__file__))
        patch.setattr("app.jobs.exports.export_queue", lambda: None)  # drawing is another process's
        everything = Starlette(
            routes=[*routes(), *monitoring.routes()], middleware=[Middleware(HeadersMiddleware)]
        )
        yield everything, run.id
        patch.undo()
        forget_caches()


PATTERNS = tuple(route.path for route in (*routes(), *monitoring.routes()))
PART = (
    st.sampled_from(
        [
            "pixels",
            "vqgan",
            "0",
            "3",
            "csv",
            "gradient",
            "seen.png",
            "player.js",
            "player/player.js",
            "nan",
            "1e5",
        ]
    )
    | TEXT
)


@BOUNDED
@given(
    st.sampled_from(PATTERNS),
    st.booleans(),
    st.lists(PART, min_size=4, max_size=4),
    st.dictionaries(TEXT, TEXT, max_size=2),
    TEXT,
    TEXT,
)
def test_any_address_gets_an_answer_with_its_headers(app, pattern, known, parts, query, after, step):
    everything, run_id = app
    parts = iter(parts)
    names = [piece for piece in pattern.replace("}", "{").split("{")]
    address = "".join(
        (run_id if known and name == "run" else next(parts)) if place % 2 else name
        for place, name in enumerate(names)
    )
    if "/exports/" in address and not address.endswith(("/csv", *PAINTERS)):
        return  # the others are drawn by a process of their own
    asked = "&".join(f"{name}={text}" for name, text in {**query, "after": after, "step": step}.items())
    answer = ask(everything, address.replace("?", "%3F") + "?" + asked)
    assert answer.status in (200, 307, 403, 404, 405, 409, 503) and "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.status == 200 and answer.headers["content-type"] == "application/json":
        json.loads(answer.body, parse_constant=lambda name: pytest.fail(f"{name} is not for browsers"))


def as_header(text: str) -> str:
    """Any text as a header can carry it."""
    return text.encode("utf-8", "replace").decode("latin-1").replace("\n", "").replace("\r", "")


@FEW
@given(
    st.text(max_size=60) | TEXT,
    st.text(max_size=40) | TEXT,
    st.binary(max_size=60),
    st.sampled_from(["/login", "/login?next=", "/", "/frames/a/b/c.png"]),
)
def test_any_cookie_and_any_form_let_nobody_in(app, cookie, authorization, body, path):
    closed = PasswordMiddleware(app[0], expected="a password that is not drawn")
    for method in ("GET", "POST"):
        answer = ask(
            closed,
            path,
            method,
            body,
            cookie="ctjp_gate=" + as_header(cookie),
            authorization="Basic " + as_header(authorization),
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status in (401, 429) or (path.startswith("/login") and method == "GET")
        assert "set-cookie" not in answer.headers


@FEW
@given(st.text(min_size=1, max_size=MAX_PROMPT), st.sampled_from(sorted(EXPORT_KINDS)), st.floats(0, 100))
def test_any_prompt_makes_a_plain_file_name(prompt, kind, percent):
    try:
        request = RunRequest.make(prompt)
    except UserError as error:
        one_sentence(error)
        return
    name = file_name(request, kind, percent)
    assert (
        name.isascii()
        and len(name) < 120
        and not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        and name.count(".") == 1
    )


@BOUNDED
@given(TEXT, TEXT, st.sampled_from([*PAINTERS]))
@example("seed", "9" * 5000, "pixels")
@example("steps", "1,,2,nan,²", "vqgan")
def test_any_axis_of_a_sweep_is_an_axis_or_a_sentence(name, values, painter):
    for axis in (name, "steps", "seed", "learning_rate"):
        try:
            parse_axis(axis, values, painter)
        except UserError as error:
            one_sentence(error)
