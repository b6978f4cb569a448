"""Any run folder is shown or refused in one sentence; never a traceback, never a hang."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app import resources
from app.web import run_state
from core.base.errors import StoreError
from core.base.request import RunRequest
from core.storage import run_folder
from core.storage.records import Run
from core.storage.run_folder import FolderRecorder
from core.storage.run_store import RunStore
from tests.support.drawn import BOUNDED, FEW, JSON, TEXT, one_sentence
from tests.support.serving import invented_steps


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """(run.json as a dict, metrics.csv as text) of a run that is as it should be."""
    out = tmp_path_factory.mktemp("run")
    request = RunRequest.make("a red fox", painters=("pixels",), pixels={"steps": 3})
    with FolderRecorder(out, request, "hash") as recorder:
        for frame, measurement in invented_steps(request):
            recorder.record(frame, measurement)
        recorder.finish("done")
    return json.loads((out / run_folder.RUN_FILE).read_text()), (out / run_folder.METRICS_FILE).read_text()


def shown_or_said(store: RunStore, out: Path) -> Run | None:
    """What the app does with a folder: import it, tell of it, list it; or one sentence."""
    try:
        run = store.import_run(out)
    except StoreError as error:
        assert str(out) in one_sentence(error)
        return None
    told = run_state.describe_run(run, 0)
    json.dumps(told, allow_nan=False)
    assert len(told["rows"]) == len(store.rows(run.id))
    return run


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    """An empty store that the app uses."""
    with RunStore(tmp_path / "store") as made:
        monkeypatch.setattr(resources, "store", lambda: made)
        monkeypatch.setattr(resources, "example_id", lambda: None)
        monkeypatch.setattr(resources, "reference_figures", lambda pack, painted_with="": None)
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
@given(
    st.dictionaries(st.sampled_from(FIELDS) | TEXT, JSON, min_size=1, max_size=3),
    st.sets(st.sampled_from(FIELDS), max_size=2),
)
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
    (tmp_path / run_folder.RUN_FILE).write_text(json.dumps(data))
    (tmp_path / run_folder.METRICS_FILE).write_text(whole_run[1])
    shown_or_said(store, tmp_path)


@FEW
@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))
@example(b"[" * 100_000)
@example(b'{"format": 1, "settings": ' + b'{"a":' * 50_000)
@example(b"\xff\xfe{\0}\0")
def test_any_bytes_for_run_json_are_refused(whole_run, store, tmp_path, content):
    (tmp_path / run_folder.RUN_FILE).write_bytes(content)
    (tmp_path / run_folder.METRICS_FILE).write_text(whole_run[1])
    assert shown_or_said(store, tmp_path) is None


CELLS = st.sampled_from(
    [
        "",
        "nan",
        "-inf",
        "1e999",
        "-1",
        "4",
        "9" * 5000,
        "1e3",
        "x",
        '"',
        '"\n',
        "\0",
        "pixels",
        "vqgan",
        "٣",
        " 1 ",
        "1_0",
        "0x1",
    ]
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
    (tmp_path / run_folder.RUN_FILE).write_text(json.dumps(whole_run[0]))
    (tmp_path / run_folder.METRICS_FILE).write_text(
        text[: len(text) // 2] if cut else text, encoding="utf-8", errors="replace"
    )
    run = shown_or_said(store, tmp_path)
    assert run is None or all(0 <= row.step <= row.total for row in store.rows(run.id))
