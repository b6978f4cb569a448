"""Whatever a stranger's address, file or picture holds: an answer or one sentence, never a traceback, never a hang.

Drawn by hypothesis, the same examples every time; a new kind of trouble gets an `@example` of its own.
"""

import io
import json
import struct
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware

from app import live, operations, services
from app.gate import Gate
from app.middleware import Headers
from app.routes import routes
from core import folder, links, metadata
from core.errors import StoreError, UserError
from core.exports.kinds import KINDS, file_name
from core.folder import FolderRecorder
from core.images import encode_png
from core.settings import MAX_PROMPT, PAINTERS, RunRequest, knobs
from core.store import RunStore
from core.sweeps import parse_axis
from core.uploads import read_upload
from tests.asgi import ask
from tests.serving import example_request, invented_steps

# A minute is no example's business on any machine; derandomized, so that a landing is never refused by the luck of a draw.
BOUNDED = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=timedelta(seconds=60),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
FEW = settings(BOUNDED, max_examples=60)
ODD = st.sampled_from(
    ["", "0", "-1", "nan", "1e999", "٣", "9" * 5000, "a" * 26, "../..", "%00", "\0", "<b>", "{}", "%s", "🦊", "\u202e", "x" * 5000]
)
TEXT = ODD | st.text(max_size=40)
NUMBERS = st.integers(-(10**30), 10**30) | st.floats() | st.sampled_from([10**400, -0.0, 1e308, True])
LEAVES = st.none() | st.booleans() | NUMBERS | TEXT
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6)


def one_sentence(error):
    text = str(error)
    assert text and "\n" not in text and len(text) < 1000 and "Traceback" not in text
    return text


# Addresses


@BOUNDED
@given(
    st.dictionaries(
        st.sampled_from([n for p, c in PAINTERS.items() for n in [f"{p}.{k.name}" for k in knobs(c)]]) | TEXT, TEXT, max_size=5
    ),
    TEXT,
)
@example({"painters": "pixels,,"}, "9" * 5000)
def test_any_parameters_of_an_address_are_settings_or_named(parameters, seed):
    link = links.read({**parameters, "seed": seed})
    request = RunRequest.make(
        link.prompt or "a fox", link.seed, "miniature", link.painters, **{p: link.knobs.get(p, {}) for p in link.painters}
    )
    assert request.painters == link.painters and all(len(text) < 200 for text in link.junk)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app's own addresses over a store with a run in it: (app, its id)."""
    patch = pytest.MonkeyPatch()
    with RunStore(tmp_path_factory.mktemp("fuzz") / "store") as store:
        run = store.submit(example_request("nowhere"), "hash")
        for frame, measurement in invented_steps(run.request):
            store.record(run.id, frame, measurement)
        store.set_status(run.id, "done")
        patch.setattr(services, "store", lambda: store)
        for function in vars(services).values():
            getattr(function, "cache_clear", lambda: None)()
        operations._health.cache_clear()
        patch.setattr(services, "example_id", lambda: None)
        patch.setattr(services, "vega_bundle", lambda: Path(__file__))
        patch.setattr("app.exports.exports", lambda: None)  # drawing is another process's
        everything = Starlette(routes=[*routes(), *operations.routes()], middleware=[Middleware(Headers)])
        yield everything, run.id
        patch.undo()
        for function in vars(services).values():
            getattr(function, "cache_clear", lambda: None)()
        operations._health.cache_clear()


PATTERNS = tuple(route.path for route in (*routes(), *operations.routes()))
PART = st.sampled_from(["pixels", "vqgan", "0", "3", "csv", "gradient", "seen.png", "player.js", "nan", "1e5"]) | TEXT


@BOUNDED
@given(
    st.sampled_from(PATTERNS), st.booleans(), st.lists(PART, min_size=4, max_size=4), st.dictionaries(TEXT, TEXT, max_size=2), TEXT, TEXT
)
def test_any_address_gets_an_answer_with_its_headers(app, pattern, known, parts, query, after, step):
    everything, run_id = app
    parts = iter(parts)
    names = [piece for piece in pattern.replace("}", "{").split("{")]
    address = "".join((run_id if known and name == "run" else next(parts)) if place % 2 else name for place, name in enumerate(names))
    if "/exports/" in address and not address.endswith(("/csv", *PAINTERS)):
        return  # the others are drawn by a process of their own
    asked = "&".join(f"{name}={text}" for name, text in {**query, "after": after, "step": step}.items())
    answer = ask(everything, address.replace("?", "%3F") + "?" + asked)
    assert answer.status in (200, 307, 404, 405, 409, 503) and "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.status == 200 and answer.headers["content-type"] == "application/json":
        json.loads(answer.body, parse_constant=lambda name: pytest.fail(f"{name} is not for browsers"))


@FEW
@given(
    st.text(max_size=60) | TEXT,
    st.text(max_size=40) | TEXT,
    st.binary(max_size=60),
    st.sampled_from(["/login", "/login?next=", "/", "/frames/a/b/c.png"]),
)
def test_any_cookie_and_any_form_leave_the_gate_closed(app, cookie, authorization, body, path):
    gate = Gate(app[0], wanted="a password that is not drawn")
    latin = lambda text: text.encode("utf-8", "replace").decode("latin-1").replace("\n", "").replace("\r", "")  # noqa: E731
    for method in ("GET", "POST"):
        answer = ask(gate, path, method, body, cookie="ctjp_gate=" + latin(cookie), authorization="Basic " + latin(authorization))
        assert answer.status in (401, 429) or (path.startswith("/login") and method == "GET")
        assert "set-cookie" not in answer.headers


@FEW
@given(st.text(min_size=1, max_size=MAX_PROMPT), st.sampled_from(sorted(KINDS)), st.floats(0, 100))
def test_any_prompt_makes_a_plain_file_name(prompt, kind, percent):
    try:
        request = RunRequest.make(prompt)
    except UserError as error:
        one_sentence(error)
        return
    name = file_name(request, kind, percent)
    assert name.isascii() and len(name) < 120 and not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-.") and name.count(".") == 1


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


# A run's folder


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """(run.json as a dict, metrics.csv as text) of a run that is as it should be."""
    out = tmp_path_factory.mktemp("run")
    request = RunRequest.make("a red fox", painters=("pixels",), pixels={"steps": 3})
    with FolderRecorder(out, request, "hash") as recorder:
        for frame, measurement in invented_steps(request):
            recorder.record(frame, measurement)
        recorder.finish("done")
    return json.loads((out / folder.RUN_FILE).read_text()), (out / folder.METRICS_FILE).read_text()


def shown_or_said(store, out):
    """What the app does with a folder: import it, tell of it, list it; or one sentence."""
    try:
        run = store.import_run(out)
    except StoreError as error:
        assert str(out) in one_sentence(error)
        return None
    told = live.state(run, 0)
    json.dumps(told, allow_nan=False)
    assert len(told["rows"]) == len(store.rows(run.id))
    return run


@pytest.fixture
def store(tmp_path, monkeypatch):
    with RunStore(tmp_path / "store") as made:
        monkeypatch.setattr(services, "store", lambda: made)
        monkeypatch.setattr(services, "example_id", lambda: None)
        monkeypatch.setattr(services, "reference", lambda pack: None)
        yield made


FIELDS = [
    "format",
    "prompt",
    "seed",
    "pack",
    "settings",
    "pack_hash",
    "status",
    "reason",
    "started",
    "finished",
    "code_revision",
    "versions",
]


@BOUNDED
@given(st.dictionaries(st.sampled_from(FIELDS) | TEXT, JSON, min_size=1, max_size=3), st.sets(st.sampled_from(FIELDS), max_size=2))
@example({"started": 10**400}, set())
@example({"started": float("nan")}, set())
@example({"finished": float("inf")}, set())
@example({"settings": {"pixels": {"steps": 10**30}}}, set())
@example({"settings": {"pixels": []}}, set())
@example({"settings": []}, set())
@example({"prompt": "\ud800"}, set())
@example({"pack": ["x"]}, set())
@example({"pack": None}, set())
@example({"reason": "x" * 10**6}, set())
def test_any_run_json_is_shown_or_refused_in_one_sentence(whole_run, store, tmp_path, changed, left_out):
    data = {name: value for name, value in (whole_run[0] | changed).items() if name not in left_out}
    (tmp_path / folder.RUN_FILE).write_text(json.dumps(data))
    (tmp_path / folder.METRICS_FILE).write_text(whole_run[1])
    shown_or_said(store, tmp_path)


@FEW
@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))
@example(b"[" * 100_000)
@example(b'{"format": 1, "settings": ' + b'{"a":' * 50_000)
@example(b"\xff\xfe{\0}\0")
def test_any_bytes_for_run_json_are_refused(whole_run, store, tmp_path, content):
    (tmp_path / folder.RUN_FILE).write_bytes(content)
    (tmp_path / folder.METRICS_FILE).write_text(whole_run[1])
    assert shown_or_said(store, tmp_path) is None


CELLS = st.sampled_from(
    ["", "nan", "-inf", "1e999", "-1", "4", "9" * 5000, "1e3", "x", '"', '"\n', "\0", "pixels", "vqgan", "٣", " 1 ", "1_0", "0x1"]
)


@BOUNDED
@given(st.integers(0, 4), st.integers(0, 20), CELLS | TEXT, st.booleans())
@example(1, 0, "x" * 200_000, False)
@example(1, 1, "9" * 30, False)
@example(1, 3, "nan", False)
@example(0, 0, "", True)
def test_any_cell_of_metrics_csv_is_shown_or_refused(whole_run, store, tmp_path, row, column, value, cut):
    lines = [line.split(",") for line in whole_run[1].splitlines()]
    cells = lines[row % len(lines)]
    cells[column % len(cells)] = value
    text = "\n".join(",".join(line) for line in lines)
    (tmp_path / folder.RUN_FILE).write_text(json.dumps(whole_run[0]))
    (tmp_path / folder.METRICS_FILE).write_text(text[: len(text) // 2] if cut else text, encoding="utf-8", errors="replace")
    run = shown_or_said(store, tmp_path)
    assert run is None or all(0 <= row.step <= row.total for row in store.rows(run.id))


# Pictures


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PICTURE = encode_png(invented_steps(example_request("p")).__next__()[0].image)


@BOUNDED
@given(
    JSON
    | st.fixed_dictionaries(
        {},
        optional={name: JSON for name in ("format", "prompt", "seed", "settings", "pack", "kind", "painter", "step", "total", "versions")},
    )
)
@example({"format": 1, "prompt": "a fox", "settings": {"pixels": {"steps": "9" * 5000}}})
@example({"format": 1, "prompt": "a fox", "seed": 10**400, "step": float("nan")})
def test_any_record_in_a_picture_is_taken_or_refused(record):
    text = json.dumps(record).encode("ascii")
    for body in (
        chunk(b"tEXt", metadata.KEY.encode() + b"\0" + text),
        chunk(b"zTXt", metadata.KEY.encode() + b"\0\0" + zlib.compress(text)),
    ):
        try:
            found = metadata.read(PICTURE[:33] + body + PICTURE[33:], "miniature")
        except UserError as error:
            one_sentence(error)
            continue
        assert found.request.pack == "miniature" and all("\n" not in told for told in found.ignored)
        RunRequest.from_dict(found.request.to_dict())


@BOUNDED
@given(
    st.integers(0, len(PICTURE) - 1),
    st.binary(max_size=40),
    st.sampled_from(["replace", "insert", "cut"]),
    st.sampled_from(["PNG", "JPEG", "WEBP"]),
)
def test_any_damage_to_a_picture_is_a_picture_or_a_sentence(place, junk, how, kind):
    buffer = io.BytesIO()
    Image.open(io.BytesIO(PICTURE)).save(buffer, kind)
    data = buffer.getvalue()
    place = place % len(data)
    data = data[:place] + ({"cut": b""}.get(how, junk)) + ({"replace": data[place + len(junk) :], "insert": data[place:], "cut": b""}[how])
    for read in (lambda: read_upload(data, "a\n<b>.png", 32), lambda: metadata.read(data, "miniature")):
        try:
            read()
        except UserError as error:
            one_sentence(error)
